"""TYPES: one handler per question type. Reading, showing and scoring an answer, and what its field looks like."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final

import phonenumbers

from forms.questionnaire import answers, figures
from forms.questionnaire.parts import Question, Stored
from translations import FSI, PDI, format_date, localised, ngettext, speaking
from translations import gettext as _
from translations import lazy_gettext as _l

#: Keys of a question that any type may have.
COMMON: Final = frozenset(
    {
        *("code", "type", "text", "hint", "variants", "measure"),
        *("shown_if", "required", "required_if", "valid_if", "invalid", "ends_if"),
        *("finding_if", "finding", "answered_later", "series"),
    }
)
#: Keys of a question that carries points.
SCORED: Final = frozenset({"points", "critical", "critical_if", "na_if", "evidence"})
#: Keys of a question whose answer is a number, and of one that has a list of choices of its own.
COUNTED: Final = SCORED | {"min", "max", "bands", "unit"}
LISTED: Final = frozenset({"choices", "order"})


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
    #: Whether anything is asked at all: a note only tells.
    asks: bool = True


def _text(question: Question, value: Stored) -> str:
    return str(value)


def _choice(question: Question, value: Stored) -> str:
    option = question.by_value.get(str(value))
    words = localised(option.text) if option else ""
    return f"{value} ({words})" if words and isinstance(value, int) else words or str(value)


def _choices(question: Question, value: Stored) -> str:
    return ", ".join(_choice(question, one) for one in value) if isinstance(value, list) else _choice(question, value)


def _ranking(question: Question, value: Stored) -> str:
    ranked = value if isinstance(value, list) else [value]
    return ", ".join(f"{place}. {_choice(question, one)}" for place, one in enumerate(ranked, start=1))


def _files(question: Question, value: Stored) -> str:
    count = len(value) if isinstance(value, list) else 1
    return ngettext("%(num)s file", "%(num)s files", count)


def _number(question: Question, value: Stored) -> str:
    return f"{FSI}{value}{PDI} {localised(question.unit)}".rstrip()


def _duration(question: Question, value: Stored) -> str:
    return figures.clock_face(value) if isinstance(value, int) else str(value)


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
    if not question.bands or not question.points or isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    fits = (band.points for band in question.bands if band.max is None or value <= band.max)
    return Fraction(next(fits, 0), question.points)


def _plain(**attributes: str) -> Callable[[Question], dict[str, Any]]:
    return lambda _question: dict(attributes)


def _long_text(question: Question) -> dict[str, Any]:
    return {"dir": question.dir or "auto", "maxlength": question.max_chars or answers.MAX_CHARS, "rows": 4}


def _line(question: Question) -> dict[str, Any]:
    return {"dir": question.dir or "auto", "maxlength": question.max_chars or answers.LINE_CHARS}


_DECIMAL = _plain(dir="ltr", inputmode="decimal", autocomplete="off", maxlength="18")
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
    share = _option_share if parse is answers.parse_choice else _no_share
    return Handler(parse, show, share, keys | needs, _plain(), needs, _CHOOSE, True)


def _nothing(question: Question, raw: Sequence[str]) -> Stored | None:
    return None


_TYPED: Final = frozenset({"max_chars", "dir", "pattern"})
_ATTACH = _l("Add a file.")

TYPES: Final[Mapping[str, Handler]] = {
    "scale": _chosen(answers.parse_choice, _choice, "scale"),
    "item": _chosen(answers.parse_choice, _choice, "scale", SCORED),
    "statements": _chosen(answers.parse_choice, _choice, "scale", frozenset({"statements", "order"})),
    "single": _chosen(answers.parse_choice, _choice, "choices", SCORED | LISTED),
    "dropdown": replace(_chosen(answers.parse_choice, _choice, "choices", SCORED | LISTED), chosen=False),
    "multiple": _chosen(answers.parse_choices, _choices, "choices", LISTED | {"min", "max"}),
    "ranking": _chosen(answers.parse_ranking, _ranking, "choices", LISTED | {"min", "max"}),
    "text": Handler(answers.parse_text, _text, _no_share, _TYPED, _long_text),
    "line": Handler(answers.parse_line, _text, _no_share, _TYPED, _line),
    "email": Handler(
        answers.parse_email,
        _text,
        _no_share,
        frozenset(),
        _plain(dir="ltr", inputmode="email", autocomplete="email", autocapitalize="off", maxlength="254"),
    ),
    "phone": Handler(
        answers.parse_phone,
        _phone,
        _no_share,
        frozenset({"dir"}),
        _plain(dir="ltr", inputmode="tel", autocomplete="tel", maxlength="25"),
    ),
    "checkbox": Handler(
        answers.parse_tick, _tick, _no_share, frozenset({"voids"}), _plain(), missing=_l("Tick the box to go on.")
    ),
    "consent": Handler(answers.parse_choice, _choice, _no_share, frozenset(), _plain(), missing=_CHOOSE, chosen=True),
    "note": Handler(_nothing, _text, _no_share, frozenset(), _plain(), asks=False),
    "minutes": Handler(figures.parse_minutes, _minutes, _band_share, COUNTED - {"unit"}, _NUMERIC),
    "duration": Handler(figures.parse_duration, _duration, _band_share, COUNTED - {"unit"}, _DECIMAL),
    "int": Handler(figures.parse_int, _number, _band_share, COUNTED, _NUMERIC),
    "number": Handler(figures.parse_number, _number, _band_share, COUNTED | {"decimals"}, _DECIMAL),
    "date": Handler(figures.parse_date, _date, _no_share, frozenset(), _TEMPORAL),
    "time": Handler(figures.parse_time, _text, _no_share, frozenset(), _TEMPORAL),
    "datetime": Handler(figures.parse_datetime, _datetime, _no_share, frozenset(), _TEMPORAL),
    "ref": Handler(answers.parse_reference, _text, _no_share, frozenset(), _plain(), missing=_CHOOSE),
    "photo": Handler(answers.parse_files, _files, _no_share, frozenset({"min", "max"}), _plain(), missing=_ATTACH),
    "file": Handler(answers.parse_files, _files, _no_share, frozenset({"min", "max"}), _plain(), missing=_ATTACH),
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
