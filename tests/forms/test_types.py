"""Each question type: what may be typed, what is stored, how it reads."""

from __future__ import annotations

from typing import Any

import pytest

from forms.questionnaire import library
from forms.questionnaire.advice.effort import ANSWER_SECONDS
from forms.questionnaire.exchange.answers.variables import SORTS
from forms.questionnaire.names import TYPE_NAMES
from forms.questionnaire.parts import GROUP, Question
from forms.questionnaire.types import TYPES, display, quoted
from tests.forms.samples import asked, he, question, questionnaire
from translations import direction, speaking

CHOICES = [
    {"value": "a", "text": {"he": "אלף", "en": "Alpha"}},
    {"value": "b", "text": he("בית")},
    {"value": 3, "text": he("שלוש")},
]


def made(kind: str, **more: Any) -> Question:
    return questionnaire(asked(question("q", kind, **more))).by_code["q"]


READS: list[tuple[Question, list[str], Any]] = [
    (made("scale", scale="nps11"), ["0"], 0),
    (made("scale", scale="nps11"), ["10"], 10),
    (made("scale", scale="nps11"), ["dk"], "dk"),
    (made("scale", scale="nps11"), [], None),
    (made("scale", scale="nps11"), [""], None),
    (made("item", scale="ynna"), ["na"], "na"),
    (made("single", choices=CHOICES), ["3"], 3),
    (made("single", choices=CHOICES), ["a"], "a"),
    (made("multiple", choices=CHOICES), ["3", "a", "a"], ["a", 3]),
    (made("multiple", choices=CHOICES), [], None),
    (made("text", max_chars=5), ["  שלום\r\n"], "שלום"),
    (made("text", max_chars=5), ["א\r\nב\r\nג"], "א\nב\nג"),
    (made("text"), ["a\x00b\x07"], "ab"),
    (made("text"), [" \n "], None),
    (made("checkbox"), ["y"], True),
    (made("checkbox"), [], None),
    (made("checkbox"), [""], None),
    (made("minutes"), ["0"], 0),
    (made("minutes"), [" 12 "], 12),
    (made("minutes"), ["١٢"], 12),
    (made("minutes"), ["\u200f7\u200f"], 7),
    (made("int"), ["9999"], 9999),
    (made("int", min=-5, max=5), ["-5"], -5),
    (made("date"), ["2026-03-09"], "2026-03-09"),
    (made("date"), ["9.3.2026"], "2026-03-09"),
    (made("date"), ["09/03/2026"], "2026-03-09"),
    (made("date"), ["29.2.2028"], "2028-02-29"),
    (made("date"), [""], None),
    (made("time"), ["9:05"], "09:05"),
    (made("time"), ["23:59:59"], "23:59"),
    (made("datetime"), ["2026-03-09T14:30"], "2026-03-09T14:30"),
    (made("datetime"), ["9.3.2026 14:30"], "2026-03-09T14:30"),
    (made("datetime"), ["9.3.2026, 7:05"], "2026-03-09T07:05"),
    (made("phone"), ["050-234-5678"], "+972502345678"),
    (made("phone"), ["\u2066+972 50 234 5678\u2069"], "+972502345678"),
    (made("phone"), ["03-1234567"], "+97231234567"),
    (made("phone"), ["+44 20 7946 0958"], "+442079460958"),
]


@pytest.mark.parametrize(("asked_question", "typed", "stored"), READS)
def test_what_is_typed_is_stored(asked_question: Question, typed: list[str], stored: Any) -> None:
    found = TYPES[asked_question.type].parse(asked_question, typed)
    assert found == stored
    assert type(found) is type(stored)


REFUSED: list[tuple[Question, str, str]] = [
    (made("scale", scale="nps11"), "11", "answers listed"),
    (made("scale", scale="nps11"), "-1", "answers listed"),
    (made("scale", scale="nps11"), "5.0", "answers listed"),
    (made("scale", scale="sat5"), "0", "answers listed"),
    (made("item", scale="ynna"), "maybe", "answers listed"),
    (made("single", choices=CHOICES), "c", "answers listed"),
    (made("multiple", choices=CHOICES), "c", "answers listed"),
    (made("text", max_chars=5), "ששששש!", "at most 5 characters; there are 6"),
    (made("minutes"), "five", "whole number"),
    (made("minutes"), "2.5", "whole number"),
    (made("minutes"), "-1", "between"),
    (made("minutes"), "601", "between"),
    (made("minutes"), "9" * 400, "whole number"),
    (made("int", min=1, max=3), "4", "between"),
    (made("date"), "31.2.2026", "day, month and year"),
    (made("date"), "2026-13-01", "day, month and year"),
    (made("date"), "9.3.26", "day, month and year"),
    (made("date"), "yesterday", "day, month and year"),
    (made("date"), "1.1.0001", "day, month and year"),
    (made("time"), "24:00", "hours and minutes"),
    (made("time"), "9", "hours and minutes"),
    (made("datetime"), "9.3.2026", "date and a time"),
    (made("datetime"), "31.2.2026 10:00", "date and a time"),
    (made("phone"), "12345", "full phone number"),
    (made("phone"), "call me", "full phone number"),
    (made("phone"), "050-234-567", "full phone number"),
    (made("ref"), "S1", "answers listed"),
]


@pytest.mark.parametrize(("asked_question", "typed", "words"), REFUSED)
def test_what_cannot_be_stored_is_refused_with_a_reason(asked_question: Question, typed: str, words: str) -> None:
    with speaking("en"), pytest.raises(ValueError, match=words):
        TYPES[asked_question.type].parse(asked_question, [typed])


@pytest.mark.parametrize(("asked_question", "typed", "stored"), [case for case in READS if case[2] is not None])
def test_every_stored_answer_can_be_read_by_people(asked_question: Question, typed: list[str], stored: Any) -> None:
    for language in ("he", "en", "ar", "ru"):
        assert display(asked_question, stored, language)


@pytest.mark.parametrize(
    ("asked_question", "stored", "language", "shown"),
    [
        (made("scale", scale="nps11"), 10, "he", "10 (נכונות רבה)"),
        (made("scale", scale="nps11"), 7, "he", "7"),
        (made("scale", scale="nps11"), "dk", "he", "קשה לומר"),
        (made("item", scale="ynna"), "na", "en", "Not applicable"),
        (made("multiple", choices=CHOICES), ["a", 3], "en", "Alpha, 3 (שלוש)"),
        (made("date"), "2026-03-09", "he", "9.3.2026"),
        (made("datetime"), "2026-03-09T14:30", "he", "9.3.2026 14:30"),
        (made("phone"), "+972502345678", "he", "050-234-5678"),
        (made("phone"), "+442079460958", "he", "+44 20 7946 0958"),
        (made("text"), None, "he", ""),
        (made("single", choices=CHOICES), "retired", "he", "retired"),
    ],
)
def test_display(asked_question: Question, stored: Any, language: str, shown: str) -> None:
    assert display(asked_question, stored, language) == shown


def test_display_leaves_the_readers_language_alone() -> None:
    display(made("date"), "2026-03-09", "en")
    assert direction() == "rtl"


def test_an_answer_is_quoted_by_its_words_and_by_its_number_only_where_that_is_what_was_shown() -> None:
    visit = library.load("post_visit_branch")
    assert quoted(visit.by_code["pv1"], 2, "he") == "לא כל כך מרוצה"
    assert quoted(visit.by_code["pv8"], 7, "he") == display(visit.by_code["pv8"], 7, "he")
    assert quoted(visit.by_code["pv2"], "cash", "he") == display(visit.by_code["pv2"], "cash", "he")
    assert quoted(visit.by_code["pv1"], None, "he") == ""


def test_the_tables_of_types_leave_none_out() -> None:
    """Contact never leaves, a note has no answer, and statements leave one by one."""
    assert set(TYPE_NAMES) == set(TYPES)
    assert set(ANSWER_SECONDS) == set(TYPES)
    assert set(TYPES) - set(SORTS) == {"email", "phone", "note", GROUP}
