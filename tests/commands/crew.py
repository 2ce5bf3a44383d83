"""A bank whose October has closed: a branch with three employees, what customers wrote of them, and who decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from survey_app.commands import recognition
from survey_app.models import Agent, Answer, Branch, Recognition, User, Version
from survey_app.queries import recognising
from tests.commands.acting import SURVEY
from tests.commands.meetings import MONTH, acted, read
from tests.support.factories import setting

OCTOBER = date(2026, 10, 5)
SINCE = date(2025, 1, 1)
THANKS = "תודה לדנה על הסבלנות"
OTHER_THANKS = "תודה ליוסי ולדנה"
OPEN: Mapping[str, Any] = {"link": "personal"}


@dataclass(frozen=True)
class Crew:
    """Who is there. Dana reaches the target for sure, Yossi does not, Noa has few answers."""

    boss: User
    region: User
    manager: User
    neighbour: User
    dana: User
    yossi: User
    branch: Branch
    other: Branch
    version: Version
    #: Dana's customers, the first of whom thank her.
    praised: list[str]

    @classmethod
    def made(cls) -> Crew:
        """Make it."""
        with setting() as make:
            north, south = make.region(name="צפון"), make.region(name="דרום")
            version = make.questionnaire(SURVEY)
            branch, other = make.branch(code="201", region=north), make.branch(code="202", region=south)
            people: list[Agent] = []
            for number, name in enumerate(("דנה כהן", "יוסי לוי", "נועה ברק"), 1):
                agent = make.agent(code=str(number), branch=branch, since=SINCE)
                agent.name = name
                people.append(agent)

            def answered(agent: Agent | None, at: Branch, answers: list[Mapping[str, Any]]) -> list[str]:
                return make.responses(
                    version=version, branch=at, visited_on=OCTOBER, state="counted", answers=answers, context=OPEN,
                    agent=agent,
                )  # fmt: skip

            praised = answered(people[0], branch, [{"pv1": 5, "pv9": "הכול טוב"}] * 72)
            for response_id, words in zip(praised, (THANKS, OTHER_THANKS), strict=False):
                # As the page of thanks adds it after the survey was sent.
                make.session.add(Answer(response_id=response_id, question="pv_praise", value=None, words=words))
            answered(people[1], branch, [{"pv1": 5 if n % 2 else 2} for n in range(60)])
            answered(people[2], branch, [{"pv1": 5}] * 12)
            answered(None, other, [{"pv1": 5 if n % 2 else 2} for n in range(40)])
            return cls(
                boss=make.user(email="boss@example.com", role="management"),
                region=make.user(email="region@example.com", role="region_manager", region=north),
                manager=make.user(email="manager@example.com", role="branch_manager", branch=branch),
                neighbour=make.user(email="next@example.com", role="branch_manager", branch=other),
                dana=make.user(email="dana@example.com", role="agent", agent=people[0]),
                yossi=make.user(email="yossi@example.com", role="agent", agent=people[1]),
                branch=branch,
                other=other,
                version=version,
                praised=praised,
            )

    def proposed(self) -> Recognition:
        """What the rule proposes of the month, stored; gives Dana's."""
        acted(self.boss, recognition.propose, read(recognising.due, MONTH))
        return self.row()

    def row(self) -> Recognition:
        """Dana's recognition as it stands."""
        return read(
            lambda session: session.query(Recognition).filter_by(month=MONTH, agent_id=self.dana.agent_id).one()
        )
