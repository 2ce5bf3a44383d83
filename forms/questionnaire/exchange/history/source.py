"""A file of responses as it was found: its columns, what they say of themselves, and the values in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

#: Values of one column that are kept by name with their counts, and how many are counted at all: a column with more
#: holds words.
MOST_KEPT: Final = 1_000
MOST_COUNTED: Final = 10_000
#: Longer cells are words, never a code that somebody maps.
LONGEST_VALUE: Final = 200

TABLE, QUALTRICS, SPSS = "table", "qualtrics", "spss"


@dataclass(frozen=True)
class Column:
    """One column. ``label`` is the question's words where the file has them, ``labels`` words by value.

    ``missing`` are values that the file itself declares to be no answer. ``values`` are the distinct ones with their
    counts, most frequent first; ``distinct`` is how many there are, of which only :data:`MOST_KEPT` are listed.
    """

    name: str
    label: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    values: tuple[tuple[str, int], ...] = ()
    distinct: int = 0
    filled: int = 0

    @property
    def counted(self) -> bool:
        """Whether every value was counted; a column of words was not."""
        return self.distinct <= MOST_COUNTED

    def to_json(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "name": self.name,
            "label": self.label,
            "labels": dict(self.labels),
            "missing": sorted(self.missing),
            "values": [list(pair) for pair in self.values],
            "distinct": self.distinct,
            "filled": self.filled,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Column:
        """What :meth:`to_json` gave."""
        return cls(
            kept["name"],
            kept["label"],
            kept["labels"],
            frozenset(kept["missing"]),
            tuple((value, count) for value, count in kept["values"]),
            kept["distinct"],
            kept["filled"],
        )


@dataclass(frozen=True)
class Source:
    """A whole file: what sort it is, its columns, how many rows it has, and a fingerprint of its content."""

    kind: str
    columns: tuple[Column, ...]
    rows: int
    digest: str

    @property
    def by_name(self) -> Mapping[str, int]:
        """Where each column stands, by its name."""
        return {column.name: at for at, column in enumerate(self.columns)}

    @property
    def shape(self) -> str:
        """A fingerprint of the columns' names: files of the same shape can share a mapping."""
        return sha256("\x1f".join(sorted(column.name for column in self.columns)).encode()).hexdigest()[:32]

    def to_json(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "kind": self.kind,
            "columns": [column.to_json() for column in self.columns],
            "rows": self.rows,
            "digest": self.digest,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Source:
        """What :meth:`to_json` gave."""
        columns = tuple(Column.from_json(one) for one in kept["columns"])
        return cls(kept["kind"], columns, kept["rows"], kept["digest"])


@dataclass
class Counting:
    """Counts the values of one column while its file is gone through, in bounded memory."""

    counts: dict[str, int] = field(default_factory=dict)
    filled: int = 0
    overflowed: bool = False

    def add(self, cell: str) -> None:
        """Count one cell; an empty one is no value."""
        if not cell:
            return
        self.filled += 1
        if cell in self.counts:
            self.counts[cell] += 1
        elif len(self.counts) < MOST_COUNTED and len(cell) <= LONGEST_VALUE:
            self.counts[cell] = 1
        else:
            self.overflowed = True

    def column(
        self, name: str, label: str = "", labels: Mapping[str, str] | None = None, missing: Iterable[str] = ()
    ) -> Column:
        """The column that was counted."""
        order = sorted(self.counts.items(), key=lambda pair: (-pair[1], pair[0]))
        distinct = MOST_COUNTED + 1 if self.overflowed else len(order)
        kept = tuple(order[:MOST_KEPT])
        return Column(name, label, labels or {}, frozenset(missing), kept, distinct, self.filled)


def unique_names(header: Sequence[str]) -> tuple[str, ...]:
    """Names by which columns can be told apart: one without a name is called by its place, ``#3``."""
    return tuple(name or f"#{at}" for at, name in enumerate(header, start=1))
