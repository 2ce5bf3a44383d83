"""TYPES: one handler per question type. Reading, showing and scoring an answer, and what its field looks like."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property
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
#: Those of them that say something about one answer: a group of statements has several, each with its own series.
ONE_ANSWER: Final = frozenset({"measure", "valid_if", "invalid", "finding_if", "finding", "answered_later", "series"})
#: And those that a note, which is never answered, has no use for either.
ANY_ANSWER: Final = ONE_ANSWER | {"required", "required_if"}
#: Keys of a question that carries points.
SCORED: Final = frozenset({"points", "critical", "critical_if", "na_if", "evidence"})
#: Keys of a question whose answer is a number, and of one that has a list of choices of its own.
COUNTED: Final = SCORED | {"min", "max", "bands", "unit"}
LISTED: Final = frozenset({"choices", "order"})

#: What answers are to a rule: one of the choices, several of them, words, a number, a tick, an ISO date or time,
#: names of files, or nothing at all.
CHOICE: Final = "choice"
CHOICES: Final = "choices"
WORDS: Final = "words"
NUMBER: Final = "number"
TICK: Final = "tick"
MOMENT: Final = "moment"
FILES: Final = "files"
NOTHING: Final = "nothing"

_WRITE = _l("Write an answer.")


@dataclass(frozen=True)
class Handler:
    """What the engine knows about one type.

    ``parse`` reads typed strings, ``show`` words an answer, ``share`` is the part (0–1) of the question's points that
    an answer earns, None when it is outside every score. ``keys`` are the settings beyond the common ones, ``needs``
    those it cannot do without, ``lacks`` common ones that say nothing here. ``stored`` is what an answer is, for rules.
    ``attributes`` go on the input; ``missing`` is said when a required answer is not there.
    """

    parse: answers.Parser
    show: Callable[[Question, Stored], str]
    share: Callable[[Question, Stored], Fraction | None]
    keys: frozenset[str]
    attributes: Callable[[Question], dict[str, Any]]
    stored: str
    needs: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    missing: Any = field(default_factory=lambda: _WRITE)
    #: Whether the answer is one or more of listed options; an error then leads to the first of them.
    chosen: bool = False

    @cached_property
    def asks(self) -> bool:
        """Whether anything is asked at all: a note only tells."""
        return self.stored != NOTHING

    @property
    def settings(self) -> frozenset[str]:
        """Every key that a question of this type may have."""
        return (COMMON | self.keys) - self.lacks


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
    return f"{FSI}{figures.written(value)}{PDI} {localised(question.unit)}".rstrip()


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
    return {"dir": question.dir or "auto", "maxlength": answers.longest(question, answers.MAX_CHARS), "rows": 4}


def _line(question: Question) -> dict[str, Any]:
    return {"dir": question.dir or "auto", "maxlength": answers.longest(question, answers.LINE_CHARS)}


def _figure(keys: str, low: int) -> Callable[[Question], dict[str, Any]]:
    """A number: a phone shows its number keys, but those have no minus sign, so not where one may be needed."""

    def attributes(question: Question) -> dict[str, Any]:
        found = {"dir": "ltr", "autocomplete": "off", "maxlength": "18"}
        return found if (low if question.min is None else question.min) < 0 else found | {"inputmode": keys}

    return attributes


_DECIMAL = _figure("decimal", figures.NUMBER_RANGE[0])
_NUMERIC = _figure("numeric", 0)
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
    one = parse is answers.parse_choice
    share, stored = (_option_share, CHOICE) if one else (_no_share, CHOICES)
    return Handler(parse, show, share, keys | needs, _plain(), stored, needs=needs, missing=_CHOOSE, chosen=True)


def _typed(
    parse: answers.Parser,
    show: Callable[[Question, Stored], str],
    stored: str,
    attributes: Callable[[Question], dict[str, Any]],
    keys: frozenset[str] = frozenset(),
) -> Handler:
    """A type whose answer is typed, and scored by bands where it is a number."""
    return Handler(parse, show, _band_share if stored == NUMBER else _no_share, keys, attributes, stored)


def _nothing(question: Question, raw: Sequence[str]) -> Stored | None:
    return None


_FREE: Final = frozenset({"max_chars", "dir", "pattern"})
_LIMITS: Final = frozenset({"min", "max"})
_NO_UNIT: Final = COUNTED - {"unit"}
_EMAIL = _plain(dir="ltr", inputmode="email", autocomplete="email", autocapitalize="off", maxlength="254")
_PHONE = _plain(dir="ltr", inputmode="tel", autocomplete="tel", maxlength="25")
_ATTACHED = Handler(answers.parse_files, _files, _no_share, _LIMITS, _plain(), FILES, missing=_l("Add a file."))

TYPES: Final[Mapping[str, Handler]] = {
    "scale": _chosen(answers.parse_choice, _choice, "scale"),
    "item": _chosen(answers.parse_choice, _choice, "scale", SCORED),
    "statements": replace(
        _chosen(answers.parse_choice, _choice, "scale", frozenset({"statements", "order"})),
        needs=frozenset({"scale", "statements"}),
        lacks=ONE_ANSWER,
    ),
    "single": _chosen(answers.parse_choice, _choice, "choices", SCORED | LISTED),
    "dropdown": replace(_chosen(answers.parse_choice, _choice, "choices", SCORED | LISTED), chosen=False),
    "multiple": _chosen(answers.parse_choices, _choices, "choices", LISTED | _LIMITS),
    "ranking": _chosen(answers.parse_ranking, _ranking, "choices", LISTED | _LIMITS),
    "text": _typed(answers.parse_text, _text, WORDS, _long_text, _FREE),
    "line": _typed(answers.parse_line, _text, WORDS, _line, _FREE),
    "email": _typed(answers.parse_email, _text, WORDS, _EMAIL),
    "phone": _typed(answers.parse_phone, _phone, WORDS, _PHONE, frozenset({"dir"})),
    "checkbox": replace(
        _typed(answers.parse_tick, _tick, TICK, _plain(), frozenset({"voids"})), missing=_l("Tick the box to go on.")
    ),
    "consent": Handler(
        answers.parse_choice, _choice, _no_share, frozenset(), _plain(), CHOICE, missing=_CHOOSE, chosen=True
    ),
    "note": Handler(_nothing, _text, _no_share, frozenset(), _plain(), NOTHING, lacks=ANY_ANSWER),
    "minutes": _typed(figures.parse_minutes, _minutes, NUMBER, _NUMERIC, _NO_UNIT),
    "duration": _typed(figures.parse_duration, _duration, NUMBER, _TEMPORAL, _NO_UNIT),
    "int": _typed(figures.parse_int, _number, NUMBER, _NUMERIC, COUNTED),
    "number": _typed(figures.parse_number, _number, NUMBER, _DECIMAL, COUNTED | {"decimals"}),
    "date": _typed(figures.parse_date, _date, MOMENT, _TEMPORAL),
    "time": _typed(figures.parse_time, _text, MOMENT, _TEMPORAL),
    "datetime": _typed(figures.parse_datetime, _datetime, MOMENT, _TEMPORAL),
    "ref": Handler(answers.parse_reference, _text, _no_share, frozenset(), _plain(), CHOICE, missing=_CHOOSE),
    "photo": _ATTACHED,
    "file": _ATTACHED,
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
        try:
            return TYPES[question.type].show(question, value)
        except (TypeError, ValueError):  # an answer to another type that the question once had
            return str(value)


def quoted(question: Question, value: Stored | None, language: str) -> str:
    """An answer as a text quotes it to who gave it: a step that was offered in words alone has no number there."""
    points = question.scale.points if question.scale else ()
    step = next((one for one in points if str(one.value) == str(value)), None)
    with speaking(language):
        words = localised(step.text) if step is not None else ""
    return words or display(question, value, language)
