"""Facts and profit as the monthly report wants them. Mergers are applied here, when facts are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from reports import months as calendar
from reports.facts import NONE, Fact
from reports.policy import Policy
from reports.units import MonthInput, ProfitMonth, Unit
from survey_app.models import NO_AGENT, Agent, AgentFact, Branch, BranchFact, Line, Placement, Profit, Questionnaire
from survey_app.queries import organisation
from translations import DEFAULT

#: What of a questionnaire's lines enters the report, and the measure it becomes there.
SURVEY_LINES: Final[Mapping[str, str]] = {"csat": "csat", "nps": "nps", "ease": "ease"}
SHOP_LINES: Final[Mapping[str, str]] = {"total": "shop_total", "critical": "shop_critical"}
SECTION: Final = "section."
#: Agorot in a shekel.
AGOROT: Final = 100

Series = dict[str, dict[str, Fact]]


def measures(session: Session, policy: Policy) -> dict[int, str]:
    """Line id -> measure of the report, for the questionnaires that the policy names; the newest series only."""
    found: dict[int, str] = {}
    newest: dict[tuple[str, str], tuple[str, int]] = {}
    rows = session.execute(
        select(Questionnaire.code, Line.what, Line.series, Line.id)
        .join(Questionnaire, Questionnaire.id == Line.questionnaire_id)
        .where(Questionnaire.code.in_([*policy.survey_questionnaires, *policy.shop_questionnaires]))
    )
    for code, what, series, line_id in rows:
        if _measure(policy, code, what) is None:
            continue
        known = newest.get((code, what))
        if known is None or (len(series), series) > (len(known[0]), known[0]):
            newest[code, what] = (series, line_id)
    for (code, what), (_series, line_id) in newest.items():
        measure = _measure(policy, code, what)
        if measure is not None:
            found[line_id] = measure
    return found


def _measure(policy: Policy, questionnaire: str, what: str) -> str | None:
    if questionnaire in policy.survey_questionnaires:
        return SURVEY_LINES.get(what)
    if what.startswith(SECTION):
        return f"shop_{what}"
    return SHOP_LINES.get(what)


def _series(rows: Iterable[Any], lines: Mapping[int, str], owners: Mapping[int, int]) -> dict[int, Series]:
    """Rows (owner, month, line, n, total, squares) -> owner -> measure -> month -> Fact; ``owners`` redirects."""
    found: dict[int, Series] = {}
    for owner, month, line_id, n, total, squares in rows:
        series = found.setdefault(owners.get(owner, owner), {}).setdefault(lines[line_id], {})
        series[month] = series.get(month, NONE) + Fact(int(n), int(total), int(squares))
    return found


def _sums(model: Any, owner: Any, lines: Iterable[int], months: list[str]) -> Select[Any]:
    return (
        select(owner, model.month, model.line_id, func.sum(model.n), func.sum(model.total), func.sum(model.squares))
        .where(model.line_id.in_(sorted(lines)), model.month >= months[0], model.month <= months[-1])
        .group_by(owner, model.month, model.line_id)
        .order_by(owner, model.month, model.line_id)
    )


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
    lines = measures(session, policy)
    branches = session.scalars(select(Branch).order_by(Branch.bank, Branch.code)).all()
    owners = receivers(branches, month)
    regions = {region.id: region.name for region in organisation.regions(session)}
    rows = session.execute(_sums(BranchFact, BranchFact.branch_id, lines, months)).all()
    facts = _series(rows, lines, owners)
    profits = _profits(session, months, owners)
    codes = organisation.codes(session)
    units = [
        Unit(
            key=branch.id,
            code=codes[branch.id],
            name=branch.name,
            region=regions.get(branch.region_id or 0, ""),
            ranked=branch.ranked,
            facts=facts.get(branch.id, {}),
            profit=profits.get(branch.id, {}),
            critical_open=_critical_open(facts.get(branch.id, {}), months),
            opened=calendar.of(branch.opened) if branch.opened else None,
            closed=calendar.of(branch.closed) if branch.closed else None,
            merged_into=codes.get(branch.merged_into_id) if branch.merged_into_id else None,
        )
        for branch in branches
        if branch.ranked or branch.id in facts
    ]
    whole = _series(((0, *row[1:]) for row in rows), lines, {}).get(0, {})
    return MonthInput(
        month=month,
        policy=policy,
        branches=units,
        agents=_agents(session, month, months, lines, policy, {key: codes[owners.get(key, key)] for key in codes}),
        # In the organisation's own language, whoever asks: the same inputs are the same report to the byte.
        organisation=Unit(key=0, code="", name=organisation.organisation_name(session, DEFAULT), facts=whole),
    )


def _critical_open(facts: Mapping[str, Mapping[str, Fact]], months: list[str]) -> bool:
    """A confirmed critical failure stays open until a later month's approved visits show none."""
    failures = facts.get("shop_critical", {})
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
    session: Session, month: str, months: list[str], lines: Mapping[int, str], policy: Policy, codes: Mapping[int, str]
) -> list[Unit]:
    """The agents with facts. ``codes``: branch id -> code of the branch, or of the one that took it over."""
    wanted = {line_id for line_id, measure in lines.items() if not measure.startswith("shop_") or policy.agent_shops}
    facts = _series(session.execute(_sums(AgentFact, AgentFact.agent_id, wanted, months)), lines, {})
    last = calendar.last_day(month)
    placed = dict(  # the latest placement wins
        session.execute(
            select(Placement.agent_id, Placement.branch_id).where(Placement.since <= last).order_by(Placement.since)
        ).all()
    )
    return [
        Unit(
            key=agent.id,
            code=agent.code,
            name="",  # a signed report holds references; names are joined when it is read
            facts=facts[agent.id],
            branch_code=codes.get(placed.get(agent.id, 0), ""),
        )
        for agent in session.scalars(select(Agent).where(Agent.id != NO_AGENT).order_by(Agent.code))
        if agent.id in facts
    ]
