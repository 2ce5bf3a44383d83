"""Before a campaign opens: what it will send to whom, when, at what cost, and what the answers will be able to tell.

Reckoned from the interactions of the last 28 days, as if they came again. Where there were none nothing is promised.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.messages.compose import PARTS, Values, compose
from forms.messages.parts import parts
from reports import months
from reports.allocation import TRAILING_DAYS, WINDOW_DAYS, detectable_change, half_width
from survey_app import clock
from survey_app.models import Branch, BranchFact, Campaign, Line
from survey_app.models.outreach import INVITATION, PHONE, REMINDER, SMS
from survey_app.outreach.hours import DayWithout, days_without
from survey_app.outreach.policy import Outreach
from survey_app.outreach.rules import Rules
from survey_app.queries import campaign_plans, organisation, outreach, sampling
from survey_app.queries.audience import Group, audience
from survey_app.queries.overlaps import Overlap, overlaps
from translations import format_date, localised, speaking

#: Days ahead in which days without sending are told.
AHEAD: Final = 14
#: Fewer answers than this say too little of how satisfied customers are to plan by.
ENOUGH_TO_PLAN_BY: Final = 100
#: The share that is hardest to estimate: assumed where nothing is known.
UNKNOWN_SHARE: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What is expected of one branch, or of all."""

    branch_id: int | None
    code: str = ""
    name: str = ""
    #: In 28 days.
    interactions: float
    invitations: float
    #: In three months, and how many of the window are in already.
    answers: float
    done: int
    #: Of the share satisfied at so many answers: half the 95% interval, and the change that would be seen (0–1).
    half_width: float | None
    detectable: float | None
    #: Whether the base of the ranking and the plan's own target are reached, and the plan's change would be seen.
    base_reached: bool
    target_reached: bool
    change_seen: bool


@dataclass(frozen=True)
class Sent:
    """What leaves by one channel in 28 days, and its cost in agorot at the most."""

    channel: str
    #: Customers who are invited by it.
    invitations: float
    #: Reminders, or further calls where nobody answers: at the most.
    again: float
    #: Parts of the longest text message (0: not a text message).
    parts: int
    cost: float


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What a plan comes to. Numbers by month are of 28 days."""

    interactions: float
    #: Over how many of the last 28 days interactions were seen; 0: none, and nothing can be reckoned.
    days: float
    total: Outlook
    branches: tuple[Outlook, ...]
    channels: tuple[Sent, ...]
    languages: Mapping[str, float]
    #: Reason -> interactions that would not be asked about in 28 days, most first.
    left_out: Mapping[str, float]
    days_without: tuple[DayWithout, ...]
    #: Answers per invitation, and how many invitations say so; 0: it is the plan's own expectation.
    response: float
    response_from: int
    #: The share satisfied that the power is reckoned with, and how many answers say so; 0: it is assumed.
    share: float
    share_from: int
    base: int
    #: Other open campaigns that invite some of the same customers.
    beside: tuple[Overlap, ...] = ()

    @property
    def known(self) -> bool:
        """Whether there was anything to reckon with."""
        return self.days > 0

    @property
    def cost(self) -> float:
        """Of 28 days, in agorot."""
        return sum(one.cost for one in self.channels)

    @property
    def bases_reached(self) -> int:
        """How many branches reach the base."""
        return sum(one.base_reached for one in self.branches)

    @property
    def changes_seen(self) -> int:
        """In how many branches the plan's change would be seen."""
        return sum(one.change_seen for one in self.branches)


def preflight(
    session: Session,
    campaign: Campaign,
    rules: Rules,
    texts: Mapping[str, Any] | None = None,
    *,
    link_url: str = "https://example.co.il",
) -> Preflight:
    """What a campaign comes to under rules and texts, which need not be in force. Reads only."""
    policy = outreach.policy(session)
    beside = tuple(overlaps(session, campaign, rules))
    groups = audience(session, campaign, rules, policy, [one.campaign_id for one in beside])
    known = sampling.known(session, campaign, rules, clock.now())
    if not known.decided:
        known = replace(known, reach=_reach(groups))
    chances, response = sampling.steady(known, rules)
    overall, _cells = sampling.responses(known, rules.expected_response)
    scale = TRAILING_DAYS / known.days if known.days else 0.0
    drawn, left_out = _drawn(groups, chances, response, overall, rules, scale)
    share, share_from = _share(session, campaign)
    base = organisation.policy(session).rank_surveys
    judged = _Judged(rules, share, base)
    outlooks = _branches(session, drawn, groups, known, scale, judged)
    total = judged.outlook(
        branch_id=None,
        interactions=sum(one.visits * one.customers for one in groups) * scale,
        invitations=sum(one.invitations for one in drawn),
        answers=sum(one.answers for one in drawn) * WINDOW_DAYS / TRAILING_DAYS,
        done=sum(counts.answers for counts in known.cells.values()),
    )
    languages: dict[str, float] = defaultdict(float)
    for one in drawn:
        languages[one.group.language] += one.invitations
    today = clock.today()
    return Preflight(
        interactions=total.interactions,
        days=known.days,
        total=total,
        branches=tuple(outlooks),
        channels=tuple(_channels(session, campaign, rules, texts or campaign.texts, policy, drawn, overall, link_url)),
        languages=dict(sorted(languages.items(), key=lambda one: -one[1])),
        left_out=dict(sorted(left_out.items(), key=lambda one: (-one[1], one[0]))),
        days_without=tuple(days_without(today, today + timedelta(days=AHEAD - 1), policy)),
        response=overall,
        response_from=known.ripe,
        share=share,
        share_from=share_from,
        base=base,
        beside=beside,
    )


@dataclass(frozen=True)
class _Drawn:
    """Invitations and answers that a group brings in 28 days."""

    group: Group
    invitations: float
    answers: float


def _reach(groups: list[Group]) -> dict[int | None, float]:
    """Which share of the interactions within the rules comes to a draw, by branch: what no selection has told yet."""
    came: dict[int | None, float] = defaultdict(float)
    seen: dict[int | None, float] = defaultdict(float)
    for one in groups:
        if one.left_out != "outside_rules":
            for key in (one.branch_id, None):
                seen[key] += one.visits * one.customers
                came[key] += one.customers if not one.left_out else 0
    return {None: 1.0, **{key: max(came[key] / count, 0.01) for key, count in seen.items() if count}}


def _drawn(
    groups: list[Group],
    chances: Mapping[tuple[int, str], float],
    response: Mapping[tuple[int, str], float],
    overall: float,
    rules: Rules,
    scale: float,
) -> tuple[list[_Drawn], dict[str, float]]:
    left_out: dict[str, float] = defaultdict(float)
    found = []
    for one in groups:
        visits = one.visits * one.customers * scale
        if one.left_out:
            left_out[one.left_out] += visits
            continue
        chance = chances.get((one.branch_id, one.reason), rules.base_rate)
        # Of several visits of one customer one is asked about, the first that is drawn.
        invitations = one.customers * scale * (1 - (1 - chance) ** one.visits)
        left_out["not_drawn"] += visits * (1 - chance)
        left_out["capped"] += max(visits * chance - invitations, 0.0)
        found.append(_Drawn(one, invitations, invitations * response.get((one.branch_id, one.reason), overall)))
    for limit, of, size in (
        (rules.agent_quota, lambda one: one.group.agent_id, lambda one: one.invitations),
        (rules.branch_quota, lambda one: one.group.branch_id, lambda one: one.answers),
    ):
        if limit is not None:
            found, lost = _within(found, limit, of, size)
            left_out["quota_full"] += lost
    return found, {reason: count for reason, count in left_out.items() if count >= 0.5}


def _within(found: list[_Drawn], limit: int, of: Any, size: Any) -> tuple[list[_Drawn], float]:
    """What a limit by month leaves of the invitations, and how many it takes. Nobody's (0) has no limit."""
    sums: dict[int, float] = defaultdict(float)
    for one in found:
        sums[of(one)] += size(one)
    kept = [
        replace(one, invitations=one.invitations * factor, answers=one.answers * factor)
        for one in found
        for factor in (min(1.0, limit / sums[of(one)]) if of(one) and sums[of(one)] else 1.0,)
    ]
    return kept, sum(one.invitations for one in found) - sum(one.invitations for one in kept)


@dataclass(frozen=True)
class _Judged:
    """What answers are held against."""

    rules: Rules
    share: float
    base: int

    def outlook(self, *, answers: float, **more: Any) -> Outlook:
        n = math.floor(answers)
        change = detectable_change(self.share, n) if n else None
        return Outlook(
            answers=answers,
            half_width=half_width(self.share, n) if n else None,
            detectable=change,
            base_reached=n >= self.base,
            target_reached=n >= self.rules.target,
            change_seen=change is not None and change * 100 <= self.rules.detect,
            **more,
        )


def _branches(
    session: Session,
    drawn: list[_Drawn],
    groups: list[Group],
    known: sampling.Known,
    scale: float,
    judged: _Judged,
) -> list[Outlook]:
    interactions: dict[int, float] = defaultdict(float)
    for group in groups:
        if group.left_out != "outside_rules":
            interactions[group.branch_id] += group.visits * group.customers * scale
    invitations: dict[int, float] = defaultdict(float)
    answers: dict[int, float] = defaultdict(float)
    for one in drawn:
        invitations[one.group.branch_id] += one.invitations
        answers[one.group.branch_id] += one.answers
    done: dict[int, int] = defaultdict(int)
    for (branch_id, _reason), counts in known.cells.items():
        done[branch_id] += counts.answers
    codes = organisation.codes(session)
    names = session.execute(select(Branch.id, Branch.name).where(Branch.id.in_(interactions)))
    found = [
        judged.outlook(
            branch_id=branch_id,
            code=codes[branch_id],
            name=name,
            interactions=interactions[branch_id],
            invitations=invitations[branch_id],
            answers=answers[branch_id] * WINDOW_DAYS / TRAILING_DAYS,
            done=done[branch_id],
        )
        for branch_id, name in names
    ]
    return sorted(found, key=lambda one: (one.answers, one.code))


def _channels(
    session: Session,
    campaign: Campaign,
    rules: Rules,
    texts: Mapping[str, Any],
    policy: Outreach,
    drawn: list[_Drawn],
    response: float,
    link_url: str,
) -> list[Sent]:
    invitations: dict[tuple[str, str], float] = defaultdict(float)
    for one in drawn:
        invitations[one.group.channel, one.group.language] += one.invitations
    longest = max(session.scalars(select(Branch.name)), key=len, default="")
    values = Values(org="", branch=longest, date="", link=f"{link_url}/s/{'x' * 12}", stop_link="x", replies=True)
    found = []
    for channel in rules.channels:
        languages = {language: count for (way, language), count in invitations.items() if way == channel}
        if not languages:
            continue
        price = policy.cost.get(channel, 0)
        first = sum(languages.values())
        if channel == PHONE:
            again = first * (policy.call_tries - 1)
            found.append(Sent(channel, first, again, 0, (first + again) * price))
            continue
        again_of = (1 - response) if rules.reminder_days is not None else 0.0
        most, cost = 0, 0.0
        for language, count in languages.items():
            for kind, times in ((INVITATION, 1.0), (REMINDER, again_of)):
                size = _parts(session, campaign, texts, channel, kind, language, values) if times else 0
                most = max(most, size)
                cost += count * times * price * (size or 1)
        found.append(Sent(channel, first, first * again_of, most, cost))
    return found


def _parts(
    session: Session,
    campaign: Campaign,
    texts: Mapping[str, Any],
    channel: str,
    kind: str,
    language: str,
    values: Values,
) -> int:
    """In how many parts a text message leaves with the longest name of a branch; 0 for what is none."""
    if channel != SMS or channel not in PARTS:
        return 0
    with speaking(language):
        named = replace(values, org=localised(organisation.organisation(session).name), date=format_date(clock.today()))
    return parts(compose(texts, channel, kind, language, named, campaign.questionnaire.code).text).count


def _share(session: Session, campaign: Campaign) -> tuple[float, int]:
    """The share satisfied in the last three months, and of how many answers; one half of none where there are few."""
    definition = campaign_plans.definition_of(session, campaign)
    this = clock.current_month()
    since = months.shift(this, -3)
    n, total = session.execute(
        select(func.coalesce(func.sum(BranchFact.n), 0), func.coalesce(func.sum(BranchFact.total), 0))
        .join(Line, Line.id == BranchFact.line_id)
        .where(
            Line.questionnaire_id == campaign.questionnaire_id,
            Line.what == "csat",
            BranchFact.month >= since,
            BranchFact.month < this,
        )
    ).one()
    if definition is None or n < ENOUGH_TO_PLAN_BY:
        return UNKNOWN_SHARE, 0
    return min(max(int(total) / int(n) / 10000, 0.05), 0.95), int(n)
