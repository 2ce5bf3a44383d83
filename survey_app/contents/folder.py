"""Evidence in a folder of this machine."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from survey_app import clock
from survey_app.contents.naming import KEY, checked, name_of, nothing

_ABANDONED: Final = timedelta(hours=6)


class LocalContents:
    """A folder, readable by its owner only, spread over 256 folders so that none grows long."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._partial = folder / "partial"

    def put(self, content: bytes) -> str:
        """Written beside its place, brought to the disk and only then renamed: a kept file is always whole."""
        key = name_of(content)
        place = self._place(key)
        if self._stands(place, content):
            return key
        for folder in (self._partial, place.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = self._partial / secrets.token_hex(16)
        try:
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
                target.write(content)
                target.flush()
                os.fsync(target.fileno())
            partial.replace(place)
        finally:
            partial.unlink(missing_ok=True)
        _to_disk(place.parent)
        return key

    def _stands(self, place: Path, content: bytes) -> bool:
        """Whether it is there already, whole; then it counts as written now, so that no sweep takes it as left over."""
        try:
            if place.read_bytes() != content:
                return False
            os.utime(place)
        except FileNotFoundError:
            return False
        return True

    def read(self, key: str) -> bytes:
        """The bytes."""
        try:
            return checked(key, self._place(key).read_bytes())
        except FileNotFoundError:
            raise nothing() from None

    def has(self, key: str) -> bool:
        """Whether there are bytes under a name."""
        return bool(KEY.fullmatch(key)) and self._place(key).is_file()

    def delete(self, key: str) -> None:
        """Destroy bytes."""
        if KEY.fullmatch(key):
            self._place(key).unlink(missing_ok=True)

    def kept(self, age: timedelta) -> Iterator[str]:
        """The names of what was written at least so long ago."""
        before = (clock.now() - age).timestamp()
        for one in self.folder.glob("[0-9a-f][0-9a-f]/*"):
            try:
                if KEY.fullmatch(one.name) and one.stat().st_mtime < before:
                    yield one.name
            except FileNotFoundError:
                continue

    def sweep(self) -> int:
        """Destroy half-written files that nobody writes any more."""
        before, gone = (clock.now() - _ABANDONED).timestamp(), 0
        for one in self._partial.glob("*") if self._partial.is_dir() else ():
            try:
                if one.stat().st_mtime < before:
                    one.unlink()
                    gone += 1
            except FileNotFoundError:
                continue
        return gone

    def _place(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise nothing()
        return self.folder / key[:2] / key


def _to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
