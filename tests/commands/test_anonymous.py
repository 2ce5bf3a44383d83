"""The anonymous mode: whoever answered is not found again, by the product or in its tables."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import inspect, select, text

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import responses
from survey_app.errors import Conflict, NotFound
from survey_app.models import Draft, Entry, Invitation, Response
from survey_app.queries import afterwards, tickets
from survey_app.transaction import transaction
from tests.commands.acting import PULSE, SINCE, branch_facts, by_token, closing_night, differences, keep, send
from tests.support.clocks import MOMENT, FrozenClock
from tests.support.factories import setting

DAY = date(2026, 11, 3)
WORDS = "המנהל לא מקשיב"


@pytest.fixture
def token(any_database: db.Database, frozen_clock: FrozenClock) -> str:
    """An employee's invitation to the pulse, which names the agent and the day."""
    with setting() as make:
        branch = make.branch(code="101", region=make.region(name="צפון"))
        agent = make.agent(code="A1", branch=branch, since=SINCE)
        make.questionnaire(PULSE)
        campaign = make.campaign(PULSE, opens=SINCE)
        assert campaign.privacy == "anonymous"
        assert not campaign.open_link
        return make.invitation(campaign=campaign, branch=branch, visited_on=DAY, agent=agent).token


def test_the_response_is_nobody_s(token: str) -> None:
    ticket = by_token(token)
    assert ticket.anonymous
    keep(ticket, {"ep1": 5})
    assert send(ticket, {"ep2": 2}) is None, "nothing hands out its id"
    with db.reading() as session:
        assert session.scalars(select(Response)).all() == [], "it waits for its night"
        assert branch_facts(session, "question.ep1") == {}
        assert session.scalars(select(Draft)).all() == []
    assert closing_night().published == 1
    with db.reading() as session:
        response = session.scalars(select(Response)).one()
        assert response.id != ticket.response_id
        assert (response.agent_id, response.visited_on, response.submitted_at) == (0, None, None)
        assert (response.month, response.branch.code, response.state) == ("2026-11", "101", "counted")
        assert session.scalars(select(Draft)).all() == []
        assert session.scalars(select(Invitation.state)).one() == "used"
        assert tickets.response_of(session, token) is None
        for response_id in (ticket.response_id, response.id):
            with pytest.raises(NotFound):
                afterwards.after(session, response_id)
        assert all(n == 1 for n, _total, _squares in branch_facts(session, "question.ep1").values())
    assert differences() == []


def test_answered_once_is_answered(token: str) -> None:
    ticket = by_token(token)
    send(ticket, {"ep1": 5})
    for again in (lambda: send(ticket), lambda: keep(ticket, {"ep1": 1}), lambda: by_token(token)):
        with pytest.raises(Conflict):
            again()
    assert closing_night().published == 1
    with db.reading() as session:
        assert len(session.scalars(select(Response)).all()) == 1
        assert session.scalars(select(Draft)).all() == []


def test_no_entry_is_written(token: str) -> None:
    with db.reading() as session:
        before = len(session.scalars(select(Entry)).all())
    send(by_token(token), {"ep1": 5})
    assert closing_night().published == 1
    with db.reading() as session:
        assert len(session.scalars(select(Entry)).all()) == before


def _rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, as plain text."""
    with db.reading() as session:
        tables = inspect(session.get_bind()).get_table_names()
        return {
            table: [
                {name: str(value) for name, value in row._mapping.items() if value is not None}
                for row in session.execute(text(f'SELECT * FROM "{table}"'))  # noqa: S608 - our own table names
            ]
            for table in tables
        }


def test_no_value_in_any_table_joins_the_response_to_its_invitation(token: str) -> None:
    """What stands in the invitation and what stands in the response: no telling value of one is in the other."""
    ticket = by_token(token)
    keep(ticket, {"ep1": 5})
    send(ticket, {})
    before = _rows()
    (box,) = before["sealed_response"]
    assert not set(before["invitation"][0].values()) & {box["id"], box["content"]}
    assert ticket.response_id not in json.dumps(before, ensure_ascii=False)
    assert before["response"] == before["answer"] == before["score"] == before["draft"] == []
    closing_night()
    rows = _rows()
    assert box["id"] not in json.dumps(rows, ensure_ascii=False)
    (invited,), (response,) = rows["invitation"], rows["response"]
    everything = json.dumps(rows, ensure_ascii=False)
    assert ticket.response_id not in everything, "the id decided the order of choices: with it that order could be told"
    shared_by_nature = {"campaign_id", "branch_id", "language"}  # month and branch are what an anonymous response keeps
    telling = {name: value for name, value in invited.items() if name not in shared_by_nature and len(value) > 3}
    assert not set(telling.values()) & set(response.values())
    elsewhere = json.dumps({table: found for table, found in rows.items() if table != "response"}, ensure_ascii=False)
    scored = {row["response_id"] for row in [*rows["answer"], *rows["score"]]}
    assert scored == {response["id"]}
    assert response["id"] not in json.dumps({**rows, "response": [], "answer": [], "score": []})
    assert MOMENT.astimezone(clock.UTC).isoformat(" ")[:16] not in str(response), "no moment of sending"
    assert elsewhere


def test_tables_keep_no_order_of_arrival(database: db.Database, frozen_clock: FrozenClock) -> None:
    """On SQLite drafts, responses, answers and scores stand by their random id: there is no hidden rowid."""
    with setting() as make:
        branch = make.branch(code="101", region=None)
        make.questionnaire(PULSE)
        tokens = [
            make.invitation(campaign=make.campaign(PULSE, opens=SINCE), branch=branch, visited_on=DAY).token
            for _employee in range(8)
        ]
    for minutes, token in enumerate(tokens):
        frozen_clock.move_to(MOMENT + timedelta(minutes=minutes))
        send(by_token(token), {"ep1": minutes % 5 + 1})
    with db.reading() as session:
        for table in ("draft", "response", "answer", "score"):
            with pytest.raises(Exception, match="no such column"):
                session.execute(text(f"SELECT rowid FROM {table}"))  # noqa: S608 - our own table names
        stored = [row[0] for row in session.execute(text("SELECT id FROM response"))]
    assert stored == sorted(stored)


def test_an_anonymous_response_falls_into_the_month_of_its_invitation(token: str, frozen_clock: FrozenClock) -> None:
    frozen_clock.move_to(datetime(2026, 12, 1, 10, 0, tzinfo=clock.TIME_ZONE))
    send(by_token(token), {"ep1": 3})
    closing_night()
    with db.reading() as session:
        assert session.scalars(select(Response.month)).one() == "2026-11"


def test_excluding_and_erasing_leave_no_words_in_the_trail(token: str) -> None:
    send(by_token(token), {"ep1": 5})
    closing_night()
    with db.reading() as session:
        response_id = session.scalars(select(Response.id)).one()
    with transaction(Actor.system("test"), "response.exclude") as session:
        responses.exclude(session, response_id, WORDS)
    assert differences() == []
    with transaction(Actor.system("test"), "response.erase") as session:
        responses.erase(session, response_id)
    assert differences() == []
    with db.reading() as session:
        trail = json.dumps([entry.changes for entry in session.scalars(select(Entry))], ensure_ascii=False)
        assert WORDS not in trail
        assert session.scalars(select(Response)).all() == []
        assert branch_facts(session, "question.ep1") == {}
