"""Scenarios: rewritten, checked for risks, retired."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.field import risks
from survey_app.models import Assignment, Programme, ProgrammeScenario, Scenario
from survey_app.models.programme import ACTIVE
from translations import DEFAULT
from translations import gettext as _

LONGEST_NOTE = 2_000


def held(session: Session, code: str) -> Scenario:
    """The scenario, locked for writing; NotFound."""
    found = session.scalar(select(Scenario).where(Scenario.code == code).with_for_update())
    if found is None:
        raise NotFound(_("There is no scenario %(code)s.", code=code))
    return found


def change(
    session: Session, code: str, *, title: Mapping[str, str], briefing: Mapping[str, str],
    has_appointment: bool, has_account: bool,
) -> Scenario:  # fmt: skip
    """Rewrite a scenario. Other words of the briefing ask for the risk check again: it was made of what stood.

    What rules ask of it (an appointment, an account) stays once somebody has played it: reports hang on it.
    """
    scenario = held(session, code)
    if not title.get(DEFAULT) or not briefing.get(DEFAULT):
        raise UserError(_("The title and the briefing are needed in Hebrew."))
    facts = {"has_appointment": has_appointment, "has_account": has_account}
    played = session.scalar(select(Assignment.id).where(Assignment.scenario_id == scenario.id).limit(1)) is not None
    if played and facts != scenario.facts:
        raise Conflict(
            _("Visits were planned with this scenario: whether it is booked beforehand and needs an account stays.")
        )
    if scenario.risks and (dict(briefing) != scenario.briefing or facts != scenario.facts):
        scenario.risks, scenario.risks_checked_at, scenario.risks_checked_by_id = {}, None, None
    scenario.title, scenario.briefing = dict(title), dict(briefing)
    scenario.has_appointment, scenario.has_account = has_appointment, has_account
    session.flush()
    return scenario


def check_risks(session: Session, code: str, answers: Mapping[str, bool], *, note: str, by: int | None) -> Scenario:
    """Answer every question of the risk check. A risk needs a decision in words; some rule the scenario out."""
    scenario = held(session, code)
    if set(answers) != set(risks.QUESTIONS):
        raise UserError(_("Every question of the risk check needs an answer."))
    words = note.strip()
    if len(words) > LONGEST_NOTE:
        raise UserError(_("Write at most %(max)s characters.", max=LONGEST_NOTE), [("note", "")])
    verdict = risks.verdict(answers)
    if verdict == risks.DECIDED and not words:
        raise UserError(_("Write what was decided about the risks that were found."), [("note", "")])
    if verdict == risks.FORBIDDEN:
        _refuse_in_use(session, scenario)
    scenario.risks = {question: bool(answers[question]) for question in risks.QUESTIONS}
    scenario.risk_note = words
    scenario.risks_checked_at, scenario.risks_checked_by_id = clock.now(), by
    session.flush()
    return scenario


def _refuse_in_use(session: Session, scenario: Scenario) -> None:
    codes = session.scalars(
        select(Programme.code)
        .join(ProgrammeScenario, ProgrammeScenario.programme_id == Programme.id)
        .where(ProgrammeScenario.scenario_id == scenario.id, Programme.state == ACTIVE)
        .order_by(Programme.code)
    ).all()
    if codes:
        raise Conflict(
            _("Programmes that run play this scenario: %(codes)s. Take it out of them first.", codes=", ".join(codes))
        )


def retire(session: Session, code: str) -> Scenario:
    """Let no new visit play it; visits that were given are still made."""
    scenario = held(session, code)
    _refuse_in_use(session, scenario)
    scenario.active = False
    session.flush()
    return scenario


def restore(session: Session, code: str) -> Scenario:
    """Let new visits play it again."""
    scenario = held(session, code)
    scenario.active = True
    session.flush()
    return scenario
