"""Files of responses as they come: SPSS in old and new Hebrew, Qualtrics with three header rows, damaged ones."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from survey_app.readers import Unreadable, spss
from survey_app.readers.surveys import open_survey


def sav(folder: Path) -> bytes:
    """A small SPSS file with words, declared missing values and a date."""
    frame = pd.DataFrame(
        {
            "id": ["R1", "R2", "R3"],
            "q1": [5.0, 97.0, None],
            "when": pd.to_datetime(["2026-02-13"] * 3),
            "words": ["שלום", "", "טוב"],
        }
    )
    path = folder / "old.sav"
    pyreadstat.write_sav(
        frame,
        path,
        column_labels={"q1": "עד כמה"},
        variable_value_labels={"q1": {5: "מרוצה מאוד", 97: "קשה לומר"}},
        missing_ranges={"q1": [{"lo": 97, "hi": 99}]},
    )
    return path.read_bytes()


def test_an_spss_file_brings_its_words_and_its_missing_values(tmp_path: Path) -> None:
    found = open_survey(sav(tmp_path))
    assert (found.kind, found.names) == ("spss", ("id", "q1", "when", "words"))
    assert [record.cells for record in found.records] == [
        ("R1", "5", "2026-02-13", "שלום"),
        ("R2", "97", "2026-02-13", ""),
        ("R3", "", "2026-02-13", "טוב"),
    ]
    assert found.labels == {"q1": "עד כמה"}
    assert found.values["q1"] == {"5": "מרוצה מאוד", "97": "קשה לומר"}
    assert found.missing["q1"] == ["97", "98", "99"]


def old_hebrew(content: bytes) -> bytes:
    """An SPSS file as a program of 1998 wrote it: Windows-1255, and nothing in it that says so."""
    old = content
    for words in ("שלום", "טוב", "עד כמה", "מרוצה מאוד", "קשה לומר"):
        new, small = words.encode(), words.encode("cp1255")
        old = old.replace(new, small + b" " * (len(new) - len(small)))
    return old.replace(b"UTF-8", b"ascii")


def test_old_hebrew_is_read_right(tmp_path: Path) -> None:
    found = open_survey(old_hebrew(sav(tmp_path)))
    assert [record.cells[3] for record in found.records] == ["שלום", "", "טוב"]
    assert found.values["q1"]["97"].strip() == "קשה לומר"


@pytest.mark.parametrize("cut", [10, 200, 400])
def test_a_damaged_spss_file_is_refused(tmp_path: Path, cut: int) -> None:
    with pytest.raises(Unreadable):
        open_survey(sav(tmp_path)[:cut])


def test_a_count_of_cases_that_lies_changes_nothing(tmp_path: Path) -> None:
    content = bytearray(sav(tmp_path))
    at = 80  # the number of cases stands there, four bytes
    content[at : at + 4] = (2**30).to_bytes(4, "little")
    assert len(list(open_survey(bytes(content)).records)) == 3


def test_an_spss_file_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spss, "MOST_SECONDS", 0.001)
    with pytest.raises(Unreadable):
        open_survey(sav(tmp_path))


def qualtrics(*rows: list[str], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """An export of Qualtrics."""
    names = ["StartDate", "ResponseId", "Q1", "Q2"]
    words = ["Start Date", "Response ID", "How satisfied\nwere you?", "Why?"]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerows([names, words, [json.dumps({"ImportId": name}) for name in names], *rows])
    return text.getvalue().encode(encoding)


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8", ","), ("utf-8-sig", ","), ("utf-16", "\t")])
def test_qualtrics_is_known_by_its_third_row(encoding: str, delimiter: str) -> None:
    content = qualtrics(["2026-02-01", "R_1", "5", "ככה, סתם"], encoding=encoding, delimiter=delimiter)
    found = open_survey(content)
    assert (found.kind, found.labels["Q1"]) == ("qualtrics", "How satisfied were you?")
    assert [record.cells for record in found.records] == [("2026-02-01", "R_1", "5", "ככה, סתם")]


def test_an_ordinary_table_keeps_its_first_rows() -> None:
    found = open_survey(b"a,,b\n1,2,3\n4,5,6\n")
    assert (found.kind, found.names) == ("table", ("a", "#2", "b"))
    assert [record.cells for record in found.records] == [("1", "2", "3"), ("4", "5", "6")]
