"""Changes between two definitions: nothing that differs goes unsaid, nothing equal is told, each told as it reads."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.questionnaire import library
from forms.questionnaire.definition import (
    Choice,
    Confirmation,
    DefinitionError,
    Index,
    IndexPart,
    Privacy,
    Question,
    Questionnaire,
    Scale,
    Section,
    Statement,
    Thanks,
    Wording,
    dump,
    load,
)
from forms.questionnaire.versions import telling
from forms.questionnaire.versions.changes import Change, changes, changes_by_place
from forms.questionnaire.versions.differing import moved
from tests.forms.everything import everything, neighbours, spots
from tests.forms.samples import asked, document, he, question
from translations import FSI, LRI, PDI, speaking

BASE = everything()
SPOTS = list(spots(BASE))


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with speaking("en"):
        yield


def told(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    return changes(load(old), load(new))


def sentences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The sentences without the marks that isolate."""
    marks = {ord(mark): None for mark in (FSI, LRI, PDI)}
    return [one.sentence.translate(marks) for one in told(old, new)]


@pytest.mark.parametrize(
    ("part", "table"),
    [
        (Questionnaire, telling.QUESTIONNAIRE), (Section, telling.SECTION), (Question, telling.QUESTION),
        (Choice, telling.CHOICE), (Statement, telling.STATEMENT), (Scale, telling.SCALE), (Index, telling.INDEX),
        (IndexPart, telling.INDEX_PART), (Wording, telling.WORDING), (Privacy, telling.PRIVACY),
        (Confirmation, telling.CONFIRMATION), (Thanks, telling.THANKS),
    ],
)  # fmt: skip
def test_every_key_of_the_format_is_told(part: type, table: dict[str, Any]) -> None:
    identity = {"Questionnaire": set(), "Choice": {"value"}, "IndexPart": {"question"}, "Thanks": {"praise"}}
    without = {"Wording", "Privacy", "Confirmation"}
    known = identity.get(part.__name__, set() if part.__name__ in without else {"code"})
    keys = {one.name for one in fields(part)} - known - telling.PARTS.get(part.__name__, frozenset())
    assert keys == set(table)


def test_the_sample_holds_every_key_of_a_question() -> None:
    written = {key for one in load(BASE).questions for key in dump_of(one)}
    later = {"statements", "critical_cap"}
    assert {one.name for one in fields(Question)} - written - later == set()


def dump_of(question: Question) -> dict[str, Any]:
    return {one.name: 1 for one in fields(question) if getattr(question, one.name) != one.default}


def test_each_single_difference_is_told_and_equal_documents_are_not() -> None:
    """Every spot of the document, taken away or given another value."""
    base = load(BASE)
    assert changes(base, load(copy.deepcopy(BASE))) == []
    seen = 0
    for path in SPOTS:
        for near in neighbours(BASE, path):
            try:
                other = load(near)
            except DefinitionError:
                continue
            seen += 1
            differs = dump(other) != dump(base)
            for one, two in ((base, other), (other, base)):
                assert bool(changes(one, two)) == differs, (path, near)
    assert seen > 500


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_several_differences_at_once_are_told(data: st.DataObject) -> None:
    found = copy.deepcopy(BASE)
    for _step in range(data.draw(st.integers(1, 6))):
        near = data.draw(st.sampled_from(list(neighbours(found, data.draw(st.sampled_from(list(spots(found))))))))
        try:
            load(near)
        except DefinitionError:
            continue
        found = near
    assert bool(told(BASE, found)) == (dump(load(found)) != dump(load(BASE)))


@pytest.mark.parametrize("language", ["he", "en", "ar", "ru"])
def test_the_library_reads_without_a_hole_in_every_language(language: str) -> None:
    """Two unlike questionnaires: every sentence is written, nothing is left of a placeholder."""
    with speaking(language):
        one, two = library.load("post_visit_branch"), library.load("branch_mystery_visit")
        for change in changes(one, two):
            assert change.said
            assert change.subject
            assert "%(" not in change.sentence
            assert change.kind in {"added", "removed", "moved", "changed"}


def test_wording_shows_the_old_words_and_the_new_ones() -> None:
    old = document(asked(question("a", "text")))
    new = document(asked({**question("a", "text"), "text": {"he": "מה היה?", "en": "What was it?"}}))
    assert sentences(old, new) == [
        "Question “What was it?” (a): Wording (עברית): was “שאלה a”, now “מה היה?”",
        "Question “What was it?” (a): Wording (English): now “What was it?”; there was none before",
    ]


def test_a_rule_reads_as_a_sentence() -> None:
    scale = question("a", "scale", scale="sat5")
    old = document(asked(scale, question("b", "text")))
    new = document(asked(scale, question("b", "text", shown_if={"le": ["a", 2]})))
    rule = "asked only where the answer to “שאלה a” (a) is at most 2 (דרגה 2)"
    assert sentences(old, new) == [f"Question “שאלה b” (b): New: {rule}"]
    assert sentences(new, old) == [f"Question “שאלה b” (b): No longer: {rule}"]


def test_a_question_that_only_moves_is_told_once() -> None:
    names = ["a", "b", "c", "d", "e"]
    old = document(asked(*(question(one, "text") for one in names)))
    new = document(asked(*(question(one, "text") for one in ["e", "a", "b", "c", "d"])))
    assert [(one.place, one.kind) for one in told(old, new)] == [("questions.e", "moved")]


def test_a_question_in_another_section_moved() -> None:
    one, two = question("a", "text"), question("b", "text")
    other = question("c", "text")
    old = document(asked(one, two), asked(other, code="more", title=he("עוד")))
    new = document(asked(one), asked(other, two, code="more", title=he("עוד")))
    assert sentences(old, new) == [
        "Question “שאלה b” (b): moved from Section main to Section “עוד” (more), after “שאלה c” (c)"
    ]


def test_a_scale_is_told_once_before_the_first_question_that_uses_it() -> None:
    old = document(
        asked(question("a", "text"), question("b", "scale", scale="sat5"), question("c", "scale", scale="sat5"))
    )
    new = copy.deepcopy(old)
    new["scales"]["sat5"]["points"][0]["text"] = he("אחרת")
    new["sections"][0]["questions"][0]["required"] = True
    new["sections"][0]["questions"][1]["required"] = True
    assert [one.place for one in told(old, new)] == ["questions.a", "scales.sat5", "questions.b"]


def test_a_scale_turned_round_is_one_sentence() -> None:
    old = document(asked(question("b", "scale", scale="sat5")))
    new = copy.deepcopy(old)
    new["scales"]["sat5"]["points"].reverse()
    assert sentences(old, new) == ["Scale sat5: Point 1 (דרגה 1) to Point 5 (דרגה 5): the order is turned round"]


def test_true_is_not_one() -> None:
    old = document(asked(question("a", "int"), question("b", "text", shown_if={"eq": ["a", 1]})))
    new = document(asked(question("a", "int"), question("b", "text", shown_if={"eq": ["a", True]})))
    assert len(told(old, new)) == 1


def test_what_is_gone_stands_where_it_was() -> None:
    old = document(asked(*(question(one, "text") for one in "abc")))
    new = document(asked(question("a", "text", required=True), question("c", "text", required=True)))
    assert [(one.place, one.kind) for one in told(old, new)] == [
        ("questions.a", "changed"), ("questions.b", "removed"), ("questions.c", "changed"),
    ]  # fmt: skip


def test_by_place_keeps_the_order() -> None:
    old = document(asked(question("a", "text"), question("b", "text")))
    new = document(asked(question("a", "line", required=True), question("b", "line")))
    found = changes_by_place(told(old, new))
    assert {place: len(several) for place, several in found.items()} == {"questions.a": 2, "questions.b": 1}


@settings(deadline=None)
@given(st.permutations(range(8)))
def test_moved_are_the_fewest(order: list[int]) -> None:
    """What is left after taking the moved ones away stands in its old order, and nothing more could have stayed."""
    found = moved(range(8), order)
    stayed = [one for one in order if one not in found]
    assert stayed == sorted(stayed)
    longest = [1] * 8
    for i, one in enumerate(order):
        longest[i] = 1 + max((longest[j] for j in range(i) if order[j] < one), default=0)
    assert len(stayed) == max(longest)
