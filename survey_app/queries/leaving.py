"""Why customers go: what the leaving survey says, by month and branch, beside how many left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import dropwhile
from typing import Any, Final

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from reports import months as calendar
from reports.loop import share
from reports.policy import Policy
from reports.suppression import shown_alone
from survey_app.errors import NotFound
from survey_app.models import Answer, Branch, Departure, Questionnaire, Response, Version
from survey_app.models.response import COUNTED
from survey_app.permissions import Scope
from survey_app.queries import questionnaires
from survey_app.queries.facts import receivers
from survey_app.queries.organisation import in_scope
from translations import localised

#: The measure of the question that asks for the reason, and the library's survey with it.
REASON: Final = "leaving_reason"
QUESTIONNAIRE: Final = "leaving_customer"
#: Months that the report looks back, and of each half that is compared.
WINDOW, HALF = 12, 6

_Row = tuple[int, str, str, int]
#: A share as pages show it: n, of, value, low and high in percent.
Part = Mapping[str, Any]


def _part(n: int, of: int, level: float) -> Part | None:
    found = share(n, of, level)
    return asdict(found) if found is not None else None


@dataclass(frozen=True)
class Reason:
    """One reason: its share of the window, and of the newer and the older half where both have enough answers."""

    code: str
    text: str
    share: Part
    newer: Part | None
    older: Part | None


@dataclass(frozen=True)
class Place:
    """One branch: how many left, how many said why, and the reason given most where enough did."""

    branch: Branch
    left: int
    answers: int
    first: str
    first_share: Part | None


@dataclass(frozen=True)
class Report:
    """Why customers went in the window, as far as a reader sees. Without enough answers no reasons are told."""

    months: list[str]
    answers: int
    left: int
    least: int
    reasons: list[Reason]
    #: (month, how many left, how many said why), newest first.
    by_month: list[tuple[str, int, int]]
    places: list[Place]


def report(session: Session, month: str, scope: Scope, policy: Policy) -> Report:
    """The year up to a month. A branch's reasons are told from ``least_surveys`` answers on.

    Where the branches with too few would together be fewer than that, the next smallest is silent as well, so that no
    subtraction from the total tells of them.
    """
    months = calendar.span(month, WINDOW)
    every = list(session.scalars(select(Branch).where(in_scope(scope)).order_by(Branch.name)))
    here = {one.id for one in every}
    owners = receivers(session.scalars(select(Branch)), month)
    texts = _texts(session)
    rows = [
        (owners.get(branch, branch), of, code, n)
        for branch, of, code, n in _answers(session, months)
        if owners.get(branch, branch) in here
    ]
    left = [
        (owners.get(branch, branch), of, n)
        for branch, of, n in _departures(session, months)
        if owners.get(branch, branch) in here
    ]
    least, level = policy.least_surveys, policy.interval_level
    gone, said = Counter[str](), Counter[str]()
    for _at, of, n in left:
        gone[of] += n
    for _at, of, _code, n in rows:
        said[of] += n
    total = said.total()
    return Report(
        months=months,
        answers=total,
        left=sum(n for *_rest, n in left),
        least=least,
        reasons=_reasons(rows, months, texts, least, level) if total >= least else [],
        by_month=_begun([(of, gone[of], said[of]) for of in months])[::-1],
        places=_places(every, rows, left, texts, least, level),
    )


def _begun(rows: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """The months from the first of which anything is known."""
    return list(dropwhile(lambda row: not (row[1] or row[2]), rows))


def _texts(session: Session) -> dict[str, str]:
    """Reason -> its words in the reader's language; empty where the survey was never published."""
    try:
        definition = questionnaires.definition(questionnaires.published(session, QUESTIONNAIRE))
    except NotFound:
        return {}
    question = next((one for one in definition.questions if one.measure == REASON), None)
    return {str(one.value): localised(one.text) for one in question.options} if question is not None else {}


def _answers(session: Session, months: Sequence[str]) -> Sequence[_Row]:
    """(branch, month, reason, how many) of the counted answers, of whichever survey asks for the reason."""
    versions = session.scalars(
        select(Version)
        .join(Questionnaire)
        .where(Questionnaire.code == QUESTIONNAIRE, Version.published_at.is_not(None))
    )
    asked = [one for version in versions for one in questionnaires.definition(version).questions]
    codes = sorted({one.code for one in asked if one.measure == REASON})
    value = cast(Answer.value, Text)
    found = session.execute(
        select(Response.branch_id, Response.month, value, func.count())
        .join(Answer, Answer.response_id == Response.id)
        .join(Version, Version.id == Response.version_id)
        .join(Questionnaire, Questionnaire.id == Version.questionnaire_id)
        .where(
            Questionnaire.code == QUESTIONNAIRE,
            Response.state == COUNTED,
            Response.month >= months[0],
            Response.month <= months[-1],
            Answer.question.in_(codes),
        )
        .group_by(Response.branch_id, Response.month, value)
    )
    return [(branch, of, said.strip('"'), n) for branch, of, said, n in found]


def _departures(session: Session, months: Sequence[str]) -> Sequence[tuple[int, str, int]]:
    found = session.execute(
        select(Departure.branch_id, Departure.month, func.count())
        .where(Departure.month >= months[0], Departure.month <= months[-1])
        .group_by(Departure.branch_id, Departure.month)
    )
    return [(branch, of, n) for branch, of, n in found]


def _reasons(
    rows: Sequence[_Row], months: Sequence[str], texts: Mapping[str, str], least: int, level: float
) -> list[Reason]:
    newer_months = set(months[-HALF:])
    whole, newer, older = Counter[str](), Counter[str](), Counter[str]()
    for _branch, of, code, n in rows:
        whole[code] += n
        (newer if of in newer_months else older)[code] += n
    halves = min(newer.total(), older.total()) >= least
    found = []
    for code, n in whole.most_common():
        of_all = _part(n, whole.total(), level)
        if of_all is not None:
            of_newer = _part(newer[code], newer.total(), level) if halves else None
            of_older = _part(older[code], older.total(), level) if halves else None
            found.append(Reason(code, texts.get(code, code), of_all, of_newer, of_older))
    return found


def _places(
    every: Sequence[Branch],
    rows: Sequence[_Row],
    left: Sequence[tuple[int, str, int]],
    texts: Mapping[str, str],
    least: int,
    level: float,
) -> list[Place]:
    """Branches with anybody who left or said why, those whom most left first."""
    gone: Counter[int] = Counter()
    said: dict[int, Counter[str]] = {}
    for branch, _month, n in left:
        gone[branch] += n
    for branch, _month, code, n in rows:
        said.setdefault(branch, Counter())[code] += n
    listed = [one for one in every if gone[one.id] or one.id in said]
    shown = shown_alone([said.get(one.id, Counter()).total() for one in listed], least)
    found = []
    for one, speaks in zip(listed, shown, strict=True):
        own = said.get(one.id, Counter())
        first, n = own.most_common(1)[0] if speaks else ("", 0)
        found.append(
            Place(
                branch=one,
                left=gone[one.id],
                answers=own.total(),
                first=texts.get(first, first),
                first_share=_part(n, own.total(), level) if speaks else None,
            )
        )
    return sorted(found, key=lambda place: (-place.left, -place.answers, place.branch.name))
