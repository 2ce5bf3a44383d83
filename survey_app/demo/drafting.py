"""What the demo bank's analyst is in the middle of: a survey being revised, a new one begun, an old one put away."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from sqlalchemy.orm import Session

from forms.questionnaire import editing
from forms.questionnaire.definition import Questionnaire as Definition
from survey_app.commands import drafts
from survey_app.demo import files
from survey_app.models import User
from survey_app.queries import questionnaires

_REVISED: Final = "post_visit_branch"
_PUT_AWAY: Final = "internal_service"


def store(session: Session, analyst: User) -> None:
    """A draft with edits to look through, one with problems left to solve, and a questionnaire that is archived."""
    texts = files.document("drafts")
    _revise(session, texts["revised"], analyst.id)
    drafts.begin(session, texts["begun"], actor_id=analyst.id)
    published = questionnaires.published(session, _PUT_AWAY)
    copy = drafts.copy(session, published, user_id=analyst.id, code=texts["archived"]["code"])
    drafts.edit(
        session,
        copy.id,
        copy.revision,
        "document",
        "title",
        lambda one: editing.change_document(one, title=texts["archived"]["title"]),
        user_id=analyst.id,
    )
    drafts.archive(session, copy.questionnaire)


def _revise(session: Session, texts: dict[str, Any], user_id: int) -> None:
    """The survey after a visit with a question more and one in other words, not translated yet."""
    version = drafts.open_draft(session, questionnaires.by_code(session, _REVISED), user_id=user_id)

    def edit(act: str, place: str, change: Callable[[Definition], Definition]) -> None:
        nonlocal version
        version = drafts.edit(session, version.id, version.revision, act, place, change, user_id=user_id)

    added = texts["added"]
    edit(
        "add",
        f"questions.{added['after']}",
        lambda one: editing.add_question(one, f"questions.{added['after']}", added["preset"], code=added["code"])[0],
    )
    edit(
        "change",
        f"questions.{added['code']}",
        lambda one: editing.change_question(one, added["code"], text=added["text"]),
    )
    for place, words in texts["reworded"].items():
        edit("text", place, partial(editing.set_text, place=place, language="he", words=words))
