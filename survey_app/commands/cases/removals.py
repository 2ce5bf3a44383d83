"""A score that is taken out because the customer abused staff: asked by one person, decided by another."""

from __future__ import annotations

from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import excluding
from survey_app.commands.cases import log
from survey_app.commands.cases.answers import hold_with_answer
from survey_app.errors import Conflict, Forbidden, UserError
from survey_app.loop.states import ABUSIVE
from survey_app.models import Case, Response, ScoreRemoval, User
from survey_app.models.response import COUNTED
from survey_app.permissions import Permission, may
from translations import gettext as _

ASKED, APPROVED, REFUSED = "asked", "approved", "refused"
#: Characters of a reason.
LONGEST = 1_000


def ask_removal(session: Session, case_id: int, by: User, reason: str) -> ScoreRemoval:
    """Ask that an abusive customer's score be taken out. Asked twice by the same person, it is asked once.

    Conflict where the case was not found abusive, has no score that counts, or it was decided already.
    """
    case = log.hold(session, case_id)
    log.not_named(session, case, by.id)
    text = _reason(reason, "reason")
    found = session.get(ScoreRemoval, case_id, with_for_update=True)
    if found is not None and found.state == ASKED:
        return found
    if found is not None and found.state == APPROVED:
        raise Conflict(_("The score was taken out already."))
    if case.outcome != ABUSIVE:
        raise Conflict(_("A score is taken out only where the work found that the customer was abusive toward staff."))
    response = session.get(Response, case.response_id) if case.response_id else None
    if response is None or response.state != COUNTED:
        raise Conflict(_("No score of this case is counted."))
    asked = found or ScoreRemoval(case_id=case_id)
    asked.response_id, asked.reason, asked.state = response.id, text, ASKED
    asked.asked_by_id, asked.asked_at = by.id, clock.now()
    asked.decided_by_id = asked.decided_at = None
    asked.decision_note = ""
    session.add(asked)
    log.note(session, case, "removal", by.id, words=text, state=ASKED)
    session.flush()
    return asked


def decide_removal(session: Session, case_id: int, by: User, approve: bool, note: str) -> ScoreRemoval:
    """Take the score out, or refuse to. The response is excluded from every number, with the reason.

    Forbidden for whoever asked and whoever owns the case or is served by it; Conflict where nobody asks any more.
    """
    case, _response = hold_with_answer(session, case_id)
    log.not_named(session, case, by.id)
    found = session.get(ScoreRemoval, case_id, with_for_update=True)
    if found is None:
        raise Conflict(_("Nobody asked to take this score out."))
    wanted = APPROVED if approve else REFUSED
    if found.state == wanted and found.decided_by_id == by.id:
        return found
    if found.state != ASKED:
        raise Conflict(_("Somebody has decided about this score already."))
    if by.id == found.asked_by_id:
        raise Forbidden(_("A score is taken out by two people: somebody else has to decide."))
    own = by.agent_id is not None and by.agent_id == case.agent_id
    if own or by.id == case.owner_id or not may(by, Permission.REMOVE_SCORES):
        raise Forbidden(_("Whoever decides about a score had no part in the case."))
    text = _reason(note, "note")
    found.state, found.decided_by_id, found.decided_at, found.decision_note = wanted, by.id, clock.now(), text
    if approve:
        excluding.exclude(session, found.response_id, found.reason)
    log.note(session, case, "removal", by.id, words=text, state=wanted)
    session.flush()
    return found


def _reason(words: str, place: str) -> str:
    text = words.strip()
    message = ""
    if not text:
        message = _("Please write the reason.")
    elif len(text) > LONGEST:
        message = _("Write at most %(max)s characters.", max=LONGEST)
    if message:
        raise UserError(message, [(place, message)])
    return text


def of(session: Session, case: Case) -> ScoreRemoval | None:
    """What was asked and decided about a case's score; None where nobody asked."""
    return session.get(ScoreRemoval, case.id)
