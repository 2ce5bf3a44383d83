"""The outline of a draft: sections and questions in their order, each with what an author wants to see at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from forms.questionnaire import places
from forms.questionnaire.definition import Problem
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.fields import Phrase, phrase
from forms.questionnaire.names import TYPE_NAMES
from forms.questionnaire.parts import Question
from survey_app.web.editor.frame import Spot, address, spot
from translations import current_language
from translations import gettext as _


@dataclass(frozen=True)
class Entry:
    """One question or section."""

    at: str
    code: str
    words: Phrase
    type_name: str
    points: int | None
    conditional: bool
    critical: bool
    #: How many problems and remarks there are about it.
    problems: int


@dataclass(frozen=True)
class Group:
    """A section with its questions; the end of the questionnaire has no section of its own."""

    entry: Entry
    questions: list[Entry]
    movable: bool = True


@dataclass(frozen=True)
class Pointer:
    """A problem or remark, where it is to people, and the way to where it is mended."""

    message: str
    place: str
    address: str


def pointers(code: str, definition: Definition, found: Iterable[Problem]) -> list[Pointer]:
    """Problems with the address of their part on this screen."""
    pointed = []
    for one in found:
        where = spot(definition, one.place)
        pointed.append(Pointer(one.message, _told(definition, one.place), address(code, where.at)))
    return pointed


def _told(definition: Definition, place: str) -> str:
    """A place in words: the thing, and which of its texts."""
    thing, last = places.name(definition, place), place.rpartition(".")[2]
    rest = places.locate(definition, place).rest
    return (
        _("%(thing)s, %(text)s", thing=thing, text=places.text_name(place)) if rest and last in places.TEXTS else thing
    )


def counted(definition: Definition, found: Iterable[Problem]) -> Counter[str]:
    """How many of them each part has."""
    return Counter(spot(definition, one.place).at for one in found)


def groups(definition: Definition, faults: Counter[str]) -> list[Group]:
    """The outline, the call-back and the line of praise last."""
    found = []
    for section in definition.sections:
        at = Spot("sections", section.code).at
        title = phrase(section.title, current_language())
        entry = Entry(at, section.code, title, "", section.points, section.shown_if is not None, False, faults[at])
        found.append(Group(entry, [_entry(one, faults) for one in section.questions]))
    praise = definition.thanks.praise if definition.thanks else None
    last = [*(definition.follow_up.questions if definition.follow_up else ()), *([praise] if praise else [])]
    if last:
        entry = Entry("ending", "", Phrase(""), "", None, False, False, 0)
        found.append(Group(entry, [_entry(one, faults) for one in last], movable=False))
    return found


def _entry(question: Question, faults: Counter[str]) -> Entry:
    at = Spot("questions", question.code).at
    return Entry(
        at=at,
        code=question.code,
        words=phrase(question.text, current_language()),
        type_name=str(TYPE_NAMES.get(question.type, question.type)),
        points=question.points,
        conditional=question.shown_if is not None,
        critical=question.is_critical,
        problems=faults[at],
    )
