"""What is kept for how long of words that hang on no answer and no case: messages by file, promises of the field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import voices
from survey_app.commands.keeping import Ends, Rule
from survey_app.models import Promise, VoiceMessage


def _old_messages(session: Session, ends: Ends) -> Select[Any]:
    return select(VoiceMessage.id).where(VoiceMessage.written_on < clock.local(ends.words).date())


def _old_promises(session: Session, ends: Ends) -> Select[Any]:
    """Those of a case lose their words with the case."""
    worded = or_(Promise.words != "", Promise.note != "")
    return select(Promise.id).where(Promise.case_id.is_(None), Promise.settled_at < ends.words, worded)


def _clear_promises(session: Session, ids: Sequence[str]) -> None:
    session.execute(update(Promise).where(Promise.id.in_(ids)).values(words="", note=""))


RULES: Final = (
    Rule("voice_messages", _old_messages, voices.forget_messages),
    Rule("promises", _old_promises, _clear_promises),
)
