"""Other campaigns that invite some of the same customers: whoever one of them invites, no other may for a while."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from reports.allocation import TRAILING_DAYS
from survey_app import clock
from survey_app.models import Branch, Campaign, Invitation
from survey_app.models.campaign import ACTIVE
from survey_app.outreach.rules import Rules
from survey_app.queries import campaigns, sampling


@dataclass(frozen=True)
class Overlap:
    """An open campaign that asks about some of the same interactions."""

    campaign_id: int
    code: str
    name: str
    #: How many of the branches that serve today both ask in.
    branches: int
    #: Reasons that both ask about; empty: all.
    reasons: tuple[str, ...]
    #: Customers that it invited in the last 28 days.
    invited: int


def overlaps(session: Session, campaign: Campaign, rules: Rules) -> list[Overlap]:
    """The open campaigns that invite by rules beside this one, where both could ask about one interaction."""
    own, today = sampling.frame(session, rules), clock.today()
    others = session.scalars(
        select(Campaign)
        .where(
            Campaign.id != campaign.id,
            Campaign.state == ACTIVE,
            or_(Campaign.closes.is_(None), Campaign.closes >= today),
        )
        .order_by(Campaign.id)
    )
    serving = frozenset(
        session.scalars(
            select(Branch.id).where(
                Branch.ranked,
                Branch.merged_into_id.is_(None),
                or_(Branch.opened.is_(None), Branch.opened <= today),
                or_(Branch.closed.is_(None), Branch.closed > today),
            )
        )
    )
    found = []
    for other in others:
        if not other.rules:
            continue
        its = sampling.frame(session, Rules.load(other.rules))
        branches = serving & (own.branches or serving) & (its.branches or serving)
        if own.branches == frozenset() or its.branches == frozenset() or not branches:
            continue
        if not _meet(own.reasons, its.reasons) or not _meet(own.channels, its.channels):
            continue
        reasons = own.reasons & its.reasons if own.reasons and its.reasons else own.reasons or its.reasons
        found.append((other, len(branches), tuple(sorted(reasons))))
    counts = _invited(session, [other.id for other, _branches, _reasons in found])
    return [
        Overlap(other.id, other.code, campaigns.title(other), branches, reasons, counts.get(other.id, 0))
        for other, branches, reasons in found
    ]


def _meet(one: frozenset[str], two: frozenset[str]) -> bool:
    """Whether two lists of what is asked about have something in common; an empty one names everything."""
    return not one or not two or bool(one & two)


def _invited(session: Session, ids: Iterable[int]) -> dict[int, int]:
    since = clock.now() - timedelta(days=TRAILING_DAYS)
    rows = session.execute(
        select(Invitation.campaign_id, func.count(func.distinct(Invitation.customer_id)))
        .where(Invitation.campaign_id.in_(list(ids)), Invitation.created_at > since)
        .group_by(Invitation.campaign_id)
    )
    return {row[0]: row[1] for row in rows}
