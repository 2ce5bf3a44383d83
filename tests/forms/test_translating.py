"""Texts side by side: every one is found, written back where it came from, and nothing else moves."""

from __future__ import annotations

import pytest

from forms.questionnaire import library, translating
from forms.questionnaire.definition import Text, dump, load
from tests.forms.samples import asked, document, question

LIBRARY = library.codes()


@pytest.mark.parametrize("code", LIBRARY)
def test_every_text_stands_in_one_part_and_can_be_written_anew(code: str) -> None:
    questionnaire = library.load(code)
    places = [place for part in translating.parts(questionnaire) for place, _text in part.texts]
    assert sorted(places) == sorted(place for place, _text in questionnaire.texts())
    assert len(set(places)) == len(places)
    seen: list[str] = []

    def note(place: str, text: Text) -> Text:
        seen.append(place)
        return text

    assert translating.reworded(questionnaire, note) is questionnaire
    assert set(seen) == set(places)
    said = {place: f"«{place}»" for place in places}
    written = translating.translated(questionnaire, "ru", said)
    assert {place: text["ru"] for place, text in written.texts()} == said
    assert load(dump(written)) == written
    before, after = dump(questionnaire), dump(written)
    assert translating.without(written, "ru") == translating.without(questionnaire, "ru")
    assert before.keys() == after.keys()


def test_a_scale_is_the_same_for_every_question_that_uses_it() -> None:
    sample = load(document(asked(question("q1", "scale", scale="sat5"), question("q2", "scale", scale="sat5"))))
    written = translating.translated(sample, "en", {"scales.sat5.points.5.text": "Very satisfied"})
    assert written.by_code["q1"].scale == written.by_code["q2"].scale == written.scales["sat5"]
    assert written.scales["sat5"].steps[-1].text["en"] == "Very satisfied"
    assert written.languages["en"] == "draft"


def test_an_approved_language_is_a_draft_once_its_words_change() -> None:
    shipped = library.load("post_visit_branch")
    assert shipped.languages["en"] == "approved"
    place, text = next(iter(shipped.texts()))
    assert translating.translated(shipped, "en", {place: text["en"]}) is shipped
    assert translating.translated(shipped, "en", {place: f"  {text['en']} "}) is shipped, "spaces around are no change"
    changed = translating.translated(shipped, "en", {place: "Otherwise"})
    assert changed.languages == {**shipped.languages, "en": "draft"}
    hebrew = translating.translated(shipped, "he", {place: "אחרת"})
    assert hebrew.languages == shipped.languages
    assert translating.outdated(shipped, hebrew, "en") == {place}
    assert translating.outdated(shipped, translating.translated(hebrew, "en", {place: "New"}), "en") == frozenset()


def test_a_text_is_taken_away_and_is_missing_then() -> None:
    shipped = library.load("post_visit_branch")
    assert translating.missing(shipped, "ar") == []
    gone = translating.translated(shipped, "ar", {"questions.pv1.text": "  ", "questions.nothing.text": "x"})
    assert translating.missing(gone, "ar") == ["questions.pv1.text"]
    assert "ar" not in gone.by_code["pv1"].text
    assert load(dump(gone)) == gone


@pytest.mark.parametrize(
    ("source", "given", "named"),
    [
        ("ביקרת ב{branch}", "You visited {branch}", ""),
        ("ביקרת ב{branch}", "", ""),
        ("ביקרת ב{branch}", "You visited us", "{branch}"),
        ("ביקרת", "You visited {branch}", "{branch}"),
        ("כתבת {answer:q1} ב{date}", "On {date} you wrote {answer:q2}", "{answer:q1} {answer:q2}"),
    ],
)
def test_a_value_that_only_one_language_names_is_told(source: str, given: str, named: str) -> None:
    said = translating.doubt(source, given)
    assert bool(said) == bool(named)
    for one in named.split():
        assert one in said


def test_the_library_is_beyond_doubt() -> None:
    for code in LIBRARY:
        questionnaire = library.load(code)
        assert [
            one for language in questionnaire.languages for one in translating.doubts(questionnaire, language)
        ] == []
