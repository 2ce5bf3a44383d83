"""A programme in the field for tests: branches whose staff were told, shoppers with a home, and open visits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.models import (
    Assignment,
    Branch,
    Claim,
    Letter,
    Programme,
    Scenario,
    ShopperProfile,
    StaffNotice,
    User,
    VisitEvent,
)
from survey_app.models.fieldwork import OPEN
from survey_app.queries.tickets import new_response_id
from survey_app.transaction import transaction
from tests.commands.acting import SHOP, SINCE
from tests.support.factories import Make, setting

#: Sunday and Thursday of the next week, as seen from the tests' clock.
FIRST, LAST = date(2026, 11, 22), date(2026, 11, 26)
TOWN = (32.08, 34.78)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Board:
    """A programme, its branch, its coordinator and its shoppers, the first one living nearest."""

    programme: Programme
    branch: Branch
    coordinator: User
    shoppers: list[User]
    scenario: Scenario

    @classmethod
    def made(cls, *, shoppers: int = 3, told: date | None = SINCE, organisation: bool = False, **rules: Any) -> Board:
        """Make it in a transaction of its own. ``told``: since when staff are; None: not at all."""
        with setting() as make:
            return cls._made(make, shoppers, told, organisation, rules)

    @classmethod
    def _made(cls, make: Make, shoppers: int, told: date | None, organisation: bool, rules: dict[str, Any]) -> Board:
        session = make.session
        if organisation:
            make.organisation(name="בנק הדוגמה", synthetic=True, policy={})
        branch = make.branch(
            code="101", region=make.region(name="צפון"), city="חיפה", latitude=TOWN[0], longitude=TOWN[1]
        )
        make.questionnaire(SHOP)
        programme = Programme(
            code="visits",
            name={"he": "ביקורים", "en": "Visits"},
            campaign=make.campaign(SHOP, opens=SINCE),
            state="active",
            charter={},
            rules=rules,
            created_at=clock.now(),
        )
        session.add(programme)
        session.flush()
        people = []
        for number in range(shoppers):
            user = make.user(email=f"eye{number}@example.com", role="shopper")
            user.name = f"סוקרת {number}"
            session.add(ShopperProfile(user_id=user.id, latitude=TOWN[0] + number * 0.05, longitude=TOWN[1]))
            people.append(user)
        coordinator = make.user(email="plans@example.com", role="field_coordinator", language="en")
        scenario = make.scenario(code="account", has_appointment=False, has_account=False)
        found = cls(programme, branch, coordinator, people, scenario)
        if told is not None:
            found.tell(make, branch, told)
        session.flush()
        return found

    def tell(self, make: Make, branch: Branch, told: date) -> None:
        """A branch's staff are told."""
        make.session.add(
            StaffNotice(
                programme_id=self.programme.id, branch_id=branch.id, told_on=told, way="letter", recorded_at=clock.now()
            )
        )

    def visit(self, state: str = OPEN, *, branch: Branch | None = None, **more: Any) -> int:
        """A visit of the programme, on the job board unless said otherwise; gives its number."""
        with setting() as make:
            values: dict[str, Any] = {
                "campaign_id": self.programme.campaign_id,
                "response_id": new_response_id(),
                "branch_id": (branch or self.branch).id,
                "scenario_id": self.scenario.id,
                "programme_id": self.programme.id,
                "window_from": FIRST,
                "window_until": LAST,
                "state": state,
            }
            visit = Assignment(**{**values, **more})
            make.session.add(visit)
            make.session.flush()
            return visit.id


def acted(act: Callable[..., Result], *given: Any, **more: Any) -> Result:
    """One act in a transaction of its own."""
    with transaction(Actor.system("test"), "test.act") as session:
        return act(session, *given, **more)


def visit_of(number: int) -> Assignment:
    """The visit as it stands now."""
    with db.reading() as session:
        return session.get_one(Assignment, number)


def claims_of(number: int) -> list[str]:
    """States of a visit's claims in the order in which they were made."""
    with db.reading() as session:
        return list(session.scalars(select(Claim.state).where(Claim.assignment_id == number).order_by(Claim.id)))


def told_of(number: int) -> list[str]:
    """Kinds of what happened to a visit, in order."""
    with db.reading() as session:
        wanted = select(VisitEvent.kind).where(VisitEvent.assignment_id == number).order_by(VisitEvent.id)
        return list(session.scalars(wanted))


def letters_to(user: User) -> list[str]:
    """Kinds of letters to somebody, in order."""
    with db.reading() as session:
        return list(session.scalars(select(Letter.kind).where(Letter.user_id == user.id).order_by(Letter.id)))
