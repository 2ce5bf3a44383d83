"""What every command shares: its settings and database, the reader's language, messages, errors and progress."""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
from sqlalchemy.exc import ArgumentError, DatabaseError

from survey_app import db, migrations
from survey_app.audit import Actor
from survey_app.config import Settings
from survey_app.errors import UserError
from translations import activate, known
from translations import gettext as _

P = ParamSpec("P")
R = TypeVar("R")

#: The command or a file cannot be used.
UNUSABLE = 2
#: Done in part, or a check found something.
PARTLY = 1
#: Seconds of silence before progress is shown.
PATIENCE = 2.0


#: Stands in the demo's note for the address it is served at.
ADDRESS = "{address}"


def demo_note(settings: Settings) -> Path:
    """What the demo bank opened with, beside its data and for its owner's eyes, so that every start can show it."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return settings.data_dir / "demo.txt"


def speak() -> None:
    """Speak the terminal's language: ``SURVEY_APP_LANGUAGE``, else the locale's, else English."""
    for name in ("SURVEY_APP_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        language = known(os.environ.get(name, "").partition(".")[0])
        if language:
            activate(language)
            return
    activate("en")


def say(message: str) -> None:
    """A message to the person at the terminal, on stderr."""
    click.echo(message, err=True)


def actor() -> Actor:
    """The command line as an actor."""
    return Actor.system("command line")


def connect(settings: Settings) -> bool:
    """Bind the settings' database; says whether its schema is behind. UserError for one that cannot be reached."""
    try:
        database = db.Database(settings.database_url)
        db.bind(database)
        migrations.refuse_unknown(database)
        return migrations.is_behind(database)
    except (ArgumentError, DatabaseError, ImportError, OSError) as error:
        reason = str(error.orig if isinstance(error, DatabaseError) else error).strip()
        raise UserError(_("The database cannot be used: %(reason)s", reason=reason)) from error


def open_database(url: str | None, *, migrate: bool = False) -> Settings:
    """Bind the database of the options or the environment; one that is behind is refused, or migrated where allowed."""
    settings = Settings.load(database_url=url)
    if connect(settings):
        if not migrate:
            raise UserError(_("The database is not at this version's schema yet. Run: survey-app migrate"))
        migrations.upgrade(db.current())
    return settings


def database_command(function: Callable[P, R]) -> Callable[..., R]:
    """A command over the database: ``--database``, errors as messages with an exit code, connections given back."""

    @click.option(
        "--database",
        "database_url",
        metavar="URL",
        help="Database address; SURVEY_APP_DATABASE_URL or the embedded one by default.",
    )
    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except UserError as error:
            say(_("Error: %(message)s", message=error.message))
            for place, message in error.places:
                say(f"  {place}: {message}" if message else f"  {place}")
            sys.exit(UNUSABLE)
        finally:
            close()

    return wrapped


def close() -> None:
    """Give the database's connections back."""
    try:
        db.current().close()
    except RuntimeError:
        return


class Progress:
    """A line of progress on stderr, once a step has taken long enough to wonder about."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shown = 0.0
        self._live = sys.stderr.isatty()
        self._open = False

    def __call__(self, step: str, share: float = 0.0) -> None:
        """``step`` says what is being done, ``share`` how much of the whole is behind us, 0–1."""
        now = time.monotonic()
        every = 0.2 if self._live else 5.0
        if now - self._began < PATIENCE or (now - self._shown < every and share < 1):
            return
        self._shown = now
        line = f"  {share:4.0%}  {step}"
        click.echo(f"\r{line:<70}" if self._live else line, err=True, nl=not self._live)
        self._open = self._live

    def done(self) -> None:
        """End the line."""
        if self._open:
            click.echo(err=True)
            self._open = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: Any) -> None:
        self.done()
