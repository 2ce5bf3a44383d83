"""The rooms of loyalty at a browser without scripts: an incident from its opening to its lesson, a contact approved."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from survey_app import clock, db
from survey_app.commands.cases.opening import Opening, open_case
from survey_app.models import Branch, GivingContact, Incident, IncidentPerson
from tests.support.factories import setting

OPENED = datetime(2026, 10, 20, 10, tzinfo=clock.TIME_ZONE)
KEY = re.compile(r'name="id"[^>]*value="([^"]+)"')


@pytest.fixture(autouse=True)
def _leads(database: db.Database) -> None:
    """Service management, and a case of a branch."""
    with clock.moved_to(OPENED), setting() as make:
        make.user(email="service@bank.test", role="service_manager")
        branch = make.session.scalars(select(Branch).where(Branch.code == "101")).one()
        about = Opening(key="one", source="manual", branch_id=branch.id, subject="digital", phone="+972500000001")
        open_case(make.session, about)


def key_of(page: str) -> str:
    found = KEY.search(page)
    assert found is not None
    return found[1]


def stored(model: Any) -> Any:
    with db.reading() as session:
        return session.scalars(select(model)).one()


def test_an_incident_from_its_opening_to_its_lesson(as_: Any) -> None:
    service = as_("service")
    assert "אין אירוע" in service.text("/incidents") or "No incident" in service.text("/incidents")
    page = service.text("/incidents/new")
    fields = {"id": key_of(page), "title": "כרטיסים <b>נבלעו</b>", "subject": "digital", "branch": "101",
              "began_on": "16.11.2026"}  # fmt: skip
    wrong = service.post("/incidents/new", "/incidents", **{**fields, "began_on": "31.2.2026", "words_he": "{x}"})
    assert wrong.status_code == 422
    assert "{x}" in wrong.text, "what was typed is kept"
    for _time in range(2):
        assert service.post("/incidents/new", "/incidents", **fields).status_code == 303
    incident = stored(Incident)
    own = f"/incidents/{incident.id}"
    assert "כרטיסים &lt;b&gt;נבלעו&lt;/b&gt;" in service.text(own)
    assert service.post(own, f"{own}/join", cases="1, 77").status_code == 422
    assert service.post(own, f"{own}/join", cases="1").status_code == 303
    unsent = service.post(own, f"{own}/send", revision=incident.revision)
    assert unsent.status_code == 409, "the page was made of an older writing"
    manager = re.search(r'<option value="(\d+)">service', service.text(f"{own}/edit"))
    assert manager is not None
    edited = {**fields, "revision": stored(Incident).revision, "words_he": "טעינו ואנחנו מצטערים.",
              "apology_by": manager[1]}  # fmt: skip
    assert service.post(f"{own}/edit", f"{own}/edit", **edited).status_code == 303
    stale = service.post(f"{own}/edit", f"{own}/edit", **{**edited, "title": "אחרת"})
    assert stale.status_code == 422
    assert "אחרת" in stale.text, "what was typed is kept"
    assert service.post(own, f"{own}/send", revision=stored(Incident).revision).status_code == 303
    person = stored(IncidentPerson)
    assert service.post(own, f"{own}/people/{person.id}", how="phone").status_code == 303
    assert stored(IncidentPerson).state == "reached"
    listed = BytesIO(b"phone,email\n050-0000002,\n12,\n")
    refused = service.post(own, f"{own}/file", file=(listed, "people.csv"))
    assert refused.status_code == 422
    assert service.post(own, f"{own}/file", file=(BytesIO(b"\x00\x01"), "people.xlsx")).status_code == 422
    assert service.post(own, f"{own}/file").status_code == 422
    assert service.text(f"{own}?people=waiting").count("+972500000002") >= 1
    assert service.post(own, f"{own}/visitors", branch="101", since="1.11.2026", until="1.10.2026").status_code == 422
    assert service.post(own, f"{own}/close", lesson="", revision=0).status_code == 422
    closed = service.post(own, f"{own}/close", lesson="נבדוק לפני עדכון", revision=stored(Incident).revision)
    assert closed.status_code == 303
    assert "נבדוק לפני עדכון" in service.text(own)
    assert service.text("/incidents?cut=closed").count("נבלעו") == 1
    service.text("/incidents/999", 404)


def test_a_contact_is_planned_by_one_and_approved_by_another(as_: Any) -> None:
    service, management = as_("service"), as_("management")
    page = service.text("/contacts/new")
    day = clock.today() + timedelta(days=3)
    fields = {"id": key_of(page), "kind": "tip", "title": "עמלות", "planned_on": f"{day.day}.{day.month}.{day.year}",
              "words_he": "כל העמלות במסך אחד."}  # fmt: skip
    advertising = service.post("/contacts/new", "/contacts", **{**fields, "words_he": "הנחה!"})
    assert advertising.status_code == 422
    for _time in range(2):
        assert service.post("/contacts/new", "/contacts", **fields).status_code == 303
    contact = stored(GivingContact)
    own = f"/contacts/{contact.id}"
    assert f"{own}/approve" not in service.text(own), "who wrote it cannot approve it"
    assert service.post(own, f"{own}/approve", revision=contact.revision).status_code == 403
    assert management.text("/contacts").count(own) == 2, "in the calendar, and among what waits"
    assert management.post(own, f"{own}/approve", revision=contact.revision).status_code == 303
    assert stored(GivingContact).state == "approved"
    assert service.post(own, f"{own}/cancel", revision=1).status_code == 409
    assert service.post(own, f"{own}/cancel", revision=stored(GivingContact).revision).status_code == 303
    assert management.get("/contacts/new").status_code == 403
    service.text("/contacts?month=1999-01")
    service.text("/contacts?month=x")


def test_each_sees_what_is_theirs(as_: Any) -> None:
    branch = as_("branch")
    page = branch.text("/loyalty")
    assert "באר שבע" not in page, "nothing was given and nothing failed there"
    assert "חיפה" not in page
    for path in ("/incidents", "/contacts"):
        assert branch.get(path).status_code == 403
    assert "חיפה ראשי" in as_("management").text("/loyalty")
    assert as_("agent").get("/loyalty").status_code == 403


def test_what_is_proposed_and_what_waits_stands_on_the_first_page(as_: Any) -> None:
    service, management = as_("service"), as_("management")
    assert "/incidents/" not in management.text("/")
    page = service.text("/contacts/new")
    day = clock.today() + timedelta(days=3)
    fields = {
        "kind": "tip",
        "title": "עמלות",
        "planned_on": f"{day.day}.{day.month}.{day.year}",
        "words_he": "מסך אחד.",
    }
    assert service.post("/contacts/new", "/contacts", id=key_of(page), **fields).status_code == 303
    with setting() as make:
        make.session.add(
            Incident(
                key="theme:cards:1", state="proposed", title="כרטיסים", subject="digital", began_at=clock.now(),
                created_at=clock.now(),
            )
        )  # fmt: skip
    assert 'href="/contacts"' in management.text("/")
    assert "כרטיסים" in service.text("/")
    number = stored(Incident).id
    assert service.post("/incidents", f"/incidents/{number}/dismiss").status_code == 303
    assert service.post("/incidents", f"/incidents/{number}/accept").status_code in {303, 409}
