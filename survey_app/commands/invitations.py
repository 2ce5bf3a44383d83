"""Inviting customers: one invitation, one address, one response."""

from __future__ import annotations

import secrets
from datetime import date, timedelta

from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.errors import UserError
from survey_app.kinds import kind_of
from survey_app.models import Branch, Campaign, Interaction, Invitation, Questionnaire
from survey_app.models.people import NO_AGENT
from survey_app.outreach import dispositions
from survey_app.queries.tickets import new_response_id
from translations import gettext as _

#: Random bytes in a token: twelve characters of an address, so that a message stays short, and still 4.7e21 of them.
TOKEN_BYTES = 9


def archived(questionnaire: Questionnaire) -> str:
    """What is said to who asks for new answers to a questionnaire that was put away."""
    return _("The questionnaire %(code)s is in the archive and takes no new answers.", code=questionnaire.code)


def invite(
    session: Session,
    campaign: Campaign,
    branch: Branch,
    visited_on: date,
    agent_id: int = NO_AGENT,
    language: str = "he",
    *,
    interaction: Interaction | None = None,
    channel: str = "",
    weight: float = 1.0,
    flush: bool = True,
) -> Invitation:
    """Make an invitation; its address is ``/s/<token>`` and it stays good for the campaign's days.

    ``interaction`` is what it asks about, and with it whom; ``channel`` how that customer is first to be reached;
    ``weight`` 1 over the chance of being drawn. One made by hand has none of these and stands for itself. Without
    ``flush`` it has no id yet: many are then stored by one statement.
    """
    questionnaire = session.get_one(Questionnaire, campaign.questionnaire_id)
    if not kind_of(questionnaire.kind).public:
        raise UserError(_("The questionnaire %(code)s is not answered by invitation.", code=questionnaire.code))
    if questionnaire.archived_at is not None:
        raise UserError(archived(questionnaire))
    if visited_on > clock.today():
        raise UserError(_("The date of the visit is in the future."))
    now = clock.now()
    invitation = Invitation(
        campaign=campaign,
        token=secrets.token_urlsafe(TOKEN_BYTES),
        response_id=new_response_id(),
        branch=branch,
        agent_id=agent_id,
        visited_on=visited_on,
        language=language,
        created_at=now,
        expires_at=now + timedelta(days=campaign.invitation_days),
        customer_id=interaction.customer_id if interaction else None,
        interaction_id=interaction.id if interaction else None,
        channel=channel,
        weight=weight,
        disposition=dispositions.NOT_SENT if interaction else "",
    )
    session.add(invitation)
    if flush:
        session.flush()
    return invitation
