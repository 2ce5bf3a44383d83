"""Who may use a route, who is logged in, and the headers that keep a page to itself.

Every view is declared with one of three marks; one without is refused::

    @blueprint.get("/reviews")
    @requires(Permission.SEE_REVIEW)          a user who may; several permissions mean any of them

    @blueprint.route("/s/<token>", methods=["GET", "POST"])
    @public                                   anybody: no login, no cookie, no CSRF token

    @blueprint.route("/login", methods=["GET", "POST"])
    @public(session=True)                     anybody, with a session and a CSRF token

    @blueprint.put("/<id>/report")
    @requires(Permission.DO_SHOPS)
    @scripted                                 sent by a script of ours: its origin and header stand for the CSRF token

The mark goes under the route decorator. A view that takes files says so as well: ``@takes(bytes, form=...)``.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from flask import Flask, Response, current_app, g, request, session, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, UserMixin, login_user, logout_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import Forbidden, Unauthorized

from survey_app.models import User
from survey_app.permissions import Permission, may
from survey_app.web import support
from translations import activate, known, negotiate

View = TypeVar("View", bound=Callable[..., Any])

#: Everything comes from the page's own origin; Plotly hands a picture to download over as data or blob.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
#: The pages of the shopper's app ask for the place and take photographs; no frame of another site ever does.
FIELD_POLICY = "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()"
FIELD_PATH = "/shops"
#: What a script of ours says of itself; a form of another site cannot.
OURS = "XMLHttpRequest"
HSTS = "max-age=31536000; includeSubDomains"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

csrf = CSRFProtect()
limiter = Limiter(get_remote_address)
_logins = LoginManager()


@dataclass(frozen=True)
class Access:
    """What a view declares about who may use it."""

    #: Any of these; empty for everybody.
    permissions: frozenset[Permission]
    #: Whether the view reads or writes the session cookie.
    session: bool
    #: Whether it needs the database at the newest schema.
    needs_schema: bool = True

    @property
    def public(self) -> bool:
        """Whether no login is needed."""
        return not self.permissions


def requires(*permissions: Permission) -> Callable[[View], View]:
    """Let only users in who have one of the permissions."""
    if not permissions:
        raise ValueError("name the permission")
    return _marking(Access(frozenset(permissions), session=True))


@overload
def public(view: View, /) -> View: ...
@overload
def public(*, session: bool = False, needs_schema: bool = True) -> Callable[[View], View]: ...
def public(view: Any = None, /, *, session: bool = False, needs_schema: bool = True) -> Any:
    """Let everybody in; without ``session`` the page sets no cookie and asks for no token."""
    mark = _marking(Access(frozenset(), session=session, needs_schema=needs_schema))
    return mark if view is None else mark(view)


def _marking(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


def scripted(view: View) -> View:
    """Let a script of ours send without a token: what waits on a phone for a day has none that is still good.

    Its own header makes a browser ask first when another site sends it, and nobody here answers such a question with
    yes; the origin that the browser states must be ours as well. The mark goes under :func:`requires`.
    """
    view.scripted = True  # type: ignore[attr-defined]
    return view


def is_ours() -> bool:
    """Whether a request comes from a script of our own page."""
    origin = request.headers.get("Origin", "")
    return request.headers.get("X-Requested-With") == OURS and origin.partition("://")[2] == request.host


def takes(size: int, *, form: str) -> Callable[[View], View]:
    """Let what is sent to a view be as large as this, in bytes, files and fields. The mark goes under the route's.

    ``form`` is the endpoint of the page that it is sent from (after ``#``, the place of the form there): whoever sent
    more is led back to it. Every other view takes what the application takes.
    """

    def mark(view: View) -> View:
        view.largest_body = size  # type: ignore[attr-defined]
        view.form_page = form  # type: ignore[attr-defined]
        return view

    return mark


def taken() -> tuple[int, str] | None:
    """What the view of this request takes, in bytes, and the address of its form; None for one that does not say."""
    view = current_app.view_functions.get(request.endpoint or "")
    size: int | None = getattr(view, "largest_body", None)
    if size is None:
        return None
    endpoint, mark, place = str(getattr(view, "form_page", "")).partition("#")
    query = request.query_string.decode(errors="replace")
    return size, url_for(endpoint, **(request.view_args or {})) + (f"?{query}" if query else "") + mark + place


def access_of(endpoint: str | None) -> Access | None:
    """What an endpoint's view declares, or None for an unknown one and one that declares nothing."""
    view = current_app.view_functions.get(endpoint) if endpoint else None
    access: Access | None = getattr(view, "access", None)
    return access


# ---- who is there ----------------------------------------------------------------------------------------------------


class Member(UserMixin):  # type: ignore[misc]
    """A logged-in user as Flask-Login wants one. A new password changes the key and so ends every old session."""

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        """What the cookie carries: the user and the key of the password in force."""
        return f"{self.user.id}.{self.user.session_key}"


class Sessions(SecureCookieSessionInterface):
    """Cookies only where a view declares a session: whatever an extension does, a survey page has none."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie, or leave the response as it is."""
        if g.get("with_session", False):
            super().save_session(app, session, response)


@_logins.user_loader  # type: ignore[untyped-decorator]
def _load(identity: str) -> Member | None:
    number, _, key = identity.partition(".")
    user = support.read_session().get(User, int(number)) if number.isdecimal() else None
    if user is None or not user.active or not hmac.compare_digest(user.session_key, key):
        return None
    return Member(user)


def log_in(user: User) -> None:
    """Begin a new session for a user; whatever the old one held is gone."""
    session.clear()
    session.permanent = True
    login_user(Member(user))


def log_out() -> None:
    """End the session."""
    logout_user()
    session.clear()


# ---- before and after every request ----------------------------------------------------------------------------------


def _begin() -> None:
    """Choose the language: what the address asks for, then the user's own, then what the browser prefers."""
    if request.method == "HEAD":
        # Asked for by scanners of links: a view is to show, as for GET, and never to act. The body is left out later.
        request.method = "GET"
    access = access_of(request.endpoint)
    g.with_session = access is not None and access.session
    size = getattr(current_app.view_functions.get(request.endpoint or ""), "largest_body", None)
    if size is not None:
        request.max_content_length = request.max_form_memory_size = size  # before anything reads the form
    asked = known(request.args.get("lang"))
    activate(asked or negotiate(request.headers.get("Accept-Language")))


def _speak() -> User | None:
    """Who is logged in; the page is said in their language, unless its address asks for another."""
    user = support.visitor()
    if user is not None and not known(request.args.get("lang")):
        activate(user.language)
    return user


def _greet() -> None:
    """Know a logged-in user at an address that leads nowhere too. Without a session nothing is read and none begun."""
    if request.cookies.get(current_app.config["SESSION_COOKIE_NAME"]) and "_user_id" in session:
        g.with_session = True
        _speak()


def _guard() -> ResponseReturnValue | None:
    if request.endpoint is None:
        _greet()
        return None  # an unknown address or method: the error page says so
    access = access_of(request.endpoint)
    if access is None:
        raise Forbidden
    if not access.session:
        return None
    user = _speak()
    if not access.public:
        if user is None:
            raise Unauthorized  # before the token is asked for: a session that ended is no forgery
        if not any(may(user, permission) for permission in access.permissions):
            raise Forbidden
    if request.method not in SAFE:
        if not getattr(current_app.view_functions.get(request.endpoint), "scripted", False):
            csrf.protect()
        elif not is_ours():
            raise Forbidden
    return None


def _finish(response: Response) -> Response:
    access = access_of(request.endpoint)
    if request.path == FIELD_PATH or request.path.startswith(FIELD_PATH + "/"):
        response.headers.setdefault("Permissions-Policy", FIELD_POLICY)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    # The address of a survey is the key to it: no page tells the next one where the reader came from.
    if access is None or not access.session:
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        response.headers.setdefault("X-Robots-Tag", "noindex")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-store")
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    return response


def install(app: Flask) -> None:
    """Guard every request of an application."""
    app.session_interface = Sessions()
    csrf.init_app(app)
    limiter.init_app(app)
    _logins.init_app(app)
    # Bound to neither address nor browser: a shopper's phone changes networks between two pages.
    _logins.session_protection = None
    # The language first, so that every refusal is said in it; schema.py asks between the two.
    app.before_request_funcs.setdefault(None, []).insert(0, _begin)
    app.before_request(_guard)
    app.after_request(_finish)
