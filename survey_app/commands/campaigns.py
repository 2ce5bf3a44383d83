"""The rules of a campaign that can be changed while it stands."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import Campaign, Draft, Response
from survey_app.models.campaign import PRIVACY
from translations import gettext as _


def has_answers(session: Session, campaign: Campaign) -> bool:
    """Whether anybody has begun to answer: what was promised to them stays."""
    found = (select(table.campaign_id).where(table.campaign_id == campaign.id).limit(1) for table in (Draft, Response))
    return any(session.scalar(one) is not None for one in found)


def change_privacy(session: Session, code: str, mode: str) -> Campaign:
    """Change how a campaign treats who answers, before its first answer. Conflict after it: a promise is kept."""
    if mode not in PRIVACY:
        raise UserError(_("There is no privacy mode %(mode)s. Modes: %(modes)s.", mode=mode, modes=", ".join(PRIVACY)))
    campaign = session.scalar(select(Campaign).where(Campaign.code == code).with_for_update())
    if campaign is None:
        raise NotFound(_("There is no campaign %(code)s.", code=code))
    if campaign.privacy != mode:
        if has_answers(session, campaign):
            raise Conflict(
                _(
                    "The campaign %(code)s has answers, and the privacy mode under which they were given stays. "
                    "Another mode needs another campaign.",
                    code=code,
                )
            )
        campaign.privacy = mode
        session.flush()
    return campaign
