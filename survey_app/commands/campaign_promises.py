"""What a campaign promised to whoever was asked: how answers are treated, and in which languages. It is kept."""

from __future__ import annotations

from sqlalchemy.orm import Session

from forms.campaign_names import listed
from survey_app.errors import Conflict, UserError
from survey_app.models import Campaign
from survey_app.models.campaign import PRIVACY
from survey_app.outreach.rules import Rules
from survey_app.queries import campaign_plans as plans
from survey_app.queries.campaign_plans import has_answers, has_invited
from translations import LANGUAGES
from translations import gettext as _


def keep_languages(session: Session, campaign: Campaign, rules: Rules) -> None:
    """Whoever was invited in a language can answer in it: after the first invitation none is taken out. Conflict."""
    standing, definition = plans.in_force(campaign), plans.definition_of(session, campaign)
    if standing is None or definition is None or not has_invited(session, campaign):
        return
    lost = [one for one in plans.asks_in(standing, definition) if one not in plans.asks_in(rules, definition)]
    if lost:
        message = _(
            "Customers were invited in %(languages)s: these languages stay.",
            languages=listed(LANGUAGES.get(one, one) for one in lost),
        )
        raise Conflict(message, [("languages", message)])


def keep_privacy(session: Session, campaign: Campaign, mode: str) -> None:
    """Conflict where somebody was told how answers are treated: with the first answer or the first invitation."""
    message = ""
    if has_answers(session, campaign):
        message = _(
            "The campaign %(code)s has answers, and the privacy mode under which they were given stays. "
            "Another mode needs another campaign.",
            code=campaign.code,
        )
    elif has_invited(session, campaign):
        message = _(
            "Customers of the campaign %(code)s were invited under its privacy mode, which stays. "
            "Another mode needs another campaign.",
            code=campaign.code,
        )
    if message and mode != campaign.privacy:
        raise Conflict(message, [("privacy", message)])


def change_privacy(session: Session, code: str, mode: str) -> Campaign:
    """Change how a campaign treats who answers. Conflict once somebody was promised otherwise: a promise is kept."""
    if mode not in PRIVACY:
        raise UserError(_("There is no privacy mode %(mode)s. Modes: %(modes)s.", mode=mode, modes=", ".join(PRIVACY)))
    campaign = plans.locked(session, code)
    if campaign.privacy != mode:
        keep_privacy(session, campaign, mode)
        campaign.privacy = mode
        campaign.revision += 1
        session.flush()
    return campaign
