"""While a migration is behind, pages say so plainly (503) instead of failing one by one."""

from __future__ import annotations

from flask import Flask, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ServiceUnavailable

from survey_app import db, migrations
from survey_app.web.security import access_of
from translations import gettext as _

#: Told to load balancers and search engines, in seconds.
RETRY = 60


class MigrationBehind(ServiceUnavailable):
    """The database's schema is older than the code."""


def current() -> bool:
    """Whether the database has every migration. A yes is remembered: a running release's schema does not go back."""
    if not current_app.extensions.get("schema_current"):
        current_app.extensions["schema_current"] = not migrations.is_behind(db.current())
    return bool(current_app.extensions["schema_current"])


def state() -> tuple[str, str]:
    """(database, migrations) as ``/healthz`` reports them; asks the database each time.

    ``ok`` or ``unreachable``; ``current``, ``behind`` or ``unknown``.
    """
    try:
        behind = migrations.is_behind(db.current())
    except SQLAlchemyError:
        return "unreachable", "unknown"
    return "ok", "behind" if behind else "current"


def _guard() -> None:
    access = access_of(request.endpoint)
    if access is not None and not access.needs_schema:
        return
    if not current():
        raise MigrationBehind(
            _("The database still lacks a migration of this release. Nothing is lost; try again in a minute."),
            retry_after=RETRY,
        )


def install(app: Flask) -> None:
    """Ask before every request that reads the database."""
    app.before_request(_guard)
