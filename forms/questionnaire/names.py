"""What the keys of the format are called to people: types, facts, privacy modes; and how a part is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from forms.questionnaire.document import Questionnaire
from forms.questionnaire.parts import Question, Stored, Text
from translations import gettext as _
from translations import isolate, localised
from translations import lazy_gettext as _l

#: Types of questions in words.
TYPE_NAMES: Final[Mapping[str, Any]] = {
    "scale": _l("An answer on a scale"),
    "item": _l("A judged item"),
    "statements": _l("Statements on one scale"),
    "single": _l("One choice"),
    "dropdown": _l("One choice from a drop-down list"),
    "multiple": _l("Several choices"),
    "ranking": _l("Ranking of choices"),
    "text": _l("Long text"),
    "line": _l("Short text"),
    "email": _l("E-mail address"),
    "phone": _l("Phone number"),
    "checkbox": _l("A box to tick"),
    "consent": _l("Consent"),
    "note": _l("Information, nothing is asked"),
    "minutes": _l("Minutes"),
    "duration": _l("Minutes and seconds"),
    "int": _l("Whole number"),
    "number": _l("Number"),
    "date": _l("Date"),
    "time": _l("Time of day"),
    "datetime": _l("Date and time"),
    "ref": _l("Something the system knows"),
    "photo": _l("Photograph"),
    "file": _l("File"),
}
#: How responses are kept apart from people.
ANONYMITY: Final[Mapping[str, Any]] = {
    "anonymous": _l("Anonymous"),
    "confidential_until_optin": _l("Confidential, contact joined only by consent"),
    "linked_to_case": _l("Linked to the case"),
}
#: State of a language.
STATES: Final[Mapping[str, Any]] = {
    "source": _l("Written first"),
    "approved": _l("Approved wording"),
    "draft": _l("Draft wording"),
}
#: Facts that rules may look at, in words, and what the values of some are called.
FACT_NAMES: Final[Mapping[str, Any]] = {
    "link": _l("the way to the questionnaire"),
    "no_branch": _l("the case belongs to no branch"),
    "scenario.has_appointment": _l("the scenario has an appointment"),
    "scenario.has_account": _l("the scenario has an account"),
    "no_callback_promised": _l("no call-back was promised"),
    "today": _l("the day of answering"),
}
FACT_VALUES: Final[Mapping[tuple[str, str], Any]] = {
    ("link", "personal"): _l("a personal link"),
    ("link", "open"): _l("an open link"),
}
#: Longest part of a wording that names a question.
SHORT: Final = 60


def short(words: str, most: int = SHORT) -> str:
    """Words cut between two of them so that they name something without filling the line."""
    words = " ".join(words.split())
    if len(words) <= most:
        return words
    cut = words[: most + 1].rsplit(" ", 1)[0][:most]
    return cut.rstrip(" ,;:.") + "…"


def quoted(words: str) -> str:
    """Words in quotation marks, isolated so that they keep their own direction."""
    return _("“%(words)s”", words=isolate(words))


def question_name(question: Question) -> str:
    """A question by its words and code: what an analyst knows it by."""
    words = short(localised(question.text))
    return f"{quoted(words)} ({isolate(question.code)})" if words else isolate(question.code)


def named(text: Text, code: str) -> str:
    """Anything with a title and a code."""
    words = short(localised(text))
    return f"{quoted(words)} ({isolate(code)})" if words else isolate(code)


def value_words(question: Question | None, value: Stored) -> str:
    """A value of a question as its choice reads, a number on a scale with its words beside it."""
    if value is True or value is False:
        return _("ticked") if value else _("not ticked")
    option = question.by_value.get(str(value)) if question else None
    words = short(localised(option.text)) if option and option.value == value else ""
    if not words:
        return isolate(value)
    return f"{isolate(value)} ({isolate(words)})" if isinstance(value, int) else quoted(words)


def any_question(questionnaire: Questionnaire, code: str) -> Question | None:
    """A question by its code, a group of statements and the line of praise included; None where there is none."""
    found = questionnaire.by_code.get(code)
    praise = questionnaire.thanks.praise if questionnaire.thanks else None
    return praise if found is None and praise and praise.code == code else found
