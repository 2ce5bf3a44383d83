"""Planning mystery visits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import handing, visit_events
from survey_app.commands.invitations import archived
from survey_app.commands.programmes import refuse_unplayable
from survey_app.errors import Conflict, UserError
from survey_app.kinds import kind_of
from survey_app.models import Assignment, Branch, Campaign, Programme, Questionnaire, Scenario, User
from survey_app.models.fieldwork import OPEN
from survey_app.models.people import NO_AGENT
from survey_app.models.programme import ACTIVE
from survey_app.permissions import Permission, may
from survey_app.queries import candidates, programmes
from survey_app.queries.tickets import new_response_id
from translations import DEFAULT
from translations import gettext as _

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def add_scenario(
    session: Session,
    *,
    code: str,
    title: Mapping[str, str],
    briefing: Mapping[str, str],
    has_appointment: bool = False,
    has_account: bool = False,
) -> Scenario:
    """A new scenario; its title and briefing are needed in the organisation's language."""
    wanted = code.strip().lower()
    if not _CODE.fullmatch(wanted):
        raise UserError(_("A code has Latin letters, digits, - and _, at most 40."), [("code", wanted)])
    if not title.get(DEFAULT) or not briefing.get(DEFAULT):
        raise UserError(_("The title and the briefing are needed in Hebrew."))
    if session.scalar(select(Scenario.id).where(Scenario.code == wanted)) is not None:
        raise Conflict(_("There is already a scenario %(code)s.", code=wanted))
    scenario = Scenario(
        code=wanted,
        title=dict(title),
        briefing=dict(briefing),
        has_appointment=has_appointment,
        has_account=has_account,
    )
    session.add(scenario)
    session.flush()
    return scenario


def assign(
    session: Session,
    *,
    campaign: Campaign,
    shopper: User | None,
    branch: Branch,
    scenario: Scenario,
    window_from: date,
    window_until: date,
    agent_id: int = NO_AGENT,
    programme: Programme | None = None,
    all_the_same: bool = False,
    by: User | None = None,
) -> Assignment:
    """Give a shopper one visit to make, under the rules of its programme: by default the active one of the campaign.

    Without a shopper it is put on the programme's job board.
    No visit is given before the branch's staff were told, nor to a shopper with a conflict of interest, without a
    certificate, or who was there too recently; what else stands against it raises Unfit, unless ``all_the_same``.
    """
    if shopper is not None and not may(shopper, Permission.DO_SHOPS):
        raise UserError(_("This user is not an active mystery shopper."))
    questionnaire = session.get_one(Questionnaire, campaign.questionnaire_id)
    if kind_of(questionnaire.kind).public:
        raise UserError(_("The questionnaire %(code)s is not filled in by shoppers.", code=questionnaire.code))
    if questionnaire.archived_at is not None:
        raise UserError(archived(questionnaire))
    if window_until < window_from:
        raise UserError(_("The last day is before the first."))
    if window_until < clock.today():
        raise UserError(_("The visit window has already passed."))
    if not branch.open_on(window_until):
        raise UserError(_("The branch %(code)s is closed in the visit window.", code=branch.code))
    assignment = Assignment(
        campaign=campaign,
        response_id=new_response_id(),
        shopper=shopper,
        branch=branch,
        scenario=scenario,
        agent_id=agent_id,
        window_from=window_from,
        window_until=window_until,
    )
    chosen = programme or programmes.of_campaign(session, campaign.id)
    if chosen is None and shopper is None:
        raise UserError(_("Only a programme that runs has a job board. Choose a mystery shopper."))
    session.add(assignment)
    if chosen is not None:
        _under(session, chosen, assignment, shopper, by, all_the_same=all_the_same)
    session.flush()
    return assignment


def _under(
    session: Session,
    programme: Programme,
    visit: Assignment,
    shopper: User | None,
    by: User | None,
    *,
    all_the_same: bool,
) -> None:
    """Hold a new visit to its programme's rules, and hand it over with what they promise."""
    if programme.state != ACTIVE:
        raise UserError(_("The programme %(code)s does not run.", code=programme.code))
    if programme.campaign_id != visit.campaign.id:
        raise UserError(_("The programme %(code)s has another questionnaire.", code=programme.code))
    if visit.scenario.id not in {one.id for one, _share in programmes.scenarios(session, programme.id)}:
        raise UserError(_("The programme does not play this scenario."))
    refuse_unplayable(visit.scenario)
    visit.programme, visit.shopper, visit.state = programme, None, OPEN
    session.flush()
    if shopper is None:
        handing.told_in_time(session, visit)
        visit_events.note(session, visit, "offered", by=by)
        return
    who = handing.shopper(session, shopper.id)
    handing.check(session, visit, who, passing=frozenset(candidates.REASONS) if all_the_same else frozenset())
    handing.hand(session, visit, who, by=by)
