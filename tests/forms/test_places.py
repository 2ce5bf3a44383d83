"""Places are told to people: by the words of a question, the title of a section, the value of an answer."""

from __future__ import annotations

import pytest

from forms.questionnaire import library, places
from forms.questionnaire.definition import load
from tests.forms.samples import asked, document, question


@pytest.mark.parametrize("code", library.codes())
def test_every_place_of_the_library_leads_somewhere(code: str) -> None:
    questionnaire = library.load(code)
    for place, _text in questionnaire.texts():
        assert places.name(questionnaire, place), place
        assert places.text_name(place), place
        where = places.locate(questionnaire, place)
        assert ".".join((where.thing, *where.rest)) == place
        assert where.code or where.kind in places.STANDING, place


def test_a_code_with_a_dot_is_whole() -> None:
    sample = load(document(asked(question("a", "text"), question("a.b", "text"))))
    assert places.locate(sample, "questions.a.b.hint") == places.Where("questions", "a.b", ("hint",))
    assert places.locate(sample, "questions.a.hint") == places.Where("questions", "a", ("hint",))
    assert places.locate(sample, "questions.nothing").code == ""
    assert places.locate(sample, "") == places.Where("", "", ())
    assert places.name(sample, "") == ""
