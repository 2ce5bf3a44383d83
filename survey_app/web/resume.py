"""A form that was sent after the login had ended is kept, signed, in the login page, and offered again afterwards.

Only a form that our own page sent is kept, so that nobody else's page can put words into a user's mouth.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, make_response, render_template, request
from itsdangerous import BadData, URLSafeTimedSerializer

from forms.account import LoginForm
from survey_app.web.support import safe_next

#: For how long a kept form can be sent on, in seconds.
LASTS = 3600
#: Characters; more than any form of ours holds, files aside.
LARGEST = 200_000
NEVER_KEPT = frozenset({"csrf_token"})


@dataclass(frozen=True)
class Kept:
    """A form on its way: where it was going, and its fields."""

    path: str
    fields: list[tuple[str, str]]


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="resume")


def read(token: str | None) -> Kept | None:
    """What a token keeps; None for no token, a foreign one and an old one."""
    if not token:
        return None
    try:
        kept = _serializer().loads(token, max_age=LASTS)
    except BadData:
        return None
    return Kept(kept["path"], [(name, value) for name, value in kept["fields"]])


def _ours() -> bool:
    """Whether the browser says that our own page sent the request."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    return bool(origin) and urlsplit(origin).netloc == request.host


def keep() -> str | None:
    """A token that keeps this request's form, or None where nothing should be kept."""
    path = safe_next(request.full_path.rstrip("?"))
    if path is None or request.endpoint == "account.logout" or request.method != "POST" or not _ours() or request.files:
        return None
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in NEVER_KEPT and name not in {"current", "new", "again"}
    ]
    token = _serializer().dumps(asdict(Kept(path, fields)))
    return str(token) if len(token) <= LARGEST else None


def login_page(form: LoginForm, target: str | None, kept: str | None, status: int) -> Response:
    """The login page, with what to go on with kept in it."""
    response = make_response(
        render_template("pages/login.html", form=form, next=target, kept=kept if read(kept) else None)
    )
    response.status_code = status
    return response


def offer() -> Response:
    """The login page that keeps this request's form."""
    referrer = urlsplit(request.referrer or "")
    page = f"{referrer.path}?{referrer.query}" if referrer.query else referrer.path
    target = safe_next(page) if referrer.netloc == request.host else None
    return login_page(LoginForm(), target, keep(), 401)


def install(app: Flask) -> None:
    """Answer a form without a login with the page that keeps it."""
    app.extensions["resume_login"] = offer
