"""TYPES: one handler per question type. Reading, showing and scoring an answer, and what its field looks like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final

import phonenumbers

from forms.questionnaire import answers
from forms.questionnaire.parts import Question, Stored
from translations import FSI, PDI, format_date, localised, speaking
from translations import gettext as _
from translations import lazy_gettext as _l

#: Keys of a question that any type may have.
COMMON: Final = frozenset(
    {
        *("code", "type", "text", "hint", "variants", "measure"),
        *("shown_if", "required", "required_if", "answered_later", "series"),
    }
)
#: Keys of a question that carries points.
SCORED: Final = frozenset({"points", "critical", "critical_if", "na_if", "evidence"})


_WRITE = _l("Write an answer.")


@dataclass(frozen=True)
class Handler:
    """What the engine knows about one type.

    ``parse`` reads typed strings, ``show`` words an answer, ``share`` is the part (0–1) of the question's points that
    an answer earns, None when it is outside every score. ``keys`` are the settings beyond the common ones, ``needs``
    those it cannot do without. ``attributes`` go on the input; ``missing`` is said when a required answer is not there.
    """

    parse: answers.Parser
    show: Callable[[Question, Stored], str]
    share: Callable[[Question, Stored], Fraction | None]
    keys: frozenset[str]
    attributes: Callable[[Question], dict[str, Any]]
    needs: frozenset[str] = frozenset()
    missing: Any = field(default_factory=lambda: _WRITE)
    #: Whether the answer is one or more of listed options; an error then leads to the first of them.
    chosen: bool = False


def _text(question: Question, value: Stored) -> str:
    return str(value)


def _choice(question: Question, value: Stored) -> str:
    option = question.by_value.get(str(value))
    words = localised(option.text) if option else ""
    return f"{value} ({words})" if words and isinstance(value, int) else words or str(value)


def _choices(question: Question, value: Stored) -> str:
    return ", ".join(_choice(question, one) for one in value) if isinstance(value, list) else _choice(question, value)


def _tick(question: Question, value: Stored) -> str:
    return _("Yes") if value is True else _("No")


def _minutes(question: Question, value: Stored) -> str:
    return _("%(minutes)s min", minutes=f"{FSI}{value}{PDI}")


def _date(question: Question, value: Stored) -> str:
    return format_date(date.fromisoformat(str(value)))


def _datetime(question: Question, value: Stored) -> str:
    moment = datetime.fromisoformat(str(value))
    return f"{format_date(moment.date())} {moment:%H:%M}"


def _phone(question: Question, value: Stored) -> str:
    try:
        number = phonenumbers.parse(str(value))
    except phonenumbers.NumberParseException:
        return str(value)
    home = phonenumbers.region_code_for_number(number) == answers.HOME_REGION
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, form.NATIONAL if home else form.INTERNATIONAL)


def _no_share(question: Question, value: Stored) -> Fraction | None:
    return None


def _option_share(question: Question, value: Stored) -> Fraction | None:
    """The option's own score, else its place on a numeric scale; None outside the scale and for kinds."""
    option = question.by_value.get(str(value))
    if option is None or option.value != value or value in question.outside:
        return None
    if option.score is not None:
        return Fraction(option.score, 100)
    return question.scale.position(value) if question.scale else None


def _band_share(question: Question, value: Stored) -> Fraction | None:
    """The points of the first band that the number fits in, over the question's points."""
    if not question.bands or not question.points or isinstance(value, bool) or not isinstance(value, int):
        return None
    fits = (band.points for band in question.bands if band.max is None or value <= band.max)
    return Fraction(next(fits, 0), question.points)


def _plain(**attributes: str) -> Callable[[Question], dict[str, Any]]:
    return lambda _question: dict(attributes)


def _long_text(question: Question) -> dict[str, Any]:
    return {"dir": question.dir or "auto", "maxlength": question.max_chars or answers.MAX_CHARS, "rows": 4}


_NUMERIC = _plain(dir="ltr", inputmode="numeric", autocomplete="off", maxlength="6")
_TEMPORAL = _plain(dir="ltr", autocomplete="off", maxlength="20")
_CHOOSE = _l("Choose an answer.")


def _chosen(
    parse: answers.Parser,
    show: Callable[[Question, Stored], str],
    options: str,
    keys: frozenset[str] = frozenset(),
) -> Handler:
    """A type whose answer is chosen from the options listed under the key ``options``."""
    needs = frozenset({options})
    share = _no_share if parse is answers.parse_choices else _option_share
    return Handler(parse, show, share, keys | needs, _plain(), needs, _CHOOSE, True)


TYPES: Final[Mapping[str, Handler]] = {
    "scale": _chosen(answers.parse_choice, _choice, "scale"),
    "item": _chosen(answers.parse_choice, _choice, "scale", SCORED),
    "single": _chosen(answers.parse_choice, _choice, "choices", SCORED),
    "multiple": _chosen(answers.parse_choices, _choices, "choices"),
    "text": Handler(answers.parse_text, _text, _no_share, frozenset({"max_chars", "dir"}), _long_text),
    "checkbox": Handler(
        answers.parse_tick, _tick, _no_share, frozenset({"voids"}), _plain(), missing=_l("Tick the box to go on.")
    ),
    "minutes": Handler(answers.parse_minutes, _minutes, _band_share, SCORED | {"min", "max", "bands"}, _NUMERIC),
    "int": Handler(answers.parse_int, _text, _band_share, SCORED | {"min", "max", "bands"}, _NUMERIC),
    "date": Handler(answers.parse_date, _date, _no_share, frozenset(), _TEMPORAL),
    "time": Handler(answers.parse_time, _text, _no_share, frozenset(), _TEMPORAL),
    "datetime": Handler(answers.parse_datetime, _datetime, _no_share, frozenset(), _TEMPORAL),
    "ref": Handler(answers.parse_reference, _text, _no_share, frozenset(), _plain(), missing=_CHOOSE),
    "phone": Handler(
        answers.parse_phone,
        _phone,
        _no_share,
        frozenset({"dir"}),
        _plain(dir="ltr", inputmode="tel", autocomplete="tel", maxlength="25"),
    ),
}


def share(question: Question, value: Stored | None) -> Fraction | None:
    """The part (0–1) of the question's points that an answer earns; None when there is nothing to judge."""
    return None if value is None else TYPES[question.type].share(question, value)


def earned(question: Question, value: Stored | None) -> Fraction | None:
    """The points an answer earns, exactly; None when it leaves numerator and denominator."""
    part = share(question, value)
    return None if part is None or question.points is None else part * question.points


def display(question: Question, value: Stored | None, language: str) -> str:
    """An answer in words, as a reader sees it; an empty text for no answer."""
    if value is None:
        return ""
    with speaking(language):
        return TYPES[question.type].show(question, value)
