"""A shopper, a coordinator and visits that are decided at will: for tests of pay."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import pay, questionnaires
from survey_app.models import Assignment, Expense, Payment, PayMonth, ShopperProfile, User
from survey_app.queries import pay as queries
from survey_app.queries.tickets import new_response_id
from survey_app.transaction import transaction
from tests.commands.acting import SINCE
from tests.commands.acts import SHOP
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

SEPTEMBER, OCTOBER, NOVEMBER = "2026-09", "2026-10", "2026-11"
FEE, CAP = 12_000, 4_000


class World:
    """A field with a coordinator whose visits are decided at will."""

    def __init__(self) -> None:
        with setting() as make:
            self.shopper: User = make.user(email="eye@example.com", role="shopper")
            self.branch = make.branch(code="101", region=None)
            self.scenario = make.scenario(code="any", has_appointment=False, has_account=False)
            questionnaires.bring_in(make.session, SHOP, publish=True)
            self.campaign = make.campaign("small_shop", opens=SINCE)
            self.coordinator: User = make.user(email="coord@example.com", role="field_coordinator")
            self.other: User = make.user(email="other@example.com", role="shopper")
            make.session.add(ShopperProfile(user_id=self.shopper.id, payroll_ref="=7001"))

    def visit(self, state: str, day: date | None, *, shopper: User | None = None, fee: int = FEE) -> int:
        """A visit in a state, decided at noon of a day."""
        with setting() as make:
            visit = Assignment(
                campaign_id=self.campaign.id,
                response_id=new_response_id(),
                shopper_id=(shopper or self.shopper).id,
                branch_id=self.branch.id,
                scenario_id=self.scenario.id,
                window_from=date(2026, 11, 1),
                window_until=date(2026, 11, 30),
                state=state,
                fee=fee,
                expense_cap=CAP,
                decided_at=clock.start_of(day) + timedelta(hours=12) if day else None,
            )
            make.session.add(visit)
            make.session.flush()
        return visit.id

    def change(self, number: int, **values: Any) -> None:
        """Something else decides about a visit."""
        with setting() as make:
            visit = make.session.get_one(Assignment, number)
            for name, value in values.items():
                setattr(visit, name, value)

    def claim(self, number: int, amount: int, *, sort: str = "transit", name: str = "", note: str = "") -> str:
        """The shopper claims money."""
        expense_id = name or f"expense-{number}-{amount}"
        with transaction(Actor.user(self.shopper), "expense.claim") as session:
            pay.claim(session, session.get_one(Assignment, number), expense_id, sort, amount, note)
        return expense_id

    def decide(self, expense_id: str, granted: int, reason: str = "", seen: str | None = None) -> Expense:
        """The coordinator decides."""
        with transaction(Actor.user(self.coordinator), "expense.decide") as session:
            return pay.decide(session, self.coordinator, expense_id, granted, reason, seen=seen)

    def close(self, month: str, seen: int | None = None) -> PayMonth:
        """The coordinator closes a month."""
        with transaction(Actor.user(self.coordinator), "pay.close", month=month) as session:
            return pay.close(session, self.coordinator, month, seen=seen)


@pytest.fixture
def world(database: db.Database, frozen_clock: FrozenClock) -> World:
    """One engine is enough for a rule."""
    return World()


@pytest.fixture
def both(any_database: db.Database, frozen_clock: FrozenClock) -> World:
    """Both engines, for what is summed in SQL and for what happens at once."""
    return World()


def due(month: str) -> list[tuple[int, str, int]]:
    """(visit, sort, amount) of what a month would pay."""
    with db.reading() as session:
        return [(one.assignment_id, one.part.sort, one.part.amount) for one in queries.due(session, month)]


def paid(month: str) -> list[tuple[int, str, int, str]]:
    """The lines of a closed month."""
    with db.reading() as session:
        rows = session.scalars(select(Payment).where(Payment.month == month).order_by(Payment.id))
        return [(one.assignment_id, one.sort, one.amount, one.note) for one in rows]
