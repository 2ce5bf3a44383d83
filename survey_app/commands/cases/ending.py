"""The end of a case: confirmed by the customer, closed, reopened, checked; consent taken back, details erased."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import incident_people, letters
from survey_app.commands.cases import closing, log, moving, opening, owners, telling, times
from survey_app.commands.cases.closing import may_be_asked
from survey_app.commands.cases.forgetting import clear_survey, forget, let_go
from survey_app.commands.cases.removals import ask_removal, decide_removal
from survey_app.commands.cases.texts import written
from survey_app.errors import Conflict, Forbidden, UserError
from survey_app.loop import hours
from survey_app.loop.levels import LADDER, LEVELS, reopens_on
from survey_app.loop.states import (
    BY_CUSTOMER,
    CLOSED,
    CLOSINGS,
    CONFIRMED,
    NEW,
    NO_CONTACT,
    WAITING,
)
from survey_app.loop.subjects import SENSITIVE
from survey_app.models import Case, User
from survey_app.queries.case_clocks import counted
from survey_app.queries.loop import policy
from survey_app.transaction import REPORTS_CHANGED
from translations import gettext as _

#: What a quality check can say.
GOOD, AGAIN = "good", "again"
VERDICTS: Final = (GOOD, AGAIN)

__all__ = [
    "AGAIN",
    "GOOD",
    "VERDICTS",
    "ask_removal",
    "check",
    "close",
    "confirm",
    "decide_removal",
    "erase_contact",
    "forget",
    "let_go",
    "may_be_asked",
    "reopen",
    "withdraw_consent",
]


def confirm(session: Session, case_id: int) -> Case:
    """The customer says that it is solved. Said twice, it was said once.

    Of a case that silence or a missing contact closed it is said late: it then counts as confirmed. Conflict while the
    work is not done. The case stays confirmed until the recovery survey had its days; :func:`close` ends it before.
    """
    case = log.hold(session, case_id)
    if case.confirmed_at is not None:
        return case
    late = case.state == CLOSED and case.done_at is not None and case.closed_how not in closing.FOR_GOOD
    if not late:
        log.need(case, "confirm")
        case.state = CONFIRMED
    else:
        case.closed_how = BY_CUSTOMER
    case.confirmed_at = clock.now()
    session.info[REPORTS_CHANGED] = True
    log.note(session, case, "confirmed", late=late)
    session.flush()
    return case


def close(session: Session, case_id: int, how: str, by_id: int | None = None) -> Case:
    """Close a case in one of the ways of :data:`CLOSINGS`. Closed already, it stays as it is.

    A case is closed as confirmed only where the customer said so. Somebody who closes an open one as unreachable needs
    no way to reach the customer, or three tries on different days. ValueError for an unknown way.
    """
    case = log.hold(session, case_id)
    if how not in CLOSINGS:
        raise ValueError(f"no such end of a case: {how}")
    if case.state == CLOSED:
        return case
    log.need(case, "close")
    if by_id is not None:
        log.not_named(session, case, by_id)
    if how == BY_CUSTOMER and case.confirmed_at is None:
        raise Conflict(_("Only the customer can confirm that a case is solved."))
    if how == NO_CONTACT and case.open and may_be_asked(case) and log.days_tried(session, case) < log.TRIES:
        raise Conflict(
            _("Before a case is closed without a contact, the customer is tried on %(days)s different days.",
              days=log.TRIES)
        )  # fmt: skip
    closing.shut(session, case, BY_CUSTOMER if case.confirmed_at is not None else how, by_id)
    session.flush()
    return case


def reopen(session: Session, case_id: int, why: str, by_id: int | None = None) -> Case:
    """Open a case again: not below the branch, the second time not below the region, with a new time to solve it.

    ``why`` is in words. By the customer (nobody in ``by_id``) once more while it is open: nothing changes. Conflict for
    one that is open, merged, or whose customer's details are gone.
    """
    case = log.hold(session, case_id)
    if case.open and case.reopened and by_id is None:
        return case
    log.need(case, "reopen")
    if case.closed_how in closing.FOR_GOOD:
        raise Conflict(_("The customer's details are gone or the customer asked not to be contacted: open a new case."))
    if by_id is not None:
        log.not_named(session, case, by_id)
    text = written(why, "why", needed=by_id is not None)
    rules, now = policy(session), clock.now()
    case.reopened += 1
    case.state, case.closed_at, case.closed_how = NEW, None, ""
    case.done_at = case.confirmed_at = case.silent_at = case.overdue_since = None
    case.next_step, case.next_on = "", None
    _give_again(session, case, max(case.level, reopens_on(case.reopened), key=LADDER.index))
    case.due_at = hours.after(now, rules.solve_hours, counted(session, case, rules))
    times.begin(session, case, rules, within=rules.reopened_hours)
    session.info[REPORTS_CHANGED] = True
    log.note(session, case, "reopened", by_id, words=text, times=case.reopened, level=case.level, owner=case.owner_id)
    owner = session.get(User, case.owner_id) if case.owner_id else None
    if owner is not None:
        opening.tell_owner(session, case, owner)
    if by_id is not None:
        # The customer was told that the work is done, and did not ask for this.
        telling.reopened(session, case)
    session.flush()
    return case


def _give_again(session: Session, case: Case, least: str) -> None:
    """To the senior manager who took it personally, to its last owner if high enough, else to the ladder."""
    last = session.get(User, case.owner_id) if case.owner_id else None
    stands = owners.stand_in(session, last) if last is not None else None
    if stands is not None and not owners.named_by(case, stands):
        # Its level alone says nothing of its owner: a case that rose may have been given back down.
        rung = next((one.code for one in LEVELS.values() if one.role == stands.role), "")
        high = rung and LADDER.index(rung) >= LADDER.index(least)
        if high or case.adopted_by_id == case.owner_id:
            case.owner_id, case.level = stands.id, least
            return
    case.level, found = owners.find(session, case, least)
    case.owner_id = found.id if found is not None else None


def check(session: Session, case_id: int, by: User, verdict: str, note: str) -> Case:
    """The manager's check of how a case was solved; never by who solved it. "Again" opens one that is not confirmed.

    UserError for another verdict, or "again" without a note; Forbidden for its owner or the employee it is about.
    """
    case = log.hold(session, case_id)
    log.need(case, "check")
    log.not_named(session, case, by.id)
    if by.id == case.owner_id or log.finished_by(session, case, by.id) or moving.is_about(case, by):
        raise Forbidden(_("A case is checked by somebody who did not work on it."))
    if verdict not in VERDICTS:
        raise UserError(_("Please choose what the check found."), [("verdict", "")])
    text = written(note, "note", needed=verdict == AGAIN)
    again = verdict == AGAIN and case.confirmed_at is None and case.closed_how not in closing.FOR_GOOD
    log.note(session, case, "checked", by.id, words=text, verdict=verdict)
    case.checked, case.checked_by_id, case.checked_at, case.checked_note = verdict, by.id, clock.now(), text
    session.flush()
    return reopen(session, case_id, text, by.id) if again else case


def withdraw_consent(session: Session, case_id: int) -> Case:
    """The customer takes the consent to be contacted back: the contact goes at once. Done twice, it was done once.

    It goes from whatever became part of the case too, and from the lists of incidents that it came to from there. What
    is not over is closed as withdrawn. A sensitive case that is open stays so, without the customer: what was said of
    an employee has to be looked into, and its work ends without a contact.
    """
    case, *merged = log.hold_whole(session, case_id)
    known = case.consent_withdrawn_at is not None
    for one in (case, *merged):
        if one.consent_withdrawn_at is None:
            one.consent_withdrawn_at = clock.now()
            clear_survey(session, one)
            closing.clear_contact(one)
            incident_people.forget_case(session, one.id)
            letters.forget(session, one.id)
            log.note(session, one, "withdrawn")
    if known:
        return case
    looked_into = case.open and case.subject in SENSITIVE
    if (case.open or case.state in WAITING) and not looked_into:
        closing.shut(session, case, BY_CUSTOMER if case.state == CONFIRMED else closing.why_not_asked(case))
    session.flush()
    return case


def erase_contact(session: Session, case_id: int, by_id: int) -> Case:
    """Erase a customer's details on request: contact, words, and the log's words. What is open is closed as erased."""
    case, *merged = log.hold_whole(session, case_id)
    for one in (case, *merged):
        let_go(session, one, by_id)
    return case
