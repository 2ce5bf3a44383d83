"""What is looked at before a workbook is opened: its size unpacked, its XML, its formulas. Nothing is written anywhere.

A workbook is a packed archive of XML. Each part is read once as a stream, so that neither entities nor a far-away cell
nor a text used a million times can make the reader behind it ask for more memory than a form is worth.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any, Final
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, feature_namespaces

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

from forms.questionnaire.errors import DefinitionError, Problem
from translations import gettext as _
from translations import isolate_ltr

MEGABYTE: Final = 1_000_000
#: Bytes of a form's file, and of one unpacked.
MOST_BYTES: Final = 10 * MEGABYTE
MOST_UNPACKED: Final = 64 * MEGABYTE
#: How many times its packed size a large part may unpack to: honest sheets stay below 60.
MOST_RATIO: Final = 250
MOST_PARTS: Final = 500
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 500
MOST_ELEMENTS: Final = 1_000_000
MOST_DEEP: Final = 100
#: Characters of all cells together: a text that many cells share counts each time.
MOST_CHARS: Final = 40_000_000
_BROKEN: Final = (zipfile.BadZipFile, zlib.error)
_CELL: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml")


def refuse(message: str, place: str = "") -> DefinitionError:
    """The refusal of a whole file."""
    return DefinitionError([Problem(place, message)])


class _Counting(ContentHandler):
    """Any part: how much there is, and how deep. ``rest`` counts for the file as a whole."""

    def __init__(self, budget: list[int]) -> None:
        super().__init__()
        self.budget = budget
        self.depth = 0

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802 - the name is SAX's
        self.budget[0] -= 1
        self.depth += 1
        if self.budget[0] < 0 or self.depth > MOST_DEEP:
            raise refuse(_("The workbook holds far more than a form does."))
        self.begin(name.rpartition(":")[2], attrs)

    def endElement(self, name: str) -> None:  # noqa: N802
        self.depth -= 1
        self.end(name.rpartition(":")[2])

    def begin(self, name: str, attrs: Any) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""


class _Names(_Counting):
    """Sheets by relation, and relations by target."""

    def __init__(self, budget: list[int]) -> None:
        super().__init__(budget)
        self.found: dict[str, str] = {}

    def begin(self, name: str, attrs: Any) -> None:
        if name == "sheet":
            identity = next((value for key, value in attrs.items() if key.rpartition(":")[2] == "id"), "")
            self.found[identity] = attrs.get("name", "")
        elif name == "Relationship":
            self.found[attrs.get("Id", "")] = "xl/" + attrs.get("Target", "").removeprefix("/xl/").lstrip("/")


class _Strings(_Counting):
    """How long each shared text is."""

    def __init__(self, budget: list[int]) -> None:
        super().__init__(budget)
        self.lengths: list[int] = []

    def begin(self, name: str, attrs: Any) -> None:
        if name == "si":
            self.lengths.append(0)

    def characters(self, content: str) -> None:
        if self.lengths:
            self.lengths[-1] += len(content)


class _Cells(_Counting):
    """One sheet: how far its cells reach, how much text they hold, and which of them have no readable value."""

    def __init__(self, budget: list[int], lengths: list[int]) -> None:
        super().__init__(budget)
        self.lengths = lengths
        self.rows = self.column = 0
        self.chars = 0
        self.unreadable: list[str] = []
        self.cell = self.kind = ""
        self.formula = False
        self.value: list[str] = []
        self.reading = False

    def begin(self, name: str, attrs: Any) -> None:
        if name == "row":
            self.rows, self.column = self.rows + 1, 0
            if self.rows > MOST_ROWS:
                raise refuse(_("A sheet has more than %(max)s rows. Delete the unused ones.", max=MOST_ROWS))
        elif name == "c":
            self.cell, self.kind = attrs.get("r", ""), attrs.get("t", "")
            self.formula, self.value = False, []
            self.column += 1
        elif name == "f":
            self.formula = True
        elif name in {"v", "t"}:
            self.reading = True

    def characters(self, content: str) -> None:
        if self.reading:
            self.value.append(content)

    def end(self, name: str) -> None:
        if name in {"v", "t"}:
            self.reading = False
        elif name == "c":
            self._close()

    def _close(self) -> None:
        value = "".join(self.value)
        if self.kind == "e" or (self.formula and not value and self.kind != "str"):
            self.unreadable.append(self.cell)
        if not value:
            return
        # Readers lay a sheet out as a full rectangle, so a single far cell is as bad as a full sheet.
        place = _CELL.fullmatch(self.cell)
        column, row = (_column(place[1]), int(place[2])) if place else (self.column, self.rows)
        if column > MOST_COLUMNS:
            raise refuse(_("A sheet has more than %(max)s columns. Delete the unused ones.", max=MOST_COLUMNS))
        if row > MOST_ROWS:
            raise refuse(_("A sheet has more than %(max)s rows. Delete the unused ones.", max=MOST_ROWS))
        if self.kind == "s":
            index = int(value) if value.strip().isdigit() else -1
            if not 0 <= index < len(self.lengths):
                raise refuse(_("The workbook is damaged. Save it again as XLSX."))
            self.chars += self.lengths[index]
        else:
            self.chars += len(value)
        if self.chars > MOST_CHARS:
            raise refuse(_("The workbook holds far more than a form does."))


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _scan(archive: zipfile.ZipFile, part: str, handler: _Counting) -> None:
    parser = make_parser()
    parser.forbid_dtd = True
    parser.setFeature(feature_namespaces, False)
    parser.setContentHandler(handler)
    with archive.open(part) as stream:
        parser.parse(stream)


def _sizes(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise refuse(_("The workbook unpacks to far more than a form does."))
    for part in parts:
        if part.flag_bits & 1:
            raise refuse(_("The workbook is protected by a password. Save it without one."))
        if part.file_size > MEGABYTE and part.file_size > MOST_RATIO * max(part.compress_size, 1):
            raise refuse(_("The workbook unpacks to far more than a form does."))
        if part.filename.lower().endswith("vbaproject.bin"):
            raise refuse(_("The workbook carries macros, which are never read. Save it as XLSX."))


def check_workbook(content: bytes, wanted: frozenset[str]) -> None:
    """Look a packed workbook over; ``wanted`` are the sheets, in small letters, whose cells must be readable.

    Raises DefinitionError, saying what to do, for one that is damaged, hostile, protected or full of formulas.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _sizes(archive)
            unreadable = _parts(archive, wanted)
    except DefusedXmlException as error:
        raise refuse(
            _("The workbook's XML declares a document type or entities, which are refused because they can do harm.")
        ) from error
    except DefinitionError:
        raise
    except (*_BROKEN, SAXException, OSError, EOFError, LookupError, ValueError, RuntimeError) as error:
        raise refuse(_("The workbook is damaged. Save it again as XLSX.")) from error
    if unreadable:
        listed = ", ".join(isolate_ltr(cell) for cell in unreadable[:10])
        raise refuse(
            _("These cells hold a formula without a value, or an error: %(cells)s. Put the value there.", cells=listed)
        )


def _parts(archive: zipfile.ZipFile, wanted: frozenset[str]) -> list[str]:
    """Read every part of XML; the cells without a readable value, as ``survey!B3``."""
    budget = [MOST_ELEMENTS]
    parts = [one for one in archive.namelist() if one.lower().endswith((".xml", ".rels", ".vml"))]
    special: Mapping[str, _Counting] = {
        "xl/workbook.xml": _Names(budget),
        "xl/_rels/workbook.xml.rels": _Names(budget),
        "xl/sharedStrings.xml": _Strings(budget),
    }
    for part in parts:
        if not _SHEET.fullmatch(part):
            _scan(archive, part, special.get(part) or _Counting(budget))
    sheets, targets, strings = special.values()
    lengths = strings.lengths if isinstance(strings, _Strings) else []
    names = dict(_paired(sheets, targets))
    unreadable = []
    for part in parts:
        if _SHEET.fullmatch(part):
            cells = _Cells(budget, lengths)
            _scan(archive, part, cells)
            name = names.get(part, "")
            if name.lower() in wanted:
                unreadable += [f"{name}!{cell}" for cell in cells.unreadable]
    return unreadable


def _paired(sheets: _Counting, targets: _Counting) -> list[tuple[str, str]]:
    if not (isinstance(sheets, _Names) and isinstance(targets, _Names)):
        return []
    return [(targets.found[key], name) for key, name in sheets.found.items() if key in targets.found]
