"""Customers on the call list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from survey_app import clock
from survey_app.models import Branch, Customer, Interaction, Invitation
from tests.support.factories import Make
from tests.web.people import SINCE, SURVEY, VISITED


def called(make: Make, *, phone: str, name: str = "", language: str = "he", **columns: Any) -> Invitation:
    """One customer who is to be called now; ``columns`` are the invitation's."""
    session = make.session
    campaign = session.info.get("campaign")
    if campaign is None:
        make.questionnaire(SURVEY)
        campaign = session.info["campaign"] = make.campaign(SURVEY, opens=SINCE)
        session.info["branch"] = make.branch(code="101", region=None, name="סניף הכרמל")
    branch: Branch = session.info["branch"]
    now = clock.now()
    customer = Customer(ref=f"ref{phone}", name=name, phone=phone, email="", language=language, updated_at=now)
    session.add(customer)
    session.flush()
    interaction = Interaction(
        key=f"key{phone}", customer_id=customer.id, branch_id=branch.id, at=now - timedelta(days=2), received_at=now
    )
    session.add(interaction)
    session.flush()
    invitation = make.invitation(campaign=campaign, branch=branch, visited_on=VISITED, language=language)
    invitation.customer_id, invitation.interaction_id = customer.id, interaction.id
    invitation.channel, invitation.call_after, invitation.disposition = "phone", now, "3.10"
    for column, value in columns.items():
        setattr(invitation, column, value)
    session.flush()
    return invitation
