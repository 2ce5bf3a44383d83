"""What the stores of evidence share: the name of bytes, what a store does, and what is said where it has nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final, Protocol

from survey_app.errors import NotFound, UserError
from translations import gettext as _

#: What a name looks like.
KEY: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


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
