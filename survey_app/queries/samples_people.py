"""What is told of survey customers by counts alone: who had a problem again, and how those who answer are made up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, cast, func, select
from sqlalchemy.orm import Session

from reports import months as calendar
from reports.mix import ANSWERED, RATE, Mix
from reports.policy import Policy
from reports.recovery import HANDLED, NOT_HANDLED, NOT_REPORTED
from survey_app import clock
from survey_app.models import Answer, Branch, Campaign, Invitation, Questionnaire, Response, Version
from survey_app.models.campaign import REVOKED, USED
from survey_app.models.response import COUNTED
from survey_app.queries.facts import receivers
from survey_app.queries.samples_surveys import CHUNK, PROBLEM, measures

#: Days within which the same customer's next problem is a repeated one, and months that surely hold them.
REPEATED_WITHIN: Final = 90
_MONTHS_BACK: Final = 3
#: How a problem may have ended; no problem is none of them.
PROBLEMS: Final = (HANDLED, NOT_HANDLED, NOT_REPORTED)
NOT_ANSWERED: Final = "not_answered"
_KINDS: Final[Sequence[tuple[str, Any]]] = (
    ("mode", Response.mode),
    ("channel", Response.channel),
    ("language", Response.language),
)


@dataclass(frozen=True)
class Repeats:
    """Problems of a window whose customer is known, and how many of them follow another within 90 days."""

    known: int
    repeated: int


def repeats(session: Session, month: str, policy: Policy) -> Repeats:
    """Count the repeated problems of the window; ids of customers are compared and go no further.

    Only confidential invitations lead to a customer, and only while the contact is kept.
    """
    window = calendar.span(month, policy.survey_window)
    codes = sorted({code for (_of, code), measure in measures(session, policy).items() if measure == PROBLEM})
    rows = session.execute(
        select(Invitation.customer_id, Invitation.visited_on)
        .join(Response, Response.id == Invitation.response_id)
        .join(Version, Version.id == Response.version_id)
        .join(Questionnaire, Questionnaire.id == Version.questionnaire_id)
        .join(Answer, Answer.response_id == Response.id)
        .where(
            Invitation.customer_id.is_not(None),
            Questionnaire.code.in_(policy.survey_codes),
            Response.state == COUNTED,
            Response.month >= calendar.shift(window[0], -_MONTHS_BACK),
            Response.month <= window[-1],
            Answer.question.in_(codes),
            cast(Answer.value, Text).in_([f'"{one}"' for one in PROBLEMS]),
        )
        .order_by(Invitation.customer_id, Invitation.visited_on, Invitation.id),
        execution_options={"yield_per": CHUNK},
    )
    known = again = 0
    last: tuple[int | None, date | None] = (None, None)
    for customer, day in rows:
        if calendar.of(day) >= window[0]:
            known += 1
            same = customer == last[0] and last[1] is not None
            again += bool(same and last[1] is not None and (day - last[1]).days <= REPEATED_WITHIN)
        last = (customer, day)
    return Repeats(known, again)


def mixes(session: Session, month: str, policy: Policy) -> list[Mix]:
    """How answers of the month came, and of the months before it that it is compared with: by mode, channel, language.

    Of the whole organisation (no unit) and of each branch after mergers; and of the invitations whose time is over, how
    many were answered.
    """
    before = calendar.span(calendar.shift(month, -1), policy.change_months)
    owners = receivers(session.scalars(select(Branch)).all(), month)
    found: dict[tuple[int | None, str], tuple[Counter[str], Counter[str]]] = {}
    for kind, branch, level, now, n in _counts(session, policy, month, before):
        for unit in (None, owners.get(branch, branch)):
            found.setdefault((unit, kind), (Counter(), Counter()))[now][level] += n
    return [
        Mix(kind, unit, dict(sorted(sides[0].items())), dict(sorted(sides[1].items())))
        for (unit, kind), sides in sorted(found.items(), key=lambda one: (one[0][0] or 0, one[0][1]))
    ]


def _counts(
    session: Session, policy: Policy, month: str, before: Sequence[str]
) -> Iterator[tuple[str, int, str, bool, int]]:
    """(kind, branch, level, whether of the month itself, how many) of answers and of invitations."""
    now: ColumnElement[bool] = Response.month == month
    for kind, level in _KINDS:
        rows = session.execute(
            select(Response.branch_id, level, now, func.count())
            .join(Version, Version.id == Response.version_id)
            .join(Questionnaire, Questionnaire.id == Version.questionnaire_id)
            .where(
                Questionnaire.code.in_(policy.survey_codes),
                Response.state == COUNTED,
                Response.month >= before[0],
                Response.month <= month,
            )
            .group_by(Response.branch_id, level, now)
        )
        yield from ((kind, branch, name, bool(of_now), n) for branch, name, of_now, n in rows)
    for branch, state, of_now, n in session.execute(_invited(policy, month, before)):
        yield RATE, branch, ANSWERED if state == USED else NOT_ANSWERED, bool(of_now), n


def _invited(policy: Policy, month: str, before: Sequence[str]) -> Select[int, str, bool, int]:
    """Invitations that can be answered no more, by branch and whether they were: so that no month looks unfinished."""
    now: ColumnElement[bool] = Invitation.visited_on >= calendar.first_day(month)
    return (
        select(Invitation.branch_id, Invitation.state, now, func.count())
        .join(Campaign, Campaign.id == Invitation.campaign_id)
        .join(Questionnaire, Questionnaire.id == Campaign.questionnaire_id)
        .where(
            Questionnaire.code.in_(policy.survey_codes),
            Invitation.state != REVOKED,
            Invitation.expires_at <= clock.now(),
            Invitation.visited_on >= calendar.first_day(before[0]),
            Invitation.visited_on <= calendar.last_day(month),
        )
        .group_by(Invitation.branch_id, Invitation.state, now)
    )
