"""How values are set in a page: isolated, signed, prefixed, never torn apart by the direction of the line."""

from __future__ import annotations

from datetime import date

import pytest
from markupsafe import Markup

from survey_app.web import templating as words
from translations import speaking


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (words.signed(-12.5, 1), '<bdi dir="ltr">-12.5</bdi>'),
        (words.signed(3), '<bdi dir="ltr">+3</bdi>'),
        (words.signed(0), '<bdi dir="ltr">0</bdi>'),
        (words.signed_percent(-0.42), '<bdi dir="ltr">-0.4%</bdi>'),
        (words.percent(84.6), '<bdi dir="ltr">85%</bdi>'),
        (words.span(2, 9), '<bdi dir="ltr">2–9</bdi>'),
        (words.number(1234567), "1,234,567"),
        (words.number(-3.25, 1), '<bdi dir="ltr">-3.2</bdi>'),
        (words.money(5271360), '<bdi dir="ltr">5,271,360\u00a0₪</bdi>'),
        (words.bdi("<b>"), "<bdi>&lt;b&gt;</bdi>"),
        (words.month("2026-10"), "אוקטובר 2026"),
        (words.day(date(2026, 3, 9)), "9.3.2026"),
    ],
)
def test_values(value: str, expected: str) -> None:
    assert value == expected


@pytest.mark.parametrize("filter_", [words.number, words.signed, words.percent, words.signed_percent, words.money])
def test_no_value_is_a_dash(filter_: object) -> None:
    assert filter_(None) == words.NONE  # type: ignore[operator]
    assert words.span(None, 3) == words.NONE


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("חיפה", "ב<bdi>חיפה</bdi>"),
        ("Visa", "ב־<bdi>Visa</bdi>"),
        ("9.3.2026", "ב־<bdi>9.3.2026</bdi>"),
        ("", "ב־<bdi></bdi>"),
    ],
)
def test_a_hebrew_prefix_takes_a_maqaf_before_what_is_not_hebrew(value: str, expected: str) -> None:
    assert words.he_prefix(value, "ב") == expected


def test_messages_escape_what_they_are_given() -> None:
    with speaking("en"):
        assert words.gettext("Branch %(code)s", code="<b>") == "Branch &lt;b&gt;"
        assert words.gettext("Branch %(code)s", code=Markup("<b>1</b>")) == "Branch <b>1</b>"
        assert words.ngettext("%(num)s branch", "%(num)s branches", 2000) == "2,000 branches"


def test_hebrew_counts_have_their_own_two() -> None:
    assert words.ngettext("%(num)s branch", "%(num)s branches", 1) == "סניף אחד"
    assert words.ngettext("%(num)s branch", "%(num)s branches", 2) == "שני סניפים"
    assert words.ngettext("%(num)s branch", "%(num)s branches", 20) == "20 סניפים"
