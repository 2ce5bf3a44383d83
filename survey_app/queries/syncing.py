"""What phones ask: how their visits stand, and which files of a visit are here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.models import Assignment, Evidence, Response
from survey_app.models.fieldwork import CANCELLED, MISSED, WRITABLE

#: Visits that one phone asks about at a time.
MOST: Final = 200


def standings(session: Session, response_ids: Sequence[str], user_id: int) -> dict[str, str]:
    """Response id -> ``open``, ``returned``, ``sent``, ``cancelled``, ``missed`` or ``given_away``; no others.

    To an account that never had a visit it says no more than that it is not its own.
    """
    found = session.execute(
        select(Assignment.response_id, Assignment.state, Assignment.shopper_id, Response.id)
        .outerjoin(Response, Response.id == Assignment.response_id)
        .where(Assignment.response_id.in_(list(response_ids)))
    )
    return {one: _standing(state, shopper == user_id, written is not None) for one, state, shopper, written in found}


def _standing(state: str, own: bool, written: bool) -> str:
    if state in {CANCELLED, MISSED}:
        return state
    if not own:
        return "given_away"
    if state in WRITABLE:
        return "returned" if written else "open"
    return "sent" if written else "given_away"


def files(session: Session, response_id: str, user_id: int) -> Iterable[Evidence]:
    """The files of a visit that an account's phones brought, in the order of their hashes."""
    return session.scalars(
        select(Evidence)
        .where(Evidence.response_id == response_id, Evidence.user_id == user_id, Evidence.sent_sha256 != "")
        .order_by(Evidence.sent_sha256, Evidence.question)
    )
