"""One shape for everything that is read in rows: typed columns and plain values. Many writers turn it into files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "integer", "number", "percent", "money", "month", "date", "flag"]
Value = str | int | float | bool | None

NUMERIC: frozenset[str] = frozenset({"integer", "number", "percent", "money"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its stable ``code``, its ``title`` in the reader's language, what kind of value, how many decimals."""

    code: str
    title: str
    kind: Kind = "text"
    digits: int = 0

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers: set to the end of the cell, summed, written as numbers."""
        return self.kind in NUMERIC


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of plain values (None: nothing to show), each as long as ``columns``; ValueError otherwise."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]

    def __post_init__(self) -> None:
        codes = [column.code for column in self.columns]
        if len(set(codes)) < len(codes):
            raise ValueError(f"{self.name}: two columns have one code")
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ValueError(f"{self.name}: row {number} has {len(row)} values for {len(self.columns)} columns")

    def column(self, code: str) -> tuple[Value, ...]:
        """The values of one column; KeyError when there is none of that code."""
        for place, column in enumerate(self.columns):
            if column.code == code:
                return tuple(row[place] for row in self.rows)
        raise KeyError(code)

    def records(self) -> list[dict[str, Value]]:
        """The rows as dicts by column code."""
        codes = [column.code for column in self.columns]
        return [dict(zip(codes, row, strict=True)) for row in self.rows]

    def as_dict(self) -> Mapping[str, Any]:
        """The table as JSON values."""
        return {
            "name": self.name,
            "title": self.title,
            "columns": [{"code": c.code, "title": c.title, "kind": c.kind, "digits": c.digits} for c in self.columns],
            "rows": [list(row) for row in self.rows],
        }
