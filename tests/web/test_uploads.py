"""Photographs and documents on a survey's page and in a shopper's report: sent, refused, kept, taken away, shown."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from survey_app import db, files
from survey_app.commands import evidence, questionnaires
from survey_app.models import Answer, Draft, Evidence, Invitation, Response
from survey_app.web import uploads
from tests.commands.acting import SINCE
from tests.commands.test_evidence import SHOP
from tests.forms.samples import asked, document, he, item, question, scored
from tests.support.factories import Make, setting
from tests.support.pictures_sent import CAMERA, DOCX, HEIC, PDF, phone_picture, picture
from tests.web.people import Person

pytestmark = pytest.mark.usefixtures("frozen_clock")

SURVEY = document(
    asked(
        question("q1", "scale", scale="sat5"),
        question("front", "photo", max=2, required=True),
        code="first",
        title=he("ראשון"),
    ),
    asked(question("papers", "file"), question("why", "text"), code="second", title=he("שני")),
    code="with_files",
)
Sent = tuple[io.BytesIO, str]


def file(content: bytes, name: str = "IMG_1.jpg") -> Sent:
    """A file as a browser sends it."""
    return io.BytesIO(content), name


def invited(make: Make, token: str, code: str) -> Invitation:
    """A customer of another branch."""
    found = make.invitation(
        campaign=make.campaign("with_files", opens=SINCE),
        branch=make.branch(code=code, region=None),
        visited_on=date(2026, 11, 3),
    )
    found.token = token
    make.session.flush()
    return found


@pytest.fixture
def customer(app: Flask) -> Person:
    """A customer with the address /s/abc."""
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
        questionnaires.bring_in(make.session, SURVEY, publish=True)
        invited(make, "abc", "101")
        for email, role in (
            ("analyst", "analyst"),
            ("boss", "management"),
            ("reviewer", "quality_reviewer"),
            ("coordinator", "field_coordinator"),
        ):
            make.user(email=f"{email}@bank.test", role=role)
    return Person(app)


def saved() -> dict[str, Any]:
    """What the draft holds."""
    with db.reading() as session:
        return dict(session.scalars(select(Draft.answers)).one())


def stored() -> list[Evidence]:
    """Every file that there is."""
    with db.reading() as session:
        return list(session.scalars(select(Evidence)))


# ---- sending


def test_a_picture_and_a_document_come_along(customer: Person) -> None:
    page = customer.text("/s/abc")
    assert 'enctype="multipart/form-data"' in page
    assert 'accept="image/jpeg,image/png,image/webp"' in page
    assert customer.on("/s/abc", q1="4", front_add=file(phone_picture()), go="next") == "/s/abc/second"
    (front,) = saved()["front"]
    assert f'name="front" value="{front}"' in customer.text("/s/abc/first"), "it stands there when one comes back"
    onward = customer.on("/s/abc/second", papers_add=[file(PDF, "a.pdf"), file(DOCX, "b.docx")], go="next")
    assert onward.startswith("/thanks/")
    with db.reading() as session:
        assert session.scalars(select(Answer.value).where(Answer.question == "front")).one() == [front]
    assert sorted(one.filename for one in stored()) == ["IMG_1.jpg", "a.pdf", "b.docx"]
    assert CAMERA.encode() not in files.store().path(front).read_bytes()


def test_a_refused_file_costs_nothing_else(customer: Person) -> None:
    chosen = [file(HEIC, "IMG_2.heic"), file(picture(colour="red"))]
    answer = customer.send("/s/abc", q1="2", front_add=chosen, go="next")
    assert answer.status_code == 422
    assert "IMG_2.heic" in answer.text
    assert "JPEG" in answer.text
    assert saved()["q1"] == 2
    assert len(saved()["front"]) == 1, "the good one is kept"
    assert f'value="{saved()["front"][0]}"' in answer.text
    assert customer.on("/s/abc", q1="2", front=saved()["front"][0], go="next") == "/s/abc/second"
    assert (
        customer.send("/s/abc/second", papers_add=file(b"MZ" + bytes(99), "a.pdf"), why="כי", go="next").status_code
        == 422
    )
    assert saved()["why"] == "כי"


def test_a_picture_that_is_demanded_is_asked_for_where_it_belongs(customer: Person) -> None:
    answer = customer.send("/s/abc", q1="2", go="next")
    assert answer.status_code == 422
    assert 'href="#front"' in answer.text
    assert 'id="front"' in answer.text


def test_files_are_taken_away_and_stay_within_their_number(customer: Person) -> None:
    customer.on("/s/abc", q1="2", front_add=[file(picture(colour="red")), file(picture(colour="blue"))], go="next")
    red, blue = saved()["front"]
    again = customer.send("/s/abc", q1="2", front=[red, blue], front_add=file(picture(colour="lime")), go="next")
    assert again.status_code == 422
    assert saved()["front"] == [red, blue]
    customer.on(
        "/s/abc", q1="2", front=[red, blue], front_remove=red, front_add=file(picture(colour="lime")), go="next"
    )
    assert len(saved()["front"]) == 2
    assert red not in saved()["front"]
    assert customer.client.post("/s/abc", data={"q1": "2", "front_remove": blue, "go": "keep"}).status_code == 204
    assert blue in saved()["front"], "what is only kept meanwhile takes nothing away"


def test_a_page_sent_twice_adds_nothing(customer: Person) -> None:
    for _again in range(2):
        customer.on("/s/abc", q1="2", front_add=file(picture()), go="next")
    assert len(stored()) == 1


def test_somebody_else_s_file_is_nobody_s(customer: Person) -> None:
    customer.on("/s/abc", q1="2", front_add=file(picture()), go="next")
    with setting() as make:
        invited(make, "other", "102")
    front = saved()["front"][0]
    answer = customer.send("/s/other", q1="5", front=front, front_remove=front, go="next")
    assert answer.status_code == 422, "it is no answer of theirs"
    assert [one.id for one in stored()] == [front]


def test_too_much_at_once_is_refused_and_what_was_kept_stays(customer: Person, monkeypatch: Any) -> None:
    monkeypatch.setattr(evidence, "MOST_BYTES", 1_000)
    answer = customer.send("/s/abc", q1="3", front_add=file(picture(size=(900, 900), quality=100)), go="next")
    assert answer.status_code == 422
    assert saved()["q1"] == 3
    assert stored() == []
    assert list((files.store()).folder.glob("??/*")) == []  # type: ignore[attr-defined]


def test_files_without_end_are_refused(customer: Person, monkeypatch: Any) -> None:
    monkeypatch.setattr(uploads, "OFTEN", "2 per hour")
    for number in range(2):
        customer.send("/s/abc", q1="3", front_add=file(picture(colour=["red", "blue"][number])), go="next")
    two = [file(PDF, "a.pdf"), file(DOCX, "b.docx")]
    answer = customer.send("/s/abc/second", papers_add=two, why="כי", go="next")
    assert answer.status_code == 422
    assert saved()["why"] == "כי"
    assert len(stored()) == 2, "neither of the third page's"


def test_no_ticket_no_file(customer: Person) -> None:
    for path in ("/s/nobody", "/r/" + "0" * 32, "/b/999"):
        answer = customer.client.post(path, data={"q1": "1", "front_add": file(picture())})
        assert answer.status_code == 404
    assert stored() == []


# ---- reading


def sent_file(customer: Person) -> tuple[str, str]:
    """A picture and a document of a finished response."""
    customer.on("/s/abc", q1="4", front_add=file(phone_picture()), go="next")
    customer.on("/s/abc/second", papers_add=file(PDF, "הצעה <b>.pdf"), go="next")
    return tuple(next(one.id for one in stored() if one.question == code) for code in ("front", "papers"))  # type: ignore[return-value]


def test_files_are_shown_to_who_may_read_the_response(app: Flask, customer: Person) -> None:
    front, paper = sent_file(customer)
    analyst = Person(app).log_in("analyst@bank.test")
    with db.reading() as session:
        page = analyst.text(f"/responses/{session.scalars(select(Response.id)).one()}")
    assert f'src="/files/{front}/small"' in page
    assert f'href="/files/{paper}"' in page
    assert "הצעה &lt;b&gt;.pdf" in page
    shown = analyst.get(f"/files/{front}")
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    for answer in (shown, analyst.get(f"/files/{front}/small"), analyst.get(f"/files/{paper}")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "no-store" in answer.headers["Cache-Control"]
    assert max(Image.open(io.BytesIO(analyst.get(f"/files/{front}/small").data)).size) <= 320
    saved_as = analyst.get(f"/files/{paper}").headers["Content-Disposition"]
    assert saved_as.startswith("attachment;")
    assert re.search(r"filename\*=UTF-8''[%\w.]+", saved_as)
    assert analyst.get(f"/files/{paper}/small").status_code == 404


def test_files_are_shown_to_nobody_else(app: Flask, customer: Person) -> None:
    front, _paper = sent_file(customer)
    assert Person(app).get(f"/files/{front}").status_code == 302, "to the login"
    for name in ("boss", "reviewer", "coordinator"):
        person = Person(app).log_in(f"{name}@bank.test")
        assert person.get(f"/files/{front}").status_code in {403, 404}, name
        assert person.get(f"/files/{front}/small").status_code in {403, 404}, name
    assert Person(app).log_in("analyst@bank.test").get("/files/" + "0" * 32).status_code == 404


def test_a_draft_s_file_is_shown_to_nobody(app: Flask, customer: Person) -> None:
    customer.on("/s/abc", q1="4", front_add=file(picture()), go="next")
    assert Person(app).log_in("analyst@bank.test").get(f"/files/{stored()[0].id}").status_code == 404


def test_a_shopper_s_picture_reaches_the_reviewer_and_its_own_branch(app: Flask, customer: Person) -> None:
    with setting() as make:
        shop = {**SHOP, "sections": [*SHOP["sections"], scored("A", item("A1", 10))], "total_points": 10}
        questionnaires.bring_in(make.session, shop, publish=True)
        branches = [make.branch(code=code, region=None) for code in ("201", "202")]
        make.assignment(
            campaign=make.campaign("shop_files", opens=SINCE),
            shopper=make.user(email="eye@bank.test", role="shopper"),
            branch=branches[0],
            scenario=make.scenario(code="any", has_appointment=True, has_account=True),
            window_from=SINCE,
            window_until=date(2026, 11, 30),
        )
        for code, branch in (("own", branches[0]), ("next", branches[1])):
            make.user(email=f"{code}@bank.test", role="branch_manager", branch=branch)
    shopper = Person(app).log_in("eye@bank.test")
    onward = shopper.on("/shops/1/main", day="3.11.2026", front_add=file(picture()), go="next")
    assert onward == "/shops/1/A"
    refused = shopper.send("/shops/1/main", day="3.11.2026", front_add=file(HEIC, "b.heic"), go="next")
    assert refused.status_code == 422
    assert "b.heic" in refused.text
    shopper.on("/shops/1/A", A1="yes", go="next")
    shopper.on("/shops/1/summary")
    (front,) = (one.id for one in stored())
    reviewer = Person(app).log_in("reviewer@bank.test")
    with db.reading() as session:
        response_id = session.scalars(select(Response.id)).one()
    assert f'src="/files/{front}/small"' in reviewer.text(f"/quality/{response_id}")
    assert reviewer.get(f"/files/{front}").status_code == 200
    own, other = (Person(app).log_in(f"{name}@bank.test") for name in ("own", "next"))
    assert own.get(f"/files/{front}").status_code == 404, "not before the report counts"
    assert (
        reviewer.send(f"/quality/{response_id}/decision", f"/quality/{response_id}", outcome="approved").status_code
        == 303
    )
    assert own.get(f"/files/{front}").status_code == 200
    assert other.get(f"/files/{front}").status_code == 404
