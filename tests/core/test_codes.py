"""Short codes: the check digit, what is forgiven, what is no code of ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.outreach import codes

payloads = st.from_regex(r"[1-9][0-9]{4}|[1-9][0-9]{6}", fullmatch=True)


def whole(digits: str) -> str:
    return digits + codes.check_digit(digits)


def test_the_check_digit_is_damm_s() -> None:
    assert codes.check_digit("572") == "4"  # the example of the published description


@given(payloads)
def test_every_single_wrong_digit_and_every_swap_of_neighbours_is_caught(digits: str) -> None:
    code = whole(digits)
    assert codes.is_sound(code)
    wrong = [
        code[:place] + other + code[place + 1 :]
        for place in range(len(code))
        for other in "0123456789"
        if other != code[place]
    ]
    swapped = [
        code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        for place in range(len(code) - 1)
        if code[place] != code[place + 1]
    ]
    assert not any(codes.is_sound(one) for one in wrong + swapped)


@pytest.mark.parametrize(
    "typed", ["482916", "482 916", " 482-916 ", "482–916", "٤٨٢ ٩١٦", "۴۸۲۹۱۶", "4 8 2 9 1 6", "\u200e482916\u200f"]
)
def test_what_people_type_is_forgiven(typed: str) -> None:
    assert codes.plain(typed) == "482916"


@pytest.mark.parametrize(("typed", "left"), [("48a916", "48a916"), ("", ""), ("½", "½"), ("9" * 100, "9" * 40)])
def test_what_is_no_code_stays_visible(typed: str, left: str) -> None:
    assert codes.plain(typed) == left
    assert not codes.is_sound(left)


def test_an_address_names_a_code_alone_or_in_our_groups() -> None:
    code = whole("48291")
    assert [codes.as_written(text) for text in (code, codes.grouped(code), f"{code[:3]}-{code[3:]}")] == [code] * 3
    assert codes.as_written(f"{code[:2]}-{code[2:]}") == ""  # a bank and its branch
    assert codes.as_written(code[:-1]) == ""


def test_a_minted_code_is_sound_free_and_begins_with_no_nought() -> None:
    seen: set[str] = set()
    for _time in range(500):
        code = codes.mint(seen.__contains__)
        assert codes.is_sound(code)
        assert code[0] != "0"
        assert code not in seen
        seen.add(code)


def test_longer_codes_follow_when_the_short_ones_are_used_up() -> None:
    assert len(codes.mint(lambda code: len(code) == 6)) == 8
    with pytest.raises(RuntimeError):
        codes.mint(lambda code: True)


def test_a_code_is_read_in_two_groups() -> None:
    assert codes.grouped("482916") == "482 916"
    assert codes.grouped("48291603") == "4829 1603"
