"""Who is asked: waiting interactions meet the campaigns, a draw decides, and what became of each is written down.

A batch is one transaction. It holds the campaigns, then the interactions, then the customers, each in the order of
their ids, so that two workers wait for each other instead of inviting the same person twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, insert, or_, select, update
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import invitations, outbox
from survey_app.commands.choosing import Asking, Case, People, choose
from survey_app.db import reading
from survey_app.models import Branch, Campaign, ContactEvent, Interaction, Invitation, Selection
from survey_app.models.campaign import ACTIVE
from survey_app.models.outreach import DEALT_WITH, INVITATION, INVITED, LEFT_OUT, PHONE, WAITING
from survey_app.outreach.dispositions import NOT_SENT
from survey_app.outreach.hours import next_moment
from survey_app.outreach.policy import Outreach
from survey_app.outreach.rules import Rules
from survey_app.queries import campaigns, outreach, sampling
from survey_app.queries.sampling import Plan
from survey_app.transaction import transaction

#: Interactions in one transaction: with their customers, draws and messages it stays under 200 ms.
BATCH: Final = 250
#: Batches in one run of the job; what is left waits for the next minute, and other acts come in between.
BATCHES: Final = 40


@dataclass(frozen=True)
class Chosen:
    """What a batch did: interactions looked at, and selections made of them."""

    interactions: int = 0
    invited: int = 0
    left_out: int = 0

    def __add__(self, other: Chosen) -> Chosen:
        return Chosen(
            self.interactions + other.interactions, self.invited + other.invited, self.left_out + other.left_out
        )


def select_all() -> Chosen:
    """Look at everything that waits and is due, batch after batch; the periodic act."""
    done = Chosen()
    with reading() as session:
        plans = _plans(session)
    for _batch in range(BATCHES):
        found = _select(plans, BATCH)
        done += found
        if found.interactions < BATCH or not (found.invited or found.left_out):
            break
    return done


def select_waiting(*, limit: int = BATCH) -> Chosen:
    """One batch: decide and write down what becomes of at most ``limit`` interactions that are due.

    The chances are reckoned before, outside the write lock. A campaign whose rules were changed in between is passed
    over; its interactions wait for the next run.
    """
    with reading() as session:
        plans = _plans(session)
    return _select(plans, limit)


def _plans(session: Session) -> dict[int, Plan]:
    return {
        one.id: sampling.plan(session, one, Rules.load(one.rules)) for one in campaigns.inviting(session, clock.today())
    }


def _select(plans: Mapping[int, Plan], limit: int) -> Chosen:
    with transaction(Actor.respondent(), "selection.batch") as session:
        policy, now = outreach.policy(session), clock.now()
        asking = _asking(session, plans)
        waiting = _due(session, asking, policy, now, limit)
        if not waiting:
            return Chosen()
        done = _decided(session, waiting)
        people = People.locked(session, waiting, policy, now)
        # A contact that changed while its row was waited for: the next batch sees it as it is then.
        waiting = [one for one in waiting if people.knows(one)]
        branches = {
            one.id: one for one in session.scalars(select(Branch).where(Branch.id.in_({i.branch_id for i in waiting})))
        }
        invited = left_out = 0
        for ask in asking:
            cases = choose(
                ask,
                [
                    Case(interaction=one, branch=branches[one.branch_id])
                    for one in waiting
                    if (one.id, ask.campaign.id) not in done and one.at <= ask.cut(now)
                ],
                people,
                policy,
                now,
            )
            invited += _write(session, ask, cases, policy, now)
            left_out += sum(bool(case.reason) for case in cases)
        _deal_with(session, waiting, now)
        return Chosen(len(waiting), invited, left_out)


def _asking(session: Session, plans: Mapping[int, Plan]) -> list[Asking]:
    """The campaigns that ask now, held in order; one that has no plan, or another one now, is passed over."""
    running = select(Campaign).where(Campaign.state == ACTIVE, Campaign.id.in_(plans)).order_by(Campaign.id)
    found = []
    for campaign in session.scalars(
        running.options(joinedload(Campaign.questionnaire)).with_for_update(of=Campaign, key_share=True)
    ):
        plan = plans[campaign.id]
        if campaigns.invites(campaign, clock.today()) and plan.revision == campaign.revision:
            if not campaign.salt:
                campaign.salt = token_hex(16)
            found.append(Asking.of(session, campaign, plan))
    session.flush()
    return found


def _due(session: Session, asking: list[Asking], policy: Outreach, now: datetime, limit: int) -> list[Interaction]:
    """Waiting interactions that a campaign has not decided on and may, held; and those that have waited in vain."""
    stale = Interaction.at < now - timedelta(days=policy.freshest_days)
    open_to: list[ColumnElement[bool]] = [stale]
    for ask in asking:
        decided = exists().where(Selection.interaction_id == Interaction.id, Selection.campaign_id == ask.campaign.id)
        open_to.append(and_(Interaction.at <= ask.cut(now), ~decided))
    found = select(Interaction).where(Interaction.state == WAITING, or_(*open_to))
    ordered = found.order_by(Interaction.at, Interaction.id).limit(limit)
    return list(session.scalars(ordered.with_for_update(skip_locked=True)))


def _decided(session: Session, waiting: list[Interaction]) -> set[tuple[int, int]]:
    rows = session.execute(
        select(Selection.interaction_id, Selection.campaign_id).where(
            Selection.interaction_id.in_([one.id for one in waiting])
        )
    )
    return {(interaction, campaign) for interaction, campaign in rows}


def _write(session: Session, ask: Asking, cases: list[Case], policy: Outreach, now: datetime) -> int:
    """Invitations of those who are asked, and a selection for everyone; gives how many are asked."""
    made = {case.interaction.id: _invited(session, ask, case) for case in cases if not case.reason}
    session.flush()
    events = []
    for case in cases:
        invitation = made.get(case.interaction.id)
        if invitation is None:
            continue
        if case.channel == PHONE:
            invitation.call_after = next_moment(now, policy)
        else:
            outbox.queue(session, invitation, case.address, kind=INVITATION)
        events.append({"invitation_id": invitation.id, "at": now, "channel": case.channel, "code": NOT_SENT})
    rows = [
        {
            "interaction_id": case.interaction.id,
            "campaign_id": ask.campaign.id,
            "outcome": LEFT_OUT if case.reason else INVITED,
            "reason": case.reason,
            "probability": case.probability,
            "invitation_id": made[case.interaction.id].id if not case.reason else None,
            "decided_at": now,
        }
        for case in cases
    ]
    session.flush()
    for model, lines in ((ContactEvent, events), (Selection, rows)):
        if lines:
            session.execute(insert(model), lines)
    return len(made)


def _invited(session: Session, ask: Asking, case: Case) -> Invitation:
    interaction = case.interaction
    return invitations.invite(
        session,
        ask.campaign,
        case.branch,
        clock.local(interaction.at).date(),
        interaction.agent_id,
        case.language,
        interaction=interaction,
        channel=case.channel,
        weight=1 / case.probability if case.probability else 1.0,
        flush=False,
    )


def _deal_with(session: Session, waiting: list[Interaction], now: datetime) -> None:
    """Close the interactions that no campaign which is running will look at any more."""
    running = campaigns.inviting(session, clock.today())
    done: dict[int, set[int]] = {}
    for interaction, campaign in _decided(session, waiting):
        done.setdefault(interaction, set()).add(campaign)
    wanted = {one.id for one in running}
    closed = [one.id for one in waiting if wanted <= done.get(one.id, set())]
    if closed:
        session.execute(
            update(Interaction).where(Interaction.id.in_(closed)).values(state=DEALT_WITH),
            execution_options={"synchronize_session": False},
        )
