"""The outbox on screen: for whom, how much it asks of the database, and what a person decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import select

from survey_app import db
from survey_app.app import create_app
from survey_app.audit import Actor
from survey_app.commands import outbox
from survey_app.config import Settings
from survey_app.models import Entry, Invitation, Message, OptOut
from survey_app.outgoing import dispatch
from survey_app.transaction import transaction
from tests.commands.mailing import bank, begun, change, leased, queued, states, stored
from tests.support.carriers import MailServer, mail_server
from tests.support.factories import setting
from tests.support.pages import OpenContext, assert_accessible, assert_reads_well, log_in
from tests.web.people import Person

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server."""
    with mail_server() as server:
        yield server


@pytest.fixture
def app(database: db.Database, settings: Settings, mail: MailServer) -> Flask:
    """An application that can send e-mail, with users of every kind that matters here."""
    bank()
    with setting() as make:
        for name, role in (("ana", "analyst"), ("adm", "administrator"), ("boss", "management")):
            make.user(email=f"{name}@example.com", role=role)
    application = create_app(replace(settings, smtp_url=mail.url, mail_from="surveys@example.co.il"))
    application.testing = True
    return application


@pytest.fixture
def analyst(app: Flask) -> Person:
    """Who plans campaigns."""
    return Person(app).log_in("ana@example.com")


def doubtful(number: int) -> list[int]:
    """Messages that a worker left in doubt."""
    queued(number)
    for one in leased(most=number):
        begun(one)
        with transaction(Actor.respondent(), "test") as session:
            outbox.mark_uncertain(session, one, "connection_lost")
    with db.reading() as session:
        return list(session.scalars(select(Message.id).where(Message.state == "uncertain").order_by(Message.id)))


def decide(person: Person, **fields: Any) -> Any:
    return person.send("/outbox/decide", page="/outbox", **fields)


def test_an_empty_outbox_says_so(analyst: Person) -> None:
    page = analyst.text("/outbox")
    assert "<table" in page, "the channels are there from the start"
    assert "/outbox/decide" not in page
    assert 'href="/campaigns"' in page


def test_whom_it_is_for(app: Flask) -> None:
    assert Person(app).get("/outbox").status_code == 302
    assert Person(app).log_in("boss@example.com").get("/outbox").status_code == 403
    assert Person(app).log_in("adm@example.com").get("/outbox").status_code == 200


def test_addresses_are_masked(analyst: Person) -> None:
    queued(2)
    queued(2, "sms", first=2)
    page = analyst.text("/outbox")
    assert "c…@example.com" in page
    for hidden in ("c0@example.com", "+97254123"):
        assert hidden not in page


def test_it_asks_no_more_for_more_messages(analyst: Person, counting_queries: Any) -> None:
    queued(3)
    with counting_queries() as few:
        analyst.text("/outbox")
    queued(60, first=3)
    with counting_queries() as many:
        analyst.text("/outbox")
    assert len(many) == len(few)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", 50), ("page=2", 13), ("page=99", 13), ("state=failed", 1), ("channel=sms", 0), ("state=nonsense", 50),
        ("state=failed&reason=no_recipient+550", 1), ("campaign=none", 0),
    ],
)  # fmt: skip
def test_messages_are_found(analyst: Person, query: str, shown: int) -> None:
    numbers = queued(63)
    change(Message, numbers[0], state="failed", error="no_recipient 550")
    page = analyst.text(f"/outbox?{query}")
    assert page.partition('id="messages"')[2].count("c…@example.com") == shown


def test_a_person_decides(analyst: Person) -> None:
    first, second, third = doubtful(3)
    answer = decide(analyst, message=[first, third], decision="was_sent")
    assert answer.status_code == 303
    assert [stored(one).state for one in (first, second, third)] == ["sent", "uncertain", "sent"]
    with db.reading() as session:
        entry = session.scalars(select(Entry).where(Entry.act == "outbox.decide")).one()
    assert entry.details == {"decision": "was_sent", "messages": [first, third]}
    assert "example.com" not in str(entry.details)
    assert entry.user_id is not None


def test_all_at_once(analyst: Person) -> None:
    numbers = doubtful(5)
    change(Invitation, stored(numbers[1]).invitation_id, state="used")
    answer = decide(analyst, all="1", decision="send_again")
    assert "left=1" in answer.headers["Location"]
    assert states() == {"ready": 4, "uncertain": 1}
    assert analyst.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize("fields", [{}, {"decision": "was_sent"}, {"message": [1], "decision": "burn"}])
def test_nothing_chosen(analyst: Person, fields: dict[str, Any]) -> None:
    doubtful(1)
    answer = decide(analyst, **fields)
    assert answer.status_code == 422
    assert 'id="errors"' in answer.text
    assert states() == {"uncertain": 1}


def test_a_second_decision_is_told(app: Flask, analyst: Person) -> None:
    first, second = doubtful(2)
    decide(Person(app).log_in("adm@example.com"), message=[first], decision="was_sent")
    assert decide(analyst, message=[first, second], decision="send_again").status_code == 409
    assert [stored(one).state for one in (first, second)] == ["sent", "uncertain"]


def test_a_test_message_arrives(analyst: Person, mail: MailServer) -> None:
    answer = analyst.send("/outbox/test", page="/outbox")
    assert answer.status_code == 303
    (made,) = mail.messages
    assert made["To"] == "ana@example.com"
    assert made["List-Unsubscribe"] is None
    assert "ana@example.com" in analyst.text(answer.headers["Location"])


def test_a_test_message_that_fails_says_why(analyst: Person, mail: MailServer) -> None:
    mail.unknown = {"ana@example.com"}
    answer = analyst.send("/outbox/test", page="/outbox")
    assert answer.status_code == 502
    assert "(550)" in answer.text


def test_without_a_mail_server(database: db.Database, settings: Settings) -> None:
    bank()
    with setting() as make:
        make.user(email="ana@example.com", role="analyst")
    analyst = Person(create_app(settings)).log_in("ana@example.com")
    assert "/outbox/test" not in analyst.text("/outbox")
    assert analyst.send("/outbox/test", page="/outbox").status_code == 422


def test_one_click_in_a_mail_program_ends_invitations(app: Flask, mail: MailServer) -> None:
    (number,) = queued(1)
    dispatch.run(app.extensions["settings"])
    (made,) = mail.messages
    address = str(made["List-Unsubscribe"]).strip("<>")
    path = urlsplit(address).path
    answer = app.test_client().post(path, data=dict([str(made["List-Unsubscribe-Post"]).split("=")]))
    assert answer.status_code == 204
    with db.reading() as session:
        assert "c0@example.com" in session.scalars(select(OptOut.address)).all()
    assert invitation_state(number) == "revoked"


def invitation_state(message_id: int) -> str:
    """The state of a message's invitation."""
    with db.reading() as session:
        return session.get_one(Invitation, stored(message_id).invitation_id).state


def test_in_a_browser(app: Flask, new_context: OpenContext) -> None:
    first, _second = doubtful(2)
    page = new_context(viewport={"width": 360, "height": 740}, locale="he-IL").new_page()
    log_in(page, "ana@example.com")
    page.goto("/outbox")
    assert_accessible(page)
    assert_reads_well(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.check(f"#message-{first}")
    with page.expect_navigation():
        page.locator("button[value=was_sent]").click()
    expect(page.locator("[role=status]")).to_be_visible()
    assert stored(first).state == "sent"
    assert_accessible(page)
