"""What holds of the library by itself: sums, marks, languages."""

from __future__ import annotations

import pytest

from forms.questionnaire import library

LANGUAGES = ["he", "en", "ar", "ru"]
CODES = library.codes()


@pytest.mark.parametrize("code", CODES)
def test_points_add_up(code: str) -> None:
    ours = library.load(code)
    scored = [section for section in ours.sections if section.scored]
    for section in scored:
        assert sum(question.points or 0 for question in section.questions) == section.points
    if scored:
        assert ours.total_points == 100
        assert sum(section.points or 0 for section in scored) == 100


def test_the_branch_checklist() -> None:
    ours = library.load("branch_mystery_visit")
    assert len(ours.scored_questions) == 30
    assert [section.code for section in ours.sections if section.scored] == list("ABCDEF")
    assert [one.code for one in ours.scored_questions if one.critical] == ["A2", "B5", "D2", "E1", "E2", "E3", "E5"]


@pytest.mark.parametrize("code", CODES)
def test_every_text_stands_in_all_four_languages(code: str) -> None:
    for place, text in library.load(code).texts():
        assert list(text) == LANGUAGES, place
        assert all(text.values()), place


def test_an_unknown_code_is_no_path() -> None:
    for code in ("nothing", "messages", "../../base", ""):
        with pytest.raises(KeyError):
            library.source(code)


def test_messages_belong_to_questionnaires_and_keep_their_places() -> None:
    messages = library.messages()
    assert {one.questionnaire for one in messages.sms.values()} <= set(CODES)
    for one in messages.sms.values():
        assert list(one.text) == LANGUAGES
        assert all("{url}" in text and "{org}" in text for text in one.text.values())
        assert all(messages.optout_keyword[language] in text for language, text in one.text.items())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_fits_its_parts(language: str) -> None:
    """Counted with an organisation of 12, a branch of 20 and an address of 34 characters, each between two isolates."""
    sizes = {"{org}": 12, "{branch}": 20, "{url}": 34}
    for one in library.messages().sms.values():
        text = one.text[language]
        length = len(text) + sum(size + 2 - len(name) for name, size in sizes.items() if name in text)
        assert length <= one.max_characters == 67 * one.max_segments, (one.code, length)
