"""A mapping: what each column of a file is, and which of its values mean which answer. A plain document.

    format: 1
    columns:
      ResponseId: {as: response_id}
      When: {as: date, format: day_first}
      Q1: {as: question, code: pv1, values: {"Very good": "5"}, no_answer: ["99"], others: refuse}
      Q1_TEXT: {as: comment, code: pv1}
      Q4_2: {as: choice, code: reasons, choice: price}
      IPAddress: {as: ignore}
    fixed: {branch: 20-461, language: he}
    no_answer: ["-99"]
    required: take
    not_asked: refuse

A column without ``as`` is undecided, and nothing is imported while there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from typing import Any, Final

import yaml

from forms.questionnaire.definition import Questionnaire
from forms.questionnaire.errors import Problem
from forms.questionnaire.exchange.history.dates import FORMATS
from forms.questionnaire.exchange.history.source import Source
from forms.questionnaire.parts import Question
from forms.questionnaire.types import TYPES
from translations import gettext as _
from translations import isolate
from translations import lazy_gettext as _l

UNDECIDED, IGNORE = "", "ignore"
#: What a column may say about the response as a whole, each at most once.
ABOUT: Final[Map[str, Any]] = {
    "response_id": _l("Id of the response"),
    "branch": _l("Branch"),
    "date": _l("Date of the visit or service"),
    "date_else": _l("Date, where the first one is empty"),
    "agent": _l("Service representative"),
    "language": _l("Language"),
    "channel": _l("Channel"),
    "weight": _l("Survey weight"),
    "finished": _l("Whether it was finished"),
    "status": _l("Sort of response: real, preview, test"),
}
#: What a column may say in answer to a question.
QUESTION, COMMENT, OTHER, CHOICE = "question", "comment", "other", "choice"
ANSWERS: Final = (QUESTION, COMMENT, OTHER, CHOICE)
#: What one value for all rows can stand in for.
FIXED: Final = ("branch", "date", "language", "channel")
#: What becomes of a value that nobody decided on: its row is refused, or it is no answer.
REFUSE, NONE = "refuse", "none"
#: What becomes of rows that lack a required answer, and of answers to questions that are not asked after the others.
TAKE, DROP = "take", "drop"
REQUIRED: Final = (REFUSE, TAKE)
NOT_ASKED: Final = (REFUSE, DROP)
#: Types whose answers come as several columns, one for each choice, as well as in one.
SPREAD: Final = frozenset({"multiple", "ranking"})
#: Types whose answers are files, which no table holds.
UNTABLED: Final = frozenset({"photo", "file"})
#: The longest mapping document, in bytes.
LARGEST: Final = 2_000_000
#: Lists and keys inside each other; a mapping needs five, and reading many takes the square of their number.
DEEPEST: Final = 20
#: Roles whose values are matched with something one by one.
MATCHED: Final = frozenset({QUESTION, "branch", "agent", "language", "finished", "status"})


@dataclass(frozen=True)
class Part:
    """What one column is. ``role`` is a key of :data:`ABOUT`, one of :data:`ANSWERS`, ``ignore``, or undecided.

    ``values`` leads from a cell to a choice's value (or a branch, an agent, a language); cells in ``no_answer`` are
    skipped, those in ``refuse`` refuse their row; ``others`` says what becomes of any other cell that nothing explains:
    until somebody says so, it refuses its row.
    """

    role: str = UNDECIDED
    code: str = ""
    choice: str = ""
    format: str = ""
    values: Map[str, str] = field(default_factory=dict)
    no_answer: frozenset[str] = frozenset()
    refuse: frozenset[str] = frozenset()
    others: str = UNDECIDED

    @property
    def target(self) -> str:
        """Role, question and choice as one text: ``question:pv1``, ``choice:reasons:price``, ``branch``."""
        return ":".join(part for part in (self.role, self.code, self.choice) if part)

    def aimed(self, target: str) -> Part:
        """The part with another target; what was decided about values stays only while the target does."""
        if target == self.target:
            return self
        role, code, choice = (*target.split(":", 2), "", "")[:3]
        return Part(role, code, choice)


@dataclass(frozen=True)
class Mapping:
    """What each column is, by its name, and what holds for all rows."""

    columns: Map[str, Part] = field(default_factory=dict)
    fixed: Map[str, str] = field(default_factory=dict)
    no_answer: frozenset[str] = frozenset()
    required: str = TAKE
    not_asked: str = REFUSE

    def part(self, name: str) -> Part:
        """What a column is."""
        return self.columns.get(name, Part())

    def with_part(self, name: str, part: Part) -> Mapping:
        """The mapping with one column changed."""
        return replace(self, columns={**self.columns, name: part})

    def placed(self, role: str) -> str | None:
        """The column that has a role."""
        return next((name for name, part in self.columns.items() if part.role == role), None)


def dump(mapping: Mapping) -> dict[str, Any]:
    """The document; defaults are left out."""
    columns: dict[str, Any] = {}
    for name, part in mapping.columns.items():
        written: dict[str, Any] = {"as": part.role} if part.role else {}
        written |= {key: value for key in ("code", "choice", "format") if (value := getattr(part, key))}
        written |= {"values": dict(part.values)} if part.values else {}
        written |= {key: sorted(value) for key in ("no_answer", "refuse") if (value := getattr(part, key))}
        written |= {"others": part.others} if part.others else {}
        columns[name] = written
    return {
        "format": 1,
        "columns": columns,
        "fixed": dict(mapping.fixed),
        "no_answer": sorted(mapping.no_answer),
        "required": mapping.required,
        "not_asked": mapping.not_asked,
    }


class Unfit(Exception):
    """A mapping document that cannot be used; ``problems`` say where and why."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems


def _texts(found: Any, place: str) -> frozenset[str]:
    if not isinstance(found, list) or not all(isinstance(one, (str, int, float)) for one in found):
        raise Unfit(Problem(place, _("Write a list of values here.")))
    return frozenset(str(one) for one in found)


def _words(found: Any, place: str) -> dict[str, str]:
    plain = (str, int, float)
    if not isinstance(found, dict) or not all(isinstance(k, plain) and isinstance(v, plain) for k, v in found.items()):
        raise Unfit(Problem(place, _("Write values and what they mean here.")))
    return {str(key): str(value) for key, value in found.items()}


_PART_KEYS: Final = frozenset({"as", "code", "choice", "format", "values", "no_answer", "refuse", "others"})
_KEYS: Final = frozenset({"format", "columns", "fixed", "no_answer", "required", "not_asked"})


def load(document: Any) -> Mapping:
    """The mapping in a document. Raises Unfit, naming the place."""
    if not isinstance(document, dict) or document.get("format") != 1:
        raise Unfit(Problem("format", _("This is no mapping of columns.")))
    _known_keys(document, _KEYS, "")
    columns = document.get("columns", {})
    if not isinstance(columns, dict):
        raise Unfit(Problem("columns", _("Write values and what they mean here.")))
    fixed = _words(document.get("fixed", {}), "fixed")
    _known_keys(fixed, frozenset(FIXED), "fixed.")
    return Mapping(
        {str(name): _part(f"columns.{name}", found) for name, found in columns.items()},
        fixed,
        _texts(document.get("no_answer", []), "no_answer"),
        _among(document.get("required", TAKE), REQUIRED, "required"),
        _among(document.get("not_asked", REFUSE), NOT_ASKED, "not_asked"),
    )


def _known_keys(found: Map[str, Any], known: frozenset[str], place: str) -> None:
    for key in found:
        if key not in known:
            raise Unfit(Problem(f"{place}{key}", _("This key is not known here.")))


def _among(found: Any, known: Sequence[str], place: str) -> str:
    if found not in known:
        raise Unfit(Problem(place, _("Write one of: %(known)s.", known=", ".join(known))))
    return str(found)


def _part(place: str, found: Any) -> Part:
    if not isinstance(found, dict):
        raise Unfit(Problem(place, _("Write values and what they mean here.")))
    _known_keys(found, _PART_KEYS, f"{place}.")
    role = _among(found.get("as", UNDECIDED), (UNDECIDED, IGNORE, *ABOUT, *ANSWERS), f"{place}.as")
    return Part(
        role,
        str(found.get("code", "")),
        str(found.get("choice", "")),
        _among(found.get("format", ""), ("", *FORMATS), f"{place}.format"),
        _words(found.get("values", {}), f"{place}.values"),
        _texts(found.get("no_answer", []), f"{place}.no_answer"),
        _texts(found.get("refuse", []), f"{place}.refuse"),
        _among(found.get("others", UNDECIDED), (UNDECIDED, REFUSE, NONE), f"{place}.others"),
    )


def read_yaml(source: bytes) -> Mapping:
    """A mapping from a YAML or JSON file. Raises Unfit."""
    if len(source) > LARGEST:
        raise Unfit(Problem("", _("This is no mapping of columns.")))
    try:
        text = source.decode("utf-8-sig")
        depth = 0
        for event in yaml.parse(text, yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST or isinstance(event, yaml.AliasEvent):
                raise Unfit(Problem("", _("This is no mapping of columns.")))
        document = yaml.safe_load(text)
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        raise Unfit(Problem("", _("The file cannot be read as YAML."))) from error
    return load(document)


def write_yaml(mapping: Mapping) -> str:
    """A mapping as a file that a person can read and change."""
    written: str = yaml.safe_dump(dump(mapping), allow_unicode=True, sort_keys=False, width=120)
    return written


def takes(question: Question) -> bool:
    """Whether a column can hold the question's answer."""
    return TYPES[question.type].asks and question.type not in UNTABLED


def targets(questionnaire: Questionnaire) -> Iterator[tuple[str, Question | None]]:
    """Everything that a column can be, in reading order, with the question it belongs to."""
    yield from ((role, None) for role in ABOUT)
    for question in questionnaire.questions:
        if takes(question):
            yield f"{QUESTION}:{question.code}", question
            yield f"{COMMENT}:{question.code}", question
            if question.others:
                yield f"{OTHER}:{question.code}", question
            if question.type in SPREAD:
                yield from ((f"{CHOICE}:{question.code}:{one.value}", question) for one in question.options)
    yield IGNORE, None


def problems(mapping: Mapping, source: Source, questionnaire: Questionnaire) -> list[Problem]:
    """What stops a file from being read with a mapping: the place is a column's name, or what is missing."""
    found = [*_column_problems(mapping, source, questionnaire)]
    found += [
        Problem(name, _("The file has no such column."))
        for name, part in mapping.columns.items()
        if name not in source.by_name and part.role not in {UNDECIDED, IGNORE}
    ]
    for role, message in (
        ("branch", _("Say which column names the branch, or choose one branch for all rows.")),
        ("date", _("Say which column holds the date, or write one date for all rows.")),
    ):
        if mapping.placed(role) is None and not mapping.fixed.get(role):
            found.append(Problem(role, message))
    if not any(part.role in {QUESTION, CHOICE} for part in mapping.columns.values()):
        found.append(Problem("", _("No column holds the answer to a question.")))
    return found


def _column_problems(mapping: Mapping, source: Source, questionnaire: Questionnaire) -> Iterator[Problem]:
    known = {target for target, _question in targets(questionnaire)}
    first: dict[str, str] = {}
    whole = {part.code for part in mapping.columns.values() if part.role == QUESTION}
    for column in source.columns:
        part = mapping.part(column.name)
        if part.role == UNDECIDED:
            yield Problem(column.name, _("Say what this column is."))
        elif part.target not in known:
            yield Problem(column.name, _("The questionnaire does not ask this."))
        elif part.role != IGNORE and first.setdefault(part.target, column.name) != column.name:
            other = isolate(first[part.target])
            yield Problem(column.name, _("The column %(name)s says the same. Keep one of them.", name=other))
        elif part.role == CHOICE and part.code in whole:
            yield Problem(column.name, _("Another column holds this question's whole answer. Keep one of them."))
