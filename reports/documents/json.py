"""A Table → strict JSON."""

from __future__ import annotations

from reports.rounding import strict_json
from reports.table import Table


def write(table: Table) -> bytes:
    """The table as UTF-8 JSON bytes: name, title, columns and rows."""
    return strict_json(table.as_dict()).encode()
