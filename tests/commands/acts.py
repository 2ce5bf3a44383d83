"""A small bank in which anything may happen to a response, one act after the other, and what must hold after each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.questionnaire.score import score
from survey_app import db
from survey_app.audit import Actor
from survey_app.commands import quality, questionnaires, recording, responses
from survey_app.models import Agent, Answer, Assignment, Branch, Questionnaire, Response, User, Version
from survey_app.models.response import COUNTED
from survey_app.queries.questionnaires import definition
from survey_app.transaction import transaction
from tests.commands.acting import SINCE, by_token, by_visit, send
from tests.forms.samples import asked, document, item, question, scored
from tests.support.factories import Make, setting

SURVEY = document(
    asked(
        question("q1", "scale", scale="sat5", measure="csat"),
        question("q2", "scale", scale="nps11", measure="nps", shown_if={"ge": ["q1", 2]}),
        question("q3", "text"),
    ),
    code="small_survey",
)
SHOP = document(
    asked(question("day", "date"), code="head"),
    scored("A", item("A1", 60, critical=True), item("A2", 40)),
    scored("B", item("B1", 10), item("B2", 10, shown_if={"eq": ["A2", "yes"]})),
    asked(question("void", "checkbox", voids=True), code="tail"),
    code="small_shop",
    kind="mystery_shop",
)
DAYS = [date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1)]


class Bank:
    """Branches, agents, a shopper and a reviewer, and a die that says what happens next."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        with setting() as make:
            self._found(make)

    def _found(self, make: Make) -> None:
        make.organisation(name="בנק", synthetic=True, policy={"agent_shops": True})
        regions = [make.region(name="צפון"), None]
        self.branches: list[Branch] = [make.branch(code=f"10{n}", region=regions[n % 2]) for n in range(3)]
        self.agents: list[Agent | None] = [
            None,
            *(make.agent(code=f"A{n}", branch=self.branches[n], since=SINCE) for n in range(2)),
        ]
        self.shopper: User = make.user(email="eye@example.com", role="shopper")
        self.judge: User = make.user(email="judge@example.com", role="quality_reviewer")
        self.scenario = make.scenario(code="any", has_appointment=True, has_account=True)
        for one in (SURVEY, SHOP):
            questionnaires.bring_in(make.session, one, publish=True)
        self.surveys = make.campaign("small_survey", opens=SINCE)
        self.shops = make.campaign("small_shop", opens=SINCE)

    # ---- what may happen

    def act(self) -> str:
        """Something happens; gives its name. What is impossible at the moment is something else instead."""
        while True:
            (name,) = self.random.choices(list(ACTS), WEIGHTS)
            if ACTS[name](self):
                return name

    def _any(self, *states: str, kind: str = "") -> str | None:
        with db.reading() as session:
            found = select(Response.id).where(Response.state.in_(states)).order_by(Response.id)
            ids = session.scalars(found.where(Response.kind == kind) if kind else found).all()
        return self.random.choice(ids) if ids else None

    def _grade(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def survey(self) -> bool:
        """A customer answers."""
        agent = self.random.choice(self.agents)
        with setting() as make:
            token = make.invitation(
                campaign=self.surveys,
                branch=self.random.choice(self.branches),
                visited_on=self.random.choice(DAYS),
                agent=agent,
            ).token
        send(by_token(token), {"q1": self._grade(1, 2, 4, 5, "dk"), "q2": self._grade(0, 7, 10, None), "q3": "מילים"})
        return True

    def report(self) -> dict[str, Any]:
        """A shopper's answers."""
        day = self.random.choice(DAYS).isoformat()
        judged = {code: self._grade("yes", "yes", "no", "na") for code in ("A2", "B1", "B2")}
        return {"day": day, "A1": self._grade("yes", "no"), **judged, "void": self.random.random() < 0.1}

    def shop(self) -> bool:
        """A shopper reports a visit."""
        agent = self.random.choice(self.agents)
        with setting() as make:
            visit = make.assignment(
                campaign=self.shops,
                shopper=self.shopper,
                branch=self.random.choice(self.branches),
                scenario=self.scenario,
                window_from=SINCE,
                window_until=date(2026, 11, 30),
            )
            visit.agent_id = agent.id if agent else 0
        send(by_visit(visit), self.report())
        return True

    def resubmit(self) -> bool:
        """A report that was sent back comes in again."""
        response_id = self._any("returned")
        if response_id is None:
            return False
        with db.reading() as session:
            visit = session.scalars(select(Assignment).where(Assignment.response_id == response_id)).one()
        send(by_visit(visit), self.report())
        return True

    def review(self) -> bool:
        """A reviewer decides."""
        response_id = self._any("pending")
        if response_id is None:
            return False
        outcome = self._grade("approved", "approved", "approved", "returned", "rejected")
        with transaction(Actor.user(self.judge), "quality.review") as session:
            if outcome == "approved" and _share(session, response_id) > 0.3:
                outcome = "returned"
            quality.review(session, self.judge, response_id, outcome, "הערה")
        return True

    def correct(self) -> bool:
        """A reviewer corrects an answer."""
        response_id = self._any("pending", "counted", kind="mystery_shop")
        if response_id is None:
            return False
        code, values = self._grade(*CORRECTIONS.items())
        with db.reading() as session:
            stands = session.get(Answer, (response_id, code))
        others = [value for value in values if stands is None or value != str(stands.value)]
        with transaction(Actor.user(self.judge), "quality.correct") as session:
            quality.correct(session, self.judge, response_id, code, [self.random.choice(others)], "סיבה")
        return True

    def exclude(self) -> bool:
        """An analyst takes a response out of the numbers."""
        return self._one("counted", lambda session, found: responses.exclude(session, found, "כפילות"))

    def reinstate(self) -> bool:
        """And lets it count again."""
        return self._one("excluded", responses.reinstate)

    def erase(self) -> bool:
        """The privacy officer erases."""
        return self._one("counted", responses.erase, "excluded", "pending", "returned", "rejected", "voided")

    def move(self) -> bool:
        """A file puts a response elsewhere."""
        branch, agent = self.random.choice(self.branches), self.random.choice(self.agents)
        changes = [
            {"branch_id": branch.id, "region_id": branch.region_id or 0},
            {"agent_id": agent.id if agent else 0},
            {"month": self._grade("2026-08", "2026-10")},
        ]

        def moved(session: Session, response_id: str) -> None:
            recording.move(session, session.get_one(Response, response_id), **self._grade(*changes))

        return self._one("counted", moved, "pending", "excluded")

    def _one(self, state: str, done: Callable[[Session, str], Any], *states: str) -> bool:
        response_id = self._any(state, *states)
        if response_id is None:
            return False
        with transaction(Actor.system("test"), "response.act") as session:
            done(session, response_id)
        return True


def _share(session: Session, response_id: str) -> float:
    response = session.get_one(Response, response_id)
    answers = recording.answers_of(session, response_id)
    return score(definition(response.version), answers, quality.context_of(session, response)).na_share


CORRECTIONS = {
    "A1": ["yes", "no", "na"],
    "A2": ["yes", "no", "na"],
    "B2": ["yes", "no"],
    "day": ["2026-10-02", "2026-11-02"],
}
ACTS: dict[str, Callable[[Bank], bool]] = {
    "survey": Bank.survey,
    "shop": Bank.shop,
    "review": Bank.review,
    "resubmit": Bank.resubmit,
    "correct": Bank.correct,
    "exclude": Bank.exclude,
    "reinstate": Bank.reinstate,
    "erase": Bank.erase,
    "move": Bank.move,
}


#: What is done to reports more often than to customers' answers, which are simpler.
WEIGHTS = [3, 4, 4, 2, 4, 2, 2, 1, 3]


def satisfied(session: Session) -> dict[tuple[str, int], tuple[int, int, int]]:
    """The survey's top-box facts by hand: from answers of counted responses, past every score and fact."""
    found: dict[tuple[str, int], list[int]] = defaultdict(list)
    rows = session.execute(
        select(Response.month, Response.branch_id, Answer.value)
        .join(Answer, Answer.response_id == Response.id)
        .join(Version, Version.id == Response.version_id)
        .join(Questionnaire, Questionnaire.id == Version.questionnaire_id)
        .where(Response.state == COUNTED, Questionnaire.code == "small_survey", Answer.question == "q1")
    )
    for month, branch, value in rows:
        if value != "dk":
            found[month, branch].append(10000 if value >= 4 else 0)
    return {key: (len(values), sum(values), sum(one * one for one in values)) for key, values in found.items()}
