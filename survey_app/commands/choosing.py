"""Why an interaction is or is not asked about, one check after the other, and the draw among those that may be.

Nothing here writes. :class:`People` holds the customers of a batch until the end of the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, func, not_, or_, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.models import Branch, Campaign, Customer, Interaction, Invitation
from survey_app.models.campaign import READY, REVOKED, USED
from survey_app.models.outreach import EMAIL, PHONE, SMS, WHATSAPP
from survey_app.outreach import addresses, dispositions, phones
from survey_app.outreach.policy import Outreach
from survey_app.outreach.rules import Rules
from survey_app.queries import campaigns, exclusions, sampling
from survey_app.queries.sampling import Frame, Plan


@dataclass(kw_only=True)
class Case:
    """One interaction before one campaign: what is decided about it is filled in."""

    interaction: Interaction
    branch: Branch
    #: A code of :data:`survey_app.outreach.dispositions.LEFT_OUT`; empty: it is asked about.
    reason: str = ""
    probability: float | None = None
    channel: str = ""
    address: str = ""
    language: str = ""


@dataclass
class Quotas:
    """How much room is left in a campaign's limits; None: no limit. Counted down as the batch goes."""

    #: Branch -> expected answers of the month so far: those that are in, and what the open invitations will bring.
    answers: dict[int, float]
    #: Agent -> invitations of the month.
    agents: dict[int, int]
    today: int

    def full(self, rules: Rules, branch_id: int, agent_id: int) -> str:
        """Which limit keeps one more invitation back: a reason, or nothing."""
        if rules.branch_quota is not None and self.answers.get(branch_id, 0.0) >= rules.branch_quota:
            return "quota_full"
        if rules.agent_quota is not None and agent_id and self.agents.get(agent_id, 0) >= rules.agent_quota:
            return "quota_full"
        return "daily_limit" if rules.daily_limit is not None and self.today >= rules.daily_limit else ""

    def take(self, branch_id: int, agent_id: int, response: float) -> None:
        """Count one more invitation."""
        self.answers[branch_id] = self.answers.get(branch_id, 0.0) + response
        self.agents[agent_id] = self.agents.get(agent_id, 0) + 1
        self.today += 1


@dataclass(frozen=True, kw_only=True)
class Asking:
    """A campaign that asks now, with everything it decides by."""

    campaign: Campaign
    rules: Rules
    plan: Plan
    frame: Frame
    languages: tuple[str, ...]
    quotas: Quotas

    @classmethod
    def of(cls, session: Session, campaign: Campaign, plan: Plan) -> Asking:
        """Read what a campaign decides by."""
        rules = Rules.load(campaign.rules)
        return cls(
            campaign=campaign,
            rules=rules,
            plan=plan,
            frame=sampling.frame(session, rules),
            languages=campaigns.languages(session, campaign, rules),
            quotas=_quotas(session, campaign, rules, plan),
        )

    def cut(self, now: datetime) -> datetime:
        """Interactions up to this moment have waited long enough."""
        return now - timedelta(hours=self.rules.delay_hours)


def _quotas(session: Session, campaign: Campaign, rules: Rules, plan: Plan) -> Quotas:
    today = clock.today()
    month = clock.start_of(today.replace(day=1))
    own = (Invitation.campaign_id == campaign.id, Invitation.created_at >= month)
    answers: dict[int, float] = {}
    agents: dict[int, int] = {}
    sent_today = 0
    if rules.branch_quota is not None:
        waiting = and_(Invitation.state == READY, Invitation.expires_at > clock.now())
        rows = session.execute(
            select(Invitation.branch_id, func.count().filter(Invitation.state == USED), func.count().filter(waiting))
            .where(*own)
            .group_by(Invitation.branch_id)
        )
        answers = {branch: used + plan.overall * open_ones for branch, used, open_ones in rows}
    if rules.agent_quota is not None:
        by_agent = select(Invitation.agent_id, func.count()).where(*own).group_by(Invitation.agent_id)
        agents = {row[0]: row[1] for row in session.execute(by_agent)}
    if rules.daily_limit is not None:
        sent_today = (
            session.scalar(
                select(func.count()).where(
                    Invitation.campaign_id == campaign.id, Invitation.created_at >= clock.start_of(today)
                )
            )
            or 0
        )
    return Quotas(answers, agents, sent_today)


@dataclass
class People:
    """The customers of a batch, those who share a telephone or e-mail with them, and who is not to be asked."""

    customers: Mapping[int, Customer]
    #: Telephones and e-mails -> the customers that have them.
    sharing: Mapping[str, frozenset[int]]
    held: Mapping[str, str]
    #: Who was invited within the cap, and by which campaigns of this batch.
    asked: set[int]
    calls_only: tuple[str, ...]
    asked_now: dict[int, set[int]] = field(default_factory=dict)

    @classmethod
    def locked(cls, session: Session, waiting: Iterable[Interaction], policy: Outreach, now: datetime) -> People:
        """Hold the customers of interactions, and everyone at the same telephone or e-mail, in the order of ids."""
        ids = {one.customer_id for one in waiting if one.customer_id is not None}
        contacts = session.execute(select(Customer.phone, Customer.email).where(Customer.id.in_(ids))).all()
        known = {phone for phone, _mail in contacts if phone} | {mail for _phone, mail in contacts if mail}
        found = session.scalars(
            select(Customer)
            .where(or_(Customer.id.in_(ids), Customer.phone.in_(known), Customer.email.in_(known)))
            .order_by(Customer.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()
        sharing: dict[str, set[int]] = {}
        for one in found:
            for contact in filter(None, (one.phone, one.email)):
                sharing.setdefault(contact, set()).add(one.id)
        every = sorted({address for one in found for address in addresses.of(one.ref, one.phone, one.email)})
        # An invitation that was taken back before it left has asked nobody.
        never_left = and_(Invitation.state == REVOKED, Invitation.disposition == dispositions.NOT_SENT)
        asked = session.scalars(
            select(Invitation.customer_id).where(
                Invitation.customer_id.in_([one.id for one in found]),
                Invitation.created_at > now - timedelta(days=policy.cap_days),
                not_(never_left),
            )
        )
        return cls(
            {one.id: one for one in found},
            {contact: frozenset(owners) for contact, owners in sharing.items() if contact in known},
            exclusions.held_back(session, every, clock.today()) if every else {},
            {one for one in asked if one is not None},
            policy.telephone_only_prefixes,
        )

    def of(self, interaction: Interaction) -> Customer | None:
        """The customer of an interaction; None once cleared."""
        return self.customers.get(interaction.customer_id) if interaction.customer_id is not None else None

    def knows(self, interaction: Interaction) -> bool:
        """Whether everyone at this customer's telephone and e-mail is held, as they are now."""
        customer = self.of(interaction)
        return customer is None or {customer.phone, customer.email} - {""} <= self.sharing.keys()

    def same(self, customer: Customer) -> frozenset[int]:
        """The customer and who shares a telephone or e-mail: one person, as far as anybody can tell."""
        shared = (self.sharing.get(contact, frozenset()) for contact in (customer.phone, customer.email) if contact)
        return frozenset({customer.id}).union(*shared)

    def held_back(self, customer: Customer) -> str:
        """Why a customer is not to be asked at all; empty: nothing stands against it."""
        found = {self.held.get(one) for one in addresses.of(customer.ref, customer.phone, customer.email)}
        return next((reason for reason in exclusions.REASONS if reason in found), "")

    def way(self, customer: Customer, channels: Iterable[str]) -> tuple[str, str]:
        """The first of a plan's channels that a customer's contact allows, and where it goes; empty: none."""
        reached = phones.reach(customer.phone, self.calls_only) if customer.phone else phones.NONE
        open_to = {
            SMS: customer.phone if reached == phones.SMS else "",
            WHATSAPP: customer.phone if reached == phones.SMS else "",
            PHONE: customer.phone if reached in {phones.SMS, phones.PHONE} else "",
            EMAIL: customer.email,
        }
        return next(((channel, open_to[channel]) for channel in channels if open_to[channel]), ("", ""))

    def take(self, customer: Customer, campaign: Campaign) -> None:
        """Remember that a campaign has just asked a customer."""
        self.asked_now.setdefault(campaign.id, set()).add(customer.id)


@dataclass(frozen=True)
class _Sight:
    """Everything that a check may look at."""

    case: Case
    ask: Asking
    people: People
    policy: Outreach
    now: datetime

    @property
    def customer(self) -> Customer | None:
        return self.people.of(self.case.interaction)


def _outside(see: _Sight) -> str:
    return "" if see.ask.frame.fits(see.case.interaction) else "outside_rules"


def _before(see: _Sight) -> str:
    day = clock.local(see.case.interaction.at).date()
    return "before_first_day" if day < see.ask.campaign.opens else ""


def _too_old(see: _Sight) -> str:
    oldest = see.now - timedelta(days=see.policy.freshest_days)
    return "too_old" if see.case.interaction.at < oldest else ""


def _closed(see: _Sight) -> str:
    return "" if see.case.branch.open_on(clock.today()) else "branch_closed"


def _language(see: _Sight) -> str:
    asked = see.customer.language if see.customer else ""
    found = campaigns.language_of(asked, see.ask.languages, see.ask.rules)
    see.case.language = found or ""
    return "" if found else "language"


def _contact(see: _Sight) -> str:
    if see.customer is not None:
        see.case.channel, see.case.address = see.people.way(see.customer, see.ask.rules.channels)
    return "" if see.case.channel else "no_contact"


def _held(see: _Sight) -> str:
    return see.people.held_back(see.customer) if see.customer else ""


def _capped(see: _Sight) -> str:
    if see.customer is None:
        return ""
    before = see.people.asked.union(
        *(asked for campaign, asked in see.people.asked_now.items() if campaign != see.ask.campaign.id)
    )
    return "" if before.isdisjoint(see.people.same(see.customer)) else "capped"


def _drawn(see: _Sight) -> str:
    interaction = see.case.interaction
    chance = see.ask.plan.chance(interaction.branch_id, interaction.reason)
    see.case.probability = chance
    return "" if sampling.place_in_draw(see.ask.campaign.salt, interaction.key) < chance else "not_drawn"


#: In this order; the first that objects is what is written down.
CHECKS: Final[tuple[Callable[[_Sight], str], ...]] = (
    _outside, _before, _too_old, _closed, _language, _held, _contact, _capped, _drawn,
)  # fmt: skip


def choose(ask: Asking, cases: list[Case], people: People, policy: Outreach, now: datetime) -> list[Case]:
    """Decide about the cases of one campaign. Among those drawn, limits and second visits are met in the draw's order.

    That order does not depend on how interactions arrived: of two visits of one person the one that stands first in the
    draw is asked about.
    """
    drawn: list[tuple[float, str, Case]] = []
    for case in cases:
        see = _Sight(case, ask, people, policy, now)
        case.reason = next((reason for check in CHECKS if (reason := check(see))), "")
        if not case.reason and case.probability:
            key = case.interaction.key
            drawn.append((sampling.place_in_draw(ask.campaign.salt, key) / case.probability, key, case))
    for _place, _key, case in sorted(drawn, key=lambda one: one[:2]):
        customer, interaction = people.of(case.interaction), case.interaction
        if customer is None:
            continue
        if not people.asked_now.get(ask.campaign.id, set()).isdisjoint(people.same(customer)):
            case.reason = "duplicate"
            continue
        case.reason = ask.quotas.full(ask.rules, interaction.branch_id, interaction.agent_id)
        if not case.reason:
            response = ask.plan.response.get((interaction.branch_id, interaction.reason), ask.plan.overall)
            ask.quotas.take(interaction.branch_id, interaction.agent_id, response)
            people.take(customer, ask.campaign)
    return cases
