"""Incidents as they are read: the list, one with its cases and people, and whether who was reached is satisfied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import and_, case, func, literal, select
from sqlalchemy.orm import Session, joinedload

from reports import months as calendar
from reports.loyalty import NOT_REACHED, REACHED, UNAFFECTED, Effect, effect
from survey_app import clock
from survey_app.errors import NotFound
from survey_app.models import Case, Incident, IncidentPerson, Interaction, Invitation, Response, Score, User
from survey_app.models.response import COUNTED
from survey_app.permissions import PERMISSIONS, Permission, Role
from survey_app.queries import organisation
from survey_app.queries.lines import report_lines
from translations import gettext as _

PROPOSED, OPEN, CLOSED, DISMISSED = "proposed", "open", "closed", "dismissed"
#: How the list can be cut.
CUTS: Final = (PROPOSED, OPEN, CLOSED, DISMISSED)
#: States of people, in the order in which they are counted.
PEOPLE: Final = ("reached", "sent", "waiting", "unreachable", "no_contact")
#: For how long after the messages left answers are compared.
DAYS: Final = 90
#: Cases that a page lists.
MOST_CASES: Final = 200
_FULL: Final = 10_000
#: Roles whose users may apologise by name.
APOLOGISING: Final = tuple(sorted(role.value for role in Role if Permission.ADOPT_CASES in PERMISSIONS[role]))


@dataclass(frozen=True)
class Listed:
    """An incident on the list: how many cases, and its people by state."""

    incident: Incident
    cases: int
    people: Mapping[str, int]

    @property
    def total(self) -> int:
        """Everybody whom it hit, as far as known."""
        return sum(self.people.values())


def counts(session: Session) -> dict[str, int]:
    """State -> how many incidents."""
    return dict(session.execute(select(Incident.state, func.count()).group_by(Incident.state)).all())


def listed(session: Session, state: str, *, limit: int, offset: int = 0) -> list[Listed]:
    """Incidents of a state, newest first."""
    found = session.scalars(
        select(Incident)
        .where(Incident.state == state)
        .options(joinedload(Incident.branch))
        .order_by(Incident.began_at.desc(), Incident.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    ids = [one.id for one in found]
    cases: dict[int | None, int] = dict(
        session.execute(
            select(Case.incident_id, func.count()).where(Case.incident_id.in_(ids)).group_by(Case.incident_id)
        ).all()
    )
    people = _people(session, ids)
    return [Listed(one, cases.get(one.id, 0), people.get(one.id, {})) for one in found]


def _people(session: Session, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    rows: Sequence[Any] = session.execute(
        select(IncidentPerson.incident_id, IncidentPerson.state, func.count())
        .where(IncidentPerson.incident_id.in_(ids))
        .group_by(IncidentPerson.incident_id, IncidentPerson.state)
    ).all()
    found: dict[int, dict[str, int]] = {}
    for incident_id, state, n in rows:
        found.setdefault(incident_id, {})[state] = n
    return found


def incident(session: Session, incident_id: int) -> Incident:
    """One incident. NotFound."""
    found = session.get(Incident, incident_id, options=[joinedload(Incident.branch), joinedload(Incident.apology_by)])
    if found is None:
        raise NotFound(_("There is no such incident."))
    return found


def overview(session: Session, found: Incident) -> Listed:
    """One incident with its counts."""
    cases = session.scalar(select(func.count()).select_from(Case).where(Case.incident_id == found.id)) or 0
    return Listed(found, cases, _people(session, [found.id]).get(found.id, {}))


def cases_of(session: Session, incident_id: int) -> list[Case]:
    """The cases of an incident, in the order in which they came."""
    return list(
        session.scalars(
            select(Case)
            .where(Case.incident_id == incident_id)
            .options(joinedload(Case.branch))
            .order_by(Case.opened_at, Case.id)
            .limit(MOST_CASES)
        )
    )


def people(
    session: Session, incident_id: int, state: str = "", *, limit: int, offset: int = 0
) -> tuple[list[IncidentPerson], int]:
    """Whom an incident hit, of one state or all, and how many there are; who still waits for a person first."""
    wanted = [IncidentPerson.incident_id == incident_id, *([IncidentPerson.state == state] if state in PEOPLE else [])]
    total = session.scalar(select(func.count()).select_from(IncidentPerson).where(*wanted)) or 0
    order = case({"unreachable": 0, "no_contact": 1, "sent": 2, "waiting": 3}, value=IncidentPerson.state, else_=4)
    rows = session.scalars(
        select(IncidentPerson).where(*wanted).order_by(order, IncidentPerson.id).limit(limit).offset(offset)
    ).all()
    return list(rows), total


def managers(session: Session) -> list[User]:
    """Who may apologise by name."""
    return list(session.scalars(select(User).where(User.role.in_(APOLOGISING), User.active).order_by(User.name)))


def visitors(session: Session, found: Incident) -> int:
    """How many known customers the feed told of at the incident's branch while it lasted; 0 without a branch."""
    if found.branch_id is None:
        return 0
    until = found.ended_at or clock.now()
    return (
        session.scalar(
            select(func.count(Interaction.customer_id.distinct())).where(
                Interaction.branch_id == found.branch_id, Interaction.at >= found.began_at, Interaction.at <= until
            )
        )
        or 0
    )


def measured(session: Session, found: Incident) -> Effect:
    """How satisfied reached, not reached and unaffected customers were in the days after.

    Answers by personal link of the surveys that the report counts: of people who were reached those sent after that, of
    the others those since the messages left, or since the incident began. Of one branch's incident all are of the
    branch.
    """
    settings = organisation.policy(session)
    since = found.sent_at or found.began_at
    until = since + timedelta(days=DAYS)
    months = calendar.between(calendar.of(clock.local(since).date()), calendar.of(clock.local(until).date()))
    lines = [line for line, name in report_lines(session, settings, months).measures.items() if name == "csat"]
    group = case(
        (IncidentPerson.id.is_(None), literal(UNAFFECTED)),
        (and_(IncidentPerson.state == "reached", Response.submitted_at > IncidentPerson.reached_at), literal(REACHED)),
        (IncidentPerson.state == "reached", literal("")),
        else_=literal(NOT_REACHED),
    ).label("grouped")
    answers = (
        select(group, Score.value)
        .select_from(Response)
        .join(Score, (Score.response_id == Response.id) & Score.line_id.in_(lines))
        .join(Invitation, Invitation.response_id == Response.id)
        .outerjoin(
            IncidentPerson,
            (IncidentPerson.incident_id == found.id) & (IncidentPerson.customer_id == Invitation.customer_id),
        )
        .where(
            Response.state == COUNTED,
            Response.month.in_(months),
            Response.submitted_at >= since,
            Response.submitted_at < until,
            Invitation.customer_id.is_not(None),
            *([Response.branch_id == found.branch_id] if found.branch_id is not None else []),
        )
        .subquery()
    )
    rows = session.execute(
        select(answers.c.grouped, func.sum(case((answers.c.value == _FULL, 1), else_=0)), func.count()).group_by(
            answers.c.grouped
        )
    ).all()
    told = {name: (int(satisfied), int(n)) for name, satisfied, n in rows if name}
    return effect(told, settings.least_surveys)
