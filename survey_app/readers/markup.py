"""XML of the plain kind: a root, its records, and in each record one element per column.

Read by defusedxml: entities and document types are refused, so no file can unfold to more than it is or fetch another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler

from defusedxml import DefusedXmlException
from defusedxml.sax import parseString

from survey_app.readers.table import Record, Table, Unreadable, no_rows
from translations import gettext as _
from translations.spelling import tidy

#: Depth of the root, of a record and of a column.
_ROOT, _RECORD, _COLUMN = 1, 2, 3
#: Columns of any honest table.
MOST_COLUMNS: Final = 1_000


def read(content: bytes) -> Table:
    """The table in an XML file. Raises Unreadable for one that is broken, hostile or not a table."""
    found = _Rows()
    try:
        parseString(content, found, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Unreadable(
            _("The XML declares a document type or entities, which are refused because they can do harm.")
        ) from error
    except SAXParseException as error:
        raise Unreadable(
            _(
                "The XML is broken at line %(line)s. Download it again, or save the table as CSV UTF-8.",
                line=error.getLineNumber(),
            )
        ) from error
    except (SAXException, LookupError, UnicodeError, ValueError) as error:
        raise Unreadable(_("The XML cannot be read. Download it again, or save the table as CSV UTF-8.")) from error
    if not found.rows:
        raise no_rows()
    columns = tuple(found.columns)
    return Table(columns, _records(found.rows, columns), len(found.rows))


def _records(rows: list[tuple[int, dict[str, str]]], columns: tuple[str, ...]) -> Iterator[Record]:
    # Written on one line, the records of a file are told apart by their number.
    on_own_lines = len({line for line, _values in rows}) == len(rows)
    for number, (line, values) in enumerate(rows, start=1):
        yield Record(line if on_own_lines else number, tuple(values.get(name, "") for name in columns))


class _Rows(ContentHandler):
    """Collects records with the line on which each begins. Stray newlines around and in values are no part of them."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: dict[str, None] = {}
        self.rows: list[tuple[int, dict[str, str]]] = []
        self._depth = 0
        self._line = 0
        self._values: dict[str, str] = {}
        self._texts: list[str] = []
        self._locator: Any = None

    def setDocumentLocator(self, locator: Any) -> None:  # noqa: N802 - the name is SAX's
        self._locator = locator

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        self._depth += 1
        if self._depth > _COLUMN:
            raise Unreadable(
                _("The XML is no table: the element %(name)s stands too deep. Save the table as CSV UTF-8.", name=name)
            )
        if self._depth == _RECORD:
            self._line = self._locator.getLineNumber()
            self._values = {}
        if self._depth == _COLUMN:
            self._texts = []
            self.columns.setdefault(name)
            if len(self.columns) > MOST_COLUMNS:
                raise Unreadable(_("The XML is no table: it has more than %(most)s columns.", most=MOST_COLUMNS))

    def characters(self, content: str) -> None:
        if self._depth == _COLUMN:
            self._texts.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        if self._depth == _COLUMN:
            self._values[name] = tidy("".join(self._texts))
        if self._depth == _RECORD and any(self._values.values()):
            self.rows.append((self._line, self._values))
        self._depth -= 1
