"""Questionnaires cut into pages; what stands in the texts; and that whatever is sent, the pages answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from forms.questionnaire import library
from forms.questionnaire.build import PageForm, open_form, pages, render_text
from forms.questionnaire.definition import Questionnaire
from forms.questionnaire.paging import Page
from forms.questionnaire.rules import kept
from forms.questionnaire.score import score
from tests.forms.samples import asked, he, item, question, questionnaire, scored
from translations import speaking

PERSONAL: dict[str, Any] = {"link": "personal"}
SURVEY = library.load("post_visit_branch")
SHOP = library.load("branch_mystery_visit")


def page_of(definition: Questionnaire, code: str, context: dict[str, Any] | None = None) -> Page:
    return next(page for page in pages(definition, context or PERSONAL) if page.code == code)


def sent(*pairs: tuple[str, str]) -> MultiDict[str, str]:
    return MultiDict(pairs)


def filled(
    definition: Questionnaire, code: str, *pairs: tuple[str, str], context: Any = PERSONAL, answers: Any = None
) -> PageForm:
    return open_form(definition, page_of(definition, code, context), "he", context, answers or {}, sent(*pairs))


@pytest.mark.parametrize(
    ("code", "sizes"),
    [
        ("post_visit_branch", {"main-1": 5, "main-2": 5, "follow_up": 3}),
        ("recovery_follow_up", {"main-1": 5, "main-2": 4}),
        ("post_digital", {"main-1": 3, "main-2": 3, "follow_up": 2}),
        (
            "branch_mystery_visit",
            {"header": 5, "A": 5, "B": 5, "C": 5, "D": 5, "E": 5, "F": 5, "unscored": 3},
        ),
        ("executive_field_visit", {"header": 1, "main-1": 4, "main-2": 2, "main-3": 2}),
    ],
)
def test_pages(code: str, sizes: dict[str, int]) -> None:
    found = pages(library.load(code), PERSONAL)
    assert {page.code: len(page.questions) for page in found} == sizes
    assert [page.number for page in found] == list(range(1, len(found) + 1))


@pytest.mark.parametrize("code", library.codes())
def test_every_question_stands_on_one_page(code: str) -> None:
    definition = library.load(code)
    refs = {"refs": {one.code: [("1", "אחת")] for one in definition.questions if one.type == "ref"}}
    listed = [one.code for page in pages(definition, {**PERSONAL, **refs}) for one in page.questions]
    assert listed == [one.code for one in definition.questions]


def test_a_question_that_hangs_on_its_page_begins_a_new_one() -> None:
    definition = questionnaire(
        asked(question("a", "text"), question("b", "text", shown_if={"answered": "a"}), question("c", "text"))
    )
    assert [[one.code for one in page.questions] for page in pages(definition, {})] == [["a"], ["b", "c"]]


def test_a_page_with_nothing_to_ask_is_left_out() -> None:
    assert [page.code for page in pages(SURVEY, PERSONAL, {})] == ["main-1", "main-2"]
    assert [page.code for page in pages(SURVEY, PERSONAL, {"pv1": 2})] == ["main-1", "main-2", "follow_up"]
    assert [page.code for page in pages(SURVEY, PERSONAL, {"pv1": "dk", "pv8": 7})] == ["main-1", "main-2"]


def test_a_reference_is_asked_where_its_choices_are_known() -> None:
    context = {"refs": {"scenario": [("s1", "פיקדון"), ("s2", "הלוואה")]}}
    form = filled(SHOP, "header", ("scenario", "s2"), context=context)
    scenario = next(field for field in form if field.question.code == "scenario")
    assert [(one.value, one.text) for one in scenario.options] == [("s1", "פיקדון"), ("s2", "הלוואה")]
    assert form.validate()
    assert form.answers == {"scenario": "s2"}
    assert not filled(SHOP, "header", ("scenario", "s3"), context=context).validate()
    assert "scenario" not in {field.question.code for field in filled(SHOP, "header")}


def test_values_are_escaped_and_isolated() -> None:
    text = "ביקרת בסניף {branch} ב־{date} & <b>"
    shown = render_text(text, {"branch": "<script>", "date": "9.3.2026"})
    assert shown == "ביקרת בסניף <bdi>&lt;script&gt;</bdi> ב־<bdi>9.3.2026</bdi> &amp; &lt;b&gt;"
    assert isinstance(shown, Markup)
    plain = render_text(text, {"branch": "C++", "date": "9.3.2026"}, html=False)
    assert plain == "ביקרת בסניף \u2068C++\u2069 ב־\u20689.3.2026\u2069 & <b>"


def test_unknown_places_do_not_break_a_page() -> None:
    assert render_text("{branch} {nothing} {0} { {", {"nothing": "x"}) == "<bdi>…</bdi> {nothing} {0} { {"
    assert render_text({"he": "שלום", "en": "Hello"}, {}) == "שלום"
    with speaking("en"):
        assert render_text({"he": "שלום", "en": "Hello"}, {}) == "Hello"


# ---- properties -------------------------------------------------------------------------------------------------

ANYTHING = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["0", "1", "5", "10", "dk", "na", "yes", "no", "y", "050-234-5678", "9.3.2026", "handled", "partly"]
    ),
)


@given(code=st.sampled_from(library.codes()), data=st.data(), link=st.sampled_from(["personal", "open"]))
def test_whatever_is_sent_the_page_answers(code: str, data: st.DataObject, link: str) -> None:
    definition = library.load(code)
    context = {"link": link, "scenario": {"has_account": data.draw(st.booleans())}}
    answers: dict[str, Any] = {}
    for page in pages(definition, context):
        names = st.sampled_from([name for one in page.questions for name in (one.code, one.comment_code)])
        pairs = data.draw(st.lists(st.tuples(names, ANYTHING), max_size=6))
        form = open_form(definition, page, "he", context, answers, sent(*pairs))
        valid = form.validate()
        assert valid == (not form.error_summary)
        for field in form:
            assert field.options or field()
        answers |= form.answers
    json.dumps(answers)
    card = score(definition, answers, context)
    assert score(definition, kept(definition, answers, context), context) == card
    assert all(-10000 <= value <= 10000 for value in card.lines.values())


def test_a_scored_page_shows_its_heading() -> None:
    definition = questionnaire(scored("A", item("A1", 1)), title=he("ט"))
    assert [page.heading("he") for page in pages(definition, {})] == ["פרק A"]
