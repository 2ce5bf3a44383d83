"""Files that belong to the data: evidence of visits, and files of responses until they are imported.

A file is known by a random id and never changes. The bytes lie in a folder beside the database; whatever else can hold
bytes by id may take the folder's place, see :class:`FileStore`. The database says what a file is and whose: a file that
no row names is nobody's, so write the file first, then the row, and take the file back where the row fails.
"""

from __future__ import annotations

import io
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from math import inf
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from survey_app import clock
from survey_app.config import Settings
from survey_app.errors import NotFound, UserError
from translations import gettext as _

#: The largest file when the caller names no other limit, in bytes.
MOST_BYTES: Final = 50_000_000
_CHUNK: Final = 1 << 20
_ID: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
#: Half-written files older than this were left by a process that was killed.
_ABANDONED: Final = timedelta(hours=6)


class TooLarge(UserError):
    """The file is larger than what may be kept; nothing of it was."""

    status = 413


class FileStore(Protocol):
    """Keeps bytes by id. Ids are 32 hexadecimal digits; any other text is an unknown id."""

    def put(self, content: bytes | BinaryIO, *, most: int = MOST_BYTES) -> str:
        """Keep bytes, or everything a stream still holds, for good; returns the id. TooLarge beyond ``most`` bytes."""

    def open(self, file_id: str) -> BinaryIO:
        """A kept file for reading. NotFound for an unknown id."""

    def path(self, file_id: str) -> Path:
        """A kept file as a path on this machine, for libraries that open files themselves. NotFound as above."""

    def size(self, file_id: str) -> int:
        """A kept file's size in bytes. NotFound as above."""

    def delete(self, file_id: str) -> None:
        """Destroy a file; one that is gone already is no error."""

    def kept(self, age: timedelta) -> Iterator[str]:
        """The ids of files that were written at least so long ago, or at no time that is known."""

    def forget_time(self, file_id: str) -> None:
        """No longer tell when a file was written. One that is gone is no error."""

    def sweep(self) -> int:
        """Destroy what killed processes left half-written; returns how many pieces."""


class LocalFiles:
    """A folder of files, readable by its owner only, spread over 256 folders so that none grows long."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._partial = folder / "partial"

    def put(self, content: bytes | BinaryIO, *, most: int = MOST_BYTES) -> str:
        """Written beside its place, brought to the disk and only then renamed: a kept file is always whole."""
        stream: BinaryIO = io.BytesIO(content) if isinstance(content, bytes) else content
        file_id = secrets.token_hex(16)
        place = self._place(file_id)
        for folder in (self._partial, place.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = self._partial / file_id
        try:
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
                _copy(stream, target, most)
                target.flush()
                os.fsync(target.fileno())
            partial.rename(place)
        finally:
            partial.unlink(missing_ok=True)
        _sync(place.parent)
        return file_id

    def open(self, file_id: str) -> BinaryIO:
        """A kept file for reading."""
        return self.path(file_id).open("rb")

    def path(self, file_id: str) -> Path:
        """Where a kept file lies."""
        place = self._place(file_id) if _ID.fullmatch(file_id) else None
        if place is None or not place.is_file():
            raise NotFound(_("The file is no longer here."))
        return place

    def size(self, file_id: str) -> int:
        """A kept file's size in bytes."""
        return self.path(file_id).stat().st_size

    def delete(self, file_id: str) -> None:
        """Destroy a file."""
        if _ID.fullmatch(file_id):
            self._place(file_id).unlink(missing_ok=True)

    def kept(self, age: timedelta) -> Iterator[str]:
        """The ids of files that were written at least so long ago."""
        before = (clock.now() - age).timestamp()
        for one in self.folder.glob("[0-9a-f][0-9a-f]/*"):
            if _ID.fullmatch(one.name) and _written(one) < before:
                yield one.name

    def forget_time(self, file_id: str) -> None:
        """Date a file to the beginning of time as computers count it."""
        with suppress(FileNotFoundError):
            os.utime(self._place(file_id), (0, 0))

    def sweep(self) -> int:
        """Destroy half-written files that nobody writes any more."""
        before = (clock.now() - _ABANDONED).timestamp()
        left = [one for one in self._partial.glob("*") if _written(one) < before] if self._partial.is_dir() else []
        for one in left:
            one.unlink(missing_ok=True)
        return len(left)

    def _place(self, file_id: str) -> Path:
        return self.folder / file_id[:2] / file_id


def _copy(stream: BinaryIO, target: BinaryIO, most: int) -> None:
    size = 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > most:
            raise TooLarge(
                _(
                    "The file is larger than %(most)s MB. Make it smaller or split it.",
                    most=f"{most / 1_000_000:g}",
                )
            )
        target.write(chunk)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return inf


def _sync(folder: Path) -> None:
    """Bring a folder's names to the disk: a renamed file survives a power cut only with them."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_bound: FileStore | None = None


def bind(found: FileStore | None) -> None:
    """Make a store the process's own; None goes back to the settings' own folder."""
    global _bound  # noqa: PLW0603 - the process has one store, as it has one database
    _bound = found


def bind_folder(settings: Settings) -> None:
    """Use the settings' own folder where no store is bound yet."""
    if _bound is None:
        bind(LocalFiles(settings.data_dir / "files"))


def store() -> FileStore:
    """The store in use: the bound one, else the folder of the settings in the environment."""
    return _bound or LocalFiles(Settings.load().data_dir / "files")
