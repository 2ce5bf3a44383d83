"""What a month's models of cases and promises are made of: columns of numbers, and of a person nothing.

Read in one statement each. A case counts for the branch as of today's mergers; moments are seconds, 0 where there is
none, so that the same rows always give the same digest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from reports import months as calendar
from reports.policy import Policy
from survey_app import clock
from survey_app.loop.states import MERGED
from survey_app.models import Answer, Branch, Case, CaseEvent, Departure, Promise, Questionnaire, Response, Version
from survey_app.models.response import COUNTED
from survey_app.queries import case_past
from survey_app.queries.facts import receivers
from survey_app.queries.samples_surveys import measures

#: How many months back a model looks for what is rare: who left, and what speed goes with.
YEAR: Final = 12
#: The measure of the question whether something was promised, and its answers that tell of a promise.
PROMISE: Final = "promise"
KEPT_ANSWER, NOT_YET_ANSWER = "kept", "not_yet"


def cases(session: Session, month: str) -> list[list[Any]]:
    """The cases of a year up to a month's end as they stood then, merged ones left out, in the order of their numbers.

    Branch, opened, contacted, done, closed, how, times reopened, whether it repeats, overdue since, contacts that
    reached the customer, month in which the customer left or empty, the customer's number in this list or 0.
    """
    first, end = _year(month)
    reached = (
        select(CaseEvent.case_id, func.count().label("n"))
        .where(CaseEvent.kind == "contacted", CaseEvent.reached.is_(True), CaseEvent.at < end)
        .group_by(CaseEvent.case_id)
        .subquery()
    )
    left = (
        select(Departure.customer_id, func.min(Departure.month).label("month"))
        .where(Departure.customer_id.is_not(None))
        .group_by(Departure.customer_id)
        .subquery()
    )
    rows = session.execute(
        select(
            *(Case.id, Case.branch_id, Case.opened_at, Case.contacted_at),
            *(Case.done_at, Case.closed_at, Case.closed_how),
            *(Case.reopened, Case.repeat_of_id, Case.overdue_since, reached.c.n, left.c.month, Case.customer_id),
        )
        .outerjoin(reached, reached.c.case_id == Case.id)
        .outerjoin(left, left.c.customer_id == Case.customer_id)
        .where(Case.state != MERGED, Case.opened_at < end, (Case.closed_at.is_(None)) | (Case.closed_at >= first))
        .order_by(Case.id)
    )
    owners, past = _owners(session, month), case_past.stood(session, end)
    numbers: dict[int, int] = {}
    found = []
    for number, branch, opened, contacted, *rest, repeat, since, contacts, gone, customer in rows:
        done, closed, how, reopened, overdue = *rest, since
        if number in past:
            done, closed, how, reopened, overdue = past[number]
            if closed is not None and closed < first:
                continue
        # What happened after the month's end is not the month's.
        moments = [_seconds(at) if at is not None and at < end else 0 for at in (contacted, done, closed, overdue)]
        # Whether two cases are one customer's has to be known, who the customer is has not.
        who = numbers.setdefault(customer, len(numbers) + 1) if customer is not None else 0
        found.append([owners.get(branch, branch), _seconds(opened), *moments[:3], how if moments[2] else "", reopened,
                      int(repeat is not None), moments[3], contacts or 0, gone if gone and gone <= month else "",
                      who])  # fmt: skip
    return found


def _year(month: str) -> tuple[datetime, datetime]:
    first = calendar.first_day(calendar.shift(month, 1 - YEAR))
    return clock.start_of(first), clock.end_of(calendar.last_day(month))


def _seconds(moment: datetime | None) -> int:
    return int(moment.timestamp()) if moment is not None else 0


def _owners(session: Session, month: str) -> Mapping[int, int]:
    return receivers(session.scalars(select(Branch)).all(), month)


def departures_until(session: Session, month: str) -> str:
    """The last month, of the year up to one, for which anybody told who left; empty where nobody did."""
    year = Departure.month >= calendar.shift(month, 1 - YEAR), Departure.month <= month
    return session.scalar(select(func.max(Departure.month)).where(*year)) or ""


def promises(session: Session, month: str, window: int) -> list[list[Any]]:
    """Promises that were due in the months up to one: branch, agent, department, month, state, how many."""
    span = calendar.span(month, window)
    due = func.substr(cast(Promise.due_on, Text), 1, 7)
    rows = session.execute(
        select(Promise.branch_id, Promise.agent_id, Promise.department_id, due, Promise.state, func.count())
        .where(Promise.due_on >= calendar.first_day(span[0]), Promise.due_on <= calendar.last_day(span[-1]))
        .group_by(Promise.branch_id, Promise.agent_id, Promise.department_id, due, Promise.state)
    )
    owners = _owners(session, month)
    return sorted(
        [owners.get(branch, branch), agent, department or 0, of, state, n]
        for branch, agent, department, of, state, n in rows
    )


def told_promises(session: Session, month: str, policy: Policy) -> list[list[Any]]:
    """What customers say of promises in the window's surveys: branch, answer, how many."""
    window = calendar.span(month, policy.survey_window)
    codes = sorted({code for (_of, code), measure in measures(session, policy).items() if measure == PROMISE})
    value = cast(Answer.value, Text)
    rows = session.execute(
        select(Response.branch_id, value, func.count())
        .join(Answer, Answer.response_id == Response.id)
        .join(Version, Version.id == Response.version_id)
        .join(Questionnaire, Questionnaire.id == Version.questionnaire_id)
        .where(
            Questionnaire.code.in_(policy.survey_codes),
            Response.state == COUNTED,
            Response.month >= window[0],
            Response.month <= window[-1],
            Answer.question.in_(codes),
            value.in_([f'"{one}"' for one in (KEPT_ANSWER, NOT_YET_ANSWER)]),
        )
        .group_by(Response.branch_id, value)
    )
    owners = _owners(session, month)
    return _summed([(owners.get(branch, branch), said.strip('"'), n) for branch, said, n in rows])


def _summed(rows: Sequence[tuple[int, str, int]]) -> list[list[Any]]:
    sums: dict[tuple[int, str], int] = {}
    for branch, said, n in rows:
        sums[branch, said] = sums.get((branch, said), 0) + n
    return [[branch, said, n] for (branch, said), n in sorted(sums.items())]
