"""What every screen needs: the request's reading session, who acts, and safe addresses to go on to."""

from __future__ import annotations

from contextlib import ExitStack
from urllib.parse import urlsplit

from flask import Flask, current_app, g, request
from flask_login import current_user as _visitor
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.exceptions import Unauthorized

from survey_app import db
from survey_app.audit import Actor
from survey_app.config import Settings
from survey_app.models import Organisation, User
from survey_app.permissions import Scope, scope_of
from translations import gettext as _
from translations import isolate_ltr, localised


def settings() -> Settings:
    """The installation's settings."""
    found: Settings = current_app.extensions["settings"]
    return found


def read_session() -> Session:
    """The session that this request reads with; closed when the request ends. It takes no lock."""
    if "reading" not in g:
        g.reading_stack = ExitStack()
        g.reading = g.reading_stack.enter_context(db.reading())
    session: Session = g.reading
    return session


def stop_reading() -> None:
    """Close the reading session; the next use opens one that sees what was written meanwhile."""
    stack: ExitStack | None = g.pop("reading_stack", None)
    g.pop("reading", None)
    g.pop("organisation", None)
    if stack is not None:
        stack.close()


def organisation() -> Organisation | None:
    """The organisation, or None before one was set up.

    None as well while the database does not answer: the page that tells of the fault must not fail of it.
    """
    if "organisation" not in g:
        try:
            g.organisation = read_session().get(Organisation, 1)
        except SQLAlchemyError:
            g.organisation = None
    found: Organisation | None = g.organisation
    return found


def verification() -> str:
    """How a customer makes sure that a survey is the organisation's own, in words; empty where none were given."""
    found = organisation()
    if found is None:
        return ""
    own = localised((found.outreach or {}).get("verify"))
    telephone = str(found.details.get("telephone") or "").replace("-", "\u2011")  # stays on one line
    if own or not telephone:
        return own
    return _("To make sure that this survey is ours, call %(telephone)s.", telephone=isolate_ltr(telephone))


def visitor() -> User | None:
    """The user who is logged in, or None; None as well on pages that use no session."""
    if not g.get("with_session", False):
        return None
    return _visitor.user if _visitor.is_authenticated else None


def current_user() -> User:
    """The user who is logged in; 401 where nobody is."""
    user = visitor()
    if user is None:
        raise Unauthorized
    return user


def actor() -> Actor:
    """Who acts, for :func:`survey_app.transaction.transaction`."""
    return Actor.user(current_user())


def scope() -> Scope:
    """How far the user who is logged in sees."""
    return scope_of(current_user())


def public_address(path: str) -> str:
    """A whole address for posters and messages; ``path`` begins with a slash."""
    configured = settings().public_url
    return (configured or request.url_root.rstrip("/")) + path


def safe_next(target: str | None) -> str | None:
    """An address of our own to go on to (path and query), or None for anything else."""
    if not target or not target.startswith("/") or "\\" in target or min(target) < " ":
        return None
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or target.startswith("//"):
        return None
    return target


def install(app: Flask) -> None:
    """Give the reading session back after every request."""

    @app.teardown_appcontext
    def _close(error: BaseException | None) -> None:
        stop_reading()
