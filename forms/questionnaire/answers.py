"""What a person typed → what is stored, and a clear message where that cannot be done.

A parser takes the strings a form or a file holds and gives the stored value, or None for no answer. It raises
ValueError with a message in the active language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Final

import phonenumbers

from forms.questionnaire.parts import Question, Stored, Value
from translations import gettext as _
from translations import isolate_ltr

Parser = Callable[[Question, Sequence[str]], Stored | None]

#: The longest text when the definition names none: a page of writing.
MAX_CHARS: Final = 4_000
#: The widest numbers when the definition names none: people waiting, positions; and minutes, ten hours.
INT_RANGE: Final = (0, 9_999)
MINUTES_RANGE: Final = (0, 600)
#: Numbers without a country are Israeli.
HOME_REGION: Final = "IL"

_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})", re.ASCII)
_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)(?::[0-5]\d)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,9}")


def clean(text: str) -> str:
    """Typed text: newlines as one character, no control or lone direction characters, no space at the ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in lines if one in "\n\t" or unicodedata.category(one) not in {"Cc", "Cs"}).strip()


def _one(raw: Sequence[str]) -> str:
    """The single value of a plain field, without the invisible direction marks that come along when people paste."""
    typed = clean(raw[0]) if raw else ""
    return "".join(one for one in typed if unicodedata.category(one) != "Cf").strip()


def parse_choice(question: Question, raw: Sequence[str]) -> Stored | None:
    """One of the options by its value."""
    typed = _one(raw)
    if not typed:
        return None
    if typed not in question.by_value:
        raise ValueError(_("Choose one of the answers listed."))
    return question.by_value[typed].value


def parse_choices(question: Question, raw: Sequence[str]) -> Stored | None:
    """Several options, stored in the order of the definition."""
    typed = {one for one in (clean(value) for value in raw) if one}
    if typed - question.by_value.keys():
        raise ValueError(_("Choose one of the answers listed."))
    chosen: list[Value] = [option.value for name, option in question.by_value.items() if name in typed]
    return chosen or None


def parse_text(question: Question, raw: Sequence[str]) -> Stored | None:
    """Words, at most ``max_chars`` of them counted as a browser counts."""
    typed = clean(raw[0]) if raw else ""
    most = question.max_chars or MAX_CHARS
    if len(typed) > most:
        raise ValueError(_("Write at most %(max)s characters; there are %(count)s now.", max=most, count=len(typed)))
    return typed or None


def parse_tick(question: Question, raw: Sequence[str]) -> Stored | None:
    """A box: True when ticked. An empty box is no answer, so that nothing is ever consented to by silence."""
    return True if raw and _one(raw).lower() not in {"", "0", "false", "no"} else None


def _whole_number(question: Question, raw: Sequence[str], bounds: tuple[int, int]) -> Stored | None:
    typed = _one(raw)
    if not typed:
        return None
    if not _NUMBER.fullmatch(typed):
        raise ValueError(_("Write a whole number."))
    low = bounds[0] if question.min is None else question.min
    high = bounds[1] if question.max is None else question.max
    if not low <= int(typed) <= high:
        raise ValueError(_("Write a number between %(min)s and %(max)s.", min=isolate_ltr(low), max=isolate_ltr(high)))
    return int(typed)


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
    typed = _one(raw)
    return _read_date(typed).isoformat() if typed else None


def parse_time(question: Question, raw: Sequence[str]) -> Stored | None:
    """A time of day; stored as 09:05."""
    typed = _one(raw)
    return _read_time(typed).isoformat("minutes") if typed else None


def parse_datetime(question: Question, raw: Sequence[str]) -> Stored | None:
    """A day and a time with a space, a comma or a T between them; stored as 2026-03-09T14:30."""
    typed = re.sub(r"\s*[T,]\s*", " ", _one(raw))
    if not typed:
        return None
    day, _space, moment = typed.rpartition(" ")
    try:
        return datetime.combine(_read_date(day), _read_time(moment)).isoformat(timespec="minutes")
    except ValueError as error:
        example = isolate_ltr("9.3.2026 14:30")
        raise ValueError(_("Write a date and a time, for example %(example)s.", example=example)) from error


def _can_be_dialled(number: phonenumbers.PhoneNumber) -> bool:
    """Plans of mobile prefixes grow faster than the library's tables, so a mobile number is judged by its length."""
    mobile = phonenumbers.PhoneNumberType.MOBILE
    return phonenumbers.is_valid_number(number) or phonenumbers.is_possible_number_for_type(number, mobile)


def parse_phone(question: Question, raw: Sequence[str]) -> Stored | None:
    """A phone number in its country's plan, or as long as a mobile number there; stored as +972501234567."""
    typed = _one(raw)
    if not typed:
        return None
    try:
        number = phonenumbers.parse(typed, HOME_REGION)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not _can_be_dialled(number):
        example = isolate_ltr("050\u2011234\u20115678")
        raise ValueError(_("Write a full phone number, for example %(example)s.", example=example))
    number.extension = None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def parse_reference(question: Question, raw: Sequence[str]) -> Stored | None:
    """A code of something the system knows, one of those the context lists."""
    return parse_choice(question, raw)
