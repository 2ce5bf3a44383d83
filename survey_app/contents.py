"""Evidence of mystery visits by what it holds: the name of a file is the SHA-256 of its bytes.

The same picture sent five times is one file, a damaged one is noticed when it is read, and where a file lies says
nothing about whose it is. The bytes lie in a folder beside the database, or in an object store
(``SURVEY_APP_FILES_URL``, :mod:`survey_app.object_contents`). Files that surveys bring are not kept here but in
:mod:`survey_app.files`: an object store remembers when a file was written, and of an anonymous answer nobody may know.

Whoever names a content in a row, and whoever destroys one that no row names, does it as
:mod:`survey_app.commands.contents` says: otherwise a file could go while a new row is about to name it.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol

from survey_app import clock
from survey_app.config import Settings
from survey_app.errors import NotFound, UserError
from translations import gettext as _

#: What a name looks like.
KEY: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ABANDONED: Final = timedelta(hours=6)


class Damaged(UserError):
    """The bytes are no longer those that were kept under this name."""

    status = 410


class Contents(Protocol):
    """Keeps bytes under their SHA-256, 64 hexadecimal digits; any other text is the name of nothing."""

    def put(self, content: bytes) -> str:
        """Keep bytes for good and give their name; keeping them again changes nothing."""

    def read(self, key: str) -> bytes:
        """The bytes. NotFound: there are none; Damaged: they are not those that were kept."""

    def has(self, key: str) -> bool:
        """Whether there are bytes under a name."""

    def delete(self, key: str) -> None:
        """Destroy bytes; those that are gone already are no error."""

    def kept(self, age: timedelta) -> Iterator[str]:
        """The names of what was written at least so long ago."""

    def sweep(self) -> int:
        """Destroy what killed processes left half-written; gives how many pieces."""


def name_of(content: bytes) -> str:
    """The name of some bytes."""
    return hashlib.sha256(content).hexdigest()


def checked(key: str, content: bytes) -> bytes:
    """The bytes, if they are those of the name; Damaged where they are not."""
    if name_of(content) != key:
        raise Damaged(_("The file is damaged and cannot be shown."))
    return content


def nothing() -> NotFound:
    """What is said of a name under which there is nothing."""
    return NotFound(_("The file is no longer here."))


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


def of(settings: Settings) -> Contents:
    """The store that settings ask for."""
    if not settings.files_url:
        return LocalContents(settings.data_dir / "evidence")
    try:
        library = import_module("survey_app.object_contents")
    except ImportError as error:
        raise RuntimeError("SURVEY_APP_FILES_URL needs: pip install 'survey-app[s3]'") from error
    found: Contents = library.at(settings.files_url, plain=settings.files_http)
    return found


_bound: Contents | None = None


def bind(found: Contents | None) -> None:
    """Make a store the process's own; None goes back to the settings' own."""
    global _bound  # noqa: PLW0603 - the process has one store, as it has one database
    _bound = found


def bind_settings(settings: Settings) -> None:
    """Use the store that the settings ask for where none is bound yet."""
    if _bound is None:
        bind(of(settings))


def store() -> Contents:
    """The store in use: the bound one, else that of the settings in the environment."""
    return _bound or of(Settings.load())
