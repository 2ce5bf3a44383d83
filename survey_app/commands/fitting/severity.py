"""Strict and lenient shoppers: what of a visit's score is the branch's, and what the shopper's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from sqlalchemy.orm import Session

from reports.rounding import number
from reports.shopping import Effects, severity
from survey_app.commands.fitting.gathering import Inputs, Result, policy_of
from survey_app.field.rotation.connected import connected
from survey_app.queries import samples
from survey_app.queries.models import SEVERITY, settings

#: An effect is told where nothing is not within so many standard errors.
CERTAIN: Final = 1.96


def gather(session: Session, month: str) -> Inputs:
    """The visits of the window."""
    policy = policy_of(session, month)
    found = samples.visits(session, month, policy)
    return {
        "scores": found.scores,
        "branches": found.branches,
        "shoppers": found.shoppers,
        "window": policy.shop_window,
        "settings": settings(SEVERITY, policy),
    }


def fit(given: Inputs) -> Result:
    """Every shopper and branch beside its raw mean; not fitted where the visits do not connect."""
    scores, branches, shoppers = given["scores"], given["branches"], given["shoppers"]
    net = connected(zip(shoppers, branches, strict=True), (), ())
    result: dict[str, Any] = {
        "visits": len(scores),
        "window": given["window"],
        "settings": given["settings"],
        "groups": [len(group) for group in net.groups],
        "shoppers_short": net.shoppers_short,
        "branches_short": net.branches_short,
        "fitted": False,
        "shoppers": [],
        "branches": [],
    }
    try:
        found = severity(scores, branches, shoppers)
    except ValueError:
        return result
    rated = np.asarray(scores)
    result |= {
        "fitted": True,
        "mean": number(found.mean),
        "sds": {part: number(sd) for part, sd in found.sds.items()},
        "shoppers": _effects(rated, np.asarray(shoppers), found.shoppers, found.shopper, net.branches_of),
        "branches": _effects(rated, np.asarray(branches), found.branches, found.branch, net.shoppers_of),
    }
    return result


def _effects(
    scores: Any, of: Any, labels: Sequence[int], found: Effects, others: Mapping[int, int]
) -> list[dict[str, Any]]:
    """Every unit beside its raw mean, strictest first."""
    rows = []
    for label, effect, error in zip(labels, found.effects, found.standard_errors, strict=True):
        own = scores[of == label]
        told = bool(error > 0 and abs(effect) > CERTAIN * error)
        rows.append(
            {
                "id": int(label),
                "n": int(own.size),
                "others": others[label],
                "raw": number(float(own.mean())),
                "effect": number(float(effect)),
                "low": number(float(effect - CERTAIN * error)),
                "high": number(float(effect + CERTAIN * error)),
                "error": number(float(error)),
                "told": told,
            }
        )
    return sorted(rows, key=lambda row: (row["effect"], row["id"]))
