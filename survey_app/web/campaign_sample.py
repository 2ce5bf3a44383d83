"""The e-mail of a plan, really sent to who plans it, through the same carrier as customers' messages."""

from __future__ import annotations

from secrets import token_hex

from forms import messages
from forms.messages.compose import EMAIL, INVITATION
from survey_app.errors import UserError
from survey_app.outgoing.carrier import Outgoing, Sent
from survey_app.outgoing.dispatch import carrier, set_up
from survey_app.queries.readiness import sample_values
from survey_app.web.campaign_steps import Site
from survey_app.web.campaigns import installation
from survey_app.web.support import read_session, settings
from translations import gettext as _


def send(site: Site, language: str, to: str) -> None:
    """Send the invitation in a language. Its links lead nowhere. UserError where it cannot be sent."""
    if not set_up(settings(), EMAIL):
        raise UserError(_("No mail server is set up in this installation."))
    values = sample_values(read_session(), site.plan.rules, language, installation(), EMAIL)
    said = messages.compose(site.plan.texts, EMAIL, INVITATION, language, values, site.campaign.questionnaire.code)
    mail = carrier(settings(), EMAIL)
    try:
        outcome = mail.send(
            Outgoing(
                key=f"sample-{token_hex(8)}",
                to=to,
                text=said.text,
                subject=said.subject,
                html=said.html,
                language=language,
                sender_name=values.org,
            )
        )
    finally:
        mail.close()
    if not isinstance(outcome, Sent):
        raise UserError(_("The mail server did not take the sample: %(reason)s", reason=outcome.reason))
