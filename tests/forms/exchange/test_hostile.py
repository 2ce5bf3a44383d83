"""Files that are damaged, hostile or no forms: refused in clear words, quickly, and nothing is left behind."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import xlsxwriter

from forms.questionnaire.definition import DefinitionError
from forms.questionnaire.exchange import xlsform
from tests.forms.exchange.forms import SMALL, SMALL_DOCUMENT, workbook
from tests.forms.exchange.oldbook import old_workbook
from translations import speaking

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>'
MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Every case is over in seconds, writes no file and says nothing where nobody reads."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    began = time.perf_counter()
    yield
    assert time.perf_counter() - began < 8
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def refusal(content: bytes, name: str = "form.xlsx") -> str:
    """Why a file is refused, in Hebrew and English; both say something."""
    with speaking("he"), pytest.raises(DefinitionError) as hebrew:
        xlsform.read(content, name)
    with speaking("en"), pytest.raises(DefinitionError) as english:
        xlsform.read(content, name)
    assert str(hebrew.value)
    return str(english.value)


def outcome(content: bytes, name: str = "form.xlsx") -> str:
    """Why a file is refused, or that it is not: either is fine where only nothing else may happen."""
    try:
        xlsform.read(content, name)
    except DefinitionError as error:
        return str(error)
    return "read"


def with_parts(parts: Mapping[str, bytes], content: bytes | None = None) -> bytes:
    """A workbook with some parts replaced or added."""
    given = io.BytesIO(content or workbook(SMALL))
    made = io.BytesIO()
    with zipfile.ZipFile(given) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name) or old.read(name))
        for name in parts.keys() - set(old.namelist()):
            new.writestr(name, parts[name])
    return made.getvalue()


def sheet(rows: bytes) -> bytes:
    return HEAD + b"<worksheet " + MAIN + b"><sheetData>" + rows + b"</sheetData></worksheet>"


BOMB = b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)


@pytest.mark.parametrize(
    "part",
    ["xl/sharedStrings.xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "[Content_Types].xml",
     "docProps/core.xml", "xl/_rels/workbook.xml.rels", "xl/drawings/drawing1.xml"],
)  # fmt: skip
@pytest.mark.parametrize(
    "doctype",
    [
        BOMB + b"]>",
        b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'>",
        b"<!DOCTYPE x [<!ENTITY a SYSTEM 'http://x/'>]>",
        b"<!DOCTYPE x>",
    ],
    ids=["bomb", "outside", "entity", "plain"],
)
def test_entities_and_document_types(part: str, doctype: bytes) -> None:
    content = with_parts({part: HEAD + doctype + b"<x>&a;</x>"})
    assert "document type or entities" in refusal(content)


def test_entities_in_another_encoding() -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'
    assert "document type or entities" in refusal(with_parts({"xl/sharedStrings.xml": text.encode("utf-16")}))


def test_a_part_that_unpacks_to_far_more() -> None:
    assert "unpacks" in refusal(with_parts({"xl/media/a.bin": b"\0" * 30_000_000}))
    assert "unpacks" in refusal(with_parts({"xl/worksheets/sheet1.xml": sheet(b" " * 40_000_000)}))
    random = zlib.compress(b"x") * 3
    assert "unpacks" in refusal(with_parts({f"xl/media/{n}.bin": random for n in range(600)}))


def test_a_file_of_fifty_megabytes() -> None:
    assert "larger than 10 MB" in refusal(b"PK" + b"\0" * 50_000_000)
    assert "larger than 10 MB" in refusal(b"survey,type\n" * 5_000_000, "form.csv")


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        b"%PDF-1.7 x",
        b"\xff\xd8\xff\xe0" + b"x" * 50,
        b"<html><body>survey</body></html>",
        b"\x1f\x8b" + b"x" * 50,
        b"{}",
        b"just words",
        b"",
        b"   \n ",
        bytes(range(256)) * 20,
        "שלום".encode("utf-16-le") * 30,
        "Où est la bibliothèque?".encode("cp1252") * 30,
    ],
)
@pytest.mark.parametrize("name", ["form.xlsx", "form.xls", "form.csv", "form.md"])
def test_what_is_no_form_at_all(content: bytes, name: str) -> None:
    assert refusal(content, name)


def test_macros() -> None:
    assert "macros" in refusal(with_parts({"xl/vbaProject.bin": b"\xd0\xcf"}))


def test_a_password() -> None:
    content = bytearray(workbook(SMALL))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        where = archive.start_dir
    content[where + 8] |= 1
    assert "password" in refusal(bytes(content))


def formula(value: object) -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    survey = book.add_worksheet("survey")
    survey.write_row(0, 0, ["type", "name", "label"])
    survey.write_row(1, 0, ["text", "q1"])
    survey.write_formula(1, 2, '="מה " & "שלומך?"', None, value)
    book.add_worksheet("readme").write_formula(0, 0, "=1/0", None, "#DIV/0!")
    book.close()
    return content.getvalue()


def test_a_formula_counts_by_its_value() -> None:
    (section,) = xlsform.read(formula("מה שלומך?")).document["sections"]
    assert section["questions"] == [{"code": "q1", "type": "line", "text": {"he": "מה שלומך?"}}]


def test_a_formula_without_a_value_or_with_an_error_is_named() -> None:
    assert "survey!C2" in refusal(formula("#REF!"))
    empty = (
        HEAD + b"<worksheet " + MAIN + b'><sheetData><row r="1"><c r="B1"><f>A1</f></c></row></sheetData></worksheet>'
    )
    assert "survey!B1" in refusal(with_parts({"xl/worksheets/sheet1.xml": empty}))


@pytest.mark.parametrize(
    "rows",
    [
        b'<row r="1"><c r="XFD1" t="inlineStr"><is><t>a</t></is></c></row>',
        b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>',
        b'<row r="1">' + b"<c><v>1</v></c>" * 2_000 + b"</row>",
        b"<row><c><v>1</v></c></row>" * 30_000,
        b"<row/>" * 1_000_001,
        b'<row r="1"><c r="A1" t="s"><v>99999</v></c></row>',
        b'<row r="1"><c r="A1" t="s"><v>-1</v></c></row>',
        b"<row>" * 5_000 + b"</row>" * 5_000,
    ],
    ids=["far column", "far row", "columns", "rows", "empty rows", "no such text", "negative", "deep"],
)
def test_sheets_beyond_measure(rows: bytes) -> None:
    assert refusal(with_parts({"xl/worksheets/sheet1.xml": sheet(rows)}))


def test_one_long_text_in_very_many_cells() -> None:
    shared = HEAD + b"<sst " + MAIN + b"><si><t>" + b"a " * 16_000 + b"</t></si></sst>"
    rows = b"".join(b"<row>" + b'<c t="s"><v>0</v></c>' * 40 + b"</row>" for _n in range(2_000))
    assert "far more" in refusal(with_parts({"xl/sharedStrings.xml": shared, "xl/worksheets/sheet1.xml": sheet(rows)}))


def test_damaged_workbooks() -> None:
    good = workbook(SMALL)
    assert xlsform.read(good).document == SMALL_DOCUMENT
    for cut in range(4, len(good), max(len(good) // 40, 1)):
        refusal(good[:cut])
    for at in range(0, len(good), max(len(good) // 60, 1)):
        broken = good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :]
        assert outcome(broken)


def test_a_workbook_without_its_parts() -> None:
    for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"):
        made = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(workbook(SMALL))) as old, zipfile.ZipFile(made, "w") as new:
            for name in old.namelist():
                if name != part:
                    new.writestr(name, old.read(name))
        assert outcome(made.getvalue())


OLD: dict[str, list[list[str | float | None]]] = {
    "survey": [["type", "name", "label"], ["text", "q1", "מה שלומך?"]],
    "settings": [["form_title", "form_id"], ["טופס", "small"]],
}


def test_old_workbooks() -> None:
    good = old_workbook(OLD)
    assert xlsform.read(good, "form.xls").document == SMALL_DOCUMENT
    assert "error" in refusal(old_workbook({"survey": [["type", "name", "label"], ["text", "q1", None]]}))
    for cut in range(8, len(good), 200):
        assert outcome(good[:cut], "form.xls")
    for at in range(8, len(good), 37):
        broken = good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :]
        assert outcome(broken, "form.xls")
    assert refusal(good[:512] + b"\xff" * 4_000_000, "form.xls")
    assert "password" in refusal(good + "EncryptedPackage".encode("utf-16-le"))


CSV = "survey,,,\n,type,name,label\n,text,q1,מה שלומך?\nsettings,,,\n,form_title,form_id,\n,טופס,small,\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1255"])
def test_encodings_of_text(encoding: str) -> None:
    assert xlsform.read(CSV.encode(encoding), "form.csv").document == SMALL_DOCUMENT


@pytest.mark.parametrize(
    "content",
    [
        'survey,,\n,type,name\n,text,"a\n',
        "survey," + "," * 1_000_000,
        "survey\n" * 30_000,
        "a" * 300_000,
        "survey,,\n,type,name\n," + "x," * 600,
        "|survey|\n||" + "#" * 150_000 + "|\n",
        "|survey|\n" + "||type|name|label|\n" * 30_000,
        "survey,type\nsurvey,text\n",
    ],
)
def test_text_beyond_measure_or_broken(content: str) -> None:
    assert refusal(content.encode(), "form.csv")


def form(*rows: str, head: str = "type|name|label", more: str = "") -> bytes:
    listed = "\n".join(f"||{row}|" for row in (head, *rows))
    return f"|survey|\n{listed}\n{more}".encode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (form("text|q|a", "text|q|b"), "rows 3 and 4"),
        (form("text|q|a", "begin_group|q|b", "text|z|z", "end_group||"), "rows 3 and 4"),
        (
            form("select_one l|q|a", more="|choices|\n||list_name|name|label|\n||l|x|a|\n||l|y|b|\n||l|x|c|\n"),
            "rows 6 and 8",
        ),
        (form("text|q|a", head="type|name|name"), "name"),
        (form("text|q|a|b", head="type|name|caption|label"), "caption"),
        (form("begin_group|g|a", "text|q|a"), "does not end"),
        (form("text|q|a", "end_group||"), "never began"),
        (form("begin_group|g|a", "text|q|a", "end_repeat||"), "survey, row 4: A \u2066repeat\u2069 ends here"),
        (form("|q|a"), "no type"),
        (form("text||a"), "no name"),
        (form("text|a b|a"), "begins with a letter"),
        (form("text|q|a", "calculate|c|"), "survey, row 3: The calculation is missing."),
        (form("text|q|a", "text|q|b"), "The name \u2066q\u2069 stands twice, in rows 3 and 4."),
        (form("select_one a|q|a"), "\u2066a\u2069"),
        (form("text|q|a", "audit|other|"), "The checker says: \u2066[row : 3] Audits must"),
        (form("select_one nothing|q|a"), "nothing"),
        (form("text|q|${nobody}"), "nobody"),
        (form("text|q|a|${nobody} = 1", head="type|name|label|relevant"), "nobody"),
        (form("geopoint|q|a"), "No question"),
        (form("q|a", head="name|label"), "type"),
        (b"|choices|\n||list_name|name|\n||a|b|\n|settings|\n||form_title|\n||x|\n", "survey"),
        (form(*(f"begin_group|g{n}|a" for n in range(10_000)), "text|q|a"), "too deep"),
    ],
)
def test_what_is_wrong_is_named(content: bytes, words: str) -> None:
    assert words in refusal(content, "form.md")


def test_one_long_list_under_very_many_questions() -> None:
    asked = [f"select_one l|q{number}|a" for number in range(2_000)]
    listed = "\n".join(f"||l|c{number}|a|" for number in range(2_000))
    assert "30000" in refusal(form(*asked, more=f"|choices|\n||list_name|name|label|\n{listed}\n"), "form.md")


@pytest.mark.parametrize(
    "expression",
    ["(" * 10_000 + "1" + ")" * 10_000, "not(" * 5_000 + "true()" + ")" * 5_000, "1" * 29_000, "'" * 9_999,
     "a" * 29_000, " and ".join(["1 = 1"] * 4_000), "${q1} " * 4_000, "\u0000", "- " * 9_000 + "1",
     " = ".join(["1"] * 9_000), " + ".join(["${q1}"] * 5_000), "1" + " * 3" * 5_000],
)  # fmt: skip
def test_expressions_beyond_measure(expression: str) -> None:
    content = form("text|q1|a|", f"text|q|a|{expression}", head="type|name|label|relevant")
    assert outcome(content, "form.md")


@pytest.mark.parametrize(
    "row",
    [
        ["questions/q1", "type", '"unheard"', '"line"'],
        ["questions/q1", "code", '"a b"', '"q1"'],
        ["questions/q1", "choices", '{"a": 1}', ""],
        ["form", "sections", "7", ""],
        ["form", "scales", "[]", ""],
        ["questions", "q1", "7", ""],
        ["questions/q1", "in", '"nowhere/else"', '"sections/main"'],
        ["questions/q1", "in", "5", '"sections/main"'],
        ["types", "q1", '{"a": 1}', ""],
        ["lists", "q1", "[1]", ""],
        ["names", "q1", "7", ""],
        ["values", "l", "7", ""],
        ["form", "x", "[" * 5_000, ""],
        ["form", "title", '"text"', ""],
        ["sections/main", "code", "[]", '"main"'],
        ["questions/q1/text", "", "7", "8"],
        ["questions/q1", "", "[[]]", '["code"]'],
    ],
)
def test_our_own_sheet_with_nonsense(row: list[str]) -> None:
    """It may be refused or passed over, but never breaks anything."""
    sheets = {**SMALL, "survey_app": [["place", "key", "value", "standard"], row]}
    assert outcome(workbook(sheets))


def test_memory_stays_bounded() -> None:
    """The worst files, one after another, in a process that counts what it took at its peak."""
    code = """
import io, resource, zipfile
from tests.forms.exchange import test_hostile as hostile
from forms.questionnaire.definition import DefinitionError
from forms.questionnaire.exchange import xlsform
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
files = [
    hostile.with_parts({"xl/worksheets/sheet1.xml": hostile.sheet(b" " * 40_000_000)}),
    hostile.with_parts({"xl/worksheets/sheet1.xml": hostile.sheet(b'<row r="1"><c r="A1"><v>1</v></c></row>'
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')}),
    hostile.with_parts({"xl/styles.xml": hostile.HEAD + b"<a>" + b"<b/>" * 5_000_000 + b"</a>"}),
]
for content in files:
    try:
        xlsform.read(content)
    except DefinitionError:
        continue
    raise SystemExit("not refused")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=root, text=True, check=True)
    # Kilobytes, the files themselves (some 60 MB) among them.
    assert int(done.stdout) < 250_000
