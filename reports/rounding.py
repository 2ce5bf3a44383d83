"""Numbers as the report writes them: rounded once, at the door, and never NaN."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

DIGITS = 2


def number(value: Any, digits: int = DIGITS) -> float | None:
    """The value rounded, None where there is none (None, NaN); never minus zero."""
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), digits) + 0.0


def numbers(values: Iterable[Any], digits: int = DIGITS) -> list[float | None]:
    """Each value rounded."""
    return [number(value, digits) for value in values]


def percent(share: Any) -> float | None:
    """A share or probability, 0–1, as a percentage."""
    return None if share is None else number(100 * share)


def strict_json(data: Any) -> str:
    """The one JSON text of the data: strict, Hebrew readable, keys in their order, a newline at the end.

    A key of the top a line, and of a list of rows each row a line: short enough to be read and compared line by line,
    and written by the fast half of the standard library, which knows no indents.
    """
    if not isinstance(data, dict) or not data:
        return _encode(data) + "\n"
    return "{\n" + ",\n".join(f" {_encode(key)}: {_block(value)}" for key, value in data.items()) + "\n}\n"


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def _block(value: Any) -> str:
    if not isinstance(value, list | tuple) or not value or not isinstance(value[0], dict | list | tuple):
        return _encode(value)
    return "[\n" + ",\n".join(f"  {_encode(row)}" for row in value) + "\n ]"
