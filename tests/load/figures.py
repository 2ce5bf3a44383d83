"""Measured numbers and how they are shown."""

from __future__ import annotations

import math
import os
import platform
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version


@dataclass(frozen=True)
class Row:
    """One measurement: what, under which conditions, how often, and seconds of each time."""

    what: str
    conditions: str
    seconds: Sequence[float]
    #: Wall-clock seconds of all of them together; several run at once where there are several customers.
    together: float

    def cells(self) -> tuple[str, ...]:
        """The row as it is printed."""
        return (
            self.what,
            self.conditions,
            str(len(self.seconds)),
            f"{len(self.seconds) / self.together:.1f}",
            f"{quantile(self.seconds, 0.50) * 1000:.1f}",
            f"{quantile(self.seconds, 0.95) * 1000:.1f}",
            f"{max(self.seconds) * 1000:.1f}",
        )


HEAD = ("measured", "conditions", "times", "per second", "p50 ms", "p95 ms", "max ms")


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least a share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def table(rows: Iterable[Sequence[str]]) -> str:
    """Rows in columns; the first two to the left, numbers to the right."""
    lines = [list(row) for row in rows]
    widths = [max(len(row[place]) for row in lines) for place in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in lines
    )


def about() -> str:
    """What the numbers were measured with."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("flask", "sqlalchemy", "waitress", "numpy"))
    return (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {libraries}; "
        f"{platform.system()} {platform.machine()}, {_cores()} cores shared by server and customers"
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
