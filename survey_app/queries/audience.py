"""What a plan would have met: the interactions of the last 28 days, judged by the database and written nowhere.

The checks are those of :mod:`survey_app.commands.choosing`, as one statement: counted, not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, not_, or_, select
from sqlalchemy.orm import Session

from reports.allocation import TRAILING_DAYS
from survey_app import clock
from survey_app.models import Agent, Branch, Campaign, Case, Customer, Exclusion, Interaction, Invitation, OptOut, User
from survey_app.models.campaign import REVOKED
from survey_app.models.outreach import EMAIL, EMPLOYEE, OPEN_CASE, PHONE, SMS, WHATSAPP
from survey_app.outreach import dispositions, phones
from survey_app.outreach.policy import Outreach
from survey_app.outreach.rules import Rules
from survey_app.permissions import Role
from survey_app.queries import campaigns, exclusions, sampling
from translations import LANGUAGES

#: Letters of a mobile number of Israel as it is stored: a plus, 972, 5 and eight digits.
_MOBILE_LENGTH: Final = 13


@dataclass(frozen=True)
class Group:
    """Customers of whom the same is to be said, each with so many visits."""

    branch_id: int
    reason: str
    #: Why they would be left out before any draw; empty: they come to it.
    left_out: str
    channel: str
    language: str
    #: 0 where the plan has no limit by agent.
    agent_id: int
    visits: int
    customers: int


def audience(
    session: Session, campaign: Campaign, rules: Rules, policy: Outreach, others: Sequence[int] = ()
) -> list[Group]:
    """The last 28 days' interactions under a plan, in groups.

    ``others`` are campaigns whose invitations of these days stand for those of the days to come: whom they invited then
    they will keep from this one.
    """
    now = clock.now()
    offered = campaigns.languages(session, campaign, rules)
    told = {code: campaigns.language_of(code, offered, rules) for code in LANGUAGES}
    language = case(
        *((Customer.language == code, literal(asked)) for code, asked in told.items() if asked),
        else_=literal(offered[0]),
    )
    channel = _channel(rules, policy)
    closed = or_(Branch.closed <= clock.today(), Branch.opened > clock.today())
    checks: tuple[tuple[ColumnElement[bool], str], ...] = (
        (not_(and_(*(sampling.frame(session, rules).conditions or [Interaction.id.is_not(None)]))), "outside_rules"),
        (closed, "branch_closed"),
        (Customer.language.in_([code for code, asked in told.items() if not asked]), "language"),
        (_on(select(OptOut.address)), "opted_out"),
        (or_(_on(_listed(EMPLOYEE)), _staff()), EMPLOYEE),
        (or_(_on(_listed(OPEN_CASE)), _own_cases()), OPEN_CASE),
        (channel == "", "no_contact"),
        (_asked_before(policy, now, others), "capped"),
    )
    single = (
        select(
            Interaction.branch_id.label("branch_id"),
            Interaction.reason.label("reason"),
            case(*checks, else_=literal("")).label("left_out"),
            channel.label("channel"),
            language.label("language"),
            (Interaction.agent_id if rules.agent_quota is not None else literal(0)).label("agent_id"),
            Interaction.customer_id.label("customer_id"),
        )
        .join(Branch, Branch.id == Interaction.branch_id)
        .outerjoin(Customer, Customer.id == Interaction.customer_id)
        .where(Interaction.at > now - timedelta(days=TRAILING_DAYS), Interaction.at <= now)
        .subquery()
    )
    names = ("branch_id", "reason", "left_out", "channel", "language", "agent_id")
    same = [single.c[name] for name in names]
    people = select(*same, func.count().label("visits")).group_by(*same, single.c.customer_id).subquery()
    keys = [people.c[name] for name in (*names, "visits")]
    rows = session.execute(select(*keys, func.count()).group_by(*keys).order_by(*keys))
    return [Group(*tuple(row)) for row in rows]


def _channel(rules: Rules, policy: Outreach) -> ColumnElement[str]:
    """The first channel of a plan that a customer's contact allows. Numbers abroad are taken to receive messages."""
    phone, mail = func.coalesce(Customer.phone, ""), func.coalesce(Customer.email, "")
    # By length, so that a number is cut once or twice and looked up, not compared with every prefix.
    by_length: dict[int, set[str]] = {}
    for prefix in map(phones.international, (*phones.CALLS_ONLY, *policy.telephone_only_prefixes)):
        by_length.setdefault(len(prefix), set()).add(prefix)
    calls_only = or_(*(func.substr(phone, 1, length).in_(sorted(found)) for length, found in by_length.items()))
    mobile = and_(func.substr(phone, 1, 5) == "+9725", func.length(phone) == _MOBILE_LENGTH)
    messages = and_(phone != "", or_(mobile, func.substr(phone, 1, 4) != "+972"), not_(calls_only))
    open_to = {SMS: messages, WHATSAPP: messages, EMAIL: mail != "", PHONE: phone != ""}
    return case(*((open_to[channel], literal(channel)) for channel in rules.channels), else_=literal(""))


def _on(addresses: Any) -> ColumnElement[bool]:
    """Whether any of a customer's addresses is among some."""
    own: list[Any] = [literal("ref:") + Customer.ref, Customer.phone, Customer.email]
    return or_(*(one.in_(addresses) for one in own))


def _listed(reason: str) -> Any:
    holds = or_(Exclusion.until.is_(None), Exclusion.until >= clock.today())
    return select(Exclusion.address).where(Exclusion.reason == reason, holds)


def _own_cases() -> ColumnElement[bool]:
    """Whether a customer waits for us to solve something."""
    unsolved = Case.state.in_(exclusions.UNSOLVED)
    return or_(
        Customer.id.in_(select(Case.customer_id).where(unsolved, Case.customer_id.is_not(None))),
        Customer.phone.in_(select(Case.phone).where(unsolved, Case.phone != "")),
        Customer.email.in_(select(Case.email).where(unsolved, Case.email != "")),
    )


def _staff() -> ColumnElement[bool]:
    agents = select(func.lower(Agent.email)).where(Agent.email != "")
    users = select(User.email).where(User.role != Role.SHOPPER, User.active)
    return or_(Customer.email.in_(agents), Customer.email.in_(users))


def _asked_before(policy: Outreach, now: datetime, others: Sequence[int]) -> ColumnElement[bool]:
    """Whether the customer had been invited before the visit, or by another campaign in the 28 days at any time."""
    if not policy.cap_days:
        return literal(value=False)
    never_left = and_(Invitation.state == REVOKED, Invitation.disposition == dispositions.NOT_SENT)
    return exists().where(
        Invitation.customer_id == Interaction.customer_id,
        Invitation.created_at > now - timedelta(days=policy.cap_days + TRAILING_DAYS),
        or_(
            Invitation.created_at <= Interaction.at,
            and_(
                Invitation.campaign_id.in_(others),
                Invitation.created_at > now - timedelta(days=TRAILING_DAYS),
            ),
        ),
        not_(never_left),
    )
