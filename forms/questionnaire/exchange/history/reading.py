"""One row of a file → what it says of the response, and its answers; or everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Final

from forms.questionnaire.answers import parse_text
from forms.questionnaire.definition import COMMENT, OTHER, Questionnaire
from forms.questionnaire.exchange.history import mapping as roles
from forms.questionnaire.exchange.history.dates import Day, parse
from forms.questionnaire.exchange.history.mapping import Mapping as Matching
from forms.questionnaire.exchange.history.mapping import Part
from forms.questionnaire.exchange.history.matching import NO, YES, atoms, choice_of
from forms.questionnaire.exchange.history.source import Column, Source
from forms.questionnaire.parts import Context, Question, Stored
from forms.questionnaire.rules import is_required, is_unfit, walk
from forms.questionnaire.types import TYPES
from translations import gettext as _
from translations import isolate, known, localised
from translations.spelling import fold

#: What becomes of a cell: an answer (or another value), nothing, its row refused, or nobody knows yet.
ANSWER, NOTHING, REFUSED, UNKNOWN = "answer", "nothing", "refused", "unknown"
#: Distinct cells whose meaning is remembered for one column.
_REMEMBERED: Final = 20_000
#: Sorts of responses as Qualtrics writes them, in words and as numbers: real ones, and those that nobody meant.
_REAL: Final = frozenset({"ip address", "imported", "offline", "0", "4", "16", "32", "48"})
_UNREAL: Final = frozenset({"survey preview", "survey test", "spam", "preview", "test", "1", "2", "8", "9", "17", "40"})


@dataclass(frozen=True)
class Meaning:
    """What one cell means: ``kind`` is one of the four above, ``value`` what is stored, ``why`` what is wrong."""

    kind: str
    value: Any = None
    why: str = ""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row: the column it is about (None: the row as a whole), and the words."""

    column: str | None
    message: str


class Unfit(Exception):
    """A row that cannot be taken, with everything that is wrong with it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(*faults)
        self.faults = list(faults)


@dataclass(frozen=True)
class Found:
    """What a row says. ``about`` holds the texts of its roles; ``dropped`` counts answers left out because the question
    is not asked after the others.
    """

    about: Mapping[str, str]
    day: Day
    answers: Mapping[str, Stored]
    dropped: int = 0


def _decided(part: Part, matching: Matching, cell: str) -> Meaning | None:
    """What a person decided about a cell."""
    if cell in part.no_answer or (cell in matching.no_answer and cell not in part.values):
        return Meaning(NOTHING)
    if cell in part.refuse:
        return Meaning(REFUSED, why=_("This value refuses the row, as was decided."))
    return None


def _otherwise(part: Part, why: str) -> Meaning:
    """What becomes of a cell that nothing explains."""
    return Meaning(NOTHING, why=why) if part.others == roles.NONE else Meaning(UNKNOWN, why=why)


def _parsed(question: Question, typed: Sequence[str]) -> Meaning:
    value = TYPES[question.type].parse(question, typed)
    return Meaning(NOTHING) if value is None else Meaning(ANSWER, value)


def _one(question: Question, part: Part, column: Column, cell: str) -> Meaning:
    """A cell that holds one choice."""
    found = part.values.get(cell) or choice_of(question, cell, column.labels.get(cell, ""))
    if found is None and question.type == "consent":
        found = "yes" if fold(cell) in YES else "no" if fold(cell) in NO else None
    if found is not None:
        return _parsed(question, [found])
    if cell in column.missing:
        return Meaning(NOTHING)
    label = column.labels.get(cell)
    if label:
        return _otherwise(part, _("No choice has the words %(words)s.", words=isolate(label)))
    return _otherwise(part, _("No choice has this value or these words."))


def _several(question: Question, part: Part, column: Column, cell: str) -> Meaning:
    """A cell that holds several choices, with a bar, a semicolon or a comma between them."""
    if cell in column.missing:
        return Meaning(NOTHING)
    chosen: list[str] = []
    for piece in atoms(question, cell, part.values):
        found = part.values.get(piece) or choice_of(question, piece, column.labels.get(piece, ""))
        if piece in part.refuse:
            return Meaning(REFUSED, why=_("This value refuses the row, as was decided."))
        if found is not None:
            chosen.append(found)
        elif piece not in part.no_answer and part.others != roles.NONE:
            return Meaning(UNKNOWN, why=_("No choice has the words %(words)s.", words=isolate(piece)))
    return _parsed(question, chosen)


def _tick(question: Question, part: Part, column: Column, cell: str) -> Meaning:
    said = fold(part.values.get(cell, column.labels.get(cell, cell)))
    if said in YES or said in NO:
        return _parsed(question, ["1" if said in YES else ""])
    return _otherwise(part, _("Write yes or no."))


def _written(question: Question, part: Part, column: Column, cell: str) -> Meaning:
    """A cell that holds a number, a date or words."""
    if cell in column.missing and cell not in part.values:
        return Meaning(NOTHING)
    typed = part.values.get(cell, cell)
    if question.type in {"int", "minutes"} and typed.endswith(".0"):
        typed = typed.removesuffix(".0")
    try:
        return _parsed(question, [typed])
    except ValueError as error:
        return _otherwise(part, str(error))


#: How the cell of a column that holds a question's whole answer is read, by the question's type.
_WHOLE: Final[Mapping[str, Callable[[Question, Part, Column, str], Meaning]]] = {
    **{name: _one for name, handler in TYPES.items() if "choices" in handler.keys or "scale" in handler.keys},
    "consent": _one,
    "multiple": _several,
    "ranking": _several,
    "checkbox": _tick,
}


def _whole(question: Question, part: Part, column: Column, cell: str) -> Meaning:
    try:
        return _WHOLE.get(question.type, _written)(question, part, column, cell)
    except ValueError as error:
        return _otherwise(part, str(error))


def _chosen(question: Question, part: Part, column: Column, cell: str) -> Meaning:
    """A column of one choice: ticked or not, or the place it was given."""
    said = part.values.get(cell, cell)
    if question.type == "ranking":
        place = said.removesuffix(".0")
        if place.isdecimal() and 1 <= int(place) <= len(question.options):
            return Meaning(ANSWER, f"{part.choice}:{int(place)}")
        return _otherwise(part, _("Write the place that the choice was given, from 1."))
    words = fold(column.labels.get(said, said))
    if words in NO:
        return Meaning(NOTHING)
    ticked = words in YES or choice_of(question, said, column.labels.get(said, "")) == part.choice
    return Meaning(ANSWER, part.choice) if ticked else _otherwise(part, _("Write yes or no."))


def _comment(question: Question, part: Part, column: Column, cell: str) -> Meaning:
    value = parse_text(question, [cell])
    return Meaning(NOTHING) if value is None else Meaning(ANSWER, value)


_ANSWERS: Final = {roles.QUESTION: _whole, roles.CHOICE: _chosen, roles.COMMENT: _comment, roles.OTHER: _comment}


def _language(part: Part, column: Column, cell: str) -> Meaning:
    found = known(part.values.get(cell, column.labels.get(cell, cell)))
    return Meaning(ANSWER, found) if found else _otherwise(part, _("This language is not known here."))


def _finished(part: Part, column: Column, cell: str) -> Meaning:
    said = fold(part.values.get(cell, column.labels.get(cell, cell)))
    if said in NO:
        return Meaning(REFUSED, why=_("The response was not finished."))
    return Meaning(ANSWER, "1") if said in YES else _otherwise(part, _("Write yes or no."))


def _status(part: Part, column: Column, cell: str) -> Meaning:
    said = fold(part.values.get(cell, column.labels.get(cell, cell)))
    if said in _UNREAL:
        return Meaning(REFUSED, why=_("This is a preview or a test and no real response."))
    if said in _REAL:
        return Meaning(ANSWER, said)
    return _otherwise(part, _("This sort of response is not known."))


def _text(part: Part, column: Column, cell: str) -> Meaning:
    return Meaning(ANSWER, part.values.get(cell, cell))


_ABOUT: Final[Mapping[str, Callable[[Part, Column, str], Meaning]]] = {
    "language": _language,
    "finished": _finished,
    "status": _status,
}


def meaning(matching: Matching, column: Column, question: Question | None, cell: str) -> Meaning:
    """What a filled cell of a column means, as things were decided so far."""
    part = matching.part(column.name)
    found = _decided(part, matching, cell)
    if found is not None:
        return found
    if question is not None:
        return _ANSWERS[part.role](question, part, column, cell)
    return _ABOUT.get(part.role, _text)(part, column, cell)


@dataclass
class _Reader:
    """One column that is read, with the meanings met so far."""

    at: int
    column: Column
    part: Part
    question: Question | None
    met: dict[str, Meaning] = field(default_factory=dict)


class Reading:
    """Reads the rows of one file by one mapping into one questionnaire."""

    def __init__(
        self, questionnaire: Questionnaire, matching: Matching, source: Source, context: Context, zone: tzinfo
    ) -> None:
        self.questionnaire, self.matching, self.context, self.zone = questionnaire, matching, context, zone
        self._readers = [
            _Reader(at, column, part, questionnaire.by_code.get(part.code) if part.role in roles.ANSWERS else None)
            for at, column in enumerate(source.columns)
            if (part := matching.part(column.name)).role not in {roles.UNDECIDED, roles.IGNORE}
        ]

    def _meaning(self, reader: _Reader, cell: str) -> Meaning:
        found = reader.met.get(cell)
        if found is None:
            found = meaning(self.matching, reader.column, reader.question, cell)
            if len(reader.met) < _REMEMBERED and len(cell) <= 80:
                reader.met[cell] = found
        return found

    def read(self, cells: Sequence[str]) -> Found:
        """What a row says. Raises Unfit with everything that is wrong."""
        about: dict[str, str] = dict(self.matching.fixed)
        given: dict[str, Any] = {}
        spread: dict[str, list[str]] = {}
        days: dict[str, Day] = {}
        faults: list[Fault] = []
        columns: dict[str, str] = {}
        for reader in self._readers:
            cell = cells[reader.at].strip()
            if not cell:
                continue
            found = self._meaning(reader, cell)
            if found.kind in {REFUSED, UNKNOWN}:
                faults.append(Fault(reader.column.name, f"{found.why} ({isolate(cell[:80])})"))
            elif found.kind == ANSWER:
                try:
                    self._put(reader, found.value, about, given, spread, days)
                except ValueError as error:
                    faults.append(Fault(reader.column.name, f"{error} ({isolate(cell[:80])})"))
                columns[reader.part.code] = reader.column.name
        faults += self._gather(given, spread, columns)
        day = days.get("date") or days.get("date_else") or self._fixed_day(faults)
        if day is None and not any(fault.column == self.matching.placed("date") for fault in faults):
            faults.append(Fault(self.matching.placed("date"), _("There is no date.")))
        if faults:
            raise Unfit(faults)
        answers, dropped = self._fitting(given, columns)
        return Found(about, day or "", answers, dropped)

    def _put(
        self,
        reader: _Reader,
        value: Any,
        about: dict[str, str],
        given: dict[str, Any],
        spread: dict[str, list[str]],
        days: dict[str, Day],
    ) -> None:
        part = reader.part
        if part.role in {"date", "date_else"}:
            days[part.role] = parse(str(value), part.format or "day_first", self.zone)
        elif part.role == roles.CHOICE:
            spread.setdefault(part.code, []).append(value)
        elif part.role in roles.ANSWERS:
            ending = {roles.COMMENT: COMMENT, roles.OTHER: OTHER}.get(part.role, "")
            given[part.code + ending] = value
        else:
            about[part.role] = value

    def _fixed_day(self, faults: list[Fault]) -> Day | None:
        text = self.matching.fixed.get("date", "")
        try:
            return parse(text, "day_first") if text else None
        except ValueError as error:
            faults.append(Fault(None, str(error)))
            return None

    def _gather(
        self, given: dict[str, Any], spread: Mapping[str, list[str]], columns: Mapping[str, str]
    ) -> list[Fault]:
        """Put the answers together that stand in one column for each choice."""
        faults = []
        for code, chosen in spread.items():
            question = self.questionnaire.by_code[code]
            try:
                value = TYPES[question.type].parse(question, chosen)
            except ValueError as error:
                faults.append(Fault(columns.get(code), str(error)))
            else:
                if value is not None:
                    given[code] = value
        return faults

    def _fitting(self, given: Mapping[str, Any], columns: Mapping[str, str]) -> tuple[dict[str, Stored], int]:
        """The answers that count; those to questions that are not asked are dropped or refuse the row."""
        asked, counting = walk(self.questionnaire, given, self.context)
        left = [code for code in given if code not in counting]
        faults: list[Fault] = []
        if left and self.matching.not_asked == roles.REFUSE:
            message = _("This question is not asked after the row's other answers.")
            faults = [Fault(columns.get(_asked_of(code, self.questionnaire), code), message) for code in left]
        for question in asked:
            if question.code in counting:
                if is_unfit(question, counting, self.context):
                    words = localised(question.invalid) or _("The answer does not fit the others.")
                    faults.append(Fault(columns.get(question.code), words))
            elif self.matching.required == roles.REFUSE and is_required(question, counting, self.context):
                message = _("%(code)s must be answered.", code=isolate(question.code))
                faults.append(Fault(columns.get(question.code), message))
        if not counting and not faults:
            faults.append(Fault(None, _("The row holds no answer.")))
        if faults:
            raise Unfit(faults)
        return counting, len(left)


def _asked_of(code: str, questionnaire: Questionnaire) -> str:
    """The question that an answer's code belongs to."""
    if code in questionnaire.by_code:
        return code
    return code.removesuffix(COMMENT) if code.endswith(COMMENT) else code.removesuffix(OTHER)
