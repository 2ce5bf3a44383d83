"""Promises kept: of the organisation, each branch, department and agent, and as customers themselves tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from reports.loop import share
from reports.suppression import shown_alone
from survey_app.commands.fitting.cases import share_of
from survey_app.commands.fitting.gathering import Inputs, Result, policy_of
from survey_app.commands.promises import BROKEN, KEPT
from survey_app.queries import departments, loop_facts
from survey_app.queries.loop_facts import KEPT_ANSWER
from survey_app.queries.models import PROMISES, settings


def gather(session: Session, month: str) -> Inputs:
    """Counts of promises by the month in which they were due, and of customers' answers."""
    policy = policy_of(session, month)
    return {
        "month": month,
        "settings": settings(PROMISES, policy),
        "promises": loop_facts.promises(session, month, policy.agent_window),
        "told": loop_facts.told_promises(session, month, policy),
        "departments": {str(one.id): {"code": one.code, "name": dict(one.name)} for one in departments.every(session)},
    }


def fit(given: Inputs) -> Result:
    """Kept among kept and broken. Those that are open still or were taken back are in no share."""
    rows: Sequence[Sequence[Any]] = given["promises"]
    least, level = given["settings"]["least_surveys"], given["settings"]["interval_level"]

    def of(pick: Callable[[Sequence[Any]], Any], least: int) -> dict[Any, dict[str, Any] | None]:
        counts: dict[Any, Counter[str]] = {}
        for row in rows:
            counts.setdefault(pick(row), Counter())[row[4]] += row[5]
        return {key: share_of(share(n[KEPT], n[KEPT] + n[BROKEN], level), least) for key, n in sorted(counts.items())}

    states: Counter[str] = Counter()
    for row in rows:
        states[row[4]] += row[5]
    return {
        "settings": given["settings"],
        "window": given["settings"]["agent_window"],
        "least": least,
        "counts": {state: states[state] for state in (KEPT, BROKEN, "open", "withdrawn")},
        "kept": of(lambda row: 0, 1).get(0),
        "months": [{"month": month, "kept": one} for month, one in of(lambda row: row[3], least).items()],
        "told": _hidden(_told(given["told"], None, level, least)),
        "branches": _branches(of(lambda row: row[0], least), given["told"], level, least),
        "departments": [
            {**given["departments"][str(key)], "kept": one} for key, one in of(lambda row: row[2], least).items() if key
        ],
        "agents": [{"agent": key, "kept": one} for key, one in of(lambda row: row[1], least).items() if key],
    }


def _told(rows: Sequence[Sequence[Any]], branch: int | None, level: float, least: int) -> dict[str, Any] | None:
    """Kept among the promises that customers tell of."""
    said = [(word, n) for of, word, n in rows if branch is None or of == branch]
    return share_of(share(sum(n for word, n in said if word == KEPT_ANSWER), sum(n for _word, n in said), level), least)


def _branches(
    kept: dict[int, dict[str, Any] | None], told: Sequence[Sequence[Any]], level: float, least: int
) -> list[dict[str, Any]]:
    """What customers say of a branch is shown only where no difference from the total tells of a few of them."""
    places = sorted({*kept, *(row[0] for row in told)})
    said = [_told(told, branch, level, least) for branch in places]
    shown = shown_alone([one["of"] if one is not None else 0 for one in said], least)
    return [
        {"id": branch, "kept": kept.get(branch), "told": one if is_shown else None}
        for branch, one, is_shown in zip(places, said, shown, strict=True)
    ]


def _hidden(one: dict[str, Any] | None) -> dict[str, Any] | None:
    """What customers say is shown with its base only where there are enough of them."""
    return one if one is not None and one["value"] is not None else None
