"""What the columns of a file most likely are: by their names, by the questions' words in any language.

Only a proposal: whatever is not nearly certain stays undecided, and a person sees all of it before anything is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Final

from forms.questionnaire.definition import COMMENT, OTHER, Questionnaire
from forms.questionnaire.exchange.history import mapping as roles
from forms.questionnaire.exchange.history.dates import guess
from forms.questionnaire.exchange.history.mapping import Mapping as Matching
from forms.questionnaire.exchange.history.mapping import Part
from forms.questionnaire.exchange.history.matching import plain
from forms.questionnaire.exchange.history.source import QUALTRICS, Column, Source
from forms.questionnaire.parts import Question
from translations.spelling import fold

#: Names of the columns that Qualtrics adds by itself.
_QUALTRICS: Final[Mapping[str, str]] = {
    "responseid": "response_id",
    "recordeddate": "date",
    "enddate": "date_else",
    "userlanguage": "language",
    "distributionchannel": "channel",
    "finished": "finished",
    "status": "status",
    **dict.fromkeys(
        (
            *("startdate", "ipaddress", "progress", "duration (in seconds)", "recipientlastname", "recipientfirstname"),
            *("recipientemail", "externalreference", "externaldatareference", "locationlatitude", "locationlongitude"),
            *("location_latitude", "location_longitude", "recipientphone"),
        ),
        roles.IGNORE,
    ),
}
#: Names that any file may use for what a response has besides its answers.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "response_id": (
        *("response id", "responseid", "id", "respondent id", "respondent", "case id", "record id", "interview id"),
        *("uuid", "_uuid", "serial", "מזהה", "מזהה תשובה", "מזהה משיב", "מספר משיב", "מספר רשומה", "номер ответа"),
        "رقم الاستجابة",
    ),
    "branch": (
        *("branch", "branch code", "branch id", "branch number", "branch name", "site", "location", "store", "unit"),
        *("סניף", "קוד סניף", "מספר סניף", "שם סניף", "הסניף", "الفرع", "فرع", "رمز الفرع", "филиал", "отделение"),
    ),
    "date": (
        *("date", "visit date", "date of visit", "occurred on", "service date", "interview date", "completed", "when"),
        *("submission date", "date submitted", "submitdate", "תאריך", "תאריך ביקור", "תאריך שירות", "מועד"),
        *("תאריך הביקור", "תאריך מילוי", "תאריך ראיון", "التاريخ", "تاريخ الزيارة", "дата", "дата визита"),
    ),
    "agent": (
        *("agent", "agent code", "employee", "employee number", "employee id", "representative", "teller", "banker"),
        *("נציג", "קוד נציג", "מספר עובד", "בנקאי", "טלר", "الموظف", "رقم الموظف", "сотрудник", "код сотрудника"),
    ),
    "language": ("language", "lang", "userlanguage", "שפה", "שפת המשיב", "اللغة", "язык"),
    "channel": ("channel", "mode", "source", "distribution channel", "ערוץ", "אופן הפצה", "القناة", "канал"),
    "weight": ("weight", "weights", "survey weight", "wt", "משקל", "משקולת", "الوزن", "вес"),
}
#: Names of columns that say which measure they hold.
_MEASURES: Final[Mapping[str, str]] = {"nps": "nps", "enps": "enps", "csat": "csat", "ces": "ces"}
_ROLES: Final = {fold(name): role for role, names in _NAMES.items() for name in names}
_NUMBERING: Final = re.compile(
    r"^\s*(?:q(?:uestion)?|שאלה|ש|v|var|вопрос|в|س)?\s*\d{1,3}[a-zא-ת]?\s*[.):\-–]\s*", re.IGNORECASE
)
_TRAIL: Final = re.compile(r"\s+[-–—|:]\s+(?!.*\s[-–—|:]\s)")
_SELECTED: Final = re.compile(r"\s*-\s*(?:selected choice|בחירה)\s*(?=-|$)", re.IGNORECASE)
#: From here on two wordings count as the same question: a changed word or two, never another question.
_ALIKE: Final = 0.86
#: Wordings shorter than this are too easily alike.
_SHORT: Final = 8
_SEEN: Final = 200


def _bare(words: str) -> str:
    """Words of a question without its number."""
    return plain(_NUMBERING.sub("", _SELECTED.sub(" ", words)))


def _by_words(questionnaire: Questionnaire) -> list[tuple[str, Question]]:
    """Every wording of every question that a column can hold, with the question."""
    return [
        (wording, question)
        for question in questionnaire.questions
        if roles.takes(question)
        for text in (question.text, *question.variants.values())
        for wording in {_bare(words) for words in text.values()}
        if wording
    ]


def _codes(questionnaire: Questionnaire) -> dict[str, str]:
    """What a column may be called after a question's code → target."""
    found: dict[str, str] = {}
    for target, question in roles.targets(questionnaire):
        if question is None:
            continue
        role, code, choice = (*target.split(":", 2), "")[:3]
        ending = {roles.COMMENT: (COMMENT,), roles.OTHER: (OTHER, "_text")}.get(role, ("",))
        names = [code + one for one in ending]
        if choice:
            names = [f"{code}{sign}{choice}" for sign in "_./:"]
        for name in names:
            found.setdefault(fold(name), target)
    return found


class _Proposing:
    """Proposals for one file and questionnaire."""

    def __init__(self, questionnaire: Questionnaire, source: Source) -> None:
        self.source = source
        self.codes = _codes(questionnaire)
        self.wordings = _by_words(questionnaire)
        measured = [one for one in questionnaire.questions if one.measure]
        self.measures = {
            name: f"{roles.QUESTION}:{one.code}"
            for name, measure in _MEASURES.items()
            for one in measured
            if one.measure == measure and sum(other.measure == measure for other in measured) == 1
        }
        self.exact: dict[str, Question | None] = {}
        for wording, question in self.wordings:
            same = self.exact.get(wording, question)
            self.exact[wording] = question if same is question else None

    def target(self, column: Column) -> str:
        """The most likely target of a column; empty for none."""
        for way in (self._qualtrics, self._by_code, self._by_role, self._by_choice, self._by_wording):
            found = way(column)
            if found:
                return found
        return ""

    def _qualtrics(self, column: Column) -> str:
        return _QUALTRICS.get(fold(column.name), "") if self.source.kind == QUALTRICS else ""

    def _by_code(self, column: Column) -> str:
        named = fold(column.name)
        return self.codes.get(named) or self.measures.get(named) or self.measures.get(fold(column.label), "")

    def _by_role(self, column: Column) -> str:
        for said in (column.name, column.label):
            found = _ROLES.get(fold(said).replace("_", " "))
            if found:
                return found
        return ""

    def _by_choice(self, column: Column) -> str:
        """One choice of several: the label ends with the choice's words after the question's."""
        for said in (column.label, column.name):
            parts = _TRAIL.split(_SELECTED.sub(" ", said))
            question = self._question(_bare(parts[0])) if len(parts) == 2 else None
            if question is None or question.type not in roles.SPREAD:
                continue
            words = plain(parts[1])
            for option in question.options:
                if words in {plain(text) for text in option.text.values()} | {fold(str(option.value))}:
                    return f"{roles.CHOICE}:{question.code}:{option.value}"
        return ""

    def _by_wording(self, column: Column) -> str:
        for said in (column.label, column.name):
            question = self._question(_bare(said))
            if question is not None:
                return f"{roles.QUESTION}:{question.code}"
        return ""

    def _question(self, words: str) -> Question | None:
        """The question with these words, or the only one with nearly the same."""
        if words in self.exact:
            return self.exact[words]
        if len(words) < _SHORT:
            return None
        alike = {question.code: question for wording, question in self.wordings if _are_alike(words, wording)}
        return next(iter(alike.values())) if len(alike) == 1 else None


def _are_alike(one: str, other: str) -> bool:
    shorter, longer = sorted((len(one), len(other)))
    if shorter < _SHORT or 2 * shorter / (shorter + longer) < _ALIKE:
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE


def propose(questionnaire: Questionnaire, source: Source) -> Matching:
    """The mapping that a file most likely wants; what is not nearly certain is undecided. Nothing is used twice."""
    proposing = _Proposing(questionnaire, source)
    columns: dict[str, Part] = {}
    used: set[str] = set()
    for column in source.columns:
        target = proposing.target(column)
        if target != roles.IGNORE and target in used:
            target = ""
        if not column.filled and not target:
            target = roles.IGNORE
        used.add(target)
        part = Part().aimed(target) if target else Part()
        columns[column.name] = with_format(part, column)
    return _settled(Matching(columns))


def _settled(matching: Matching) -> Matching:
    """A date that only stands in for another becomes the date where there is no other."""
    spare = matching.placed("date_else")
    if spare is not None and matching.placed("date") is None:
        return matching.with_part(spare, replace(matching.part(spare), role="date"))
    return matching


def with_format(part: Part, column: Column) -> Part:
    """A column of dates with the way in which it writes them, where that can be seen."""
    if part.role not in {"date", "date_else"} or part.format:
        return part
    return replace(part, format=guess(cell for cell, _count in column.values[:_SEEN]))


def undecided(matching: Matching, source: Source) -> Iterator[str]:
    """The names of columns of which nobody has said what they are."""
    return (column.name for column in source.columns if matching.part(column.name).role == roles.UNDECIDED)


def fits(matching: Matching, source: Source) -> bool:
    """Whether a mapping that was made for another file says something of every column of this one and of no other."""
    return set(matching.columns) == set(source.by_name)
