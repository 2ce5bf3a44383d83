"""What the page for asking no more surveys needs to know of a personal link, whatever became of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.errors import NotFound
from survey_app.models import Customer, Invitation, OptOut
from survey_app.models.campaign import READY, REVOKED
from survey_app.outreach import addresses
from survey_app.outreach.dispositions import OPTED_OUT
from translations import gettext as _


@dataclass(frozen=True)
class Wish:
    """A personal link, and whether its holder asked for no more surveys."""

    invitation: Invitation
    stopped: bool
    #: Whether nothing can be sent any more anyway: no contact stands behind the link, and its own survey is over.
    silent: bool
    #: Whether the survey that came with the link can be answered.
    answerable: bool
    #: Whether no contact stands behind the link: then only its own survey can be closed, and no other one stopped.
    alone: bool = False


def wish(session: Session, token: str) -> Wish:
    """What stands about a link. NotFound for an unknown one."""
    invitation = session.scalar(
        select(Invitation).where(Invitation.token == token).options(joinedload(Invitation.campaign))
    )
    if invitation is None:
        raise NotFound(_("This survey link is not known. Please check that the whole address was copied."))
    in_time = invitation.expires_at > clock.now() and invitation.campaign.runs_on(clock.today())
    answerable = invitation.state == READY and in_time
    alone = not addresses_behind(session, invitation)
    return Wish(
        invitation,
        stopped=is_revoked(invitation) or _is_listed(session, invitation),
        silent=not answerable and alone,
        answerable=answerable,
        alone=alone,
    )


def is_revoked(invitation: Invitation) -> bool:
    """Whether this invitation was taken back because its holder asked for no more."""
    return invitation.state == REVOKED and invitation.disposition == OPTED_OUT


def addresses_behind(session: Session, invitation: Invitation) -> list[str]:
    """Everything its customer is known by; empty where it was made by hand, or the contact was cleared."""
    customer = session.get(Customer, invitation.customer_id) if invitation.customer_id is not None else None
    return addresses.of(customer.ref, customer.phone, customer.email) if customer is not None else []


def _is_listed(session: Session, invitation: Invitation) -> bool:
    known = addresses_behind(session, invitation)
    return bool(known) and session.scalar(select(OptOut.address).where(OptOut.address.in_(known)).limit(1)) is not None
