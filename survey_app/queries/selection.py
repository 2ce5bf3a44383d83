"""What became of each interaction before a campaign, and of each case: read, counted, written out. Nobody is named.

Whoever reads answers must not learn whose they are: rows about customers never tell whether somebody answered, the log
of cases never tells whose case it is, and neither tells the hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.models import (
    Branch,
    Campaign,
    ContactEvent,
    Customer,
    Interaction,
    Invitation,
    Selection,
    User,
)
from survey_app.models.campaign import ANONYMOUS
from survey_app.models.outreach import INVITED
from survey_app.outreach.addresses import masked_reference
from survey_app.outreach.dispositions import DISPOSITIONS
from survey_app.permissions import Scope
from survey_app.queries import organisation
from survey_app.queries.progress import WITHDRAWN, disposition

#: Rows of a file that are read at once.
_AT_ONCE: Final = 1000


@dataclass(frozen=True)
class Seen:
    """One interaction before a campaign."""

    key: str
    on: date
    branch_code: str
    branch: str
    reason: str
    channel: str
    #: The last letters of the customer's reference, for who may see contacts; empty for others and once cleared.
    customer: str
    #: Why it was left out; empty where it was invited.
    left_out: str
    probability: float | None
    way: str
    weight: float | None
    decided_on: date


def counts(session: Session, campaign: Campaign, scope: Scope, branch_id: int | None = None) -> dict[str, int]:
    """How many interactions were invited (``invited``) and left out for each reason, most first."""
    statement = _own(select(Selection.outcome, Selection.reason, func.count()), campaign, scope, branch_id)
    rows = session.execute(statement.group_by(Selection.outcome, Selection.reason)).all()
    found: dict[str, int] = {reason or outcome: count for outcome, reason, count in rows}
    return dict(sorted(found.items(), key=lambda one: (one[0] != INVITED, -one[1], one[0])))


def listed(
    session: Session,
    campaign: Campaign,
    scope: Scope,
    *,
    what: str = "",
    branch_id: int | None = None,
    contacts: bool = False,
    limit: int,
    offset: int,
) -> list[Seen]:
    """Interactions, newest decision first. ``what`` is a reason or ``invited``.

    ``contacts``: for a reader who may see the end of a customer's reference.
    """
    statement = _rows(campaign, scope, what, branch_id).limit(limit).offset(offset)
    codes = organisation.codes(session)
    return [_one(row, codes, contacts) for row in session.execute(statement)]


def everything(session: Session, campaign: Campaign, scope: Scope, *, contacts: bool = False) -> Iterator[Seen]:
    """All interactions of a campaign for a file, read piece by piece: nothing is kept in memory."""
    statement = _rows(campaign, scope, "", None).execution_options(yield_per=_AT_ONCE)
    codes = organisation.codes(session)
    for row in session.execute(statement):
        yield _one(row, codes, contacts)


def _own(statement: Any, campaign: Campaign, scope: Scope, branch_id: int | None) -> Any:
    statement = (
        statement.select_from(Selection)
        .join(Interaction, Interaction.id == Selection.interaction_id)
        .join(Branch, Branch.id == Interaction.branch_id)
        .where(Selection.campaign_id == campaign.id, organisation.in_scope(scope))
    )
    return statement if branch_id is None else statement.where(Interaction.branch_id == branch_id)


def _rows(campaign: Campaign, scope: Scope, what: str, branch_id: int | None) -> Select[Any]:
    statement = _own(
        select(
            Interaction.key,
            Interaction.at,
            Branch.id,
            Branch.name,
            Interaction.reason,
            Interaction.channel,
            Customer.ref,
            Selection.reason,
            Selection.probability,
            Invitation.channel,
            Invitation.weight,
            Selection.decided_at,
        ),
        campaign,
        scope,
        branch_id,
    )
    statement = statement.outerjoin(Customer, Customer.id == Interaction.customer_id).outerjoin(
        Invitation, Invitation.id == Selection.invitation_id
    )
    if what == INVITED:
        statement = statement.where(Selection.outcome == INVITED)
    elif what:
        statement = statement.where(Selection.reason == what)
    found: Select[Any] = statement.order_by(Selection.decided_at.desc(), Selection.interaction_id.desc())
    return found


def _one(row: Any, codes: Mapping[int, str], contacts: bool) -> Seen:
    key, at, branch_id, branch, reason, channel, ref, left_out, chance, way, weight, decided = row
    return Seen(
        key,
        clock.local(at).date(),
        codes[branch_id],
        branch,
        reason,
        channel,
        masked_reference(ref) if contacts else "",
        left_out,
        chance,
        way or "",
        weight,
        clock.local(decided).date(),
    )


# ---- cases -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Code:
    """An AAPOR code of a campaign: how many cases have it now, and how often it was logged."""

    code: str
    cases: int
    logged: int


@dataclass(frozen=True)
class Logged:
    """One thing that happened on the way to an answer: on which day, and never with whom."""

    on: date
    code: str
    channel: str
    branch: str
    by: str
    call_again_on: date | None


def codes(session: Session, campaign: Campaign, scope: Scope) -> list[Code]:
    """Every code that a case has or that was logged, in the order of the codes.

    Of an anonymous campaign cases only: its log ends where the message left.
    """
    code = disposition().label("code")
    own = (Invitation.campaign_id == campaign.id, organisation.in_scope(scope))
    single = select(code).join(Branch, Branch.id == Invitation.branch_id).where(*own).subquery()
    now: dict[str, int] = {
        row[0]: row[1] for row in session.execute(select(single.c.code, func.count()).group_by(single.c.code))
    }
    logged: dict[str, int] = {
        row[0]: row[1]
        for row in session.execute(
            select(ContactEvent.code, func.count())
            .join(Invitation, Invitation.id == ContactEvent.invitation_id)
            .join(Branch, Branch.id == Invitation.branch_id)
            .where(*own)
            .group_by(ContactEvent.code)
        )
    }
    order = {one: place for place, one in enumerate((*DISPOSITIONS, WITHDRAWN))}
    every = sorted(now.keys() | logged.keys(), key=lambda one: order.get(one, len(order)))
    return [Code(one, now.get(one, 0), logged.get(one, 0)) for one in every]


def log(session: Session, campaign: Campaign, scope: Scope, *, code: str = "", limit: int, offset: int) -> list[Logged]:
    """What was logged of a campaign's cases, newest day first; nothing of an anonymous one.

    Within a day by code and branch: an order by the hour could be laid beside the order in which answers came.
    """
    if campaign.privacy == ANONYMOUS:
        return []
    statement = (
        select(
            ContactEvent.at,
            ContactEvent.code,
            ContactEvent.channel,
            Branch.name,
            User.name,
            ContactEvent.call_again_at,
        )
        .join(Invitation, Invitation.id == ContactEvent.invitation_id)
        .join(Branch, Branch.id == Invitation.branch_id)
        .outerjoin(User, User.id == ContactEvent.user_id)
        .where(Invitation.campaign_id == campaign.id, organisation.in_scope(scope))
        .order_by(func.date(ContactEvent.at).desc(), ContactEvent.code, Branch.id, ContactEvent.invitation_id)
        .limit(limit)
        .offset(offset)
    )
    if code:
        statement = statement.where(ContactEvent.code == code)
    return [
        Logged(clock.local(at).date(), found, channel, branch, by or "", clock.local(again).date() if again else None)
        for at, found, channel, branch, by, again in session.execute(statement)
    ]
