"""A report that came too late becomes its visit's report after all: the visit is nobody's, and somebody did make it.

A phone that was away for long brings home a visit that was counted as missed, cancelled or put on the board meanwhile.
The reviewer who reads such a copy may let it go to the review like any other report; nothing is approved by that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import handing, visit_events
from survey_app.commands.syncing import filing, reading, taking
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.field.copies import TOO_LATE
from survey_app.models import Assignment, FieldCopy, Response, User
from survey_app.models.fieldwork import ASSIGNED, CANCELLED, MISSED, OPEN
from survey_app.queries import desk
from translations import gettext as _

#: States of a visit that nobody is about to make.
_FREE: Final = frozenset({MISSED, CANCELLED, OPEN})


def adoptable(session: Session, copy: FieldCopy) -> bool:
    """Whether a copy can become its visit's report: nobody has the visit, and no report of it stands."""
    visit = desk.visit_of(session, copy)
    if visit is None or copy.settled_at is not None or copy.reason not in TOO_LATE or visit.state not in _FREE:
        return False
    return session.get(Response, copy.response_id) is None


def adopt(session: Session, reviewer: User, copy_id: int) -> Assignment:
    """Let a late report go to the review as the report of its visit, under the name of who sent it.

    Forbidden for somebody near the branch and for the shopper; Conflict where the visit is somebody's by now or the
    copy was settled; UserError with places where the report is not complete.
    """
    response_id = session.scalar(select(FieldCopy.response_id).where(FieldCopy.id == copy_id))
    if response_id is None:
        raise NotFound(_("There is no such report."))
    visit = filing.visit(session, response_id, held=True)
    copy = session.get_one(FieldCopy, copy_id, with_for_update=True, populate_existing=True)
    if desk.is_theirs(session, reviewer, copy):
        raise Forbidden(_("A report is reviewed by somebody from outside the branch and its region."))
    who = session.get(User, int(copy.content.get("user") or 0))
    if who is None or not adoptable(session, copy):
        raise Conflict(_("The visit has another report or is somebody else's by now."))
    for one in handing.claims(session, visit):
        handing.refuse(session, visit, one)
    visit.shopper, visit.shopper_id, visit.state = who, who.id, ASSIGNED
    visit.given_at = visit.given_at or copy.received_at
    visit.revision += 1
    session.flush()
    visit_events.note(session, visit, "given", by=reviewer, shopper=who)
    outcome = taking.take_late(session, who.id, visit, _report(copy))
    if outcome.state != taking.KEPT:
        raise UserError(_("Some answers are missing or do not fit."), list(outcome.problems))
    copy.settled_at, copy.settled_by_id = clock.now(), reviewer.id
    session.flush()
    return visit


def _report(copy: FieldCopy) -> reading.Report:
    """What was sent, read again, with the phone's clock as far off as it was when it came."""
    sent = {**copy.content, "device": copy.device, "round": None}
    return replace(reading.report(sent), offset=_offset(copy.content))


def _offset(content: Mapping[str, Any]) -> timedelta:
    for name, marked in content.get("marks", {}).items():
        ours = content.get(f"{name}_at")
        if marked and ours:
            return datetime.fromisoformat(ours) - datetime.fromisoformat(marked)
    return timedelta()
