"""Static files, served from memory under the digest of their whole folder, and compression of everything served.

The digest is part of the path, so that addresses inside a stylesheet carry it as well: a browser keeps a file for a
year and never shows an old one beside a new page.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path

import brotli
from flask import Blueprint, Flask, Response, abort, request
from werkzeug.datastructures import Headers

from survey_app.web.security import public

FOLDER = Path(__file__).parent.parent / "static"
YEAR = 365 * 24 * 3600
#: What is worth compressing; images and fonts of ours are compressed already, except SVG.
TEXT = frozenset(
    {"text/html", "text/css", "text/javascript", "text/csv", "text/plain", "application/json", "image/svg+xml"}
)
#: Bodies under this many bytes do not get smaller over the wire.
LEAST = 600
#: Brotli's effort: high for files that are compressed once, low for pages that are made each time.
FILE_EFFORT, PAGE_EFFORT = 9, 4
#: Kinds that some machines' tables lack or name otherwise.
KINDS = {".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml", ".webmanifest": "application/json"}

blueprint = Blueprint("static", __name__)


@cache
def digest() -> str:
    """What the addresses of this release's static files carry."""
    whole = hashlib.sha256()
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            whole.update(path.relative_to(FOLDER).as_posix().encode())
            whole.update(path.read_bytes())
    return whole.hexdigest()[:12]


@cache
def _files() -> dict[str, Path]:
    return {path.relative_to(FOLDER).as_posix(): path for path in FOLDER.rglob("*") if path.is_file()}


@cache
def _body(name: str, coding: str) -> bytes:
    return _encode(_files()[name].read_bytes(), coding, FILE_EFFORT)


def _encode(body: bytes, coding: str, effort: int) -> bytes:
    if coding == "br":
        return bytes(brotli.compress(body, quality=effort))
    if coding == "gzip":
        return gzip.compress(body, compresslevel=6, mtime=0)
    return body


def _coding(kind: str, length: int) -> str:
    """The content coding to use for the client, or an empty string."""
    if kind not in TEXT or length < LEAST:
        return ""
    return next((coding for coding in ("br", "gzip") if request.accept_encodings[coding] > 0), "")


@blueprint.get("/static/<release>/<path:name>")
@public
def file(release: str, name: str) -> Response:
    """One static file. Another release's address still gives this release's file, but nobody keeps that."""
    path = _files().get(name)
    if path is None:
        abort(404)
    kind = KINDS.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    coding = _coding(kind, path.stat().st_size)
    headers = Headers({"Cache-Control": f"public, max-age={YEAR}, immutable" if release == digest() else "no-cache"})
    if kind in TEXT:
        headers["Vary"] = "Accept-Encoding"
    if coding:
        headers["Content-Encoding"] = coding
    response = Response(_body(name, coding), mimetype=kind, headers=headers)
    response.add_etag()
    response.make_conditional(request)
    return response


def address(name: str) -> str:
    """The address of a static file; KeyError when there is none, so that a misspelt one shows at once."""
    if name not in _files():
        raise KeyError(f"no static file {name}")
    return f"{request.script_root}/static/{digest()}/{name}"


def compress(response: Response) -> Response:
    """Compress a page on its way out, where the client can read that and it pays."""
    if response.direct_passthrough or response.is_streamed or "Content-Encoding" in response.headers:
        return response
    body = response.get_data()
    coding = _coding(response.mimetype or "", len(body))
    if response.mimetype in TEXT:
        response.vary.add("Accept-Encoding")
    if coding and response.status_code not in (204, 304):
        response.set_data(_encode(body, coding, PAGE_EFFORT))
        response.headers["Content-Encoding"] = coding
    return response


def install(app: Flask) -> None:
    """Serve static files and compress."""
    app.register_blueprint(blueprint)
    app.after_request(compress)
    app.jinja_env.globals["static"] = address
