"""What is kept of mystery visits for how long, beside their answers: files, receipts, words, certificates, letters.

The days of a visit are counted from the last day on which it could be made, since a file does not tell when it came.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, Text, and_, case, cast, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import evidence
from survey_app.commands.keeping import Ends, Rule
from survey_app.models import Assignment, Certification, Evidence, Expense, FieldDevice, Letter, VisitEvent
from survey_app.models.letters import READY
from survey_app.models.pay import REFUSED

#: Stands in the place of a reason that there has to be one of.
_NO_WORDS: Final = "-"


def _old_files(session: Session, ends: Ends) -> Select[Any]:
    filed = exists().where(
        Evidence.response_id == Assignment.response_id, Evidence.expense_id.is_(None), Evidence.appeal_id.is_(None)
    )
    return select(Assignment.response_id).where(Assignment.window_until < ends.evidence, filed)


def _old_receipts(session: Session, ends: Ends) -> Select[Any]:
    return (
        select(Evidence.id)
        .join(Expense, Expense.id == Evidence.expense_id)
        .where(func.coalesce(Expense.decided_at, Expense.created_at) < ends.receipts)
    )


def _old_expenses(session: Session, ends: Ends) -> Select[Any]:
    worded = or_(Expense.note != "", Expense.reason.not_in(("", _NO_WORDS)))
    return select(Expense.id).join(Assignment).where(Assignment.window_until < clock.local(ends.words).date(), worded)


def _clear_expenses(session: Session, ids: Sequence[str]) -> None:
    reason = case((Expense.state == REFUSED, _NO_WORDS), else_="")
    session.execute(update(Expense).where(Expense.id.in_(ids)).values(note="", reason=reason))


def _old_stories(session: Session, ends: Ends) -> Select[Any]:
    old = Assignment.window_until < clock.local(ends.words).date()
    return select(VisitEvent.id).join(Assignment).where(old, VisitEvent.note != "")


def _clear_stories(session: Session, ids: Sequence[int]) -> None:
    session.execute(update(VisitEvent).where(VisitEvent.id.in_(ids)).values(note=""))


def _old_tries(session: Session, ends: Ends) -> Select[Any]:
    ended = Certification.good_until < clock.local(ends.used).date()
    failed = and_(Certification.good_until.is_(None), Certification.at < ends.used)
    return select(Certification.id).where(cast(Certification.answers, Text) != "{}", or_(ended, failed))


def _clear_tries(session: Session, ids: Sequence[int]) -> None:
    session.execute(update(Certification).where(Certification.id.in_(ids)).values(answers={}))


def _old_letters(session: Session, ends: Ends) -> Select[Any]:
    return select(Letter.id).where(Letter.state.not_in((READY, "sending")), Letter.created_at < ends.contact)


def _drop_letters(session: Session, ids: Sequence[int]) -> None:
    session.execute(delete(Letter).where(Letter.id.in_(ids)))


def _silent_phones(session: Session, ends: Ends) -> Select[Any]:
    empty = FieldDevice.reports == 0, FieldDevice.files == 0
    return select(FieldDevice.id).where(FieldDevice.seen_at < ends.used, *empty)


def _drop_phones(session: Session, ids: Sequence[str]) -> None:
    # One that says at this very moment that it holds work again stays.
    gone = FieldDevice.id.in_(ids), FieldDevice.reports == 0, FieldDevice.files == 0
    session.execute(delete(FieldDevice).where(*gone))


RULES: Final = (
    Rule("visit_files", _old_files, evidence.destroy_of),
    Rule("receipts", _old_receipts, evidence.destroy),
    Rule("expenses", _old_expenses, _clear_expenses),
    Rule("visit_stories", _old_stories, _clear_stories),
    Rule("certificates", _old_tries, _clear_tries),
    Rule("letters", _old_letters, _drop_letters),
    Rule("phones", _silent_phones, _drop_phones),
)
