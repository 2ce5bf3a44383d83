"""What a test's world is made of, made by the product's own commands.

``with setting() as make:`` opens one transaction; ``make`` has a method per thing. Whatever an outcome may depend on
must be said: a branch has no default region, a user no default role, a response no default day or answers. What stays
unsaid is only what no rule looks at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any, TypeVar

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from forms.questionnaire import library
from forms.questionnaire.definition import dump
from reports import months
from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import accounts, fieldwork, invitations, questionnaires
from survey_app.commands.recording import Finished, record
from survey_app.models import (
    Agent,
    Assignment,
    Branch,
    Campaign,
    Invitation,
    Organisation,
    Placement,
    Profit,
    Region,
    Scenario,
    User,
    Version,
)
from survey_app.models.people import NO_AGENT
from survey_app.queries.tickets import new_response_id
from survey_app.transaction import transaction
from tests.support import once

#: Long enough for the product; the same for everybody, so that a test can log in as anybody.
PASSWORD = "open sesame 2026"
AGOROT = 100
# Passwords are hashed as the product does it, at the least cost there is: a test has hundreds and no secret among them.
accounts._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
questionnaires.load = once.loading(questionnaires.load)  # type: ignore[attr-defined, assignment]
questionnaires.problems = once.without_faults(questionnaires.problems)  # type: ignore[attr-defined, assignment]
Row = TypeVar("Row")


@contextmanager
def setting() -> Iterator[Make]:
    """One transaction in which a test's world is made; what it made stays readable afterwards."""
    with transaction(Actor.system("test"), "test.setting") as session:
        yield Make(session)


class Make:
    """Makes rows in one session."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def _kept(self, row: Row) -> Row:
        self.session.add(row)
        self.session.flush()
        return row

    def organisation(self, *, name: str, synthetic: bool, policy: Mapping[str, Any]) -> Organisation:
        """The one organisation. ``policy`` holds what differs from the defaults."""
        return self._kept(Organisation(id=1, name={"he": name}, synthetic=synthetic, policy=dict(policy), details={}))

    def region(self, *, name: str) -> Region:
        """A region."""
        return self._kept(Region(name=name))

    def branch(self, *, code: str, region: Region | None, **more: Any) -> Branch:
        """A branch of bank 20 that serves customers; ``more`` are columns (``opened``, ``ranked``, ``city``, …)."""
        return self._kept(Branch(**{"bank": "20", "code": code, "name": f"סניף {code}", "region": region} | more))

    def agent(self, *, code: str, branch: Branch, since: date, until: date | None = None) -> Agent:
        """A service employee, placed at a branch."""
        agent = self._kept(Agent(code=code, name=f"נציג {code}"))
        self._kept(Placement(agent=agent, branch=branch, since=since, until=until))
        return agent

    def user(
        self,
        *,
        email: str,
        role: str,
        branch: Branch | None = None,
        region: Region | None = None,
        agent: Agent | None = None,
        language: str = "he",
    ) -> User:
        """Somebody who logs in with :data:`PASSWORD`."""
        user, _ = accounts.add_user(
            self.session, email, role, branch=branch, region=region, agent=agent, language=language, password=PASSWORD
        )
        return user

    def questionnaire(self, code: str) -> Version:
        """A questionnaire of the library, published; its standing campaign opens today."""
        version, _ = questionnaires.bring_in(self.session, dump(library.load(code)), publish=True)
        return version

    def campaign(self, code: str, *, opens: date) -> Campaign:
        """The standing campaign of a published questionnaire, open since a day."""
        campaign = questionnaires.standing_campaign(self.session, code)
        campaign.opens = opens
        self.session.flush()
        return campaign

    def invitation(
        self, *, campaign: Campaign, branch: Branch, visited_on: date, agent: Agent | None = None, language: str = "he"
    ) -> Invitation:
        """A customer's invitation."""
        agent_id = agent.id if agent else NO_AGENT
        return invitations.invite(self.session, campaign, branch, visited_on, agent_id, language)

    def scenario(self, *, code: str, has_appointment: bool, has_account: bool) -> Scenario:
        """What a shopper plays."""
        return fieldwork.add_scenario(
            self.session,
            code=code,
            title={"he": "תרחיש לבדיקה"},
            briefing={"he": "פגישה עם נציג שירות"},
            has_appointment=has_appointment,
            has_account=has_account,
        )

    def assignment(
        self,
        *,
        campaign: Campaign,
        shopper: User,
        branch: Branch,
        scenario: Scenario,
        window_from: date,
        window_until: date,
    ) -> Assignment:
        """A visit to make."""
        return fieldwork.assign(
            self.session,
            campaign=campaign,
            shopper=shopper,
            branch=branch,
            scenario=scenario,
            window_from=window_from,
            window_until=window_until,
        )

    def responses(
        self,
        *,
        version: Version,
        branch: Branch,
        visited_on: date,
        state: str,
        answers: list[Mapping[str, Any]],
        context: Mapping[str, Any],
        agent: Agent | None = None,
    ) -> list[str]:
        """Finished questionnaires of one branch and day, one for each set of answers; gives their ids in order."""
        campaign = questionnaires.standing_campaign(self.session, version.questionnaire.code)
        finished = [
            Finished(
                response_id=new_response_id(),
                campaign_id=campaign.id,
                version=version,
                branch_id=branch.id,
                region_id=branch.region_id or 0,
                agent_id=agent.id if agent else NO_AGENT,
                month=months.of(visited_on),
                visited_on=visited_on,
                submitted_at=clock.now(),
                state=state,
                language="he",
                answers=given,
                context=context,
            )
            for given in answers
        ]
        record(self.session, finished)
        return [one.response_id for one in finished]

    def profit(self, *, branch: Branch, month: str, revenue: int, cost: int, target: int, headcount: float) -> Profit:
        """A branch's month, in whole shekels."""
        return self._kept(
            Profit(
                month=month,
                branch_id=branch.id,
                revenue=revenue * AGOROT,
                cost=cost * AGOROT,
                target=target * AGOROT,
                headcount=headcount,
            )
        )
