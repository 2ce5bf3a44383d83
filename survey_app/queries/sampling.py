"""What a campaign's draw is made of: who comes where and why, who answers, and the chances that follow from it.

Everything is counted by the database; a plan is a few hundred numbers however many interactions there are.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from reports.allocation import TRAILING_DAYS, WINDOW_DAYS, Cell, inclusion
from survey_app import clock
from survey_app.models import Branch, Campaign, Interaction, Invitation, Region, Selection
from survey_app.models.campaign import USED
from survey_app.outreach.rules import Rules

#: An invitation this old has had its chance: younger ones would make the response look smaller than it is.
RIPE_DAYS: Final = 5
#: How many invitations (interactions) an expectation weighs against what was seen.
PRIOR: Final = 50
#: No response is taken to be smaller: a cell that nobody answered in is still no proof that nobody ever will.
LEAST_RESPONSE: Final = 0.005

#: Reasons of interactions that were never the campaign's to ask about: they say nothing of who can be reached.
OUTSIDE: Final = ("outside_rules", "before_first_day")


def place_in_draw(salt: str, key: str) -> float:
    """Where an interaction stands in a campaign's draw: a number above 0 and below 1, the same for ever.

    It depends on nothing but the campaign's secret and the interaction's key: not on the order of arrival, not on other
    interactions, and nobody without the secret can tell it beforehand.
    """
    digest = hmac.new(salt.encode(), key.encode(), hashlib.sha256).digest()
    return (int.from_bytes(digest[:6]) + 0.5) / 2**48


@dataclass(frozen=True)
class Frame:
    """Whose interactions a campaign asks about."""

    #: None: of every branch.
    branches: frozenset[int] | None
    reasons: frozenset[str]
    channels: frozenset[str]

    def fits(self, interaction: Interaction) -> bool:
        """Whether an interaction is one of them."""
        return (
            (self.branches is None or interaction.branch_id in self.branches)
            and (not self.reasons or interaction.reason in self.reasons)
            and (not self.channels or interaction.channel in self.channels)
        )

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """The same for the database."""
        found: list[ColumnElement[bool]] = []
        if self.branches is not None:
            found.append(Interaction.branch_id.in_(sorted(self.branches)))
        if self.reasons:
            found.append(Interaction.reason.in_(sorted(self.reasons)))
        if self.channels:
            found.append(Interaction.channel.in_(sorted(self.channels)))
        return found


def frame(session: Session, rules: Rules) -> Frame:
    """The frame of a plan. A branch is meant by its code or its region; one of the two is enough."""
    branches = None
    if rules.branches or rules.regions:
        named = or_((Branch.bank + "-" + Branch.code).in_(rules.branches), Region.name.in_(rules.regions))
        branches = frozenset(session.scalars(select(Branch.id).outerjoin(Region).where(named)))
    return Frame(branches, frozenset(rules.reasons), frozenset(rules.interaction_channels))


@dataclass(frozen=True)
class Counts:
    """Of one branch × reason: interactions a trailing 28 days long, invitations that are old enough, answers."""

    volume: float = 0.0
    ripe: int = 0
    ripe_answers: int = 0
    #: Answers of the rolling window, whether their invitation is old enough or not.
    answers: int = 0


@dataclass(frozen=True)
class Known:
    """What a campaign's chances are reckoned from."""

    cells: Mapping[tuple[int, str], Counts]
    #: Over how many days interactions were seen, at most 28; fewer are scaled up. 0: none were.
    days: float
    #: On how many of the 28 days customers come.
    busy_days: float
    #: Branch -> which share of its interactions comes to a draw; ``None`` for a branch not seen yet.
    reach: Mapping[int | None, float]
    #: Interactions that it was seen on; 0: it is assumed.
    decided: int

    @property
    def ripe(self) -> int:
        """Invitations whose answers would be in by now."""
        return sum(one.ripe for one in self.cells.values())


@dataclass(frozen=True)
class Plan:
    """The chances of being drawn at one moment, under one state of a campaign's rules."""

    revision: int
    chances: Mapping[tuple[int, str], float]
    #: Expected answers per invitation, by cell.
    response: Mapping[tuple[int, str], float]
    #: The same over the campaign.
    overall: float
    base_rate: float
    known: Known = field(repr=False)

    def chance(self, branch_id: int, reason: str) -> float:
        """The chance of one interaction. A reason never seen at a branch is drawn as the branch's rarest others are."""
        found = self.chances.get((branch_id, reason))
        if found is not None:
            return found
        own = [chance for (branch, _reason), chance in self.chances.items() if branch == branch_id]
        return max(own, default=self.base_rate)


def plan(session: Session, campaign: Campaign, rules: Rules, now: datetime | None = None) -> Plan:
    """The chances that bring every branch to its base, from the interactions and invitations so far."""
    moment = now or clock.now()
    seen = known(session, campaign, rules, moment)
    overall, response = responses(seen, rules.expected_response)
    done: dict[int, float] = {}
    for (branch, _reason), counts in seen.cells.items():
        done[branch] = done.get(branch, 0.0) + counts.answers
    elapsed = max((moment - clock.start_of(campaign.opens)).total_seconds() / 86400, 0.0)
    chances = inclusion(
        _cells(seen, response),
        done,
        target=rules.target,
        base_rate=rules.base_rate,
        elapsed=elapsed,
        at_most=_at_most(seen, rules),
    )
    return Plan(campaign.revision, chances, response, overall, rules.base_rate, seen)


def steady(seen: Known, rules: Rules) -> tuple[dict[tuple[int, str], float], dict[tuple[int, str], float]]:
    """The chances and responses that a plan settles at, neither behind nor ahead: what is to be expected of it."""
    _overall, response = responses(seen, rules.expected_response)
    chances = inclusion(
        _cells(seen, response),
        {},
        target=rules.target,
        base_rate=rules.base_rate,
        elapsed=0,
        at_most=_at_most(seen, rules),
    )
    return chances, response


def _cells(seen: Known, response: Mapping[tuple[int, str], float]) -> list[Cell]:
    everywhere = seen.reach[None]
    return [
        Cell(branch, reason, counts.volume * seen.reach.get(branch, everywhere), response[branch, reason])
        for (branch, reason), counts in sorted(seen.cells.items())
    ]


def _at_most(seen: Known, rules: Rules) -> float | None:
    """Invitations in the trailing days that the day's limit leaves room for."""
    return rules.daily_limit * seen.busy_days if rules.daily_limit and seen.busy_days else None


def responses(known: Known, expected: float) -> tuple[float, dict[tuple[int, str], float]]:
    """Expected answers per invitation: over the campaign, and by branch × reason.

    Each is what was seen, drawn towards what was expected by :data:`PRIOR` invitations: the campaign towards its plan,
    a reason and a branch towards the campaign, a cell towards what its reason and branch make likely.
    """
    by: dict[tuple[str, Any], list[int]] = {}
    for (branch, reason), one in known.cells.items():
        for key in (("", None), ("branch", branch), ("reason", reason)):
            sums = by.setdefault(key, [0, 0])
            sums[0] += one.ripe_answers
            sums[1] += one.ripe

    def shrunk(seen: tuple[int, int], towards: float) -> float:
        return min(max((seen[0] + PRIOR * towards) / (seen[1] + PRIOR), LEAST_RESPONSE), 1.0)

    def of(key: tuple[str, Any], towards: float) -> float:
        answers, invitations = by.get(key, (0, 0))
        return shrunk((answers, invitations), towards)

    overall = of(("", None), expected)
    found = {}
    for (branch, reason), one in known.cells.items():
        likely = of(("branch", branch), overall) * of(("reason", reason), overall) / overall
        found[branch, reason] = shrunk((one.ripe_answers, one.ripe), min(max(likely, LEAST_RESPONSE), 1.0))
    return overall, found


def known(session: Session, campaign: Campaign, rules: Rules, now: datetime) -> Known:
    """Read what chances are reckoned from."""
    since = now - timedelta(days=TRAILING_DAYS)
    recent = (Interaction.at > since, Interaction.at <= now, *frame(session, rules).conditions)
    volumes = session.execute(
        select(Interaction.branch_id, Interaction.reason, func.count(), func.min(Interaction.at))
        .where(*recent)
        .group_by(Interaction.branch_id, Interaction.reason)
    ).all()
    first = min((row[3] for row in volumes), default=None)
    days = min(max((now - first).total_seconds() / 86400, 1.0), float(TRAILING_DAYS)) if first else 0.0
    scale = TRAILING_DAYS / days if days else 0.0
    cells: dict[tuple[int, str], Counts] = {
        (branch, reason): Counts(volume=count * scale) for branch, reason, count, _first in volumes
    }
    for branch, reason, ripe, ripe_answers, answers in _asked(session, campaign, now):
        volume = cells[branch, reason].volume if (branch, reason) in cells else 0.0
        cells[branch, reason] = Counts(volume, ripe, ripe_answers, answers)
    # A day of the calendar in UTC ends two or three hours before midnight here: near enough to count busy days by.
    busy = session.scalar(select(func.count(func.distinct(func.date(Interaction.at)))).where(*recent)) if days else 0
    reach, decided = _reach(session, campaign, since)
    return Known(cells, days, (busy or 0) * scale, reach, decided)


def _asked(session: Session, campaign: Campaign, now: datetime) -> list[Any]:
    """By branch and reason: invitations that are old enough, their answers, and all answers of the window."""
    ripe = Invitation.created_at <= now - timedelta(days=RIPE_DAYS)
    answered = Invitation.state == USED
    reason = func.coalesce(Interaction.reason, "")
    return list(
        session.execute(
            select(
                Invitation.branch_id,
                reason,
                func.count().filter(ripe),
                func.count().filter(ripe, answered),
                func.count().filter(answered),
            )
            .outerjoin(Interaction, Interaction.id == Invitation.interaction_id)
            .where(Invitation.campaign_id == campaign.id, Invitation.created_at > now - timedelta(days=WINDOW_DAYS))
            .group_by(Invitation.branch_id, reason)
        )
    )


def _reach(session: Session, campaign: Campaign, since: datetime) -> tuple[dict[int | None, float], int]:
    """Branch -> which share of the interactions within the rules came to a draw lately; and of how many."""
    drawn = Selection.probability.is_not(None)
    rows = session.execute(
        select(Interaction.branch_id, func.count().filter(drawn), func.count())
        .join(Interaction, Interaction.id == Selection.interaction_id)
        .where(Selection.campaign_id == campaign.id, Selection.reason.not_in(OUTSIDE), Interaction.at > since)
        .group_by(Interaction.branch_id)
    ).all()
    came, seen = sum(row[1] for row in rows), sum(row[2] for row in rows)
    overall = max((came + PRIOR) / (seen + PRIOR), 0.01)
    found: dict[int | None, float] = {
        branch: max((drawn + PRIOR * overall) / (count + PRIOR), 0.01) for branch, drawn, count in rows
    }
    return {None: overall, **found}, seen
