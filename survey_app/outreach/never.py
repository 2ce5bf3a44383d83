"""What is never taken, whoever sends it: columns of money and identity, and free text where a code or a band is meant.

Pure, and for the safe side: a value that might tell what somebody has or who somebody is, is refused.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from translations.spelling import fold, tidy

#: Words in names of fields and columns that are never kept, whatever else stands beside them: what somebody has, owes
#: or earns, how the bank sorts people, where somebody lives, who somebody is and what opens an account.
FORBIDDEN: Final = (
    *("balance", "segment", "income", "salary", "wage", "credit", "limit", "overdraft", "debt", "loan", "mortgage"),
    *("wealth", "asset", "deposit", "saving", "portfolio", "turnover", "revenue", "profit", "score", "rating", "risk"),
    *("net worth", "networth", "vip", "address", "street", "account", "iban", "card", "password", "pin", "cvv"),
    *("national id", "id number", "id no", "identity", "passport", "zehut", "teudat zehut", "tz number", "ssn"),
    *("gender", "religion", "ethnic", "nationality", "marital", "health", "birth", "birthdate", "birthday", "dob"),
    *("יתרה", "יתרת", "יתרות", "פלח", "סגמנט", "הכנסה", "הכנסות", "משכורת", "שכר", "אשראי", "מסגרת", "חוב", "חובות"),
    *("הלוואה", "הלוואת", "הלוואות", "משכנתא", "משכנתה", "משכנתאות", 'עו"ש', "עוש", "הון", "שווי נקי", "נכסים"),
    *("פיקדון", "פיקדונות", "פקדון", "חיסכון", "חסכון", "חסכונות", "תיק השקעות", "מחזור", "רווח", "דירוג", "סיכון"),
    *("חשבון", "חשבונות", "כרטיס", "כרטיסים", "סיסמה", "סיסמא", "כתובת", "רחוב", "תעודת זהות", "זהות", "ת.ז", 'ת"ז'),
    *("תז", "מספר זהות", "דרכון", "מגדר", "מין", "דת", "לאום", "מצב משפחתי", "לידה"),
)  # fmt: skip
#: Of these, the words that sort people or tell who somebody is: they have no place in a code either. The others may be
#: what a customer came for ("loan"), as long as no number stands beside them.
SORTING: Final = (
    *("segment", "vip", "wealth", "net worth", "networth", "score", "rating", "risk", "gender", "religion", "ethnic"),
    *("nationality", "marital", "birth", "birthdate", "birthday", "dob", "iban", "national id", "id number", "ssn"),
    *("פלח", "סגמנט", "הון", "שווי נקי", "דירוג", "סיכון", "מגדר", "מין", "דת", "לאום", "מצב משפחתי", "לידה"),
)  # fmt: skip
#: A code: its most characters and words, digits in all and side by side.
MOST_CODE: Final = 40
MOST_WORDS: Final = 4
MOST_DIGITS: Final = 6
MOST_RUN: Final = 4
#: Words that are a band by themselves.
BANDS: Final = (
    *("new", "existing", "young", "adult", "senior", "unknown", "other"),
    *("חדש", "ותיק", "צעיר", "מבוגר", "לא ידוע", "אחר"),
)  # fmt: skip

_WORD: Final = r"(?:^|[^a-zא-ת]){}s?(?=$|[^a-zא-ת])"
_HEBREW_WORD: Final = r"(?:^|[^a-zא-ת])[הבלמשו]?{}(?=$|[^a-zא-ת])"
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SPELLED: Final = re.compile(r"(?<![^\W\d_])(?:[^\W\d_][\W_]+){2,}[^\W\d_](?![^\W\d_])")
_NOT_LETTER: Final = re.compile(r"[\W\d_]+")
_MAIL: Final = re.compile(r"e-?mail address|כתובת ה?(?:דוא\"ל|מייל|אימייל|דואר אלקטרוני)")
_CODE: Final = re.compile(r"(?:[^\W_]|[\u0300-\u036f\u064b-\u0652]|[ /_־-]|(?<=[א-ת])[״׳\"'](?=[א-ת]|$| ))+")
_RUN: Final = re.compile(rf"\d{{{MOST_RUN + 1}}}")
_BAND: Final = re.compile(
    r"\d{1,3} ?[-–] ?\d{1,3}|\d{1,3} ?\+|(?:[<>≤≥]|<=|>=|up to|under|over|עד|מעל|מתחת ל-?) ?\d{1,3}", re.ASCII
)
_BETWEEN: Final = re.compile(r"[\s./_־–-]+")


def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join((_WORD if one.isascii() else _HEBREW_WORD).format(re.escape(one)) for one in words))


_FORBIDDEN: Final = _any_of(FORBIDDEN)
_SORTING: Final = _any_of(SORTING)
_RUN_TOGETHER: Final = frozenset(_NOT_LETTER.sub("", one) for one in FORBIDDEN)


def _plain(text: str) -> str:
    """A text as words are looked for in it: small letters, ``b a l a n c e`` put together."""
    folded = fold(_CAMEL.sub(" ", tidy(text))).replace("_", " ")
    return _SPELLED.sub(lambda found: _NOT_LETTER.sub("", found[0]), folded)


def column(name: str) -> bool:
    """Whether a column or field by this name tells of money, identity or how people are sorted."""
    plain = _MAIL.sub("", _plain(name))
    together = _NOT_LETTER.sub("", plain)
    return _FORBIDDEN.search(plain) is not None or bool({together, together.removesuffix("s")} & _RUN_TOGETHER)


def is_code(text: str) -> bool:
    """Whether a text is a short code, as of a reason or a channel: a few words, hardly a number."""
    digits = sum(one.isdigit() for one in text)
    plain = _plain(text)
    return (
        len(text) <= MOST_CODE
        and _CODE.fullmatch(text) is not None
        and len(text.split()) <= MOST_WORDS
        and digits <= MOST_DIGITS
        and _RUN.search(text) is None
        and _SORTING.search(plain) is None
        and not (digits and _FORBIDDEN.search(plain))
    )


def is_band(text: str) -> bool:
    """Whether a text is a band of years (``25-34``, ``65+``, ``<1``) or one of :data:`BANDS`; no number alone is."""
    folded = fold(text)
    return _BAND.fullmatch(folded) is not None or folded in BANDS


def identity_number(text: str) -> bool:
    """Whether a text may be an identity number of Israel: 8 or 9 digits, however parted, whose check digit is right.

    Of other numbers as long, one in ten looks like one: they are refused as well.
    """
    plain = _BETWEEN.sub("", tidy(text).removesuffix(".0"))
    if len(plain) not in (8, 9) or not plain.isdecimal():
        return False
    digits = [unicodedata.decimal(one) for one in plain.zfill(9)]
    return any(digits) and sum(sum(divmod(digit * (1 + at % 2), 10)) for at, digit in enumerate(digits)) % 10 == 0
