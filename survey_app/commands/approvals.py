"""Optional fields of a visit: the privacy officer approves them, and what is no longer approved is erased."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import organisation
from survey_app.models import Interaction, Job
from survey_app.outreach.policy import OPTIONAL_FIELDS, Outreach
from survey_app.queries.outreach import policy
from survey_app.transaction import tell, transaction

#: The kind of job that erases what is no longer approved.
ERASE: Final = "feed.erase_fields"
#: Visits that one transaction erases fields of.
BATCH: Final = 500


def approve(session: Session, fields: Iterable[str]) -> tuple[str, ...]:
    """Approve exactly these fields; returns those that were approved before. A worker erases what they leave out."""
    chosen = sorted(set(fields))
    found = organisation.stored(session)
    before = Outreach.load(found.outreach or {}).approved_fields
    changed = {name: value for name, value in (found.outreach or {}).items() if name != "approved_fields"}
    if chosen:
        changed["approved_fields"] = chosen
    Outreach.load(changed)
    found.outreach = changed
    if set(before) - set(chosen):
        session.add(Job(kind=ERASE, payload={"run": 0}, created_at=clock.now()))
    session.flush()
    return before


def erase(_run: int = 0) -> int:
    """Erase the fields that are not approved, in short transactions; returns of how many visits."""
    erased = 0
    while True:
        with transaction(Actor.system("worker"), "feed.erase_fields") as session:
            count = _erase_some(session)
            tell(session, visits=count)
        erased += count
        if count < BATCH:
            return erased


def _erase_some(session: Session) -> int:
    approved = policy(session).approved_fields
    wanted = [name for name in OPTIONAL_FIELDS if name not in approved]
    if not wanted:
        return 0
    filled = or_(*(getattr(Interaction, name) != "" for name in wanted))
    some = select(Interaction.id).where(filled).order_by(Interaction.id).limit(BATCH)
    gone = update(Interaction).where(Interaction.id.in_(some)).values(dict.fromkeys(wanted, ""))
    return len(list(session.scalars(gone.returning(Interaction.id), execution_options={"synchronize_session": False})))
