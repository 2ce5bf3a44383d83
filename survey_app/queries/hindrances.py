"""What stands against sending a message that is about to leave: things may have changed since it was queued."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.models import Campaign, Case, Customer, Invitation, Message
from survey_app.models import campaign as states
from survey_app.outreach import addresses
from survey_app.queries import exclusions

#: Reasons (:data:`survey_app.outreach.sending.REASONS`) that cancel a message; any other only puts it off.
FOR_GOOD: Final = frozenset(
    {"expired", "answered", "revoked", "opted_out", "refused_before", "employee", "open_case", "no_contact", "ended"}
)
#: AAPOR codes after which a case is left alone: refusals, and those who cannot or need not answer.
LEFT_ALONE: Final = frozenset({"1.1", "2.11", "2.111", "2.31", "2.331", "4.10", "4.80"})


def before_sending(session: Session, message: Message, now: datetime) -> str:
    """Why a message must not leave now: a reason; empty where nothing is against it."""
    campaign, invitation, customer = session.execute(
        select(Campaign, Invitation, Customer)
        .join(Invitation, Invitation.campaign_id == Campaign.id)
        .outerjoin(Customer, Customer.id == Invitation.customer_id)
        .where(Invitation.id == message.invitation_id)
        .execution_options(populate_existing=True)
    ).one()
    return (
        _of_case(invitation, campaign, now)
        or _of_time(message, invitation, now)
        or _of_person(session, message, invitation, customer)
    )


def _of_case(invitation: Invitation, campaign: Campaign, now: datetime) -> str:
    if invitation.state == states.USED:
        return "answered"
    if invitation.state == states.REVOKED:
        return "revoked"
    if invitation.disposition in LEFT_ALONE:
        return "refused_before"
    today = clock.local(now).date()
    if campaign.state == states.ENDED or (campaign.closes is not None and today > campaign.closes):
        return "ended"
    return "" if campaign.state == states.ACTIVE else "paused"


def _of_time(message: Message, invitation: Invitation, now: datetime) -> str:
    return "expired" if now >= min(message.expires_at, invitation.expires_at) else ""


def _of_person(session: Session, message: Message, invitation: Invitation, customer: Customer | None) -> str:
    if not message.address:
        return "no_contact"
    known = [message.address]
    case = session.execute(
        select(Case.id, Case.customer_id, Case.consent_withdrawn_at).where(Case.invitation_id == invitation.id)
    ).one_or_none()
    if case is not None:
        # The survey that follows a case: an open case keeps back every other survey, never this one.
        if case.consent_withdrawn_at is not None:
            return "opted_out"
        customer = session.get(Customer, case.customer_id) if case.customer_id is not None else None
    if customer is not None:
        known += addresses.of(customer.ref, customer.phone, customer.email)
    held = exclusions.held_back(session, known, clock.today())
    # The same order whatever the database answers first: a wish of the customer's own before the rest.
    reasons = [reason for reason in ("opted_out", "employee", "open_case") if case is None or reason != "open_case"]
    return next((reason for reason in reasons if reason in held.values()), "")
