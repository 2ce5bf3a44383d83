"""Files of every make, whole and broken, become the same rows."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import pytest

import translations
from survey_app.readers import Record, Table, Unreadable, open_table, opening, read_bytes
from survey_app.readers import workbook as workbooks
from tests.commands import importing

HEBREW = 'שם,כתובת\nלב העיר,"אלנבי 105, ת""א"\n'
ROW = ("לב העיר", 'אלנבי 105, ת"א')


def opened(content: bytes) -> tuple[tuple[str, ...], list[Record]]:
    found = open_table(content)
    return found.columns, list(found.records)


def rows(content: bytes) -> list[tuple[int, tuple[str, ...]]]:
    return [(record.row, record.cells) for record in opened(content)[1]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1255", "utf-16"])
def test_text_in_every_encoding(encoding: str) -> None:
    assert opened(HEBREW.encode(encoding)) == (("שם", "כתובת"), [Record(2, ROW)])


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_separator_and_line_ending(delimiter: str, ending: str) -> None:
    text = ending.join(("", f"a{delimiter}b", f'1{delimiter}"x{delimiter}y"', "", f"2{delimiter}", ""))
    assert rows(text.encode()) == [(3, ("1", f"x{delimiter}y")), (5, ("2", ""))]


def test_a_sep_line_says_the_separator() -> None:
    assert rows(b"sep=|\r\na|b\r\n1,5|2\r\n") == [(3, ("1,5", "2"))]


def test_values_over_several_lines_keep_the_line_they_begin_on() -> None:
    assert rows(b'a,b\n"one\ntwo",1\nthree,2\n') == [(2, ("one\ntwo", "1")), (4, ("three", "2"))]


def test_short_rows_are_filled_up_and_empty_ones_passed_over() -> None:
    assert rows(b"a,b,c\n1\n,,\n2,x,,,\n") == [(2, ("1", "", "")), (4, ("2", "x", ""))]


def test_too_many_values_are_a_fault_of_the_row() -> None:
    [record, good] = opened(b"a,b\n1,2,3\n4,5\n")[1]
    assert record.fault is not None
    assert record.fault.column is None
    assert (record.cells, good) == (("1", "2", "3"), Record(3, ("4", "5")))


@pytest.mark.parametrize(
    ("line", "column", "guess"),
    [
        ('1,"ב"ח, חיפה",x', 1, ("1", 'ב"ח, חיפה', "x")),
        ('1,"a "b", c, d",x', 1, ("1", 'a "b', " c", ' d"', "x")),
        ('"never closed,2,3', 0, ("never closed,2,3", "", "")),
        ('1,2,"half', 2, ("1", "2", "half")),
    ],
)
def test_a_mark_out_of_place_costs_its_row_only(line: str, column: int, guess: tuple[str, ...]) -> None:
    [before, broken, after] = opened(f"a,b,c\n7,8,9\n{line}\n4,5,6\n".encode())[1]
    assert (before.cells, after) == (("7", "8", "9"), Record(4, ("4", "5", "6")))
    assert broken.row == 3
    assert broken.fault is not None
    assert (broken.fault.column, broken.cells) == (column, guess)


def test_a_mark_that_moves_nothing_is_no_fault() -> None:
    assert rows('a,b,c\n1,"הילה, ד"נ שורק",x\n'.encode()) == [(2, ("1", 'הילה, ד"נ שורק', "x"))]


def test_an_open_mark_that_meets_another_lines_below_swallows_nothing() -> None:
    found = opened(b'a,b\n"open,1\nx,2\ny,"3"\n"",4\n')[1]
    assert [(one.row, one.fault is None) for one in found] == [(2, False), (3, True), (4, True), (5, True)]


def test_a_guarded_formula_is_read_as_it_was() -> None:
    assert rows(b"a,b\n'=1+1,'+972\n'quoted,it's\n") == [(2, ("=1+1", "+972")), (3, ("'quoted", "it's"))]


def test_a_workbook_reads_like_the_text_somebody_would_have_typed(tmp_path: Path) -> None:
    wall = datetime(2026, 10, 1, 9, 30)  # noqa: DTZ001 - a sheet knows no time zones
    typed = [461, 1234.5, "007", date(2026, 10, 1), wall, time(9, 30), True, "עברית", None]
    path = importing.workbook(tmp_path, "book.xlsx", [list("abcdefghi"), typed], top=2)
    expected = ("461", "1234.5", "007", "2026-10-01", "2026-10-01 09:30", "09:30", "yes", "עברית", "")
    assert rows(read_bytes(path)) == [(4, expected)]


def test_the_first_visible_sheet_with_content_is_read(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "sheets.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name, hidden in (("empty", False), ("hidden", True), ("wanted", False)):
            sheet = book.add_worksheet(name)
            if name != "empty":
                sheet.write_row(0, 0, ["from", name])
                sheet.write_row(1, 0, [name, 1])
            if hidden:
                sheet.hide()
    assert rows(read_bytes(path)) == [(2, ("wanted", "1"))]


def test_xml_tells_the_line_and_loses_stray_newlines() -> None:
    xml = "<?xml version='1.0'?>\n<R>\n <B>\n  <a>\nx  y </a>\n  <b/>\n </B>\n <B><b>2</b></B>\n</R>\n"
    assert opened(xml.encode()) == (("a", "b"), [Record(3, ("x y", "")), Record(8, ("", "2"))])


def test_xml_on_one_line_is_told_by_number() -> None:
    assert rows(b"<R><B><a>1</a></B><B><a>2</a></B></R>") == [(1, ("1",)), (2, ("2",))]


BOMB = """<?xml version="1.0"?>
<!DOCTYPE R [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<R><B><a>&c;</a></B></R>"""
FETCHING = """<?xml version="1.0"?><!DOCTYPE R [<!ENTITY x SYSTEM "file:///etc/hostname">]><R><B><a>&x;</a></B></R>"""
OLD_FORMAT = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (BOMB.encode(), "refused because they can do harm"),
        (FETCHING.encode(), "refused because they can do harm"),
        (b"<R><B><a>1</a>", "broken at line 1"),
        (b"<html><body><p><b>404</b></p></body></html>", "stands too deep"),
        (b"<R></R>", "is empty"),
        (b"a,a\n1,2\n", "stands twice"),
        (b'a,"b\n1,2\n', "The first row cannot be read"),
        (b"PK\x03\x04 and then nothing", "damaged or protected"),
        (OLD_FORMAT + bytes(600), "damaged or protected"),
        (OLD_FORMAT + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (b"%PDF-1.7", "Save the table as CSV UTF-8 or as XLSX"),
        (b"\x89PNG\r\n\x1a\n", "Save the table as CSV UTF-8 or as XLSX"),
        (b"a,b\n\x00\x01,2\n", "no text file"),
        ("א,ב\nג,ד\n".encode() + b"\xff\xfe\xd7,1\n", "first damaged character is in line 3"),
        (bytes(range(0xC0, 0xFA)) + b",b\n1,2\n", "neither UTF-8 nor Windows-1255"),
        (b"\n,,\n", "is empty"),
    ],
)
def test_what_is_no_table_is_said_to_be_none(content: bytes, said: str) -> None:
    with translations.speaking("en"), pytest.raises(Unreadable, match=said):
        opened(content)


def test_files_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with translations.speaking("en"):
        with pytest.raises(Unreadable, match="There is no file"):
            read_bytes(tmp_path / "none.csv")
        with pytest.raises(Unreadable, match="is a folder"):
            read_bytes(tmp_path)
        with pytest.raises(Unreadable, match="is empty"):
            read_bytes(importing.write(tmp_path, "empty.csv", " \n"))
        monkeypatch.setattr(opening, "MOST_BYTES", 3)
        with pytest.raises(Unreadable, match="Split it"):
            read_bytes(importing.write(tmp_path, "large.csv", "a,b\n"))


def test_a_workbook_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = importing.workbook(tmp_path, "book.xlsx", [["a"], [1]])
    monkeypatch.setattr(workbooks, "MOST_UNPACKED", 1_000)
    with translations.speaking("en"), pytest.raises(Unreadable, match="unpacks to far too much"):
        open_table(read_bytes(path))


def test_a_table_says_how_long_it_is() -> None:
    table: Table = open_table(b"a\n1\n2\n")
    assert table.total == 3


@pytest.mark.parametrize("cell", ["x" * 131_073, f'"{"x" * 131_073}"'], ids=["bare", "quoted"])
@pytest.mark.parametrize("before", ["a,b\n1,2\n", ""], ids=["row", "header"])
def test_an_endless_value_is_the_end_of_the_file(before: str, cell: str) -> None:
    with pytest.raises(Unreadable, match="131,072"):
        opened(f"{before}{cell},3\n4,5\n".encode())
