"""The web application: ``create_app`` puts settings, screens, security and errors together."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from survey_app import contents, db, files, seals, web
from survey_app.config import Settings
from survey_app.web import assets, errors, numbers, resume, schema, security, support, templating

#: How long somebody stays logged in without doing anything.
IDLE = timedelta(hours=8)
#: The largest body that any form of ours sends, in bytes.
LARGEST_BODY = 1024 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application over the bound database; binds the settings' own where none is bound yet."""
    settings = (settings or Settings.load()).with_secret()
    try:
        db.current()
    except RuntimeError:
        db.bind(db.Database(settings.database_url))
    files.bind_folder(settings)
    contents.bind_settings(settings)
    seals.bind_folder(settings)

    secure = settings.production or settings.base_url.startswith("https:")
    app = Flask("survey_app", static_folder=None)
    app.jinja_environment = templating.Environment
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        PERMANENT_SESSION_LIFETIME=IDLE,
        SESSION_COOKIE_NAME="__Host-session" if secure else "session",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # The guard asks for the token itself, because public survey pages have neither cookie nor token.
        WTF_CSRF_CHECK_DEFAULT=False,
        # A token lasts as long as its session: a form that stood open over lunch is not lost.
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_STORAGE_URI=settings.limits_url,
        RATELIMIT_HEADERS_ENABLED=True,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["settings"] = settings
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]

    assets.install(app)
    support.install(app)
    schema.install(app)
    security.install(app)
    templating.install(app)
    resume.install(app)
    errors.install(app)
    numbers.install(app)
    web.register(app)
    return app
