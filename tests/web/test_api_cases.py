"""Cases of another system: opened once by its key, refused row by row, and told of without words or contact."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import tokens
from survey_app.models import Case, Letter
from survey_app.transaction import transaction
from tests.support.clocks import FrozenClock
from tests.support.factories import setting
from tests.web.test_api import System

ROW = {
    "key": "CRM/2026-1", "branch": "461", "agent": "A-1", "subject": "fees", "words": "חויבתי פעמיים",
    "name": "רות כהן", "phone": "054-1234567", "language": "ru", "at": "2026-11-15T10:30:00+02:00",
}  # fmt: skip


@pytest.fixture
def system(app: Flask, frozen_clock: FrozenClock) -> System:
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
        branch = make.branch(code="461", region=None)
        agent = make.agent(code="A-1", branch=branch, since=date(2026, 1, 1))
        make.user(email="a@example.com", role="agent", agent=agent)
        make.user(email="m@example.com", role="branch_manager", branch=branch)
    with transaction(Actor.system("test"), "token.create") as session:
        _token, key = tokens.create(session, "crm")
    return System(app, key)


def every() -> list[Case]:
    with db.reading() as session:
        return list(session.scalars(select(Case).order_by(Case.id)))


def test_a_complaint_is_opened_once_and_its_state_is_told_without_words(system: System) -> None:
    answer = system.post(ROW, "cases")
    assert answer.status_code == 201, answer.text
    assert answer.json == {"added": 1, "known": 0, "refused": 0, "results": [{"key": ROW["key"], "status": "added"}]}
    again = system.post({"cases": [{**ROW, "words": "אחרת"}]}, "cases")
    assert (again.status_code, again.json and again.json["known"]) == (200, 1)
    (case,) = every()
    assert (case.source, case.subject, case.phone, case.language) == ("api", "fees", "+972541234567", "ru")
    assert case.complaint_due_on == date(2026, 12, 30)
    with db.reading() as session:
        assert session.scalars(select(Letter.kind).where(Letter.user_id.is_(None))).all() == ["case_received"]
    told = system.client.get(f"/api/v1/cases/{ROW['key']}", headers={"Authorization": f"Bearer {system.key}"})
    assert told.json is not None
    assert (told.json["state"], told.json["number"], told.json["level"]) == ("new", case.id, "agent")
    assert not {"words", "name", "phone", "email", "token"} & told.json.keys()
    assert "054" not in told.text
    assert system.client.get("/api/v1/cases/CRM/2026-1").status_code == 401
    unknown = system.client.get("/api/v1/cases/none", headers={"Authorization": f"Bearer {system.key}"})
    assert (unknown.status_code, unknown.json and unknown.json["error"]["code"]) == (404, "unknown_case")


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"branch": "999"}, "branch", "no_branch"),
        ({"branch": None}, "branch", "missing"),
        ({"key": ""}, "key", "missing"),
        ({"subject": "money"}, "subject", "unknown_code"),
        ({"wanted": "police"}, "wanted", "unknown_code"),
        ({"words": "א" * 4001}, "words", "too_long"),
        ({"customer": "123456782"}, "customer", "identity_number"),
        ({"balance": 4000}, "balance", "forbidden_field"),
        ({"colour": "red"}, "colour", "unknown_field"),
        ({"at": "2030-01-01"}, "at", "in_the_future"),
        ({"words": ["x"]}, "words", "not_text"),
    ],
    ids=lambda one: str(next(iter(one))) if isinstance(one, dict) else None,
)
def test_a_bad_row_is_refused_with_its_reason(system: System, change: dict[str, Any], field: str, code: str) -> None:
    answer = system.post([{**ROW, **change}, {**ROW, "key": "good"}], "cases")
    assert answer.status_code == 207
    assert answer.json is not None
    assert [(one["field"], one["code"]) for one in answer.json["results"][0]["errors"]] == [(field, code)]
    assert [case.external_id for case in every()] == ["good"]


def test_an_accusation_and_a_contact_that_cannot_be_read(system: System) -> None:
    row = {"key": "k", "branch": "461", "agent": "A-1", "words": "she forced me to sign", "phone": "123", "email": "x"}
    answer = system.post(row, "cases")
    assert answer.json is not None
    assert [one["code"] for one in answer.json["results"][0]["notices"]] == ["phone_left_out", "email_left_out"]
    (case,) = every()
    assert (case.subject, case.level, case.phone) == ("pressure", "branch", "")


def test_hundreds_in_one_call_stand_once_and_a_named_call_is_answered_the_same(system: System) -> None:
    rows = [{"key": f"k{number}", "branch": "461"} for number in range(60)]
    first = system.post(rows, "cases", Idempotency_Key="night")
    second = system.post(rows, "cases", Idempotency_Key="night")
    assert (first.status_code, first.text) == (201, second.text)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert system.post(rows[:1], "cases", Idempotency_Key="night").status_code == 422
    assert len(every()) == 60
    assert system.post([{}] * 501, "cases").status_code == 422
    assert all(case.opened_at == clock.now() for case in every())
