"""What a form says and a questionnaire has nothing for is told, question by question, with the reason."""

from __future__ import annotations

import pytest

from forms.questionnaire.check import problems
from forms.questionnaire.definition import load
from forms.questionnaire.exchange import xlsform
from forms.questionnaire.exchange.xlsform import leftovers
from tests.forms.exchange.forms import imported, notes
from translations import speaking


def row(kind: str, column: str = "hint", cell: str = "") -> dict[str, str]:
    """What is told about a row q beside an ordinary one."""
    form = f"""
| survey |
|        | type    | name | label | {column} |
|        | text    | a    | א     |          |
|        | {kind}  | q    | שאלה  | {cell}   |
| choices |
|         | list_name | name | label |
|         | yn        | yes  | כן    |
|         | yn        | no   | לא    |
| settings |
|          | form_title |
|          | טופס       |
"""
    return notes(form)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("geopoint", "map"),
        ("geotrace", "map"),
        ("geoshape", "map"),
        ("audio", "Recordings"),
        ("video", "Recordings"),
        ("start", "collected"),
        ("end", "collected"),
        ("today", "collected"),
        ("deviceid", "collected"),
        ("username", "collected"),
        ("start-geopoint", "map"),
        ("background-audio", "Recordings"),
        ("hidden", "Hidden"),
        ("select_one_from_file towns.csv", "files of their own"),
        ("select_multiple_from_file towns.xml", "files of their own"),
    ],
)
def test_a_type_without_a_place(kind: str, reason: str) -> None:
    with speaking("en"):
        told = row(kind)
    assert list(told) == ["questions.q"]
    assert reason in told["questions.q"]


def test_a_calculation_and_what_hangs_on_it() -> None:
    found = imported("""
| survey |
|        | type      | name | label   | calculation | relevant    |
|        | integer   | a    | א       |             |             |
|        | calculate | twice |        | ${a} * 2    |             |
|        | text      | q    | ${twice} | | ${twice} > 3 |
""")
    told = dict(found.notes)
    assert {"questions.twice", "questions.q.shown_if", "questions.q.text"} <= told.keys()
    assert "${twice}" in told["questions.q.shown_if"]
    (section,) = found.document["sections"]
    assert [one["code"] for one in section["questions"]] == ["a", "q"]
    assert "shown_if" not in section["questions"][1]


def test_a_repeat_with_everything_in_it() -> None:
    told = notes("""
| survey |
|        | type         | name     | label | relevant     |
|        | integer      | children | כמה   |              |
|        | begin_repeat | child    | ילד   |              |
|        | text         | first    | שם    |              |
|        | begin_group  | more     | עוד   |              |
|        | text         | last     | סוף   |              |
|        | end_group    |          |       |              |
|        | end_repeat   |          |       |              |
|        | text         | q        | שאלה  | ${first} != '' |
""")
    assert {"questions.child", "questions.first", "questions.last", "questions.q.shown_if"} <= told.keys()


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("default", "x"),
        ("read_only", "yes"),
        ("required_message", "חובה"),
        ("image", "a.png"),
        ("audio", "a.mp3"),
        ("media::video::he", "a.mp4"),
        ("appearance", "quickcompact"),
        ("trigger", "${a}"),
        ("body::accuracyThreshold", "5"),
        ("bind::odk:length", "5"),
    ],
)
def test_a_column_without_a_place(column: str, cell: str) -> None:
    assert list(row("text", column, cell)) == ["questions.q"]


def test_a_second_hint_for_those_who_ask() -> None:
    told = notes(
        "|survey|\n||type|name|label|hint|guidance_hint|\n||text|q|מה|רמז|לשאול|\n|settings|\n||form_title|\n||x|\n"
    )
    assert list(told) == ["questions.q"]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("${a} + 1 > 3", "calculates"),
        ("count-selected(${a}) > 3", "count"),
        ("position(..) = 1", "paths"),
        ("../a = 'x'", "paths"),
        ("pulldata('x', 'y', 'z', ${a}) = 1", "pulldata"),
        ("jr:itext('x') = ''", ""),
        ("selected(${a}, ${a})", "among"),
        ("once(random()) > 0", "once"),
        ("a = 'x'", ""),
        ("3 div 0 > 1", "zero"),
    ],
)
def test_a_rule_that_cannot_be_said(expression: str, reason: str) -> None:
    with speaking("en"):
        told = row("text", "relevant", expression)
    assert list(told) == ["questions.q.shown_if"]
    assert reason in told["questions.q.shown_if"]
    assert expression in told["questions.q.shown_if"]


def test_a_question_that_is_never_asked() -> None:
    assert list(row("text", "relevant", "false()")) == ["questions.q"]


@pytest.mark.parametrize(
    "pattern", [r"^(a+)+$", r"(x+x+)+y", r"(?=a)b", r"\p{L}+", "[a", r"(.*)(.*)(.*)(.*)a", "a" * 300, r"(a)\1"]
)
def test_a_pattern_that_runs_away_or_is_broken(pattern: str) -> None:
    found = row("text", "constraint", f"regex(., '{pattern}')".replace("|", r"\|"))
    assert list(found) == ["questions.q.valid_if"]


def test_a_choice_that_is_never_offered() -> None:
    found = imported("""
| survey |
|        | type          | name | label | choice_filter |
|        | select_one yn | q    | מה    | group = 'a'   |
| choices |
|         | list_name | name | label | group |
|         | yn        | yes  | כן    | a     |
|         | yn        | no   | לא    | b     |
| settings |
|          | form_title |
|          | x          |
""")
    assert [place for place, _message in found.notes] == ["questions.q.choices.no"]
    assert [one["value"] for one in found.document["sections"][0]["questions"][0]["choices"]] == ["yes"]


def test_a_filter_that_cannot_be_said_offers_everything() -> None:
    told = row("select_one yn", "choice_filter", "filter = ${a}")
    assert list(told) == ["questions.q.choices"]


def test_a_language_that_questionnaires_do_not_have() -> None:
    found = imported(
        "|survey|\n||type|name|label::he|label::French (fr)|\n||text|q|מה|Quoi|\n|settings|\n||form_title|\n||x|\n"
    )
    assert "fr" in found.notes[0].place
    assert found.document["sections"][0]["questions"][0]["text"] == {"he": "מה"}


def test_choices_with_pictures_and_doubled_names() -> None:
    found = imported("""
| survey |
|        | type            | name | label |
|        | select_one town | q    | מה    |
| choices |
|         | list_name | name   | label | image |
|         | town      | a      | א     | a.png |
|         | town      | a      | ב     |       |
|         | town      | b:c d  | ג     |       |
| settings |
|          | form_title | allow_choice_duplicates |
|          | x          | yes                     |
""")
    assert [one["value"] for one in found.document["sections"][0]["questions"][0]["choices"]] == ["a", "a_2", "b_c_d"]
    assert [place for place, _message in found.notes] == ["choices.town.a", "choices.town.a", "choices.town.b:c d"]


def test_a_line_beside_a_choice_loses_its_own_words() -> None:
    found = imported("""
| survey |
|        | type          | name    | label       | relevant     |
|        | select_one yn | q       | מה          |              |
|        | text          | q_other | איזה אחר?   | ${q} = 'no' |
| choices |
|         | list_name | name | label |
|         | yn        | yes  | כן    |
|         | yn        | no   | לא    |
| settings |
|          | form_title |
|          | x          |
""")
    assert [place for place, _message in found.notes] == ["questions.q_other"]
    assert "איזה אחר?" in found.notes[0].message


def test_sheets_of_the_standard_without_a_place() -> None:
    told = notes(
        "|survey|\n||type|name|label|\n||text|q|מה|\n|entities|\n||dataset|label|\n||trees|a|\n|settings|\n||form_title|\n||x|\n"
    )
    assert list(told) == ["entities"]


def test_script_in_words_stays_words() -> None:
    script = "<script>alert('x')</script> <b>a</b> =1+1"
    found = imported(f"|survey|\n||type|name|label|\n||text|q|{script}|\n|settings|\n||form_title|\n||x|\n")
    assert found.document["sections"][0]["questions"][0]["text"] == {"en": script}


def test_every_reason_is_told_to_the_reader() -> None:
    with speaking("en"):
        messages = {str(reason) for reason in leftovers.REASONS.values()}
    assert len(messages) > 5


def test_a_rebuilt_form_can_be_published_once_its_privacy_is_written() -> None:
    found = imported("""
| survey |
|        | type          | name | label | required | relevant    |
|        | select_one yn | q    | מה    | yes      |             |
|        | text          | why  | למה   |          | ${q} = 'no' |
| choices |
|         | list_name | name | label |
|         | yn        | yes  | כן    |
|         | yn        | no   | לא    |
| settings |
|          | form_title | form_id |
|          | קצר        | short   |
""")
    left = [problem.place for problem in problems(load(found.document))]
    assert left == ["privacy"]


def test_what_others_do_not_see_is_told_before_the_file_leaves() -> None:
    form = "|survey|\n||type|name|label|\n||text|q|מה|\n|settings|\n||form_title|\n||x|\n"
    plain = load(imported(form).document)
    assert xlsform.losses(plain) == []
    scored = load({**imported(form).document, "min_group_size": 9})
    assert [problem.place for problem in xlsform.losses(scored)] == ["min_group_size"]
