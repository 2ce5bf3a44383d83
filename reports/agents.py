"""Service employees: their own numbers, shrunken in branch in organisation. Nobody is ranked against anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from reports.arrays import Floats
from reports.blocks import SURVEY, Shops, Surveys
from reports.cells import Cells
from reports.policy import Policy
from reports.ranking import shrink_nested
from reports.rounding import number, percent
from reports.series import Ended
from reports.standing import share_variance
from reports.suppression import SHOWN
from reports.units import Unit


def _parents(agents: Sequence[Unit], branches: Sequence[Unit], totals: Mapping[str, Cells]) -> dict[str, Cells]:
    """Each agent's branch's cells, out of all branches': what an agent's numbers could be subtracted from."""
    row = {branch.code: i for i, branch in enumerate(branches)}
    # An agent of a branch that is not in the report has no total beside it.
    at = np.array([row.get(agent.branch_code or "", -1) for agent in agents], dtype=np.int64)
    kept = (at >= 0)[:, None]
    return {
        measure: Cells(cells.months, *(np.where(kept, array[at], 0) for array in (cells.n, cells.total, cells.squares)))
        for measure, cells in totals.items()
    }


def agent_blocks(
    agents: Sequence[Unit],
    branches: Sequence[Unit],
    totals: Mapping[str, Cells],
    ended_totals: Ended,
    organisation: Cells,
    trend: Sequence[str],
    policy: Policy,
    breaks: Mapping[str, Sequence[str]],
) -> list[dict[str, Any]]:
    """The report's ``agents``: by branch and code.

    ``totals``, ``ended_totals``: the cells of the branches; ``organisation``: its top-box cells.
    """
    if not agents:
        return []
    months = organisation.months
    branch_of = [agent.branch_code or "" for agent in agents]
    cells = {measure: Cells.of(agents, measure, months) for measure in SURVEY}
    parents = _parents(agents, branches, totals) if branches else None
    surveys = Surveys.decide(cells, branch_of, policy.agent_window, policy.least_surveys, parents)
    ended = Ended.of(agents, SURVEY, breaks, months)
    before = Ended(_parents(agents, branches, ended_totals.cells), breaks) if branches else None
    surveys = replace(surveys, ended=ended.shown(branch_of, policy.agent_window, policy.least_surveys, before))
    blocks, month = surveys.blocks(policy.interval_level), surveys.month_blocks(policy.interval_level)
    shrunken = _shrunken(surveys, organisation, branch_of, policy)
    shops: list[dict[str, Any]] | None = None
    if policy.agent_shops:
        visits = Shops.of(agents, months, policy.agent_window, policy.least_shops)
        shops = visits.blocks(policy.interval_level, visits.total.window(visits.months))
    names: Mapping[str, Unit] = {branch.code: branch for branch in branches}
    result = []
    for i, (agent, series) in enumerate(zip(agents, surveys.trend(trend), strict=True)):
        branch = names.get(branch_of[i])
        result.append(
            {
                "code": agent.code,
                "name": agent.name,
                "branch": branch_of[i],
                "branch_name": branch.name if branch else "",
                "region": branch.region if branch else agent.region,
                "surveys": {**blocks[i], **shrunken[i]["surveys"]},
                "shops": shops[i] if shops is not None else None,
                "p_target": shrunken[i]["p_target"],
                "excellent": shrunken[i]["excellent"],
                "hidden": blocks[i]["hidden"],
                "why": blocks[i]["why"],
                "month": {"surveys": month[i]},
                "trend": series,
            }
        )
    return sorted(result, key=lambda block: (block["branch"], block["code"]))


def _shrunken(
    surveys: Surveys, organisation: Cells, branch_of: Sequence[str], policy: Policy
) -> list[dict[str, dict[str, Any] | Any]]:
    """Per agent the shrunken CSAT with its interval, and the probability that it reaches the target."""
    csat = surveys.window("csat")
    window = organisation.window(organisation.months[-policy.agent_window :])
    answer = share_variance(csat, window)
    known = np.flatnonzero(surveys.shown() == SHOWN)
    mean, sd = np.full(csat.n.size, np.nan), np.full(csat.n.size, np.nan)
    if known.size:
        y, n = csat.mean[known], csat.n[known]
        if answer > 0:
            fit = shrink_nested(y, answer / n, [branch_of[i] for i in known.tolist()])
            mean[known], sd[known] = fit.mean, fit.sd
        else:
            mean[known], sd[known] = y, 0.0
    z = float(ndtri(0.5 + policy.interval_level / 2))
    reached = _reached(mean, sd, policy.agent_target)
    blocks: list[dict[str, Any]] = []
    for unit, n in enumerate(csat.n.tolist()):
        chance = float(reached[unit])
        enough = n >= policy.agent_surveys and np.isfinite(chance)
        interval = np.clip([mean[unit] - z * sd[unit], mean[unit] + z * sd[unit]], 0, 100)
        own = {"shrunken": number(mean[unit]), "low": number(interval[0]), "high": number(interval[1])}
        excellent = bool(enough and chance >= policy.agent_probability)
        p_target = percent(chance) if np.isfinite(chance) else None
        blocks.append({"surveys": own, "p_target": p_target, "excellent": excellent})
    return blocks


def _reached(mean: Floats, sd: Floats, target: float) -> Floats:
    """The probability that each true value is at least the target."""
    z = np.where(mean >= target, np.inf, -np.inf)
    np.divide(mean - target, sd, out=z, where=sd > 0)
    result: Floats = np.where(np.isfinite(mean), ndtr(z), np.nan)
    return result
