"""What is kept of customers' cases for how long: contact first, then words; what was done, and when, stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, exists, func, or_, select, update
from sqlalchemy.orm import Session

from survey_app.commands.cases import closing, forgetting
from survey_app.commands.keeping import Ends, Rule
from survey_app.loop.states import OVER
from survey_app.models import Case, CaseEvent, ScoreRemoval

#: Stands in the place of a reason that there has to be one of.
_NO_WORDS: Final = "-"


def _ended_before(moment: datetime) -> tuple[Any, Any]:
    """Cases that are over since before a moment; a merged one counts from when it was opened."""
    return (Case.state.in_(OVER), func.coalesce(Case.closed_at, Case.opened_at) < moment)


def _old_contacts(session: Session, ends: Ends) -> Select[Any]:
    known = or_(
        Case.name != "", Case.phone != "", Case.email != "", Case.customer_key != "", Case.customer_id.is_not(None)
    )
    return select(Case.id).where(known, *_ended_before(ends.contact))


def _clear_contacts(session: Session, ids: Sequence[int]) -> None:
    for case in session.scalars(select(Case).where(Case.id.in_(ids)).order_by(Case.id).with_for_update()):
        closing.clear_contact(case)
        case.token = closing.new_token()
    session.flush()


def _old_words(session: Session, ends: Ends) -> Select[Any]:
    own = [getattr(Case, name) != "" for name in forgetting.WORDS]
    logged = exists().where(CaseEvent.case_id == Case.id, CaseEvent.words != "")
    asked = exists().where(
        ScoreRemoval.case_id == Case.id,
        or_(ScoreRemoval.reason != _NO_WORDS, ScoreRemoval.decision_note != ""),
    )
    return select(Case.id).where(or_(*own, logged, asked), *_ended_before(ends.words))


def _clear_words(session: Session, ids: Sequence[int]) -> None:
    forgetting.forget_words(session, ids)
    session.execute(update(Case).where(Case.id.in_(ids)).values(dict.fromkeys(forgetting.WORDS, "")))
    session.execute(
        update(ScoreRemoval).where(ScoreRemoval.case_id.in_(ids)).values(reason=_NO_WORDS, decision_note="")
    )


RULES: Final = (
    Rule("case_contacts", _old_contacts, _clear_contacts),
    Rule("case_words", _old_words, _clear_words),
)
