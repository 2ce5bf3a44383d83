"""The core at its edges: what ends, filters, stands beside, is emptied, pasted, or could run away."""

from __future__ import annotations

import re
from time import process_time
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from forms.questionnaire import patterns
from forms.questionnaire.build import open_form, pages
from forms.questionnaire.definition import DefinitionError, Questionnaire, load
from forms.questionnaire.order import as_shown
from forms.questionnaire.rules import is_required, kept, shown
from forms.questionnaire.score import score
from forms.questionnaire.types import TYPES
from tests.forms.samples import asked, document, he, item, question, questionnaire, scored
from tests.forms.test_types import made
from translations import speaking

THREE = [{"value": one, "text": he(f"תשובה {one}")} for one in "xyz"]


def codes(definition: Questionnaire, answers: dict[str, Any]) -> list[str]:
    return [one.code for one in shown(definition, answers, {})]


def filled(definition: Questionnaire, answers: dict[str, Any], *pairs: tuple[str, str], page: int = 0) -> Any:
    form = open_form(definition, pages(definition, {})[page], "he", {}, answers, MultiDict(pairs))
    form.validate()
    return form


# ---- which questions are asked ---------------------------------------------------------------------------------------


def test_the_end_of_a_hidden_question_ends_nothing() -> None:
    definition = questionnaire(
        asked(
            question("a", "checkbox"),
            question("b", "single", choices=THREE, shown_if={"holds": "a"}, ends_if={"eq": ["b", "x"]}),
            question("c", "text"),
        ),
        asked(question("d", "text"), code="more"),
    )
    assert codes(definition, {"a": True, "b": "x"}) == ["a", "b"]
    assert codes(definition, {"b": "x"}) == ["a", "c", "d"]
    assert codes(definition, {"a": True, "b": "y"}) == ["a", "b", "c", "d"]
    assert [page.code for page in pages(definition, {}, {"a": True, "b": "x"})] == ["main-1", "main-2"]


def test_a_section_hides_its_questions_and_its_end() -> None:
    definition = questionnaire(
        asked(question("a", "checkbox")),
        asked(question("b", "note", ends_if={"holds": "a"}), code="out", shown_if={"holds": "a"}),
        asked(question("c", "text"), code="last"),
    )
    assert codes(definition, {"a": True}) == ["a", "b"]
    assert codes(definition, {}) == ["a", "c"]


def test_a_group_ends_by_its_statements() -> None:
    group = {"statements": [{"code": one, "text": he(f"היגד {one}")} for one in ("s1", "s2")], "scale": "sat5"}
    definition = questionnaire(
        asked(question("g", "statements", **group, ends_if={"le": ["s2", 2]}), question("z", "text"))
    )
    assert codes(definition, {"s2": 1}) == ["g", "s1", "s2"]
    assert codes(definition, {"s2": 5}) == ["g", "s1", "s2", "z"]


def test_a_note_asks_nothing_and_counts_nowhere() -> None:
    definition = questionnaire(asked(question("n", "note"), question("a", "text", shown_if={"answered": "n"})))
    assert kept(definition, {"n": "x", "a": "y"}, {}) == {}
    assert not is_required(load(document(asked(question("n", "note", required=True)))).by_code["n"], {}, {})
    form = filled(definition, {}, ("n", "x"))
    assert form.answers == {}


# ---- choices ---------------------------------------------------------------------------------------------------------

FILTERED = questionnaire(
    asked(
        question("a", "single", choices=THREE),
        question(
            "b",
            "multiple",
            required=True,
            min=2,
            choices=[
                {"value": "p", "text": he("פ")},
                {"value": "q", "text": he("ק")},
                {"value": "r", "text": he("ר"), "shown_if": {"eq": ["a", "x"]}},
                {"value": "none", "text": he("דבר"), "exclusive": True},
                {"value": "other", "text": he("אחר"), "other": True},
            ],
        ),
        question("c", "single", required=True, choices=[{**one, "shown_if": {"eq": ["a", "x"]}} for one in THREE]),
        title=he("הכול"),
    )
)


def test_what_is_not_offered_is_neither_kept_nor_enough() -> None:
    with speaking("en"):
        assert filled(FILTERED, {}, ("a", "x"), ("b", "p"), ("b", "r"), ("c", "x")).answers["b"] == ["p", "r"]
        short = filled(FILTERED, {}, ("a", "y"), ("b", "p"), ("b", "r"))
    assert [(place, message[:17]) for place, message in short.error_summary] == [("b-0", "Choose at least 2")]
    assert kept(FILTERED, {"a": "y", "b": ["p", "r"], "c": "x"}, {}) == {"a": "y", "b": ["p"]}


def test_nothing_is_demanded_where_nothing_is_offered() -> None:
    assert filled(FILTERED, {}, ("a", "y"), ("b", "p"), ("b", "q")).error_summary == []
    missing = filled(FILTERED, {}, ("a", "x"), ("b", "p"), ("b", "q"))
    assert [place for place, _message in missing.error_summary] == ["c-0"]


def test_none_of_these_is_enough_by_itself_and_rules_out_the_rest() -> None:
    assert filled(FILTERED, {}, ("a", "y"), ("b", "none")).answers["b"] == ["none"]
    assert filled(FILTERED, {}, ("a", "y"), ("b", "none"), ("b", "p")).error_summary[0][0] == "b-0"


def test_words_beside_a_choice_stay_only_with_it() -> None:
    words = ("b_other", "עניין אחר")
    chosen = filled(FILTERED, {}, ("a", "y"), ("b", "p"), ("b", "other"), words)
    assert chosen.answers["b_other"] == "עניין אחר"
    assert [one.value for field in chosen if field.question.code == "b" for one in field.beside] == ["other"]
    assert "b_other" not in filled(FILTERED, {}, ("a", "y"), ("b", "p"), ("b", "q"), words).answers
    assert kept(FILTERED, {"b": ["p", "q"], "b_other": "x"}, {}) == {"b": ["p", "q"]}


def test_an_error_leads_to_a_choice_that_is_there() -> None:
    first_hidden = [{**THREE[0], "shown_if": {"holds": "@no_branch"}}, *THREE[1:]]
    definition = questionnaire(asked(question("a", "single", choices=first_hidden, required=True)))
    assert filled(definition, {}).error_summary[0][0] == "a-1"


def test_a_random_order_is_the_same_each_time_and_keeps_what_is_fixed() -> None:
    many = [
        {"value": str(one), "text": he(f"ת{one}"), **({"fixed": True} if one in {0, 9} else {})} for one in range(10)
    ]
    statements = [{"code": f"s{one}", "text": he(f"היגד {one}")} for one in range(6)]
    definition = questionnaire(
        asked(
            question("a", "single", choices=many, order="random"),
            question("g", "statements", scale="sat5", statements=statements, order="random"),
        )
    )
    orders = set()
    for seed in ("1", "2", "3"):
        context = {"seed": seed}
        (first, *_more), again = pages(definition, context), pages(definition, context)[0]
        assert first == again
        field = next(iter(open_form(definition, first, "he", context, {})))
        values = [one.value for one in field.options]
        assert (values[0], values[-1]) == ("0", "9")
        stored = as_shown(definition, frozenset(definition.by_code), context)
        assert stored["a"] == values
        assert sorted(stored["g"]) == [one["code"] for one in statements]
        listed = [one.code for page in pages(definition, context) for one in page.questions]
        assert listed == ["a", "g", *stored["g"]]
        orders.add((*values, *stored["g"]))
    assert len(orders) == 3
    assert as_shown(definition, frozenset({"a", "g"}), {}) == {}


def test_an_emptied_comment_stays_empty() -> None:
    shop = questionnaire(scored("A", item("A1", 5)))
    saved = {"A1": "yes", "A1_comment": "ישן"}
    assert filled(shop, saved, ("A1", "yes"), ("A1_comment", "")).page_answers["A1_comment"] is None
    assert filled(shop, saved, ("A1", "yes"), ("A1_comment", "חדש")).answers["A1_comment"] == "חדש"


# ---- scores ----------------------------------------------------------------------------------------------------------


def test_a_cap_lowers_and_never_raises_or_zeroes() -> None:
    items = [item("A1", 5, critical=True), item("A2", 95)]
    capped = questionnaire(scored("A", *items), critical_cap=60)
    card = score(capped, {"A1": "no", "A2": "yes"}, {})
    assert (card.total, card.uncapped, card.lines["total:1"], card.lines["critical:1"]) == (6000, 9500, 6000, 100)
    low = score(capped, {"A1": "no", "A2": "no"}, {})
    assert (low.total, low.uncapped) == (0, 0)
    assert score(capped, {"A1": "na", "A2": "yes"}, {}).total == 10000
    with pytest.raises(DefinitionError):
        questionnaire(scored("A", *items), critical_cap=0)


def test_an_item_taken_out_by_a_rule_is_no_gap() -> None:
    bands = {"bands": [{"max": 5, "points": 5}, {"max": None, "points": 0}]}
    shop = questionnaire(
        scored("A", item("A1", 5), question("A2", "int", points=5, **bands, na_if={"eq": ["A1", "no"]}), item("A3", 5))
    )
    card = score(shop, {"A1": "no"}, {})
    assert card.unanswered == ("A3",)
    assert card.na_share == pytest.approx(2 / 3)


def test_findings_and_indexes_are_lines_of_answers_that_were_given() -> None:
    index = {
        "title": he("מדד"),
        "questions": [{"question": "a"}, {"question": "b", "weight": 3, "reversed": True}, {"question": "gone"}],
        "least": 2,
    }
    definition = questionnaire(
        asked(
            question("a", "scale", scale="sat5", finding_if={"le": ["a", 2]}, finding=he("לא מרוצה")),
            question("b", "scale", scale="nps11"),
        ),
        indexes={"trust": index},
    )
    card = score(definition, {"a": 2, "b": 10}, {})
    assert card.findings == ("a",)
    assert (card.lines["finding.a:1"], card.lines["index.trust:1"]) == (10000, 625)
    assert score(definition, {"a": 5}, {}).lines == {"question.a:1": 10000, "finding.a:1": 0}
    assert score(definition, {"a": "dk", "b": "dk"}, {}).lines == {}


# ---- typed answers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked_question", "typed", "stored"),
    [
        (made("number", decimals=2), "4,5", 4.5),
        (made("number", decimals=2), ".5", 0.5),
        (made("number", decimals=1), "4.50", 4.5),
        (made("number", decimals=2), "\u200f\u2212 3.25".replace(" ", ""), -3.25),
        (made("number", decimals=2), "٤٫٥", 4.5),
        (made("number", decimals=6), "0.000001", 0.000001),
        (made("number"), "-7", -7),
        (made("int"), "٤٥", 45),
        (made("duration"), "4:30", 270),
        (made("duration"), "1:04:30", 3870),
        (made("duration"), "90:00", 5400),
        (made("email"), "\u200eDana.Levi+1@Example.CO.IL", "Dana.Levi+1@example.co.il"),
        (made("email"), "info@דוגמה.ישראל", "info@דוגמה.ישראל"),
        (made("email"), "a@b.xn--4dbrk0ce", "a@b.xn--4dbrk0ce"),
        (made("line"), " א\n ב ", "א ב"),
        (made("consent"), "no", "no"),
        (made("note"), "x", None),
    ],
)
def test_what_is_typed_is_stored(asked_question: Any, typed: str, stored: Any) -> None:
    assert TYPES[asked_question.type].parse(asked_question, [typed]) == stored


@pytest.mark.parametrize(
    ("asked_question", "typed", "words"),
    [
        (made("number", decimals=3), "1,234", "without a comma"),
        (made("number", decimals=2), "1,234", "at most 2 digits"),
        (made("number"), "4.5", "whole number"),
        (made("number", decimals=2), "4.5.6", "Write a number"),
        (made("number", min=0), "-1", "between"),
        (made("duration"), "1:75:00", "minutes and seconds"),
        (made("duration", min=60), "0:30", "between"),
        (made("duration"), "25:00:00", "between"),
        (made("email"), "דנה@gmail.com", "full e-mail"),
        (made("email"), "a..b@c.com", "full e-mail"),
        (made("email"), "a@b", "full e-mail"),
        (made("email"), "a@-b.com", "full e-mail"),
        (made("line", pattern="[A-Z]\\d{2,4}"), "a12", "form that is asked"),
        (made("photo"), "../x", "not received"),
        (made("consent"), "maybe", "answers listed"),
    ],
)
def test_what_cannot_be_stored_says_why(asked_question: Any, typed: str, words: str) -> None:
    with speaking("en"), pytest.raises(ValueError, match=words):
        TYPES[asked_question.type].parse(asked_question, [typed])


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (["x:2", "y:1", "z:"], ["y", "x"]),
        (["z", "x"], ["z", "x"]),
        (["x:1", "y:1"], "twice"),
        (["x:1", "x:2"], "twice"),
        (["x:1", "y:3"], "without a gap"),
        (["x:0", "y:1"], "without a gap"),
        (["w:1"], "answers listed"),
        (["x:", "y:"], None),
    ],
)
def test_a_ranking(typed: list[str], stored: Any) -> None:
    ranked = made("ranking", choices=THREE)
    if isinstance(stored, str):
        with speaking("en"), pytest.raises(ValueError, match=stored):
            TYPES["ranking"].parse(ranked, typed)
    else:
        assert TYPES["ranking"].parse(ranked, typed) == stored


# ---- patterns --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pattern", [r"[A-Z]\d{2,4}", r"\d{5}(?:-\d{2})?", r"(?:AB|CD)\d+", r"[א-ת ]+, \d{1,3}", r"^a.*z$"]
)
def test_a_pattern_may_say(pattern: str) -> None:
    assert not patterns.problem(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"(a+)+", r"(a|a)*b", r"\d*\d*\d*x", r"\[\d*\d*\d*\d*[a]", r"(?=a)", r"(a)\1", r"a{,9999}", r"[a", r"a**"),
        *(r"\d*\d*\d{200}x", "a?" * 30, "x" * 201, r"(?i)a", r"(?:a(?:b)c)", r"\p{L}", r"[z-a]"),
    ],
)
def test_a_pattern_may_not(pattern: str) -> None:
    assert patterns.problem(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d*\d*x",
        r"\d*\d*\d{18}x",
        r"\w*[0-9א-ת]*" + "1" * 40 + "x",
        "1?" * 15 + "1{15}x",
        r"[0-9]{1,90}[0-9]{1,90}[0-9]{1,90}x",
    ],
)
def test_no_answer_keeps_the_server_busy(pattern: str) -> None:
    if patterns.problem(pattern):
        return
    start = process_time()
    for text in ("1" * patterns.MAX_TEXT, "1" * 30, "א" * patterns.MAX_TEXT):
        assert re.fullmatch(pattern, text) is None
    assert process_time() - start < 0.5
