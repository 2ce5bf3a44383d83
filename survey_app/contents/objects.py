"""Evidence in an object store that speaks S3, by obstore: an extra of the installation (``survey-app[s3]``)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import obstore
from obstore.store import S3Store

from survey_app import clock
from survey_app.contents.naming import KEY, checked, name_of, nothing


class ObjectContents:
    """An object store that speaks S3. An object is there whole or not at all; nothing of it is public."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    def put(self, content: bytes) -> str:
        """Written again where it is there already: then it is young, and no sweep takes it for left over."""
        key = name_of(content)
        obstore.put(self._store, self._path(key), content)
        return key

    def read(self, key: str) -> bytes:
        """The bytes."""
        try:
            return checked(key, bytes(obstore.get(self._store, self._path(key)).bytes()))
        except FileNotFoundError:
            raise nothing() from None

    def has(self, key: str) -> bool:
        """Whether there are bytes under a name."""
        if not KEY.fullmatch(key):
            return False
        try:
            obstore.head(self._store, self._path(key))
        except FileNotFoundError:
            return False
        return True

    def delete(self, key: str) -> None:
        """Destroy bytes."""
        if KEY.fullmatch(key):
            try:
                obstore.delete(self._store, self._path(key))
            except FileNotFoundError:
                return

    def kept(self, age: timedelta) -> Iterator[str]:
        """The names of what was written at least so long ago."""
        before = clock.now() - age
        for batch in obstore.list(self._store):
            for one in batch:
                name = str(one["path"]).rpartition("/")[2]
                if KEY.fullmatch(name) and one["last_modified"] < before:
                    yield name

    def sweep(self) -> int:
        """An object store leaves nothing half-written."""
        return 0

    def _path(self, key: str) -> str:
        if not KEY.fullmatch(key):
            raise nothing()
        return f"{key[:2]}/{key}"


def at(url: str, *, plain: bool) -> ObjectContents:
    """A store by its address (``s3://bucket/folder``); its keys come from the environment (``AWS_…``).

    ``plain``: it is reached without encryption.
    """
    return ObjectContents(S3Store.from_url(url, client_options={"allow_http": plain}))
