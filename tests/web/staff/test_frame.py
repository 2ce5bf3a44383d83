"""What every page has: headers, languages, errors, static files, the state of the schema."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import brotli
import pytest
from flask import Flask

from survey_app import db
from survey_app.app import create_app
from survey_app.config import Settings
from survey_app.web import assets
from tests.web.staff.conftest import Person


def test_healthz(visitor: Person) -> None:
    answer = visitor.get("/healthz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "database": "ok", "migrations": "current"}


def test_a_database_that_is_behind_is_said_plainly(tmp_path: Path, settings: Settings) -> None:
    behind = db.Database(f"sqlite:///{tmp_path / 'empty.db'}")
    with db.bound(behind):
        client = create_app(settings).test_client()
        assert client.get("/healthz").status_code == 503
        page = client.get("/login")
    behind.close()
    assert page.status_code == 503
    assert "Retry-After" in page.headers
    assert "דבר לא אבד" in page.text


def test_headers(visitor: Person) -> None:
    headers = visitor.get("/accessibility").headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_public_pages_have_no_cookie(visitor: Person) -> None:
    for path in ("/accessibility", "/privacy", "/healthz", "/nowhere"):
        answer = visitor.get(path)
        assert "Set-Cookie" not in answer.headers, path
        assert "Cookie" not in answer.headers.get("Vary", ""), path
        assert answer.headers["Referrer-Policy"] == "no-referrer", path


def test_the_login_cookie_is_kept_from_scripts(settings: Settings, database: db.Database) -> None:
    secure = create_app(Settings.load(data_dir=settings.data_dir, secret_key="x", public_url="https://bank.test"))
    cookie = secure.test_client().get("/login", base_url="https://bank.test").headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in cookie


@pytest.mark.parametrize(
    ("accepted", "language", "direction"),
    [
        ("he-IL,he;q=0.9", "he", "rtl"),
        ("en-GB", "en", "ltr"),
        ("iw", "he", "rtl"),
        ("ru", "ru", "ltr"),
        ("fr", "he", "rtl"),
    ],
)
def test_the_language_of_a_visitor(visitor: Person, accepted: str, language: str, direction: str) -> None:
    page = visitor.get("/accessibility", headers={"Accept-Language": accepted}).text
    assert f'<html lang="{language}" dir="{direction}">' in page


def test_an_asked_language_wins(visitor: Person) -> None:
    assert '<html lang="en"' in visitor.get("/login?lang=en", headers={"Accept-Language": "he"}).text


@pytest.mark.parametrize(
    ("path", "method", "status", "words"),
    [("/nowhere", "GET", 404, "לא נמצא"), ("/healthz", "POST", 405, "לא אפשרי בדרך הזאת")],
)
def test_errors_are_pages(visitor: Person, path: str, method: str, status: int, words: str) -> None:
    answer = visitor.client.open(path, method=method)
    assert answer.status_code == status
    assert words in answer.text
    assert "<h1>" in answer.text


def test_an_unforeseen_fault_is_a_page_as_well(app: Flask) -> None:
    @app.get("/accident")
    def accident() -> str:
        raise RuntimeError("the reason")

    from survey_app.web.security import public

    app.view_functions["accident"] = public(accident)
    app.testing = False
    answer = app.test_client().get("/accident")
    assert answer.status_code == 500
    assert "משהו השתבש" in answer.text
    assert "the reason" not in answer.text


def test_too_large_a_form(as_: Person) -> None:
    person = as_("management")  # type: ignore[operator]
    answer = person.client.post("/account/language", data={"language": "x" * 2_000_000})
    assert answer.status_code == 413


def test_the_interface_names_its_fiction(visitor: Person) -> None:
    assert "בנק בדיוני" in visitor.text("/login")


def test_what_is_missing_is_not_made_up(visitor: Person) -> None:
    for page in ("/privacy", "/accessibility"):
        text = visitor.text(page)
        assert "כל סניף" in text, "where nobody was entered there is still somebody to turn to"
        assert "עדיין לא הזין" not in text


# ---- static files ----------------------------------------------------------------------------------------------------


def _address(app: Flask, name: str) -> str:
    with app.test_request_context():
        return assets.address(name)


@pytest.mark.parametrize(("coding", "decode"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_static_files_are_kept_and_small(app: Flask, coding: str, decode: object) -> None:
    answer = app.test_client().get(_address(app, "app.css"), headers={"Accept-Encoding": coding})
    assert answer.headers["Content-Encoding"] == coding
    assert "immutable" in answer.headers["Cache-Control"]
    assert decode(answer.data) == (assets.FOLDER / "app.css").read_bytes()  # type: ignore[operator]


def test_another_release_s_address_is_not_kept(app: Flask) -> None:
    answer = app.test_client().get("/static/000000000000/app.css")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["../app.py", "..%2fapp.py", "nothing.css", "/etc/passwd"])
def test_only_static_files_are_served(app: Flask, name: str) -> None:
    assert app.test_client().get(f"/static/{assets.digest()}/{name}").status_code in {308, 404}


def test_a_misspelt_file_shows_at_once(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(KeyError):
        assets.address("ap.css")


def test_the_stylesheet_stays_small() -> None:
    assert (assets.FOLDER / "app.css").stat().st_size <= 20_000


def test_a_stylesheet_s_addresses_lead_somewhere() -> None:
    for sheet in assets.FOLDER.rglob("*.css"):
        for target in re.findall(r'url\("?([^")]+)"?\)', sheet.read_text(encoding="utf-8")):
            if not target.startswith("data:"):
                assert (sheet.parent / target).is_file(), f"{sheet.name}: {target}"
