"""The order of a month at other weights of service and profit: of a signed month from what it was signed with."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.orm import Session

from reports import inputs, weights
from survey_app.models import MonthlyReview, SignedInputs
from survey_app.queries import computing
from survey_app.queries.facts import month_input

#: Enough for a place in the middle; the official weight's own numbers are the report's.
DRAWS: Final = 1000
Sweep = list[dict[str, Any]]


def sweep(session: Session, month: str) -> Sweep | None:
    """Per weight the places of all ranked branches, by code; None for a month whose inputs were not stored.

    Of the whole organisation: cut it with :func:`seen_by` before showing it.
    """
    return computing.kept(session, ("weights", month), lambda: _sweep(session, month))


def _sweep(session: Session, month: str) -> Sweep | None:
    stored = session.get(SignedInputs, month)
    if stored is not None:
        given = inputs.load(computing.unpacked(stored.inputs).decode())
    elif session.get(MonthlyReview, month) is not None:
        return None
    else:
        given = month_input(session, month)
    return weights.sweep(given, draws=min(DRAWS, given.policy.draws))


def seen_by(found: Sweep, codes: set[str]) -> Sweep:
    """Only the branches of these codes, which the reader may see by name."""
    return [
        {**one, "branches": {code: place for code, place in one["branches"].items() if code in codes}} for one in found
    ]
