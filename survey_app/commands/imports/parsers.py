"""PARSERS: what the text of a cell means, by the type of its column; ValueError with a message where it means nothing.

A parser is only asked about cells that hold something.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from reports import months
from survey_app.field.notices import WAYS
from survey_app.permissions import ROLE_NAMES, Role
from translations import LANGUAGES, isolate_ltr, known, speaking
from translations import gettext as _
from translations.spelling import fold, tidy, typeset

Parser = Callable[[str], Any]

WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_WEEKDAY_WORDS: Final[Mapping[str, str]] = {
    word: day
    for day, words in zip(
        WEEKDAYS,
        (
            ("א", "ראשון", "sunday"),
            ("ב", "שני", "monday"),
            ("ג", "שלישי", "tuesday"),
            ("ד", "רביעי", "wednesday"),
            ("ה", "חמישי", "thursday"),
            ("ו", "שישי", "friday"),
            ("ש", "שבת", "saturday"),
        ),
        strict=True,
    )
    for word in (day, *words)
}
_YES_AND_NO: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("yes", "true", "1", "y", "כן", "v", "✓"), True),
    **dict.fromkeys(("no", "false", "0", "n", "לא", "x"), False),
}
_DATE: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?|(\d{1,2})[./-](\d{1,2})[./-](\d{4})", re.ASCII)
_MONTH: Final = re.compile(r"(\d{4})[-/.](\d{1,2})(?:-0?1)?|(?:0?1[./-])?(\d{1,2})[-/.](\d{4})", re.ASCII)
_CURRENCY: Final = re.compile(r"""₪|ש["״]ח|\b(?:ILS|NIS)\b""", re.IGNORECASE)
_DIGITS: Final = r"((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)"
_POSITIVE: Final = re.compile(rf"\+?{_DIGITS}", re.ASCII)
_NEGATIVE: Final = tuple(re.compile(form, re.ASCII) for form in (rf"-{_DIGITS}", rf"{_DIGITS}-", rf"\({_DIGITS}\)"))
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
#: Agorot that a column of the database holds, with room for sums.
_MOST_AGOROT: Final = 10**15


def code(text: str) -> str:
    """A bank's or branch's number; leading zeros go, since spreadsheets drop them anyway."""
    tidied = tidy(text).replace(" ", "")
    return tidied.lstrip("0") or "0" if tidied.isdecimal() else tidied


def reference(text: str) -> str:
    """A branch, named by its code or by bank and code (``20-101``)."""
    return "-".join(code(part) for part in text.split("-", 1))


def city(text: str) -> str:
    """A town in one spelling: the register writes one name with and without spaces around its hyphen."""
    return typeset(re.sub(r"\s*[-–־]\s*", "-", tidy(text)).rstrip("* "))


def day(text: str) -> date:
    """A date as spreadsheets and people in Israel write it: day before month."""
    found = _DATE.fullmatch(tidy(text))
    if found is None:
        raise ValueError(_("Write a date like %(example)s.", example=isolate_ltr("31/12/2026")))
    year, month, number = (int(part) for part in (found.group(1, 2, 3) if found[1] else found.group(6, 5, 4)))
    try:
        value = date(year, month, number)
    except ValueError as error:
        raise ValueError(_("There is no such date. The day stands before the month.")) from error
    if not 1800 <= year <= 2200:
        raise ValueError(_("There is no such date. The day stands before the month."))
    return value


def month(text: str) -> str:
    """A month; spreadsheets turn one into the date of its first day."""
    found = _MONTH.fullmatch(tidy(text))
    try:
        if found is None:
            raise ValueError(text)
        year, number = found.group(1, 2) if found[1] else found.group(4, 3)
        return months.parse(f"{int(year):04d}-{int(number):02d}")
    except ValueError as error:
        raise ValueError(_("Write a month like %(example)s.", example=isolate_ltr("2026-10"))) from error


def decimal(text: str) -> Decimal:
    """A number: 1,234.56, with ₪ or not; negative by a sign before or after it, or in brackets."""
    bare = _CURRENCY.sub("", tidy(text)).replace("−", "-").replace(" ", "")
    negative = next((found for form in _NEGATIVE if (found := form.fullmatch(bare))), None)
    found = negative or _POSITIVE.fullmatch(bare)
    if found is None:
        raise ValueError(_("Write a number like %(example)s.", example=isolate_ltr("1,234.56")))
    value = Decimal(found[1].replace(",", ""))
    return -value if negative else value


def agorot(text: str) -> int:
    """An amount in shekels, as agorot (hundredths); a half goes away from zero."""
    value = int((decimal(text) * 100).quantize(Decimal(1), ROUND_HALF_UP))
    if abs(value) > _MOST_AGOROT:
        raise ValueError(_("The amount is too large."))
    return value


def _between(least: float, most: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        value = float(decimal(text))
        if not least <= value <= most:
            message = _("Write a number between %(min)s and %(max)s.", min=isolate_ltr(least), max=isolate_ltr(most))
            raise ValueError(message)
        return value

    return parse


def _headcount(text: str) -> float:
    return round(_between(0, 99_999)(text), 2)


def _weight(text: str) -> float:
    value = _between(0, 1_000)(text)
    if value == 0:
        raise ValueError(_("A weight is more than zero."))
    return value


def yes_or_no(text: str) -> bool:
    """Yes or no, in words or signs."""
    try:
        return _YES_AND_NO[fold(text)]
    except KeyError as error:
        raise ValueError(_("Write yes or no.")) from error


def weekdays(text: str) -> list[str]:
    """Days of the week (יום ו; Friday), in the order of the week."""
    words = [word for word in re.split(r"[,;/|\s]+", fold(text).replace("'", "")) if word not in {"", "יום"}]
    unknown = [word for word in words if word not in _WEEKDAY_WORDS]
    if unknown:
        raise ValueError(_("%(word)s is no day of the week.", word=unknown[0]))
    found = {_WEEKDAY_WORDS[word] for word in words}
    return [one for one in WEEKDAYS if one in found]


def email(text: str) -> str:
    """An address in small letters."""
    value = tidy(text).lower()
    if not _EMAIL.fullmatch(value):
        raise ValueError(_("Write an e-mail address like %(example)s.", example=isolate_ltr("name@example.com")))
    return value


def role(text: str) -> str:
    """A role by its code or by its name in any of the interface's languages."""
    wanted = fold(text).replace("_", " ")
    for one, name in ROLE_NAMES.items():
        names = {one.value.replace("_", " ")}
        for spoken in LANGUAGES:
            with speaking(spoken):
                names.add(fold(str(name)))
        if wanted in names:
            return one.value
    raise ValueError(_("Unknown role. Known: %(known)s.", known=", ".join(one.value for one in Role)))


def language(text: str) -> str:
    """A language by its code or by its own name."""
    named = {fold(name): one for one, name in LANGUAGES.items()}
    found = named.get(fold(text)) or known(text)
    if found is None:
        raise ValueError(_("Unknown language. Known: %(known)s.", known=", ".join(LANGUAGES)))
    return found


def languages(text: str) -> list[str]:
    """Several languages, with a comma, a semicolon or a space between them; in the platform's order."""
    found = {language(one) for one in re.split(r"[,;/|\s]+", tidy(text)) if one}
    return [one for one in LANGUAGES if one in found]


def way(text: str) -> str:
    """How staff were told, by its code or by its name in any of the interface's languages."""
    wanted = fold(text)
    for one, named in WAYS.items():
        names = {one}
        for spoken in LANGUAGES:
            with speaking(spoken):
                names.add(fold(str(named)))
        if wanted in names:
            return one
    raise ValueError(_("Unknown way. Known: %(known)s.", known=", ".join(WAYS)))


def _count(text: str) -> int:
    value = _between(0, 1_000)(text)
    if value != int(value):
        raise ValueError(_("Write a whole number."))
    return int(value)


def name(text: str) -> str:
    """A name on one line, typeset."""
    return typeset(tidy(text))


PARSERS: Final[Mapping[str, Parser]] = {
    "code": code,
    "branch": reference,
    "text": tidy,
    "name": name,
    "city": city,
    "date": day,
    "month": month,
    "amount": agorot,
    "headcount": _headcount,
    "weight": _weight,
    "latitude": _between(-90, 90),
    "longitude": _between(-180, 180),
    "yes or no": yes_or_no,
    "weekdays": weekdays,
    "email": email,
    "role": role,
    "language": language,
    "languages": languages,
    "count": _count,
    "number": lambda text: float(decimal(text)),
    "rating": _between(1, 5),
    "way": way,
}
