"""Cutting a report to its reader: the table of who sees whose rank, applied to every number that leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.models import Branch
from survey_app.permissions import Scope

#: What an unnamed branch still shows: a point on the map and an interval among the others.
_POINT: Final = ("service", "profit", "rank", "tier", "quadrant", "hidden")


def visible(session: Session, data: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """The report's data as this reader may see it.

    Branches that may not be named keep their point without code, name, region and counts, in an order that tells
    nothing; agents that may not be seen are left out.
    """
    if scope.everything:
        return {**data, "scope": scope.reach}
    keys = {
        code: (branch_id, region_id)
        for code, branch_id, region_id in session.execute(select(Branch.code, Branch.id, Branch.region_id))
    }
    nowhere = (0, None)
    named, points = [], []
    for branch in data["branches"]:
        if scope.names_branch(*keys.get(branch["code"], nowhere)):
            named.append(branch)
        elif not branch["hidden"]:
            points.append({**dict.fromkeys(branch), **{key: branch[key] for key in _POINT if key in branch}})
    points.sort(key=_by_point)
    agents = [
        agent
        for agent in data["agents"]
        if scope.shows_agent(agent["key"], *keys.get(agent.get("branch") or "", nowhere))
    ]
    return {**data, "branches": named + points, "agents": agents, "scope": scope.reach}


def _by_point(point: Mapping[str, Any]) -> tuple[float, float]:
    service, profit = point.get("service") or {}, point.get("profit") or {}
    return (service.get("index") or 0.0, profit.get("index") or 0.0)
