"""Edits of a questionnaire: a new one each time that loads again, and nothing changes that was not meant to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.questionnaire import editing, library
from forms.questionnaire.check import problems
from forms.questionnaire.definition import DefinitionError, Questionnaire, dump, load
from forms.questionnaire.editing.codes import fresh, from_text, slug
from forms.questionnaire.types import TYPES
from translations import LANGUAGES

VISIT = library.load("post_visit_branch")
SHOP = library.load("branch_mystery_visit")


def codes(questionnaire: Questionnaire, section: str = "main") -> list[str]:
    return [question.code for question in editing.find_section(questionnaire, section).questions]


# ---- codes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ({"en": "How easy was it to get done?"}, "easy_get_done"),
        ({"he": "כסף מזומן"}, "ksf_mzvmn"),
        ({"ru": "Ссуда или ипотека"}, "ssuda_ili_ipoteka"),
        ({"en": "{branch}", "he": "?"}, ""),
    ],
)
def test_codes_are_made_of_the_words(text: dict[str, str], code: str) -> None:
    assert from_text(text) == code


def test_a_fresh_code_is_nobodys() -> None:
    assert fresh("wait", {"wait", "Wait_2"}) == "wait_3"
    assert fresh("", {"q1"}) == "q2"
    assert fresh("9", ()) == "q9"
    assert fresh("wait_comment", ()) == "wait", "codes that end so are kept for the words beside an answer"
    assert slug("x" * 200) == "x" * 24


# ---- presets ---------------------------------------------------------------------------------------------------------


def test_the_palette_has_every_type_in_four_languages() -> None:
    presets = editing.presets()
    assert {preset.question.type for preset in presets.values()} == set(TYPES)
    for code in ("satisfaction", "recommend", "ease", "wait", "comment", "consent", "call_back"):
        assert set(presets[code].question.text) == set(LANGUAGES), code


@pytest.mark.parametrize("preset", editing.presets())
def test_every_preset_is_added_and_reads_back(preset: str) -> None:
    bare = replace(VISIT, follow_up=None, thanks=None)
    changed, code = editing.add_question(bare, "questions.pv1", preset, taken={preset})
    assert load(dump(changed)) == changed
    assert code != preset
    assert code in editing.question_codes(changed)
    assert not [one for one in problems(changed) if "language" in one.message]
    assert editing.unused_keys(editing.find_question(changed, code)) == []


@pytest.mark.parametrize("preset", ["yes_no", "item"])
def test_an_item_brings_points_to_a_scored_section_alone(preset: str) -> None:
    for scored, points in ((True, 1), (False, None)):
        bare = editing.change_section(VISIT, "main", scored=scored)
        changed, code = editing.add_question(bare, "sections.main", preset)
        assert editing.find_question(changed, code).points == points
        assert not [one for one in problems(changed) if not scored and one.place.endswith(".points")]


def test_a_scale_that_says_the_same_is_shared_and_another_of_its_name_is_not() -> None:
    shared, code = editing.add_question(VISIT, "sections.main", "satisfaction")
    assert set(shared.scales) == set(VISIT.scales)
    other = replace(VISIT.scales["sat5"], extra=())
    changed, code = editing.add_question(editing.change_scale(VISIT, other), "sections.main", "satisfaction")
    scale = editing.find_question(changed, code).scale
    assert scale is not None
    assert scale.code == "sat5_2"


# ---- moving, copying, taking away ------------------------------------------------------------------------------------


def test_a_question_steps_over_the_edge_of_its_section() -> None:
    two, _code = editing.add_section(VISIT, code="last")
    moved = editing.move(two, "questions.pv9", "down")
    assert codes(moved, "last") == ["pv9"]
    assert editing.move(moved, "questions.pv9", "down") == moved, "what is last stays last"
    assert editing.move(moved, "questions.pv9", "up") == two
    assert codes(editing.move(two, "questions.pv9", "sections.main", 0))[0] == "pv9"
    assert codes(editing.move(two, "questions.pv9", "questions.pv1"))[:2] == ["pv1", "pv9"]
    assert [one.code for one in editing.move(two, "sections.last", "up").sections] == ["last", "main"]


@given(st.data())
@settings(max_examples=60)
def test_moving_loses_nothing_wherever_it_goes(data: st.DataObject) -> None:
    questions = [question.code for section in SHOP.sections for question in section.questions]
    places = ["up", "down", "sections.A", "sections.F", *(f"questions.{one}" for one in questions)]
    changed = SHOP
    for _step in range(5):
        code = data.draw(st.sampled_from(questions))
        to = data.draw(st.sampled_from(places))
        changed = editing.move(changed, f"questions.{code}", to, data.draw(st.none() | st.integers(0, 9)))
    moved = [question for section in changed.sections for question in section.questions]
    assert sorted(question.code for question in moved) == sorted(questions)
    assert {question.code: question for question in moved} == {
        question.code: question for section in SHOP.sections for question in section.questions
    }


def test_a_copied_section_looks_at_itself() -> None:
    changed, code = editing.duplicate(SHOP, "sections.B")
    copy = editing.find_section(changed, code)
    assert [one.code for one in copy.questions] == ["B1_2", "B2_2", "B3_2", "B4_2", "B5_2"]
    assert copy.questions[3].na_if == {"le": ["B3_2", 10]}
    assert load(dump(changed)) == changed


def test_what_points_to_something_gone_becomes_a_problem() -> None:
    changed = editing.delete(VISIT, "questions.pv1")
    found = [one.place for one in problems(changed)]
    assert "questions.pv_callback.shown_if" in found
    assert changed.follow_up == VISIT.follow_up
    assert editing.users_of(VISIT, "pv1") == ["questions.pv_callback"]


def test_a_new_code_is_taken_over_by_all_that_name_it() -> None:
    quoting = editing.set_text(VISIT, "questions.pv9.text", "he", "כי ענית {answer:pv8}?")
    changed = editing.change_question(quoting, "pv8", code="recommend")
    assert "{answer:recommend}" in changed.by_code["pv9"].text["he"]
    assert "pv8" not in str(dump(changed))
    assert [one.place for one in problems(changed)] == []
    for wrong in ("pv1", "9", "a b", "x" * 61, ""):
        with pytest.raises(DefinitionError):
            editing.change_question(VISIT, "pv8", code=wrong)


def test_another_type_keeps_what_it_can_use_and_names_the_rest() -> None:
    changed, unused = editing.change_type(VISIT, "pv2", "text")
    assert unused == ["choices"]
    assert changed.by_code["pv2"].text == VISIT.by_code["pv2"].text
    assert load(dump(changed)) == changed


# ---- scales and texts ------------------------------------------------------------------------------------------------


def test_a_shared_scale_is_changed_for_all_or_copied_for_one() -> None:
    scale = replace(VISIT.scales["degree5"], extra=())
    everywhere = editing.change_scale(VISIT, scale)
    assert all(everywhere.by_code[code].scale == scale for code in ("pv5", "pv6"))
    here = editing.change_scale_here(VISIT, "pv5", scale)
    assert here.by_code["pv6"].scale == VISIT.scales["degree5"]
    copied = here.by_code["pv5"].scale
    assert copied == replace(scale, code="degree5_2")
    with pytest.raises(DefinitionError):
        editing.delete_scale(VISIT, "degree5")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_text_is_set_at_its_place(language: str) -> None:
    for place, _text in VISIT.texts():
        changed = editing.set_text(VISIT, place, language, "ZZ")
        assert dict(changed.texts())[place][language] == "ZZ"
        assert load(dump(changed)) == changed


# ---- pasting ---------------------------------------------------------------------------------------------------------


def test_lists_are_pasted_as_people_have_them() -> None:
    languages = ["he", "en"]
    plain = editing.paste_choices("כן\nלא\n\n", languages)
    assert [one.text["he"] for one in plain] == ["כן", "לא"]
    assert len({one.value for one in plain}) == 2
    coded = editing.paste_choices("yes | כן\nno|לא", languages)
    assert [(one.value, one.text) for one in coded] == [("yes", {"he": "כן"}), ("no", {"he": "לא"})]
    sheet = editing.paste_choices("1\tכן\tYes\n2\tלא\tNo", languages)
    assert [(one.value, one.text["en"]) for one in sheet] == [(1, "Yes"), (2, "No")]
    headed = editing.paste_choices("code\ten\the\na\tYes\tכן", languages)
    assert headed[0].text == {"he": "כן", "en": "Yes"}
    kept = replace(sheet[0], score=50)
    again = editing.paste_choices("1\tכן!\tYes", languages, [kept, sheet[1]])
    assert again == (replace(kept, text={"he": "כן!", "en": "Yes"}), sheet[1])
    assert editing.paste_choices(editing.as_lines(sheet, dict.fromkeys(languages, "")), languages) == sheet
    for wrong in ("a\tb\tc\td\te", "a b | x", "\n".join("x" * 501)):
        with pytest.raises(DefinitionError):
            editing.paste_choices(wrong, languages)
