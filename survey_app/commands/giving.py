"""The life of a visit between shoppers and coordination: given, asked for, handed back, replaced, missed.

Every verb holds the visit's row first, so that of two who want the same visit one is first and the other hears it.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import handing, letters, visit_events
from survey_app.commands.handing import ASKED, DECLINED, IN_LINE, WAITING, WITHDRAWN, Unfit
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import Assignment, Claim, Draft, User
from survey_app.models.fieldwork import ASSIGNED, CANCELLED, CLAIMED, MISSED, OPEN, RETURNED, WRITABLE
from survey_app.models.programme import ACTIVE
from survey_app.queries import candidates
from translations import gettext as _

__all__ = [
    "Unfit", "approve_claim", "cancel", "claim", "decline", "give", "hand_back", "mark_missed", "move", "refuse_claim",
    "release", "replace", "withdraw",
]  # fmt: skip
#: States of a visit that coordination may give to somebody.
GIVABLE: Final = (OPEN, CLAIMED, MISSED)
#: States in which it may be given to somebody else instead.
REPLACEABLE: Final = (*GIVABLE, ASSIGNED)
#: States in which it may be cancelled.
CANCELLABLE: Final = (*REPLACEABLE, RETURNED)


# ---- coordination ----------------------------------------------------------------------------------------------------


def give(
    session: Session, visit_id: int, shopper_id: int, *, by: User | None, all_the_same: bool = False, note: str = ""
) -> Assignment:
    """Give a visit that nobody has. ``all_the_same``: over every reason but the hard ones.

    Unfit where something stands against the shopper; Conflict where somebody has it, or the branch was not told.
    """
    visit = handing.locked(session, visit_id)
    if visit.state not in GIVABLE:
        raise Conflict(_("Somebody has this visit already."))
    return _hand_on(session, visit, shopper_id, by, all_the_same, "given", note)


def replace(
    session: Session, visit_id: int, shopper_id: int, *, by: User | None, all_the_same: bool = False, note: str = ""
) -> Assignment:
    """Give a visit that is not reported yet to another shopper; whoever had it hears that it is not theirs any more.

    Where its days are over, it gets new ones. A begun report of the first shopper goes.
    """
    visit = handing.locked(session, visit_id)
    if visit.state not in REPLACEABLE:
        raise Conflict(_("Only a visit that was not reported yet can be given to somebody else."))
    if visit.shopper_id == shopper_id and visit.state == ASSIGNED:
        raise Conflict(_("This shopper has the visit already."))
    event = "replaced" if visit.state == ASSIGNED else "given"
    return _hand_on(session, visit, shopper_id, by, all_the_same, event, note)


def _hand_on(
    session: Session, visit: Assignment, shopper_id: int, by: User | None, all_the_same: bool, event: str, note: str
) -> Assignment:
    before = visit.shopper_id if visit.state == ASSIGNED else None
    about = letters.about_visit(visit)
    if visit.shopper_id != shopper_id or visit.state != CLAIMED:
        handing.free(session, visit, line=False)
    visit.window_from, visit.window_until = handing.renewed(visit, candidates.rules_of(visit))
    session.flush()
    who = handing.shopper(session, shopper_id)
    handing.check(session, visit, who, passing=frozenset(candidates.REASONS) if all_the_same else frozenset())
    handing.hand(session, visit, who, by=by, event=event, note=note)
    if before is not None:
        letters.queue(session, before, "visit_taken", f"visit-taken-{visit.id}-{before}-{visit.revision}", about)
    return visit


def release(session: Session, visit_id: int, *, by: User | None, note: str = "") -> Assignment:
    """Take a visit back from its shopper, or a missed one up again, and put it on the job board."""
    visit = handing.locked(session, visit_id)
    if visit.state not in (ASSIGNED, CLAIMED, MISSED):
        raise Conflict(_("Only a visit that was not reported yet can be put on the job board."))
    before, about = visit.shopper_id if visit.state == ASSIGNED else None, letters.about_visit(visit)
    for one in handing.claims(session, visit):
        if one.shopper_id == visit.shopper_id:
            handing.refuse(session, visit, one)
    visit_events.note(session, visit, "released", by=by, shopper=visit.shopper_id, note=note)
    visit.window_from, visit.window_until = handing.renewed(visit, candidates.rules_of(visit))
    handing.free(session, visit)
    if before is not None:
        letters.queue(session, before, "visit_taken", f"visit-taken-{visit.id}-{before}-{visit.revision}", about)
    return visit


def approve_claim(session: Session, claim_id: int, *, by: User | None, all_the_same: bool = False) -> Assignment:
    """Give a visit to a shopper who asked for it, or who waits in line."""
    visit, wish = _of_claim(session, claim_id)
    if wish.state not in IN_LINE or visit.state not in GIVABLE:
        raise Conflict(_("This request was decided already."))
    passing = frozenset(candidates.REASONS) if all_the_same else candidates.OWN_CHOICE
    who = handing.shopper(session, wish.shopper_id)
    handing.check(session, visit, who, passing=passing)
    handing.hand(session, visit, who, by=by)
    return visit


def refuse_claim(session: Session, claim_id: int, *, by: User | None, note: str = "") -> Assignment:
    """Decline a request; whoever is next in line has their turn, or the visit is open again."""
    visit, wish = _of_claim(session, claim_id)
    if wish.state not in IN_LINE:
        raise Conflict(_("This request was decided already."))
    asked = wish.state == ASKED
    visit_events.note(session, visit, "refused", by=by, shopper=wish.shopper_id, note=note)
    handing.refuse(session, visit, wish)
    session.flush()
    if asked and visit.state == CLAIMED:
        handing.free(session, visit)
    return visit


def _of_claim(session: Session, claim_id: int) -> tuple[Assignment, Claim]:
    number = session.scalar(select(Claim.assignment_id).where(Claim.id == claim_id))
    if number is None:
        raise NotFound(_("There is no such request."))
    visit = handing.locked(session, number)
    return visit, session.get_one(Claim, claim_id, with_for_update=True, populate_existing=True)


def move(session: Session, visit_id: int, window_from: date, window_until: date, *, by: User | None) -> Assignment:
    """Other days for a visit that is not reported yet; whoever has it hears of them."""
    visit = handing.locked(session, visit_id)
    if visit.state not in REPLACEABLE:
        raise Conflict(_("Only a visit that was not reported yet can get other days."))
    if window_until < window_from:
        raise UserError(_("The last day is before the first."), [("window_until", "")])
    if window_until < clock.today():
        raise UserError(_("The visit window has already passed."), [("window_until", "")])
    visit.window_from, visit.window_until = window_from, window_until
    if not candidates.usable_days(visit.branch, window_from, window_until):
        raise UserError(_("The branch is closed on each of these days."), [("window_until", "")])
    handing.told_in_time(session, visit)
    if visit.state == MISSED:
        handing.free(session, visit)
    visit.revision += 1
    visit_events.note(session, visit, "moved", by=by, shopper=visit.shopper_id)
    session.flush()
    if visit.state == ASSIGNED and visit.shopper_id is not None:
        key = f"visit-moved-{visit.id}-{visit.revision}"
        letters.queue(session, visit.shopper_id, "visit_moved", key, letters.about_visit(visit))
    return visit


def cancel(session: Session, visit_id: int, *, by: User | None = None, note: str = "") -> Assignment:
    """Take back a visit that was not reported yet; what the shopper wrote so far goes with it."""
    visit = session.get(Assignment, visit_id, with_for_update=True, populate_existing=True)
    if visit is None or visit.state not in CANCELLABLE:
        raise Conflict(_("Only a visit that was not reported yet can be cancelled."))
    before = visit.shopper_id if visit.state in WRITABLE else None
    for one in handing.claims(session, visit):
        handing.refuse(session, visit, one)
    visit_events.note(session, visit, "cancelled", by=by, shopper=visit.shopper_id, note=note)
    session.execute(delete(Draft).where(Draft.response_id == visit.response_id))
    visit.state = CANCELLED
    visit.revision += 1
    session.flush()
    if before is not None:
        key = f"visit-taken-{visit.id}-{before}-{visit.revision}"
        letters.queue(session, before, "visit_taken", key, letters.about_visit(visit))
    return visit


def mark_missed(session: Session, visit_id: int, *, by: User | None = None, note: str = "") -> Assignment:
    """Nobody went, and its days are over. Its shopper stays named; a report that still comes is kept for a reviewer."""
    visit = handing.locked(session, visit_id)
    if visit.state not in (OPEN, CLAIMED, ASSIGNED):
        raise Conflict(_("Only a visit that was not reported yet can be missed."))
    if visit.window_until >= clock.today():
        raise Conflict(_("The days of this visit are not over yet."))
    for one in handing.claims(session, visit):
        handing.refuse(session, visit, one)
    before = visit.shopper_id if visit.state == ASSIGNED else None
    visit_events.note(session, visit, "missed", by=by, shopper=before, note=note)
    if visit.state == CLAIMED:
        visit.shopper, visit.shopper_id = None, None
    visit.state = MISSED
    visit.revision += 1
    session.flush()
    if before is not None:
        key = f"visit-missed-{visit.id}-{before}-{visit.revision}"
        letters.queue(session, before, "visit_missed", key, letters.about_visit(visit))
    return visit


# ---- shoppers --------------------------------------------------------------------------------------------------------


def claim(session: Session, visit_id: int, who: User) -> Claim:
    """A shopper asks for a visit of the job board; behind another who asked, they wait in line.

    Where the programme's rule says so, the visit is theirs at once. Unfit where something stands against it.
    """
    visit = handing.locked(session, visit_id)
    if visit.state not in (OPEN, CLAIMED) or visit.window_until < clock.today():
        raise Conflict(_("This visit is no longer on the board."))
    if visit.programme is None or visit.programme.state != ACTIVE:
        raise Conflict(_("This visit is no longer on the board."))
    wish = _wish(session, visit, who)
    if wish is not None and wish.state in IN_LINE:
        return wish  # asked twice, stands once
    held = handing.shopper(session, who.id)
    handing.check(session, visit, held, passing=candidates.OWN_CHOICE)
    if wish is None:
        wish = Claim(assignment_id=visit.id, shopper_id=who.id, state=WAITING, at=clock.now())
        session.add(wish)
    wish.state, wish.at = WAITING, clock.now()
    session.flush()
    if visit.state == OPEN:
        handing.turn(session, visit, wish, held, tell=False)
    else:
        visit_events.note(session, visit, "waiting", by=who, shopper=who)
    return wish


def decline(session: Session, visit_id: int, who: User) -> Claim:
    """A shopper does not want a visit of the board: it is not shown to them any more."""
    return _step_back(session, visit_id, who, DECLINED)


def withdraw(session: Session, visit_id: int, who: User) -> Claim:
    """A shopper no longer asks for a visit or waits for it, or wants to see one again that was declined."""
    return _step_back(session, visit_id, who, WITHDRAWN)


def _step_back(session: Session, visit_id: int, who: User, state: str) -> Claim:
    visit = handing.locked(session, visit_id)
    if visit.shopper_id == who.id and visit.state != CLAIMED:
        raise Conflict(_("This visit is yours. It can be handed back from its own page."))
    wish = _wish(session, visit, who)
    if wish is None:
        if state == WITHDRAWN or visit.state not in (OPEN, CLAIMED):
            raise Conflict(_("This visit is no longer on the board."))
        wish = Claim(assignment_id=visit.id, shopper_id=who.id, state=state, at=clock.now())
        session.add(wish)
    asked = wish.state == ASKED and visit.state == CLAIMED and visit.shopper_id == who.id
    if wish.state in IN_LINE:
        visit_events.note(session, visit, "withdrawn", by=who, shopper=who)
    wish.state = state
    session.flush()
    if asked:
        handing.free(session, visit)
    return wish


def hand_back(session: Session, visit_id: int, who: User, *, note: str = "") -> Assignment:
    """A shopper gives a visit back before its deadline; the next in line has their turn, or it is open again."""
    visit = handing.locked(session, visit_id)
    if visit.shopper_id != who.id:
        raise NotFound(_("There is no such assignment."))
    if not may_hand_back(visit):
        raise Conflict(_("This visit can no longer be handed back here. Field coordination can still help."))
    wish = _wish(session, visit, who)
    if wish is not None:
        wish.state = WITHDRAWN
    visit_events.note(session, visit, "handed_back", by=who, shopper=who, note=note)
    handing.free(session, visit)
    return visit


def may_hand_back(visit: Assignment) -> bool:
    """Whether a visit's shopper may still hand it back without a word of coordination."""
    if visit.state != ASSIGNED or visit.entered_at is not None:
        return False
    return visit.handback_until is not None and clock.now() < visit.handback_until


def _wish(session: Session, visit: Assignment, who: User) -> Claim | None:
    return session.scalar(
        select(Claim)
        .where(Claim.assignment_id == visit.id, Claim.shopper_id == who.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
