"""Campaigns as the rest of the platform reads them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from survey_app.errors import NotFound
from survey_app.models import Campaign
from survey_app.models.campaign import ACTIVE
from survey_app.outreach.rules import Rules
from survey_app.queries import campaign_plans
from translations import DEFAULT, LANGUAGES, localised
from translations import gettext as _


def by_code(session: Session, code: str) -> Campaign:
    """A campaign with its questionnaire; NotFound for an unknown code."""
    found = session.scalar(select(Campaign).where(Campaign.code == code).options(joinedload(Campaign.questionnaire)))
    if found is None:
        raise NotFound(_("There is no campaign %(code)s.", code=code))
    return found


def title(campaign: Campaign) -> str:
    """What staff call a campaign: its own name, else its questionnaire's."""
    return campaign.name or localised(campaign.questionnaire.title)


def inviting(session: Session, day: date) -> list[Campaign]:
    """The campaigns that invite customers by their rules on a day, oldest first: the first of two asks first."""
    running = select(Campaign).where(Campaign.state == ACTIVE).order_by(Campaign.id)
    return [one for one in session.scalars(running.options(joinedload(Campaign.questionnaire))) if invites(one, day)]


def invites(campaign: Campaign, day: date) -> bool:
    """Whether a campaign invites customers by its rules on a day."""
    return (
        bool(campaign.rules)
        and campaign.state == ACTIVE
        and campaign.runs_on(day)
        and campaign.questionnaire.archived_at is None
    )


def languages(session: Session, campaign: Campaign, rules: Rules) -> tuple[str, ...]:
    """The languages in which a campaign asks, the first for who has no other: its own, else the questionnaire's."""
    definition = campaign_plans.definition_of(session, campaign)
    return (campaign_plans.asks_in(rules, definition) if definition is not None else rules.languages) or (DEFAULT,)


def language_of(asked: str, offered: tuple[str, ...], rules: Rules) -> str | None:
    """In which of a campaign's languages a customer is asked; None: in none.

    A plan that names languages means them: customers of another of ours are left out. Else they get the first.
    """
    if asked in offered:
        return asked
    return None if rules.languages and asked in LANGUAGES else offered[0]
