"""Interactions that another system tells: stored once, with branch, agent and contact, and nothing that may not be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands.interactions import ADDED, KNOWN, MOST, REFUSED, Received, receive
from survey_app.models import NO_AGENT, Branch, Customer, Interaction, Organisation
from survey_app.transaction import transaction
from tests.commands.together import together
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")

SINCE = date(2026, 1, 1)
ROW = {
    "key": "T-1",
    "customer": "C-77",
    "name": "דנה כהן",
    "phone": "054-123 4567",
    "email": "Dana@Example.com",
    "language": "עברית",
    "branch": "20-0461",
    "agent": "A-1",
    "channel": "branch",
    "reason": "deposit",
    "at": "15/11/2026 10:30",
}


@contextmanager
def writing() -> Iterator[Session]:
    with transaction(Actor.system("test"), "test.feed") as session:
        yield session


def tell(*rows: dict[str, Any]) -> Received:
    with writing() as session:
        return receive(session, rows, source="test")


def row(**changes: Any) -> dict[str, Any]:
    return {**ROW, **changes}


@pytest.fixture
def world(any_database: db.Database) -> None:
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
        branch = make.branch(code="461", region=None, opened=date(2020, 1, 1))
        make.branch(code="462", region=None, closed=date(2026, 6, 1))
        other = make.branch(code="461", region=None, bank="10", name="אחר")
        make.agent(code="A-1", branch=branch, since=SINCE)
        make.agent(code="A-2", branch=other, since=SINCE)


def stored() -> list[tuple[Any, ...]]:
    """Everything that is kept, to compare."""
    with db.reading() as session:
        interactions = [
            (one.key, one.customer.ref if one.customer else None, one.branch.ref, one.agent_id, one.reason, one.at)
            for one in session.scalars(select(Interaction).order_by(Interaction.key))
        ]
        customers = [
            (one.ref, one.name, one.phone, one.email, one.language)
            for one in session.scalars(select(Customer).order_by(Customer.ref))
        ]
        return [*interactions, *customers]


@pytest.mark.usefixtures("world")
class TestOnBothEngines:
    def test_a_visit_is_stored_with_what_it_says(self) -> None:
        received = tell(ROW)
        assert (received.added, received.known, received.refused) == (1, 0, [])
        with db.reading() as session:
            one = session.scalars(select(Interaction)).one()
            assert (one.branch.ref, one.agent.code, one.channel, one.reason) == ("20-461", "A-1", "branch", "deposit")
            assert one.at == datetime(2026, 11, 15, 10, 30, tzinfo=clock.TIME_ZONE)
            assert one.customer is not None
            assert (one.customer.phone, one.customer.email) == ("+972541234567", "dana@example.com")
            assert one.customer.language == "he"

    def test_told_twice_it_is_stored_once(self) -> None:
        tell(ROW)
        before = stored()
        again = tell(ROW, row(at="2026-11-15T08:30:00Z"))
        assert (again.added, again.known, again.refused) == (0, 2, [])
        assert stored() == before

    def test_the_same_key_with_something_else_is_refused_by_name(self) -> None:
        tell(ROW)
        received = tell(row(reason="loan", customer="C-78"), row(key="T-2"))
        assert [one.verdict for one in received.outcomes] == [REFUSED, ADDED]
        (refusal,) = received.refused
        assert refusal.key == "T-1"
        assert "customer, reason" in refusal.message
        with db.reading() as session:
            assert session.scalar(select(func.count()).select_from(Customer)) == 1

    def test_one_batch_holds_to_the_same(self) -> None:
        received = tell(ROW, ROW, row(reason="loan"))
        assert [one.verdict for one in received.outcomes] == [ADDED, KNOWN, REFUSED]

    def test_the_contact_last_given_stands(self) -> None:
        tell(ROW, row(key="T-2", phone="", email="new@example.com"))
        assert stored()[-1] == ("C-77", "דנה כהן", "+972541234567", "new@example.com", "he")
        tell(row(phone="050-7654321"))  # an old interaction told again changes nothing
        assert stored()[-1][2] == "+972541234567"

    def test_several_at_once_store_it_once(self) -> None:
        rows = [row(key=f"T-{number}", customer=f"C-{number % 5}") for number in range(40)]
        orders = [rows, rows[::-1], rows[20:] + rows[:20], rows]
        results = together([lambda order=order: tell(*order) for order in orders])  # type: ignore[misc]
        received = [one for one in results if isinstance(one, Received)]
        assert len(received) == 4, results
        assert sum(one.added for one in received) == 40
        assert sum(one.known for one in received) == 120
        assert not any(one.refused for one in received)

    def test_a_cleared_customer_is_no_contradiction(self) -> None:
        tell(ROW)
        with writing() as session:
            session.scalars(select(Customer)).one().ref = None
        assert tell(ROW).known == 1


@pytest.mark.usefixtures("frozen_clock")
class TestRules:
    @pytest.fixture(autouse=True)
    def _world(self, database: db.Database) -> None:
        with setting() as make:
            make.organisation(name="בנק", synthetic=True, policy={})
            branch = make.branch(code="461", region=None, opened=date(2020, 1, 1))
            make.branch(code="462", region=None, closed=date(2026, 6, 1))
            make.branch(code="463", region=None)
            make.branch(code="463", region=None, bank="10")
            elsewhere = make.branch(code="464", region=None)
            make.agent(code="A-1", branch=branch, since=SINCE)
            make.agent(code="A-2", branch=elsewhere, since=SINCE)

    @pytest.mark.parametrize(
        ("changes", "field", "code"),
        [
            ({"key": ""}, "key", "missing"),
            ({"customer": None}, "customer", "missing"),
            ({"branch": ""}, "branch", "missing"),
            ({"branch": "999"}, "branch", "no_branch"),
            ({"branch": "463"}, "branch", "several_branches"),
            ({"branch": "462"}, "branch", "branch_closed"),
            ({"at": "soon"}, "at", "not_a_moment"),
            ({"at": "31/02/2026 10:00"}, "at", "no_such_moment"),
            ({"at": "18/11/2026 10:00"}, "at", "in_the_future"),
            ({"at": "2026-11-17 12:06"}, "at", "in_the_future"),
            ({"at": "2025-10-01 10:00"}, "at", "too_old"),
            ({"key": "x" * 101}, "key", "too_long"),
            ({"reason": ["a"]}, "reason", "not_text"),
            ({"name": "a\x00b"}, "name", "not_text"),
            ({"balance": "100"}, "balance", "forbidden_field"),
            ({"יתרה": "100"}, "יתרה", "forbidden_field"),
            ({"creditLimit": "100"}, "creditLimit", "forbidden_field"),
            ({"shoe size": "42"}, "shoe size", "unknown_field"),
            ({"birth_date": "1980"}, "birth_date", "forbidden_field"),
            ({"reason": "balance 50000 054-1112223"}, "reason", "not_a_code"),
            ({"channel": "balance 900"}, "channel", "not_a_code"),
            ({"customer": "12345678-2"}, "customer", "identity_number"),
            ({"customer": "A7\ud800"}, "customer", "not_text"),
            ({"x\ud800": "1"}, "", "not_text"),
        ],
        ids=lambda value: "-".join(map(str, value)) if isinstance(value, dict) else str(value),
    )
    def test_what_is_wrong_is_named(self, changes: dict[str, Any], field: str, code: str) -> None:
        received = tell(row(**{"branch": "461"} | changes))
        assert [(one.field, one.fault.code) for one in received.refused] == [(field, code)]
        assert received.refused[0].message
        assert stored() == []

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"agent": "A-9"}, "no_agent"),
            ({"agent": "A-2"}, "agent_elsewhere"),
            ({"phone": "12"}, "phone_left_out"),
            ({"email": "dana"}, "email_left_out"),
            ({"language": "?!"}, "language_left_out"),
            ({"tenure": "5+"}, "not_approved"),
            ({"age_band": "30-39"}, "not_approved"),
        ],
        ids=str,
    )
    def test_what_is_left_out_is_said(self, changes: dict[str, Any], code: str) -> None:
        received = tell(row(**changes))
        assert [[fault.code for fault in one.faults] for one in received.outcomes] == [[code]]
        assert received.added == 1
        with db.reading() as session:
            one = session.scalars(select(Interaction)).one()
            assert (one.tenure, one.age_band) == ("", "")
            if "agent" in changes:
                assert one.agent_id == NO_AGENT

    def test_an_approved_field_is_kept(self) -> None:
        with writing() as session:
            session.scalars(select(Organisation)).one().outreach = {"approved_fields": ["tenure"]}
        received = tell(row(tenure="5+", age_band="30-39"))
        assert [fault.code for fault in received.outcomes[0].faults] == ["not_approved"]
        with db.reading() as session:
            one = session.scalars(select(Interaction)).one()
            assert (one.tenure, one.age_band) == ("5+", "")

    def test_an_agent_who_came_to_be_known_is_no_contradiction(self) -> None:
        tell(row(agent="A-7"))
        with setting() as make:
            branch = make.session.scalars(select(Branch).where(Branch.code == "461")).one()
            make.agent(code="A-7", branch=branch, since=SINCE)
        assert tell(row(agent="A-7")).known == 1

    @pytest.mark.parametrize(
        ("text", "hour"),
        [("2026-11-15T10:30:00+02:00", 10), ("2026-11-15T10:30:00Z", 12), ("15.11.2026 10:30", 10), ("15/11/2026", 12)],
    )
    def test_times_as_systems_write_them(self, text: str, hour: int) -> None:
        tell(row(at=text))
        with db.reading() as session:
            assert clock.local(session.scalars(select(Interaction.at)).one()).hour == hour

    def test_a_batch_has_its_measure(self) -> None:
        with pytest.raises(ValueError, match="more than one transaction"):
            tell(*[row(key=str(number)) for number in range(MOST + 1)])

    def test_asking_does_not_grow_with_the_rows(self, counting_queries: Any) -> None:
        tell(ROW)
        counts = []
        for start, size in ((10, 5), (100, 100)):
            rows = [row(key=f"K-{start + at}", customer=f"D-{start + at}") for at in range(size)]
            with counting_queries() as queries:
                tell(*rows)
            counts.append(len([one for one in queries if not one.startswith(("UPDATE", "INSERT"))]))
        assert counts[0] == counts[1]


_TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)
_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(["a", "b", "c", "d", ""]),
            "customer": st.sampled_from(["1", "2", ""]),
            "branch": st.sampled_from(["461", "20-461", "0461", "9"]),
            "at": st.sampled_from(["15/11/2026 10:30", "2026-11-15", "2026-11-15T08:30Z", "soon"]),
        },
        optional={
            "agent": st.sampled_from(["A-1", "A-9", ""]),
            "phone": st.sampled_from(["0541234567", "03-1234567", "?"]),
            "email": st.sampled_from(["a@example.com", "?"]),
            "name": _TEXT,
            "reason": st.sampled_from(["x", "y"]),
            "tenure": _TEXT,
            "balance": st.just("1"),
        },
    ),
    max_size=8,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_ROWS)
def test_receiving_twice_is_receiving_once(database: db.Database, rows: list[dict[str, Any]]) -> None:
    moment = datetime(2026, 11, 17, 12, tzinfo=clock.TIME_ZONE)
    with clock.moved_to(moment):
        with writing() as session:
            session.execute(delete(Interaction))
            session.execute(delete(Customer))
        with setting() as make:
            if make.session.scalar(select(func.count()).select_from(Branch)) == 0:
                make.agent(code="A-1", branch=make.branch(code="461", region=None), since=SINCE)
        first = tell(*rows)
        before = stored()
        with clock.moved_to(moment + timedelta(minutes=1)):
            second = tell(*rows)
        assert stored() == before
        assert second.added == 0
        assert second.known == first.added + first.known
        assert [one.message for one in second.refused] == [one.message for one in first.refused]
