"""A month's pack as files: the PDF is read back by a reader of PDF, the workbook by a reader of workbooks."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given as drawn_from
from hypothesis import strategies as st
from PIL import Image
from python_calamine import CalamineWorkbook

from reports import pack_charts, pack_page, pack_tables
from reports.beside import Beside, Decided, Said
from reports.documents import csv, pdf, xlsx
from reports.documents.faces import characters, drawable
from reports.monthly import compute
from reports.policy import Policy
from reports.table import Column, Table
from tests.reports.banks import MONTH, Simulation, given, unit
from translations import LANGUAGES, isolate, speaking

FONTS = Path(__file__).parents[2] / "survey_app" / "outgoing" / "posters" / "fonts"
#: What somebody writes who means no harm, and somebody who does.
TROUBLE = '#panic("x") $x$ *b* <a> "]; \u202e 😀 ∎ -12.5% C++ עברית'
BESIDE = Beside(
    organisation="בנק לבדיקה",
    synthetic=True,
    signed="נחתם",
    minutes=(Said("סיפור של לקוח", "דובר על התור.\nהוחלט לבדוק."),),
    decisions=(Decided(MONTH, "להוסיף עמדה", "דנה", "סניף 003", date(2026, 12, 1), "open"),),
    before=(Decided("2026-09", TROUBLE, "Ann", "", date(2026, 10, 1), "late", TROUBLE, "partly"),),
    statements={"003": f"שיפוץ. {TROUBLE}"},
)
MODELS = {
    "drivers": {"n": 900, "needed": 120, "fitted": True, "r2": 44.0, "outcome": "csat", "topics": [
        {"questionnaire": "q", "code": code, "share": share, "low": share - 6, "high": share + 6, "p_top": p,
         "performance": 70.0, "n": 900}
        for code, share, p in (("pv3", 61.0, 97.0), ("pv4", 39.0, 3.0))]},
    "recovery": None, "mix": None, "disagreement": None, "severity": None, "casemix": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    """The report of a simulated bank in which some branches can be told apart."""
    bank = Simulation(branches=24, survey_sd=9.0, per_month=40).draw(3, Policy(draws=500))[0]
    found = {**compute(bank).data, "models": MODELS}
    assert found["overall"]["code"] == "told_apart"
    return found


def document(data: dict[str, Any], beside: Beside = BESIDE, language: str = "he") -> dict[str, Any]:
    with speaking(language):
        return pack_page.document(data, beside)


def read(made: bytes) -> list[str]:
    """The text of every page, without the marks that only turn it."""
    with pypdfium2.PdfDocument(made) as found:
        texts = [page.get_textpage().get_text_bounded() for page in found]
    return [re.sub(r"[\u2066-\u2069]", "", text) for text in texts]


# ---- the PDF ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_the_pdf_is_tagged_titled_and_says_its_language(data: dict[str, Any], language: str) -> None:
    page = document(data, language=language)
    made = pdf.write(page, FONTS)
    for mark in (b"/MarkInfo", b"/StructTreeRoot", b"pdfuaid:part", f"/Lang({language}".encode()):
        assert mark in made.replace(b" (", b"("), mark
    # Headings, tables with headers, and charts with words in their place.
    for tag in (b"/H1", b"/H2", b"/Table", b"/TH", b"/TD", b"/Figure", b"/Alt"):
        assert tag in made or tag in inflated(made), tag
    with pypdfium2.PdfDocument(made) as found:
        assert found.get_metadata_dict()["Title"] == page["title"]
    assert made == pdf.write(page, FONTS), "the same document gives the same bytes"


def inflated(made: bytes) -> bytes:
    """The streams of a PDF, unpacked."""
    import zlib

    found = []
    for piece in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.DOTALL):
        try:
            found.append(zlib.decompress(piece))
        except zlib.error:
            continue
    return b"\n".join(found)


def test_what_is_read_back_is_whole_and_in_the_order_of_reading(data: dict[str, Any]) -> None:
    said = "\n".join(read(pdf.write(document(data), FONTS)))
    order = [said.find(words) for words in ("בנק לבדיקה", "סקירה חודשית, אוקטובר 2026", "דירוג הסניפים", "להוסיף עמדה")]
    assert -1 not in order
    assert all(one < other for one, other in pairwise(order)), order
    for row in data["branches"]:
        assert row["name"] in said, row["name"]
    assert "סיפור של לקוח" in said
    assert "דובר על התור." in said
    assert "הוחלט לבדוק." in said


def test_what_people_write_is_shown_and_never_run(data: dict[str, Any]) -> None:
    said = " ".join(" ".join(read(pdf.write(document(data, language="en"), FONTS))).split())
    assert '#panic("x") $x$ *b* <a> "];' in said
    assert "😀" not in said


def test_hebrew_stands_at_the_right_and_english_at_the_left(data: dict[str, Any]) -> None:
    """The ink of the first page's plain lines begins at the side on which reading starts."""
    for language, begins in (("he", "right"), ("en", "left")):
        shown = Image.open(io.BytesIO(pdf.pictures(document(data, language=language), FONTS, ppi=50)[0])).convert("L")
        # The heading of the first part, below the cards.
        heading = shown.crop((0, shown.height // 3, shown.width, shown.height * 9 // 10))
        halves = {
            "left": dark(heading.crop((0, 0, heading.width // 5, heading.height))),
            "right": dark(heading.crop((heading.width * 4 // 5, 0, heading.width, heading.height))),
        }
        assert max(halves, key=lambda side: halves[side]) == begins, (language, halves)


def dark(picture: Image.Image) -> int:
    """How many pixels are ink."""
    return sum(picture.histogram()[:110])


def test_a_reader_of_one_branch_is_shown_no_other_by_name(data: dict[str, Any]) -> None:
    own = data["branches"][3]
    points = [{**row, "name": None, "code": None, "region": None, "rank": {**dict.fromkeys(row["rank"])}, "tier": None}
              for row in data["branches"] if row is not own]  # fmt: skip
    cut = {**data, "branches": [own, *points], "regions": [], "agents": [], "scope": "branch"}
    made = pdf.write(document(cut, replace(BESIDE, statements={}, minutes=(), decisions=(), before=())), FONTS)
    said = "\n".join(read(made))
    assert own["name"] in said
    assert not [row["name"] for row in data["branches"] if row is not own and row["name"] in said]
    with speaking("he"):
        assert {row[3] for row in pack_tables.numbers(cut, BESIDE)["ranking"].rows} == {own["code"]}


@pytest.mark.parametrize("language", ["he", "en"])
@pytest.mark.parametrize("branches", [[], [unit("001")], [unit("001", surveys={MONTH: (30, 40)})]],
                         ids=["no branch", "no data", "one branch"])  # fmt: skip
def test_a_month_of_little_is_a_short_document(branches: list[Any], language: str) -> None:
    found = compute(given(branches)).data
    with speaking(language):
        page = pack_page.document(found, Beside())
        assert pdf.write(page, FONTS).startswith(b"%PDF")
        assert xlsx.write(pack_tables.together(found, Beside()).values(), page["title"]).startswith(b"PK")


def test_five_hundred_branches_are_pages_with_a_head_on_each(data: dict[str, Any]) -> None:
    rows = [{**data["branches"][i % 24], "code": f"{i:03}", "name": f"סניף {i:03}"} for i in range(500)]
    pages = read(pdf.write(document({**data, "branches": rows, "overall": {**data["overall"], "ranked": 500}}), FONTS))
    listed = [page for page in pages if len(re.findall(r"סניף \d\d\d", page)) > 10]
    assert len(listed) > 8
    assert all("מדד" in page for page in listed), "the heads of the columns stand on every page"


# ---- drawings --------------------------------------------------------------------------------------------------------


@drawn_from(st.floats(-1e4, 1e4), st.floats(0.01, 1e4), st.integers(2, 8))
def test_ticks_are_round_inside_and_not_many(low: float, width: float, wanted: int) -> None:
    found = pack_charts.ticks(low, low + width, wanted)
    assert 2 <= len(found) <= wanted + 2
    assert all(low - 1e-6 * width - 1e-6 <= one <= low + width * (1 + 1e-6) + 1e-6 for one in found)
    assert found == sorted(found)


def test_every_place_on_a_drawing_is_on_the_drawing(data: dict[str, Any]) -> None:
    with speaking("he"):
        drawn = pack_charts.quadrant(data)
        charts = pack_charts.trends(data)
    assert drawn is not None
    places = [
        value for point in drawn["points"] for key, value in point.items() if key in ("x", "y", "x_low", "y_high")
    ]
    places += [value for chart in charts for line in chart["lines"] for point in line for value in point]
    assert charts
    assert all(0 <= one <= 1 for one in places)
    assert sum(bool(point["label"]) for point in drawn["points"]) == len(drawn["points"]), "few branches are all named"


def test_a_trend_is_never_joined_over_a_new_series(data: dict[str, Any]) -> None:
    months = data["settings"]["trend_months"]
    begun = months[-6]
    cut = {**data, "settings": {**data["settings"], "series": {"csat": {"begins": [begun], "since": begun}}}}
    with speaking("he"):
        whole, broken = (pack_charts.trends(one)[0] for one in (data, cut))
    assert len(broken["lines"]) == len(whole["lines"]) + 1
    assert len(broken["lines"][-1]) == 6
    assert len(broken["breaks"]) == 1


# ---- fonts -----------------------------------------------------------------------------------------------------------


def test_the_fonts_characters_are_those_that_fonttools_reads() -> None:
    known = [set(TTFont(path).getBestCmap()) for path in sorted(FONTS.glob("*-Regular.ttf"))]
    assert characters(FONTS) == frozenset().union(*known)
    assert drawable("שלום é –", FONTS) == "שלום é –"
    assert drawable("a\u202eb 😀 x\u0301 中", FONTS).startswith("ab ? x")


# ---- the workbook and the zip ----------------------------------------------------------------------------------------


def test_the_workbook_holds_numbers_as_numbers_and_reads_from_the_right(data: dict[str, Any]) -> None:
    with speaking("he"):
        tables = pack_tables.together(data, BESIDE)
        made = xlsx.write(tables.values(), "סקירה", ["נחתם"])
        assert made == xlsx.write(tables.values(), "סקירה", ["נחתם"])
        names = xlsx.sheet_names(tables.values())
    book = CalamineWorkbook.from_filelike(io.BytesIO(made))
    assert [name for name in book.sheet_names if name in names.values()] == list(names.values())
    head, *rows = book.get_sheet_by_name(names["ranking"]).to_python()
    place = head.index(next(column.title for column in tables["ranking"].columns if column.code == "service"))
    expected = [row["service"]["index"] for row in data["branches"]]
    assert [row[place] for row in rows] == [one if one is not None else "" for one in expected]
    with zipfile.ZipFile(io.BytesIO(made)) as inside:
        sheets = [name for name in inside.namelist() if name.startswith("xl/worksheets/sheet")]
        assert len(sheets) == len(tables) + 2
        assert all(b'rightToLeft="1"' in inside.read(name) for name in sheets)
        charts = [inside.read(name) for name in inside.namelist() if name.startswith("xl/charts/chart")]
        assert len(charts) == 4  # ranking, regions, trends, drivers
        assert all(b"<c:title>" in chart for chart in charts)
        assert not any(b"<f>" in inside.read(name) for name in sheets), "nothing that somebody wrote is a formula"
    head, *rows = book.get_sheet_by_name(names["decisions"]).to_python()
    due = [row[head.index(tables["decisions"].columns[4].title)] for row in rows]
    assert due == [one.due_on for one in (*BESIDE.before, *BESIDE.decisions)], "days are days, to be sorted and counted"


def test_what_a_spreadsheet_would_run_is_made_harmless() -> None:
    evil = Table("t", "=1", (Column("a", "@a"), Column("m", "m", "month")), (("=cmd()", "2026-10"), ("+1\u200f", None)))
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx.write([evil], "-1")))
    first, second = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
    assert first[0][0] == "'-1"
    assert [row[0] for row in second] == ["'@a", "'=cmd()", "'+1"]
    assert second[1][1] == date(2026, 10, 1)


def test_sheets_have_names_that_a_workbook_takes() -> None:
    titles = ["a/b:c?[d]*\\", "x" * 60, "X" * 60, "", "'q'", "same, 1", "same, 2"]
    names = xlsx.sheet_names(Table(f"t{i}", title, (), ()) for i, title in enumerate(titles)).values()
    assert len({name.casefold() for name in names}) == len(titles)
    assert all(0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) and name[0] != "'" for name in names)


def test_the_zip_is_the_same_bytes_and_holds_numbers_alone(data: dict[str, Any]) -> None:
    with speaking("he"):
        zipped = [csv.zipped(pack_tables.numbers(data, beside).values()) for beside in (BESIDE, Beside())]
    assert zipped[0] == zipped[1], "what a meeting says moves no number"
    with zipfile.ZipFile(io.BytesIO(zipped[0])) as archive:
        assert {"ranking.csv", "regions.csv", "trends.csv", "drivers.csv", "settings.csv"} <= set(archive.namelist())
        assert not {"decisions.csv", "minutes.csv", "statements.csv"} & set(archive.namelist())
        assert all(archive.read(name).startswith(b"\xef\xbb\xbf") for name in archive.namelist())


def test_a_long_table_is_cut_in_print_and_says_so() -> None:
    table = Table("t", "t", (Column("a", "a"), Column("b", "b", "percent", 1), Column("c", "c")),
                  tuple((f"n{i}", -1.25, None) for i in range(70)))  # fmt: skip
    with speaking("en"):
        block = pack_page.printed(table)
    assert len(block["rows"]) == pack_page.MOST_ROWS
    assert block["rows"][0] == [isolate("n0"), "\u2066-1.2%\u2069"], "a column of nothing is left out"
    assert block["note"] == "10 more rows are in the other files"
