"""Receipts of expenses: pictures and PDF only, kept as evidence of a visit, gone with a claim that is taken back."""

from __future__ import annotations

import io
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from forms.questionnaire.parts import Question
from survey_app.commands import evidence
from survey_app.commands.contents import destroy_after, secure
from survey_app.commands.discarding import delete_after
from survey_app.commands.evidence import Arrived, Sent
from survey_app.field.expenses import MOST_RECEIPTS, RECEIPT
from survey_app.models import Evidence, Expense
from survey_app.models.pay import CLAIMED
from survey_app.queries import expenses as queries

_PDF: Final = b"%PDF-"
#: What a receipt is read as: a document only where it begins like one, else a picture or nothing.
_PICTURE = Question(code=RECEIPT, type="photo", text={}, max=MOST_RECEIPTS)
_PAPER = Question(code=RECEIPT, type="file", text={}, max=MOST_RECEIPTS)


def receive(sent: Sent, place: int) -> Arrived:
    """Read a receipt, make it safe and store it, outside any transaction. UserError for what is neither."""
    content = sent.stream.read(evidence.MOST_BYTES + 1)
    question = _PAPER if content.startswith(_PDF) else _PICTURE
    return evidence.receive(question, Sent(sent.filename, io.BytesIO(content)), place, visit=True, proof=True)


def attach(session: Session, expense: Expense, arrived: Arrived) -> Evidence | None:
    """Give a claim that is not decided yet a receipt; the same file twice is one. None: it was not kept.

    The bytes of a file that is not kept go after the commit.
    """
    session.execute(select(Expense.id).where(Expense.id == expense.id).with_for_update())
    there = queries.receipts_of(session, [expense.id]).get(expense.id, [])
    same = next((one for one in there if one.sha256 == arrived.digest), None)
    if same is not None or len(there) >= MOST_RECEIPTS or expense.state != CLAIMED:
        destroy_after(session, [arrived.content])
        return same
    kept = Evidence(
        id=arrived.file_id,
        response_id=expense.assignment.response_id,
        question=RECEIPT,
        filename=arrived.filename,
        media_type=arrived.media_type,
        size=arrived.size,
        sha256=arrived.digest,
        content=arrived.content,
        likeness=arrived.likeness,
        expense_id=expense.id,
    )
    session.add(kept)
    secure(session, arrived.content, arrived.whole)
    session.flush()
    return kept


def destroy(session: Session, expense_id: str) -> None:
    """Destroy the receipts of an expense, their bytes after the commit."""
    gone = session.execute(
        delete(Evidence).where(Evidence.expense_id == expense_id).returning(Evidence.id, Evidence.content)
    ).all()
    destroy_after(session, (key for _file_id, key in gone))
    delete_after(session, *(file_id for file_id, key in gone if not key))
