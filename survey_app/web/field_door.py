"""What of the shopper's app anybody may fetch: its worker, its manifest and a page that holds nothing of anybody's."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from survey_app.errors import NotFound
from survey_app.web import assets
from survey_app.web.security import public
from translations import LANGUAGES, activate, direction
from translations import gettext as _
from translations import lazy_gettext as _l

blueprint = Blueprint("field_door", __name__, url_prefix="/shops")

#: How the app is called and what its icon is: neutral, or what it is for.
PLAIN, OPEN = "plain", "open"
NAMES: Final = {PLAIN: _l("Errands"), OPEN: _l("My visits")}
COLOURS: Final = {PLAIN: "#3a4c5c", OPEN: "#0d5160"}


def speak(language: str) -> None:
    """Say what follows in a language. NotFound: we do not speak it."""
    if language not in LANGUAGES:
        raise NotFound(_("There is nothing at this address."))
    activate(language)


@blueprint.get("/worker.js")
@public(needs_schema=False)
def worker() -> Response:
    """The app's worker. It says how far it goes: the app's first address has no slash at its end."""
    script = (assets.FOLDER / "field-worker.js").read_text(encoding="utf-8")
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": url_for("shops.index")}
    return Response(script, mimetype="text/javascript", headers=headers)


@blueprint.get("/app/<kind>/<language>.webmanifest")
@public(needs_schema=False)
def manifest(kind: str, language: str) -> Response:
    """What lets the app be installed, under its neutral name or its own. It tells nothing of whose it is."""
    if kind not in NAMES:
        raise NotFound(_("There is nothing at this address."))
    speak(language)
    home = url_for("shops.index")
    sizes = (("192", "192x192", "any"), ("512", "512x512", "any"), ("maskable", "512x512", "maskable"))
    body = {
        "name": str(NAMES[kind]),
        "short_name": str(NAMES[kind]),
        "id": home,
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "orientation": "portrait",
        "lang": language,
        "dir": direction(language),
        "background_color": "#f6f7f6",
        "theme_color": COLOURS[kind],
        "icons": [
            {"src": assets.address(f"field/{kind}-{name}.png"), "sizes": size, "type": "image/png", "purpose": purpose}
            for name, size, purpose in sizes
        ],
    }
    answer = jsonify(body)
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.get("/app/locked/<language>")
@public(needs_schema=False)
def locked(language: str) -> ResponseReturnValue:
    """What a phone shows without a connection while it does not know who logged in last: nothing of anybody's."""
    speak(language)
    page = render_template("pages/field/locked.html", face=PLAIN, app_name=NAMES[PLAIN])
    return page, {"Cache-Control": "no-store"}
