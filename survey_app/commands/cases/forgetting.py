"""What becomes of cases when answers or contact are erased: the case stays as numbers, without a customer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from survey_app.commands import letters
from survey_app.commands.cases import closing, log
from survey_app.loop.states import CLOSED, ERASED, MERGED
from survey_app.models import Case, CaseEvent, ScoreRemoval

#: Columns of a case in which somebody's words are.
WORDS: Final = ("words", "solution", "lesson", "account", "next_step", "checked_note")


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
    if ids:
        session.execute(delete(ScoreRemoval).where(ScoreRemoval.case_id.in_(ids)))
        session.flush()
    return len(ids)


def let_go(session: Session, case: Case, by_id: int | None = None) -> None:
    """Delete a held case's contact, the customer's words and those of the log; what is not over yet is closed.

    Done again, nothing is left to do.
    """
    if not (case.name or case.phone or case.email or case.customer_key or case.words or case.closed_how == ""):
        return
    closing.clear_contact(case)
    letters.forget(session, case.id)
    case.words = ""
    forget_words(session, [case.id])
    log.note(session, case, "erased", by_id)
    if case.state not in (CLOSED, MERGED):
        closing.shut(session, case, ERASED, by_id)
    session.flush()


def forget_words(session: Session, case_ids: Sequence[int]) -> None:
    """Take the words out of the logs of cases; that something happened, when and by whom stays."""
    session.flush()
    session.execute(update(CaseEvent).where(CaseEvent.case_id.in_(case_ids)).values(words=""))
