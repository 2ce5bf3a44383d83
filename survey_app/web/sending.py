"""What a page of questions sent, made ready for its form: files by their ids, words without their choice put right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from forms.questionnaire.definition import Question
from survey_app.queries import evidence
from survey_app.queries.evidence import FILE_TYPES

#: How the boxes that take a file away are named, after their question.
REMOVE: Final = "_remove"
#: What a button or script asks for that wants a page kept and nothing more.
KEEP: Final = "keep"


def received(
    session: Session, response_id: str, questions: Sequence[Question], sent: MultiDict[str, str]
) -> MultiDict[str, str]:
    """What was sent, as the forms read it. ``questions`` are those of the page.

    Files are those that belong to this response and question, whatever ids were sent, less those taken away. Words
    written beside "Other" where nothing was chosen choose it: without scripts the line stands there for everybody.
    """
    found = MultiDict(sent)
    attached = [question for question in questions if question.type in FILE_TYPES]
    own = evidence.of_response(session, response_id) if attached else {}
    for question in attached:
        gone = taken_away(sent, question)
        mine = [one for one in own.values() if one.question == question.code and one.id not in gone]
        found.setlist(question.code, [one.id for one in mine])
    for code, value in _chosen_by_words(questions, sent):
        found.setlist(code, [value])
    return found


def taken_away(sent: MultiDict[str, str], question: Question) -> list[str]:
    """The ids of files that are to go. A page that is only kept meanwhile takes nothing away: its boxes may change."""
    return [] if sent.get("go") == KEEP else sent.getlist(question.code + REMOVE)


def _chosen_by_words(questions: Sequence[Question], sent: MultiDict[str, str]) -> Iterator[tuple[str, str]]:
    for question in questions:
        empty = not any(value.strip() for value in sent.getlist(question.code))
        if len(question.others) == 1 and empty and sent.get(question.other_code, "").strip():
            yield question.code, str(next(iter(question.others)))
