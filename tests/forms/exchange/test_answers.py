"""Responses as files: what each form says of every sort of answer, and of every reason why there is none."""

from __future__ import annotations

import csv
import io
import json
import struct
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

import numpy as np
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from forms.questionnaire.definition import Questionnaire
from forms.questionnaire.exchange.answers import codebook, delimited, lines, sav, spss, workbook
from forms.questionnaire.exchange.answers.groups import Cell, Group, groups
from forms.questionnaire.exchange.answers.sheet import FACTS, Record, Sheet
from forms.questionnaire.exchange.answers.variables import Sort, variables
from tests.forms.samples import asked, he, item, question, questionnaire, scored

CHOICES = [
    {"value": "cash", "text": {"he": "מזומן", "en": "Cash"}},
    {"value": "cards", "text": {"he": "כרטיסים", "en": "Cards"}},
    {"value": "other", "text": {"he": "אחר", "en": "Other"}, "other": True},
]
EVERYTHING = questionnaire(
    asked(
        question("sat", "scale", scale="sat5", measure="csat"),
        question("why", "text", shown_if={"le": ["sat", 2]}),
        question("reason", "single", choices=CHOICES),
        question("many", "multiple", choices=CHOICES[:2]),
        question("rank", "ranking", choices=CHOICES[:2]),
        question("count", "int", unit=he("אנשים")),
        question("warmth", "number", decimals=1, min=-40),
        question("wait", "duration"),
        question("day", "date"),
        question("at", "time"),
        question("agreed", "checkbox"),
        question("proof", "photo"),
        question("told", "note"),
        question("tel", "phone"),
        question("mail", "email"),
    ),
    scored("A", item("A1", 10)),
)
FULL: dict[str, Any] = {
    "sat": 2,
    "why": "=1+1",
    "reason": "other",
    "reason_other": "שיק",
    "many": ["cash", "cards"],
    "rank": ["cards", "cash"],
    "count": 3,
    "warmth": -7.5,
    "wait": 270,
    "day": "2026-10-05",
    "at": "09:30",
    "agreed": True,
    "proof": ["a" * 32, "b" * 32],
    "A1": "na",
    "A1_comment": "-",
    "tel": "+972500000000",
    "mail": "a@b.example",
}


def sheet(*definitions: Questionnaire, texts: bool = True, language: str = "he", worded: bool = False) -> Sheet:
    """The sheet of some versions, numbered from 1."""
    versions = dict(enumerate(definitions, start=1))
    return Sheet(
        code="sample",
        title="דוגמה",
        language=language,
        facts=tuple(fact for fact in FACTS if fact.name in {"response_id", "occurred_on", "branch_name", "weight"}),
        variables=variables(versions, texts=texts, dated=True),
        definitions=versions,
        worded=worded,
    )


def record(answers: Mapping[str, Any], version: int = 1, name: str = "סניף") -> Record:
    """A response of 5 October."""
    return Record(("r1", date(2026, 10, 5), name, 1.5), version, answers, {"link": "personal"})


def as_csv(made: Sheet, *records: Record) -> list[dict[str, str]]:
    """What a reader of CSV finds."""
    content = b"".join(delimited.write(made, records))
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def as_sav(folder: Path, made: Sheet, *records: Record, missing: bool = True) -> tuple[Any, Any]:
    """What SPSS's reader finds; with the user-missing values as they stand."""
    path = folder / "made.sav"
    path.write_bytes(b"".join(sav.write(made, records)))
    found: tuple[Any, Any] = pyreadstat.read_sav(str(path), user_missing=missing)
    return found


# ---- which columns


def test_contact_and_notes_never_leave() -> None:
    for form in (delimited, lines):
        content = b"".join(form.write(sheet(EVERYTHING), [record(FULL)])).decode()
        assert "500000000" not in content
        assert "b.example" not in content
        assert "tel" not in content.splitlines()[0].split(",")
    assert not {"tel", "mail", "told"} & {one.name for one in sheet(EVERYTHING).variables}


def test_words_leave_only_where_they_may() -> None:
    names = {one.name for one in sheet(EVERYTHING, texts=False).variables}
    assert not {"why", "reason_other", "A1_comment"} & names
    assert {"sat", "reason", "A1"} <= names
    assert "שיק" not in b"".join(delimited.write(sheet(EVERYTHING, texts=False), [record(FULL)])).decode()


def test_a_new_meaning_is_a_new_column() -> None:
    old = questionnaire(asked(question("a", "scale", scale="sat5"), question("b", "int"), question("gone", "int")))
    new = questionnaire(asked(question("b", "text"), question("a", "scale", scale="nps11", series="2")))
    made = sheet(old, new)
    assert [(one.name, one.sort) for one in made.variables] == [
        ("b", Sort.WORDS),
        ("a", Sort.CHOICE),
        ("b_series_1", Sort.NUMBER),
        ("a_series_1", Sort.CHOICE),
        ("gone", Sort.NUMBER),
    ]
    first, second = as_csv(made, record({"a": 4, "b": 1, "gone": 2}, 1), record({"a": 9, "b": "טוב"}, 2))
    assert (first["a"], first["a_series_1"], first["b"], first["b_series_1"], first["gone"]) == ("", "4", "", "1", "2")
    assert (second["a"], second["a_series_1"], second["b"], second["b_series_1"]) == ("9", "", "טוב", "")


def test_a_reworded_question_stays_one_column_and_keeps_every_choice() -> None:
    old = questionnaire(asked(question("a", "single", choices=CHOICES)))
    new = questionnaire(asked({**question("a", "single", choices=[{"value": "new", "text": he("חדש")}, CHOICES[1]])}))
    (variable, *_rest) = sheet(old, new).variables
    assert [one.value for one in variable.options] == ["cash", "cards", "other", "new"]
    assert spss.codes_of(variable) == {"cash": 1, "cards": 2, "other": 3, "new": 4}
    old_codes = spss.codes_of(sheet(old).variables[0])
    assert old_codes.items() <= spss.codes_of(variable).items(), "a new version moves no number"


# ---- CSV


def test_csv_has_codes_or_words() -> None:
    (codes,) = as_csv(sheet(EVERYTHING), record(FULL))
    assert (codes["sat"], codes["reason"], codes["many"], codes["rank"]) == ("2", "other", "cash|cards", "cards|cash")
    assert (codes["count"], codes["warmth"], codes["wait"], codes["day"], codes["at"]) == (
        *("3", "-7.5", "270", "2026-10-05", "09:30"),
    )
    assert (codes["agreed"], codes["proof"], codes["A1"], codes["weight"]) == ("1", "2", "na", "1.5")
    (words,) = as_csv(sheet(EVERYTHING, worded=True, language="en"), record(FULL))
    assert words["reason – שאלה reason"] == "Other"
    assert words["many – שאלה many"] == "Cash|Cards"
    assert words["sat – שאלה sat"] == "2 – דרגה 2", "Hebrew where there is no English"
    assert words["agreed – שאלה agreed"] == "Yes"


@pytest.mark.parametrize("typed", ["=1+1", "+1", "-", "@SUM(A1)", "\t=1", "  =1", "＝1", "\u200e=1", "\u2067=1\u2069"])
def test_nothing_becomes_a_formula(typed: str) -> None:
    (row,) = as_csv(sheet(EVERYTHING), record({"sat": 1, "why": typed}, name=typed))
    assert row["why"].startswith("'")
    assert row["branch_name"].startswith("'")
    content = b"".join(workbook.write(sheet(EVERYTHING), [record({"why": typed}, name=typed)]))
    page = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert str(page[1][page[0].index("why")]).startswith("'")
    assert str(page[1][page[0].index("branch_name")]).startswith("'")


def test_a_line_break_and_a_quotation_mark_stay_in_their_cell() -> None:
    (row,) = as_csv(sheet(EVERYTHING), record({"why": 'שורה\nשנייה, "כך"'}))
    assert row["why"] == 'שורה\nשנייה, "כך"'


# ---- XLSX


def test_a_workbook_reads_from_right_to_left_and_has_its_code_book() -> None:
    content = b"".join(workbook.write(sheet(EVERYTHING), [record(FULL)]))
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert len(book.sheet_names) == 2
    first, second = (book.get_sheet_by_index(place).to_python() for place in (0, 1))
    row = dict(zip(first[0], first[1], strict=True))
    assert (row["sat"], row["count"], row["warmth"], row["reason"]) == (2, 3, -7.5, "other")
    assert ["reason", "כרטיסים", "", "", "cards", 2] in second
    assert ["sat", "קשה לומר", "", "", "dk", -8] in second
    parts = _parts(content)
    assert parts.count('rightToLeft="1"') == 2
    assert parts.count('state="frozen"') == 2
    assert "<f>" not in parts
    assert 'rightToLeft="1"' not in _parts(b"".join(workbook.write(sheet(EVERYTHING, language="en"), [record(FULL)])))


def _parts(content: bytes) -> str:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/sheet"))


# ---- SPSS


def test_spss_tells_the_reasons_apart(tmp_path: Path) -> None:
    skipped: dict[str, Any] = {"sat": "dk"}
    good: dict[str, Any] = {"sat": 5, "A1": "yes"}
    data, meta = as_sav(tmp_path, sheet(EVERYTHING), record(FULL), record(skipped), record(good))
    assert list(data["sat"]) == [2, -8, 5]
    assert list(data["A1"]) == [-9, -7, 1]
    assert list(data["reason"]) == [3, -7, -7]
    assert list(data["count"]) == [3, -7, -7]
    assert [_range["lo"] for _range in meta.missing_ranges["sat"]] == [-8, -7]
    assert [_range["lo"] for _range in meta.missing_ranges["A1"]] == [-9, -7]
    assert meta.variable_value_labels["A1"][-9] == "לא רלוונטי"
    assert meta.variable_value_labels["sat"][-8] == "קשה לומר"
    assert meta.variable_value_labels["reason"][3] == "אחר"
    assert meta.column_names_to_labels["sat"] == "שאלה sat"
    valid, _meta = as_sav(tmp_path, sheet(EVERYTHING), record(FULL), record(skipped), record(good), missing=False)
    assert [value for value in valid["sat"] if not np.isnan(value)] == [2, 5], "SPSS leaves them out of every mean"


def test_what_was_not_asked_is_system_missing(tmp_path: Path) -> None:
    later = questionnaire(
        asked(question("q1", "scale", scale="sat5"), question("q2", "int", shown_if={"le": ["q1", 2]}))
    )
    earlier = questionnaire(asked(question("q1", "scale", scale="sat5")))
    rows = [record({"q1": 5}, 2), record({"q1": 1}, 2), record({"q1": 1, "q2": 4}, 2), record({"q1": 1}, 1)]
    data, _meta = as_sav(tmp_path, sheet(earlier, later), *rows)
    assert np.isnan(data["q2"][0])
    assert (data["q2"][1], data["q2"][2]) == (-7, 4)
    assert np.isnan(data["q2"][3])


def test_spss_splits_several_choices_and_places(tmp_path: Path) -> None:
    rows = [record(FULL), record({"many": ["cards"], "rank": ["cash"]}), record({"sat": 1})]
    data, meta = as_sav(tmp_path, sheet(EVERYTHING), *rows)
    assert list(data["many_cash"]) == [1, 0, -7]
    assert list(data["many_cards"]) == [1, 1, -7]
    assert list(data["rank_cash"]) == [2, 1, -7]
    assert list(data["rank_cards"]) == [1, 0, -7]
    assert meta.column_names_to_labels["many_cash"].startswith("מזומן: ")


def test_spss_keeps_days_times_and_numbers(tmp_path: Path) -> None:
    data, meta = as_sav(tmp_path, sheet(EVERYTHING), record(FULL), record({"sat": 1}))
    assert (data["day"][0], data["at"][0], data["occurred_on"][0]) == (
        date(2026, 10, 5),
        time(9, 30),
        date(2026, 10, 5),
    )
    assert (data["warmth"][0], data["wait"][0], data["proof"][0]) == (-7.5, 270, 2)
    assert data["warmth"][1] == meta.missing_ranges["warmth"][0]["lo"] < -999_999_999, "no temperature is a reason"
    assert list(data["agreed"]) == [1, 0]


def test_spss_weighs_by_the_weight(tmp_path: Path) -> None:
    data, meta = as_sav(tmp_path, sheet(EVERYTHING), record(FULL))
    assert meta.column_names[0] == "weight"
    assert data["weight"][0] == 1.5
    header = (tmp_path / "made.sav").read_bytes()[:176]
    assert header[:4] == b"$FL2"
    (layout,) = struct.unpack_from("<i", header, 64)
    (weighs,) = struct.unpack_from("<i", header, 76)
    assert (layout, weighs) == (2, 1), "the header of the format names the variable that weighs by its place"


def test_spss_names_are_allowed_and_told_apart(tmp_path: Path) -> None:
    long = "q" * 60
    made = sheet(
        questionnaire(
            asked(
                question(f"{long}", "multiple", choices=CHOICES),
                question("and", "int"),
                question("a-b", "int"),
                question("a_b", "int"),
                question("A.", "int"),
                question("weight", "int"),
            )
        )
    )
    data, _meta = as_sav(tmp_path, made, record({long: ["other"], "and": 1, "a-b": 2, "a_b": 3, "A.": 4, "weight": 5}))
    assert all(len(name.encode()) <= 64 for name in data.columns)
    assert len({name.lower() for name in data.columns}) == len(data.columns)
    assert [data[name][0] for name in ("and_1", "a_b", "a_b_2", "A", "weight_2")] == [1, 2, 3, 4, 5]
    assert sum(data[name][0] == 1 for name in data.columns if name.startswith("qqq")) == 1


def test_spss_shortens_what_is_too_long(tmp_path: Path) -> None:
    wordy = questionnaire(
        asked({**question("q", "single", choices=[{"value": "a", "text": he("ב" * 200)}]), "text": he("א" * 300)})
    )
    _data, meta = as_sav(tmp_path, sheet(wordy), record({"q": "a"}))
    assert meta.column_names_to_labels["q"].endswith("א…")
    assert len(meta.variable_value_labels["q"][1].encode()) <= 120


def test_spss_keeps_long_words(tmp_path: Path) -> None:
    words = "מילה " * 1_000
    data, _meta = as_sav(tmp_path, sheet(EVERYTHING), record({"sat": 1, "why": words}), record({"sat": 1}))
    assert data["why"][0] == words.rstrip()
    assert data["why"][1] == ""


# ---- JSON lines


def test_a_line_has_types_and_tells_skipped_from_not_asked() -> None:
    made = sheet(EVERYTHING)
    written = b"".join(lines.write(made, [record(FULL), record({"sat": 5})])).decode().splitlines()
    full, good = (json.loads(line) for line in written)
    assert full["occurred_on"] == "2026-10-05"
    assert full["weight"] == 1.5
    answers = full["answers"]
    assert (answers["sat"], answers["many"], answers["agreed"], answers["warmth"]) == (2, ["cash", "cards"], True, -7.5)
    assert answers["why"] == "=1+1", "no spreadsheet reads this: words stay as they were written"
    assert answers["proof"] == 2
    assert good["answers"]["reason"] is None
    assert "why" not in good["answers"]
    worded = b"".join(lines.write(sheet(EVERYTHING, worded=True, language="en"), [record(FULL)])).decode()
    assert json.loads(worded)["answers"]["many"] == ["Cash", "Cards"]


def test_the_code_book_names_every_value() -> None:
    rows = list(codebook.rows(sheet(EVERYTHING)))
    names = [row[0] for row in rows[1:]]
    made = sheet(EVERYTHING)
    assert {one.name for one in made.variables} <= set(names)
    for variable in made.variables:
        values = [row[4] for row in rows if row[0] == variable.name and row[4]]
        assert values == [str(one.value) for one in variable.options]


# ---- groups


def test_small_cells_join_their_region_then_the_month_or_stay_out() -> None:
    counts = {
        Cell("2026-09", 1, 11): 9,
        Cell("2026-09", 1, 12): 5,
        Cell("2026-09", 1, 13): 4,
        Cell("2026-09", 2, 21): 3,
        Cell("2026-09", 0, 31): 6,
        Cell("2026-08", 1, 11): 8,
        Cell("2026-08", 1, 12): 7,
    }
    found = groups(counts, 8)
    assert found[Cell("2026-09", 1, 11)] == Group("2026-09", 1, 11, 9)
    assert found[Cell("2026-09", 1, 12)] == found[Cell("2026-09", 1, 13)] == Group("2026-09", 1, None, 9)
    assert found[Cell("2026-09", 2, 21)] == found[Cell("2026-09", 0, 31)] == Group("2026-09", None, None, 9)
    assert found[Cell("2026-08", 1, 11)] == Group("2026-08", 1, 11, 8)
    assert Cell("2026-08", 1, 12) not in found, "alone it would be the branch that is missing"


@given(
    counts=st.dictionaries(
        st.builds(Cell, st.sampled_from(["2026-08", "2026-09"]), st.integers(0, 2), st.integers(1, 9)),
        st.integers(1, 20),
    ),
    least=st.integers(2, 12),
)
def test_every_group_is_large_and_one_without_a_branch_is_of_several(counts: dict[Cell, int], least: int) -> None:
    found = groups(counts, least)
    for group in set(found.values()):
        cells = [cell for cell, told in found.items() if told == group]
        assert group.size == sum(counts[cell] for cell in cells) >= least
        assert (len(cells) == 1) == (group.branch is not None)
    left = [count for cell, count in counts.items() if cell not in found]
    assert all(count < least for count in left)
