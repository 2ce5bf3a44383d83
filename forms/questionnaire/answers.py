"""What a person typed → what is stored, and a clear message where that cannot be done.

A parser takes the strings a form or a file holds and gives the stored value, or None for no answer. It raises
ValueError with a message in the active language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final, TypeVar

import phonenumbers

from forms.questionnaire import patterns
from forms.questionnaire.parts import Number, Question, Stored, Value
from translations import gettext as _
from translations import isolate, isolate_ltr, localised

Parser = Callable[[Question, Sequence[str]], Stored | None]
_N = TypeVar("_N", int, Decimal)

#: The longest text when the definition names none: a page of writing, and a line.
MAX_CHARS: Final = 4_000
LINE_CHARS: Final = 200
#: The most files one question takes when the definition names none.
MAX_FILES: Final = 3
#: The widest numbers when the definition names none: people waiting, positions; and minutes, ten hours.
INT_RANGE: Final = (0, 9_999)
MINUTES_RANGE: Final = (0, 600)
#: Any other number, and lengths of time in seconds: a day.
NUMBER_RANGE: Final = (-999_999_999, 999_999_999)
DURATION_RANGE: Final = (0, 86_400)
#: Numbers without a country are Israeli.
HOME_REGION: Final = "IL"

_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})", re.ASCII)
_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)(?::[0-5]\d)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,9}")
_DECIMAL = re.compile(r"[+-]?(\d{1,9})(?:[.,](\d{1,6}))?", re.ASCII)
_DURATION = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)", re.ASCII)
_EMAIL = re.compile(r"[^\s@<>(),;:\"\[\]\\]{1,64}@(?:[^\s@.<>(),;:\"\[\]\\]{1,63}\.)+[^\s@.<>(),;:\"\[\]\\\d]{2,63}")
_FILE = re.compile(r"[0-9a-f]{32}")
_PLACE = re.compile(r"(.+):(\d{0,3})")


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
    chosen = [option for name, option in question.by_value.items() if name in typed]
    alone = next((option for option in chosen if option.exclusive), None)
    if alone is not None and len(chosen) > 1:
        words = isolate(localised(alone.text) or str(alone.value))
        raise ValueError(_("%(choice)s cannot be chosen together with other answers.", choice=words))
    _how_many(question, len(chosen), len(question.options))
    return [option.value for option in chosen] or None


def _how_many(question: Question, count: int, most: int) -> None:
    """Refuse fewer answers than ``min`` and more than ``max``; none at all is no answer and not too few."""
    high = most if question.max is None else question.max
    if count > high:
        raise ValueError(_("Choose at most %(max)s; there are %(count)s now.", max=high, count=count))
    if 0 < count < (question.min or 0):
        raise ValueError(_("Choose at least %(min)s; there are %(count)s now.", min=question.min, count=count))


def parse_ranking(question: Question, raw: Sequence[str]) -> Stored | None:
    """Choices in the order of their places, the first place first.

    A form sends ``choice:place`` for each choice, with an empty place for one that was left out; values without places
    stand in their order already.
    """
    typed = [one for one in (_one([value]) for value in raw) if one]
    placed: dict[int, Value] = {}
    for position, one in enumerate(typed, start=1):
        found = None if one in question.by_value else _PLACE.fullmatch(one)
        name, place = (found[1], found[2]) if found else (one, str(position))
        if name not in question.by_value:
            raise ValueError(_("Choose one of the answers listed."))
        if not place:
            continue
        if int(place) in placed or question.by_value[name].value in placed.values():
            raise ValueError(_("Give each place once: place %(place)s stands twice.", place=isolate_ltr(place)))
        placed[int(place)] = question.by_value[name].value
    if sorted(placed) != list(range(1, len(placed) + 1)):
        raise ValueError(_("Number the places from 1 on, without a gap."))
    _how_many(question, len(placed), len(question.options))
    return [placed[place] for place in sorted(placed)] or None


def parse_files(question: Question, raw: Sequence[str]) -> Stored | None:
    """The ids of files that were stored before."""
    typed = list(dict.fromkeys(one for one in (_one([value]) for value in raw) if one))
    if not all(_FILE.fullmatch(one) for one in typed):
        raise ValueError(_("This file was not received. Choose it again."))
    _how_many(question, len(typed), MAX_FILES)
    return [*typed] or None


def parse_text(question: Question, raw: Sequence[str]) -> Stored | None:
    """Words, at most ``max_chars`` of them counted as a browser counts."""
    typed = clean(raw[0]) if raw else ""
    return _fitting(question, typed, MAX_CHARS) or None


def parse_line(question: Question, raw: Sequence[str]) -> Stored | None:
    """Words on one line."""
    typed = " ".join(clean(raw[0]).split()) if raw else ""
    return _fitting(question, typed, LINE_CHARS) or None


def _fitting(question: Question, typed: str, most: int) -> str:
    """Words that keep to the question's length and pattern."""
    most = question.max_chars or most
    if len(typed) > most:
        raise ValueError(_("Write at most %(max)s characters; there are %(count)s now.", max=most, count=len(typed)))
    if typed and question.pattern and not patterns.fits(question.pattern, typed):
        raise ValueError(localised(question.invalid) or _("This does not have the form that is asked for."))
    return typed


def parse_email(question: Question, raw: Sequence[str]) -> Stored | None:
    """An e-mail address; its domain is kept in small letters."""
    typed = _one(raw)
    if not typed:
        return None
    if len(typed) > 254 or not _EMAIL.fullmatch(typed):
        example = isolate_ltr("name@example.com")
        raise ValueError(_("Write a full e-mail address, for example %(example)s.", example=example))
    name, _at, domain = typed.rpartition("@")
    return f"{name}@{domain.lower()}"


def parse_tick(question: Question, raw: Sequence[str]) -> Stored | None:
    """A box: True when ticked. An empty box is no answer, so that nothing is ever consented to by silence."""
    return True if raw and _one(raw).lower() not in {"", "0", "false", "no"} else None


def _whole_number(question: Question, raw: Sequence[str], bounds: tuple[int, int]) -> Stored | None:
    typed = _one(raw)
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
    """A number with at most ``decimals`` digits behind the point (or comma); a whole one is stored as such."""
    typed = _one(raw)
    if not typed:
        return None
    found = _DECIMAL.fullmatch(typed)
    most = question.decimals or 0
    if not found or (most == 0 and found[2]):
        raise ValueError(_("Write a number.") if most else _("Write a whole number."))
    if len((found[2] or "").rstrip("0")) > most:
        raise ValueError(_("Write at most %(count)s digits after the point.", count=most))
    number = _between(question, Decimal(typed.replace(",", ".")), NUMBER_RANGE)
    return int(number) if number == int(number) else float(number)


def parse_duration(question: Question, raw: Sequence[str]) -> Stored | None:
    """A length of time as minutes and seconds (4:30) or hours, minutes and seconds (1:04:30); stored in seconds."""
    typed = _one(raw)
    if not typed:
        return None
    found = _DURATION.fullmatch(typed)
    if not found:
        raise ValueError(_("Write minutes and seconds, for example %(example)s.", example=isolate_ltr("4:30")))
    seconds = (int(found[1] or 0) * 60 + int(found[2])) * 60 + int(found[3])
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
