"""What becomes of cases when answers or contact are erased: the case stays as numbers, without a customer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from survey_app.commands import incident_people, letters
from survey_app.commands.cases import closing, log
from survey_app.loop.states import ERASED, OVER
from survey_app.models import Case, CaseEvent, Message, Promise, ScoreRemoval, Story, VoiceTag

#: Columns of a case in which somebody's words are.
WORDS: Final = ("words", "solution", "lesson", "account", "next_step", "checked_note")
#: Those that tell of the customer, not of what the organisation learned.
ABOUT_CUSTOMER: Final = tuple(name for name in WORDS if name != "lesson")


def forget(session: Session, response_ids: Sequence[str]) -> int:
    """Let go of everything that erased answers brought to cases; how many cases there were.

    The way back to the answer goes, and what the customer wrote; of a case that came from the answer, the contact that
    was given in it too, and with it the case is over: an open one is closed as erased.
    """
    if not response_ids:
        return 0
    ids = session.scalars(select(Case.id).where(Case.response_id.in_(response_ids)).order_by(Case.id)).all()
    for case_id in ids:
        case = log.hold(session, case_id)
        case.response_id, case.words = None, ""
        if case.source == "survey":
            let_go(session, case)
    # A promise that the customer told of in the answer stays as a clock.
    session.execute(
        update(Promise).where(Promise.response_id.in_(response_ids)).values(response_id=None, words="", note="")
    )
    if ids:
        session.execute(delete(ScoreRemoval).where(ScoreRemoval.case_id.in_(ids)))
        session.flush()
    return len(ids)


def let_go(session: Session, case: Case, by_id: int | None = None) -> None:
    """Delete a held case's contact, and every word about the customer; what is not over yet is closed as erased.

    The lesson stays: it is about the organisation. Done again, nothing is left to do.
    """
    incident_people.forget_case(session, case.id)
    over = case.state in OVER
    if over and not _holds_something(session, case):
        return
    clear_survey(session, case)
    closing.clear_contact(case)
    letters.forget(session, case.id)
    for name in ABOUT_CUSTOMER:
        setattr(case, name, "")
    forget_words(session, [case.id])
    log.note(session, case, "erased", by_id)
    if not over:
        closing.shut(session, case, ERASED, by_id)
    session.flush()


def clear_survey(session: Session, case: Case) -> None:
    """Let go of where a held case's survey was or is to be sent: what has no address does not leave."""
    if case.invitation_id is not None:
        asked = Message.invitation_id == case.invitation_id
        session.execute(update(Message).where(asked, Message.address != "").values(address=""))


def _holds_something(session: Session, case: Case) -> bool:
    """Whether anything about the customer is left in a case or its log."""
    if case.name or case.phone or case.email or case.customer_key or any(getattr(case, one) for one in ABOUT_CUSTOMER):
        return True
    worded = select(CaseEvent.id).where(CaseEvent.case_id == case.id, CaseEvent.words != "")
    return session.scalar(worded.limit(1)) is not None


def forget_words(session: Session, case_ids: Sequence[int]) -> None:
    """Take the words out of what hangs on cases: the log, promises, what a meeting noted, tags.

    That something happened, when and by whom stays.
    """
    session.flush()
    ids = [str(one) for one in case_ids]
    heard = (Story.source == "case", Story.response_id.in_(ids))
    session.execute(update(CaseEvent).where(CaseEvent.case_id.in_(case_ids)).values(words=""))
    session.execute(update(Promise).where(Promise.case_id.in_(case_ids)).values(words="", note=""))
    session.execute(update(Story).where(*heard).values(note=""))
    session.execute(delete(VoiceTag).where(VoiceTag.source == "case", VoiceTag.ref.in_(ids)))
