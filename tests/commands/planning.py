"""A month to plan for tests: a programme with its scenario, branches whose staff were told, shoppers with a home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from survey_app import db, jobs
from survey_app.audit import Actor
from survey_app.commands import publishing_plans, rotation
from survey_app.field.rotation.settings import Settings
from survey_app.models import Assignment, Branch, ProgrammeScenario, RotationPlan
from survey_app.queries import rotation as queries
from survey_app.transaction import transaction
from tests.commands.acting import SINCE
from tests.commands.boarding import TOWN, Board, acted
from tests.support.factories import setting

MONTH: Final = "2026-12"


@dataclass(frozen=True)
class Month:
    """A programme and what belongs to it."""

    board: Board
    branches: list[Branch]

    @classmethod
    def made(cls, *, branches: int = 4, shoppers: int = 4, organisation: bool = False, **rules: Any) -> Month:
        """Make it; every branch but the one ``untold`` names was told."""
        board = Board.made(shoppers=shoppers, organisation=organisation, **rules)
        with setting() as make:
            make.session.add(ProgrammeScenario(programme_id=board.programme.id, scenario_id=board.scenario.id))
            found = [board.branch]
            for number in range(1, branches):
                branch = make.branch(
                    code=str(101 + number), region=None, latitude=TOWN[0] + number * 0.02, longitude=TOWN[1]
                )
                board.tell(make, branch, SINCE)
                found.append(branch)
        return cls(board, found)

    def plan(self, **settings: Any) -> int:
        """A new plan; its number."""
        chosen = Settings(**{"seconds": 3, **settings})
        return acted(rotation.create, self.board.programme.id, MONTH, chosen, by=self.board.coordinator).id

    def solved(self, **settings: Any) -> int:
        """A plan that the worker has made; its number."""
        number = self.plan(**settings)
        solve(number)
        return number


def solve(number: int) -> None:
    """Have a plan made by the queue's own worker."""
    acted(rotation.start, number)
    jobs.run_ready()
    assert plan_of(number).state == "solved"


def publish(number: int) -> int:
    """Publish a plan as the page does; how many visits are left for the job."""
    with db.reading() as session:
        plan = queries.find(session, number)
        publishing_plans.refuse(session, plan)
        revision = plan.revision
    with transaction(Actor.system("test"), "rotation.publish") as session:
        return publishing_plans.publish(session, number, revision=revision, by=None)


def plan_of(number: int) -> RotationPlan:
    """The plan as it stands now."""
    with db.reading() as session:
        return session.get_one(RotationPlan, number)


def visits_of(number: int) -> list[Assignment]:
    """Its visits, by id."""
    with db.reading() as session:
        return list(session.scalars(select(Assignment).where(Assignment.plan_id == number).order_by(Assignment.id)))
