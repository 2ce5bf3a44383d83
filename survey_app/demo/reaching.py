"""Stores how the bank reaches its customers: a campaign, what the feed told, invitations, messages, calls, points."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands.invitations import TOKEN_BYTES
from survey_app.demo import files
from survey_app.demo.bank import Bank, PlannedBranch
from survey_app.demo.fates import Way, lease_one, way_of
from survey_app.demo.filled import Filled
from survey_app.demo.storing import ACTOR, Stored, batches
from survey_app.demo.visits_told import Told, first_day, is_asked, sent_at
from survey_app.models import (
    Campaign,
    CollectionPoint,
    ContactEvent,
    Customer,
    Draft,
    Exclusion,
    Interaction,
    Invitation,
    Message,
    OptOut,
    Selection,
)
from survey_app.models.outreach import DEALT_WITH, EMPLOYEE, INVITED, LEFT_OUT, OPEN_CASE, PHONE, READY, SMS, WAITING
from survey_app.outreach import codes
from survey_app.outreach.policy import Outreach
from survey_app.outreach.rules import Rules
from survey_app.queries.sampling import place_in_draw
from survey_app.queries.tickets import new_response_id
from survey_app.transaction import transaction

CAMPAIGN: Final = "after_visit"
QUESTIONNAIRE: Final = "post_visit_branch"
#: Chances of being drawn, by how full a branch's base is.
_CHANCES: Final = (1.0, 0.7, 0.45, 0.3)
#: Branches with places of open collection, in order of the plan; the demo's own branch has every kind.
_POINTED: Final = 8
#: Marks on answers that came in an unusual way: how often each stands on the recent answers of the odd point. None says
#: that many came at once, for the demo's answers never do.
_ODD: Final = {"same_device": 0.5, "fast": 0.4, "straight": 0.25}
_ODD_BRANCHES, _ELSEWHERE = 4, 0.08


def open_campaign(session: Session, bank: Bank, stored: Stored) -> None:
    """The running campaign that invites after a visit, and the rules that hold for every campaign."""
    texts = files.document("reaching")
    campaign = Campaign(
        code=CAMPAIGN,
        questionnaire_id=_questionnaire(session, stored),
        opens=first_day(bank),
        name=texts["campaign"],
        rules=Rules(channels=("sms", "email", "phone"), expected_response=0.2).dump(),
        salt=secrets.token_hex(16),
        revision=4,
    )
    session.add(campaign)
    session.flush()
    stored.campaigns[CAMPAIGN] = campaign.id


def _questionnaire(session: Session, stored: Stored) -> int:
    return session.get_one(Campaign, stored.campaigns[QUESTIONNAIRE]).questionnaire_id


def make_points(session: Session, bank: Bank, stored: Stored, show: PlannedBranch, now: datetime) -> None:
    """Posters and desk stands in some branches, a tablet in the one that is shown, and a stand that was retired."""
    labels = files.document("reaching")["points"]
    random = Random(f"{bank.seed} points")
    open_branches = [one for one in bank.branches if one.closed is None and one.index != show.index][: _POINTED - 1]
    taken: set[str] = set()
    for branch in (show, *open_branches):
        team = bank.teams[bank.months[-1]][branch.index]
        kinds = [("poster", -1)] + [("desk", agent) for agent in team[: 3 if branch is show else 1]]
        kinds += [("kiosk", -1), ("link", -1)] if branch is show else []
        for kind, agent in kinds:
            code = codes.mint(taken.__contains__)
            taken.add(code)
            point = CollectionPoint(
                code=code,
                branch_id=stored.branches[branch.index].id,
                campaign_id=stored.campaigns[QUESTIONNAIRE],
                kind=kind,
                agent_id=stored.agents[agent].id if agent >= 0 else 0,
                label=labels[kind],
                token=secrets.token_urlsafe(16) if kind == "kiosk" else None,
                created_at=clock.start_of(first_day(bank)),
                retired_at=now - timedelta(days=4) if kind == "desk" and random.random() < 0.2 else None,
                seen_at=now - timedelta(minutes=6) if kind == "kiosk" else None,
                held=2 if kind == "kiosk" else 0,
            )
            session.add(point)
            session.flush()
            stored.points.setdefault(branch.index, []).append(point)


@dataclass
class Recent:
    """Says of each answer what the campaign and the points add to it, and remembers those that the campaign brought."""

    bank: Bank
    stored: Stored
    answered: list[Filled] = field(default_factory=list)

    def __call__(self, filled: Filled) -> Mapping[str, Any]:
        """Fields of :class:`survey_app.commands.recording.Finished` that differ from the plain answer's."""
        if is_asked(self.bank, filled):
            self.answered.append(filled)
            return {"campaign_id": self.stored.campaigns[CAMPAIGN]}
        points = self.stored.points.get(filled.branch, [])
        if filled.channel != "open" or filled.visited_on < first_day(self.bank) or not points:
            return {}
        random = Random(filled.response_id)
        point = random.choice(points)
        odd = filled.branch in list(self.stored.points)[:_ODD_BRANCHES] or random.random() < _ELSEWHERE
        return {
            "point_id": point.id,
            "mode": "kiosk" if point.kind == "kiosk" else "web",
            "flags": tuple(sorted(flag for flag, share in _ODD.items() if odd and random.random() < share)),
        }


def store(bank: Bank, told: Iterable[Told], stored: Stored, now: datetime) -> None:
    """Every visit that was told of, with everything that became of it, some hundreds in a transaction."""
    policy = Outreach()
    with transaction(ACTOR, "demo.addresses") as session:
        campaign = session.get_one(Campaign, stored.campaigns[CAMPAIGN])
        salt, days = campaign.salt, campaign.invitation_days
    leased = False
    for batch in batches(told, 400):
        ways = [_way(one, salt, policy, now, days) for one in batch]
        queued = next((one for one in ways if one.messages and one.messages[0]["state"] == READY), None)
        if queued is not None and not leased:
            lease_one(queued, now)
            leased = True
        with transaction(ACTOR, "demo.reached", interactions=len(batch)) as session:
            _write(session, stored, ways)


def _way(told: Told, salt: str, policy: Outreach, now: datetime, days: int) -> Way:
    """What became of one visit, with a key and a chance that the draw agrees with."""
    chance = _CHANCES[told.branch % len(_CHANCES)]
    drawn = told.left_out != "not_drawn"
    chance = chance if drawn or chance < 1 else 0.5
    while True:
        key = f"demo-{told.number}-{secrets.token_hex(4)}"
        if (place_in_draw(salt, key) < chance) == drawn:
            break
    return way_of(told, key, chance, sent_at(told, policy, now), now, timedelta(days=days))


def _write(session: Session, stored: Stored, ways: Sequence[Way]) -> None:
    campaign_id, now = stored.campaigns[CAMPAIGN], clock.now()
    customers = _ids(session, Customer, [_customer(one.told) for one in ways])
    interactions = _ids(
        session,
        Interaction,
        [_interaction(one, customer, stored) for one, customer in zip(ways, customers, strict=True)],
    )
    asked = [place for place, one in enumerate(ways) if one.invited]
    invitations = _ids(
        session,
        Invitation,
        [
            {
                "campaign_id": campaign_id,
                "token": secrets.token_urlsafe(TOKEN_BYTES),
                "response_id": ways[place].told.response_id or new_response_id(),
                "branch_id": stored.branches[ways[place].told.branch].id,
                "agent_id": _agent_id(ways[place].told, stored),
                "visited_on": clock.local(ways[place].told.at).date(),
                "language": ways[place].told.language,
                "customer_id": customers[place],
                "interaction_id": interactions[place],
                "channel": ways[place].told.channel,
                "weight": 1 / ways[place].chance,
                **ways[place].invitation,
            }
            for place in asked
        ],
    )
    of = dict(zip(asked, invitations, strict=True))
    decided = [
        {
            "interaction_id": interactions[place],
            "campaign_id": campaign_id,
            "outcome": INVITED if one.invited else LEFT_OUT,
            "reason": one.told.left_out,
            "probability": one.chance if one.drawn else None,
            "invitation_id": of.get(place),
            "decided_at": one.decided_at,
        }
        for place, one in enumerate(ways)
        if one.decided_at is not None
    ]
    # The last batch may be a few visits of this morning that nobody decided about yet.
    if decided:
        session.execute(insert(Selection), decided)
    letters = [(of[place], letter) for place in asked for letter in ways[place].messages]
    messages = _ids(
        session,
        Message,
        [
            {
                "key": uuid4().hex,
                "campaign_id": campaign_id,
                "invitation_id": invitation,
                **letter,
            }
            for invitation, letter in letters
        ],
    )
    first = dict(zip(reversed([invitation for invitation, _letter in letters]), reversed(messages), strict=True))
    events = [
        {"invitation_id": of[place], "message_id": first.get(of[place]) if by_message else None, **event}
        for place in asked
        for event, by_message in ways[place].events
    ]
    if events:
        session.execute(insert(ContactEvent), [{"user_id": None, "call_again_at": None, **one} for one in events])
    _begun(session, stored, [(ways[place], of[place]) for place in asked if ways[place].left_in_the_middle], now)
    _kept_out(session, campaign_id, ways)


def _ids(session: Session, model: Any, rows: list[dict[str, Any]]) -> Sequence[int]:
    """Insert rows; their ids in the order of the rows."""
    if not rows:
        return []
    return session.scalars(insert(model).returning(model.id, sort_by_parameter_order=True), rows).all()


def _customer(told: Told) -> dict[str, Any]:
    return {
        "ref": told.ref,
        "name": told.name,
        "phone": told.phone,
        "email": told.email,
        "language": told.language,
        "updated_at": told.at + timedelta(hours=1),
    }


def _interaction(way: Way, customer_id: int, stored: Stored) -> dict[str, Any]:
    told = way.told
    return {
        "key": way.key,
        "customer_id": customer_id,
        "branch_id": stored.branches[told.branch].id,
        "agent_id": _agent_id(told, stored),
        "channel": "branch",
        "reason": told.reason,
        "at": told.at,
        "tenure": "",
        "age_band": "",
        "state": DEALT_WITH if way.decided_at is not None else WAITING,
        "received_at": min(told.at + timedelta(minutes=40), clock.now()),
    }


def _agent_id(told: Told, stored: Stored) -> int:
    return stored.agents[told.agent].id if told.agent >= 0 else 0


def _begun(session: Session, stored: Stored, begun: Sequence[tuple[Way, int]], now: datetime) -> None:
    """Drafts of those who left in the middle: a page was kept, and the next one not."""
    rows = []
    for way, invitation_id in begun:
        response_id = new_response_id()
        session.execute(update(Invitation).where(Invitation.id == invitation_id).values(response_id=response_id))
        moment = way.invitation["started_at"]
        rows.append(
            {
                "response_id": response_id,
                "campaign_id": stored.campaigns[CAMPAIGN],
                "version_id": stored.versions[QUESTIONNAIRE].id,
                "branch_id": stored.branches[way.told.branch].id,
                "language": way.told.language,
                "answers": {"pv1": 2 + way.told.number % 4, "pv2": way.told.reason},
                "marks": {},
                "revision": 1,
                "started_at": moment,
                "updated_at": min(moment + timedelta(minutes=1), now),
                "page": "main-1" if way.told.number % 5 else "",
            }
        )
    if rows:
        session.execute(insert(Draft), rows)


def _kept_out(session: Session, campaign_id: int, ways: Sequence[Way]) -> None:
    """Addresses that are not to be asked: who said so, who works here, who has an open case."""
    outs, excluded = [], []
    for one in ways:
        addresses = [f"ref:{one.told.ref}", *filter(None, (one.told.phone, one.told.email))]
        if one.opted_out_at is not None:
            source = PHONE if one.told.channel == PHONE else "link" if one.told.channel == SMS else "mail"
            outs += [
                {"address": address, "at": one.opted_out_at, "source": source, "campaign_id": campaign_id}
                for address in addresses
            ]
        if one.told.left_out in {EMPLOYEE, OPEN_CASE}:
            excluded.append({"reason": one.told.left_out, "address": addresses[0], "since": one.told.at, "until": None})
    if outs:
        session.execute(insert(OptOut), outs)
    if excluded:
        session.execute(insert(Exclusion), excluded)
