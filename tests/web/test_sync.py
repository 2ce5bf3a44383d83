"""The door of a shopper's phone: who may knock, what is answered to a script, and what a reader of evidence may see."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from survey_app import db
from survey_app.models import Assignment, Evidence, FieldCopy, FieldDevice, Response
from tests.commands.acting import Field
from tests.support.factories import setting
from tests.support.phones import DEVICE, Photo, drawn, report
from tests.support.pictures_sent import bomb
from tests.web.people import Person

pytestmark = pytest.mark.usefixtures("frozen_clock")

OURS = {"X-Requested-With": "XMLHttpRequest", "Origin": "http://localhost"}
PHOTO = Photo("A1", drawn(1))
STATE = {"device": DEVICE, "reports": 1, "files": 3, "waiting_s": 60, "visits": []}


@pytest.fixture
def visit(database: db.Database) -> Assignment:
    """A shopper's visit to make; another shopper, and a coordinator."""
    with setting() as make:
        made = Field.made(make, has_account=False)
        found = made.visit(make)
        make.user(email="other@example.com", role="shopper")
        make.user(email="desk@example.com", role="field_coordinator")
    return found


@pytest.fixture
def shopper(app: Flask, visit: Assignment) -> Person:
    """The shopper, logged in."""
    return Person(app).log_in("eye@example.com")


def put(person: Person, visit: Assignment, photo: Photo = PHOTO, **headers: str) -> TestResponse:
    """A picture is sent."""
    path = f"/shops/sync/{visit.response_id}/files/{photo.sha256}?question={photo.question}"
    return person.client.put(path, data=photo.content, headers={**OURS, "Content-Type": "image/jpeg", **headers})


def post(person: Person, path: str, body: Any, **headers: str) -> TestResponse:
    """JSON is sent."""
    return person.client.post(f"/shops/sync/{path}", json=body, headers={**OURS, **headers})


def test_a_visit_comes_home(shopper: Person, visit: Assignment) -> None:
    assert put(shopper, visit).json == {"sha256": PHOTO.sha256, "state": "kept"}
    found = post(shopper, f"{visit.response_id}/report", report([PHOTO]))
    assert found.status_code == 200
    assert (found.json or {})["state"] == "kept"
    assert (found.json or {})["files"] == [PHOTO.sha256]
    held = shopper.get(f"/shops/sync/{visit.response_id}").json or {}
    assert [one["sha256"] for one in held["files"]] == [PHOTO.sha256]
    assert held["round"] == 1


def test_a_phone_hears_the_time_and_is_known_by_its_browser(shopper: Person, visit: Assignment) -> None:
    agent = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
    body = {**STATE, "visits": [visit.response_id, 5, "0" * 32]}
    found = post(shopper, "state", body, **{"User-Agent": agent}).json or {}
    assert found["now"] == "2026-11-17T10:00:00+00:00" or found["now"].startswith("2026-11-17T")
    assert found["visits"] == {visit.response_id: "open"}
    with db.reading() as session:
        assert session.scalars(select(FieldDevice)).one().label == "Chrome Android"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Requested-With": ""},
        {"Origin": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
    ids=["no-header", "no-origin", "foreign-origin", "hidden-origin"],
)
def test_another_site_sends_nothing(shopper: Person, visit: Assignment, headers: dict[str, str]) -> None:
    for answer in (put(shopper, visit, PHOTO, **headers), post(shopper, "state", STATE, **headers)):
        assert answer.status_code == 403
        assert answer.is_json
    with db.reading() as session:
        assert session.scalars(select(Evidence)).all() == []


def test_an_expired_login_is_told_as_json_and_never_as_a_forged_form(app: Flask, visit: Assignment) -> None:
    nobody = Person(app)
    for answer in (
        put(nobody, visit),
        post(nobody, "state", STATE),
        post(nobody, f"{visit.response_id}/report", report()),
        nobody.client.get(f"/shops/sync/{visit.response_id}", headers=OURS),
    ):
        assert answer.status_code == 401
        assert (answer.json or {})["error"]["status"] == 401
        assert answer.headers["Cache-Control"] == "no-store"


def test_one_account_s_work_is_never_sent_under_another_s_login(app: Flask, visit: Assignment) -> None:
    other = Person(app).log_in("other@example.com")
    whose = {"X-Field-User": str(visit.shopper_id)}
    for answer in (put(other, visit, PHOTO, **whose), post(other, f"{visit.response_id}/report", report(), **whose)):
        assert answer.status_code == 409
        assert (answer.json or {})["error"]["code"] == "stranger"
    assert post(other, f"{visit.response_id}/report", report()).json["state"] == "copy"  # type: ignore[index]
    with db.reading() as session:
        assert session.scalars(select(Response)).all() == []
        assert session.scalars(select(FieldCopy)).one().reason == "given_away"


def test_staff_send_no_visits(app: Flask, visit: Assignment) -> None:
    desk = Person(app).log_in("desk@example.com")
    assert post(desk, f"{visit.response_id}/report", report()).status_code == 403


@pytest.mark.parametrize("path", ["0" * 32, "../" + "0" * 32, "x", "%00"])
def test_an_unknown_visit_is_not_here(shopper: Person, path: str) -> None:
    for answer in (shopper.client.get(f"/shops/sync/{path}", headers=OURS), post(shopper, f"{path}/report", report())):
        assert answer.status_code in {404, 405}


@pytest.mark.parametrize(
    ("content", "status"),
    [(bomb(), 422), (b"<svg onload=alert(1)>", 422), (bytes(10_000_001), 413)],
    ids=["bomb", "svg", "huge"],
)
def test_what_is_no_picture_is_refused_for_good(
    shopper: Person, visit: Assignment, content: bytes, status: int
) -> None:
    answer = put(shopper, visit, Photo("A1", content))
    assert answer.status_code == status
    assert (answer.json or {})["error"]["code"] == ("refused" if status == 422 else "request_entity_too_large")


def test_what_was_cut_off_is_asked_for_again(shopper: Person, visit: Assignment) -> None:
    path = f"/shops/sync/{visit.response_id}/files/{PHOTO.sha256}?question=A1"
    answer = shopper.client.put(path, data=PHOTO.content[:-500], headers=OURS)
    assert (answer.status_code, (answer.json or {})["error"]["code"]) == (422, "cut_off")


@pytest.mark.parametrize("body", ["", "[]", "{", '"x"', "{}", json.dumps({"answers": 5})])
def test_what_is_no_report_is_refused_in_words(shopper: Person, visit: Assignment, body: str) -> None:
    path = f"/shops/sync/{visit.response_id}/report"
    answer = shopper.client.post(path, data=body, headers={**OURS, "Content-Type": "application/json"})
    assert answer.status_code == 422
    assert (answer.json or {})["error"]["message"]


def test_a_report_of_megabytes_is_refused(shopper: Person, visit: Assignment) -> None:
    body = report(timings={str(number): 1 for number in range(200_000)})
    assert post(shopper, f"{visit.response_id}/report", body).status_code == 413


def test_the_app_may_ask_for_the_place_and_no_other_page_may(shopper: Person) -> None:
    assert "geolocation=(self)" in shopper.get("/shops").headers["Permissions-Policy"]
    assert "geolocation=()" in shopper.get("/account").headers["Permissions-Policy"]


def test_pictures_are_shown_to_whoever_may_read_the_report_only(app: Flask, shopper: Person, visit: Assignment) -> None:
    loose = Photo("B1", drawn(2))
    for photo in (PHOTO, loose):
        assert put(shopper, visit, photo).status_code == 200
    assert post(shopper, f"{visit.response_id}/report", report([PHOTO])).status_code == 200
    with db.reading() as session:
        ids = {one.sent_sha256: one.id for one in session.scalars(select(Evidence))}
    judge, other = Person(app).log_in("judge@example.com"), Person(app).log_in("other@example.com")
    shown = judge.get(f"/files/{ids[PHOTO.sha256]}")
    assert (shown.status_code, shown.data) == (200, PHOTO.content)
    assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert judge.get(f"/files/{ids[loose.sha256]}").status_code == 200, "brought by a phone, named by no report yet"
    assert judge.get(f"/files/{ids[PHOTO.sha256]}/small").mimetype == "image/jpeg"
    for one in ids.values():
        assert other.get(f"/files/{one}").status_code in {403, 404}
