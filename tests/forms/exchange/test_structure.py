"""How a form is put together: groups, cascades, languages, settings, names. Each feature as a small form of its own."""

from __future__ import annotations

import pytest

from tests.forms.exchange.forms import imported, notes, questions
from tests.forms.samples import he


def test_groups_are_sections_and_groups_in_them_give_their_relevance() -> None:
    found = imported("""
| survey |
|        | type        | name  | label  | relevant    |
|        | integer     | age   | גיל    |             |
|        | begin_group | adult | בגיר   | ${age} > 17 |
|        | text        | a     | א      |             |
|        | begin_group | inner | פנים   | ${a} != ''  |
|        | text        | b     | ב      | ${age} < 90 |
|        | end_group   |       |        |             |
|        | end_group   |       |        |             |
|        | text        | last  | סוף    |             |
""")
    assert [place for place, _message in found.notes] == ["title"]
    said = {"answered": "a"}
    assert found.document["sections"] == [
        {"code": "main", "questions": [{"code": "age", "type": "number", "text": he("גיל")}]},
        {
            "code": "adult",
            "title": he("בגיר"),
            "shown_if": {"gt": ["age", 17]},
            "questions": [
                {"code": "a", "type": "line", "text": he("א")},
                {"code": "inner", "type": "note", "text": he("פנים"), "shown_if": said},
                {"code": "b", "type": "line", "text": he("ב"), "shown_if": {"all": [said, {"lt": ["age", 90]}]}},
            ],
        },
        {"code": "main_2", "questions": [{"code": "last", "type": "line", "text": he("סוף")}]},
    ]


def test_a_cascade_of_choices() -> None:
    form = """
| survey |
|        | type              | name   | label | choice_filter                        |
|        | select_one region | region | אזור  |                                      |
|        | select_one branch | branch | סניף  | region=${region}                     |
|        | select_one region | again  | עוד   | not(selected(${region}, name))       |
|        | select_one branch | third  | שלוש  | region = 'north' or ${region} != ''  |
| choices |
|         | list_name | name  | label | region |
|         | region    | north | צפון  |        |
|         | region    | south | דרום  |        |
|         | branch    | haifa | חיפה  | north  |
|         | branch    | eilat | אילת  | south  |
"""
    _first, branch, again, third = ([choice.get("shown_if") for choice in one["choices"]] for one in questions(form))
    assert branch == [{"eq": ["region", "north"]}, {"eq": ["region", "south"]}]
    assert again == [{"not": {"eq": ["region", "north"]}}, {"not": {"eq": ["region", "south"]}}]
    assert third == [None, {"answered": "region"}]


def test_several_languages() -> None:
    found = imported("""
| survey |
| | type | name | label::English (en) | label::עברית (he) | label::ar | hint::ru | constraint_message::he | constraint |
| | integer | q | How many? | כמה? | كم؟ | Число | יותר מדי | . < 9 |
| settings |
|          | form_title | form_id | default_language |
|          | Count      | count   | English (en)     |
""")
    assert found.notes == []
    assert found.document["title"] == {"en": "Count"}
    assert found.document["languages"] == {"en": "source", "he": "draft", "ar": "draft", "ru": "draft"}
    assert found.document["sections"][0]["questions"] == [
        {
            "code": "q",
            "type": "number",
            "text": {"en": "How many?", "he": "כמה?", "ar": "كم؟"},
            "hint": {"ru": "Число"},
            "max": 8,
            "invalid": he("יותר מדי"),
        }
    ]


@pytest.mark.parametrize(
    ("label", "language"), [("שלום", "he"), ("How are you?", "en"), ("كيف حالك؟", "ar"), ("Как дела?", "ru")]
)
def test_a_text_without_a_language_is_told_by_its_letters(label: str, language: str) -> None:
    found = imported(f"|survey|\n||type|name|label|\n||text|q|{label}|\n|settings|\n||form_title|\n||t|\n")
    assert found.document["languages"] == {language: "source"}
    assert found.document["sections"][0]["questions"][0]["text"] == {language: label}


def test_an_answer_in_the_words_and_emphasis() -> None:
    form = """
| survey |
|        | type | name | label                                  |
|        | text | who  | שם                                     |
|        | note | q    | תודה, ${who}! זה *חשוב* ו__מאוד__ _כן_  |
"""
    assert questions(form)[1]["text"] == he("תודה, {answer:who}! זה *חשוב* ו__מאוד__ *כן*")


def test_settings() -> None:
    found = imported("""
| survey |
|        | type | name | label |
|        | text | q    | מה?   |
| settings |
|          | form_title | form_id     | version | style |
|          | הטופס שלי  | My Form-2   | 7       | pages |
""")
    assert found.document["code"] == "my_form_2"
    assert found.document["title"] == he("הטופס שלי")
    assert found.document["kind"] == "customer_survey"
    assert [place for place, _message in found.notes] == ["code", "version", "settings.style"]


def test_names_that_do_not_fit_are_mended_and_told() -> None:
    found = imported("""
| survey |
|        | type    | name       | label | relevant        |
|        | text    | _name      | א     |                 |
|        | text    | שם         | ב     | ${_name} != ''  |
|        | text    | name       | ג     | ${שם} = 'x'     |
|        | text    | name_other | ד     |                 |
""")
    assert [(one["code"], one.get("shown_if")) for one in found.document["sections"][0]["questions"]] == [
        ("name_2", None),
        ("q5", {"answered": "name_2"}),
        ("name", {"eq": ["q5", "x"]}),
        ("name_other_text", None),
    ]
    assert set(dict(found.notes)) == {"questions.name_2", "questions.q5", "questions.name_other_text", "title"}


def test_rows_switched_off_and_remarks_are_passed_over() -> None:
    form = """
| survey |
|        | type | name | label | disabled | my notes |
|        | text | q    | מה?   |          |          |
|        | text | r    | עוד   | yes      |          |
|        |      |      |       |          | למחוק    |
"""
    assert [one["code"] for one in imported(form).document["sections"][0]["questions"]] == ["q"]


def test_single_colons_and_old_headings() -> None:
    form = """
| survey |
|        | command      | tag | caption:he | hint:he |
|        | q string     | q   | מה?        | רמז     |
| settings |
|          | set form title | id_string |
|          | כן             | form      |
"""
    found = imported(form)
    assert found.document["sections"][0]["questions"] == [
        {"code": "q", "type": "line", "text": he("מה?"), "hint": he("רמז")}
    ]


def test_a_form_that_tells_nothing_has_nothing_to_tell() -> None:
    assert notes("|survey|\n||type|name|label|\n||text|q|מה?|\n|settings|\n||form_title|\n||כן|\n") == {}
