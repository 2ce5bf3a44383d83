"""What a customer says on the page of the own case: solved, not solved, something more, or no more contact.

Each is said by a button that is sent; an address that is opened says nothing. Said twice, it was said once.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.commands.cases import ending, log, moving
from survey_app.commands.recovery_survey import alert, hear
from survey_app.errors import UserError
from survey_app.loop.accusations import accused_of
from survey_app.loop.subjects import SENSITIVE
from survey_app.models import Case, CaseEvent
from survey_app.queries import customer_case
from translations import gettext as _

#: Characters that a customer may write at once.
LONGEST: Final = 2_000


def solved(session: Session, token: str) -> Case:
    """The customer confirms. Of a case that is open again meanwhile, its owner is told of it."""
    return hear(session, customer_case.by_token(session, token).case.id, ending.confirm, "solved")


def not_solved(session: Session, token: str, words: str) -> Case:
    """The customer says that it is not solved: the case opens again. While it is open, the words reach its owner.

    Words that accuse somebody of misconduct, discrimination, pressure or a breach of privacy go past the person whom
    the case names, as those of a survey do. UserError for words that are too long.
    """
    text = words.strip()
    if len(text) > LONGEST:
        message = _("Write at most %(max)s characters.", max=LONGEST)
        raise UserError(message, [("words", message)])
    case = log.hold(session, customer_case.by_token(session, token).case.id)
    subject = accused_of([text]) if text and case.subject not in SENSITIVE else ""
    if subject:
        moving.speaks_of(session, case, subject)
    if case.open:
        return case if not text or _said(session, case, text) else alert(session, case.id, "added", text)
    return hear(session, case.id, ending.reopen, "not_solved", text)


def _said(session: Session, case: Case, text: str) -> bool:
    """Whether the customer wrote the same words before: a form that was sent twice."""
    mine = select(CaseEvent.id).where(CaseEvent.case_id == case.id, CaseEvent.by_id.is_(None), CaseEvent.words == text)
    return session.scalar(mine.limit(1)) is not None


def withdraw(session: Session, token: str) -> Case:
    """The customer takes the consent to be contacted back: what waits to be sent is cancelled, the contact goes."""
    return ending.withdraw_consent(session, customer_case.by_token(session, token).case.id)
