"""Sentences: METHOD's Hebrew, and values that no right-to-left line can tear apart."""

from __future__ import annotations

from typing import Any

import pytest

from reports import opening, wording
from reports.policy import Policy
from translations import LRI, PDI, speaking

SETTINGS: dict[str, Any] = {
    "minimums": {"surveys": 10, "shops": 3, "profit_months": 6},
    "windows": {"surveys": {"months": 3}, "shops": {"months": 12}, "one": {"months": 1}, "two": {"months": 2}},
}


def place(median: int | None, low: int | None, high: int | None, of: int | None, wide: bool | None) -> dict[str, Any]:
    return {"rank": {"median": median, "low": low, "high": high, "of": of, "wide": wide}, "sensitivity": []}


HEBREW = [
    (lambda: wording.rank(place(4, 2, 9, 52, False)), "מקום 4 מתוך 52; סביר שהמקום האמיתי בין 2 ל־9"),
    (lambda: wording.rank(place(20, 2, 45, 52, True)), "החודש אי אפשר לקבוע את מקום הסניף"),
    (lambda: wording.tier("leading"), "ככל הנראה ברבע העליון"),
    (lambda: wording.tier("trailing"), "ככל הנראה ברבע התחתון"),
    (lambda: wording.tier("not_told_apart"), "לא נמצא הבדל ברור מהאחרים (אין פירושו ממוצע)"),
    (lambda: wording.quadrant("high_low", 84.2), "סיכוי של 84% שגם השירות גבוה וגם הרווחיות נמוכה"),
    (lambda: wording.quadrant(None, 61.0), "אי אפשר לשייך לרביע אחד"),
    (lambda: wording.reliability(74), "דרושות עוד כ־80 תשובות כדי להבחין בין הסניף לאחרים"),
    (
        lambda: wording.shrinkage({"n": 24, "csat": 96.0, "shrunken": 88.0}),
        "24 תשובות בלבד: הציון הותאם מ־96 ל־88, לכיוון ממוצע הבנק",
    ),
    (wording.signal, "שינוי חריג; בממוצע עד אחד מעשרה סימונים כאלה מקרי"),
]


@pytest.mark.parametrize(("said", "sentence"), HEBREW, ids=[sentence for _, sentence in HEBREW])
def test_the_methods_own_sentences(said: Any, sentence: str) -> None:
    assert said() == sentence


def test_english() -> None:
    with speaking("en"):
        said = wording.rank(place(4, 2, 9, 52, False))
        assert said == "Place 4 of 52; the true place is probably between 2 and 9"
        assert wording.rank(place(None, None, None, None, None)) == "Not in the ranking"
        assert wording.rank(place(None, 1, 8, 8, True)) == "This month the branch's place cannot be told"


def test_every_hebrew_sentence_is_hebrew() -> None:
    """No msgid leaks into the Hebrew page."""
    texts = [
        *(wording.why_hidden(code) for code in wording._HIDDEN),
        *(wording.why({"why": code, "n": 4}, SETTINGS) for code in wording._BASES),
        *wording.held_back(list(wording._GATES)),
        *(wording.status({"code": code, "month": "2026-10", "into": "017"}) for code in wording._STATUS),
        *(wording.quadrant(code, 90) for code in wording._QUADRANTS),
        *(wording.quadrant_name(code) for code in wording._QUADRANTS),
        *(absent() for absent in opening._ABSENT.values()),
        *(text("א", "ב") for code, text in opening._REFERENCE.items() if code != "none"),
    ]
    for text in texts:
        assert not any("a" <= letter.lower() <= "z" for letter in text), text
        assert any("א" <= letter <= "ת" for letter in text), text


def test_signed_numbers_and_ranges_are_isolated() -> None:
    assert wording.value(-12.5, 1) == f"{LRI}-12.5{PDI}"
    assert wording.value(12.5, 1) == "12.5"
    assert wording.value(1234567) == "1,234,567"
    assert wording.span("2", "9") == f"{LRI}2–9{PDI}"
    change = {"measure": "nps", "before": 12, "now": -8}
    assert f"{LRI}-8{PDI}" in wording.change(change)


def test_small_moves_are_not_spoken_of() -> None:
    assert wording.shrinkage({"n": 300, "csat": 88.4, "shrunken": 88.0}) == ""
    assert wording.shrinkage({"n": 3, "csat": None, "shrunken": None}) == ""
    moved = wording.shrinkage({"n": 24, "csat": 88.49, "shrunken": 87.5})
    assert moved == ""
    with speaking("en"):
        assert "from 88 to 87" in wording.shrinkage({"n": 24, "csat": 88.4, "shrunken": 87.3}, toward="branch")


def test_estimates_do_not_look_exact() -> None:
    assert [wording.about(n) for n in (1, 9, 10, 11, 74, 99, 100, 101, 745, 12345)] == [
        1, 9, 10, 20, 80, 100, 100, 110, 750, 13000,
    ]  # fmt: skip
    assert wording.reliability(0) == ""
    assert wording.reliability(None) == ""


def test_nothing_uncertain_is_called_certain() -> None:
    assert wording.percent(99.8) == "99%"
    assert wording.percent(0.2) == "1%"
    assert (wording.percent(100), wording.percent(0)) == ("100%", "0%")
    # All draws or none of them: still no certainty.
    with speaking("en"):
        assert [wording.chance(one) for one in (100, 99.5, 0, 84.2)] == [
            "more than 99%", "more than 99%", "less than 1%", "84%",
        ]  # fmt: skip
        sure = {"group": "Large", "wide": False, "median": 4, "low": 4, "high": 4, "of": 4}
        assert wording.peer(sure).endswith("hardly any other")


def test_why_names_the_base() -> None:
    with speaking("en"):
        few = {"why": "few_responses", "n": 4}
        assert wording.why(few, SETTINGS) == "Hidden: too few responses (4; 10 are needed)"
        assert wording.why({"why": "few_months", "months": 5}, SETTINGS) == (
            "Profit of too few months (5; 6 are needed)"
        )
        assert wording.why({"why": None}, SETTINGS) == ""


def test_windows_in_headers() -> None:
    assert [opening.window(SETTINGS, name) for name in ("one", "two", "surveys")] == ["חודש אחד", "חודשיים", "3 חודשים"]


def test_the_opening_accounts_for_every_branch() -> None:
    overall = {
        "code": "told_apart", "branches": 60, "ranked": 55, "leading": 5, "trailing": 6, "not_told_apart": 44,
        "hidden": {"closed": 1, "few_responses": 4}, "mean_interval": 30.4, "under_floor": 2,
        "components": {"surveys": True, "shops": False, "profit": True},
    }  # fmt: skip
    with speaking("en"):
        assert opening.opening({"overall": overall}) == [
            "Probably in the top quarter: 5; probably in the bottom quarter: 6; no clear difference found: 44",
            "On average a branch's true place lies somewhere among 30 places of 55",
            "Mystery shops do not tell the branches apart and do not count in this month's ranking",
            "2 branches are probably under the service floor",
        ]
        assert opening.accounting({"overall": overall}) == [
            "Branches: 60",
            "In the ranking: 55",
            "The branch is closed: 1",
            "Not enough responses and mystery visits for a ranking: 4",
        ]


def test_sensitivity_in_words() -> None:
    row = {**place(4, 2, 9, 52, False), "sensitivity": [{"median": 3}, {"median": 7}]}
    with speaking("en"):
        assert f"{LRI}3–7{PDI}" in wording.sensitivity(row)
        assert wording.sensitivity(place(4, 2, 9, 52, False)) == ""
        same = {**row, "sensitivity": [{"median": 4}, {"median": 4}]}
        assert "stays the same" in wording.sensitivity(same)


def test_other_rates_of_chance() -> None:
    with speaking("en"):
        assert wording.signal(Policy(change_q=0.2).change_q).endswith("up to 20% of such marks are chance")
