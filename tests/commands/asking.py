"""What selection is tested with: customers who came, campaigns that ask, and what was decided about each."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from survey_app import clock, db
from survey_app.models import Branch, Campaign, Customer, Interaction, Invitation, Questionnaire, Selection
from survey_app.models.people import NO_AGENT
from survey_app.outreach.rules import Rules
from tests.commands.acting import SURVEY
from tests.support.factories import Make

SINCE = date(2026, 11, 1)
#: Everybody who may be asked is asked: what a test is about decides, not the draw.
EVERYBODY = {"base_rate": 1.0}


def asks(
    make: Make, *, code: str = "autumn", opens: date = SINCE, privacy: str = "confidential", **rules: Any
) -> Campaign:
    """A campaign of the survey after a visit that invites by rules."""
    questionnaire = make.session.scalars(select(Questionnaire).where(Questionnaire.code == SURVEY)).one()
    campaign = Campaign(
        code=code,
        questionnaire=questionnaire,
        opens=opens,
        privacy=privacy,
        rules=Rules(**{**EVERYBODY, **rules}).dump(),
        salt=f"salt of {code}",
        name=f"קמפיין {code}",
    )
    make.session.add(campaign)
    make.session.flush()
    return campaign


def customer(make: Make, ref: str, **contact: Any) -> Customer:
    """A customer, by default with a telephone of their own that takes messages."""
    number = sum(ord(letter) * 31**place for place, letter in enumerate(ref)) % 10_000_000
    found = Customer(ref=ref, updated_at=clock.now(), **{"phone": f"+97254{number:07d}", **contact})
    make.session.add(found)
    make.session.flush()
    return found


def visit(
    make: Make, who: Customer | None, branch: Branch, *, key: str, at: datetime | None = None, **more: Any
) -> Interaction:
    """What a customer came for: by default this morning, for a loan, at a branch."""
    values = {"channel": "branch", "reason": "loan", "agent_id": NO_AGENT, **more}
    found = Interaction(
        key=key,
        customer_id=who.id if who else None,
        branch_id=branch.id,
        at=at or clock.now() - timedelta(hours=6),
        received_at=clock.now(),
        **values,
    )
    make.session.add(found)
    make.session.flush()
    return found


def decided() -> dict[tuple[str, str], str]:
    """(campaign, key of the interaction) -> why it was left out, or ``invited``."""
    with db.reading() as session:
        rows = session.execute(
            select(Campaign.code, Interaction.key, Selection.reason)
            .join(Campaign, Campaign.id == Selection.campaign_id)
            .join(Interaction, Interaction.id == Selection.interaction_id)
        )
        return {(code, key): reason or "invited" for code, key, reason in rows}


def reasons() -> Counter[str]:
    """How often each thing was decided."""
    return Counter(decided().values())


def invited() -> list[Invitation]:
    """Every invitation that a campaign's rules made, by its interaction."""
    with db.reading() as session:
        return list(
            session.scalars(
                select(Invitation).where(Invitation.interaction_id.is_not(None)).order_by(Invitation.interaction_id)
            )
        )
