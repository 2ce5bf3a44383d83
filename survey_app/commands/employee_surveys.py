"""Surveys among employees: a campaign about each department, and everybody's personal link to an anonymous survey."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from reports import months as calendar
from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands.invitations import TOKEN_BYTES
from survey_app.db import reading
from survey_app.errors import Conflict, UserError
from survey_app.models import Agent, Branch, Campaign, Department, DepartmentSurvey, Invitation, Placement
from survey_app.models.campaign import ANONYMOUS, READY
from survey_app.models.people import NO_AGENT
from survey_app.queries import campaigns, departments, questionnaires
from survey_app.queries.employee_voice import KIND
from survey_app.queries.questionnaires import newest_published
from survey_app.queries.tickets import new_response_id
from survey_app.transaction import transaction
from translations import DEFAULT, localised
from translations import gettext as _

#: The questionnaire that the library ships for departments.
ABOUT_DEPARTMENTS: Final = "internal_service"
#: For how many days a link is good.
DAYS: Final = 21
_BATCH: Final = 400


def ask_about(
    session: Session, code: str, *, questionnaire: str = ABOUT_DEPARTMENTS, opens: date | None = None,
    closes: date | None = None,
) -> Campaign:  # fmt: skip
    """A campaign among employees about a department, whose name then stands in its questions. Asked twice it is one.

    UserError where the department is out of use or the questionnaire is not published or not for employees.
    """
    department = departments.department(session, code)
    if not department.active:
        raise UserError(_("This department is out of use."))
    asked = questionnaires.by_code(session, questionnaire)
    if asked.kind != KIND or newest_published(session, asked.id) is None:
        raise UserError(_("Publish a questionnaire for employees first."))
    session.scalar(select(Department.id).where(Department.id == department.id).with_for_update())
    standing = session.scalar(
        select(Campaign)
        .join(DepartmentSurvey, DepartmentSurvey.campaign_id == Campaign.id)
        .where(DepartmentSurvey.department_id == department.id, Campaign.questionnaire_id == asked.id)
        .order_by(Campaign.id.desc())
        .limit(1)
    )
    if standing is not None and (standing.closes is None or standing.closes >= clock.today()):
        return standing
    day = opens or clock.today()
    made = Campaign(
        code=f"{questionnaire}-{department.code}-{calendar.of(day)}",
        questionnaire_id=asked.id,
        opens=day,
        closes=closes,
        privacy=ANONYMOUS,
        invitation_days=DAYS,
        name=f"{localised(asked.title, DEFAULT)}: {localised(department.name, DEFAULT)}",
    )
    session.add(made)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(_("This department was asked about this month already.")) from error
    session.add(DepartmentSurvey(campaign_id=made.id, department_id=department.id))
    session.flush()
    return made


@dataclass(frozen=True)
class Link:
    """One employee's way to a survey: who it is for, and the token of the address."""

    agent: str
    name: str
    email: str
    branch: str
    token: str


def hand_out(actor: Actor, code: str) -> list[Link]:
    """A link of this month for every employee placed today who has none that still waits; those who answered get none.

    Batches, one transaction each. UserError for a campaign that is not among employees or takes no answers now.
    """
    today = clock.today()
    with reading() as session:
        campaign = campaigns.by_code(session, code)
        if campaign.questionnaire.kind != KIND or campaign.privacy != ANONYMOUS:
            raise UserError(_("This campaign is not an anonymous survey among employees."))
        if not campaign.runs_on(today):
            raise UserError(_("This campaign takes no answers today."))
        people = _placed(session, today)
    found: list[Link] = []
    for start in range(0, len(people), _BATCH):
        with transaction(actor, "employees.links", campaign=code) as session:
            found += _given(session, campaign, people[start : start + _BATCH], today)
    return found


def _placed(session: Session, day: date) -> list[tuple[Agent, Branch]]:
    rows = session.execute(
        select(Agent, Branch)
        .join(Placement, Placement.agent_id == Agent.id)
        .join(Branch, Branch.id == Placement.branch_id)
        .where(Agent.id != NO_AGENT, Placement.since <= day, (Placement.until.is_(None)) | (Placement.until >= day))
        .order_by(Branch.code, Agent.code)
    )
    return [(agent, branch) for agent, branch in rows]


def _given(session: Session, campaign: Campaign, people: list[tuple[Agent, Branch]], day: date) -> Iterator[Link]:
    # Two who hand out at once wait for each other here.
    session.scalar(select(Campaign.id).where(Campaign.id == campaign.id).with_for_update())
    held: dict[int, tuple[str, str]] = {
        agent: (token, state)
        for agent, token, state in session.execute(
            select(Invitation.agent_id, Invitation.token, Invitation.state).where(
                Invitation.campaign_id == campaign.id,
                Invitation.visited_on >= calendar.first_day(calendar.of(day)),
                Invitation.agent_id.in_([agent.id for agent, _branch in people]),
            )
        )
    }
    fresh: list[dict[str, Any]] = []
    given: list[Link] = []
    for agent, branch in people:
        token, state = held.get(agent.id, ("", READY))
        if not token:
            token = secrets.token_urlsafe(TOKEN_BYTES)
            fresh.append(
                {
                    "campaign_id": campaign.id, "token": token, "response_id": new_response_id(),
                    "branch_id": branch.id, "agent_id": agent.id, "visited_on": day, "language": DEFAULT,
                    "state": READY, "created_at": clock.now(),
                    "expires_at": clock.now() + timedelta(days=campaign.invitation_days),
                }
            )  # fmt: skip
        if state == READY:
            given.append(Link(agent.code, agent.name, agent.email, branch.code, token))
    if fresh:
        session.execute(insert(Invitation), fresh)
    return iter(given)
