"""Evidence of mystery visits by what it holds: the name of a file is the SHA-256 of its bytes.

The same picture sent five times is one file, a damaged one is noticed when it is read, and where a file lies says
nothing about whose it is. The bytes lie in a folder beside the database, or in an object store
(``SURVEY_APP_FILES_URL``, :mod:`survey_app.contents.objects`). Files that surveys bring are not kept here but in
:mod:`survey_app.files`: an object store remembers when a file was written, and of an anonymous answer nobody may know.

Whoever names a content in a row, and whoever destroys one that no row names, does it as
:mod:`survey_app.commands.contents` says: otherwise a file could go while a new row is about to name it.
"""

from __future__ import annotations

from importlib import import_module

from survey_app.config import Settings
from survey_app.contents.folder import LocalContents
from survey_app.contents.naming import Contents, Damaged, name_of

__all__ = ["Contents", "Damaged", "LocalContents", "bind", "bind_settings", "name_of", "of", "store"]


def of(settings: Settings) -> Contents:
    """The store that settings ask for."""
    if not settings.files_url:
        return LocalContents(settings.data_dir / "evidence")
    try:
        library = import_module(f"{__name__}.objects")
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
