"""Telephone numbers in one spelling (E.164), and how each can be reached: by a message, by a call, or not at all.

What the numbering library calls invalid is not refused where the plan of Israel allows it: the library's list of
ranges in use is older than the ranges.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from translations.spelling import tidy

#: What :func:`reach` says: a text message arrives; only a call does; neither.
SMS, PHONE, NONE = "sms", "phone", "none"

HOME: Final = "IL"
_COUNTRY: Final = "+972"
#: Longer texts are no number; the library need not look at them.
_LONGEST: Final = 40

#: Prefixes of lines that take calls only and no messages ("kosher" lines), as they are dialled in Israel. They are
#: allotted by operators together with the rabbinical committee for communications, which publishes them; there is no
#: register of the Ministry of Communications. The first nine stand in every list that is public; the ranges after them
#: were added since 2020. A list to be kept up: what is missing is added to the organisation's rules
#: (``telephone_only_prefixes``), without a new version.
CALLS_ONLY: Final = (
    *("05041", "05271", "05276", "05331", "05341", "05484", "05485", "05567", "05832"),
    *("05532", "05541", "05552", "05576", "055400"),
)
#: Geographic (02 … 09) and network (07x) lines of Israel: they ring, and take no messages.
_MOBILE: Final = re.compile(r"\+9725\d{8}", re.ASCII)
_LANDLINE: Final = re.compile(r"\+972(?:[23489]\d{7}|7\d{8})", re.ASCII)
#: What systems write where they know no number.
_FILLERS: Final = re.compile(r"\+?0*(?:972)?0*(\d)\1{6,}", re.ASCII)
_EMPTY_LINE: Final = re.compile(r"\+972\d{1,2}0{7}", re.ASCII)

_REACH: Final = {
    PhoneNumberType.MOBILE: SMS,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: SMS,
    PhoneNumberType.FIXED_LINE: PHONE,
    PhoneNumberType.VOIP: PHONE,
    PhoneNumberType.PERSONAL_NUMBER: PHONE,
}


def normal(text: str) -> str | None:
    """A number as ``+972541234567``; None for what is none, or is no number of a person (``1-800…``, ``*1234``).

    Without a country it is one of Israel; spreadsheets drop its first zero, so ``541234567`` is one as well.
    """
    plain = tidy(text).removeprefix("tel:")
    if not plain or len(plain) > _LONGEST or plain.startswith("*") or not any(map(str.isdecimal, plain)):
        return None
    plain = plain.translate(_DIGITS).removesuffix(".0")
    if _FILLERS.fullmatch(re.sub(r"[^\d+]", "", plain)):
        return None
    if re.fullmatch(r"972[2-9]\d{7,8}", re.sub(r"\D", "", plain)) and not plain.startswith(("+", "0")):
        plain = f"+{plain}"
    try:
        number = phonenumbers.parse(plain, HOME)
    except NumberParseException:
        return None
    if number.extension:
        return None
    found: str = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if found.startswith(_COUNTRY):
        known = _MOBILE.fullmatch(found) or _LANDLINE.fullmatch(found)
        return found if known and not _EMPTY_LINE.fullmatch(found) else None
    valid = phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) in _REACH
    return found if valid else None


def reach(number: str, calls_only: Iterable[str] = ()) -> str:
    """How an E.164 number can be reached: ``sms``, ``phone`` (calls only) or ``none``.

    ``calls_only`` adds prefixes of the organisation's own, as dialled in Israel (``0541``) or whole (``+972541``).
    """
    if not number:
        return NONE
    if any(number.startswith(international(prefix)) for prefix in (*CALLS_ONLY, *calls_only)):
        return PHONE
    if _MOBILE.fullmatch(number):
        return SMS
    if _LANDLINE.fullmatch(number):
        return PHONE
    try:
        return _REACH.get(phonenumbers.number_type(phonenumbers.parse(number)), NONE)
    except NumberParseException:
        return NONE


def international(prefix: str) -> str:
    """The beginning of a number as E.164 writes it."""
    return prefix if prefix.startswith("+") else _COUNTRY + prefix.lstrip("0")


#: Digits of other scripts, as an Arabic keyboard types them.
_DIGITS: Final = {
    ord(digit): str(value) for row in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹") for value, digit in enumerate(row)
}  # fmt: skip
