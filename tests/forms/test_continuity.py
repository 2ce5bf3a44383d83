"""Where a version may not go on in an old series: what is certain, what is possible, and which series comes next."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from forms.questionnaire import library
from forms.questionnaire.definition import Questionnaire, load
from forms.questionnaire.score import score
from forms.questionnaire.versions import continuity
from forms.questionnaire.versions.continuity import breaks, breaks_since, renew
from forms.questionnaire.versions.tracks import next_series, series_order, tracks
from tests.forms.everything import everything
from tests.forms.samples import asked, document, he, item, question, scored
from translations import speaking

Document = dict[str, Any]
Edit = Callable[[Document], None]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with speaking("en"):
        yield


def survey(**more: Any) -> Document:
    """A scale that measures CSAT, and a judged section with an index beside it."""
    index = {"title": he("מדד"), "questions": [{"question": "a", "weight": 1}, {"question": "n", "weight": 1}]}
    bands = [{"max": 5, "points": 2}, {"max": None, "points": 0}]
    return document(
        asked(
            question("a", "scale", scale="sat5", measure="csat"),
            question("n", "scale", scale="nps11", measure="nps"),
            question("f", "int", finding_if={"gt": ["f", 3]}),
            question("m", "multiple", choices=[{"value": "x", "text": he("א")}, {"value": "y", "text": he("ב")}]),
        ),
        scored("S", item("s1", 3, critical=True), item("s2", 2), question("s3", "minutes", points=2, bands=bands)),
        indexes={"both": index},
        **more,
    )


def edited(edit: Edit, base: Document | None = None) -> Questionnaire:
    found = copy.deepcopy(base or survey())
    edit(found)
    return load(found)


def questions(found: Document) -> dict[str, Document]:
    return {one["code"]: one for section in found["sections"] for one in section["questions"]}


def points(found: Document, scale: str) -> list[Document]:
    listed: list[Document] = found["scales"][scale]["points"]
    return listed


def turned(found: Document) -> None:
    """The words of the scale's points in the opposite order: 1 is now the best."""
    texts = [one["text"] for one in points(found, "sat5")]
    for one, text in zip(points(found, "sat5"), reversed(texts), strict=True):
        one["text"] = text


def set_in(code: str, **more: Any) -> Edit:
    return lambda found: questions(found)[code].update(more)


CERTAIN: list[tuple[str, Edit, set[str]]] = [
    ("another point", lambda d: points(d, "sat5").append({"value": 6, "text": he("שש")}), {"a", "index:both"}),
    ("words exchanged", turned, {"a", "index:both"}),
    ("numbers from elsewhere", lambda d: d["scales"]["nps11"].update(min=1), {"n", "index:both"}),
    ("hard to say is now a point", lambda d: points(d, "sat5").insert(0, {"value": 0, "text": he("קשה לומר")}),
     {"a", "index:both"}),
    ("anchors exchanged", lambda d: d["scales"]["nps11"]["anchors"].__setitem__(
        slice(None), [{"value": 0, "text": he("נכונות רבה")}, {"value": 10, "text": he("אין נכונות")}]),
     {"n", "index:both"}),
    ("scores exchanged", lambda d: [one.update(score=100 - one["score"]) for one in points(d, "ynna")],
     {"s1", "s2", ""}),
    ("read the other way round", lambda d: points(d, "ynna").reverse(), {"s1", "s2", ""}),
    ("other bands", set_in("s3", bands=[{"max": 9, "points": 2}, {"max": None, "points": 0}]), {"s3", ""}),
    ("another type", set_in("s3", type="duration"), {"s3", ""}),
    ("another scale", set_in("a", scale="nps11"), {"a", "index:both"}),
    ("another finding", set_in("f", finding_if={"gt": ["f", 4]}), {"f"}),
    ("other weights", lambda d: [set_in("s1", points=2)(d), set_in("s2", points=3)(d)], {""}),
    ("an item more", lambda d: d["sections"][1]["questions"].append(item("s4", 1)), {""}),
    ("an item less", lambda d: d["sections"][1]["questions"].pop(1), {""}),
    ("an item elsewhere", lambda d: d["sections"].append(scored("T", d["sections"][1]["questions"].pop(1))), {""}),
    ("critical no more", lambda d: [set_in("s1", critical=False)(d), set_in("s2", critical=True)(d)], {""}),
    ("a cap", lambda d: d.update(critical_cap=50), {""}),
    ("another index", lambda d: d["indexes"]["both"]["questions"][0].update(weight=3), {"index:both"}),
    ("an index turned", lambda d: d["indexes"]["both"]["questions"][0].update(reversed=True), {"index:both"}),
    ("fewer answers needed", lambda d: d["indexes"]["both"].update(least=2), {"index:both"}),
    ("measured elsewhere", lambda d: [questions(d)["a"].pop("measure"), d["sections"][0]["questions"].append(
        question("b", "scale", scale="sat5", measure="csat"))], {"b"}),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "codes"), [one[1:] for one in CERTAIN], ids=[one[0] for one in CERTAIN])
def test_what_breaks_a_line_for_certain(edit: Edit, codes: set[str]) -> None:
    old, new = load(survey()), edited(edit)
    found = breaks(old, new)
    assert {one.code for one in found if one.certain} == codes
    assert all(one.reason and "%(" not in one.reason for one in found)
    renewed = renew(new, codes, [old])
    assert [one for one in breaks_since([old], renewed) if one.certain] == []
    for code in codes:
        fewer = renew(new, codes - {code}, [old])
        assert {one.code for one in breaks_since([old], fewer) if one.certain} == {code}


POSSIBLE: list[tuple[str, Edit, set[str]]] = [
    ("wording", set_in("a", text=he("נוסח אחר לגמרי")), {"a"}),
    ("words of a point", lambda d: points(d, "sat5")[2].update(text=he("לא זה ולא זה")), {"a"}),
    ("asked of others", set_in("n", shown_if={"le": ["a", 3]}), {"n"}),
    ("no hard to say", lambda d: d["scales"]["sat5"].pop("extra"), {"a"}),
    ("not applicable elsewhere", set_in("s2", na_if={"eq": ["s1", "no"]}), {"s2"}),
    ("other numbers", set_in("f", max=20), {"f"}),
    ("choices exchanged", set_in("m", choices=[
        {"value": "x", "text": he("ב")}, {"value": "y", "text": he("א")}]), {"m"}),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "codes"), [one[1:] for one in POSSIBLE], ids=[one[0] for one in POSSIBLE])
def test_what_may_break_a_line_is_for_the_author(edit: Edit, codes: set[str]) -> None:
    old, new = load(survey()), edited(edit)
    assert {(one.code, one.certain) for one in breaks(old, new)} == {(code, False) for code in codes}
    assert continuity.problems([old], new) == []


HARMLESS: list[tuple[str, Edit]] = [
    ("nothing", lambda d: None),
    ("a hint", set_in("a", hint=he("רמז"))),
    ("a comma and capitals", set_in("a", text=he("שאלה, a."))),
    ("a language more", lambda d: questions(d)["a"]["text"].update(en="New words")),
    ("a question more", lambda d: d["sections"][0]["questions"].append(question("z", "text"))),
    ("a question less", lambda d: d["sections"][0]["questions"].pop(1) and d["indexes"].clear()),
    ("another order", lambda d: d["sections"][0]["questions"].reverse()),
    ("twice the points for all", lambda d: [
        *(one.update(points=2 * one["points"]) for one in d["sections"][1]["questions"]),
        set_in("s3", bands=[{"max": 5, "points": 4}, {"max": None, "points": 0}])(d),
        d["sections"][1].update(points=14), d.update(total_points=14)]),
    ("words of an open question", lambda d: d["sections"][0]["questions"].append(question("z", "text"))),
    ("the same choices as a list", set_in("m", required=True)),
]  # fmt: skip


@pytest.mark.parametrize("edit", [one[1] for one in HARMLESS], ids=[one[0] for one in HARMLESS])
def test_what_breaks_nothing(edit: Edit) -> None:
    assert breaks(load(survey()), edited(edit)) == []


@pytest.mark.parametrize("code", library.codes())
def test_the_library_goes_on_unchanged(code: str) -> None:
    assert breaks(library.load(code), library.load(code)) == []


def test_a_code_that_is_renamed_with_the_same_words_goes_on_in_its_measure() -> None:
    def rename(found: Document) -> None:
        questions(found)["a"]["code"] = "a2"
        found["indexes"].clear()

    assert breaks(load(survey()), edited(rename)) == []


def test_a_renewed_question_does_not_carry_its_index_along() -> None:
    """The question starts anew, yet the index would still mix both scales."""
    old, new = load(survey()), edited(turned)
    assert {one.code for one in breaks(old, renew(new, ["a"], [old])) if one.certain} == {"index:both"}


def test_a_series_once_left_is_not_taken_up_again() -> None:
    first = load(survey())
    second = renew(edited(turned), ["a", "index:both"], [first])
    assert second.by_code["a"].series == "2"
    back = load(survey())
    assert breaks(first, back) == []
    assert {one.code for one in breaks_since([first, second], back)} >= {"a", "index:both"}
    third = renew(back, ["a", "index:both"], [first, second])
    assert third.by_code["a"].series == "3"
    assert continuity.problems([first, second], third) == []


def test_a_series_that_sorts_before_the_one_in_use_is_refused() -> None:
    first = edited(set_in("a", series="10"))
    assert [one.place for one in continuity.problems([first], edited(set_in("a", series="9")))] == ["questions.a"]
    assert continuity.problems([first], edited(set_in("a", series="11"))) == []


def test_a_measure_that_moves_to_another_question_gets_a_series_unused_by_the_measure() -> None:
    old = edited(set_in("a", series="4"))
    new = edited(lambda d: [questions(d)["a"].pop("measure"), d["sections"][0]["questions"].append(
        question("b", "scale", scale="sat5", measure="csat"))])  # fmt: skip
    assert renew(new, ["b"], [old]).by_code["b"].series == "5"


def test_statements_and_the_call_back_carry_series_too() -> None:
    whole = load(everything())
    renewed = renew(whole, ["s1", "s2", "c2", "index:care", "", "unknown"])
    assert (renewed.by_code["s1"].series, renewed.by_code["s2"].series) == ("2", "3")
    assert (renewed.by_code["c2"].series, renewed.indexes["care"].series, renewed.series) == ("2", "3", "3")
    assert renew(whole, []) == whole


def test_what_stops_publishing_says_what_to_do() -> None:
    (problem, *_rest) = continuity.problems([load(survey())], edited(turned))
    assert problem.place == "questions.a"
    assert "Start a new series" in problem.message


@pytest.mark.parametrize(
    ("used", "following"),
    [((), "1"), (("1",), "2"), (("1", "9"), "10"), (("2", "10", "9"), "11"), (("b",), "10"), (("2026-a",), "1000000"),
     (("099",), "100")],
)  # fmt: skip
def test_the_next_series_comes_after_every_other(used: tuple[str, ...], following: str) -> None:
    assert next_series(used) == following
    assert all(series_order(one) < series_order(following) for one in used)


def test_no_series_is_left() -> None:
    with pytest.raises(ValueError, match="no series"):
        next_series(["9" * 20])


def test_tracks_are_the_lines_that_scoring_writes() -> None:
    """Every line a full response is scored on is a track in its series, so no line escapes the comparison."""
    seen = 0
    for code in library.codes():
        ours = library.load(code)
        answers = {
            one.code: (one.scale.numbers[-1] if one.scale and one.scale.numbers else one.options[0].value)
            if one.options
            else 1
            for one in ours.questions
            if one.options or one.bands
        }
        lines = set(score(ours, answers, {}).lines)
        known = {f"{name}:{track.series}" for name, track in tracks(ours).items()}
        assert lines <= known
        seen += len(lines)
    assert seen > 100
