"""Every feature that XLSForm's documentation shows for our types, each as a small form and the questions it becomes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.forms.exchange.forms import imported, questions
from tests.forms.samples import he

YES_NO = """
| choices |
|         | list_name | name | label |
|         | yn        | yes  | כן    |
|         | yn        | no   | לא    |
"""
TWO = [{"value": "yes", "text": he("כן")}, {"value": "no", "text": he("לא")}]


def one(kind: str, columns: str = "", cells: str = "", more: str = "") -> dict[str, Any]:
    """The question that a single row becomes, without code and words."""
    form = f"""
| survey |
|        | type   | name | label | {columns} |
|        | {kind} | q    | שאלה  | {cells}   |
{more}
"""
    (question,) = questions(form)
    assert (question.pop("code"), question.pop("text")) == ("q", he("שאלה"))
    return question


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("text", {"type": "line"}),
        ("integer", {"type": "number"}),
        ("decimal", {"type": "number", "decimals": 6}),
        ("date", {"type": "date"}),
        ("time", {"type": "time"}),
        ("dateTime", {"type": "datetime"}),
        ("datetime", {"type": "datetime"}),
        ("note", {"type": "note"}),
        ("image", {"type": "photo"}),
        ("photo", {"type": "photo"}),
        ("file", {"type": "file"}),
        ("acknowledge", {"type": "checkbox"}),
        ("add text prompt", {"type": "line"}),
        ("add integer prompt", {"type": "number"}),
        ("percentage", {"type": "int", "min": 0, "max": 100}),
        ("phone number", {"type": "line", "pattern": r"^\d*$"}),
    ],
)
def test_a_type_with_its_other_names(kind: str, expected: dict[str, Any]) -> None:
    assert one(kind) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("select_one yn", "single"),
        ("select one from yn", "single"),
        ("select_multiple yn", "multiple"),
        ("select all that apply from yn", "multiple"),
        ("rank yn", "ranking"),
    ],
)
def test_choices_of_a_list(kind: str, expected: str) -> None:
    assert one(kind, more=YES_NO) == {"type": expected, "choices": TWO}


@pytest.mark.parametrize(
    ("kind", "appearance", "expected"),
    [
        ("select_one yn", "minimal", "dropdown"),
        ("select_one yn", "autocomplete", "dropdown"),
        ("text", "multiline", "text"),
        ("text", "numbers", "line"),
    ],
)
def test_an_appearance_that_is_a_type(kind: str, appearance: str, expected: str) -> None:
    assert one(kind, "appearance", appearance, YES_NO)["type"] == expected


def test_rows_of_a_text_box() -> None:
    assert one("text", "parameters", "rows=5") == {"type": "text"}


def test_a_likert_item_is_a_scale() -> None:
    found = imported("""
| survey |
|        | type            | name | label    | appearance |
|        | select_one agree | q   | עד כמה?  | likert     |
| choices |
|         | list_name | name | label      |
|         | agree     | 5    | מאוד       |
|         | agree     | 1    | בכלל לא    |
|         | agree     | dk   | קשה לומר   |
""")
    assert [place for place, _message in found.notes] == ["title"]
    assert found.document["scales"] == {
        "agree": {
            "points": [{"value": 1, "text": he("בכלל לא")}, {"value": 5, "text": he("מאוד")}],
            "extra": [{"value": "dk", "text": he("קשה לומר")}],
        }
    }
    assert found.document["sections"][0]["questions"] == [
        {"code": "q", "type": "scale", "text": he("עד כמה?"), "scale": "agree"}
    ]


@pytest.mark.parametrize("appearance", ["field-list", "table-list"])
def test_a_group_of_one_scale_is_statements(appearance: str) -> None:
    form = f"""
| survey |
|        | type             | name | label | appearance   | required | relevant |
|        | integer          | age  | גיל   |              |          |          |
|        | begin_group      | g    | כמה?  | {appearance} |          | ${{age}} > 3 |
|        | select_one agree | s1   | אחד   |              | yes      |          |
|        | select_one agree | s2   | שניים |              | yes      |          |
|        | end_group        |      |       |              |          |          |
| choices |
|         | list_name | name | label |
|         | agree     | 1    | לא    |
|         | agree     | 2    | כן    |
"""
    assert questions(form)[1] == {
        "code": "g",
        "type": "statements",
        "text": he("כמה?"),
        "scale": "agree",
        "statements": [{"code": "s1", "text": he("אחד")}, {"code": "s2", "text": he("שניים")}],
        "shown_if": {"gt": ["age", 3]},
        "required": True,
    }


def test_or_other() -> None:
    found = one("select_one yn or_other", more=YES_NO)
    assert found["choices"] == [*TWO, {"value": "other", "text": he("אחר"), "other": True}]


def test_other_by_a_line_of_ones_own() -> None:
    form = """
| survey |
|        | type               | name    | label        | relevant                |
|        | select_multiple yn | q       | מה?          |                         |
|        | text               | q_other | אפשר לפרט כאן | selected(${q}, 'no')   |
""" + YES_NO  # fmt: skip
    assert questions(form) == [
        {"code": "q", "type": "multiple", "text": he("מה?"), "choices": [TWO[0], {**TWO[1], "other": True}]}
    ]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("start=0 end=10 step=1", {"type": "scale", "scale": "range_0_10"}),
        ("", {"type": "scale", "scale": "range_1_10"}),
        ("start=10;end=1;step=-1", {"type": "scale", "scale": "range_1_10"}),
        ("start=-3, end=3", {"type": "scale", "scale": "range_-3_3"}),
        ("start=0 end=100 step=1", {"type": "int", "min": 0, "max": 100}),
        ("start=0.5 end=5 step=0.1", {"type": "number", "min": 0.5, "max": 5, "decimals": 1}),
    ],
)
def test_a_range(parameters: str, expected: dict[str, Any]) -> None:
    assert one("range", "parameters", parameters) == expected


def test_random_order() -> None:
    assert one("select_one yn", "parameters", "randomize=true", YES_NO)["order"] == "random"


def test_hints_and_guidance() -> None:
    assert one("text", "hint", "בקצרה") == {"type": "line", "hint": he("בקצרה")}
    form = "|survey|\n||type|name|label|guidance_hint|\n||text|q|שאלה|לשאול לאט|\n"
    found = imported(form)
    assert found.document["sections"][0]["questions"][0]["hint"] == he("לשאול לאט")
    assert "questions.q.hint" in dict(found.notes)


@pytest.mark.parametrize("word", ["yes", "true", "TRUE", "true()", "Yes"])
def test_required(word: str) -> None:
    assert one("text", "required", word) == {"type": "line", "required": True}


@pytest.mark.parametrize("word", ["no", "false", "", "false()"])
def test_not_required(word: str) -> None:
    assert one("text", "required", word) == {"type": "line"}


CONSTRAINTS: list[tuple[str, str, dict[str, Any]]] = [
    ("integer", ". >= 18 and . <= 120", {"type": "int", "min": 18, "max": 120}),
    ("integer", ". > 17 and . < 121", {"type": "int", "min": 18, "max": 120}),
    ("integer", "18 <= . and 120 >= .", {"type": "int", "min": 18, "max": 120}),
    ("integer", ". >= 0", {"type": "number", "min": 0}),
    ("integer", ". >= -5 and . <= 5", {"type": "number", "min": -5, "max": 5}),
    ("integer", ". >= 2 * 60 and . <= 300 div 2", {"type": "int", "min": 120, "max": 150}),
    ("integer", ". != 7", {"type": "number", "valid_if": {"ne": ["q", 7]}}),
    ("decimal", ". >= 0.5 and . < 3", {"type": "number", "min": 0.5, "decimals": 6, "valid_if": {"lt": ["q", 3]}}),
    ("text", "string-length(.) <= 9", {"type": "line", "max_chars": 9}),
    ("text", "string-length(.) < 10 and string-length(.) > 2", {"type": "line", "max_chars": 9, "pattern": ".{3,}"}),
    ("text", r"regex(., '^[0-9]{5}$')", {"type": "line", "pattern": "^[0-9]{5}$"}),
    ("date", ". <= today()", {"type": "date", "valid_if": {"le": ["q", {"of": "@today"}]}}),
    ("date", ". > date('2026-01-31')", {"type": "date", "valid_if": {"gt": ["q", "2026-01-31"]}}),
    ("time", "decimal-time(.) < decimal-time('17:00')", {"type": "time", "valid_if": {"lt": ["q", "17:00"]}}),
    ("select_multiple yn", "count-selected(.) = 1", {"type": "multiple", "choices": TWO, "min": 1, "max": 1}),
    ("select_multiple yn", "count-selected(.) < 3", {"type": "multiple", "choices": TWO, "max": 2}),
    (
        "select_multiple yn",
        "not(selected(., 'no') and count-selected(.) > 1)",
        {"type": "multiple", "choices": [TWO[0], {**TWO[1], "exclusive": True}]},
    ),
    (
        "select_multiple yn",
        "not(selected(., 'no') and selected(., 'yes'))",
        {
            "type": "multiple",
            "choices": TWO,
            "valid_if": {"not": {"all": [{"contains": ["q", "no"]}, {"contains": ["q", "yes"]}]}},
        },
    ),
]


@pytest.mark.parametrize(("kind", "constraint", "expected"), CONSTRAINTS)
def test_a_constraint(kind: str, constraint: str, expected: dict[str, Any]) -> None:
    said = one(kind, "constraint | constraint_message", f"{constraint} | לא כך", YES_NO)
    assert said == {**expected, "invalid": he("לא כך")}


RELEVANT: list[tuple[str, dict[str, Any]]] = [
    ("${one} = 'yes'", {"eq": ["one", "yes"]}),
    ("${one} != 'yes'", {"not": {"eq": ["one", "yes"]}}),
    ("${one} != '' and ${one} != 'yes'", {"ne": ["one", "yes"]}),
    ("selected(${one}, 'yes')", {"eq": ["one", "yes"]}),
    ("selected(${many}, 'yes')", {"contains": ["many", "yes"]}),
    ("not(selected(${many}, 'yes'))", {"not": {"contains": ["many", "yes"]}}),
    ("${one} = 'yes' or ${one} = 'no'", {"in": ["one", ["yes", "no"]]}),
    ("${many} = ''", {"empty": "many"}),
    ("${many} != ''", {"answered": "many"}),
    ("count-selected(${many}) > 0", {"answered": "many"}),
    ("string-length(${words}) = 0", {"empty": "words"}),
    ("${ack} = 'OK'", {"holds": "ack"}),
    ("${age} > 17 and (${one} = 'yes' or ${age} < 5)",
     {"all": [{"gt": ["age", 17]}, {"any": [{"eq": ["one", "yes"]}, {"lt": ["age", 5]}]}]}),
    ("${age} = '18'", {"eq": ["age", 18]}),
    ("${age} >= ${kids}", {"ge": ["age", {"of": "kids"}]}),
    ("${age} = ${kids}",
     {"any": [{"eq": ["age", {"of": "kids"}]}, {"all": [{"empty": "age"}, {"empty": "kids"}]}]}),
    ("${age} = ${kids} and ${age} != ''", {"eq": ["age", {"of": "kids"}]}),
    ("if(${one} = 'yes', ${age} > 3, false())", {"all": [{"eq": ["one", "yes"]}, {"gt": ["age", 3]}]}),
    ("selected(${many}, 'yes') = true()", {"contains": ["many", "yes"]}),
    ("${many} = 'yes'", {"all": [{"contains": ["many", "yes"]}, {"not": {"contains": ["many", "no"]}}]}),
    ("${day} < today()", {"lt": ["day", {"of": "@today"}]}),
]  # fmt: skip


@pytest.mark.parametrize(("relevant", "rule"), RELEVANT)
@pytest.mark.parametrize("column", ["relevant", "relevance", "bind::relevant"])
def test_relevance(relevant: str, rule: dict[str, Any], column: str) -> None:
    form = f"""
| survey |
|        | type               | name  | label | {column}   |
|        | select_one yn      | one   | א     |            |
|        | select_multiple yn | many  | ב     |            |
|        | integer            | age   | ג     |            |
|        | integer            | kids  | ד     |            |
|        | text               | words | ה     |            |
|        | acknowledge        | ack   | ו     |            |
|        | date               | day   | ז     |            |
|        | text               | q     | ח     | {relevant} |
{YES_NO}
"""
    assert questions(form)[-1]["shown_if"] == rule


def test_required_where_a_rule_holds() -> None:
    form = """
| survey |
|        | type    | name | label | required      |
|        | integer | age  | גיל   |               |
|        | text    | q    | שאלה  | ${age} >= 18  |
"""
    assert questions(form)[1]["required_if"] == {"ge": ["age", 18]}
