"""What gateways tell: signed reports and replies; anything else changes nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from survey_app import db
from survey_app.app import create_app
from survey_app.audit import Actor
from survey_app.commands import outbox
from survey_app.config import Gateway, Settings
from survey_app.models import Invitation, OptOut
from survey_app.transaction import transaction
from tests.commands.mailing import bank, begun, disposition, events, leased, queued, stored

pytestmark = pytest.mark.usefixtures("frozen_clock")
SECRET = "sign here"


@pytest.fixture
def app(database: db.Database, settings: Settings) -> Flask:
    """An application with a gateway for text messages that reports."""
    gateway = Gateway(url="http://127.0.0.1:9/send", body="{}", callback_secret=SECRET)
    return create_app(replace(settings, gateways={"sms": gateway, "whatsapp": replace(gateway, callback_secret="")}))


def tell(app: Flask, path: str, document: Any, *, secret: str = SECRET, **more: Any) -> TestResponse:
    """A gateway tells something."""
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    signature = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    given = {"headers": {"X-Signature": f"sha256={signature}"}, "content_type": "application/json", **more}
    return app.test_client().post(path, data=content, **given)


def sent(reference: str | None = "gw-1") -> int:
    """One text message that the gateway took."""
    bank()
    queued(1, "sms")
    (one,) = leased("sms")
    begun(one)
    with transaction(Actor.respondent(), "test") as session:
        outbox.mark_sent(session, one, reference, 2)
    return one.message_id


def test_a_report_says_that_it_arrived(app: Flask) -> None:
    number = sent()
    answers = [tell(app, "/deliveries/sms", {"id": "gw-1", "status": "Delivered"}) for _time in range(3)]
    assert [one.status_code for one in answers] == [200] * 3, "told again it does no harm"
    row = stored(number)
    assert (row.state, row.delivered_at is not None) == ("delivered", True)
    assert events(number) == ["3.19"]
    assert all("Set-Cookie" not in one.headers for one in answers)


def test_a_report_by_our_own_key(app: Flask) -> None:
    number = sent(None)
    assert tell(app, "/deliveries/sms", [{"id": stored(number).key, "status": "delivered"}]).status_code == 200
    assert stored(number).state == "delivered"


def test_a_report_that_it_never_will(app: Flask) -> None:
    number = sent()
    tell(app, "/deliveries/sms", {"id": "gw-1", "status": "undelivered"})
    assert (stored(number).state, stored(number).error, disposition(number)) == ("failed", "undelivered", "3.30")
    tell(app, "/deliveries/sms", {"id": "gw-1", "status": "delivered"})
    assert (stored(number).state, disposition(number)) == ("delivered", "3.19"), "what arrived, arrived"
    tell(app, "/deliveries/sms", {"id": "gw-1", "status": "failed"})
    assert stored(number).state == "delivered"


def test_a_report_clears_a_doubt(app: Flask) -> None:
    bank()
    queued(1, "sms")
    (one,) = leased("sms")
    begun(one)
    with transaction(Actor.respondent(), "test") as session:
        outbox.mark_uncertain(session, one, "connection_lost")
    tell(app, "/deliveries/sms", {"id": one.key, "status": "delivered"})
    assert (stored(one.message_id).state, disposition(one.message_id)) == ("delivered", "3.19")


def test_a_state_on_the_way_changes_nothing(app: Flask) -> None:
    number = sent()
    assert tell(app, "/deliveries/sms", {"id": "gw-1", "status": "queued at operator"}).status_code == 200
    assert stored(number).state == "sent"


@pytest.mark.parametrize(
    ("path", "document", "more", "status"),
    [
        ("/deliveries/sms", {"id": "nobody's", "status": "delivered"}, {}, 404),
        ("/deliveries/sms", {"id": "gw-1"}, {}, 422),
        ("/deliveries/sms", {"id": {"a": 1}, "status": "delivered"}, {}, 422),
        ("/deliveries/sms", b"\xff\xfe", {}, 422),
        ("/deliveries/sms", b"[" * 100_000, {}, 422),
        ("/deliveries/sms", [], {}, 422),
        ("/deliveries/sms", {"id": "gw-1", "status": "delivered"}, {"secret": "another"}, 401),
        ("/deliveries/sms", {"id": "gw-1", "status": "delivered"}, {"headers": {}}, 401),
        ("/deliveries/sms", {"id": "gw-1", "status": "delivered"}, {"headers": {"X-Signature": "ünïcode"}}, 401),
        ("/deliveries/whatsapp", {"id": "gw-1", "status": "delivered"}, {"secret": ""}, 404),
        ("/deliveries/pigeon", {"id": "gw-1", "status": "delivered"}, {}, 404),
        ("/deliveries/sms/replies", {"from": "0541234567"}, {}, 422),
        ("/deliveries/sms/replies", {"from": "nobody", "text": "הסר"}, {}, 200),
        ("/deliveries/sms/replies", {"from": "0541234567", "text": "STOP"}, {"secret": "another"}, 401),
    ],
)
def test_what_is_not_taken(app: Flask, path: str, document: Any, more: dict[str, Any], status: int) -> None:
    number = sent()
    assert tell(app, path, document, **more).status_code == status
    assert stored(number).state == "sent"
    with db.reading() as session:
        assert session.scalars(select(OptOut)).all() == []


@pytest.mark.parametrize("text", ["הסר", " הסר. ", "STOP", "stop please", "إزالة", "СТОП", "стоп!", "unsubscribe"])
def test_a_reply_ends_invitations(app: Flask, text: str) -> None:
    number = sent()
    assert tell(app, "/deliveries/sms/replies", {"from": "054-123-4567", "text": text}).status_code == 200
    with db.reading() as session:
        assert {(one.address, one.source) for one in session.scalars(select(OptOut))} == {
            ("+972541234567", "sms"), ("c0@example.com", "sms"), ("ref:c0", "sms"),
        }  # fmt: skip
        assert session.get_one(Invitation, stored(number).invitation_id).state == "revoked"


@pytest.mark.parametrize("text", ["תודה, היה נעים", "non-stop service", "", "👍", "הסרט היה טוב"])
def test_any_other_reply_is_not_kept(app: Flask, text: str) -> None:
    sent()
    assert tell(app, "/deliveries/sms/replies", {"from": "0541234567", "text": text}).status_code == 200
    with db.reading() as session:
        assert session.scalars(select(OptOut)).all() == []


def test_a_form_is_read_as_well(app: Flask) -> None:
    number = sent()
    content = b"id=gw-1&status=delivered"
    answer = tell(app, "/deliveries/sms", content, content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, stored(number).state) == (200, "delivered")


@pytest.mark.parametrize("text", ["A7\ud800", "A7\x00"], ids=["half a character", "control"])
def test_text_that_nobody_can_store_is_no_report(app: Flask, text: str) -> None:
    sent()
    assert tell(app, "/deliveries/sms", {"id": text, "status": "delivered"}).status_code == 422
    assert tell(app, "/deliveries/sms", {"id": "gw-1", "status": text}).status_code == 422
