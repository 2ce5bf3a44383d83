"""A second report of a visit beside the one that stands: what each says, item by item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.questionnaire.definition import Question
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.types import TYPES
from survey_app import clock
from survey_app.models import Evidence, FieldCopy, FieldRecord, Version
from survey_app.queries import questionnaires
from survey_app.queries.evidence import FILE_TYPES, of_response
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
    definition = _definition(session, copy, None)
    return compared(definition, {}, copy) if definition is not None else []


def _definition(session: Session, copy: FieldCopy, report: Report | None) -> Definition | None:
    if report is not None:
        return report.definition
    number = copy.content.get("version")
    version = session.get(Version, number) if isinstance(number, int) else None
    return questionnaires.definition(version) if version is not None else None


@dataclass(frozen=True)
class Photos:
    """The pictures beside one question, of both reports."""

    code: str
    #: None where the questionnaire does not know the code.
    question: Question | None
    mine: Sequence[Evidence]
    theirs: Sequence[Evidence]


def photos(session: Session, copy: FieldCopy, report: Report | None) -> list[Photos]:
    """Pictures that either report names, by question, in the order of the form. Receipts are coordination's alone."""
    kept = session.scalars(
        select(Evidence)
        .where(Evidence.response_id == copy.response_id, Evidence.expense_id.is_(None), Evidence.appeal_id.is_(None))
        .order_by(Evidence.filename, Evidence.id)
    )
    told = session.scalars(select(FieldRecord.manifest).where(FieldRecord.response_id == copy.response_id))
    mine = _Named.by([one for each in told for one in each], report.answers if report is not None else {})
    theirs = _Named.by(copy.content.get("manifest"), copy.content.get("stored"))
    own = of_response(session, copy.response_id)
    found: dict[str, tuple[list[Evidence], list[Evidence]]] = {}
    # A code has no colon: what waits under an expense's number is a receipt.
    for one in (one for one in kept if ":" not in one.question):
        whose = one.id in own, one.user_id in (None, copy.content.get("user", one.user_id))
        for number, named in enumerate((mine, theirs)):
            if whose[number] and named.holds(one):
                found.setdefault(one.question, ([], []))[number].append(one)
    definition = _definition(session, copy, report)
    known = definition.by_code if definition is not None else {}
    order = {code: number for number, code in enumerate(known)}
    listed = sorted(found.items(), key=lambda item: (order.get(item[0], len(order)), item[0]))
    return [Photos(code, known.get(code), *both) for code, both in listed]


@dataclass(frozen=True)
class _Named:
    """The files that a report names: by the hash under which a phone sent them, or by their ids in its answers."""

    sent: frozenset[tuple[str, str]]
    ids: frozenset[str]

    @classmethod
    def by(cls, manifest: Any, answers: Any) -> _Named:
        sent = ((one.get("sha256", ""), one.get("question", "")) for one in manifest or () if isinstance(one, Mapping))
        lists = answers.values() if isinstance(answers, Mapping) else ()
        ids = (one for listed in lists if isinstance(listed, list) for one in listed if isinstance(one, str))
        return cls(frozenset(sent), frozenset(ids))

    def holds(self, file: Evidence) -> bool:
        return file.id in self.ids or (file.sent_sha256, file.question) in self.sent


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
