"""Programmes of mystery visits: made, described, given rules and scenarios, begun and closed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.field import charter as charters
from survey_app.field import risks
from survey_app.field.rules import Rules
from survey_app.kinds import kind_of
from survey_app.models import (
    Assignment,
    Campaign,
    Certification,
    Programme,
    ProgrammeScenario,
    Questionnaire,
    RotationPlan,
    Scenario,
    StaffNotice,
)
from survey_app.models.fieldwork import ASSIGNED, CLAIMED, OPEN, PLANNED, RETURNED
from survey_app.models.programme import ACTIVE, CLOSED, DRAFT
from survey_app.queries import programmes as queries
from survey_app.queries import questionnaires
from translations import DEFAULT, LANGUAGES, localised, ngettext
from translations import gettext as _

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
LONGEST_NAME, LONGEST_PART = 120, 2_000
MOST_SHARE = 100
#: Visits that somebody still has to make or send.
UNFINISHED = (PLANNED, OPEN, CLAIMED, ASSIGNED, RETURNED)


class Stale(Conflict):
    """Somebody else saved the programme after the page was made."""


def held(session: Session, code: str, seen: int | None = None) -> Programme:
    """The programme, locked for writing. NotFound; Stale where it was saved after ``seen``, its revision then."""
    found = session.scalar(select(Programme).where(Programme.code == code).with_for_update())
    if found is None:
        raise NotFound(_("There is no programme %(code)s.", code=code))
    if seen is not None and found.revision != seen:
        raise Stale(_("Somebody else saved this page meanwhile. Look at what stands now, then save again."))
    return found


def _saved(session: Session, programme: Programme) -> Programme:
    programme.revision += 1
    session.flush()
    return programme


def _texts(given: Mapping[str, Any], longest: int) -> dict[str, str]:
    kept = {code: " ".join(str(given[code]).split()) for code in LANGUAGES if str(given.get(code) or "").strip()}
    if any(len(words) > longest for words in kept.values()):
        raise UserError(_("Write at most %(max)s characters.", max=longest), [("name", "")])
    return kept


def create(session: Session, *, code: str, name: Mapping[str, Any], campaign_id: int) -> Programme:
    """A new programme as a draft, with the proposed charter and the usual rules."""
    wanted = code.strip().lower()
    if not _CODE.fullmatch(wanted):
        raise UserError(_("A code has Latin letters, digits, - and _, at most 40."), [("code", wanted)])
    words = _texts(name, LONGEST_NAME)
    if not words.get(DEFAULT):
        raise UserError(_("The name is needed in Hebrew."), [("name_he", "")])
    if session.scalar(select(Programme.id).where(Programme.code == wanted)) is not None:
        raise Conflict(_("There is already a programme %(code)s.", code=wanted), [("code", wanted)])
    made = Programme(
        code=wanted,
        name=words,
        campaign_id=_campaign(session, campaign_id).id,
        charter={language: dict(parts) for language, parts in charters.proposed().items()},
        created_at=clock.now(),
    )
    session.add(made)
    session.flush()
    return made


def _campaign(session: Session, campaign_id: int) -> Campaign:
    found = session.get(Campaign, campaign_id)
    if found is None:
        raise UserError(_("Choose a questionnaire."), [("campaign", "")])
    questionnaire = session.get_one(Questionnaire, found.questionnaire_id)
    if not kind_of(questionnaire.kind).reviewed:
        raise UserError(
            _("The questionnaire %(code)s is not filled in by shoppers.", code=questionnaire.code), [("campaign", "")]
        )
    return found


def describe(
    session: Session, code: str, *, name: Mapping[str, Any], quiz_code: str, seen: int | None = None
) -> Programme:
    """The programme's name and its quiz; an empty ``quiz_code``: no certificate is needed."""
    programme = held(session, code, seen)
    words = _texts(name, LONGEST_NAME)
    if not words.get(DEFAULT):
        raise UserError(_("The name is needed in Hebrew."), [("name_he", "")])
    programme.name = words
    programme.quiz_id = _quiz(session, quiz_code) if quiz_code else None
    return _saved(session, programme)


def _quiz(session: Session, code: str) -> int:
    """The quiz of a code; UserError for what nobody could pass."""
    found = next((one for one in queries.quizzes(session) if one.code == code), None)
    if found is None:
        raise UserError(_("There is no published quiz %(code)s.", code=code), [("quiz", code)])
    version = questionnaires.newest_published(session, found.id)
    if version is None or not questionnaires.definition(version).scored_questions:
        raise UserError(_("The quiz %(code)s has no question with points: nobody could pass it.", code=code))
    return found.id


def write_charter(session: Session, code: str, charter: Mapping[str, Any], *, seen: int | None = None) -> Programme:
    """What the programme is for, how it is used, what it never decides; Hebrew whole once the programme runs."""
    programme = held(session, code, seen)
    written: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        parts = {part: str((charter.get(language) or {}).get(part) or "").strip() for part in charters.PARTS}
        if any(len(words) > LONGEST_PART for words in parts.values()):
            raise UserError(_("Write at most %(max)s characters.", max=LONGEST_PART))
        if any(parts.values()):
            written[language] = {part: words for part, words in parts.items() if words}
    if programme.state == ACTIVE and charters.missing(written):
        raise UserError(_("A programme that runs keeps a whole charter in Hebrew."))
    programme.charter = written
    return _saved(session, programme)


def set_rules(session: Session, code: str, rules: Rules, *, seen: int | None = None) -> Programme:
    """The rules of the fieldwork. Visits that were given keep the fee, cap and window that they were given with."""
    programme = held(session, code, seen)
    problems = rules.problems()
    if problems:
        raise UserError(problems[0][1], problems)
    programme.rules = rules.dump()
    return _saved(session, programme)


def set_scenarios(session: Session, code: str, shares: Mapping[int, int], *, seen: int | None = None) -> Programme:
    """Which scenarios it plays (id -> share of its visits); each is in use and its risks were checked."""
    programme = held(session, code, seen)
    found = {one.id: one for one in session.scalars(select(Scenario).where(Scenario.id.in_(list(shares))))}
    before = {one.scenario_id for one in programme.scenarios}
    for number, share in shares.items():
        scenario = found.get(number)
        if scenario is None:
            raise UserError(_("Choose one of the list."))
        if not 1 <= share <= MOST_SHARE:
            raise UserError(_("A number from %(least)s to %(most)s is needed.", least=1, most=MOST_SHARE))
        if number not in before:
            refuse_unplayable(scenario)
    if programme.state == ACTIVE and not shares:
        raise UserError(_("A programme that runs plays at least one scenario."))
    session.execute(delete(ProgrammeScenario).where(ProgrammeScenario.programme_id == programme.id))
    session.expire(programme, ["scenarios"])
    session.add_all(
        ProgrammeScenario(programme_id=programme.id, scenario_id=number, share=share)
        for number, share in sorted(shares.items())
    )
    return _saved(session, programme)


def refuse_unplayable(scenario: Scenario) -> None:
    """UserError for a scenario that is retired, not checked yet, or of which the check says that it is not played."""
    title = localised(scenario.title)
    if not scenario.active:
        raise UserError(_("The scenario %(title)s is retired.", title=title))
    verdict = risks.verdict(scenario.risks)
    if verdict == risks.FORBIDDEN:
        raise UserError(_("The scenario %(title)s may not be played: its risk check rules it out.", title=title))
    if verdict == risks.UNCHECKED:
        raise UserError(_("The risks of the scenario %(title)s were not checked yet.", title=title))


def lacks(session: Session, programme: Programme) -> list[tuple[str, str]]:
    """What stands against beginning a programme: (the page where it is mended, what is missing)."""
    found: list[tuple[str, str]] = []
    if charters.missing(programme.charter):
        found.append(("charter", _("The charter is not whole in Hebrew.")))
    played = queries.scenarios(session, programme.id)
    if not played:
        found.append(("scenarios", _("No scenario is chosen.")))
    for scenario, _share in played:
        try:
            refuse_unplayable(scenario)
        except UserError as error:
            found.append(("scenarios", error.message))
    if questionnaires.newest_published(session, programme.campaign.questionnaire_id) is None:
        found.append(("show", _("The questionnaire of the visits is not published.")))
    if programme.quiz_id is not None and questionnaires.newest_published(session, programme.quiz_id) is None:
        found.append(("show", _("The quiz is not published.")))
    return found


def begin(session: Session, code: str, *, seen: int | None = None) -> Programme:
    """Let visits be planned and given. UserError with everything that is missing."""
    programme = held(session, code, seen)
    if programme.state == ACTIVE:
        return programme
    found = lacks(session, programme)
    if found:
        raise UserError(_("The programme cannot begin yet."), found)
    programme.state = ACTIVE
    return _saved(session, programme)


def close(session: Session, code: str, *, seen: int | None = None) -> Programme:
    """Let no more visits be planned. Visits that somebody still has to make stand against it."""
    programme = held(session, code, seen)
    if programme.state == CLOSED:
        return programme
    left = unfinished(session, programme)
    if left:
        raise Conflict(
            ngettext(
                "%(num)s visit is not made yet. Until then the programme cannot be closed.",
                "%(num)s visits are not made yet. Until then the programme cannot be closed.",
                left,
            )
        )
    programme.state = CLOSED
    return _saved(session, programme)


def unfinished(session: Session, programme: Programme) -> int:
    """How many visits of a programme somebody still has to make or send."""
    counted = select(func.count()).where(Assignment.programme_id == programme.id, Assignment.state.in_(UNFINISHED))
    return session.scalar(counted) or 0


def discard(session: Session, code: str) -> None:
    """Throw away a programme that never began; one that has left a trace is closed instead."""
    programme = held(session, code)
    used = any(
        session.scalar(select(table.programme_id).where(table.programme_id == programme.id).limit(1)) is not None
        for table in (Assignment, RotationPlan, Certification, StaffNotice)
    )
    if programme.state != DRAFT or used:
        raise Conflict(_("Only a draft without visits, plans, notices and certificates can be deleted."))
    session.execute(delete(ProgrammeScenario).where(ProgrammeScenario.programme_id == programme.id))
    session.delete(programme)
    session.flush()
