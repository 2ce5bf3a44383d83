"""The employee's side of a case: «הגרסה שלי», and «לא אני», which somebody else decides."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import promises, recording
from survey_app.commands.cases import log, moving
from survey_app.commands.cases.answers import hold_with_answer
from survey_app.commands.cases.texts import written
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.models import NO_AGENT, Agent, Case, CaseEvent, Placement, Response, User
from survey_app.transaction import REPORTS_CHANGED
from translations import gettext as _

CLAIMED, CONFIRMED, REFUSED = "claimed", "confirmed", "refused"


def give_account(session: Session, case_id: int, by: User, words: str) -> Case:
    """«הגרסה שלי»: what the employee whom the case is about says of it. Written anew, the newer one stands.

    NotFound for anybody else, and of a sensitive case, which the person it names does not see.
    """
    case = _of(session, case_id, by)
    case.account = written(words, "account", needed=True)
    log.note(session, case, "account", by.id)
    session.flush()
    return case


def claim_not_me(session: Session, case_id: int, by: User, words: str) -> Case:
    """«לא אני»: the employee says that somebody else served. Said twice, it is said once; decided by somebody else."""
    case = _of(session, case_id, by)
    if case.not_me == CLAIMED:
        return case
    if case.not_me == REFUSED:
        raise Conflict(_("It was decided already that the case stays with you."))
    text = written(words, "words", needed=True)
    case.not_me = CLAIMED
    log.note(session, case, "not_me", by.id, words=text, state=CLAIMED, agent=case.agent_id)
    session.flush()
    return case


def _of(session: Session, case_id: int, by: User) -> Case:
    case = log.hold(session, case_id)
    log.not_named(session, case, by.id)
    log.not_over(case)
    if not moving.is_about(case, by):
        raise NotFound(_("There is no such case."))
    return case


def decide_not_me(session: Session, case_id: int, by: User, agent_id: int | None, accept: bool) -> Case:
    """Decide about «לא אני». Accepted, case and answer go to the right employee (none: to nobody) and facts follow.

    Forbidden for the employee who claims, or gains the case; UserError for somebody who did not serve at the branch on
    that day, or from whom the case was taken before; Conflict where nothing is claimed.
    """
    case, response = hold_with_answer(session, case_id)
    log.not_named(session, case, by.id)
    if case.not_me != CLAIMED:
        raise Conflict(_("Nobody says of this case that it was somebody else."))
    if moving.is_about(case, by):
        raise Forbidden(_("Somebody else has to decide about this."))
    if not accept:
        case.not_me = REFUSED
        log.note(session, case, "not_me", by.id, state=REFUSED, agent=case.agent_id)
        session.flush()
        return case
    before, after = case.agent_id, agent_id or NO_AGENT
    _must_fit(session, case, after, response)
    case.agent_id, case.not_me = after, CONFIRMED
    session.info[REPORTS_CHANGED] = True
    if response is not None and response.agent_id == before:
        recording.move(session, response, agent_id=after)
    log.note(session, case, "moved", by.id, before=before, after=after)
    moving.leave_agent(session, case, before)
    promises.leave_named(session, case)
    session.flush()
    return case


def _must_fit(session: Session, case: Case, agent_id: int, response: Response | None) -> None:
    if agent_id == NO_AGENT:
        return
    moved = session.scalars(select(CaseEvent.details).where(CaseEvent.case_id == case.id, CaseEvent.kind == "moved"))
    if agent_id in {case.agent_id, *(one.get("before") for one in moved)}:
        message = _("This case was taken from that employee: please choose somebody else.")
        raise UserError(message, [("agent", message)])
    day = response.visited_on if response is not None and response.visited_on else clock.local(case.opened_at).date()
    placed = select(Placement.id).where(
        Placement.agent_id == agent_id,
        Placement.branch_id == case.branch_id,
        Placement.since <= day,
        or_(Placement.until.is_(None), Placement.until >= day),
    )
    if session.get(Agent, agent_id) is None or session.scalar(placed.limit(1)) is None:
        message = _("This employee did not serve at the branch on that day.")
        raise UserError(message, [("agent", message)])
