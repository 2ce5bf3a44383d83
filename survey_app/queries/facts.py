"""Facts and profit as the monthly report wants them. Mergers are applied here, when facts are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports import months as calendar
from reports.facts import NONE, Fact
from reports.policy import Policy
from reports.units import MonthInput, ProfitMonth, Unit
from survey_app.models import NO_AGENT, Agent, AgentFact, Branch, BranchFact, Placement, Profit
from survey_app.queries import models, organisation, overdue_cases, provisional
from survey_app.queries.lines import Lines, report_lines
from translations import DEFAULT

#: Agorot in a shekel.
AGOROT: Final = 100

#: The measure that counts visits inside the days of an appeal.
PROVISIONAL: Final = "shop_provisional"

Series = dict[str, dict[str, Fact]]


#: month -> line -> the measure it becomes there, and whether its series ended.
Places = Mapping[str, Mapping[int, tuple[str, bool]]]
#: What a fact's row is read as: owner, month, line, n, total, squares.
Summed = tuple[int, str, int, int, int, int]


def _places(lines: Lines) -> Places:
    found: dict[str, dict[int, tuple[str, bool]]] = {}
    for line_id, measure in lines.measures.items():
        for month in lines.stands[line_id]:
            found.setdefault(month, {})[line_id] = (measure, lines.ended(measure, month))
    return found


def _series(
    rows: Iterable[Summed], places: Places, owners: Mapping[int, int]
) -> tuple[dict[int, Series], dict[int, Series]]:
    """Rows -> owner -> measure -> month -> Fact, summed over rows of one place; ``owners`` redirects.

    Of the months of each measure's newest series, and of those that ended. A large bank has half a million rows: this
    is the loop that its report waits for.
    """
    found: tuple[dict[int, Series], dict[int, Series]] = ({}, {})
    nothing: Mapping[int, tuple[str, bool]] = {}
    last, here = "", nothing
    for owner, month, line_id, n, total, squares in rows:
        if month != last:
            last, here = month, places.get(month, nothing)
        place = here.get(line_id)
        if place is None:
            continue
        measure, ended = place
        into, key = found[ended], owners.get(owner, owner) if owners else owner
        own = into.get(key)
        if own is None:
            own = into[key] = {}
        series = own.get(measure)
        if series is None:
            series = own[measure] = {}
        fact = Fact(n, total, squares)
        series[month] = series[month] + fact if month in series else fact
    return found


def _whole(rows: Iterable[Summed]) -> list[Summed]:
    """The same rows summed over their owners, as of owner 0, by month and line."""
    sums: dict[tuple[str, int], list[int]] = {}
    for _owner, month, line_id, n, total, squares in rows:
        known = sums.get((month, line_id))
        if known is None:
            sums[month, line_id] = [n, total, squares]
        else:
            known[0] += n
            known[1] += total
            known[2] += squares
    return [(0, month, line_id, n, total, squares) for (month, line_id), (n, total, squares) in sorted(sums.items())]


def _rows(session: Session, model: Any, owner: Any, lines: Iterable[int], months: Sequence[str]) -> list[Summed]:
    """The facts of some lines and months in the order of their key, as the driver gives them: whole numbers and texts.

    No object is made of a row, and no sum in the database: both would take longer than all the rest.
    """
    columns = (owner, model.month, model.line_id, model.n, model.total, model.squares)
    query = (
        select(*columns)
        .where(model.line_id.in_(sorted(lines)), model.month >= months[0], model.month <= months[-1])
        .order_by(*model.__table__.primary_key.columns)
    )
    return cast("list[Summed]", session.connection().execute(query).cursor.fetchall())


def receivers(branches: Iterable[Branch], month: str) -> dict[int, int]:
    """Branch id -> the branch that had taken it over by a month, through chains of mergers."""
    into = {
        branch.id: branch.merged_into_id
        for branch in branches
        if branch.merged_into_id is not None and branch.closed is not None and calendar.of(branch.closed) <= month
    }
    found: dict[int, int] = {}
    for start in into:
        seen, at = {start}, start
        while at in into and into[at] not in seen:
            at = into[at]
            seen.add(at)
        found[start] = at
    return found


def taken_over(session: Session, branch_id: int, month: str) -> list[int]:
    """The branches that a branch had taken over by a month."""
    merged = session.scalars(select(Branch).where(Branch.merged_into_id.is_not(None))).all()
    return sorted(gone for gone, into in receivers(merged, month).items() if into == branch_id)


def month_input(session: Session, month: str, policy: Policy | None = None) -> MonthInput:
    """Everything that a month's report is computed from, by the organisation's policy unless another is given."""
    policy = policy or organisation.policy(session)
    months = policy.needed(month)
    lines = report_lines(session, policy, months)
    branches = session.scalars(select(Branch).order_by(Branch.bank, Branch.code)).all()
    owners = receivers(branches, month)
    regions = {region.id: region.name for region in organisation.regions(session)}
    rows = _rows(session, BranchFact, BranchFact.branch_id, lines.measures, months)
    places = _places(lines)
    facts, earlier = _series(rows, places, owners)
    appealable = _provisional(session, months, lines)
    for (branch_id, at), n in appealable.items():
        series = facts.setdefault(owners.get(branch_id, branch_id), {}).setdefault(PROVISIONAL, {})
        series[at] = series.get(at, NONE) + Fact(n, 0, 0)
    profits = _profits(session, months, owners)
    codes = organisation.codes(session)
    # The branch that took another over has its overdue cases as well.
    overdue = overdue_cases.branches(session, month, policy.closes_on_working_day)
    late = {owners.get(branch_id, branch_id) for branch_id in overdue}
    units = [
        Unit(
            key=branch.id,
            code=codes[branch.id],
            name=branch.name,
            region=regions.get(branch.region_id or 0, ""),
            ranked=branch.ranked,
            facts=facts.get(branch.id, {}),
            profit=profits.get(branch.id, {}),
            critical_open=_critical_open([facts.get(branch.id, {}), earlier.get(branch.id, {})], months),
            overdue=branch.id in late,
            opened=calendar.of(branch.opened) if branch.opened else None,
            closed=calendar.of(branch.closed) if branch.closed else None,
            merged_into=codes.get(branch.merged_into_id) if branch.merged_into_id else None,
            earlier=earlier.get(branch.id, {}),
            size=branch.size,
            area=branch.area,
            type=branch.type,
        )
        for branch in branches
        if branch.ranked or branch.id in facts or branch.id in earlier
    ]
    summed, summed_earlier = _series(_whole(rows), places, {})
    whole = summed.get(0, {})
    if appealable:
        whole[PROVISIONAL] = {at: Fact(n, 0, 0) for at, n in sorted(_by_month(appealable).items())}
    return MonthInput(
        month=month,
        policy=policy,
        branches=units,
        agents=_agents(session, month, months, lines, policy, {key: codes[owners.get(key, key)] for key in codes}),
        # In the organisation's own language, whoever asks: the same inputs are the same report to the byte.
        organisation=Unit(
            key=0,
            code="",
            name=organisation.organisation_name(session, DEFAULT),
            facts=whole,
            earlier=summed_earlier.get(0, {}),
        ),
        breaks=lines.breaks,
        models=models.for_report(session, month, policy),
    )


def _provisional(session: Session, months: Sequence[str], lines: Lines) -> dict[tuple[int, str], int]:
    """(branch, month) -> counted visits that may still be appealed against, of the series that the month belongs to."""
    found: Counter[tuple[int, str]] = Counter()
    for one in provisional.visits(session, months[0], months[-1]):
        if any(lines.measures.get(line) == "shop_total" and one.month in lines.stands[line] for line in one.lines):
            found[one.branch_id, one.month] += 1
    return dict(sorted(found.items()))


def _by_month(counts: Mapping[tuple[int, str], int]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for (_branch, month), n in counts.items():
        found[month] += n
    return dict(found)


def _critical_open(facts: Sequence[Mapping[str, Mapping[str, Fact]]], months: list[str]) -> bool:
    """A confirmed critical failure stays open until a later month's approved visits show none, of any series."""
    failures = {month: fact for one in facts for month, fact in one.get("shop_critical", {}).items()}
    visited = [month for month in months if failures.get(month, NONE).n]
    return bool(visited) and failures[visited[-1]].total > 0


def _profits(session: Session, months: list[str], owners: Mapping[int, int]) -> dict[int, dict[str, ProfitMonth]]:
    sums: dict[tuple[int, str], list[Any]] = {}
    rows = session.execute(
        select(Profit.branch_id, Profit.month, Profit.revenue, Profit.cost, Profit.target, Profit.headcount)
        .where(Profit.month >= months[0], Profit.month <= months[-1])
        .order_by(Profit.branch_id, Profit.month)
    )
    for branch_id, month, revenue, cost, target, headcount in rows:
        totals = sums.setdefault((owners.get(branch_id, branch_id), month), [0, 0, 0, 0.0])
        for place, amount in enumerate((revenue, cost, target, headcount or 0.0)):
            totals[place] += amount
    found: dict[int, dict[str, ProfitMonth]] = {}
    for (branch_id, month), (revenue, cost, target, headcount) in sums.items():
        found.setdefault(branch_id, {})[month] = ProfitMonth(
            revenue / AGOROT, cost / AGOROT, target / AGOROT, headcount or None
        )
    return found


def _agents(
    session: Session, month: str, months: list[str], lines: Lines, policy: Policy, codes: Mapping[int, str]
) -> list[Unit]:
    """The agents with facts. ``codes``: branch id -> code of the branch, or of the one that took it over."""
    measures = lines.measures.items()
    wanted = {line_id for line_id, measure in measures if not measure.startswith("shop_") or policy.agent_shops}
    rows = _rows(session, AgentFact, AgentFact.agent_id, wanted, months)
    facts, earlier = _series(rows, _places(lines), {})
    last = calendar.last_day(month)
    placed = dict(  # the latest placement wins
        session.execute(
            select(Placement.agent_id, Placement.branch_id).where(Placement.since <= last).order_by(Placement.since)
        ).all()
    )
    return [
        Unit(
            key=agent_id,
            code=code,
            name="",  # a signed report holds references; names are joined when it is read
            facts=facts.get(agent_id, {}),
            branch_code=codes.get(placed.get(agent_id, 0), ""),
            earlier=earlier.get(agent_id, {}),
        )
        for agent_id, code in session.execute(
            select(Agent.id, Agent.code).where(Agent.id != NO_AGENT).order_by(Agent.code)
        )
        if agent_id in facts or agent_id in earlier
    ]
