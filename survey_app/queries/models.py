"""What models made of a month, as pages read it, and as the month's report takes it in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports.policy import Policy
from survey_app.models import ModelResult
from survey_app.queries import organisation

SEVERITY, DISAGREEMENT, CASEMIX = "severity", "disagreement", "casemix"
DRIVERS, RECOVERY, MIX = "drivers", "recovery", "mix"
CASES, PROMISES = "cases", "promises"
#: The kinds that a month's report takes in, in the order of its data.
IN_REPORTS: Final = (DRIVERS, RECOVERY, CASES, PROMISES, MIX, DISAGREEMENT, SEVERITY, CASEMIX)
#: Parts of results that hold rows of branches, and of the whole organisation.
PER_BRANCH: Final = frozenset({"branches", "warnings"})
#: What would lead from a report to a person: shoppers by their id, agents, and branches that too few of them saw.
_LEFT_OUT: Final = frozenset({"shoppers", "shoppers_short", "branches_short", "settings", "agents"})

_SURVEYS: Final = ("survey_questionnaires", "survey_window", "least_surveys")
_SHOPS: Final = ("shop_questionnaires", "shop_window")
#: Kind -> the settings that its result depends on.
_DEPENDS: Final[Mapping[str, tuple[str, ...]]] = {
    SEVERITY: _SHOPS,
    DISAGREEMENT: (*_SURVEYS, *_SHOPS, "least_shops", "quadrant_probability", "draws", "seed"),
    CASEMIX: _SURVEYS,
    DRIVERS: (*_SURVEYS, "interval_level"),
    RECOVERY: (*_SURVEYS, "interval_level"),
    MIX: (*_SURVEYS, "change_months", "change_q"),
    CASES: ("survey_window", "least_surveys", "interval_level"),
    PROMISES: (*_SURVEYS, "agent_window", "interval_level"),
}


def result(session: Session, month: str, kind: str) -> ModelResult | None:
    """What a kind of model made of a month; None where it was not made yet."""
    return session.get(ModelResult, (month, kind))


def settings(kind: str, policy: Policy) -> dict[str, Any]:
    """The settings that a kind's result depends on, as JSON values: kept with the result."""
    values = policy.as_dict()
    return {name: values[name] for name in _DEPENDS[kind]}


def for_report(session: Session, month: str, policy: Policy) -> dict[str, Any]:
    """Kind -> result for the month's report, branches by code, nobody's name; None where there is none to speak of.

    That is: where it was not made yet, or was made under other settings than the report's.
    """
    rows = session.execute(
        select(ModelResult.kind, ModelResult.result).where(
            ModelResult.month == month, ModelResult.kind.in_(list(IN_REPORTS))
        )
    ).all()
    made: dict[str, dict[str, Any]] = dict(rows)
    codes = organisation.codes(session) if made else {}
    return {
        kind: _plain(made[kind], codes)
        if kind in made and made[kind].get("settings") == settings(kind, policy)
        else None
        for kind in IN_REPORTS
    }


def _plain(found: Mapping[str, Any], codes: Mapping[int, str]) -> dict[str, Any]:
    """A result without persons, its rows by the branch's code."""
    return {
        key: _coded(value, codes) if key in PER_BRANCH else value
        for key, value in found.items()
        if key not in _LEFT_OUT
    }


def _coded(rows: list[dict[str, Any]], codes: Mapping[int, str]) -> list[dict[str, Any]]:
    """Rows of branches, and of the whole organisation (no branch), by code; those of no branch of ours left out."""
    return [
        {"branch": codes.get(row["id"]), **{key: value for key, value in row.items() if key != "id"}}
        for row in rows
        if row["id"] is None or row["id"] in codes
    ]
