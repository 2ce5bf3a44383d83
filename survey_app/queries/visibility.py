"""Cutting a report to its reader: the table of who sees whose rank, applied to every number that leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.models import Agent, Branch, Region
from survey_app.permissions import VISIBILITY, Scope
from survey_app.queries import organisation
from survey_app.queries.models import PER_BRANCH

#: What an unnamed branch still shows: its place on the map of these two, to the nearest whole point.
_AXES: Final = ("service", "profit")

Row = Mapping[str, Any]
_Key = tuple[int, int | None]


def visible(session: Session, data: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """The report's data as this reader may see it.

    Branches that may not be named keep a point on the map, without code, name, region, counts and ranks, in an order
    that tells nothing; where even points are not for the reader they are left out, as are agents that may not be seen
    and regions other than the reader's own. Of what models say the rows of such branches are left out.
    """
    if scope.everything:
        return {**data, "scope": scope.reach}
    keys = _branch_keys(session)
    agents = dict(session.execute(select(Agent.code, Agent.id)).all())
    nowhere: _Key = (0, None)
    named, points = [], []
    for branch in data["branches"]:
        if scope.names_branch(*keys.get(branch["code"], nowhere)):
            named.append(branch)
        elif scope.shows_points and _is_placed(branch):
            points.append(branch)
    return {
        **data,
        "regions": _REGIONS[scope.reach](session, data["regions"], scope),
        "branches": named + sorted(map(_point, points), key=_place),
        "agents": [
            agent
            for agent in data["agents"]
            if scope.shows_agent(agents.get(agent["code"], 0), *keys.get(agent["branch"], nowhere))
        ],
        "models": _models(data.get("models") or {}, keys, scope),
        "scope": scope.reach,
    }


def _models(models: Mapping[str, Any], keys: Mapping[str, _Key], scope: Scope) -> dict[str, Any]:
    """What models say of the whole organisation, and of branches that may be named; nothing to who sees no branch."""
    if VISIBILITY[scope.reach]["branches"] == "none":
        return dict.fromkeys(models)
    return {
        kind: found
        if found is None
        else {
            part: [row for row in value if _is_named(row["branch"], keys, scope)] if part in PER_BRANCH else value
            for part, value in found.items()
        }
        for kind, found in models.items()
    }


def _is_named(code: str | None, keys: Mapping[str, _Key], scope: Scope) -> bool:
    """Whether a row is about the whole organisation (no branch) or about a branch that the reader may know."""
    return code is None or scope.names_branch(*keys.get(code, (0, None)))


def _branch_keys(session: Session) -> dict[str, _Key]:
    """A report's branch code -> the branch's id and region. A report signed before another bank brought the same code

    names the branch by that code, which now names nobody.
    """
    regions = dict(session.execute(select(Branch.id, Branch.region_id)).all())
    return {code: (branch_id, regions[branch_id]) for branch_id, code in organisation.codes(session).items()}


def _is_placed(branch: Row) -> bool:
    return not branch["hidden"] and all(branch[axis]["index"] is not None for axis in _AXES)


def _point(branch: Row) -> dict[str, Any]:
    """An unnamed branch: every key of a branch, and nothing in them but its place."""
    point: dict[str, Any] = {**dict.fromkeys(branch), "hidden": False}
    for axis in _AXES:
        point[axis] = {**dict.fromkeys(branch[axis]), "index": round(branch[axis]["index"])}
    return point


def _place(point: Row) -> list[int]:
    return [point[axis]["index"] for axis in _AXES]


def _own_region(session: Session, regions: list[Row], scope: Scope) -> list[Row]:
    own = session.get(Region, scope.region_id) if scope.region_id is not None else None
    return [region for region in regions if own is not None and region["name"] == own.name]


#: Which regions' totals each reach is shown: not another region's, and no total that a branch could be subtracted from.
_REGIONS: Final[Mapping[str, Callable[[Session, list[Row], Scope], list[Row]]]] = {
    "region": _own_region,
    "branch": lambda session, regions, scope: [],
    "agent": lambda session, regions, scope: [],
}
