"""Pages about whom to ask: files of visits, lists, opt-outs, keys, optional fields."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import func, select

from survey_app import db, jobs
from survey_app.audit import Actor
from survey_app.models import ApiToken, Entry, Exclusion, ImportRun, Interaction, OptOut, Organisation
from survey_app.transaction import transaction
from tests.support.clocks import FrozenClock
from tests.support.factories import setting
from tests.support.pages import assert_reads_well, log_in
from tests.web.people import Person, plain

HEADER = "key,customer,phone,branch,at,reason,tenure"
ROW = "T-1,C-1,054-1234567,461,2026-11-15 10:30,deposit,5+"
ROLES = ("administrator", "analyst", "privacy_officer", "management", "agent")


@pytest.fixture
def bank(app: Flask, frozen_clock: FrozenClock) -> Flask:
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
        branch = make.branch(code="461", region=None)
        agent = make.agent(code="A-1", branch=branch, since=date(2026, 1, 1))
        for role in ROLES:
            make.user(email=f"{role}@bank.example", role=role, agent=agent if role == "agent" else None)
    return app


def login(bank: Flask, role: str, language: str = "en") -> Person:
    return Person(bank, **{"Accept-Language": language}).log_in(f"{role}@bank.example")


def file(*rows: str, name: str = "visits.csv") -> tuple[io.BytesIO, str]:
    return io.BytesIO("\n".join([HEADER, *rows]).encode()), name


def count(model: type) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_file_from_upload_to_mended_rows(bank: Flask) -> None:
    person = login(bank, "analyst")
    assert "visits" in person.words("/feed?lang=en").lower()
    address = person.on("/feed", file=file(ROW, "T-2,C-2,,nowhere,2026-11-15,x,"))
    assert re.search(r'data-progress="/feed/1/progress"', person.text(address))
    told = person.get(f"{address}/progress").json
    assert told is not None
    assert (told["over"], told["share"], told["stopped"]) == (False, 0, False)
    jobs.run_ready()
    words = person.words(f"{address}?lang=en")
    assert "There is no branch" in words
    assert "was not approved by the privacy officer" in words
    refused = person.get(f"{address}/refused.csv?lang=ru")
    assert refused.headers["Content-Disposition"].startswith("attachment")
    assert "T-2" in refused.text
    assert "T-1" not in refused.text
    assert count(Interaction) == 1


@pytest.mark.parametrize("content", [b"", b"key\n", b"%PDF-1.4", b"\x00\x01"], ids=["empty", "header", "pdf", "binary"])
def test_a_wrong_file_says_what_to_do_and_leaves_nothing(bank: Flask, content: bytes) -> None:
    person = login(bank, "analyst")
    answer = person.send("/feed", file=(io.BytesIO(content), "x.csv"))
    assert answer.status_code == 422
    assert 'id="errors"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert count(ImportRun) == 0


def test_no_file_chosen(bank: Flask) -> None:
    assert login(bank, "analyst").send("/feed").status_code == 422


def test_an_import_that_its_worker_left_can_be_resumed(bank: Flask) -> None:
    person = login(bank, "analyst")
    address = person.on("/feed", file=file(ROW))
    with transaction(Actor.system("test"), "test") as session:
        for job in session.scalars(select(jobs.Job)):
            job.state = "failed"
    assert person.get(f"{address}/progress").json["over"] is True  # type: ignore[index]
    assert person.on(f"{address}/resume", page=address) == address
    person.on(f"{address}/resume", page=address)
    with db.reading() as session:
        assert len(session.scalars(select(jobs.Job).where(jobs.Job.state == "ready")).all()) == 1
    jobs.run_ready()
    assert count(Interaction) == 1


@pytest.mark.parametrize("sort", ["interactions", "employees", "open_cases", "opt_outs"])
def test_an_empty_file_can_be_filled_in_and_brought(bank: Flask, sort: str) -> None:
    person = login(bank, "analyst")
    for language in ("he", "en"):
        template = person.get(f"/feed/{sort}.csv?lang={language}")
        assert template.status_code == 200
        assert template.data.startswith(b"\xef\xbb\xbf")
        page = {"interactions": "/feed", "opt_outs": "/opt-outs/file"}.get(sort, "/exclusions")
        fields = {"list": {"employees": "employee", "open_cases": "open_case"}.get(sort, "")}
        answer = person.send(page, page=page.removesuffix("/file"), file=(io.BytesIO(template.data), "t.csv"), **fields)
        assert answer.status_code == 303, plain(answer.text)
        jobs.run_ready()
    with db.reading() as session:
        runs = session.scalars(select(ImportRun)).all()
        assert [(run.added, run.unchanged, run.refused) for run in runs] == [(1, 0, 0), (0, 1, 0)]
    assert person.get("/feed/nothing.csv").status_code == 404


def test_a_list_of_who_is_not_to_be_asked(bank: Flask) -> None:
    person = login(bank, "analyst")
    page = "/exclusions/open_case"
    assert person.on(page, phone="054-1234567", until="31/12/2026") == f"{page}?done=added"
    wrong = person.send(page, phone="12", until="soon")
    assert wrong.status_code == 422
    assert 'href="#phone"' in wrong.text
    assert 'href="#until"' in wrong.text
    assert person.send(page, until="01/01/2026", email="a@b.com").status_code == 422
    assert person.send(page).status_code == 422
    words = person.words(f"{page}?search=0541234567")
    assert "+9725…67" in words
    assert "+972541234567" not in words, "only who may see contacts sees them"
    assert "+972541234567" in login(bank, "privacy_officer").words(page)
    with db.reading() as session:
        number = session.scalars(select(Exclusion.id)).one()
    assert person.on(f"{page}/{number}/remove", page=page) == f"{page}?done=removed"
    assert count(Exclusion) == 0
    assert person.get("/exclusions/friends").status_code == 404
    assert person.send("/exclusions", file=file("x")).status_code == 422, "a list must be chosen"


def test_opting_out_and_back(bank: Flask) -> None:
    person = login(bank, "privacy_officer")
    assert person.on("/opt-outs", phone="054-1234567", act="out") == "/opt-outs?done=out&n=0"
    assert "+972541234567" in person.words("/opt-outs?search=054-1234567")
    assert "+972541234567" not in login(bank, "analyst").text("/opt-outs")
    asked = person.send("/opt-outs", phone="0541234567", act="back")
    assert asked.status_code == 200
    assert "נרשם על ידי הצוות: 1" in plain(asked.text)
    assert count(OptOut) == 1, "taken back only with a reason"
    assert person.send("/opt-outs", phone="0541234567", act="back", why="because").status_code == 200
    assert count(OptOut) == 1
    assert person.on("/opt-outs", phone="0541234567", act="back", why="asked") == "/opt-outs?done=back&n=1"
    assert count(OptOut) == 0
    assert person.on("/opt-outs", phone="0541234567", act="back") == "/opt-outs?done=back&n=0"
    with db.reading() as session:
        removed, _nobody = session.scalars(select(Entry).where(Entry.act == "optout.remove").order_by(Entry.id))
    assert removed.details == {"why": "asked", "entries": 1, "sources": {"staff": 1}}
    assert "541234567" not in str((removed.details, removed.changes))
    for fields in ({}, {"phone": "12"}, {"email": "dana"}):
        answer = person.send("/opt-outs", act="out", **fields)
        assert answer.status_code == 422
        assert 'href="#' in answer.text


def test_references_are_masked_as_telephones_are(bank: Flask) -> None:
    analyst, officer = login(bank, "analyst"), login(bank, "privacy_officer")
    analyst.on("/opt-outs", customer="DEMO-001298", act="out")
    analyst.on("/exclusions/open_case", customer="DEMO-001298")
    for page in ("/opt-outs", "/exclusions/open_case"):
        assert "001298" not in analyst.text(page)
        assert "ref:…298" in analyst.text(page)
        assert "ref:DEMO-001298" in officer.text(page)


def test_a_key_is_shown_once(bank: Flask) -> None:
    person = login(bank, "administrator")
    made = person.send("/tokens", name="core")
    assert made.status_code == 201
    key = re.search(r"sak_[\w-]+", made.text)
    assert key
    assert key[0] not in person.text("/tokens")
    body = {"key": "T-1", "customer": "C-1", "branch": "461", "at": "2026-11-15 10:30"}
    headers = {"Authorization": f"Bearer {key[0]}"}
    client = bank.test_client()
    assert client.post("/api/v1/interactions", json=body, headers=headers).status_code == 201
    assert person.send("/tokens", name="core").status_code == 409
    assert person.send("/tokens", name=" ").status_code == 422
    assert person.on("/tokens/1/revoke", page="/tokens") == "/tokens?done=revoked"
    assert client.post("/api/v1/interactions", json=body, headers=headers).status_code == 403
    assert person.send("/tokens/99/revoke", page="/tokens").status_code == 404
    with db.reading() as session:
        written = str([(entry.details, entry.changes) for entry in session.scalars(select(Entry))])
        assert session.scalars(select(ApiToken.digest)).one() not in written
    assert key[0] not in written


def test_the_privacy_officer_approves_fields_and_takes_it_back(bank: Flask) -> None:
    officer, analyst = login(bank, "privacy_officer"), login(bank, "analyst")
    assert officer.on("/optional-fields", tenure="y") == "/optional-fields?done=saved"
    analyst.on("/feed", file=file(ROW))
    jobs.run_ready()
    with db.reading() as session:
        assert session.scalars(select(Interaction.tenure)).one() == "5+"
    officer.on("/optional-fields")
    jobs.run_ready()
    with db.reading() as session:
        assert session.scalars(select(Interaction.tenure)).one() == ""
        assert session.scalars(select(Organisation)).one().outreach == {}
        acts = session.scalars(select(Entry).where(Entry.act == "feed.approve_fields")).all()
        assert [entry.details["fields"] for entry in acts] == ["tenure", ""]
        erased = session.scalars(select(Entry).where(Entry.act == "feed.erase_fields")).all()
        assert [(entry.actor, entry.details) for entry in erased] == [("worker", {"visits": 1})]
    assert analyst.send("/optional-fields", tenure="y").status_code in {403, 400}
    assert "checkbox" not in analyst.text("/optional-fields")


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        ("/feed", {"administrator", "analyst", "privacy_officer"}),
        ("/exclusions", {"administrator", "analyst", "privacy_officer"}),
        ("/exclusions/employee", {"administrator", "analyst", "privacy_officer"}),
        ("/opt-outs", {"administrator", "analyst", "privacy_officer"}),
        ("/tokens", {"administrator"}),
        ("/optional-fields", {"administrator", "analyst", "privacy_officer"}),
    ],
)
def test_who_may_open_what(bank: Flask, path: str, roles: set[str]) -> None:
    for role in ROLES:
        assert login(bank, role).get(path).status_code == (200 if role in roles else 403), role
    assert Person(bank).get(path).status_code == 302


def test_a_long_list_asks_no_more(bank: Flask, counting_queries: object) -> None:
    person = login(bank, "analyst")
    counts = []
    for size in (1, 40):
        for number in range(size):
            person.on("/exclusions/employee", email=f"a{size}-{number}@b.com")
        with counting_queries() as queries:  # type: ignore[operator]
            person.text("/exclusions/employee")
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.usefixtures("bank")
@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_a_file_in_a_browser_and_every_page_reads_well(screen: str, request: pytest.FixtureRequest) -> None:
    page: Page = request.getfixturevalue(screen)
    log_in(page, "administrator@bank.example")
    page.goto("/feed")
    assert_reads_well(page)
    with page.expect_navigation():
        page.click("main form .primary")
    assert page.locator("#errors").evaluate("node => node === document.activeElement")
    assert_reads_well(page)
    content = "\n".join([HEADER.replace("tenure", "balance"), ROW, "T-2,C-2,,nowhere,2026-11-15,x,"]).encode()
    page.set_input_files("#file", {"name": "ביקורים של אתמול.csv", "mimeType": "text/csv", "buffer": content})
    with page.expect_navigation():
        page.click("main form .primary")
    assert_reads_well(page)
    address = page.url
    jobs.run_ready()
    page.goto(address)
    assert page.locator("table").count() == 1
    assert_reads_well(page)
    for path in ("/feed", "/exclusions", "/exclusions/employee", "/opt-outs", "/tokens", "/optional-fields"):
        page.goto(path)
        assert_reads_well(page)
    page.goto("/tokens")
    page.fill("#name", "core")
    with page.expect_navigation():
        page.click("main form .primary")
    assert page.locator("#key").input_value().startswith("sak_")
    assert_reads_well(page)
