"""A bank of three branches whose October waits for its meeting, and what people do in the room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from survey_app import db
from survey_app.audit import Actor
from survey_app.commands import decisions, meeting
from survey_app.commands.decisions import Wanted, new_id
from survey_app.models import Branch, Decision, User
from survey_app.transaction import transaction
from tests.commands.acting import SURVEY
from tests.support.factories import setting

MONTH = "2026-10"
OCTOBER = date(2026, 10, 5)
DUE = date(2026, 12, 17)
WORDS = "חיכיתי ארבעים דקות ואף אחד לא ניגש אליי"
Result = TypeVar("Result")


@dataclass(frozen=True)
class Room:
    """Who is there."""

    boss: User
    manager: User
    other: User
    region: User
    branches: list[Branch]
    #: Responses with words, of the first branch; the last branch has too few answers for its words to be shown.
    said: list[str]
    few: list[str]

    @classmethod
    def made(cls, **organisation: Any) -> Room:
        """Make it; ``organisation`` for tests that need one."""
        with setting() as make:
            if organisation:
                make.organisation(**organisation)
            north, south = make.region(name="צפון"), make.region(name="דרום")
            version = make.questionnaire(SURVEY)
            branches = [make.branch(code=f"20{n}", region=north if n < 2 else south) for n in range(3)]
            found = []
            for number, branch in enumerate(branches):
                answers: list[Mapping[str, Any]] = [
                    {"pv1": 5 if n % (number + 2) else 1, "pv9": WORDS} for n in range(4)
                ]
                answers += [{"pv1": 5 if answer % (number + 2) else 2} for answer in range(8 if number < 2 else 2)]
                found.append(
                    make.responses(
                        version=version,
                        branch=branch,
                        visited_on=OCTOBER,
                        state="counted",
                        answers=answers,
                        context={"link": "personal"},
                    )
                )
                make.profit(branch=branch, month=MONTH, revenue=1000 + number, cost=700, target=200, headcount=5)
            return cls(
                boss=make.user(email="boss@example.com", role="management"),
                manager=make.user(email="manager@example.com", role="branch_manager", branch=branches[0]),
                other=make.user(email="other@example.com", role="branch_manager", branch=branches[1]),
                region=make.user(email="region@example.com", role="region_manager", region=south),
                branches=branches,
                said=found[0][:4],
                few=found[2][:4],
            )

    def wanted(self, **more: Any) -> Wanted:
        """A decision as a form would ask for it."""
        given: dict[str, Any] = {
            "id": new_id(),
            "month": MONTH,
            "stop": "",
            "text": "לתגבר את הדלפק בימי ראשון",
            "due_on": DUE,
        }
        return Wanted(**({**given, "owner_id": self.manager.id, "branch_id": self.branches[0].id} | more))

    def decided(self, **more: Any) -> Decision:
        """A decision of management's."""
        return acted(self.boss, decisions.decide, self.boss, self.wanted(**more))

    def begun(self) -> Room:
        """The review has begun."""
        acted(self.boss, meeting.begin, self.boss, MONTH)
        return self


def acted(user: User, act: Callable[..., Result], *arguments: Any) -> Result:
    """One act of somebody's, in a transaction of its own."""
    with transaction(Actor.user(user), "test.act") as session:
        return act(session, *arguments)


def read(query: Callable[..., Result], *arguments: Any) -> Result:
    """One reading."""
    with db.reading() as session:
        return query(session, *arguments)
