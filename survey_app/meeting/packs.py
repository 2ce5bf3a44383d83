"""What a month's pack can hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: Code of a format -> its media type.
FORMATS: Final[Mapping[str, str]] = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "application/zip",
    "json": "application/json",
}
