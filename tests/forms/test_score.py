"""Scores of one response: the published example, the edges, and properties over random questionnaires."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.questionnaire import library
from forms.questionnaire.definition import Choice, Questionnaire
from forms.questionnaire.rules import kept, shown
from forms.questionnaire.score import half_up, score
from tests.forms.samples import asked, item, question, questionnaire, scored


@pytest.mark.parametrize(
    ("value", "expected"),
    [((1, 2), 1), ((-1, 2), 0), ((3, 2), 2), ((-3, 2), -1), ((1, 3), 0), ((2, 3), 1), ((7, 1), 7), ((15375, 2), 7688)],
)
def test_halves_go_up(value: tuple[int, int], expected: int) -> None:
    assert half_up(Fraction(*value)) == expected


FOUR = questionnaire(
    scored("A", item("A1", 15), item("A2", 5)),
    scored("B", item("B1", 24), item("B2", 6)),
    scored("C", *(item(f"C{number}", 6) for number in range(1, 6))),
    scored("D", item("D1", 20)),
)
THREE_QUARTERS = {"A1": "yes", "A2": "no", "B1": "yes", "B2": "no"} | {
    "C1": "yes",
    "C2": "yes",
    "C3": "yes",
    "C4": "no",
    "C5": "na",
}


def test_the_published_example_gives_76_875() -> None:
    """Sections of 20, 30 and 30 earn .75, .80 and .75; a fourth of 20 is not applicable: 76.875, kept as 7688."""
    card = score(FOUR, THREE_QUARTERS | {"D1": "na"}, {})
    assert card.sections == {"A": 7500, "B": 8000, "C": 7500}
    assert card.total == card.lines["total:1"] == 7688
    assert card.na_share == 0.26


def test_an_empty_section_is_like_one_not_applicable() -> None:
    assert score(FOUR, THREE_QUARTERS, {}).lines == score(FOUR, THREE_QUARTERS | {"D1": "na"}, {}).lines


def test_the_total_is_made_of_exact_sections() -> None:
    """Thirds: rounding the sections first would give 6666 or 6667 by luck; the total is the exact mean of both."""
    thirds = questionnaire(
        scored("A", *(item(f"A{number}", 1) for number in range(3))),
        scored("B", *(item(f"B{number}", 1) for number in range(3))),
    )
    answers = {"A0": "yes", "A1": "no", "A2": "no", "B0": "yes", "B1": "yes", "B2": "no"}
    card = score(thirds, answers, {})
    assert card.sections == {"A": 3333, "B": 6667}
    assert card.total == 5000


SHOP = library.load("branch_mystery_visit")
ALL_YES: dict[str, Any] = {one.code: "yes" for one in SHOP.scored_questions} | {"B3": 3}
ACCOUNT = {"scenario": {"has_account": True, "has_appointment": False}}


def test_a_perfect_visit() -> None:
    card = score(SHOP, ALL_YES, ACCOUNT)
    assert card.total == 10000
    assert set(card.sections.values()) == {10000}
    assert card.lines["critical:1"] == 0
    assert card.unanswered == ()
    assert card.na_share == 0.02, "B4 is not applicable after a short wait"


@pytest.mark.parametrize(("minutes", "earned"), [(0, 4), (5, 4), (6, 3), (10, 3), (11, 1), (20, 1), (21, 0), (600, 0)])
def test_bands(minutes: int, earned: int) -> None:
    assert score(SHOP, ALL_YES | {"B3": minutes}, ACCOUNT).items["B3"] == earned * 2500


@pytest.mark.parametrize("minutes", [0, 10])
def test_a_rule_takes_an_item_out_whatever_was_answered(minutes: int) -> None:
    card = score(SHOP, ALL_YES | {"B3": minutes, "B4": "no"}, ACCOUNT)
    assert "B4" not in card.items
    assert score(SHOP, ALL_YES | {"B3": 11, "B4": "no"}, ACCOUNT).items["B4"] == 0


def test_the_scenario_takes_items_out() -> None:
    answers = ALL_YES | {"B5": "no", "E3": "no"}
    assert score(SHOP, answers, ACCOUNT).critical_failed == ("B5", "E3")
    neither = {"scenario": {"has_account": False, "has_appointment": True}}
    assert score(SHOP, answers, neither).critical_failed == ()
    assert {"B5", "E3"}.isdisjoint(score(SHOP, answers, neither).items)


def test_critical_failures_are_flags_and_never_zero_a_score() -> None:
    card = score(SHOP, ALL_YES | {"A2": "no", "D2": "no", "E1": "na"}, ACCOUNT)
    assert card.critical_failed == ("A2", "D2")
    assert card.lines["critical:1"] == 200
    assert card.sections["A"] == 7000
    assert 0 < (card.total or 0) < 10000


def test_a_critical_item_that_earns_little_has_not_failed() -> None:
    bands = [{"max": 5, "points": 4}, {"max": 9, "points": 1}, {"max": None, "points": 0}]
    shop = questionnaire(scored("A", question("A1", "minutes", points=4, bands=bands, critical=True)))
    assert [score(shop, {"A1": value}, {}).critical_failed for value in (5, 9, 10)] == [(), (), ("A1",)]


def test_an_answer_outside_the_scale_earns_nothing_even_with_a_score() -> None:
    shop = questionnaire(scored("A", item("A1", 4), item("A2", 4)))
    outside = replace(shop.scales["ynna"], extra=(Choice("na", {"he": "לא רלוונטי"}, 100),))
    section = shop.sections[0]
    marked = replace(shop, sections=(replace(section, questions=(replace(section.questions[0], scale=outside),)),))
    assert score(marked, {"A1": "na"}, {}).total is None


def test_a_critical_rule_over_two_answers() -> None:
    call = library.load("contact_centre_mystery_call")
    answers: dict[str, Any] = {one.code: "yes" for one in call.scored_questions} | {"A1": 7}
    assert score(call, answers | {"topic": "fault"}, ACCOUNT).critical_failed == ("A1",)
    assert score(call, answers | {"topic": "information"}, ACCOUNT).critical_failed == ()
    assert score(call, answers | {"topic": "fault", "A1": 6}, ACCOUNT).critical_failed == ()
    assert score(call, answers, ACCOUNT).critical_failed == (), "no topic, no rule"


def test_a_voided_visit_counts_nowhere() -> None:
    card = score(SHOP, ALL_YES | {"N3": True}, ACCOUNT)
    assert card.voided
    assert card.lines == {}
    assert card.total == 10000, "what was seen can still be read"


def test_what_was_not_judged_is_measured() -> None:
    answers = {code: value for code, value in ALL_YES.items() if not code.startswith("C")} | {"D1": "na"}
    card = score(SHOP, answers, ACCOUNT)
    assert card.na_share == 0.29, "20 points left empty, 7 not applicable, 2 by rule"
    assert card.unanswered == ("C1", "C2", "C3", "C4", "C5")
    assert "F5" not in score(SHOP, {}, ACCOUNT).unanswered, "it is answered later"


def test_nothing_judged_gives_no_score() -> None:
    card = score(SHOP, {}, ACCOUNT)
    assert card.total is None
    assert card.lines == {}
    assert card.critical_failed == ()
    assert card.na_share == 1.0


SURVEY = library.load("post_visit_branch")


@pytest.mark.parametrize(
    ("answers", "lines"),
    [
        ({"pv1": 1}, {"csat:1": 0, "question.pv1:1": 0}),
        ({"pv1": 3}, {"csat:1": 0, "question.pv1:1": 5000}),
        ({"pv1": 4}, {"csat:1": 10000, "question.pv1:1": 7500}),
        ({"pv1": 5}, {"csat:1": 10000, "question.pv1:1": 10000}),
        ({"pv8": 0}, {"nps:1": -10000, "question.pv8:1": 0}),
        ({"pv8": 6}, {"nps:1": -10000, "question.pv8:1": 6000}),
        ({"pv8": 7}, {"nps:1": 0, "question.pv8:1": 7000}),
        ({"pv8": 8}, {"nps:1": 0, "question.pv8:1": 8000}),
        ({"pv8": 9}, {"nps:1": 10000, "question.pv8:1": 9000}),
        ({"pv8": 10}, {"nps:1": 10000, "question.pv8:1": 10000}),
        ({"pv7": 1}, {"ease:1": 0, "question.pv7:1": 0}),
        ({"pv7": 2}, {"ease:1": 1667, "question.pv7:1": 1667}),
        ({"pv7": 7}, {"ease:1": 10000, "question.pv7:1": 10000}),
        ({"pv5": 2}, {"question.pv5:1": 2500}),
        ({"pv1": "dk", "pv7": "dk", "pv8": "dk"}, {}),
        ({"pv2": "cash", "pv10": "handled", "pv9": "מילים"}, {}),
        ({}, {}),
    ],
)
def test_measures_of_a_survey(answers: dict[str, Any], lines: dict[str, int]) -> None:
    card = score(SURVEY, answers, {"link": "personal"})
    assert card.lines == lines
    assert card.total is None
    assert card.line_codes("post_visit_branch") == {f"post_visit_branch:{line}": value for line, value in lines.items()}


def test_a_new_series_is_a_new_line() -> None:
    survey = questionnaire(asked(question("a", "scale", scale="sat5", measure="csat", series="2")))
    assert score(survey, {"a": 5}, {}).lines == {"question.a:2": 10000, "csat:2": 10000}


def test_a_value_that_is_none_of_the_scale_scores_nothing() -> None:
    for value in (0, 6, "5", True, [5], "yes"):
        assert score(SURVEY, {"pv1": value}, {}).lines == {}


# ---- properties -------------------------------------------------------------------------------------------------

POINTS = st.integers(1, 9)


@st.composite
def shops(draw: st.DrawFn) -> Questionnaire:
    """A shop of a few sections; some items hang on, or are taken out by, an item before them."""
    sections = []
    codes: list[str] = []
    for name in "ABC"[: draw(st.integers(1, 3))]:
        items = []
        for number in range(draw(st.integers(1, 4))):
            code = f"{name}{number}"
            more: dict[str, Any] = {"critical": draw(st.booleans())}
            if codes and draw(st.booleans()):
                key = draw(st.sampled_from(["shown_if", "na_if"]))
                more[key] = {"eq": [draw(st.sampled_from(codes)), draw(st.sampled_from(["yes", "no", "na"]))]}
            items.append(item(code, draw(POINTS), **more))
            codes.append(code)
        sections.append(scored(name, *items))
    return questionnaire(*sections)


@st.composite
def answered(draw: st.DrawFn) -> tuple[Questionnaire, dict[str, Any]]:
    shop = draw(shops())
    values = st.sampled_from(["yes", "no", "na", None])
    drawn = {one.code: draw(values) for one in shop.questions}
    return shop, {code: value for code, value in drawn.items() if value is not None}


@given(answered())
def test_scores_stay_in_range_and_are_whole(case: tuple[Questionnaire, dict[str, Any]]) -> None:
    card = score(*case, {})
    values = [*card.sections.values(), *card.items.values(), *([] if card.total is None else [card.total])]
    assert all(type(value) is int and 0 <= value <= 10000 for value in values)
    assert all(type(value) is int for value in card.lines.values())
    assert 0 <= card.na_share <= 1
    assert (card.total is None) == (not card.sections)
    if card.sections:
        assert min(card.sections.values()) - 1 <= (card.total or 0) <= max(card.sections.values()) + 1


@given(answered(), st.data())
def test_hidden_answers_never_count(case: tuple[Questionnaire, dict[str, Any]], data: st.DataObject) -> None:
    shop, answers = case
    visible = {one.code for one in shown(shop, answers, {})}
    hidden = [one.code for one in shop.questions if one.code not in visible]
    other = {code: data.draw(st.sampled_from(["yes", "no", "na"])) for code in hidden}
    assert score(shop, answers | other, {}) == score(shop, answers, {})
    assert score(shop, kept(shop, answers, {}), {}) == score(shop, answers, {})


@given(answered())
def test_not_applicable_is_like_not_there(case: tuple[Questionnaire, dict[str, Any]]) -> None:
    shop, answers = case
    plain = questionnaire(
        *(scored(one.code, *(item(inner.code, inner.points or 0) for inner in one.questions)) for one in shop.sections)
    )
    without = {code: value for code, value in answers.items() if value != "na"}
    assert score(plain, answers, {}).lines == score(plain, without, {}).lines


@given(answered(), st.data())
def test_a_better_answer_never_lowers_the_score(
    case: tuple[Questionnaire, dict[str, Any]], data: st.DataObject
) -> None:
    shop, answers = case
    plain = questionnaire(
        *(scored(one.code, *(item(inner.code, inner.points or 0) for inner in one.questions)) for one in shop.sections)
    )
    failed = [code for code, value in answers.items() if value == "no"]
    if failed:
        better = answers | {data.draw(st.sampled_from(failed)): "yes"}
        assert (score(plain, better, {}).total or 0) > (score(plain, answers, {}).total or 0)
