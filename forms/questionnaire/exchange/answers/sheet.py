"""What a file of responses is made of: the facts of a response, its answers, and how they are to be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NamedTuple

from forms.questionnaire import rules
from forms.questionnaire.definition import Context, Question, Questionnaire
from forms.questionnaire.exchange.answers.variables import Variable
from translations import lazy_gettext as _l


class Record(NamedTuple):
    """One response. ``facts`` stand in the order of the sheet's facts: text, number, date or None for nothing."""

    facts: tuple[Any, ...]
    version: int
    #: Stored values by question code; a person's own words as text.
    answers: Mapping[str, Any]
    context: Context


class Fact(NamedTuple):
    """One thing known of a response besides its answers."""

    name: str
    label: Any
    number: bool = False


#: Every fact there is, in order. A sheet has those that its questionnaire's privacy lets out.
FACTS: Final = (
    Fact("response_id", _l("Response's id")),
    Fact("questionnaire", _l("Questionnaire")),
    Fact("version", _l("Version of the questionnaire"), number=True),
    Fact("month", _l("Month of the visit")),
    Fact("occurred_on", _l("Day of the visit")),
    Fact("branch", _l("Branch code")),
    Fact("branch_name", _l("Branch name")),
    Fact("region", _l("Region")),
    Fact("agent", _l("Code of the agent who served")),
    Fact("language", _l("Language it was answered in")),
    Fact("channel", _l("How it was answered")),
    Fact("state", _l("State")),
    Fact("weight", _l("Survey weight"), number=True),
)


@dataclass(frozen=True)
class Sheet:
    """How responses are written: columns, words and language. The same for every form of file."""

    code: str
    title: str
    #: Of the words: labels, choices.
    language: str
    facts: tuple[Fact, ...]
    variables: tuple[Variable, ...]
    #: Version number -> its definition.
    definitions: Mapping[int, Questionnaire]
    #: Whether choices are written in words; else by their codes.
    worded: bool = False
    #: What a reader of the file must know, for the code book.
    notes: tuple[str, ...] = ()
    asked: Asked = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "asked", Asked(self.definitions))

    @cached_property
    def by_version(self) -> Mapping[int, tuple[Variable | None, ...]]:
        """The variables as a response of each version has them; None where its version has no such question."""
        return {
            number: tuple(one if number in one.versions else None for one in self.variables)
            for number in self.definitions
        }

    @cached_property
    def header(self) -> tuple[str, ...]:
        """The name of every column; with words, what was asked stands behind it."""
        facts = [(one.name, str(one.label)) for one in self.facts]
        named = facts + [(one.name, one.label(self.language)) for one in self.variables]
        return tuple(f"{name} – {label}" if self.worded and label else name for name, label in named)


class Asked:
    """Which questions a response was asked: what tells a question that was skipped from one that was never put."""

    def __init__(self, definitions: Mapping[int, Questionnaire]) -> None:
        self._definitions = definitions
        #: Where nothing hangs on any answer, everybody is asked the same.
        self._always: dict[int, frozenset[str]] = {
            number: _put(one.questions) | self._praise(one) for number, one in definitions.items() if not one.conditions
        }

    @staticmethod
    def _praise(questionnaire: Questionnaire) -> frozenset[str]:
        thanks = questionnaire.thanks
        return frozenset({thanks.praise.code} if thanks and thanks.praise else ())

    def __call__(self, record: Record) -> frozenset[str]:
        """The codes of the questions that were asked. What was answered was asked, whatever a rule says of it now."""
        known = self._always.get(record.version)
        if known is not None:
            return known
        questionnaire = self._definitions[record.version]
        shown = rules.shown(questionnaire, record.answers, record.context)
        return _put(shown) | self._praise(questionnaire) | record.answers.keys()


def _put(questions: Iterable[Question]) -> frozenset[str]:
    """The codes of the questions that are put to a person: what the system knows by itself is not."""
    return frozenset(question.code for question in questions if question.type != "ref")


def packed(rows: Iterable[str], size: int = 1 << 16) -> Iterator[bytes]:
    """Pieces of text joined to chunks of about ``size`` characters, as UTF-8."""
    waiting: list[str] = []
    length = 0
    for row in rows:
        waiting.append(row)
        length += len(row)
        if length >= size:
            yield "".join(waiting).encode()
            waiting, length = [], 0
    if waiting:
        yield "".join(waiting).encode()
