"""What lies behind a figure's counts: states of responses, appeals, and the versions that were answered.

Counts only, of today's rows: a signed month's figure stays, what lies behind it may have been corrected since.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reports import months as calendar
from reports.policy import Policy
from survey_app.models import Appeal, Correction, Profit, Questionnaire, Response, Version
from translations import localised

SURVEYS, SHOPS, PROFIT = "surveys", "shops", "profit"
#: Figure -> the sources that it stands on.
SOURCES: Final[Mapping[str, tuple[str, ...]]] = {
    "csat": (SURVEYS,),
    "nps": (SURVEYS,),
    "ease": (SURVEYS,),
    "shops": (SHOPS,),
    "service": (SURVEYS, SHOPS),
    "profit": (PROFIT,),
    "composite": (SURVEYS, SHOPS, PROFIT),
    "rank": (SURVEYS, SHOPS, PROFIT),
}


@dataclass(frozen=True)
class Answered:
    """How many counted responses were given to one version of a questionnaire."""

    title: str
    questionnaire: str
    number: int
    n: int


@dataclass(frozen=True)
class Source:
    """What lies behind one source of a figure, over its window."""

    code: str
    first: str
    last: str
    #: State of a response -> how many, the counted first.
    states: Mapping[str, int] = field(default_factory=dict)
    versions: Sequence[Answered] = ()
    #: How many counted responses had an answer corrected, and outcome of appeals -> how many (``open``: undecided).
    corrected: int = 0
    appeals: Mapping[str, int] = field(default_factory=dict)
    #: Months of the window for which profit was reported.
    months: Sequence[str] = ()


def behind(session: Session, branch_ids: Collection[int], month: str, figure: str, policy: Policy) -> list[Source]:
    """The sources of a branch's figure; KeyError for a figure without a receipt."""
    windows = {
        SURVEYS: (policy.survey_codes, policy.survey_window),
        SHOPS: (policy.shop_codes, policy.shop_window),
        PROFIT: ((), policy.profit_window),
    }
    found = []
    for code in SOURCES[figure]:
        questionnaires, width = windows[code]
        window = calendar.span(month, width)
        if code == PROFIT:
            found.append(_profit(session, branch_ids, window))
        else:
            found.append(_responses(session, code, branch_ids, window, questionnaires))
    return found


def _profit(session: Session, branch_ids: Collection[int], window: Sequence[str]) -> Source:
    there = session.scalars(
        select(Profit.month)
        .where(Profit.branch_id.in_(branch_ids), Profit.month.in_(window))
        .distinct()
        .order_by(Profit.month)
    ).all()
    return Source(PROFIT, window[0], window[-1], months=there)


def _responses(
    session: Session, code: str, branch_ids: Collection[int], window: Sequence[str], codes: Collection[str]
) -> Source:
    rows = session.execute(
        select(Questionnaire.code, Version, Response.state, func.count())
        .join(Version, Version.id == Response.version_id)
        .join(Questionnaire, Questionnaire.id == Version.questionnaire_id)
        .where(Response.branch_id.in_(branch_ids), Response.month.in_(window), Questionnaire.code.in_(codes))
        .group_by(Questionnaire.code, Version.id, Response.state)
        .order_by(Questionnaire.code, Version.id)
    ).all()
    states: dict[str, int] = {}
    versions = []
    for questionnaire, version, state, n in rows:
        states[state] = states.get(state, 0) + n
        if state == "counted":
            title = localised(version.definition.get("title"))
            versions.append(Answered(title or questionnaire, questionnaire, version.number, n))
    mine = _mine(branch_ids, window, codes)
    corrected = session.scalar(
        select(func.count(func.distinct(Correction.response_id))).where(Correction.response_id.in_(mine))
    )
    appeals = session.execute(
        select(Appeal.state, Appeal.before, Appeal.after).where(Appeal.response_id.in_(mine))
    ).all()
    outcomes: dict[str, int] = {}
    for state, before, after in appeals:
        outcome = state if state != "decided" else ("changed" if before != after else "stood")
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    return Source(
        code,
        window[0],
        window[-1],
        states=dict(sorted(states.items(), key=lambda one: (one[0] != "counted", one[0]))),
        versions=versions,
        corrected=corrected or 0,
        appeals=dict(sorted(outcomes.items())),
    )


def _mine(branch_ids: Collection[int], window: Sequence[str], codes: Collection[str]) -> Any:
    return (
        select(Response.id)
        .join(Version, Version.id == Response.version_id)
        .join(Questionnaire, Questionnaire.id == Version.questionnaire_id)
        .where(Response.branch_id.in_(branch_ids), Response.month.in_(window), Questionnaire.code.in_(codes))
    )
