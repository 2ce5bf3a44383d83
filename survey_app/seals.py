"""Seals: what an anonymous survey told lies closed in the database until its night of publication.

The keys lie in a folder beside the database and never in it: whoever reads the tables, a copy of them or their log by
day finds that an invitation was used, and a box, but not what is in the box. Every night a new key is made; old ones
are destroyed as soon as nothing needs them, so that copies of the database made before stay closed for good.

A box is the content as JSON, compressed, filled up to one of a few sizes (the length of an answer tells as well) and
encrypted with AES-256-GCM.
"""

from __future__ import annotations

import json
import os
import secrets
import zlib
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from survey_app import clock
from survey_app.config import Settings

#: Sizes of a box in bytes, before encryption; beyond the last, multiples of it.
SIZES: Final = (8 << 10, 64 << 10, 512 << 10)
_NONCE, _LENGTH = 12, 4
_SUFFIX: Final = ".key"


class Unreadable(Exception):
    """A box whose key is no longer here, or that is not what was closed."""


class Seals:
    """Keys in a folder, readable by its owner only: numbered, one for each day on which a night was published."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def seal(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Close content (as JSON knows it) with the newest key, which is made where there is none."""
        number = self.newest() or self.rotate()
        nonce = secrets.token_bytes(_NONCE)
        box = AESGCM(self._key(number)).encrypt(nonce, _filled(content), str(number).encode())
        return {"key": number, "box": b64encode(nonce + box).decode()}

    def open(self, sealed: Mapping[str, Any]) -> dict[str, Any]:
        """The content of a box. Unreadable where its key is gone or it was changed."""
        try:
            number, box = int(sealed["key"]), b64decode(sealed["box"])
            filled = AESGCM(self._key(number)).decrypt(box[:_NONCE], box[_NONCE:], str(number).encode())
        except (FileNotFoundError, InvalidTag, KeyError, ValueError) as error:
            raise Unreadable from error
        length = int.from_bytes(filled[:_LENGTH], "big")
        found: dict[str, Any] = json.loads(zlib.decompress(filled[_LENGTH : _LENGTH + length]))
        return found

    def numbers(self) -> list[int]:
        """The keys that are here, oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(int(one.stem) for one in self.folder.glob(f"*{_SUFFIX}") if one.stem.isdigit())

    def newest(self) -> int | None:
        """The key that boxes are closed with now; None before the first."""
        return max(self.numbers(), default=None)

    def made_on(self) -> date | None:
        """The day on which the newest key was made: the last night of publication."""
        number = self.newest()
        return date.fromisoformat(self._stored(number)["day"]) if number is not None else None

    def rotate(self) -> int:
        """Make a new key, at most one a day; gives the newest one's number.

        Written whole beside its place and then linked there: of two nodes that do it at once one is first, and the
        other uses the same.
        """
        number = self.newest()
        if number is not None and self.made_on() == clock.today():
            return number
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = {"day": clock.today().isoformat(), "key": b64encode(AESGCM.generate_key(256)).decode()}
        partial = self.folder / secrets.token_hex(8)
        try:
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as target:
                json.dump(made, target)
                target.flush()
                os.fsync(target.fileno())
            with suppress(FileExistsError):
                os.link(partial, self._place((number or 0) + 1))
        finally:
            partial.unlink(missing_ok=True)
        return self.newest() or 0

    def forget(self, needed: Collection[int]) -> int:
        """Destroy the keys that no box needs, but for the newest two; returns how many.

        The one before the newest stays for whoever closed a box with it a moment before the newest was made.
        """
        gone = [number for number in self.numbers()[:-2] if number not in needed]
        for number in gone:
            place = self._place(number)
            with suppress(FileNotFoundError):
                # A copy-on-write disk may keep the old bytes: see docs/anonymity.md.
                place.write_bytes(secrets.token_bytes(place.stat().st_size))
                place.unlink()
        return len(gone)

    def _place(self, number: int) -> Path:
        return self.folder / f"{number:06d}{_SUFFIX}"

    def _stored(self, number: int) -> dict[str, str]:
        found: dict[str, str] = json.loads(self._place(number).read_text(encoding="ascii"))
        return found

    def _key(self, number: int) -> bytes:
        return b64decode(self._stored(number)["key"])


def _filled(content: Mapping[str, Any]) -> bytes:
    """Content as bytes of one of a few lengths."""
    packed = zlib.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())
    whole = len(packed).to_bytes(_LENGTH, "big") + packed
    largest = SIZES[-1]
    size = next((one for one in SIZES if len(whole) <= one), -(-len(whole) // largest) * largest)
    return whole.ljust(size, b"\0")


_bound: Seals | None = None


def bind(found: Seals | None) -> None:
    """Make a folder of keys the process's own; None goes back to the settings' own folder."""
    global _bound  # noqa: PLW0603 - the process has one, as it has one database
    _bound = found


def bind_folder(settings: Settings) -> None:
    """Use the settings' own folder where none is bound yet."""
    if _bound is None:
        bind(Seals(settings.data_dir / "seals"))


@contextmanager
def bound_for(settings: Settings) -> Iterator[None]:
    """Use the settings' own folder in a block where none is bound."""
    before = _bound
    bind_folder(settings)
    try:
        yield
    finally:
        bind(before)


def keys() -> Seals:
    """The keys in use: the bound ones, else the folder of the settings in the environment."""
    return _bound or Seals(Settings.load().data_dir / "seals")
