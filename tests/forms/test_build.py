"""The form of a page: what a template finds in it, and what of it is kept."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

from werkzeug.datastructures import MultiDict

from forms.questionnaire import library
from forms.questionnaire.build import PageForm, build, open_form, pages, praise_form
from forms.questionnaire.definition import Questionnaire
from forms.questionnaire.paging import Page
from forms.questionnaire.rules import evaluate
from tests.forms.samples import asked, question, questionnaire

PERSONAL: dict[str, Any] = {"link": "personal"}
OPEN: dict[str, Any] = {"link": "open"}
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


# ---- what a template finds --------------------------------------------------------------------------------------


def test_the_lowest_comes_first_and_nothing_is_preselected() -> None:
    form = open_form(SURVEY, page_of(SURVEY, "main-2"), "he", PERSONAL, {})
    recommend = next(field for field in form if field.question.measure == "nps")
    assert [option.value for option in recommend.options] == [*map(str, range(11)), "dk"]
    assert [option.value for option in recommend.options if option.outside] == ["dk"]
    assert [(option.value, option.anchor) for option in recommend.anchors] == [
        ("0", "אין נכונות בכלל"),
        ("10", "נכונות רבה מאוד"),
    ]
    assert not any(option.checked for field in form for option in field.options)
    assert recommend.options[0].id == recommend.target == "pv8-0"
    chosen = open_form(SURVEY, page_of(SURVEY, "main-2"), "he", PERSONAL, {"pv8": 0})
    assert [one.value for field in chosen for one in field.options if one.checked] == ["0"]


def test_inputs_carry_direction_length_and_keyboard() -> None:
    follow_up = page_of(SURVEY, "follow_up", OPEN)
    fields = {one.question.code: one for one in open_form(SURVEY, follow_up, "he", OPEN, {"pv1": 1})}
    phone = fields["callback_phone"]()
    for attribute in ('dir="ltr"', 'inputmode="tel"', 'autocomplete="tel"'):
        assert attribute in phone
    words = {one.question.code: one for one in open_form(SURVEY, page_of(SURVEY, "main-2"), "he", PERSONAL, {})}
    assert 'maxlength="500"' in words["pv12"]()
    assert 'dir="auto"' in words["pv12"]()
    assert words["pv12"].hint.text.startswith("נא לא לכתוב מספר חשבון")


def test_a_text_that_falls_back_is_marked() -> None:
    definition = questionnaire(
        asked(
            question("a", "scale", scale="nps11"),
            {**question("b", "text"), "text": {"he": "עברית", "en": "English"}},
        )
    )
    first, second = open_form(definition, pages(definition, {})[0], "en", {}, {})
    assert (first.phrase.text, first.phrase.lang) == ("שאלה a", "he")
    assert (second.phrase.text, second.phrase.lang) == ("English", None)
    lowest = first.options[0]
    assert (lowest.text, lowest.lang, lowest.anchor) == ("0", "he", "אין נכונות")
    assert first.options[5].lang is None, "a bare number is in no language"


def test_wording_follows_the_way_somebody_came() -> None:
    consent = {
        link: next(iter(open_form(SURVEY, page_of(SURVEY, "follow_up"), "en", {"link": link}, {"pv1": 1}))).phrase.text
        for link in ("personal", "open")
    }
    assert "your phone number" in consent["personal"]
    assert "in the next field" in consent["open"]
    recovery = library.load("recovery_follow_up")
    texts = [open_form(recovery, page_of(recovery, "main-1"), "he", {"no_branch": gone}, {}) for gone in (False, True)]
    assert ["{branch}" in list(form)[1].phrase.text for form in texts] == [True, False]


def test_forms_are_built_once() -> None:
    page = page_of(SURVEY, "main-1")
    assert build(SURVEY, page, "he", PERSONAL) is build(SURVEY, page, "he", PERSONAL)
    assert build(SURVEY, page, "he", PERSONAL) is not build(SURVEY, page, "ru", PERSONAL)
    assert build(SURVEY, page, "he", PERSONAL) is not build(SURVEY, page, "he", OPEN)


def test_codes_that_are_also_names_of_a_form_do_no_harm() -> None:
    definition = questionnaire(
        asked(*(question(code, "text") for code in ("data", "errors", "validate", "meta", "page")))
    )
    form = open_form(definition, pages(definition, {})[0], "he", {}, {}, sent(("data", "א"), ("validate", "ב")))
    assert form.validate()
    assert form.answers == {"data": "א", "validate": "ב"}


def test_a_page_of_thirty_items_is_ready_in_ten_milliseconds() -> None:
    page = Page("all", 1, {}, SHOP.scored_questions)
    pairs = sent(*((one.code, "yes") for one in page.questions))

    def once() -> float:
        start = process_time()
        form = open_form(SHOP, page, "he", PERSONAL, {}, pairs)
        form.validate()
        for field in form:
            assert field.options or field()
            assert field.comment()
        return process_time() - start

    once()
    assert min(once() for _round in range(10)) < 0.010


# ---- what is kept -----------------------------------------------------------------------------------------------


def test_a_page_keeps_only_given_answers() -> None:
    form = filled(SURVEY, "main-1", ("pv1", "5"), ("pv7", "dk"), ("pv8", "3"), ("stray", "x"))
    assert form.validate()
    assert form.answers == {"pv1": 5, "pv7": "dk"}
    assert form.page_answers == {"pv1": 5, "pv2": None, "pv5": None, "pv6": None, "pv7": "dk"}


def test_an_empty_page_is_fine_when_nothing_is_required() -> None:
    form = filled(SURVEY, "main-1")
    assert form.validate()
    assert form.answers == {}


def test_faults_are_listed_in_order_and_lead_to_the_first_choice() -> None:
    form = filled(SURVEY, "main-2", ("pv8", "11"), ("pv12", "x" * 501), ("pv10", "gone"), ("pv11", "kept"))
    assert not form.validate()
    assert [place for place, _message in form.error_summary] == ["pv10-0", "pv8-0", "pv12"]
    assert [str(field.errors[0]) for field in form if field.errors] == [message for _p, message in form.error_summary]
    assert form.answers == {"pv11": "kept"}, "what can be read is not lost"
    assert "x" * 501 in next(field for field in form if field.question.code == "pv12")(), "what was typed stays"


def test_required_only_where_the_definition_says_so() -> None:
    definition = questionnaire(
        asked(
            question("a", "scale", scale="sat5", required=True),
            question("b", "text", required_if={"eq": ["a", 1]}),
            question("c", "checkbox", required=True),
            question("d", "text"),
        )
    )
    page = pages(definition, {})[0]

    def missing(*pairs: tuple[str, str]) -> list[str]:
        form = open_form(definition, page, "he", {}, {}, sent(*pairs))
        form.validate()
        return [place for place, _message in form.error_summary]

    assert missing() == ["a-0", "c"]
    assert missing(("a", "1"), ("c", "y")) == ["b"]
    assert missing(("a", "2"), ("c", "y")) == []


def test_zero_is_an_answer() -> None:
    definition = questionnaire(asked(question("a", "scale", scale="nps11", required=True)))
    form = open_form(definition, pages(definition, {})[0], "he", {}, {}, sent(("a", "0")))
    assert form.validate()
    assert form.answers == {"a": 0}


def test_contact_joins_the_answers_only_when_the_box_is_ticked() -> None:
    unhappy = {"pv1": 1}
    number = ("callback_phone", "050-234-5678")
    quiet = filled(SURVEY, "follow_up", number, ("pv_callback_recipient", "served"), context=OPEN, answers=unhappy)
    assert quiet.validate()
    assert quiet.answers == {}
    wish, reader = ("pv_callback", "y"), ("pv_callback_recipient", "served")
    ticked = filled(SURVEY, "follow_up", number, wish, reader, context=OPEN, answers=unhappy)
    assert ticked.validate()
    assert ticked.answers == {
        "pv_callback": True,
        "pv_callback_recipient": "served",
        "callback_phone": "+972502345678",
    }
    without = filled(SURVEY, "follow_up", wish, context=OPEN, answers=unhappy)
    assert not without.validate()
    assert {place for place, _message in without.error_summary} == {"pv_callback_recipient-0", "callback_phone"}
    known = filled(SURVEY, "follow_up", wish, reader, context=PERSONAL, answers=unhappy)
    assert known.validate()
    assert "callback_phone" not in known


def test_what_a_rule_hides_is_neither_checked_nor_kept() -> None:
    recovery = library.load("recovery_follow_up")
    solved = filled(recovery, "main-2", ("rf7", "x" * 2000), ("rf10", "מהר"), answers={"rf1": "yes"})
    assert solved.validate()
    assert solved.answers == {"rf10": "מהר"}
    unsolved = filled(recovery, "main-2", ("rf7", "עוד"), ("rf10", "מהר"), answers={"rf1": "partly"})
    assert unsolved.validate()
    assert unsolved.answers == {"rf7": "עוד"}
    skipped = filled(recovery, "main-2", ("rf10", "מהר"))
    assert skipped.validate()
    assert skipped.answers == {"rf10": "מהר"}


def test_an_item_taken_out_by_a_rule_is_stored_as_not_applicable() -> None:
    short = filled(SHOP, "B", ("B3", "7"), ("B4", "no"))
    assert short.validate()
    assert short.answers == {"B3": 7, "B4": "na"}
    fields = {field.question.code: field for field in short}
    assert json.loads(fields["B4"].na_rule or "") == {"le": ["B3", 10]}
    no_account = {"scenario": {"has_account": False}}
    settled = open_form(SHOP, page_of(SHOP, "E", no_account), "he", no_account, {})
    assert [field.question.code for field in settled if field.not_applicable] == ["E3"]


def test_points_are_lost_only_with_words() -> None:
    bare = filled(SHOP, "D", ("D1", "no"), ("D3", "no"))
    assert not bare.validate()
    assert [place for place, _message in bare.error_summary] == ["D1_comment"]
    told = filled(SHOP, "D", ("D1", "no"), ("D1_comment", "נאמר: אין לי מושג"), ("D2", "yes"), ("D5", "na"))
    assert told.validate()
    assert told.answers == {"D1": "no", "D1_comment": "נאמר: אין לי מושג", "D2": "yes", "D5": "na"}
    assert [field.comment is not None for field in told] == [True] * 5
    long = filled(SHOP, "D", ("D3", "yes"), ("D3_comment", "x" * 1001))
    assert not long.validate()


def test_a_browser_can_mirror_a_rule_of_the_page() -> None:
    form = open_form(SURVEY, page_of(SURVEY, "follow_up", OPEN), "he", OPEN, {"pv1": 1})
    rules = {field.question.code: json.loads(field.rule) for field in form if field.rule}
    assert set(rules) == {"pv_callback_recipient", "callback_phone"}
    for ticked in (True, None):
        answers = {"pv_callback": True} if ticked else {}
        assert all(evaluate(rule, answers, {}) is bool(ticked) for rule in rules.values())


def test_praise_stands_apart() -> None:
    form = praise_form(SURVEY, "he", sent(("pv_praise", "תודה לדנה")))
    assert form is not None
    assert form.validate()
    assert form.answers == {"pv_praise": "תודה לדנה"}
    assert praise_form(SHOP, "he") is None
