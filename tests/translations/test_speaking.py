"""Languages: which one a reader gets, plurals, numbers and dates without hidden marks."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import translations
from translations import LANGUAGES, format_number, known, negotiate, ngettext, speaking


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "he"),
        ("", "he"),
        ("*", "he"),
        ("iw", "he"),
        ("iw-IL", "he"),
        ("he-IL,he;q=0.9,en-US;q=0.8,en;q=0.7", "he"),
        ("en-US,en;q=0.9,he;q=0.8", "en"),
        ("de-DE,de;q=0.9,ru;q=0.5,ar;q=0.6", "ar"),
        ("fr, ru;q=0.1", "ru"),
        ("en;q=0.5, ru;q=0.5", "en"),
        ("en;q=0, ru;q=0.1", "ru"),
        ("en;q=0", "he"),
        ("he;q=0", "he"),
        ("ar;q=x, en;q=0.1", "en"),
        ("AR_il", "ar"),
        (";;;,,,q=1", "he"),
        ("en ; q=0.2 , ru ; q = 0.9", "en"),
    ],
)
def test_the_language_of_a_browser(header: str | None, language: str) -> None:
    assert negotiate(header) == language


@given(st.text())
def test_any_header_gives_an_offered_language(header: str) -> None:
    assert negotiate(header) in LANGUAGES


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("he", "he"),
        ("IW", "he"),
        ("he_IL", "he"),
        (" en-GB ", "en"),
        ("", None),
        (None, None),
        ("heb", None),
        ("C", None),
    ],
)
def test_a_code_is_known_or_not(code: str | None, language: str | None) -> None:
    assert known(code) == language


def test_languages_are_spoken_for_a_while() -> None:
    with speaking("ru"):
        assert (translations.current_language(), translations.direction()) == ("ru", "ltr")
        with speaking("xx"):
            assert (translations.current_language(), translations.direction()) == ("he", "rtl")
        assert translations.current_language() == "ru"
    assert [translations.direction(one) for one in LANGUAGES] == ["rtl", "rtl", "ltr", "ltr"]


@pytest.mark.parametrize(
    ("language", "forms"), [("he", [1, 2, 3]), ("ru", [1, 2, 5]), ("ar", [0, 1, 2, 3, 11, 100]), ("en", [1, 2])]
)
def test_each_plural_form_of_a_language_has_its_own_words(language: str, forms: list[int]) -> None:
    with speaking(language):
        texts = [ngettext("%(num)s response", "%(num)s responses", num) for num in forms]
    assert len(set(texts)) == len(forms)


@pytest.mark.parametrize(("like", "num"), [(3, 0), (3, 4), (3, 11), (3, 20), (3, 21), (3, 1000)])
def test_hebrew_has_three_forms(like: int, num: int) -> None:
    def words(count: int) -> str:
        return ngettext("%(num)s response", "%(num)s responses", count).replace(format_number(count), "")

    assert words(num) == words(like)
    assert len({ngettext("%(num)s response", "%(num)s responses", count) for count in (1, 2, 3)}) == 3


def test_a_message_is_filled_and_translated_when_shown() -> None:
    lazy = translations.lazy_gettext("Rank %(rank)s", rank=4)
    assert translations.gettext("no such message %(x)s", x="50%") == "no such message 50%"
    with speaking("en"):
        assert str(lazy) == "Rank 4"


FORMATS: dict[str, Callable[[], str]] = {
    "number": lambda: format_number(-1234567.891, 2),
    "signed": lambda: translations.format_signed(-3.14159, 1),
    "date": lambda: translations.format_date(date(2026, 11, 17)),
    "long date": lambda: translations.format_date(date(2026, 11, 17), "long"),
    "moment": lambda: translations.format_datetime(datetime(2026, 11, 17, 12, 30, tzinfo=UTC)),
    "month": lambda: translations.format_month("2026-10"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMATS)
def test_what_is_formatted_has_no_hidden_marks(language: str, form: str) -> None:
    with speaking(language):
        text = FORMATS[form]()
    assert text
    assert [unicodedata.name(letter) for letter in text if unicodedata.category(letter) == "Cf"] == []


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0, 0, "0"), (-0.04, 1, "0.0"), (1234.5, 1, "1,234.5"), (0.5, 0, "0"), (0.125, 2, "0.12"), (-7, 0, "-7")],
)
def test_numbers_as_hebrew_writes_them(value: float, digits: int, text: str) -> None:
    assert format_number(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0.0"), (-0.01, "0.0"), (0.04, "0.0"), (0.05, "+0.1"), (1, "+1.0"), (-1.25, "-1.2")]
)
def test_a_change_has_its_sign_and_nothing_has_none(value: float, text: str) -> None:
    assert translations.format_signed(value, 1) == text


def test_texts_kept_by_language_fall_back() -> None:
    texts = {"he": "שלום", "en": "Hello", "ar": ""}
    assert [translations.localised(texts, language) for language in LANGUAGES] == ["שלום", "שלום", "Hello", "שלום"]
    assert translations.localised({"ru": "Привет"}, "en") == "Привет"
    assert translations.localised(None) == translations.localised({}) == ""


def test_isolates_close_what_they_open() -> None:
    assert translations.isolate("abc") == "\u2068abc\u2069"
    assert translations.isolate_ltr(-5) == "\u2066-5\u2069"
