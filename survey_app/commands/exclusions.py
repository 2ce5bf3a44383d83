"""Lists of who is not to be asked for a while: employees, and whoever has an open case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands.upserts import insert_missing
from survey_app.errors import NotFound, UserError
from survey_app.models import Exclusion
from survey_app.models.outreach import EXCLUSION_REASONS
from translations import gettext as _

#: What became of an address: new in the list, there with another last day, there as it is.
ADDED, CHANGED, KNOWN = "added", "changed", "known"
#: Addresses that one transaction removes.
MOST = 500


def reason_of(text: str) -> str:
    """A list by its code. NotFound."""
    if text not in EXCLUSION_REASONS:
        raise NotFound(_("There is no such list."))
    return text


def hold(session: Session, reason: str, addresses: Mapping[str, date | None]) -> dict[str, str]:
    """Put addresses (in stored spelling) on a list, each until its last day or open; what became of each.

    The day last given stands. UserError for a day that is over.
    """
    reason_of(reason)
    if any(until is not None and until < clock.today() for until in addresses.values()):
        raise UserError(_("The last day is over already."))
    wanted = sorted(addresses)
    query = select(Exclusion).where(Exclusion.reason == reason, Exclusion.address.in_(wanted))
    there = {one.address: one for one in session.scalars(query.order_by(Exclusion.address).with_for_update())}
    new = [one for one in wanted if one not in there]
    now = clock.now()
    rows = [{"reason": reason, "address": one, "since": now, "until": addresses[one]} for one in new]
    insert_missing(session, Exclusion, rows, ["reason", "address"])
    became = dict.fromkeys(new, ADDED)
    for address, one in there.items():
        became[address] = KNOWN if one.until == addresses[address] else CHANGED
        one.until = addresses[address]
    session.flush()
    return became


def release(session: Session, reason: str, addresses: list[str]) -> int:
    """Take addresses off a list; returns how many were on it."""
    gone = delete(Exclusion).where(Exclusion.reason == reason_of(reason), Exclusion.address.in_(addresses))
    return len(list(session.scalars(gone.returning(Exclusion.id))))


def remove(session: Session, exclusion_id: int) -> None:
    """Take one entry off its list; one that is gone already is no error."""
    session.execute(delete(Exclusion).where(Exclusion.id == exclusion_id))


def sweep(session: Session) -> int:
    """Destroy entries whose time is over, at most :data:`MOST`; returns how many."""
    over = select(Exclusion.id).where(Exclusion.until < clock.today()).order_by(Exclusion.id).limit(MOST)
    gone = delete(Exclusion).where(Exclusion.id.in_(over)).returning(Exclusion.id)
    return len(list(session.scalars(gone)))
