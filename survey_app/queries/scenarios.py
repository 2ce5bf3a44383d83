"""One scenario, who checked it, and which programmes play it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.errors import NotFound
from survey_app.models import Programme, ProgrammeScenario, Scenario, User
from translations import gettext as _


def find(session: Session, code: str) -> Scenario:
    """The scenario with a code; NotFound."""
    found = session.scalar(select(Scenario).where(Scenario.code == code))
    if found is None:
        raise NotFound(_("There is no scenario %(code)s.", code=code))
    return found


def checked_by(session: Session, scenario: Scenario) -> str:
    """The name of who checked its risks; empty where nobody did."""
    user = session.get(User, scenario.risks_checked_by_id) if scenario.risks_checked_by_id is not None else None
    return (user.name or user.email) if user is not None else ""


def programmes_of(session: Session, scenario_id: int) -> list[Programme]:
    """The programmes that play it, by code."""
    return list(
        session.scalars(
            select(Programme)
            .join(ProgrammeScenario, ProgrammeScenario.programme_id == Programme.id)
            .where(ProgrammeScenario.scenario_id == scenario_id)
            .order_by(Programme.code)
        )
    )
