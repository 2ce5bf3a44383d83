"""What people do in a test: answer, send, review. Each act opens a transaction of its own, as the product does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import facts, responses, sealing
from survey_app.commands.sealing import Published
from survey_app.models import AgentFact, Assignment, Branch, BranchFact, Line, Response, Scenario, User, Version
from survey_app.queries import tickets
from survey_app.queries.tickets import Ticket
from survey_app.transaction import transaction
from tests.support.factories import Make

SURVEY, SHOP, PULSE = "post_visit_branch", "branch_mystery_visit", "employee_pulse"
SINCE = date(2026, 1, 1)
#: Every item of the shop that the product ships with.
ITEMS = [f"{section}{number}" for section in "ABCDEF" for number in range(1, 6)]


def shop_answers(day: str, **more: Any) -> dict[str, Any]:
    """A whole report of a visit on a day, after a short wait: everything in order but what ``more`` says."""
    return {"visit_date": day, **dict.fromkeys(ITEMS, "yes"), "B3": 4, "B4": "na", **more}


def by_token(token: str) -> Ticket:
    """A customer opens an invitation."""
    with db.reading() as session:
        return tickets.by_token(session, token)


def by_door(branch: str) -> Ticket:
    """Somebody opens a branch's open link."""
    with db.reading() as session:
        return tickets.open_branch(session, branch)


def by_visit(visit: Assignment) -> Ticket:
    """The shopper opens an assignment."""
    with db.reading() as session:
        assert visit.shopper_id is not None
        return tickets.by_assignment(session, visit.id, visit.shopper_id)


def keep(ticket: Ticket, answers: Mapping[str, Any], language: str = "he") -> dict[str, Any]:
    """One page is sent; gives everything that is saved by then."""
    with transaction(Actor.respondent(), "response.save") as session:
        return dict(responses.save_page(session, ticket, answers, language).answers)


def send(ticket: Ticket, answers: Mapping[str, Any] | None = None, language: str = "he") -> Response | None:
    """The last page is sent, with these answers on it."""
    if answers is not None:
        keep(ticket, answers, language)
    with transaction(Actor.respondent(), "response.submit") as session:
        return responses.submit(session, ticket, language=language, channel=ticket.link)


def sent(ticket: Ticket, answers: Mapping[str, Any]) -> Response:
    """The same, where a response must come of it."""
    response = send(ticket, answers)
    assert response is not None
    return response


def closing_night(month: str = "2026-11") -> Published:
    """The night in which a month closes: every anonymous response that waits is published, however few there are."""
    with clock.moved_to(clock.start_of(clock.closes_on(month)) + timedelta(hours=2)):
        return sealing.publish()


@dataclass(frozen=True)
class Field:
    """A region with two branches, a shopper, a reviewer from outside and the shop questionnaire."""

    branch: Branch
    other: Branch
    shopper: User
    reviewer: User
    scenario: Scenario
    version: Version

    @classmethod
    def made(cls, make: Make, *, has_account: bool = True) -> Field:
        """Make it; the shop's campaign is open since the year began."""
        region = make.region(name="צפון")
        version = make.questionnaire(SHOP)
        make.campaign(SHOP, opens=SINCE)
        return cls(
            branch=make.branch(code="101", region=region),
            other=make.branch(code="102", region=region),
            shopper=make.user(email="eye@example.com", role="shopper"),
            reviewer=make.user(email="judge@example.com", role="quality_reviewer"),
            scenario=make.scenario(code="account", has_appointment=False, has_account=has_account),
            version=version,
        )

    def visit(self, make: Make, branch: Branch | None = None) -> Assignment:
        """A visit of the shopper's to make this month."""
        return make.assignment(
            campaign=make.campaign(SHOP, opens=SINCE),
            shopper=self.shopper,
            branch=branch or self.branch,
            scenario=self.scenario,
            window_from=date(2026, 11, 1),
            window_until=date(2026, 11, 30),
        )


def branch_facts(session: Session, what: str) -> dict[tuple[str, int], tuple[int, int, int]]:
    """(month, branch) -> n, total, squares of a line, over regions and questionnaires."""
    rows = session.execute(
        select(BranchFact.month, BranchFact.branch_id, BranchFact.n, BranchFact.total, BranchFact.squares)
        .join(Line, Line.id == BranchFact.line_id)
        .where(Line.what == what)
    )
    return {(month, branch): (n, total, squares) for month, branch, n, total, squares in rows}


def agent_facts(session: Session, what: str) -> dict[tuple[str, int], tuple[int, int, int]]:
    """(month, agent) -> n, total, squares of a line."""
    rows = session.execute(
        select(AgentFact.month, AgentFact.agent_id, AgentFact.n, AgentFact.total, AgentFact.squares)
        .join(Line, Line.id == AgentFact.line_id)
        .where(Line.what == what)
    )
    return {(month, agent): (n, total, squares) for month, agent, n, total, squares in rows}


def differences() -> list[facts.Difference]:
    """What of the facts is not what the scores say."""
    with db.reading() as session:
        return [found for month in facts.months_with_facts(session) for found in facts.check(session, month)]
