"""Programmes of mystery visits: their rules, scenarios, and which branches' staff were told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from survey_app.errors import NotFound
from survey_app.field.rules import Rules
from survey_app.kinds import KINDS
from survey_app.models import (
    Assignment,
    Branch,
    Campaign,
    Programme,
    ProgrammeScenario,
    Questionnaire,
    Scenario,
    StaffNotice,
    Version,
)
from survey_app.models.fieldwork import CANCELLED
from survey_app.models.programme import ACTIVE, CLOSED
from survey_app.models.questionnaire import PUBLISHED
from survey_app.permissions import Scope
from survey_app.queries import organisation
from translations import gettext as _

#: The kind of questionnaire that a quiz is.
QUIZ_KIND = "certification"


def rules(programme: Programme) -> Rules:
    """The rules of a programme's fieldwork."""
    return Rules.load(programme.rules)


def told(session: Session, programme_id: int) -> dict[int, date]:
    """Branch id -> the first day on which a visit may be made there. A branch that is not in it was not told."""
    rows = session.execute(
        select(StaffNotice.branch_id, StaffNotice.told_on).where(StaffNotice.programme_id == programme_id)
    )
    return {branch: day for branch, day in rows}  # noqa: C416


def active(session: Session) -> list[Programme]:
    """Programmes that visits are made for, by code."""
    return _listed(session, Programme.state == ACTIVE)


def every(session: Session) -> list[Programme]:
    """All programmes, those that are closed last."""
    return sorted(_listed(session), key=lambda one: (one.state == CLOSED, one.code))


def _listed(session: Session, *conditions: Any) -> list[Programme]:
    return list(
        session.scalars(
            select(Programme)
            .where(*conditions)
            .order_by(Programme.code)
            .options(joinedload(Programme.campaign).joinedload(Campaign.questionnaire), joinedload(Programme.quiz))
        )
    )


def find(session: Session, code: str) -> Programme:
    """A programme by its code; NotFound otherwise."""
    found = session.scalar(
        select(Programme)
        .where(Programme.code == code)
        .options(joinedload(Programme.campaign).joinedload(Campaign.questionnaire), joinedload(Programme.quiz))
    )
    if found is None:
        raise NotFound(_("There is no programme %(code)s.", code=code))
    return found


def of_campaign(session: Session, campaign_id: int) -> Programme | None:
    """The active programme whose reports a campaign takes; the first by code where there are several."""
    return next((one for one in active(session) if one.campaign_id == campaign_id), None)


def scenarios(session: Session, programme_id: int) -> list[tuple[Scenario, int]]:
    """The scenarios of a programme that may be played, each with its share, by code."""
    rows = session.execute(
        select(Scenario, ProgrammeScenario.share)
        .join(ProgrammeScenario, ProgrammeScenario.scenario_id == Scenario.id)
        .where(ProgrammeScenario.programme_id == programme_id)
        .order_by(Scenario.code)
    )
    return [(scenario, share) for scenario, share in rows]


def branches(session: Session, day: date) -> list[Branch]:
    """Branches that can be visited: open on a day and serving customers, by name."""
    return [one for one in organisation.branches(session, Scope()) if one.open_on(day) and one.ranked]


def quota(one: Rules, there: Sequence[Branch]) -> dict[int, int]:
    """Branch id -> visits in a month."""
    return {branch.id: one.visits(branch.code, branch.type) for branch in there}


def quizzes(session: Session) -> list[Questionnaire]:
    """Published questionnaires of the kind that a quiz is, by code."""
    return list(
        session.scalars(
            select(Questionnaire)
            .where(
                Questionnaire.kind == QUIZ_KIND,
                Questionnaire.archived_at.is_(None),
                select(Version.id)
                .where(Version.questionnaire_id == Questionnaire.id, Version.state == PUBLISHED)
                .exists(),
            )
            .order_by(Questionnaire.code)
        )
    )


def campaigns(session: Session) -> list[Campaign]:
    """Campaigns of questionnaires that shoppers fill in, by code."""
    kinds = [kind.code for kind in KINDS.values() if kind.reviewed]
    return list(
        session.scalars(
            select(Campaign)
            .join(Campaign.questionnaire)
            .where(Questionnaire.kind.in_(kinds), Questionnaire.archived_at.is_(None))
            .order_by(Campaign.code)
            .options(joinedload(Campaign.questionnaire))
        )
    )


@dataclass(frozen=True)
class Register:
    """A page of the staff-notice register: each branch with its notice, and how many of all were told."""

    rows: list[tuple[Branch, StaffNotice | None]]
    total: int
    told: int
    branches: int


def register(
    session: Session, programme_id: int, day: date, *, search: str = "", lacking: bool = False,
    limit: int = 50, offset: int = 0,
) -> Register:  # fmt: skip
    """Branches that can be visited, and when their staff were told. ``lacking``: only those that were not."""
    there = branches(session, day)
    notices: Mapping[int, StaffNotice] = {
        one.branch_id: one
        for one in session.scalars(
            select(StaffNotice)
            .where(StaffNotice.programme_id == programme_id)
            .options(joinedload(StaffNotice.recorded_by))
        )
    }
    sought = search.casefold()
    shown = [
        branch
        for branch in there
        if (not lacking or branch.id not in notices)
        and (not sought or sought in f"{branch.code} {branch.name} {branch.city}".casefold())
    ]
    return Register(
        [(branch, notices.get(branch.id)) for branch in shown[offset : offset + limit]],
        len(shown),
        sum(branch.id in notices for branch in there),
        len(there),
    )


def notice_of(session: Session, programme_id: int, branch_id: int) -> StaffNotice | None:
    """When and how the staff of a branch were told of a programme."""
    return session.scalar(
        select(StaffNotice).where(StaffNotice.programme_id == programme_id, StaffNotice.branch_id == branch_id)
    )


def records_names(session: Session, visit: Assignment | None) -> bool:
    """Whether the report of a visit may name who served.

    Only where agents are scored by visits [policy] and, under a programme, where the notice to the branch's staff says
    that reports name employees.
    """
    if visit is not None and visit.programme_id is not None:
        notice = notice_of(session, visit.programme_id, visit.branch_id)
        if notice is None or not notice.names_recorded:
            return False
    return organisation.policy(session).agent_shops


def first_visits(session: Session, programme_id: int) -> dict[int, date]:
    """Branch id -> the first day of its earliest visit that was given and not taken back."""
    rows = session.execute(
        select(Assignment.branch_id, func.min(Assignment.window_from))
        .where(Assignment.programme_id == programme_id, Assignment.state != CANCELLED)
        .group_by(Assignment.branch_id)
    )
    return {branch: day for branch, day in rows}  # noqa: C416
