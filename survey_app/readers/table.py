"""What every reader gives: column names, and rows of text with the place where a person finds them in the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from survey_app.errors import UserError
from translations import gettext as _
from translations.spelling import tidy


class Unreadable(UserError):
    """The file as a whole cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row cannot be read. ``column`` is the position of the column where the trouble is, None for all of it.

    Cells before that column are what the file says; from it on they are the reader's best guess.
    """

    column: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Record:
    """One row. ``row`` is where it begins: the line of a text file, the row of a sheet, the line of an XML element.

    There are as many ``cells`` as columns; only a faulty record may have more.
    """

    row: int
    cells: tuple[str, ...]
    fault: Fault | None = None


@dataclass(frozen=True)
class Table:
    """A file as columns and records. ``records`` can be gone through once; ``total`` is None where it is not known."""

    columns: tuple[str, ...]
    records: Iterator[Record] = field(repr=False)
    total: int | None = None


def header(cells: Sequence[str]) -> tuple[str, ...]:
    """Column names of a header row, without the empty ones at its end.

    Raises Unreadable when a name stands twice.
    """
    names = [tidy(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise Unreadable(
            _("The column %(name)s stands twice in the first row. Keep one of them.", name=", ".join(twice))
        )
    return tuple(names)


def fitted(row: int, cells: Sequence[str], width: int) -> Record:
    """A row of plain cells as a record. A short one is filled up: spreadsheets leave out empty cells at the end."""
    kept = list(cells)
    while len(kept) > width and not kept[-1].strip():
        kept.pop()
    kept.extend("" for _missing in range(width - len(kept)))
    return Record(row, tuple(kept), too_wide(len(kept), width))


def too_wide(found: int, width: int) -> Fault | None:
    """The fault of a row with more cells than there are columns."""
    if found <= width:
        return None
    return Fault(
        None,
        _(
            "The row has %(found)s values and the first row names %(width)s columns. A value that holds the separator"
            " must stand in quotation marks.",
            found=found,
            width=width,
        ),
    )


def blank(cells: Sequence[str]) -> bool:
    """Whether a row holds nothing."""
    return not any(cell.strip() for cell in cells)


def no_rows() -> Unreadable:
    """What is said of a file with nothing in it."""
    return Unreadable(_("The file is empty. Its first row must name the columns."))
