"""Letters to customers about cases and incidents: how many wait, left or did not, and which are in doubt."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.models import Letter
from translations import lazy_gettext as _l

#: State -> what it is called.
STATES: Final[Mapping[str, Any]] = {
    "ready": _l("Waiting"),
    "sending": _l("Being sent"),
    "sent": _l("Sent"),
    "failed": _l("Failed"),
    "uncertain": _l("In doubt"),
    "cancelled": _l("Cancelled"),
}
_TO_CUSTOMERS: Final = Letter.user_id.is_(None)


@dataclass(frozen=True)
class Standing:
    """Letters to customers by channel and state, and those in doubt, the oldest first."""

    counts: Mapping[str, Mapping[str, int]]
    doubtful: list[Letter]
    doubts: int


def standing(session: Session, limit: int = 50) -> Standing:
    """How letters to customers stand."""
    counts: dict[str, dict[str, int]] = {}
    for channel, state, n in session.execute(
        select(Letter.channel, Letter.state, func.count())
        .where(_TO_CUSTOMERS)
        .group_by(Letter.channel, Letter.state)
        .order_by(Letter.channel)
    ):
        counts.setdefault(channel, dict.fromkeys(STATES, 0))[state] = n
    doubtful = _TO_CUSTOMERS, Letter.state == "uncertain"
    rows = session.scalars(select(Letter).where(*doubtful).order_by(Letter.id).limit(limit))
    return Standing(counts, list(rows), sum(one["uncertain"] for one in counts.values()))


def to_customers(session: Session, letter_ids: Collection[int]) -> list[int]:
    """Those of some letters that go to customers."""
    wanted = select(Letter.id).where(_TO_CUSTOMERS, Letter.id.in_(sorted(set(letter_ids)))).order_by(Letter.id)
    return list(session.scalars(wanted))
