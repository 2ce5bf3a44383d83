"""A branch with two employees and everybody above them, whose cases are opened and worked in tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands.cases import ending, working
from survey_app.commands.cases.opening import Opening, open_case
from survey_app.models import Agent, Branch, Case, CaseEvent, User
from survey_app.transaction import transaction
from tests.support.clocks import FrozenClock
from tests.support.factories import Make, setting

SINCE = date(2026, 1, 1)
PHONE = "+972501234567"


def at(day: str, hour: str = "09:00") -> datetime:
    """A moment on the organisation's wall clock."""
    return datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=clock.TIME_ZONE)


@dataclass(frozen=True)
class World:
    """Dana and Eran serve at the branch; above them its manager, the region, service management, the ombudsman."""

    branch: Branch
    dana: Agent
    eran: Agent
    users: dict[str, User]

    @classmethod
    def made(cls, closed_days: tuple[str, ...] = (), without: tuple[str, ...] = ()) -> World:
        """Make it. ``without``: roles that nobody has."""
        with setting() as make:
            make.organisation(name="בנק", synthetic=True, policy={})
            region = make.region(name="צפון")
            branch = make.branch(code="101", region=region, closed_days=list(closed_days))
            dana, eran = (make.agent(code=code, branch=branch, since=SINCE) for code in ("A1", "A2"))
            places: dict[str, dict[str, Any]] = {
                "dana": {"role": "agent", "agent": dana},
                "eran": {"role": "agent", "agent": eran},
                "branch": {"role": "branch_manager", "branch": branch},
                "region": {"role": "region_manager", "region": region},
                "service": {"role": "service_manager"},
                "ombudsman": {"role": "ombudsman"},
            }
            users = {
                name: make.user(email=f"{name}@example.com", **place)
                for name, place in places.items()
                if place["role"] not in without
            }
        return cls(branch, dana, eran, users)

    def user(self, make: Make, name: str, role: str, **place: Any) -> User:
        """One more person."""
        self.users[name] = make.user(email=f"{name}@example.com", role=role, **place)
        return self.users[name]

    def id(self, name: str) -> int:
        """A user's number."""
        return self.users[name].id

    def opened(self, key: str = "one", **more: Any) -> int:
        """A case about Dana, of a customer with a telephone; gives its number."""
        said = {"source": "manual", "branch_id": self.branch.id, "subject": "service", "agent_id": self.dana.id}
        about = Opening(**{"key": key, "phone": PHONE, "name": "רות", "words": "חיכיתי שעה", **said, **more})
        with transaction(Actor.system("test"), "case.open") as session:
            return open_case(session, about).id

    def reached(self, case_id: int, by: str = "dana", **more: Any) -> None:
        """The customer was called and answered."""
        did(working.contact, case_id, self.id(by), channel="phone", reached=True, words="דיברנו", **more)

    def finished(self, case_id: int, by: str = "dana", **more: Any) -> None:
        """The customer was called, and the work was done."""
        self.reached(case_id, by)
        self.done(case_id, by, **more)

    def done(self, case_id: int, by: str = "dana", **more: Any) -> None:
        """The work is done."""
        said = {"outcome": "justified", "root_cause": "process", "lesson": "לבדוק מראש"}
        did(working.finish, case_id, self.id(by), **{**said, **more})

    def confirmed(self, case_id: int, by: str = "dana") -> None:
        """Done, and the customer says so."""
        self.finished(case_id, by)
        did(ending.confirm, case_id)


def did(act: Any, *args: Any, **more: Any) -> Any:
    """One act in a transaction of its own, as a person does it."""
    with transaction(Actor.system("test"), "case.act") as session:
        return act(session, *args, **more)


def case(case_id: int) -> Case:
    """A case as it is now."""
    with db.reading() as session:
        return session.get_one(Case, case_id)


def events(case_id: int) -> list[str]:
    """What its log tells, in order."""
    with db.reading() as session:
        return list(session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == case_id).order_by(CaseEvent.id)))


def within(session: Session, case_id: int) -> Case:
    """A case in a session that is open."""
    return session.get_one(Case, case_id)


def just_after(clock_of_test: FrozenClock, moment: datetime | None) -> None:
    """Move time to a second after a moment."""
    assert moment is not None
    clock_of_test.move_to(moment + timedelta(seconds=1))
