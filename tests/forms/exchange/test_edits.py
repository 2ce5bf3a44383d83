"""A form of ours that was edited elsewhere: the standard's columns are the truth, our own sheet where they agree."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from python_calamine import CalamineWorkbook

from forms.questionnaire.definition import Questionnaire, dump, load, read_yaml
from forms.questionnaire.exchange import xlsform
from tests.forms.exchange.forms import workbook

ALL_TYPES = Path(__file__).resolve().parents[2] / "data" / "questionnaires" / "all_types.yaml"
Rows = list[list[str]]
LABEL = "label::עברית (he)"


def sample() -> Questionnaire:
    return load(read_yaml(ALL_TYPES.read_bytes()))


def edited(change: Callable[[dict[str, Rows]], None]) -> xlsform.Imported:
    """What comes back once somebody has changed the sheets."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsform.write(sample())))
    sheets = {
        name: [[str(cell) for cell in row] for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]
        for name in book.sheet_names
    }
    change(sheets)
    return xlsform.read(workbook(sheets))


def row(rows: Rows, name: str) -> list[str]:
    """The row of a name; choices are named with their list."""
    names = rows[0].index("name")
    return next(one for one in rows if name in {one[names], f"{one[0]}/{one[names]}"})


def put(rows: Rows, name: str, column: str, text: str) -> None:
    row(rows, name)[rows[0].index(column)] = text


def question(found: xlsform.Imported, code: str) -> dict[str, object]:
    data = found.document
    questions = [one for section in data["sections"] for one in section["questions"]]
    return next(one for one in questions if one["code"] == code)


def test_words_and_rules_that_were_changed_survive() -> None:
    def change(sheets: dict[str, Rows]) -> None:
        put(sheets["survey"], "sat", LABEL, "שאלה אחרת")
        put(sheets["survey"], "counter", "relevant", "${sat} > 2")
        put(sheets["survey"], "waiting", "constraint", ". >= 1 and . <= 40")
        put(sheets["choices"], "sat5/5", LABEL, "הכי טוב")

    found = edited(change)
    assert found.notes == []
    assert question(found, "sat")["text"]["he"] == "שאלה אחרת"  # type: ignore[index]
    assert question(found, "sat")["measure"] == "csat"
    assert question(found, "counter")["shown_if"] == {"gt": ["sat", 2]}
    assert (question(found, "waiting")["min"], question(found, "waiting")["max"]) == (1, 40)
    assert found.document["scales"]["sat5"]["points"][4]["text"]["he"] == "הכי טוב"
    assert found.document["scales"]["ynna"] == dump(sample())["scales"]["ynna"]


def test_a_question_that_was_taken_out_is_told() -> None:
    def change(sheets: dict[str, Rows]) -> None:
        sheets["survey"].remove(row(sheets["survey"], "recognised"))

    found = edited(change)
    assert {note.place for note in found.notes} == {"questions.recognised.voids"}
    assert "recognised" not in str(found.document["sections"])


def test_a_question_that_was_added_is_there() -> None:
    def change(sheets: dict[str, Rows]) -> None:
        rows = sheets["survey"]
        at = rows.index(row(rows, "ease"))
        rows.insert(at, [""] * len(rows[0]))
        rows[at][0] = "integer"
        rows[at][rows[0].index("name")] = "fresh"
        rows[at][rows[0].index(LABEL)] = "חדש"

    found = edited(change)
    assert found.notes == []
    assert question(found, "fresh") == {"code": "fresh", "type": "number", "text": {"he": "חדש"}}


def test_what_contradicts_is_told_and_the_columns_win() -> None:
    def change(sheets: dict[str, Rows]) -> None:
        survey = sheets["survey"]
        put(survey, "fee", "type", "integer")
        sheets["settings"][1][sheets["settings"][0].index("form_id")] = "renamed"

    found = edited(change)
    assert {note.place for note in found.notes} == {"questions.fee.decimals"}
    assert "decimals" not in question(found, "fee")
    assert found.document["code"] == "renamed"


def test_statements_that_are_none_any_more_are_told() -> None:
    def change(sheets: dict[str, Rows]) -> None:
        put(sheets["survey"], "s_kind", "type", "text")

    found = edited(change)
    places = {note.place for note in found.notes}
    assert "questions.people" in places
    assert question(found, "s_kind")["type"] == "line"


def test_a_choice_that_was_added_and_one_that_went() -> None:
    def change(sheets: dict[str, Rows]) -> None:
        rows = sheets["choices"]
        rows.remove(row(rows, "wishes/hours"))
        added = [""] * len(rows[0])
        added[: rows[0].index(LABEL) + 1] = ["wishes", "price", "מחיר"]
        rows.append(added)

    choices = question(edited(change), "wishes")["choices"]
    assert [one["value"] for one in choices] == ["wait", "advice", "access", "price"]  # type: ignore[attr-defined]


def test_without_our_sheet_it_is_a_form_like_any_other() -> None:
    def change(sheets: dict[str, Rows]) -> None:
        del sheets["survey_app"]

    found = edited(change)
    ours = sample()
    codes = {one.code for one in ours.questions}
    assert codes <= {str(code) for code in _codes(found)}
    assert load(found.document).languages == {"he": "source", "en": "draft", "ar": "draft", "ru": "draft"}


def _codes(found: xlsform.Imported) -> list[str]:
    inner = [one for section in found.document["sections"] for one in section["questions"]]
    return [one["code"] for one in inner] + [s["code"] for one in inner for s in one.get("statements", ())]
