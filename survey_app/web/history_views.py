"""What the pages of historic responses ask: columns with their samples, values with what they mean."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.exchange.history import mapping as roles
from forms.questionnaire.exchange.history.mapping import Mapping as Matching
from forms.questionnaire.exchange.history.mapping import Part
from forms.questionnaire.exchange.history.matching import atoms
from forms.questionnaire.exchange.history.reading import ANSWER, NOTHING, REFUSED, meaning
from forms.questionnaire.exchange.history.source import Column, Source
from forms.questionnaire.parts import Question
from forms.questionnaire.types import display
from survey_app.commands.history.checking import Places
from survey_app.commands.imports.columns import Refused
from translations import LANGUAGES, current_language, localised
from translations import gettext as _
from translations import lazy_gettext as _l

_FILLED: Final = re.compile(r"\{[^}]*\}")
#: Examples of a column's values, and values that one column is asked about on one page.
SAMPLES: Final = 3
ASKED: Final = 60
#: Decisions about one value: left to what was recognised, no answer, its row refused, or ``=`` and a value.
BY_ITSELF, NO_ANSWER, REFUSE, IS = "", "none", "refuse", "="
#: What may be said of every value that is not decided one by one.
OTHERS: Final = (roles.UNDECIDED, roles.REFUSE, roles.NONE)
#: Up to here every column has a list to choose from; beyond that a field with suggestions.
MOST_OPTIONS: Final = 15_000


@dataclass(frozen=True)
class Group:
    """Targets that belong together: those of the response as a whole, or those of one question."""

    label: str
    options: list[tuple[str, str]]
    is_question: bool = False

    def label_of(self, words: str) -> str:
        """An option as a closed list shows it, where the group's own words are out of sight."""
        return f"{self.label}: {words}" if self.is_question else words


def groups(definition: Definition) -> list[Group]:
    """Everything that a column can be, for a list to choose from."""
    about = [(role, str(name)) for role, name in roles.ABOUT.items()]
    found = [Group(_("About the response"), about)]
    last = ""
    for target, question in roles.targets(definition):
        if question is None:
            continue
        if question.code != last:
            found.append(Group(f"{question.code} · {short(question)}", [], is_question=True))
            last = question.code
        found[-1].options.append((target, _target_words(target, question)))
    return found


def bare(text: str) -> str:
    """A question's words on one line, without marks of emphasis; what would be filled in is left open."""
    return " ".join(_FILLED.sub("…", text).replace("*", "").split())


def short(question: Question, most: int = 60) -> str:
    """A question's words, cut to fit a list."""
    words = bare(localised(question.text))
    return words if len(words) <= most else words[: most - 1] + "…"


def _target_words(target: str, question: Question) -> str:
    role, _code, choice = (*target.split(":", 2), "")[:3]
    if role == roles.CHOICE:
        option = question.by_value[choice]
        words = localised(option.text) or choice
        place = _("Place of the choice: %(choice)s", choice=words)
        return place if question.type == "ranking" else _("Only the choice: %(choice)s", choice=words)
    return str(_TARGETS[role])


_TARGETS: Final[Mapping[str, Any]] = {
    roles.QUESTION: _l("The answer"),
    roles.COMMENT: _l("The comment on it"),
    roles.OTHER: _l("The words beside the choice"),
}


def column_words(part: Part, definition: Definition) -> str:
    """What a column is, in words."""
    if part.role in roles.ABOUT:
        return str(roles.ABOUT[part.role])
    question = definition.by_code.get(part.code)
    if question is None:
        return _("Left out") if part.role == roles.IGNORE else _("Not decided yet")
    return f"{question.code} · {short(question)}: {_target_words(part.target, question)}"


@dataclass(frozen=True)
class ColumnRow:
    """One column as the page asks about it."""

    at: int
    column: Column
    part: Part
    samples: list[str]
    is_date: bool
    error: str = ""


def column_rows(source: Source, matching: Matching, errors: Mapping[str, str]) -> list[ColumnRow]:
    """Every column of the file with examples of its values."""
    return [
        ColumnRow(
            at,
            column,
            matching.part(column.name),
            [_sample(column, cell) for cell, _count in column.values[:SAMPLES]],
            matching.part(column.name).role in {"date", "date_else"},
            errors.get(column.name, ""),
        )
        for at, column in enumerate(source.columns)
    ]


def _sample(column: Column, cell: str) -> str:
    words = column.labels.get(cell)
    text = f"{cell} = {words}" if words else cell
    return text if len(text) <= 60 else text[:59] + "…"


@dataclass(frozen=True)
class ValueRow:
    """One distinct value of a column: what was decided about it, and what it comes to."""

    at: int
    cell: str
    words: str
    count: int
    decision: str
    known: bool
    why: str = ""


@dataclass(frozen=True)
class Values:
    """A column whose values are matched. ``options`` are (decision, words); ``typed`` where there are too many."""

    at: int
    column: Column
    part: Part
    title: str
    open: list[ValueRow] = field(default_factory=list)
    settled: list[ValueRow] = field(default_factory=list)
    options: list[tuple[str, str]] = field(default_factory=list)
    #: ``branch`` or ``agent`` where a code is written in place of a choice.
    typed: str = ""
    #: Distinct values that are not on the page.
    beyond: int = 0
    in_order: bool = False


def value_pages(source: Source, matching: Matching, definition: Definition, places: Places) -> Iterator[Values]:
    """The columns whose values must be, or may be, matched with something."""
    for at, column in enumerate(source.columns):
        part = matching.part(column.name)
        question = definition.by_code.get(part.code) if part.role in roles.ANSWERS else None
        if part.role in {roles.COMMENT, roles.OTHER} or (
            question is None and part.role not in {"branch", "agent", "language", "finished", "status"}
        ):
            continue
        found = _values(at, column, part, matching, definition, places, question)
        if found.open or found.settled or found.beyond:
            yield found


def _values(
    at: int,
    column: Column,
    part: Part,
    matching: Matching,
    definition: Definition,
    places: Places,
    question: Question | None,
) -> Values:
    opened: list[ValueRow] = []
    settled: list[ValueRow] = []
    listed = _listed(column, part, question)
    chosen = bool(question and question.options)
    beyond = max(0, column.distinct - len(column.values)) if chosen or question is None else 0
    for number, (cell, count) in enumerate(listed):
        row = _value_row(number, cell, count, column, part, matching, places, question)
        decided = row.decision or row.known
        # Numbers and words that are what they say need no list; only what cannot be read is asked about.
        if not row.known or row.decision:
            target = opened if not row.known else settled
        elif chosen or part.role in {"branch", "agent", "language", "finished", "status"}:
            target = settled
        else:
            continue
        if len(target) < ASKED:
            target.append(row)
        elif not decided:
            beyond += 1
    return Values(
        at,
        column,
        part,
        column_words(part, definition),
        opened,
        settled,
        _options(part, question),
        part.role if part.role in {"branch", "agent"} else "",
        beyond,
        bool(question and question.options and opened and question.type not in roles.SPREAD),
    )


def _listed(column: Column, part: Part, question: Question | None) -> Sequence[tuple[str, int]]:
    """The distinct values with their counts; of cells that hold several choices, their pieces."""
    if question is None or part.role != roles.QUESTION or question.type not in roles.SPREAD:
        return column.values
    pieces: Counter[str] = Counter()
    for cell, count in column.values:
        for piece in atoms(question, cell, part.values):
            pieces[piece] += count
    return pieces.most_common()


def _value_row(
    at: int,
    cell: str,
    count: int,
    column: Column,
    part: Part,
    matching: Matching,
    places: Places,
    question: Question | None,
) -> ValueRow:
    decision, known, why = _decided(part, cell), True, ""
    said = part.values.get(cell, cell)
    if part.role in {"branch", "agent"} and decision not in {NO_ANSWER, REFUSE}:
        try:
            where = places.branch(said).ref if part.role == "branch" else str(places.agent(said) and said)
            decision = IS + where
        except (Refused, ValueError) as error:
            known, why = False, _problem(error)
    elif not decision or decision.startswith(IS):
        bare = replace(part, others=roles.REFUSE)
        found = meaning(matching.with_part(column.name, bare), column, question, cell)
        known, why = found.kind in {ANSWER, NOTHING, REFUSED}, found.why
        decision = _as_decision(found.kind, found.value, question, part) if known else BY_ITSELF
    return ValueRow(at, cell, column.labels.get(cell, ""), count, decision, known, "" if known else why)


def _problem(error: Exception) -> str:
    return "; ".join(one.message for one in error.problems) if isinstance(error, Refused) else str(error)


def _decided(part: Part, cell: str) -> str:
    if cell in part.no_answer:
        return NO_ANSWER
    if cell in part.refuse:
        return REFUSE
    return IS + part.values[cell] if cell in part.values else BY_ITSELF


def _as_decision(kind: str, value: Any, question: Question | None, part: Part) -> str:
    if kind == NOTHING:
        return NO_ANSWER
    if kind == REFUSED:
        return REFUSE
    if part.role == roles.CHOICE:
        return IS + "1"
    if isinstance(value, bool):
        return IS + "1"
    one = value[0] if isinstance(value, list) and value else value
    return IS + str(one) if question is None or question.options else BY_ITSELF


def _options(part: Part, question: Question | None) -> list[tuple[str, str]]:
    """What a value may be decided to mean, besides no answer and refusing the row."""
    if part.role == "language":
        return [(IS + code, name) for code, name in LANGUAGES.items()]
    if part.role == "finished":
        return [(IS + "1", _("Finished"))]
    if part.role == "status":
        return [(IS + "0", _("A real response"))]
    if part.role == roles.CHOICE and question is not None:
        if question.type == "ranking":
            return [(f"{IS}{n}", _("Place %(number)s", number=n)) for n in range(1, len(question.options) + 1)]
        return [(IS + "1", _("Chosen"))]
    if question is not None and question.type == "checkbox":
        return [(IS + "1", _("Ticked")), (IS + "0", _("Not ticked"))]
    if question is None or not question.options:
        return []
    language = current_language()
    return [(IS + str(one.value), display(question, one.value, language)) for one in question.options]


def decided(part: Part, decisions: Mapping[str, str], others: str) -> Part:
    """A column with what was decided about its values: cell → decision."""
    values = {cell: value for cell, value in part.values.items() if cell not in decisions}
    values |= {cell: one.removeprefix(IS) for cell, one in decisions.items() if one.startswith(IS) and one != IS}
    no_answer = {cell for cell in part.no_answer if cell not in decisions}
    no_answer |= {cell for cell, one in decisions.items() if one == NO_ANSWER}
    refuse = {cell for cell in part.refuse if cell not in decisions}
    refuse |= {cell for cell, one in decisions.items() if one == REFUSE}
    return replace(part, values=values, no_answer=frozenset(no_answer), refuse=frozenset(refuse), others=others)
