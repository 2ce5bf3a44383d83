"""A place as checks and differences name it (``questions.pv1.hint``), told to people: where it is, what text it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from forms.questionnaire.document import Questionnaire
from forms.questionnaire.names import named, question_name
from forms.questionnaire.parts import Question, Text
from translations import LANGUAGES, isolate
from translations import gettext as _
from translations import lazy_gettext as _l

#: Parts of a document that have no code of their own.
STANDING: Final[Mapping[str, Any]] = {
    "title": _l("Title"),
    "intro": _l("Introduction"),
    "notice": _l("Text on the first page"),
    "privacy": _l("Privacy notice"),
    "languages": _l("Languages"),
    "total_points": _l("Points in all"),
    "follow_up": _l("Call-back"),
    "confirmation": _l("Confirmation"),
    "thanks": _l("Text after sending"),
    "sections": _l("Sections"),
    "automation": _l("What answers set in motion"),
}
#: The last step of a text's place -> what sort of text it is.
TEXTS: Final[Mapping[str, Any]] = {
    "title": _l("Title"),
    "text": _l("Wording"),
    "hint": _l("Hint"),
    "unit": _l("Unit"),
    "finding": _l("Words of the finding"),
    "invalid": _l("What is said of an answer that is not accepted"),
    "purposes": _l("Purposes"),
    "recipients": _l("Recipients"),
    "duty": _l("Duty or choice"),
    "officer": _l("Privacy officer"),
    "button": _l("Button"),
    "notice": _l("Text on the first page"),
    "open_link": _l("Wording for those who come by an open link"),
    "no_branch": _l("Wording for cases without a branch"),
}
#: Keys of the format that are no text, in words.
KEYS: Final[Mapping[str, Any]] = {
    "kind": _l("Kind"),
    "notes": _l("Notes of the authors"),
    "anonymity": _l("How responses are kept apart from people"),
    "estimated_seconds": _l("Time that answering takes"),
    "min_group_size": _l("Fewest responses that are shown"),
    "no_free_text_below_group": _l("Fewest responses whose words are shown"),
    "critical_cap": _l("Cap after a critical failure"),
    "sending": _l("How it is sent"),
    "indexes": _l("Measures of its own"),
    "scales": _l("Scales"),
    "series": _l("Series"),
    "type": _l("Kind of question"),
    "points": _l("Points"),
    "scored": _l("Whether it is scored"),
    "page_size": _l("Questions on a page"),
    "critical": _l("Critical item"),
    "critical_if": _l("When it is critical"),
    "evidence": _l("Evidence"),
    "bands": _l("Points by bands of numbers"),
    "na_if": _l("When it does not apply"),
    "answered_later": _l("Answered later than the rest"),
    "voids": _l("Takes the response out of every count"),
    "measure": _l("Measure"),
    "dir": _l("Direction of writing"),
    "variants": _l("Other wordings"),
    "choices": _l("Choices"),
    "statements": _l("Statements"),
    "order": _l("Order"),
    "decimals": _l("Digits behind the point"),
    "min": _l("Smallest"),
    "max": _l("Largest"),
    "max_chars": _l("Longest text"),
    "pattern": _l("Pattern"),
    "anchors": _l("Words of the ends of a scale"),
    "extra": _l("Answers beside the scale"),
    "shown_if": _l("When it is asked"),
    "required": _l("Required"),
    "required_if": _l("When it is required"),
    "valid_if": _l("Which answers are accepted"),
    "finding_if": _l("When it is a finding"),
    "ends_if": _l("When nothing is asked after it"),
}
#: Steps after which the next one names an answer.
_ANSWERS: Final = frozenset({"choices", "points", "anchors", "extra"})


@dataclass(frozen=True)
class Where:
    """A place taken apart: the kind of thing (``questions``), its code (empty for none), and what of it."""

    kind: str
    code: str
    rest: tuple[str, ...]

    @property
    def thing(self) -> str:
        """The place of the thing itself."""
        return f"{self.kind}.{self.code}" if self.code else self.kind


def locate(questionnaire: Questionnaire, place: str) -> Where:
    """A place taken apart. Codes may hold dots, so the longest one that fits is it."""
    kind, _dot, rest = place.partition(".")
    codes: Mapping[str, Iterable[str]] = {
        "questions": _questions(questionnaire),
        "sections": [section.code for section in questionnaire.sections],
        "scales": questionnaire.scales,
        "indexes": questionnaire.indexes,
        "languages": LANGUAGES,
    }
    fitting = [code for code in codes.get(kind, ()) if rest == code or rest.startswith(f"{code}.")]
    code = max(fitting, key=len, default="")
    inner = rest[len(code) :].strip(".")
    return Where(kind, code, tuple(inner.split(".")) if inner else ())


def _questions(questionnaire: Questionnaire) -> dict[str, Question]:
    """Every question and statement by its code: groups, the follow-up and the line of praise included."""
    praise = questionnaire.thanks.praise if questionnaire.thanks else None
    written = [question for section in questionnaire.sections for question in section.questions]
    return {question.code: question for question in (*written, *questionnaire.questions, *([praise] if praise else []))}


def name(questionnaire: Questionnaire, place: str) -> str:
    """Where a place is, to people: the question by its words and code, the section by its title; empty for nowhere."""
    where = locate(questionnaire, place)
    if where.kind == "questions" and where.code:
        return question_name(_questions(questionnaire)[where.code])
    if where.kind == "sections" and where.code:
        titles: dict[str, Text] = {section.code: section.title for section in questionnaire.sections}
        return _("Section %(name)s", name=named(titles[where.code], where.code))
    if where.kind == "scales" and where.code:
        return _("Scale %(name)s", name=isolate(where.code))
    if where.kind == "indexes" and where.code:
        return _("Measure %(name)s", name=named(questionnaire.indexes[where.code].title, where.code))
    if where.kind == "languages" and where.code:
        return LANGUAGES[where.code]
    return str(STANDING.get(where.kind, isolate(place) if place else ""))


def key_name(key: str) -> str:
    """A key of the format in words."""
    return str({**TEXTS, **STANDING, **KEYS}.get(key, isolate(key)))


def text_name(place: str) -> str:
    """Which text of its thing a place is: the wording, the hint, an answer by its value."""
    steps = place.split(".")
    if len(steps) > 2 and steps[-1] == "text" and steps[-3] in _ANSWERS:
        return _("Answer %(value)s", value=isolate(steps[-2]))
    return str(TEXTS.get(steps[-1], isolate(steps[-1])))
