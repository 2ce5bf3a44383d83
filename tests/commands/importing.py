"""What the tests of imports share: writing a file, importing it, and asking what is stored."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import xlsxwriter
from sqlalchemy import func, select

from survey_app.audit import Actor
from survey_app.commands.imports import HANDLERS
from survey_app.commands.imports.engine import run_import
from survey_app.commands.imports.handler import Options
from survey_app.commands.imports.report import ADDED, CHANGED, UNCHANGED, Summary
from survey_app.db import Base, reading

DATA = Path(__file__).parents[1] / "data"
ACTOR = Actor.system("test")
Row = TypeVar("Row", bound=Base)


def bring(kind: str, path: Path, *, bank: str | None = None, **more: Any) -> Summary:
    """Import a file of a kind."""
    return run_import(HANDLERS[kind], path, actor=ACTOR, options=Options(bank=bank), **more)


def counts(summary: Summary) -> tuple[int, int, int, int]:
    """Rows added, changed, unchanged and refused."""
    return summary.counts[ADDED], summary.counts[CHANGED], summary.counts[UNCHANGED], len(summary.refused)


def reasons(summary: Summary) -> list[tuple[int, str | None, str]]:
    """Row, column and words of every refusal."""
    return [(one.row, reason.column, reason.message) for one in summary.refused for reason in one.reasons]


def places(summary: Summary) -> list[tuple[int, str | None]]:
    """Row and column of every refusal."""
    return [(row, column) for row, column, _message in reasons(summary)]


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    """A text file."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def table(folder: Path, name: str, header: Sequence[str], *rows: Sequence[object], encoding: str = "utf-8") -> Path:
    """A CSV file of plain cells."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    return write(folder, name, text.getvalue(), encoding)


def workbook(folder: Path, name: str, rows: Iterable[Any], *, top: int = 0) -> Path:
    """An XLSX file with typed cells, its first row at ``top``."""
    path = folder / name
    with xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows, start=top):
            sheet.write_row(at, 0, row)
    return path


def stored(model: type[Row], *where: Any) -> list[Row]:
    """Rows of a model as they stand."""
    with reading() as session:
        return list(session.scalars(select(model).where(*where)))


def number_of(model: type[Row], *where: Any) -> int:
    """How many rows a model has."""
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0
