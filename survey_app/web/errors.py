"""Every failure as a page in the reader's language with the right status, or as JSON for ``/api``."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, current_app, jsonify, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from survey_app.errors import UserError
from survey_app.web import support
from survey_app.web.security import taken
from translations import gettext as _
from translations import lazy_gettext as _l

#: Status -> (heading, what a person can do about it).
WORDS: Final[Mapping[int, tuple[Any, Any]]] = {
    400: (_l("The request was not understood"), _l("Go back, load the page again and send once more.")),
    401: (_l("Please log in"), _l("The page is for staff who are logged in.")),
    403: (_l("Not open to this account"), _l("Your role does not include this page.")),
    404: (_l("Not found"), _l("There is nothing at this address. Perhaps a letter is missing from it.")),
    405: (_l("Not possible this way"), _l("This address does not take this kind of request.")),
    409: (_l("Already done"), _l("Somebody did this already, or changed it meanwhile.")),
    410: (_l("No longer here"), _l("This was here and has ended.")),
    413: (_l("Too large"), _l("What was sent is larger than this page takes.")),
    422: (_l("Not possible as asked"), _l("Something in the request does not fit.")),
    429: (_l("Too many attempts"), _l("Please wait a few minutes and try again.")),
    500: (_l("Something went wrong here"), _l("The fault is ours and was written down. Nothing was half saved.")),
    503: (_l("Not available right now"), _l("Please try again in a minute.")),
}
LOCKED_RETRY = 5


#: Addresses whose failures are JSON: programs read them.
JSON_PATHS: Final = ("/api/", "/shops/sync/")


def page(status: int, message: str = "", places: list[tuple[str, str]] | None = None, form: str = "") -> Response:
    """The error page or its JSON. ``form`` is the address of the page to try again on."""
    heading, advice = WORDS.get(status, WORDS[500 if status >= 500 else 400])
    text = message or str(advice)
    if request.path.startswith(JSON_PATHS):
        code = HTTPStatus(status).name.lower()
        body: dict[str, Any] = {"error": {"status": status, "code": code, "message": text}}
        if places:
            body["error"]["places"] = [{"place": place, "message": said} for place, said in places]
        response = jsonify(body)
    else:
        frame = "staff.html" if status < 500 and support.visitor() is not None else "base.html"
        response = make_response(
            render_template(
                "pages/error.html",
                frame=frame,
                status=status,
                heading=heading,
                message=text,
                places=places or [],
                form=form,
            )
        )
    response.status_code = status
    return response


def _user_error(error: UserError) -> Response:
    return page(error.status, error.message, error.places)


def _http_error(error: HTTPException) -> Response:
    if error.response is not None:
        return make_response(error.response)
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response())
    response = page(status, str(error.description) if type(error).__module__.startswith("survey_app") else "")
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    return response


def _too_large(error: RequestEntityTooLarge) -> Response:
    """What the view takes and the way back to its form, where it says so."""
    limit = taken()
    if limit is None:
        return page(413)
    size, form = limit
    return page(413, _("Up to %(most)s MB can be sent here. Nothing was kept.", most=size // 1_000_000), form=form)


def _unauthorized(error: HTTPException) -> Response:
    """Nobody is logged in, or the login has ended: to the login page and back, keeping what was being sent."""
    if request.path.startswith(JSON_PATHS) or request.headers.get("X-Requested-With"):
        return page(401)
    resume = current_app.extensions.get("resume_login")
    if request.method != "GET" and resume is not None:
        answer: Response = resume()
        return answer
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return make_response(redirect(url_for("account.login", next=target)))


def _csrf(error: CSRFError) -> Response:
    return page(400, _("The page stood open too long, or cookies are blocked. Load it again and send once more."))


def _locked(error: OperationalError) -> Response:
    current_app.logger.error("the database did not answer", exc_info=error)
    response = page(503)
    response.headers["Retry-After"] = str(LOCKED_RETRY)
    return response


def install(app: Flask) -> None:
    """Answer every failure."""
    app.register_error_handler(UserError, _user_error)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(OperationalError, _locked)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(401, _unauthorized)
