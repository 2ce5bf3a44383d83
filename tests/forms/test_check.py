"""What stops publishing."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from forms.questionnaire import library
from forms.questionnaire.check import completeness, problems
from forms.questionnaire.definition import load
from tests.forms.samples import asked, document, he, item, question, questionnaire, scored
from translations import speaking

GOOD = document(
    asked(
        question("a", "scale", scale="sat5", measure="csat"),
        question("b", "single", choices=[{"value": "x", "text": he("איקס")}, {"value": "y", "text": he("וי")}]),
        question("c", "text", shown_if={"eq": ["b", "x"]}),
    ),
    scored(
        "A",
        item("A1", 6, critical=True),
        question("A2", "minutes", points=4, bands=[{"max": 5, "points": 4}, {"max": None, "points": 0}]),
    ),
)


def found(data: dict[str, Any]) -> list[str]:
    with speaking("en"):
        return [str(problem) for problem in problems(load(data))]


def test_a_good_questionnaire_has_no_problem() -> None:
    assert found(GOOD) == []


@pytest.mark.parametrize("code", library.codes())
def test_the_library_may_be_published(code: str) -> None:
    loaded = library.load(code)
    assert problems(loaded) == []
    assert all(written == total > 0 for written, total in completeness(loaded).values())
    assert list(completeness(loaded)) == ["he", "en", "ar", "ru"]


def main(data: dict[str, Any], code: str) -> dict[str, Any]:
    every = [one for section in data["sections"] for one in section["questions"]]
    found_question: dict[str, Any] = next(one for one in every if one["code"] == code)
    return found_question


CASES: list[tuple[str, Any, str]] = [
    ("languages", lambda d: d["languages"].update(he="draft"), "Hebrew must be there"),
    ("questions.c.text", lambda d: main(d, "c").update(text={"en": "only"}), "Hebrew text is missing"),
    ("questions.a.hint", lambda d: main(d, "a").update(hint={"en": "only"}), "Hebrew text is missing"),
    ("questions.a.text", lambda d: main(d, "a").update(text={"he": "א", "ru": "а"}), "ru is not among"),
    ("questions.b.choices.x.text", lambda d: main(d, "b")["choices"][0].pop("text"), "Hebrew text is missing"),
    ("questions.b.choices", lambda d: main(d, "b")["choices"].pop(), "At least two choices"),
    ("questions.b.choices", lambda d: main(d, "b")["choices"][1].update(value="x"), "The value x stands twice"),
    ("questions.b.choices", lambda d: main(d, "b").pop("choices"), "The type single needs this key"),
    ("questions.a.scale", lambda d: main(d, "a").pop("scale"), "The type scale needs this key"),
    ("questions.c.scale", lambda d: main(d, "c").update(scale="sat5"), "The type text does not use this key"),
    ("questions.a.max_chars", lambda d: main(d, "a").update(max_chars=5), "does not use this key"),
    ("questions.A2.min", lambda d: main(d, "A2").update(min=9, max=3), "must not be above the highest"),
    ("scales.sat5", lambda d: d["scales"]["sat5"]["extra"][0].update(value=5), "The value 5 stands twice"),
    ("scales.sat5", lambda d: d["scales"]["sat5"].update(min=1, max=5), "not both"),
    ("scales.sat5", lambda d: d["scales"].update(sat5={}), "at least two points"),
    ("scales.sat5.points", lambda d: d["scales"]["sat5"]["points"].reverse(), "ascending"),
    ("scales.sat5.extra", lambda d: d["scales"]["sat5"]["extra"][0].update(score=0), "has no score"),
    ("scales.sat5.dk", lambda d: d["scales"]["sat5"]["extra"][0].pop("text"), "Hebrew text is missing"),
    ("scales.nps11.anchors.11", lambda d: d["scales"]["nps11"]["anchors"][1].update(value=11), "not a number"),
    ("total_points", lambda d: d.update(total_points=11), "add up to 10 points, not 11"),
    ("total_points", lambda d: d.pop("total_points"), "states its total"),
    ("sections.A.points", lambda d: d["sections"][1].update(points=9), "add up to 10 points, not 9"),
    ("sections.A.points", lambda d: d["sections"][1].pop("points"), "states its points"),
    ("sections.A.points", lambda d: d["sections"][1].update(scored=False), "belong in scored sections"),
    ("sections.main.points", lambda d: main(d, "b").update(critical=True), "belong in scored sections"),
    ("questions.A1.points", lambda d: main(d, "A1").pop("points"), "has points"),
    ("questions.A1", lambda d: d["scales"]["ynna"]["points"][0].update(score=50), "earns all points"),
    ("questions.A1", lambda d: d["scales"]["ynna"]["points"][1].update(score=50), "earns nothing"),
    ("questions.A2.bands", lambda d: main(d, "A2").pop("bands"), "needs bands"),
    ("questions.A2.bands", lambda d: main(d, "A2")["bands"].reverse(), "has no max"),
    ("questions.A2.bands", lambda d: main(d, "A2")["bands"][0].update(points=3), "best band"),
    ("questions.A2.bands", lambda d: main(d, "A2")["bands"].insert(0, {"max": 7, "points": 1}), "ascending"),
    ("questions.b.measure", lambda d: main(d, "b").update(measure="csat"), "needs a scale of numbers"),
    ("questions.a.measure", lambda d: main(d, "a").update(measure="nps"), "from 0 to 10"),
    (
        "questions.z.measure",
        lambda d: d["sections"][0]["questions"].append(question("z", "scale", scale="sat5", measure="csat")),
        "a already measures csat",
    ),
    ("questions.c.shown_if", lambda d: main(d, "c").update(shown_if={"eq": ["bb", "x"]}), "'bb'. Was b meant?"),
    ("questions.c.shown_if", lambda d: main(d, "c").update(shown_if={"eq": ["b", "z"]}), "b has no answer 'z'"),
    ("questions.c.shown_if", lambda d: main(d, "c").update(shown_if={"in": ["b", ["x", 1]]}), "b has no answer '1'"),
    ("questions.c.shown_if", lambda d: main(d, "c").update(shown_if={"holds": "@lnik"}), "Was @link meant?"),
    ("questions.b.shown_if", lambda d: main(d, "b").update(shown_if={"answered": "c"}), "c, which is not asked before"),
    ("questions.b.shown_if", lambda d: main(d, "b").update(shown_if={"answered": "b"}), "b → b"),
    ("questions.b.shown_if", lambda d: main(d, "b").update(shown_if={"answered": "c"}), "b → c → b"),
    ("questions.A1.na_if", lambda d: main(d, "A1").update(na_if={"le": ["A2", 5]}), "A2, which is not asked before"),
    ("automation.1.when", lambda d: d.update(automation=[{"when": {"answered": "q"}, "then": "x"}]), "'q'"),
]


@pytest.mark.parametrize(("place", "change", "words"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_problem_is_named_with_its_place(place: str, change: Any, words: str) -> None:
    data = deepcopy(GOOD)
    change(data)
    assert any(one.startswith(f"{place}: ") and words in one for one in found(data)), found(data)


def test_an_item_may_look_at_its_own_answer_to_be_critical() -> None:
    data = deepcopy(GOOD)
    main(data, "A2").update(critical_if={"gt": ["A2", 6]})
    assert found(data) == []


def test_the_confirming_question_must_be_there() -> None:
    confirmation = {
        "question": "aa",
        "confirmed_if": {"eq": ["a", 5]},
        "by": "button",
        "button": he("שליחה"),
        "no_reply": "closed",
    }
    assert any(
        one.startswith("confirmation.question: ") for one in found({**deepcopy(GOOD), "confirmation": confirmation})
    )


def test_a_longer_circle_is_named_whole() -> None:
    circle = questionnaire(
        asked(
            question("p", "text"),
            question("q", "text", shown_if={"answered": "s"}),
            question("r", "text", shown_if={"any": [{"answered": "p"}, {"answered": "q"}]}),
            question("s", "text", shown_if={"answered": "r"}),
        )
    )
    with speaking("en"):
        told = [str(problem) for problem in problems(circle)]
    assert sum("circle" in one for one in told) == 1
    assert any("q → s → r → q" in one for one in told)


def choice(value: Any, **more: Any) -> dict[str, Any]:
    return {"value": value, "text": he(f"אפשרות {value}"), **more}


def add(code: str, kind: str, **more: Any) -> Any:
    """A question put at the end of the first section."""
    return lambda d: d["sections"][0]["questions"].append(question(code, kind, **more))


PAIR = [choice("x"), choice("y")]
GROUP = [{"code": "s1", "text": he("היגד 1")}, {"code": "s2", "text": he("היגד 2")}]
#: What the wider format may say wrongly.
MORE: list[tuple[str, Any, str]] = [
    ("sections", lambda d: d.update(sections=[], total_points=None) or d.pop("total_points"), "no question yet"),
    ("sections.empty", lambda d: d["sections"].append({"code": "empty"}), "has no question"),
    ("privacy", lambda d: d.pop("privacy"), "privacy notice is missing"),
    ("languages.en", lambda d: d["languages"].update(en="approved"), "texts are missing"),
    ("critical_cap", lambda d: main(d, "A1").pop("critical") and d.update(critical_cap=50), "no critical item"),
    ("questions.a.finding", lambda d: main(d, "a").update(finding=he("ממצא")), "without one of these: finding_if"),
    ("questions.c.invalid", lambda d: main(d, "c").update(invalid=he("לא")), "without one of these"),
    ("questions.a.order", lambda d: main(d, "a").update(order="random"), "does not use this key"),
    ("questions.q.required", add("q", "note", required=True), "does not use this key"),
    (
        "questions.q.valid_if",
        add("q", "statements", scale="sat5", statements=GROUP, valid_if={"le": ["s1", 2]}),
        "not use",
    ),
    ("questions.q.statements", add("q", "statements", scale="sat5"), "needs this key"),
    ("questions.q.statements", add("q", "statements", scale="sat5", statements=GROUP[:1]), "At least two statements"),
    (
        "questions.q.statements",
        add("q", "statements", scale="sat5", statements=[GROUP[0], {**GROUP[0], "code": "s3"}]),
        "twice",
    ),
    (
        "questions.s1.text",
        add("q", "statements", scale="sat5", statements=[{"code": "s1", "text": {}}, GROUP[1]]),
        "Hebrew",
    ),
    ("questions.q.min", add("q", "multiple", choices=PAIR, min=1.5), "whole number"),
    ("questions.q.min", add("q", "multiple", choices=PAIR, min=3), "only 2 are surely there"),
    ("questions.q.min", add("q", "multiple", choices=[PAIR[0], choice("n", exclusive=True)], min=2), "only 1"),
    ("questions.q.max", add("q", "ranking", choices=PAIR, max=0), "At least one answer"),
    ("questions.q.min", add("q", "duration", min=-5), "below nothing"),
    ("questions.q.pattern", add("q", "line", pattern="(a+)+"), "broken, or could take too long"),
    ("questions.q.max_chars", add("q", "text", pattern="a+", max_chars=900), "at most 500"),
    ("questions.q.choices", add("q", "single", choices=[choice("x"), {"value": "y", "text": he("אפשרות x")}]), "twice"),
    ("questions.q.choices.a b", add("q", "single", choices=[choice("a b"), choice("y")]), "no spaces"),
    ("questions.q.choices.a:1", add("q", "single", choices=[choice("a:1"), choice("y")]), "no colon"),
    ("questions.q.choices.x", add("q", "single", choices=[choice("x", exclusive=True), choice("y")]), "rule out"),
    ("questions.q.choices.x", add("q", "ranking", choices=[choice("x", other=True), choice("y")]), "words beside"),
    (
        "questions.q.choices.x",
        add("q", "single", choices=[choice("x", score=5), choice("y")]),
        "with points has a score",
    ),
    ("scales.sat5.1", lambda d: d["scales"]["sat5"]["points"][0].update(other=True), "only words and a score"),
    ("scales.nps11.anchors", lambda d: d["scales"]["nps11"]["anchors"][0].update(score=1), "anchors have no score"),
    ("questions.go.code", add("go", "text"), "pages use this code"),
    ("questions.a-1.code", add("a-1", "text"), "part of the question a"),
    ("sections.follow_up", lambda d: d["sections"][0].update(code="follow_up"), "Another page has this code"),
    (
        "sections.main-1",
        lambda d: (d["sections"][0].update(page_size=1), d["sections"][1].update(code="main-1")),
        "Another",
    ),
    (
        "questions.q.type",
        lambda d: d.update(follow_up={"consent": question("q", "text")}),
        "only this type fits: checkbox",
    ),
    (
        "follow_up",
        lambda d: d.update(anonymity="anonymous", follow_up={"consent": question("q", "checkbox")}),
        "answers anonymously",
    ),
    (
        "questions.q.ends_if",
        lambda d: d["sections"].append(asked(question("q", "checkbox", ends_if={"holds": "q"}), code="z")),
        "no end",
    ),
    ("questions.c.shown_if", lambda d: main(d, "c").update(shown_if={"holds": "a"}), "that 'holds' could judge"),
    (
        "questions.c.shown_if",
        lambda d: main(d, "c").update(shown_if={"contains": ["b", "x"]}),
        "that 'contains' could judge",
    ),
    ("questions.c.shown_if", lambda d: main(d, "c").update(shown_if={"lt": ["b", "y"]}), "compared with"),
    ("questions.c.shown_if", lambda d: main(d, "c").update(shown_if={"eq": ["a", {"of": "@no_branch"}]}), "never al"),
    ("questions.c.shown_if", lambda d: main(d, "c").update(shown_if={"le": ["a", {"of": "A2"}]}), "not asked before"),
    ("questions.q.valid_if", add("q", "date", valid_if={"le": ["q", "9.3.2026"]}), "compared with"),
    ("questions.q.valid_if", add("q", "int", valid_if={"le": ["q", "9"]}), "compared with"),
    ("questions.c.text", lambda d: main(d, "c").update(text=he("{answer:A1}")), "not asked before"),
    ("questions.c.hint", lambda d: main(d, "c").update(hint=he("{answer:zz}")), "unknown question"),
    ("title", lambda d: d.update(title=he("{answer:a}")), "Only the words of a question"),
    ("questions.c.text", lambda d: main(d, "c").update(text=he("{brnch}")), "Was branch meant"),
    (
        "indexes.i",
        lambda d: d.update(indexes={"i": {"title": he("מ"), "questions": [{"question": "b"}]}}),
        "scale of numbers",
    ),
    (
        "indexes.i",
        lambda d: d.update(indexes={"i": {"title": he("מ"), "questions": [{"question": "a"}], "least": 2}}),
        "More",
    ),
]


@pytest.mark.parametrize(("place", "change", "words"), MORE, ids=lambda part: part if isinstance(part, str) else "")
def test_a_problem_of_the_wider_format_is_named_with_its_place(place: str, change: Any, words: str) -> None:
    data = deepcopy(GOOD)
    change(data)
    assert any(one.startswith(f"{place}: ") and words in one for one in found(data)), found(data)
