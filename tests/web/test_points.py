"""Collection points on screen: who sees and makes which, the printed page, the code typed, the tablet's door."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from survey_app import clock, db
from survey_app.commands import points
from survey_app.models import Branch, CollectionPoint, Response, SetAside
from survey_app.outreach import codes
from tests.support.factories import setting
from tests.web.people import SINCE, SURVEY, Person

pytestmark = pytest.mark.usefixtures("frozen_clock")

TOKEN = "a-tablet-s-own-secret"
HEADERS = {"X-Requested-With": "XMLHttpRequest", "Origin": "http://localhost"}


@pytest.fixture(autouse=True)
def _bank(app: Flask) -> None:
    """Two branches with a desk stand and a tablet at the first, a poster at the second."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        first, second = (make.branch(code=code, region=None, name=f"סניף <{code}>") for code in ("101", "102"))
        make.agent(code="7001", branch=first, since=date(2026, 1, 1))
        make.questionnaire(SURVEY)
        campaign = make.campaign(SURVEY, opens=SINCE)
        campaign.open_link = True
        for branch, kind in ((first, "desk"), (first, "kiosk"), (second, "poster")):
            point = points.create(make.session, branch=branch, campaign=campaign, kind=kind, label=f"label {kind}")
            point.token = TOKEN if kind == "kiosk" else None
        make.user(email="admin@example.com", role="administrator")
        make.user(email="analyst@example.com", role="analyst")
        make.user(email="branch@example.com", role="branch_manager", branch=first)
        make.user(email="agent@example.com", role="agent", branch=first, agent=make.agent(
            code="7002", branch=first, since=date(2026, 1, 1)))  # fmt: skip


@pytest.fixture
def admin(app: Flask) -> Person:
    """The administration."""
    return Person(app).log_in("admin@example.com")


def stored(**wanted: Any) -> list[CollectionPoint]:
    with db.reading() as session:
        return list(session.scalars(select(CollectionPoint).filter_by(**wanted).order_by(CollectionPoint.id)))


def one(kind: str) -> CollectionPoint:
    return stored(kind=kind)[0]


def test_a_branch_manager_sees_and_prints_the_own_branch_s_and_makes_none(app: Flask) -> None:
    manager = Person(app).log_in("branch@example.com")
    page = manager.text("/points")
    assert "label desk" in page
    assert "label poster" not in page
    desk, poster = one("desk"), one("poster")
    assert manager.get(f"/points/{desk.id}/poster.pdf").mimetype == "application/pdf"
    assert TOKEN not in manager.text(f"/points/{one('kiosk').id}")
    for path in (f"/points/{poster.id}", f"/points/{poster.id}/poster.pdf", f"/points/{poster.id}/poster.png"):
        assert manager.get(path).status_code == 404
    for path in ("/points/new", "/points/many", "/points/aside", f"/points/{desk.id}/retire",
                 f"/points/{one('kiosk').id}/tablet.svg"):  # fmt: skip
        assert manager.get(path).status_code == 403
    assert manager.get("/points/print?as=pdf").data.count(b"%PDF") == 1


def test_without_the_right_there_is_no_list(app: Flask) -> None:
    assert Person(app).get("/points").headers["Location"].startswith("/login")
    assert Person(app).log_in("agent@example.com").get("/points").status_code == 403


@pytest.mark.parametrize("language", ["he", "en"])
def test_a_new_desk_stand_from_the_form_to_its_page(admin: Person, language: str) -> None:
    address = admin.on("/points/new", campaign=SURVEY, kind="desk", branch="101", agent="7001", label="דלפק <3>")
    page = admin.text(f"{address}&lang={language}")
    assert "דלפק &lt;3&gt;" in page
    assert codes.grouped(stored()[-1].code) in page
    assert "poster.pdf" in page


@pytest.mark.parametrize(
    ("fields", "marked"),
    [
        ({}, "kind"),
        ({"kind": "desk", "branch": "999"}, "branch"),
        ({"kind": "poster", "branch": "101", "agent": "7001"}, "agent"),
        ({"kind": "desk", "branch": "102", "agent": "7001"}, "agent"),
        ({"kind": "poster", "branch": "101", "label": "x" * 81}, "label"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    admin: Person, fields: dict[str, str], marked: str
) -> None:
    answer = admin.send("/points/new", campaign=SURVEY, **fields)
    assert answer.status_code == 422
    assert f'href="#{marked}' in answer.text
    assert len(stored()) == 3
    assert all(value in answer.text for value in fields.values())


def test_many_at_once_and_again(admin: Person) -> None:
    assert "made=2" in admin.on("/points/many", campaign=SURVEY, kind="poster", region="", label="כניסה")
    again = admin.on("/points/many", campaign=SURVEY, kind="poster", region="", label="כניסה")
    assert "made=0" in again
    assert "had=2" in again
    assert len(stored(kind="poster")) == 3
    assert admin.send("/points/many", campaign=SURVEY, kind="desk").status_code == 422


def test_ten_thousand_points_are_fifty_at_a_time_and_cost_no_more_queries(admin: Person, counting_queries: Any) -> None:
    with counting_queries() as few:
        admin.text("/points")
    with setting() as make:
        branch = make.session.scalars(select(Branch)).first()
        poster = make.session.scalars(select(CollectionPoint)).first()
        assert branch is not None
        assert poster is not None
        rows = [
            {"code": f"x{number}", "branch_id": branch.id, "campaign_id": poster.campaign_id, "kind": "poster",
             "agent_id": 0, "label": "", "token": None, "created_at": clock.now(), "held": 0}
            for number in range(10_000)
        ]  # fmt: skip
        make.session.execute(CollectionPoint.__table__.insert(), rows)
    with counting_queries() as many:
        page = admin.text("/points?page=2")
    assert page.count("<tr>") == 51
    assert len(many) <= len(few) + 1
    assert "10,003" in page
    assert admin.get("/points/print?as=pdf").mimetype == "text/html"  # too many for one file: it says so
    assert "500" in admin.words("/points/print")


def test_the_list_is_empty_filtered_and_told_so(admin: Person) -> None:
    assert "label poster" in admin.text("/points?q=102")
    assert "label poster" not in admin.text("/points?kind=desk")
    assert "<table" not in admin.text("/points?q=nothing")
    assert 'value="nothing"' in admin.text("/points?q=nothing")


def test_a_label_is_changed_and_a_point_retired_after_asking(admin: Person) -> None:
    desk = one("desk")
    assert "saved" in admin.on(f"/points/{desk.id}/label", page=f"/points/{desk.id}", label="חדש")
    assert one("desk").label == "חדש"
    assert one("desk").retired_at is None
    admin.on(f"/points/{desk.id}/retire")
    assert one("desk").retired_at is not None
    assert admin.send(f"/points/{desk.id}/retire").status_code == 409
    assert admin.get(f"/points/{desk.id}/poster.pdf").status_code == 410
    assert "retire" not in admin.text(f"/points/{desk.id}")


def test_the_preview_is_a_picture_and_the_tablet_s_square_leads_to_it(admin: Person) -> None:
    desk, tablet = one("desk"), one("kiosk")
    picture = admin.get(f"/points/{desk.id}/poster.png?size=tent&second=ar")
    with Image.open(io.BytesIO(picture.data)) as shown:
        assert shown.width > 300
    assert admin.get(f"/points/{tablet.id}/tablet.svg").mimetype == "image/svg+xml"
    assert admin.get(f"/points/{desk.id}/tablet.svg").status_code == 404
    assert admin.get(f"/points/{desk.id}/poster.png?size=huge").status_code == 422
    assert TOKEN in admin.text(f"/points/{tablet.id}")
    admin.on(f"/points/{tablet.id}/renew", page=f"/points/{tablet.id}")
    assert TOKEN not in admin.text(f"/points/{tablet.id}")


def test_all_pages_come_as_one_file_or_a_zip(admin: Person) -> None:
    assert admin.get("/points/print?size=a5&language=ru&as=pdf").data.startswith(b"%PDF")
    assert admin.get("/points/print?size=tent&language=he&second=en&as=zip").data.startswith(b"PK")
    refused = admin.get("/points/print?size=a4&language=ru&second=ar&as=pdf")
    assert (refused.status_code, refused.mimetype) == (422, "text/html")


# ---- the code that is typed ------------------------------------------------------------------------------------------


@pytest.fixture
def customer(app: Flask) -> Person:
    """Somebody in front of a poster."""
    return Person(app)


def test_a_code_is_typed_as_people_type(customer: Person) -> None:
    code = one("poster").code
    arabic = code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    for typed in (code, codes.grouped(code), f" {code[:2]}-{code[2:]} ", arabic):
        answer = customer.client.get("/b", query_string={"code": typed, "lang": "ar"})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/b/{code}?lang=ar")
        assert "Set-Cookie" not in answer.headers
    assert customer.client.get("/b", query_string={"code": "101"}).headers["Location"].startswith("/b/101")


@pytest.mark.parametrize("language", ["he", "ar", "en", "ru"])
def test_a_slip_is_told_apart_from_an_unknown_code(customer: Person, language: str) -> None:
    code = one("poster").code
    slip = code[:-1] + str((int(code[-1]) + 1) % 10)
    unknown = next(
        sound for first in range(10, 99)
        if codes.is_sound(sound := f"{first}000" + codes.check_digit(f"{first}000"))
        and sound not in {point.code for point in stored()}
    )  # fmt: skip
    said = set()
    for typed in ("", "12a456", "12345", slip, unknown):
        page = customer.client.get("/b", query_string={"code": typed, "lang": language})
        assert page.status_code == 422
        assert 'aria-invalid="true"' in page.text
        said.add(page.text[page.text.index('id="code-error"') : page.text.index('id="code" ')])
    assert len(said) == 5
    assert customer.get("/b").status_code == 200


def test_a_retired_code_says_so(customer: Person, admin: Person) -> None:
    code = one("poster").code
    admin.on(f"/points/{one('poster').id}/retire")
    assert customer.get(f"/b?code={code}").headers["Location"].startswith(f"/b/{code}")
    assert customer.get(f"/b/{code}").status_code == 410


# ---- the tablet's door -----------------------------------------------------------------------------------------------


def sent(customer: Person, body: Any, path: str = f"/kiosk/{TOKEN}/responses", **headers: str) -> Any:
    return customer.client.post(path, json=body, headers=HEADERS | headers)


def answers(**changes: Any) -> dict[str, Any]:
    return {
        "id": "a" * 32, "version": 1, "seed": "b" * 32, "language": "he", "age": 0, "point": "", "layout": "row",
        "answers": {"pv1": ["4"]},
    } | changes  # fmt: skip


def test_the_server_names_what_it_took(customer: Person) -> None:
    for _time in range(2):
        said = sent(customer, answers())
        assert (said.status_code, said.json) == (200, {"id": "a" * 32, "state": "received"})
        assert "Set-Cookie" not in said.headers
    with db.reading() as session:
        assert session.scalars(select(Response)).one().mode == "kiosk"


@pytest.mark.parametrize(
    ("body", "path", "headers", "status"),
    [
        (answers(), f"/kiosk/{TOKEN}/responses", {"Origin": "https://elsewhere.example"}, 403),
        (answers(), f"/kiosk/{TOKEN}/responses", {"Origin": ""}, 403),
        (answers(), f"/kiosk/{TOKEN}/responses", {"X-Requested-With": ""}, 403),
        (answers(), "/kiosk/nobody/responses", {}, 404),
        ([], f"/kiosk/{TOKEN}/responses", {}, 400),
        (answers(id="x"), f"/kiosk/{TOKEN}/responses", {}, 422),
        (answers(answers={"a": ["x" * 300_000]}), f"/kiosk/{TOKEN}/responses", {}, 413),
    ],
    ids=["other site", "no origin", "no header", "no such tablet", "a list", "no id", "too large"],
)
def test_what_is_not_the_tablet_s_own_is_refused(
    customer: Person, body: Any, path: str, headers: dict[str, str], status: int
) -> None:
    assert sent(customer, body, path, **headers).status_code == status
    with db.reading() as session:
        assert session.scalars(select(Response)).all() == []


def test_a_tablet_reports_and_hears_whether_its_pages_are_the_newest(customer: Person, admin: Person) -> None:
    said = sent(customer, {"held": 2}, f"/kiosk/{TOKEN}/state").json
    assert said["open"] is True
    assert f'data-release="{said["release"]}"' in customer.text(f"/kiosk/{TOKEN}")
    assert (one("kiosk").held, one("kiosk").seen_at) == (2, clock.now())
    assert "2" in admin.words(f"/points/{one('kiosk').id}")
    admin.on(f"/points/{one('kiosk').id}/retire")
    assert sent(customer, {"held": 0}, f"/kiosk/{TOKEN}/state").json["open"] is False
    assert customer.get(f"/kiosk/{TOKEN}").status_code == 410
    assert customer.get("/kiosk/nobody").status_code == 404
    assert sent(customer, {"held": 0}, f"/kiosk/{TOKEN}/state", Origin="https://elsewhere.example").status_code == 403


def test_the_tablet_s_pages_ask_for_no_contact_and_lead_nowhere(customer: Person) -> None:
    page = customer.text(f"/kiosk/{TOKEN}/in/he")
    assert "pv_callback" not in page
    assert "callback_phone" not in page
    assert 'target="_blank"' not in page
    assert customer.get(f"/kiosk/{TOKEN}/in/fr").status_code == 404
    assert customer.get("/kiosk/worker.js").mimetype == "text/javascript"
    assert customer.get(f"/kiosk/{TOKEN}/app.webmanifest").json["start_url"] == f"/kiosk/{TOKEN}"


def test_staff_decide_on_what_was_kept_aside(customer: Person, admin: Person) -> None:
    admin.on(f"/points/{one('kiosk').id}/retire")
    for place, letter in enumerate("ac"):
        said = sent(customer, answers(id=letter * 32))
        assert said.json == {"id": letter * 32, "state": "aside"}, place
    assert "/points/aside" in admin.text("/points")
    assert "taken=1" in admin.on(f"/points/aside/{'a' * 32}/retry", page="/points/aside")
    admin.on(f"/points/aside/{'c' * 32}/delete")
    with db.reading() as session:
        assert [one_.id for one_ in session.scalars(select(Response))] == ["a" * 32]
        assert session.scalars(select(SetAside)).all() == []
    assert admin.get(f"/points/aside/{'c' * 32}/delete").status_code == 404
    assert admin.get("/points/aside").status_code == 200
