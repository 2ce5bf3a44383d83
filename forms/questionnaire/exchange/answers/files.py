"""Files that a library can only write whole: made in a folder of their own, given out in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

_CHUNK: Final = 1 << 16


def chunks(path: Path) -> Iterator[bytes]:
    """A file's bytes, piece by piece."""
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            yield piece
