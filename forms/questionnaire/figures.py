"""Typed numbers, lengths of time, days and hours → what is stored, and a clear message where that cannot be done."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final, TypeVar

from forms.questionnaire.answers import single
from forms.questionnaire.parts import Number, Question, Stored
from translations import gettext as _
from translations import isolate_ltr

_N = TypeVar("_N", int, Decimal)

#: The widest numbers when the definition names none: people waiting, positions; and minutes, ten hours.
INT_RANGE: Final = (0, 9_999)
MINUTES_RANGE: Final = (0, 600)
#: Any other number, and lengths of time in seconds: a day.
NUMBER_RANGE: Final = (-999_999_999, 999_999_999)
DURATION_RANGE: Final = (0, 86_400)
#: Digits between one separator of thousands and the next.
THOUSAND: Final = 3

_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})", re.ASCII)
_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)(?::[0-5]\d)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?=[.,]?\d)(\d{0,9})(?:([.,])(\d{0,9}))?", re.ASCII)
_DURATION = re.compile(r"(?:(\d{1,2}):([0-5]?\d)|(\d{1,4})):([0-5]\d)", re.ASCII)
#: How signs of numbers are written elsewhere or arrive by pasting: minus signs, and the Arabic decimal point.
_SIGNS: Final = str.maketrans({"\u2212": "-", "\u2013": "-", "\u05be": "-", "\u066b": "."})


def _figures(raw: Sequence[str]) -> str:
    """The single value of a field for numbers: digits of every script as 0–9, one sign for minus."""
    typed = single(raw).translate(_SIGNS)
    return "".join(one if one.isascii() else str(unicodedata.decimal(one, one)) for one in typed)


def _whole_number(question: Question, raw: Sequence[str], bounds: tuple[int, int]) -> Stored | None:
    typed = _figures(raw)
    if not typed:
        return None
    if not _NUMBER.fullmatch(typed):
        raise ValueError(_("Write a whole number."))
    return _between(question, int(typed), bounds)


def _between(question: Question, number: _N, bounds: tuple[int, int]) -> _N:
    low = bounds[0] if question.min is None else question.min
    high = bounds[1] if question.max is None else question.max
    if not low <= number <= high:
        raise ValueError(_("Write a number between %(min)s and %(max)s.", min=isolate_ltr(low), max=isolate_ltr(high)))
    return number


def parse_number(question: Question, raw: Sequence[str]) -> Stored | None:
    """A number with at most ``decimals`` digits behind the point (or comma); a whole one is stored as such.

    A comma before exactly three digits may stand between thousands as well, so it is asked about and never guessed.
    """
    typed = _figures(raw)
    if not typed:
        return None
    found = _DECIMAL.fullmatch(typed)
    most = question.decimals or 0
    if not found or (most == 0 and found[2]):
        raise ValueError(_("Write a number.") if most else _("Write a whole number."))
    if len((found[3] or "").rstrip("0")) > most:
        raise ValueError(_("Write at most %(count)s digits after the point.", count=most))
    if found[2] == "," and len(found[3]) == THOUSAND:
        raise ValueError(_("Write the number without a comma, for example %(example)s.", example=isolate_ltr("1234.5")))
    number = _between(question, Decimal(typed.replace(",", ".")), NUMBER_RANGE)
    return int(number) if number == int(number) else float(number)


def written(number: object) -> str:
    """A number as :func:`parse_number` reads it: never in the notation of powers of ten."""
    return f"{Decimal(repr(number)):f}" if isinstance(number, float) else str(number)


def parse_duration(question: Question, raw: Sequence[str]) -> Stored | None:
    """A length of time as minutes and seconds (4:30) or hours, minutes and seconds (1:04:30); stored in seconds."""
    typed = _figures(raw)
    if not typed:
        return None
    found = _DURATION.fullmatch(typed)
    if not found:
        raise ValueError(_("Write minutes and seconds, for example %(example)s.", example=isolate_ltr("4:30")))
    hours, minutes, alone, rest = (int(one or 0) for one in found.groups())
    seconds = (hours * 60 + minutes + alone) * 60 + rest
    low = DURATION_RANGE[0] if question.min is None else question.min
    high = DURATION_RANGE[1] if question.max is None else question.max
    if not low <= seconds <= high:
        ends = {"min": isolate_ltr(clock_face(low)), "max": isolate_ltr(clock_face(high))}
        raise ValueError(_("Write a time between %(min)s and %(max)s.", **ends))
    return seconds


def clock_face(seconds: Number) -> str:
    """Seconds as minutes and seconds, with hours where there are any: 4:30, 1:04:30."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def parse_int(question: Question, raw: Sequence[str]) -> Stored | None:
    """A whole number in the question's range."""
    return _whole_number(question, raw, INT_RANGE)


def parse_minutes(question: Question, raw: Sequence[str]) -> Stored | None:
    """A length of time in whole minutes."""
    return _whole_number(question, raw, MINUTES_RANGE)


def _read_date(typed: str) -> date:
    found = _DATE.fullmatch(typed)
    message = _("Write a date as day, month and year, for example %(example)s.", example=isolate_ltr("9.3.2026"))
    if not found:
        raise ValueError(message)
    year, month, day = found.group(1, 2, 3) if found[1] else found.group(6, 5, 4)
    try:
        read = date(int(year), int(month), int(day))
    except ValueError as error:
        raise ValueError(message) from error
    if not 1900 <= read.year <= 2100:
        raise ValueError(message)
    return read


def _read_time(typed: str) -> time:
    found = _TIME.fullmatch(typed)
    if not found:
        raise ValueError(_("Write a time as hours and minutes, for example %(example)s.", example=isolate_ltr("14:30")))
    return time(int(found[1]), int(found[2]))


def parse_date(question: Question, raw: Sequence[str]) -> Stored | None:
    """A day, as a date picker sends it or as people write it (9.3.2026, 9/3/2026); stored as 2026-03-09."""
    typed = _figures(raw)
    return _read_date(typed).isoformat() if typed else None


def parse_time(question: Question, raw: Sequence[str]) -> Stored | None:
    """A time of day; stored as 09:05."""
    typed = _figures(raw)
    return _read_time(typed).isoformat("minutes") if typed else None


def parse_datetime(question: Question, raw: Sequence[str]) -> Stored | None:
    """A day and a time with a space, a comma or a T between them; stored as 2026-03-09T14:30."""
    typed = re.sub(r"\s*[T,]\s*", " ", _figures(raw))
    if not typed:
        return None
    day, _space, moment = typed.rpartition(" ")
    try:
        return datetime.combine(_read_date(day), _read_time(moment)).isoformat(timespec="minutes")
    except ValueError as error:
        example = isolate_ltr("9.3.2026 14:30")
        raise ValueError(_("Write a date and a time, for example %(example)s.", example=example)) from error
