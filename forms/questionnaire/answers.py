"""What a person typed or chose → what is stored, and a clear message where that cannot be done.

A parser takes the strings a form or a file holds and gives the stored value, or None for no answer. It raises
ValueError with a message in the active language. Numbers and times are read in ``figures``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

import phonenumbers

from forms.questionnaire import patterns
from forms.questionnaire.parts import Question, Stored, Value
from translations import gettext as _
from translations import isolate, isolate_ltr, localised

Parser = Callable[[Question, Sequence[str]], Stored | None]

#: The longest text when the definition names none: a page of writing, and a line.
MAX_CHARS: Final = 4_000
LINE_CHARS: Final = 200
#: The most files one question takes when the definition names none.
MAX_FILES: Final = 3
#: Numbers without a country are Israeli.
HOME_REGION: Final = "IL"

#: A name that every mail server takes, and a domain in any script (or as ``xn--``); its last part begins with a letter.
_NAME = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_EMAIL = re.compile(rf"(?=.{{1,64}}@){_NAME}(?:\.{_NAME})*@(?:{_LABEL}\.)+(?!\d){_LABEL}")
_FILE = re.compile(r"[0-9a-f]{32}")
_PLACE = re.compile(r"(.+):(\d{0,3})")


def clean(text: str) -> str:
    """Typed text: newlines as one character, no control characters or halves of a pair, no space at the ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in lines if one in "\n\t" or unicodedata.category(one) not in {"Cc", "Cs"}).strip()


def single(raw: Sequence[str]) -> str:
    """The single value of a plain field, without the invisible direction marks that come along when people paste."""
    typed = clean(raw[0]) if raw else ""
    return "".join(one for one in typed if unicodedata.category(one) != "Cf").strip()


def parse_choice(question: Question, raw: Sequence[str]) -> Stored | None:
    """One of the options by its value."""
    typed = single(raw)
    if not typed:
        return None
    if typed not in question.by_value:
        raise ValueError(_("Choose one of the answers listed."))
    return question.by_value[typed].value


def parse_choices(question: Question, raw: Sequence[str]) -> Stored | None:
    """Several options, stored in the order of the definition."""
    typed = {one for one in (single([value]) for value in raw) if one}
    if typed - question.by_value.keys():
        raise ValueError(_("Choose one of the answers listed."))
    chosen = [option for name, option in question.by_value.items() if name in typed]
    alone = next((option for option in chosen if option.exclusive), None)
    if alone is not None and len(chosen) > 1:
        words = isolate(localised(alone.text) or str(alone.value))
        raise ValueError(_("%(choice)s cannot be chosen together with other answers.", choice=words))
    found = [option.value for option in chosen]
    how_many(question, found)
    return [*found] or None


def how_many(question: Question, given: Sequence[Value], most: int | None = None) -> None:
    """Refuse fewer answers than ``min`` and more than ``max``, or than ``most`` where the question names none.

    None at all is no answer and not too few, and what rules out everything else is enough by itself.
    """
    count = len(given)
    high = (count if most is None else most) if question.max is None else question.max
    if count == 1 and any(option.exclusive for option in question.choices if option.value == given[0]):
        return
    if count > high:
        raise ValueError(_("Choose at most %(max)s; there are %(count)s now.", max=high, count=count))
    if 0 < count < (question.min or 0):
        raise ValueError(_("Choose at least %(min)s; there are %(count)s now.", min=question.min, count=count))


def parse_ranking(question: Question, raw: Sequence[str]) -> Stored | None:
    """Choices in the order of their places, the first place first.

    A form sends ``choice:place`` for each choice, with an empty place for one that was left out; values without places
    stand in their order already.
    """
    typed = [one for one in (single([value]) for value in raw) if one]
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
    found_order = [placed[place] for place in sorted(placed)]
    how_many(question, found_order)
    return [*found_order] or None


def parse_files(question: Question, raw: Sequence[str]) -> Stored | None:
    """The ids of files that were stored before."""
    typed: list[Value] = list(dict.fromkeys(one for one in (single([value]) for value in raw) if one))
    if not all(_FILE.fullmatch(str(one)) for one in typed):
        raise ValueError(_("This file was not received. Choose it again."))
    how_many(question, typed, MAX_FILES)
    return typed or None


def parse_text(question: Question, raw: Sequence[str]) -> Stored | None:
    """Words, at most ``max_chars`` of them counted as a browser counts."""
    typed = clean(raw[0]) if raw else ""
    return _fitting(question, typed, MAX_CHARS) or None


def parse_line(question: Question, raw: Sequence[str]) -> Stored | None:
    """Words on one line."""
    typed = " ".join(clean(raw[0]).split()) if raw else ""
    return _fitting(question, typed, LINE_CHARS) or None


def longest(question: Question, most: int) -> int:
    """How many characters are accepted. What is held against a pattern is never longer than that takes."""
    most = question.max_chars or most
    return min(most, patterns.MAX_TEXT) if question.pattern else most


def _fitting(question: Question, typed: str, most: int) -> str:
    """Words that keep to the question's length and pattern."""
    most = longest(question, most)
    if len(typed) > most:
        raise ValueError(_("Write at most %(max)s characters; there are %(count)s now.", max=most, count=len(typed)))
    if typed and question.pattern and not patterns.fits(question.pattern, typed):
        raise ValueError(localised(question.invalid) or _("This does not have the form that is asked for."))
    return typed


def parse_email(question: Question, raw: Sequence[str]) -> Stored | None:
    """An e-mail address; its domain is kept in small letters."""
    typed = single(raw)
    if not typed:
        return None
    if len(typed) > 254 or not _EMAIL.fullmatch(typed):
        example = isolate_ltr("name@example.com")
        raise ValueError(_("Write a full e-mail address, for example %(example)s.", example=example))
    name, _at, domain = typed.rpartition("@")
    return f"{name}@{domain.lower()}"


def parse_tick(question: Question, raw: Sequence[str]) -> Stored | None:
    """A box: True when ticked. An empty box is no answer, so that nothing is ever consented to by silence."""
    return True if raw and single(raw).lower() not in {"", "0", "false", "no"} else None


def _can_be_dialled(number: phonenumbers.PhoneNumber) -> bool:
    """Plans of mobile prefixes grow faster than the library's tables, so a mobile number is judged by its length."""
    mobile = phonenumbers.PhoneNumberType.MOBILE
    return phonenumbers.is_valid_number(number) or phonenumbers.is_possible_number_for_type(number, mobile)


def parse_phone(question: Question, raw: Sequence[str]) -> Stored | None:
    """A phone number in its country's plan, or as long as a mobile number there; stored as +972501234567."""
    typed = single(raw)
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
