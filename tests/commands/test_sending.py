"""Messages leave for real: over SMTP to a mail server, over HTTP to a gateway, whatever these answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from survey_app import clock, db
from survey_app.commands import outbox
from survey_app.config import Gateway, Settings
from survey_app.models import Branch, Message
from survey_app.outgoing import dispatch
from tests.commands.mailing import bank, change, disposition, events, queued, states, stored
from tests.commands.together import together
from tests.support.carriers import HttpStub, MailServer, http_stub, mail_server
from tests.support.clocks import MOMENT, FrozenClock

pytestmark = pytest.mark.usefixtures("frozen_clock")
FROM = "surveys@example.co.il"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server."""
    with mail_server() as server:
        yield server


@pytest.fixture
def stub() -> Iterator[HttpStub]:
    """A gateway that knows keys."""
    with http_stub() as server:
        yield server


def over_mail(server: MailServer) -> Settings:
    """An installation with e-mail."""
    return Settings(smtp_url=server.url, mail_from=FROM, public_url="https://s.example.co.il")


def over_http(gateway: Gateway) -> Settings:
    """An installation with text messages."""
    return Settings(gateways={"sms": gateway}, public_url="https://s.example.co.il")


def test_an_e_mail_arrives_whole(database: db.Database, mail: MailServer) -> None:
    bank(verify={"he": "אפשר לאמת בטלפון 1-800-000-000."})
    (number,) = queued(1)
    counts = dispatch.run(over_mail(mail))
    assert (counts.sent, counts.total) == (1, 1)
    (made,) = mail.messages
    row = stored(number)
    assert made["From"] == "בנק הדוגמה <surveys@example.co.il>"
    assert made["Subject"] == "איך היה בסניף רחובות?"
    assert made["Message-ID"] == f"<{row.key}@example.co.il>"
    assert made["Auto-Submitted"] == "auto-generated"
    token = _token(number)
    assert made["List-Unsubscribe"] == f"<https://s.example.co.il/s/{token}/stop>"
    assert made["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = (part.get_content() for part in made.iter_parts())  # type: ignore[union-attr]
    for said in (f"https://s.example.co.il/s/{token}", "לא נבקש סיסמה או מספר חשבון", "1-800-000-000", "16.11.2026"):
        assert said in text
        assert said in html
    assert 'dir="rtl"' in html
    assert "<img" not in html
    assert (row.state, row.attempts, row.lease, row.leased_until) == ("sent", 1, None, None)
    assert (disposition(number), events(number)) == ("3.19", ["3.19"])


def _token(message_id: int) -> str:
    with db.reading() as session:
        return session.get_one(Message, message_id).invitation.token


@pytest.mark.parametrize("language", ["he", "ar", "en", "ru"])
def test_every_language_travels(database: db.Database, mail: MailServer, stub: HttpStub, language: str) -> None:
    bank()
    queued(1, language=language)
    queued(1, "sms", language=language, first=1)
    settings = replace(over_mail(mail), gateways={"sms": stub.gateway()})
    assert dispatch.run(settings).sent == 2
    (made,), (sms,) = mail.messages, stub.requests
    assert "רחובות" in str(made["Subject"])
    assert "https://s.example.co.il/s/" in sms["text"]
    assert sms["to"] == "+972541234568"
    assert sms["from"] == "BANK"


def test_a_gateway_names_the_message(database: db.Database, stub: HttpStub) -> None:
    bank()
    (number,) = queued(1, "sms")
    dispatch.run(over_http(stub.gateway()))
    row = stored(number)
    assert (row.state, row.provider_ref, row.parts) == ("sent", f"gw-{row.key}", 2)


def test_one_connection_serves_many(database: db.Database, mail: MailServer) -> None:
    bank()
    queued(30)
    assert dispatch.run(over_mail(mail)).sent == 30
    assert mail.connections <= 2, "one a run: two batches share it"


def test_an_unknown_recipient_fails_for_good(database: db.Database, mail: MailServer) -> None:
    bank()
    first, second = queued(2)
    mail.unknown = {"c0@example.com"}
    counts = dispatch.run(over_mail(mail))
    assert (counts.failed, counts.sent) == (1, 1)
    assert (stored(first).state, stored(first).error) == ("failed", "no_recipient 550")
    assert (disposition(first), disposition(second)) == ("3.30", "3.19")


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        ("451 4.3.0 later", "ready", "busy 451"),
        ("554 5.7.1 no", "failed", "refused 554"),
        ("421 4.3.2 closing", "ready", "busy 421"),
        (None, "uncertain", "connection_lost"),
    ],
)
def test_what_a_mail_server_says_of_a_message(
    any_database: db.Database, mail: MailServer, answer: str | None, state: str, reason: str
) -> None:
    bank()
    (number,) = queued(1)
    mail.answer = lambda envelope: answer
    dispatch.run(over_mail(mail))
    assert (stored(number).state, stored(number).error) == (state, reason)
    assert disposition(number) == {"ready": "3.10", "failed": "3.30", "uncertain": "3.90"}[state]


def test_an_uncertain_message_is_never_sent_again_by_itself(
    database: db.Database, mail: MailServer, frozen_clock: FrozenClock
) -> None:
    bank()
    queued(1)
    mail.answer = lambda envelope: None
    dispatch.run(over_mail(mail))
    mail.answer = lambda envelope: "250 OK"
    for hour in range(30):
        frozen_clock.move_to(MOMENT + timedelta(hours=hour))
        dispatch.run(over_mail(mail))
    assert (states(), len(mail.taken)) == ({"uncertain": 1}, 1)


def test_a_server_that_is_away_costs_a_pause_and_no_message(database: db.Database, frozen_clock: FrozenClock) -> None:
    bank()
    numbers = queued(3)
    with mail_server() as server:
        settings = over_mail(server)
    counts = dispatch.run(settings)
    assert (counts.retried, counts.total) == (1, 1), "the others are not even tried"
    assert [stored(one).attempts for one in numbers] == [1, 0, 0]
    assert states() == {"ready": 3}
    assert stored(numbers[0]).error == "unavailable"


def test_pauses_grow_and_end_with_the_time_of_the_message(
    database: db.Database, mail: MailServer, frozen_clock: FrozenClock
) -> None:
    bank(from_hour="00:00", until_hour="23:59", friday_until="23:00")
    (number,) = queued(1)
    mail.answer = lambda envelope: "451 later"
    pauses = []
    while stored(number).state == "ready":
        before = clock.now()
        dispatch.run(over_mail(mail))
        pauses.append(stored(number).send_after - before)
        frozen_clock.move_to(max(stored(number).send_after, clock.now() + timedelta(seconds=1)))
    row = stored(number)
    assert (row.state, row.error) == ("failed", "busy 451")
    assert pauses[0] < timedelta(minutes=2)
    assert max(pauses[:-1]) > timedelta(hours=4)
    assert row.expires_at <= MOMENT + outbox.LATEST
    assert mail.taken == []


@pytest.mark.parametrize(
    ("status", "idempotent", "state", "reason"),
    [
        (400, True, "failed", "refused 400"),
        (429, True, "ready", "busy 429"),
        (503, False, "ready", "busy 503"),
        (500, True, "ready", "unavailable 500"),
        (500, False, "uncertain", "connection_lost 500"),
        (401, True, "ready", "not_let_in 401"),
        (302, True, "ready", "not_let_in 302"),
        (None, True, "ready", "unavailable"),
        (None, False, "uncertain", "connection_lost"),
    ],
)
def test_what_a_gateway_says_of_a_message(
    database: db.Database, stub: HttpStub, status: int | None, idempotent: bool, state: str, reason: str
) -> None:
    bank()
    (number,) = queued(1, "sms")
    stub.reaction = lambda body: None if status is None else (status, {"Location": "/elsewhere"}, {})
    dispatch.run(over_http(stub.gateway(idempotent=idempotent)))
    assert (stored(number).state, stored(number).error) == (state, reason)


def test_a_gateway_s_wish_for_a_pause_is_granted(database: db.Database, stub: HttpStub) -> None:
    bank()
    first, second = queued(2, "sms")
    stub.reaction = lambda body: (429, {"Retry-After": "3600"}, {})
    dispatch.run(over_http(stub.gateway()))
    assert stored(first).send_after >= clock.now() + timedelta(hours=1)
    assert stored(second).attempts == 0, "the pause is for everybody"


def test_a_key_is_sent_again_as_it_was(database: db.Database, stub: HttpStub, frozen_clock: FrozenClock) -> None:
    bank()
    (number,) = queued(1, "sms")
    stub.reaction = lambda body: None
    dispatch.run(over_http(stub.gateway()))
    stub.reaction = lambda body: (200, {}, {"id": "x"})
    frozen_clock.move_to(stored(number).send_after)
    dispatch.run(over_http(stub.gateway()))
    assert [one["id"] for one in stub.requests] == [stored(number).key] * 2
    assert (stub.taken[stored(number).key], stored(number).state) == (1, "sent")


def test_a_message_of_three_parts_never_leaves(database: db.Database, stub: HttpStub) -> None:
    bank()
    change(Branch, 1, name="ר" * 100)
    (number,) = queued(1, "sms")
    dispatch.run(over_http(stub.gateway()))
    assert (stored(number).state, stored(number).error, stub.requests) == ("failed", "too_long", [])


def test_a_channel_that_is_not_set_up_keeps_its_messages(database: db.Database) -> None:
    bank()
    queued(2, "sms")
    assert dispatch.run(Settings()).total == 0
    assert states() == {"ready": 2}


def test_workers_at_once_send_each_message_once(any_database: db.Database, stub: HttpStub) -> None:
    bank()
    numbers = queued(40, "sms")
    settings = over_http(stub.gateway(idempotent=False))
    stub.knows_keys = False
    done = together([partial(dispatch.run, settings)] * 4)
    assert [one for one in done if isinstance(one, Exception)] == []
    assert sum(one.sent for one in done if isinstance(one, dispatch.Counts)) == 40
    assert set(stub.taken.values()) == {1}
    assert len(stub.taken) == len(numbers)


def test_workers_at_once_keep_to_one_rate(any_database: db.Database, stub: HttpStub, frozen_clock: FrozenClock) -> None:
    bank(rate={"sms": 10})
    queued(25, "sms")
    settings = over_http(stub.gateway())
    sent = []
    for minute in range(3):
        frozen_clock.move_to(MOMENT + timedelta(minutes=minute, seconds=minute))
        done: list[Any] = together([partial(dispatch.run, settings)] * 3)
        sent.append(sum(one.sent for one in done))
    assert sent == [10, 10, 5]


def test_nothing_leaves_outside_the_hours(database: db.Database, stub: HttpStub, frozen_clock: FrozenClock) -> None:
    bank()
    frozen_clock.move_to(MOMENT.replace(hour=21))
    (number,) = queued(1, "sms")
    assert dispatch.run(over_http(stub.gateway())).total == 0
    assert clock.local(stored(number).send_after).hour == 9
    frozen_clock.move_to(stored(number).send_after)
    assert dispatch.run(over_http(stub.gateway())).sent == 1


def test_no_secret_and_no_address_is_logged(
    database: db.Database, stub: HttpStub, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    bank()
    queued(1, "sms")
    stub.reaction = lambda body: (401, {}, {"error": body["to"]})
    with caplog.at_level(0):
        gateway = stub.gateway(secret="hush hush", headers="Authorization: Bearer {secret}")
        dispatch.run(over_http(replace(gateway, url=f"{gateway.url}?key={{secret}}&to={{to}}")))
    assert stub.headers[0]["Authorization"] == "Bearer hush hush"
    out = capsys.readouterr()
    for text in (out.out, out.err, caplog.text, repr(stub.gateway(secret="hush hush"))):
        assert "hush" not in text
        assert "+97254" not in text
