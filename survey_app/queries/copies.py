"""A second report of a visit beside the one that stands: what each says, item by item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from forms.questionnaire.definition import Question
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.types import TYPES
from survey_app import clock
from survey_app.models import FieldCopy, Version
from survey_app.queries import questionnaires
from survey_app.queries.evidence import FILE_TYPES
from survey_app.queries.worklists import Report

#: The taps of a phone, in their order.
TAPS = ("entered", "greeted", "served", "left", "began", "finished")


@dataclass(frozen=True)
class Row:
    """One question in both reports, as stored values; comments beside them."""

    question: Question
    mine: Any
    theirs: Any
    my_comment: str
    their_comment: str

    @property
    def differs(self) -> bool:
        """Whether the two reports say different things."""
        return bool(self.mine != self.theirs or self.my_comment != self.their_comment)

    @property
    def said(self) -> bool:
        """Whether either report says anything."""
        return any(one not in (None, "") for one in (self.mine, self.theirs, self.my_comment, self.their_comment))

    @property
    def takeable(self) -> bool:
        """Whether the copy's answer can be taken over: files stay with the report that they came with."""
        return self.differs and self.question.type not in FILE_TYPES


def answers_of(copy: FieldCopy, definition: Definition) -> dict[str, Any]:
    """The answers of a second report as stored values; what does not read as an answer is left out, not guessed."""
    stored = copy.content.get("stored")
    if isinstance(stored, Mapping):
        return {str(code): value for code, value in stored.items() if value is not None}
    sent = copy.content.get("answers", {})
    found: dict[str, Any] = {}
    for code, raw in sent.items() if isinstance(sent, Mapping) else ():
        typed = [str(one) for one in raw] if isinstance(raw, list) else [str(raw)]
        question = definition.by_code.get(code)
        if question is None:
            found[code] = "\n".join(typed).strip()
            continue
        try:
            value = TYPES[question.type].parse(question, typed)
        except ValueError:
            continue
        if value is not None:
            found[code] = value
    return found


def compared(definition: Definition, mine: Mapping[str, Any], copy: FieldCopy) -> list[Row]:
    """Every question that either report answers, in the order of the form."""
    theirs = answers_of(copy, definition)
    rows = [
        Row(
            one,
            mine.get(one.code),
            theirs.get(one.code),
            str(mine.get(one.comment_code, "")),
            str(theirs.get(one.comment_code, "")),
        )
        for one in definition.questions
        if TYPES[one.type].asks
    ]
    return [row for row in rows if row.said]


def rows(session: Session, copy: FieldCopy, report: Report | None) -> list[Row]:
    """The same for a copy beside the report that stands; alone where none came of the visit."""
    if report is not None:
        return compared(report.definition, report.answers, copy)
    number = copy.content.get("version")
    version = session.get(Version, number) if isinstance(number, int) else None
    return compared(questionnaires.definition(version), {}, copy) if version is not None else []


def taps(copy: FieldCopy) -> list[tuple[str, datetime]]:
    """The taps that a second report tells, as it tells them: by the phone's own clock."""
    marks = copy.content.get("marks", {})
    found = []
    for name in TAPS:
        moment = _moment(marks.get(name) if isinstance(marks, Mapping) else None)
        if moment is not None:
            found.append((name, moment))
    return found


def _moment(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=clock.TIME_ZONE)


def differing(rows: Sequence[Row]) -> int:
    """In how many questions the two reports differ."""
    return sum(row.differs for row in rows)
