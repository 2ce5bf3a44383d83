"""Numbers in one spelling, and how each can be reached."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.outreach import addresses
from survey_app.outreach.phones import CALLS_ONLY, normal, reach
from survey_app.outreach.policy import Outreach


@pytest.mark.parametrize(
    "text",
    [
        "0541234567", "054-123-4567", "054 1234567", "(054) 123-4567", "+972 54 123 4567", "+972-(0)54-1234567",
        "972541234567", "972-54-1234567", "00972541234567", "541234567", "541234567.0", "\u200f054-1234567\u200e",
        "٠٥٤١٢٣٤٥٦٧", "tel:+972541234567",
    ],
)  # fmt: skip
def test_one_number_has_one_spelling(text: str) -> None:
    assert normal(text) == "+972541234567"


@pytest.mark.parametrize(
    "text",
    ["", "-", "abc", "12", "0500000000", "000000000", "5555555555", "*2700", "1-800-123456", "1700123456", "100",
     "054123456", "05412345678", "054-1234567 ext 3", "9" * 100, "+999123456789", "031234567;034567890"],
)  # fmt: skip
def test_what_is_no_number_of_a_person(text: str) -> None:
    assert normal(text) is None


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("0541234567", "sms"), ("0501234567", "sms"), ("0591234567", "sms"), ("03-1234567", "phone"),
        ("02-8001234", "phone"), ("077-1234567", "phone"), ("073-1234567", "phone"), ("0548412345", "phone"),
        ("0504112345", "phone"), ("0527612345", "phone"), ("0583212345", "phone"), ("0583112345", "sms"),
        ("+44 7911 123456", "sms"), ("+44 20 7183 8750", "phone"), ("+1 415 555 2671", "sms"),
    ],
)  # fmt: skip
def test_how_a_number_is_reached(text: str, by: str) -> None:
    number = normal(text)
    assert number is not None
    assert reach(number) == by


def test_the_organisation_adds_prefixes_of_its_own() -> None:
    policy = Outreach.load({"telephone_only_prefixes": ["05312", "+447911"]})
    assert reach("+972531234567") == "sms"
    assert reach("+972531234567", policy.telephone_only_prefixes) == "phone"
    assert reach("+447911123456", policy.telephone_only_prefixes) == "phone"
    assert [place for place, _message in Outreach(telephone_only_prefixes=("x",)).problems()] == [
        "telephone_only_prefixes"
    ]


def test_nothing_reaches_nobody() -> None:
    assert reach("") == reach("+9991") == reach("garbage") == "none"


@pytest.mark.parametrize("prefix", CALLS_ONLY)
def test_every_prefix_is_of_a_mobile_number(prefix: str) -> None:
    number = normal(prefix.ljust(10, "1"))
    assert number is not None
    assert reach(number) == "phone"


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_none(text: str) -> None:
    number = normal(text)
    assert number is None or (normal(number) == number and number.startswith("+"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" \u200eDana@Example.COM ", "dana@example.com"),
        ("mailto:a@b.co.il", "a@b.co.il"),
        ("dana@דואר.ישראל", "dana@דואר.ישראל"),
        ("a@b", None), ("a b@c.com", None), ("a..b@c.com", None), ("@c.com", None), ("<a@b.com>", None),
        ("a@b.com, c@d.com", None), ("x" * 260 + "@a.com", None),
    ],
)  # fmt: skip
def test_e_mail(text: str, found: str | None) -> None:
    assert addresses.email(text) == found


def test_addresses_of_every_sort() -> None:
    assert addresses.every(["ref: C-1", "054-1234567", "A@b.com", "a@B.com", "?", "ref:"]) == [
        "+972541234567",
        "a@b.com",
        "ref:C-1",
    ]
    assert addresses.of("C-1", "+972541234567", "") == ["ref:C-1", "+972541234567"]
    assert addresses.of(None, "", "") == []


@pytest.mark.parametrize("address", ["+972541234567", "dana.cohen@example.com"])
def test_a_masked_address_cannot_be_used(address: str) -> None:
    assert addresses.normal(addresses.masked(address)) is None
    assert address not in addresses.masked(address)
