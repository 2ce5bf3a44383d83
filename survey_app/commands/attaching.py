"""One page of answers with the files that came along: saved together, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from forms.questionnaire.definition import Question
from survey_app.commands import evidence, responses, tracking
from survey_app.commands.evidence import Arrived
from survey_app.commands.holding import Held
from survey_app.commands.merging import Seen
from survey_app.models import Draft
from survey_app.queries import evidence as queries
from survey_app.queries.evidence import FILE_TYPES
from survey_app.queries.tickets import Ticket


@dataclass(frozen=True)
class Files:
    """What a page did to the files of its questions, by question code."""

    added: Mapping[str, Sequence[Arrived]] = field(default_factory=dict)
    removed: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def arrived(self) -> list[Arrived]:
        """Every file that came."""
        return [one for several in self.added.values() for one in several]


def save_page(
    session: Session,
    ticket: Ticket,
    questions: Iterable[Question],
    given: Mapping[str, Any],
    language: str,
    files: Files,
    *,
    page: str = "",
    seen: Seen | None = None,
    held: Held | None = None,
) -> tuple[Draft, dict[str, list[str]]]:
    """Keep a page's answers and its files; gives the draft and, by question, what is to be said of refused files.

    A file goes only when it is taken away: a page that another device, or the way back, sends without it does not
    remove it. ``page``, ``seen`` and ``held`` are as in :func:`survey_app.commands.responses.save_page`.
    """
    asked = [question for question in questions if question.type in FILE_TYPES]
    codes = {question.code for question in asked}
    typed = {code: value for code, value in given.items() if code not in codes}
    saved = responses.save_page(session, ticket, typed, language, page=page, seen=seen, held=held)
    said: dict[str, list[str]] = {}
    answers = dict(saved.answers)
    for question in asked:
        evidence.remove(session, ticket.response_id, question.code, files.removed.get(question.code, ()))
        added = files.added.get(question.code, ())
        refused = evidence.attach(session, ticket.response_id, question, added, anonymous=ticket.anonymous)
        if refused:
            said[question.code] = refused
    if asked:
        own = queries.of_response(session, ticket.response_id)
        for question in asked:
            kept = _in_order(own, question.code, answers.get(question.code), files.added.get(question.code, ()))
            answers = (
                {**answers, question.code: kept} if kept else {c: v for c, v in answers.items() if c != question.code}
            )
        if answers and not saved.answers:
            tracking.started(session, ticket, held.invitation if held else None)
        saved.answers = answers
        session.flush()
    return saved, said


def _in_order(own: Mapping[str, Any], code: str, before: Any, added: Sequence[Arrived]) -> list[str]:
    """The question's files: those that stood there, then what came now, in the order it was chosen."""
    mine = [one.id for one in own.values() if one.question == code]
    known = [one for one in (before if isinstance(before, list) else []) if one in mine]
    new = [one.file_id for one in added if one.file_id in mine and one.file_id not in known]
    return [*known, *new, *sorted(set(mine) - {*known, *new})]
