"""Branches as if each had the same customers: what came of the purpose of visits, the channel and the language."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from sqlalchemy.orm import Session

from reports.casemix import case_mix
from reports.rounding import number
from survey_app.commands.fitting.gathering import Inputs, Result, policy_of, surveys_of
from survey_app.queries.models import CASEMIX, settings
from survey_app.queries.samples import UNIT
from survey_app.queries.samples_surveys import MISSING, Labels, Surveys

#: Responses that are needed at the least, and for each level that is told apart.
LEAST, LEAST_A_LEVEL = 100, 15
#: Levels that fewer responses have are one: the rest.
RARE: Final = 30
REST: Final = "rest"
#: Decimals: what is added enters the ranking.
_FINE: Final = 6


def gather(session: Session, month: str) -> Inputs:
    """The window's survey responses."""
    return {"surveys": surveys_of(session, month), "settings": settings(CASEMIX, policy_of(session, month))}


def fit(given: Inputs) -> Result:
    """Points that the mix adds to each branch's satisfaction, and the variance of the adjusted share.

    Branches with too few responses to be shown are left out, since what is added tells what their customers came for;
    so are levels with too few, whose effect is what those few answered.
    """
    found: Surveys = given["surveys"]
    result: Result = {"settings": given["settings"], "n": 0, "fitted": False, "factors": [], "branches": []}
    told = found.scores["csat"] != MISSING
    branches = found.branch[told]
    factors = {
        name: _levels(labels, told)
        for name, labels in (("purpose", found.purpose), ("channel", found.channel), ("language", found.language))
    }
    levels = sum(len(set(column)) - 1 for column in factors.values())
    result["n"] = int(told.sum())
    if told.sum() < max(LEAST, LEAST_A_LEVEL * levels) or len(set(branches.tolist())) < 2:
        return result
    least = given["settings"]["least_surveys"]
    adjusted = case_mix(found.scores["csat"][told] / UNIT, branches.tolist(), factors)
    result["factors"] = [
        {
            "name": name,
            "levels": [
                {"level": level, "n": n, "effect": number(adjusted.effects.get((name, level), 0.0))}
                for level, n in sorted(Counter(column).items(), key=lambda one: (-one[1], one[0]))
                if n >= least
            ],
        }
        for name, column in factors.items()
    ]
    sizes = Counter(branches.tolist())
    rows: list[dict[str, Any]] = []
    for at, branch in enumerate(adjusted.branches):
        if sizes[branch] >= least:
            rows.append(
                {
                    "id": branch,
                    "n": sizes[branch],
                    "adj": number(adjusted.adjusted[at] - adjusted.raw[at], _FINE),
                    "variance": number(adjusted.variance[at], _FINE),
                }
            )
    return result | {"fitted": True, "branches": sorted(rows, key=lambda row: row["id"])}


def _levels(labels: Labels, told: Any) -> list[str]:
    """Each row's level; rare ones, and none at all, together."""
    words = labels.words()[told].tolist()
    counts = Counter(words)
    return [word if word and counts[word] >= RARE else REST for word in words]
