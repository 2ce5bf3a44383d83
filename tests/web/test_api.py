"""The interface for other systems: keys, what is answered, and what a call that comes twice does."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import tokens
from survey_app.errors import UserError
from survey_app.models import ApiCall, ApiToken, Customer, Entry, Interaction, OptOut
from survey_app.queries.exclusions import held_back
from survey_app.transaction import transaction
from tests.commands.together import together
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

ROW = {
    "key": "T-1",
    "customer": "C-1",
    "phone": "054-1234567",
    "branch": "461",
    "reason": "deposit",
    "at": "2026-11-15T10:30:00+02:00",
}


class System:
    """Another system with its key."""

    def __init__(self, app: Flask, key: str) -> None:
        self.client: FlaskClient = app.test_client()
        self.key = key

    def post(self, body: Any, path: str = "interactions", **headers: str) -> TestResponse:
        return self.client.post(
            f"/api/v1/{path}",
            data=body if isinstance(body, bytes) else json.dumps(body),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
            | {name.replace("_", "-"): value for name, value in headers.items()},
        )


@pytest.fixture
def system(app: Flask, frozen_clock: FrozenClock) -> System:
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
        make.agent(code="A-1", branch=make.branch(code="461", region=None), since=date(2026, 1, 1))
    with transaction(Actor.system("test"), "token.create") as session:
        _token, key = tokens.create(session, "core")
    return System(app, key)


def count(model: type[Any]) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_one_interaction(system: System) -> None:
    answer = system.post(ROW)
    assert answer.status_code == 201, answer.text
    assert answer.json == {
        "added": 1, "known": 0, "refused": 0, "results": [{"key": "T-1", "status": "added"}],
    }  # fmt: skip
    assert system.post(ROW).status_code == 200
    conflict = system.post(ROW | {"reason": "loan"}, Accept_Language="en")
    assert conflict.status_code == 409
    assert conflict.json is not None
    assert conflict.json["results"][0]["errors"][0] == {
        "field": "key",
        "code": "other_content",
        "message": "This key was told before with something else: \u2068reason\u2069.",
    }
    assert count(Interaction) == 1


def test_a_list_is_answered_row_by_row(system: System) -> None:
    rows = [ROW, ROW | {"key": "T-2", "agent": "A-9"}, ROW | {"key": "T-3", "balance": 7}, "?"]
    answer = system.post({"interactions": rows})
    assert answer.status_code == 207
    assert answer.json is not None
    assert (answer.json["added"], answer.json["known"], answer.json["refused"]) == (2, 0, 2)
    codes = [
        [said["code"] for said in one.get("errors", []) + one.get("notices", [])] for one in answer.json["results"]
    ]
    assert codes == [[], ["no_agent"], ["forbidden_field"], ["not_object"]]
    assert system.post(rows[:2]).status_code == 200
    assert system.post([rows[2]]).status_code == 422


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        ({}, {"Authorization": ""}, 401, "no_key"),
        ({}, {"Authorization": "Basic abc"}, 401, "no_key"),
        ({}, {"Authorization": "Bearer sak_wrong"}, 401, "unknown_key"),
        (b"{", {}, 422, "broken_json"),
        (b"\xff\xfe", {}, 422, "broken_json"),
        (b"[" * 100_000, {}, 422, "broken_json"),
        (b'{"key": NaN}', {}, 422, "broken_json"),
        (b'{"key": "1", "branch": "461", "branch": "462"}', {}, 422, "repeated_member"),
        (b'{"phone": "1", "phone": "2"}', {}, 422, "repeated_member"),
        (b'[{"A7\\ud800": "1"}]', {}, 422, "broken_json"),
        ([], {}, 422, "nothing"),
        ("text", {}, 422, "nothing"),
        ([ROW] * 501, {}, 422, "too_many"),
        (ROW, {"Content_Type": "text/plain"}, 415, "not_json"),
        (ROW, {"Content_Type": "application/x-www-form-urlencoded"}, 415, "not_json"),
        (ROW, {"Idempotency_Key": "x" * 201}, 422, "idempotency_key_too_long"),
        (b" " * 1_100_000, {}, 413, "request_entity_too_large"),
    ],
    ids=lambda value: str(value)[:30],
)
@pytest.mark.parametrize("path", ["interactions", "opt-outs"])
def test_what_is_not_taken_as_a_whole(
    system: System, path: str, body: Any, headers: dict[str, str], status: int, code: str
) -> None:
    answer = system.post(body, path, **headers)
    assert answer.status_code == status, answer.text
    assert answer.json is not None
    assert answer.json["error"]["code"] == code
    assert answer.json["error"]["message"]
    assert count(Interaction) == 0


def test_a_revoked_key(system: System) -> None:
    with transaction(Actor.system("test"), "token.revoke") as session:
        tokens.revoke(session, tokens.by_name(session, "core").id)
    answer = system.post(ROW, Accept_Language="ru")
    assert (answer.status_code, answer.json and answer.json["error"]["code"]) == (403, "key_revoked")


def test_no_cookie_and_no_other_method(system: System) -> None:
    answer = system.post(ROW)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    refused = system.client.get("/api/v1/interactions")
    assert refused.status_code == 405
    assert refused.json is not None


def test_a_named_call_is_answered_the_same(system: System) -> None:
    rows = [ROW, ROW | {"key": "T-2", "branch": "?"}]
    first = system.post(rows, Idempotency_Key="night-1")
    again = system.post(rows, Idempotency_Key="night-1")
    assert (first.status_code, again.status_code) == (207, 207)
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert system.post(ROW, Idempotency_Key="night-1").status_code == 422
    with transaction(Actor.system("test"), "tidy") as session, clock.moved_to(clock.now() + timedelta(days=2)):
        assert tokens.sweep(session) == 1
    assert count(ApiCall) == 0


def test_many_at_once_are_stored_once(system: System, app: Flask) -> None:
    rows = [ROW | {"key": f"T-{number}", "customer": f"C-{number % 3}"} for number in range(30)]
    calls = [System(app, system.key) for _ in range(6)]
    answers = together([lambda one=one: one.post(rows) for one in calls])  # type: ignore[misc]
    assert all(isinstance(answer, TestResponse) for answer in answers), answers
    assert sorted(answer.json["added"] for answer in answers) == [0] * 5 + [30]  # type: ignore[union-attr,index]
    assert count(Interaction) == 30


def test_the_use_of_a_key_is_noted_once_in_an_hour(system: System, frozen_clock: FrozenClock) -> None:
    began = clock.now()
    for minutes in (0, 30, 59):
        frozen_clock.move_to(began + timedelta(minutes=minutes))
        system.post(ROW | {"at": "2026-11-15 10:30"})
        with db.reading() as session:
            assert session.scalars(select(ApiToken.last_used_at)).one() == began
    frozen_clock.move_to(began + timedelta(hours=2))
    system.post(ROW | {"at": "2026-11-15 10:30"})
    with db.reading() as session:
        assert session.scalars(select(ApiToken.last_used_at)).one() == began + timedelta(hours=2)


def test_calls_without_a_good_key_have_their_measure(system: System) -> None:
    system.key = "sak_wrong"
    answers = [system.post(ROW).status_code for _ in range(62)]
    assert answers.count(401) == 60
    assert answers[-1] == 429


def test_opting_out(system: System) -> None:
    system.post(ROW)
    answer = system.post({"phone": "054-123-4567"}, "opt-outs")
    assert (answer.status_code, answer.json) == (
        201,
        {"added": 1, "known": 0, "refused": 0, "results": [{"status": "added"}]},
    )
    mixed = system.post([{"customer": "C-1"}, {"phone": "?"}, {"shoe": 1}, {}], "opt-outs")
    assert mixed.status_code == 207
    assert mixed.json is not None
    assert [one["status"] for one in mixed.json["results"]] == ["known", "refused", "refused", "refused"]
    with db.reading() as session:
        assert held_back(session, ["ref:C-1"], clock.today()) == {"ref:C-1": "opted_out"}
        assert set(session.scalars(select(OptOut.source))) == {"api"}


def test_nothing_personal_is_kept_of_a_call(system: System) -> None:
    system.post(ROW | {"name": "דנה"}, Idempotency_Key="x")
    system.post([ROW | {"key": "T-9", "phone": "+972541234567 extra"}], Idempotency_Key="y")
    with db.reading() as session:
        kept = [str(one.answer) for one in session.scalars(select(ApiCall))]
        kept += [str((one.details, one.changes)) for one in session.scalars(select(Entry))]
        assert session.scalars(select(Customer.name)).first() == "דנה"
    assert not any("541234567" in one or "דנה" in one or system.key in one for one in kept)


@pytest.mark.parametrize("text", ["A7\ud800", "A7\x00"], ids=["half a character", "control"])
@pytest.mark.parametrize("field", ["key", "customer", "name", "phone", "email", "branch", "agent", "reason", "at"])
def test_text_that_nobody_can_store_is_a_refused_row(system: System, field: str, text: str) -> None:
    answer = system.post([ROW | {field: text}, ROW | {"key": "T-2"}])
    assert answer.status_code == 207, answer.text
    assert answer.json is not None
    assert [(one["field"], one["code"]) for one in answer.json["results"][0]["errors"]] == [(field, "not_text")]
    assert count(Interaction) == 1


@pytest.mark.parametrize("field", ["customer", "phone", "email"])
def test_opt_outs_of_text_that_nobody_can_store(system: System, field: str) -> None:
    answer = system.post({field: "A7\ud800"}, "opt-outs")
    assert answer.status_code == 422
    assert count(OptOut) == 0


def test_identity_numbers_are_kept_nowhere(system: System) -> None:
    assert system.post(ROW | {"customer": "123456782"}).status_code == 422
    assert system.post(ROW | {"customer": 123456782}).status_code == 422
    assert system.post({"customer": "12345678-2"}, "opt-outs").status_code == 422
    assert (count(Customer), count(OptOut)) == (0, 0)


def test_a_key_is_not_named_by_text_that_nobody_can_store(system: System) -> None:
    with pytest.raises(UserError), transaction(Actor.system("test"), "token.create") as session:
        tokens.create(session, "core \ud800")
