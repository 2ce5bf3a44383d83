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


def received(
    session: Session, response_id: str, questions: Sequence[Question], sent: MultiDict[str, str]
) -> MultiDict[str, str]:
    """What was sent, as the forms read it. ``questions`` are those of the page.

    Of files only those stay that belong to this response and question and were not taken away. Words written beside
    "Other" where nothing was chosen choose it: without scripts the line stands there for everybody.
    """
    found = MultiDict(sent)
    attached = [question for question in questions if question.type in FILE_TYPES and sent.getlist(question.code)]
    own = evidence.of_response(session, response_id) if attached else {}
    for question in attached:
        gone = sent.getlist(question.code + REMOVE)
        ids = [one for one in sent.getlist(question.code) if one not in gone]
        found.setlist(question.code, [one for one in ids if one in own and own[one].question == question.code])
    for code, value in _chosen_by_words(questions, sent):
        found.setlist(code, [value])
    return found


def _chosen_by_words(questions: Sequence[Question], sent: MultiDict[str, str]) -> Iterator[tuple[str, str]]:
    for question in questions:
        empty = not any(value.strip() for value in sent.getlist(question.code))
        if len(question.others) == 1 and empty and sent.get(question.other_code, "").strip():
            yield question.code, str(next(iter(question.others)))
