"""The reader's language: which one is active, its direction, its words, numbers and dates.

A context variable holds the language, so that the pure wings, the web, jobs and the command line share one way to speak
and none of them needs Flask. Messages are English; catalogues live beside this file as ``<language>/LC_MESSAGES``.
"""

from __future__ import annotations

import gettext as _gettext
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel import Locale
from babel.dates import format_date as _babel_date
from babel.dates import format_datetime as _babel_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import LazyProxy

#: Languages offered, the organisation's own first. Names are written in the language itself.
LANGUAGES: Final[Mapping[str, str]] = {"he": "עברית", "ar": "العربية", "en": "English", "ru": "Русский"}
DEFAULT: Final = "he"
#: Babel's bare ``he`` starts the week on Monday; the Israeli locales do not.
LOCALES: Final[Mapping[str, str]] = {"he": "he_IL", "ar": "ar_IL", "en": "en_IL", "ru": "ru"}
#: Codes that browsers and old systems send for the same language.
ALIASES: Final[Mapping[str, str]] = {"iw": "he"}
RIGHT_TO_LEFT: Final = frozenset({"he", "ar"})

# Isolates: an inserted value never changes the order of the text around it.
FSI, LRI, RLI, PDI = "\u2068", "\u2066", "\u2067", "\u2069"
_MARKS = {ord("\u200e"): None, ord("\u200f"): None}
#: Languages in which a month that stands alone is written otherwise than in a date. Only these may ask for that form:
#: where it is the same, Babel answers with the names of whichever language asked first.
_MONTH_ALONE: Final[Mapping[str, str]] = {"ru": "LLLL y"}

_active: ContextVar[str] = ContextVar("language", default=DEFAULT)


def known(language: str | None) -> str | None:
    """The offered language a code stands for (``he-IL`` and the old ``iw`` are ``he``), or None."""
    if not language:
        return None
    code = language.strip().lower().replace("_", "-").split("-")[0]
    code = ALIASES.get(code, code)
    return code if code in LANGUAGES else None


def negotiate(accepted: str | None) -> str:
    """The best offered language for an ``Accept-Language`` header; the default when none fits."""
    weighted: list[tuple[float, int, str]] = []
    for position, part in enumerate((accepted or "").split(",")):
        name, _, parameter = part.partition(";")
        language = known(name)
        if language is None:
            continue
        try:
            quality = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if quality > 0:  # 0 says: not this one
            weighted.append((-quality, position, language))
    return min(weighted)[2] if weighted else DEFAULT


def current_language() -> str:
    """The active language's two-letter code."""
    return _active.get()


def activate(language: str) -> None:
    """Make a language the active one for this context."""
    _active.set(known(language) or DEFAULT)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak another language for a while: a mail to somebody, a report in the reader's language."""
    token = _active.set(known(language) or DEFAULT)
    try:
        yield
    finally:
        _active.reset(token)


def direction(language: str | None = None) -> str:
    """``rtl`` or ``ltr``."""
    return "rtl" if (language or current_language()) in RIGHT_TO_LEFT else "ltr"


def locale(language: str | None = None) -> Locale:
    """Babel's locale of a language."""
    return Locale.parse(LOCALES[language or current_language()])


@cache
def catalogue(language: str) -> _gettext.NullTranslations:
    """A language's messages, read from its ``.po``: there is no compiled file to forget. English has none."""
    source = Path(__file__).parent / language / "LC_MESSAGES" / "messages.po"
    if not source.exists():
        return _gettext.NullTranslations()
    with source.open("rb") as handle:
        messages = read_po(handle, locale=language)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return _gettext.GNUTranslations(compiled)


def _fill(text: str, values: dict[str, Any]) -> str:
    return text % values if values else text


def gettext(message: str, /, **values: Any) -> str:
    """The message in the active language, with ``%(name)s`` filled in."""
    return _fill(catalogue(current_language()).gettext(message), values)


def ngettext(singular: str, plural: str, num: int, /, **values: Any) -> str:
    """The message for a count; ``%(num)s`` is the count, written as the language writes numbers."""
    text = catalogue(current_language()).ngettext(singular, plural, num)
    return text % {"num": format_number(num), **values}


def lazy_gettext(message: str, /, **values: Any) -> Any:
    """A message that is translated when it is shown: for class bodies and module constants."""
    return LazyProxy(gettext, message, enable_cache=False, **values)


def isolate(value: object) -> str:
    """Plain text (mail, CSV, titles, chart labels): a value that keeps its own direction."""
    return f"{FSI}{value}{PDI}"


def isolate_ltr(value: object) -> str:
    """Plain text: a number with a sign, a range, a time: read left to right wherever it stands."""
    return f"{LRI}{value}{PDI}"


def format_number(value: float, digits: int = 0) -> str:
    """A number with the language's separators and a fixed count of decimals, without direction marks."""
    return _number(round(value, digits) + 0.0, digits, current_language())


@lru_cache(maxsize=20_000)
def _number(value: float, digits: int, language: str) -> str:
    # A page of a large bank has thousands of numbers, most of them whole and many the same.
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, pattern, locale=locale(language)).translate(_MARKS)


def format_signed(value: float, digits: int = 0) -> str:
    """A change, always with its sign (``+1.2``, ``-0.4``)."""
    rounded = round(value, digits)
    return ("+" if rounded > 0 else "") + format_number(rounded, digits)


def format_date(value: date, form: str = "short") -> str:
    """A date as the language writes it; ``form`` is Babel's short, medium, long or a pattern."""
    return _babel_date(value, form, locale=locale()).translate(_MARKS)


def format_datetime(value: datetime, form: str = "short") -> str:
    """A date and time, already in the organisation's time zone, as the language writes it."""
    return _babel_datetime(value, form, locale=locale()).translate(_MARKS)


def format_month(month: str) -> str:
    """A month ``YYYY-MM`` by name and year (אוקטובר 2026)."""
    year, number = month.split("-")
    pattern = _MONTH_ALONE.get(current_language(), "MMMM y")
    return _babel_date(date(int(year), int(number), 1), pattern, locale=locale()).translate(_MARKS)


def localised(texts: Mapping[str, str] | None, language: str | None = None) -> str:
    """A text kept per language: the wanted one, or the default, or whatever there is."""
    if not texts:
        return ""
    wanted = language or current_language()
    return texts.get(wanted) or texts.get(DEFAULT) or next(iter(texts.values()))
