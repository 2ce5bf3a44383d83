"""Whether those who answer are still the same mix: modes, channels, languages and the response rate."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from reports.mix import Mix, Shift, shifts, warnings
from reports.rounding import number, percent
from survey_app.commands.fitting.gathering import Inputs, Result, policy_of
from survey_app.queries import samples_people
from survey_app.queries.models import MIX, settings


def gather(session: Session, month: str) -> Inputs:
    """Counts of the month and of the months before it, by mode, channel and language, and of invitations."""
    policy = policy_of(session, month)
    found = samples_people.mixes(session, month, policy)
    return {"mixes": found, "settings": settings(MIX, policy)}


def fit(given: Inputs) -> Result:
    """The organisation's mix before and now, and what a reader is warned of, there and in single branches."""
    mixes: list[Mix] = given["mixes"]
    chosen = given["settings"]
    least = chosen["least_surveys"]
    whole = [one for mix in mixes if mix.unit is None for one in shifts(mix) if min(one.n, one.n_before) >= least]
    return {
        "settings": chosen,
        "organisation": [_row(one) for one in whole],
        "warnings": [
            {"id": one.unit, **_row(one), "p": number(one.p, 4)} for one in warnings(mixes, least, chosen["change_q"])
        ],
    }


def _row(one: Shift) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "level": one.level,
        "before": percent(one.before),
        "now": percent(one.now),
        "n_before": one.n_before,
        "n": one.n,
    }
