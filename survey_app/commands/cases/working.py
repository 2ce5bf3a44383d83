"""The work on a case: contact, agreement, the end of the work with its lesson; what is noted on the way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands.cases import closing, log, moving, telling, times
from survey_app.commands.cases.own_words import claim_not_me, decide_not_me, give_account
from survey_app.commands.cases.texts import LONGEST, written
from survey_app.errors import Conflict, Forbidden, UserError
from survey_app.loop.causes import CAUSES
from survey_app.loop.events import CHANNELS
from survey_app.loop.states import AGREED, CONTACTED, DONE, NEW, OUTCOMES
from survey_app.loop.subjects import SENSITIVE, SUBJECTS
from survey_app.models import Case, User
from survey_app.permissions import ROLE_NAMES, Permission, Role, may
from survey_app.queries.loop import policy
from survey_app.transaction import REPORTS_CHANGED
from translations import gettext as _

__all__ = [
    "add_note", "agree", "claim_not_me", "compensate", "contact", "decide_not_me", "finish", "give_account", "may_give",
    "set_step", "set_subject",
]  # fmt: skip
#: A next step further off than this is a slip of the keyboard.
_FURTHEST: Final = timedelta(days=365)
#: Agorot of a shekel.
_SHEKEL: Final = 100
#: The most that is kept of an amount, agorot: more is a slip of the keyboard.
MOST: Final = 100_000_000


def contact(
    session: Session,
    case_id: int,
    by_id: int,
    *,
    channel: str,
    reached: bool,
    words: str,
    next_step: str = "",
    next_on: date | None = None,
    revision: int | None = None,
) -> Case:
    """Log a contact that was made or tried. The first one that reached the customer moves a new case on.

    Only a contact that reached the customer gives the rung more time. UserError for an unknown channel, nothing
    written of a talk, a next step in the past; Conflict where the customer must not or cannot be contacted.
    """
    case = log.hold(session, case_id, revision)
    log.need(case, "contact")
    log.not_named(session, case, by_id)
    if channel not in CHANNELS:
        raise UserError(_("Please choose how the customer was contacted."), [("channel", "")])
    _may_be_contacted(case, channel)
    text = written(words, "words", needed=reached)
    _step(case, next_step, next_on)
    if reached and case.state == NEW:
        case.state = CONTACTED
        session.info[REPORTS_CHANGED] = True
    if reached:
        case.contacted_at = case.contacted_at or clock.now()
        times.extend(session, case, policy(session))
    log.note(session, case, "contacted", by_id, words=text, channel=channel, reached=reached)
    session.flush()
    return case


def set_step(
    session: Session, case_id: int, by_id: int, *, next_step: str, next_on: date, revision: int | None = None
) -> Case:
    """Write down what happens next and on which day. The rung's clock waits for that day, as far as it may."""
    case = log.hold(session, case_id, revision)
    log.need(case, "contact")
    log.not_named(session, case, by_id)
    written(next_step, "next_step", needed=True)
    _step(case, next_step, next_on)
    if case.state != NEW:
        # Nobody gains time for a customer whom nobody has called yet.
        times.extend(session, case, policy(session))
    log.note(session, case, "step", by_id, words=case.next_step, on=case.next_on.isoformat() if case.next_on else None)
    session.flush()
    return case


def agree(
    session: Session,
    case_id: int,
    by_id: int,
    *,
    solution: str,
    next_step: str,
    next_on: date | None,
    revision: int | None = None,
) -> Case:
    """Write down the solution that was agreed with the customer. Agreed anew, the newer one stands."""
    case = log.hold(session, case_id, revision)
    if case.state != AGREED:
        log.need(case, "agree")
    log.not_named(session, case, by_id)
    text = written(solution, "solution", needed=True)
    _step(case, next_step, next_on)
    case.solution, case.state = text, AGREED
    times.extend(session, case, policy(session))
    log.note(session, case, "agreed", by_id, words=text)
    session.flush()
    return case


def finish(
    session: Session,
    case_id: int,
    by_id: int,
    *,
    outcome: str,
    root_cause: str,
    lesson: str,
    cost: int = 0,
    revision: int | None = None,
) -> Case:
    """The work is done: what it found, why it happened, what was learned. The clocks stop, and the customer is asked.

    A case whose customer cannot be asked is closed at once, as what it is; it may be finished without a contact.
    UserError with the fields that are missing: the lesson is one of them.
    """
    case = log.hold(session, case_id, revision)
    if closing.may_be_asked(case) or case.state != NEW:
        log.need(case, "finish")
    log.not_named(session, case, by_id)
    _whole(outcome, root_cause, lesson, cost)
    case.outcome, case.root_cause, case.lesson, case.cost = outcome, root_cause, lesson.strip(), cost
    case.state, case.done_at = DONE, clock.now()
    case.next_step, case.next_on, case.escalates_at = "", None, None
    case.checked, case.checked_by_id, case.checked_at, case.checked_note = "", None, None, ""
    session.info[REPORTS_CHANGED] = True
    log.note(session, case, "done", by_id, words=case.lesson, outcome=outcome, cause=root_cause, cost=cost)
    if closing.may_be_asked(case):
        telling.solved(session, case)
    else:
        closing.shut(session, case, closing.why_not_asked(case))
    session.flush()
    return case


def _whole(outcome: str, root_cause: str, lesson: str, cost: int) -> None:
    wrong = []
    if outcome not in OUTCOMES:
        wrong.append(("outcome", _("Please say what the work found.")))
    if root_cause not in CAUSES:
        wrong.append(("root_cause", _("Please choose the root cause.")))
    if not lesson.strip():
        wrong.append(("lesson", _("Please write what was learned: without it a case is not done.")))
    elif len(lesson) > LONGEST:
        wrong.append(("lesson", _("Write at most %(max)s characters.", max=LONGEST)))
    if not 0 <= cost <= MOST:
        wrong.append(("cost", _("Please write an amount from 0 to %(most)s shekels.", most=MOST // _SHEKEL)))
    if wrong:
        raise UserError(wrong[0][1], wrong)


def compensate(session: Session, case_id: int, by: User, amount: int, revision: int | None = None) -> Case:
    """Set what the customer is given for the fault, in agorot, within the limit of the giver's role.

    What somebody gave is not lowered by a role that could not have given it. UserError with the limit and who may give
    more.
    """
    case = log.hold(session, case_id, revision)
    log.not_over(case)
    log.not_named(session, case, by.id)
    limits = policy(session).compensation
    limit = limits.get(by.role, 0)
    if not 0 <= amount <= MOST:
        message = _("Please write an amount from 0 to %(most)s shekels.", most=MOST // _SHEKEL)
        raise UserError(message, [("amount", message)])
    if max(amount, case.compensation) > limit:
        message = _limit_words(limits, limit, max(amount, case.compensation))
        raise UserError(message, [("amount", message)])
    if amount != case.compensation:
        before, case.compensation, case.compensation_by_id = case.compensation, amount, by.id
        log.note(session, case, "compensated", by.id, before=before, amount=amount)
        session.flush()
    return case


def may_give(session: Session, by: User) -> int:
    """The limit of a user's role for one case, agorot."""
    return policy(session).compensation.get(by.role, 0)


def _limit_words(limits: Mapping[str, int], limit: int, amount: int) -> str:
    able = [role for role, most in sorted(limits.items(), key=lambda one: one[1]) if most >= amount]
    shekels = f"{limit / _SHEKEL:,.0f}"
    if not able:
        return _("Your role may give up to %(limit)s shekels, and no role may give this much.", limit=shekels)
    return _(
        "Your role may give up to %(limit)s shekels. So much may be given by: %(role)s.",
        limit=shekels,
        role=ROLE_NAMES[Role(able[0])],
    )


def set_subject(session: Session, case_id: int, by_id: int, subject: str, revision: int | None = None) -> Case:
    """Say what a case is about. One that becomes sensitive leaves the person it names at once, and rises to the branch.

    That a case is sensitive no longer is said by whoever leads cases, never by its owner alone. Forbidden otherwise.
    """
    case = log.hold(session, case_id, revision)
    log.not_over(case)
    by = log.not_named(session, case, by_id)
    if subject not in SUBJECTS:
        raise UserError(_("Please choose what the case is about."), [("subject", "")])
    if subject == case.subject:
        return case
    if case.subject in SENSITIVE and subject not in SENSITIVE and not may(by, Permission.LEAD_CASES):
        raise Forbidden(_("Whoever leads cases may take this subject off a case."))
    moving.speaks_of(session, case, subject, by_id)
    session.flush()
    return case


def add_note(session: Session, case_id: int, by_id: int, words: str) -> Case:
    """Add a note to a case, whatever its state."""
    case = log.hold(session, case_id)
    log.not_named(session, case, by_id)
    log.note(session, case, "note", by_id, words=written(words, "words", needed=True))
    session.flush()
    return case


def _step(case: Case, next_step: str, next_on: date | None) -> None:
    """Set a next step where one is given; what stands stays otherwise."""
    text = written(next_step, "next_step")
    if next_on is not None and not clock.today() <= next_on <= clock.today() + _FURTHEST:
        message = _("Please choose a day from today on, within a year.")
        raise UserError(message, [("next_on", message)])
    if text or next_on is not None:
        case.next_step, case.next_on = text or case.next_step, next_on


def _may_be_contacted(case: Case, channel: str) -> None:
    if case.consent_withdrawn_at is not None:
        raise Conflict(_("The customer asked not to be contacted."))
    if channel not in ("branch", "letter") and not (case.phone or case.email):
        raise Conflict(_("This case has no telephone and no e-mail: log a talk in the branch, or finish the work."))
