"""The words of the demo bank: plainly written, enough of them, and in agreement with the numbers beside them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from forms.questionnaire.definition import COMMENT
from survey_app.demo import files, filled, shops
from survey_app.demo.words import GOOD, Commentator, Visit, mood_of
from tests.support.clocks import MOMENT
from tests.support.truth import Simulated, simulate
from translations import LANGUAGES

#: Words of the names of real banks in Israel; none may stand in the demo's.
REAL_BANKS = (
    "הפועלים", "לאומי", "דיסקונט", "מזרחי טפחות", "הבינלאומי", "בנק ירושלים", "יהב", "מסד", "מרכנתיל", "אגוד",
    "אוצר החייל", "פאגי", "יובנק", "בנק אש", "וואן זירו", "סיטיבנק", "דקסיה", "הדואר",
)  # fmt: skip
NIKUD = re.compile("[\u0591-\u05bd\u05bf-\u05c7]")
SLASH = re.compile(r"[א-ת]/[א-ת]")
#: Seven digits or more, however they are grouped: an account or a telephone number.
LONG_NUMBER = re.compile(r"(?:\d[ -]?){7,}")


@pytest.fixture(scope="module")
def simulated() -> Simulated:
    return simulate(60, 15, 7)


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts_of(one)


DOCUMENTS = ["bank", "names", "scenarios", "shops", "voices", *(f"comments_{language}" for language in LANGUAGES)]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_texts_are_plainly_written(name: str) -> None:
    texts = list(texts_of(files.document(name)))
    assert texts
    assert not [text for text in texts if NIKUD.search(text)]
    assert not [text for text in texts if SLASH.search(text)]
    assert not [text for text in texts if any(bank in text for bank in REAL_BANKS)]
    if name != "bank":
        assert not [text for text in texts if LONG_NUMBER.search(text)]


def test_there_are_enough_of_them() -> None:
    def distinct(name: str) -> int:
        return len(set(texts_of(files.document(name))))

    assert distinct("comments_he") >= 150
    assert all(distinct(f"comments_{language}") >= 25 for language in ("ar", "ru", "en"))
    assert distinct("shops") >= 100
    for scenario in files.document("scenarios"):
        assert set(scenario["title"]) == set(scenario["briefing"]) == set(LANGUAGES)


@pytest.fixture(scope="module")
def customers(simulated: Simulated) -> list[filled.Filled]:
    return list(filled.surveys(simulated.bank, simulated.truth, simulated.surveys, MOMENT))


def test_comments_agree_with_the_answers_beside_them(customers: list[filled.Filled]) -> None:
    reasons = files.document("comments_he")["reasons"]
    by_mood = {
        mood: [text for theme in reasons.values() for text in theme.get(mood, []) if "{" not in text]
        for mood in ("good", "bad")
    }
    commented = [one for one in customers if "pv12" in one.answers and one.language == "he"]
    assert len(commented) > 2000
    for one in commented:
        satisfied, recommends = (one.answers.get(code, -1) for code in ("pv1", "pv8"))
        mood = mood_of(*(value if isinstance(value, int) else -1 for value in (satisfied, recommends)))
        against = by_mood["bad"] if mood == GOOD else by_mood["good"]
        assert not [text for text in against if text in one.answers["pv12"]], (mood, one.answers)


def test_a_branch_does_not_hear_the_same_words_over_and_over(customers: list[filled.Filled]) -> None:
    said: dict[int, Counter[str]] = {}
    for one in customers:
        if one.language == "he" and "pv12" in one.answers:
            said.setdefault(one.branch, Counter())[one.answers["pv12"]] += 1
    for counts in said.values():
        assert counts.most_common(1)[0][1] <= max(5, counts.total() // 8)


def test_everything_said_is_filled_in(customers: list[filled.Filled]) -> None:
    words = [one.answers[code] for one in customers for code in ("pv9", "pv12") if code in one.answers]
    assert not [text for text in words if "{" in text or "  " in text or ".." in text.replace("...", "")]
    assert not [text for text in words if LONG_NUMBER.search(text)]


def test_a_report_in_words_says_what_its_items_say(simulated: Simulated) -> None:
    texts = files.document("shops")
    for visit in shops.draw(simulated.bank, simulated.truth, MOMENT):
        answers = visit.filled.answers
        for part, item in (("greeting", "B1"), ("cost", "D2"), ("closing", "F1"), ("playback", "C3")):
            other = {"yes": "no", "no": "yes"}.get(answers[item])
            assert not [text for text in texts[part].get(other, ()) if text in answers["N1"]]
        assert answers["time_in"] in answers["N1"]
        assert answers["time_in"] < answers["time_out"]
        assert all(answers.get(code) != "no" or code + COMMENT in answers for code in shops.CRITICAL)


def test_a_commentator_thanks_only_whom_it_knows() -> None:
    writer = Commentator(Random(1))
    words = [writer.reason(Visit(GOOD, {"courtesy": 1.0}, "he", 1)) for _attempt in range(300)]
    assert not [text for text in words if "תודה ל " in text or "ל," in text]
