"""What the data-quality page shows: marked responses, crowds, devices, and invitations that look skewed."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Text, case, cast, func, literal, or_, select
from sqlalchemy.orm import Session, joinedload

from reports import integrity as method
from reports import months
from reports.integrity import Compared
from survey_app import clock
from survey_app.kinds import KINDS
from survey_app.models import Agent, Branch, Campaign, Customer, Interaction, Line, Questionnaire, Response, Score
from survey_app.models.campaign import ANONYMOUS
from survey_app.models.people import NO_AGENT
from survey_app.models.response import COUNTED, EXCLUDED
from survey_app.outreach.flags import FLAGS
from survey_app.queries import organisation
from survey_app.queries.outreach import policy as outreach_policy
from survey_app.queries.tickets import OPEN

#: The stretch of time in which a crowd is looked for, and the hours of a day in which customers are served.
STRETCH: Final = timedelta(minutes=10)
SERVICE_HOURS: Final = 8
#: Rows of a table on the overview; the rest is one click away.
MOST: Final = 20
SATISFIED: Final = 10_000
ANY: Final = "any"
INVITED: Final = "invited"

_marks = cast(Response.flags, Text)


def has_mark(flag: str) -> Any:
    """The condition that a response carries a mark; :data:`ANY` for any of them."""
    if flag == ANY:
        return _marks.not_in(["[]", "null"]) & _marks.is_not(None)
    return _marks.like(f'%"{flag}"%')


@dataclass(frozen=True)
class Count:
    """How many responses carry a mark: those that count, and those an analyst has excluded."""

    counted: int = 0
    excluded: int = 0

    @property
    def total(self) -> int:
        """Both."""
        return self.counted + self.excluded


@dataclass(frozen=True)
class Marked:
    """Marks in numbers: responses looked at, and per mark the confidential and the anonymous ones."""

    responses: int
    confidential: Mapping[str, Count]
    anonymous: Mapping[str, Count]


def marked(session: Session, since: str) -> Marked:
    """How many responses carry each mark, from a month on."""
    rows = session.execute(
        select(_marks, Campaign.privacy, Response.state, func.count())
        .join(Campaign, Campaign.id == Response.campaign_id)
        .where(Response.month >= since)
        .group_by(_marks, Campaign.privacy, Response.state)
    ).all()
    counts: dict[tuple[bool, str], Counter[str]] = defaultdict(Counter)
    for text, privacy, state, count in rows:
        for flag in json.loads(text) or ():
            counts[privacy == ANONYMOUS, flag]["excluded" if state == EXCLUDED else "counted"] += count
    parts = [{flag: Count(**counts[hidden, flag]) for flag in FLAGS} for hidden in (False, True)]
    return Marked(sum(row[3] for row in rows), *parts)


def count_marked(session: Session, since: str) -> int:
    """How many responses from a month on carry a mark and count."""
    counted = select(func.count(Response.id)).where(Response.month >= since, Response.state == COUNTED, has_mark(ANY))
    return session.scalar(counted) or 0


@dataclass(frozen=True)
class Wanted:
    """Which responses are listed; what is empty does not narrow them."""

    since: str
    flag: str = ""
    branch_id: int | None = None
    agent_id: int | None = None
    #: :data:`survey_app.queries.tickets.OPEN` or :data:`INVITED`.
    way: str = ""
    state: str = ""
    day: date | None = None

    def conditions(self) -> list[Any]:
        """As conditions on responses that may be read one by one."""
        found: list[Any] = [Response.month >= self.since, Campaign.privacy != ANONYMOUS]
        if self.flag:
            found.append(has_mark(self.flag))
        if self.branch_id is not None:
            found.append(Response.branch_id == self.branch_id)
        if self.agent_id is not None:
            found.append(Response.agent_id == self.agent_id)
        if self.way:
            found.append(Response.channel == OPEN if self.way == OPEN else Response.channel != OPEN)
        if self.state:
            found.append(Response.state == self.state)
        if self.day is not None:
            found += [
                Response.submitted_at >= clock.start_of(self.day),
                Response.submitted_at < clock.end_of(self.day),
            ]
        return found


def listed(session: Session, wanted: Wanted, *, limit: int, offset: int) -> tuple[list[Response], int]:
    """Responses that may be read one by one, the newest day first, and how many there are in all.

    Within a day in the order of their ids, which were drawn: the order in which they came tells who sent which.
    """
    conditions = wanted.conditions()
    total = session.scalar(
        select(func.count(Response.id)).join(Campaign, Campaign.id == Response.campaign_id).where(*conditions)
    )
    rows = session.scalars(
        select(Response)
        .join(Campaign, Campaign.id == Response.campaign_id)
        .where(*conditions)
        .order_by(func.date(Response.submitted_at).desc(), Response.id)
        .options(
            joinedload(Response.branch),
            joinedload(Response.agent),
            joinedload(Response.campaign).joinedload(Campaign.questionnaire),
        )
        .limit(limit)
        .offset(offset)
    )
    return list(rows), total or 0


@dataclass(frozen=True)
class Group:
    """Anonymous responses with one mark of one questionnaire, branch and month: the least that may be looked at."""

    campaign_id: int
    campaign: str
    branch: Branch
    month: str
    flag: str
    count: Count
    #: How many of them make a group that may be excluded.
    least: int

    @property
    def may_exclude(self) -> bool:
        """Whether enough of them count for nobody to be singled out."""
        return self.count.counted >= self.least

    @property
    def may_reinstate(self) -> bool:
        """Whether enough of them are excluded."""
        return self.count.excluded >= self.least


def groups(session: Session, since: str) -> list[Group]:
    """Groups of marked anonymous responses, the largest first; those smaller than the kind allows are not shown."""
    rows = session.execute(
        select(Response.campaign_id, Response.branch_id, Response.month, _marks, Response.state, func.count())
        .join(Campaign, Campaign.id == Response.campaign_id)
        .where(Response.month >= since, Campaign.privacy == ANONYMOUS, has_mark(ANY))
        .group_by(Response.campaign_id, Response.branch_id, Response.month, _marks, Response.state)
    ).all()
    found: dict[tuple[int, int, str, str], Counter[str]] = defaultdict(Counter)
    for campaign_id, branch_id, month, text, state, count in rows:
        for flag in json.loads(text):
            found[campaign_id, branch_id, month, flag]["excluded" if state == EXCLUDED else "counted"] += count
    campaigns = {
        one.id: one
        for one in session.scalars(
            select(Campaign)
            .where(Campaign.id.in_({key[0] for key in found}))
            .options(joinedload(Campaign.questionnaire))
        )
    }
    branches = {one.id: one for one in session.scalars(select(Branch).where(Branch.id.in_({key[1] for key in found})))}
    made = [
        Group(
            campaign_id,
            campaigns[campaign_id].questionnaire.code,
            branches[branch_id],
            month,
            flag,
            Count(**counts),
            KINDS[campaigns[campaign_id].questionnaire.kind].least_n,
        )
        for (campaign_id, branch_id, month, flag), counts in found.items()
    ]
    shown = [one for one in made if one.may_exclude or one.may_reinstate]
    return sorted(shown, key=lambda one: (-one.count.total, one.month, one.branch.name, one.flag))


@dataclass(frozen=True)
class Crowd:
    """Answers by a branch's open link within ten minutes, and how many such a stretch usually brings."""

    branch: Branch
    at: datetime
    count: int
    usual: float


@dataclass(frozen=True)
class Crowds:
    """Crowds beyond chance, the largest first, and how many stretches of time were looked at."""

    found: list[Crowd]
    looked_at: int


def crowds(session: Session, since: str) -> Crowds:
    """Stretches of ten minutes in which a branch's open link brought more answers than chance does.

    Anonymous responses have no hour and are in none of them.
    """
    rows = session.execute(
        select(Response.branch_id, Response.submitted_at).where(
            Response.month >= since, Response.channel == OPEN, Response.submitted_at.is_not(None)
        )
    ).all()
    if not rows:
        return Crowds([], 0)
    days = max(1, (clock.today() - months.first_day(since)).days + 1)
    of_branch = days * SERVICE_HOURS * int(timedelta(hours=1) / STRETCH)
    length = STRETCH.total_seconds()
    per_branch = Counter(branch_id for branch_id, _at in rows)
    cells = Counter((branch_id, int(at.timestamp() // length)) for branch_id, at in rows if at is not None)
    keys = list(cells)
    counts = [(cells[key], per_branch[key[0]] / of_branch) for key in keys]
    looked_at = of_branch * len(per_branch)
    hit = [key for key, mark in zip(keys, method.crowds(counts, looked_at), strict=True) if mark]
    branches = {one.id: one for one in session.scalars(select(Branch).where(Branch.id.in_({key[0] for key in hit})))}
    found = [
        Crowd(
            branches[branch_id],
            datetime.fromtimestamp(place * length, tz=clock.now().tzinfo),
            cells[branch_id, place],
            per_branch[branch_id] / of_branch,
        )
        for branch_id, place in hit
    ]
    return Crowds(sorted(found, key=lambda one: (-one.count, one.at))[:MOST], looked_at)


@dataclass(frozen=True)
class DeviceDay:
    """Answers of one branch and day that were marked as one of several from the same device."""

    branch: Branch
    day: date
    count: int


def device_days(session: Session, since: str) -> list[DeviceDay]:
    """Branches and days with answers of one device, the most first. Which device it was nobody can tell."""
    day = Response.visited_on
    rows = session.execute(
        select(Response.branch_id, day, func.count())
        .join(Campaign, Campaign.id == Response.campaign_id)
        .where(Response.month >= since, has_mark("same_device"), day.is_not(None), Campaign.privacy != ANONYMOUS)
        .group_by(Response.branch_id, day)
        .order_by(func.count().desc(), day.desc(), Response.branch_id)
        .limit(MOST)
    ).all()
    branches = {one.id: one for one in session.scalars(select(Branch).where(Branch.id.in_({row[0] for row in rows})))}
    return [DeviceDay(branches[branch_id], on, int(count)) for branch_id, on, count in rows if on is not None]


@dataclass(frozen=True)
class Skew:
    """One agent or branch against the rest, with the comparison."""

    branch: Branch
    agent: Agent | None
    compared: Compared


@dataclass(frozen=True)
class Skews:
    """What was compared and marked, the clearest first, and how many comparisons were made."""

    marked: list[Skew]
    compared: int
    too_few: int


Cell = tuple[int, int]


def contact(session: Session, since: str) -> Skews:
    """Agents whose customers come with a usable telephone or e-mail less or more often than those of the same branch.

    Whoever leaves the contact of discontent customers out chooses who is asked. Customers whose contact was cleared by
    the rules of keeping are in neither number.
    """
    oldest = clock.now() - timedelta(days=outreach_policy(session).contact_days)
    begin = max(clock.start_of(months.first_day(since)), oldest)
    usable = (Customer.phone != "") | (Customer.email != "")
    rows = session.execute(
        select(Interaction.branch_id, Interaction.agent_id, func.count(), func.sum(case((usable, 1), else_=0)))
        .join(Customer, Customer.id == Interaction.customer_id)
        .where(Interaction.at >= begin, or_(usable, Customer.ref.is_not(None)))
        .group_by(Interaction.branch_id, Interaction.agent_id)
    ).all()
    cells = {(branch_id, agent_id): (int(good), int(n)) for branch_id, agent_id, n, good in rows}
    branches: dict[int, Cell] = defaultdict(lambda: (0, 0))
    for (branch_id, _agent), cell in cells.items():
        branches[branch_id] = (branches[branch_id][0] + cell[0], branches[branch_id][1] + cell[1])
    pairs = {
        key: (cell, (branches[key[0]][0] - cell[0], branches[key[0]][1] - cell[1]))
        for key, cell in sorted(cells.items())
        if key[1] != NO_AGENT
    }
    return _judged(session, pairs)


def open_against_invited(session: Session, since: str, *, by_agent: bool) -> Skews:
    """Agents, or branches, whose open-link answers are content more or less often than those of invited customers.

    Invited customers are drawn by chance; who is shown a poster or a desk stand may be chosen.
    """
    codes = organisation.policy(session).survey_codes
    open_link = case((Response.channel == OPEN, 1), else_=0)
    agent: Any = Response.agent_id if by_agent else literal(NO_AGENT)
    rows = session.execute(
        select(
            Response.branch_id,
            agent.label("agent"),
            open_link.label("open"),
            func.count(),
            func.sum(case((Score.value >= SATISFIED, 1), else_=0)),
        )
        .join(Score, Score.response_id == Response.id)
        .join(Line, Line.id == Score.line_id)
        .join(Questionnaire, Questionnaire.id == Line.questionnaire_id)
        .where(
            Response.month >= since,
            Response.state == COUNTED,
            Line.what == "csat",
            Questionnaire.code.in_(codes),
        )
        .group_by(Response.branch_id, "agent", "open")
    ).all()
    sides: dict[tuple[int, int], dict[int, Cell]] = defaultdict(dict)
    for branch_id, agent_id, is_open, n, good in rows:
        sides[branch_id, agent_id][is_open] = (int(good), int(n))
    pairs = {
        key: (side.get(1, (0, 0)), side.get(0, (0, 0)))
        for key, side in sorted(sides.items())
        if (key[1] != NO_AGENT) == by_agent and 1 in side
    }
    return _judged(session, pairs)


def _judged(session: Session, pairs: Mapping[tuple[int, int], tuple[Cell, Cell]]) -> Skews:
    keys = list(pairs)
    results = method.compare([pairs[key] for key in keys])
    clear: Sequence[tuple[tuple[int, int], Compared]] = [
        (key, one) for key, one in zip(keys, results, strict=True) if one is not None and one.marked
    ]
    ordered = sorted(clear, key=lambda one: (one[1].p, one[0]))
    branches = _by_id(session, Branch, {key[0] for key, _one in ordered})
    agents = _by_id(session, Agent, {key[1] for key, _one in ordered} - {NO_AGENT})
    return Skews(
        [Skew(branches[key[0]], agents.get(key[1]), one) for key, one in ordered],
        sum(one is not None for one in results),
        sum(one is None for one in results),
    )


def _by_id(session: Session, model: Any, ids: set[int]) -> dict[int, Any]:
    return {one.id: one for one in session.scalars(select(model).where(model.id.in_(ids)))}
