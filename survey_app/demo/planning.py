"""Plans the demo bank by seed: which branches it has, what happens to them, who works there and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import chain, zip_longest
from typing import Any, Final

import numpy as np

from reports import months as calendar
from survey_app.demo import files
from survey_app.demo.bank import Bank, PlannedAgent, PlannedBranch

AGENTS_PER_BRANCH: Final = 5
_TEAM: Final = {"גדול": 7, "בינוני": 5, "קטן": 3}
_SHOPPERS_PER_BRANCH: Final = 25 / 60
_LEAST_SHOPPERS: Final = 6
#: Fewer branches than this, and none opens, closes or merges.
_ENOUGH_FOR_CHANGES: Final = 8
_CODE: Final = 101
_AGENT_CODE: Final = 1001


def plan(branches: int, months: int, seed: int, today: date) -> Bank:
    """The plan for a number of branches and of full months before ``today``'s."""
    if branches < 1 or months < 1:
        raise ValueError("a bank has at least one branch and one month")
    rng = np.random.default_rng([seed, *b"plan"])
    last = calendar.shift(calendar.of(today), -1)
    span = tuple(calendar.span(last, months))
    texts = files.document("bank")
    places = _places(branches)
    roles = _roles(places)
    planned = [_branch(i, place, texts, rng, roles, span) for i, place in enumerate(places)]
    units = tuple(_unit(branches + i, unit, texts) for i, unit in enumerate(texts["units"]))
    agents, shoppers = _people(planned, texts, span, rng)
    every_month = (*span, calendar.of(today))
    return Bank(
        seed=seed,
        today=today,
        months=span,
        branches=tuple(planned),
        units=units,
        agents=tuple(agents),
        shoppers=tuple(shoppers),
        regions=texts["regions"],
        teams={month: _teams(agents, branches, calendar.first_day(month)) for month in every_month},
    )


def _places(count: int) -> list[dict[str, Any]]:
    """The first places of the list, taken in turn from every region; beyond its end, second branches."""
    listed: list[dict[str, Any]] = [{**row, "number": _CODE + i} for i, row in enumerate(files.rows("places"))]
    regions = list(dict.fromkeys(place["region"] for place in listed))
    turns = zip_longest(*([place for place in listed if place["region"] == region] for region in regions))
    mixed = [place for place in chain.from_iterable(turns) if place is not None]
    found = []
    for i in range(count):
        lap, at = divmod(i, len(mixed))
        place = dict(mixed[at])
        if lap:
            place |= {"name": f"{place['name']} {lap + 1}", "number": place["number"] + lap * len(mixed)}
        found.append(place)
    return found


def _roles(places: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Which branch carries which story: those that come and go at the list's end, the others from its start."""
    count = len(places)
    found: dict[int, str] = {}
    free = list(range(count))
    if count >= _ENOUGH_FOR_CHANGES:
        regions = [place["region"] for place in places]
        merged = next(i for i in reversed(free) if regions.index(regions[i]) != i)
        found[merged] = "merged"
        # The receiver has a story of its own kind, so that no other falls on it.
        found[regions.index(regions[merged])] = "receiver"
        free = [i for i in free if i not in found]
        found |= {free.pop(): "closed", free.pop(): "opened", free.pop(): "tiny"}
    large = [i for i in free if places[i]["size"] != "קטן"]
    many = max(1, count // 20)
    for role in ["drop", *["improving", "falling"] * many, *["excellent", "weak"] * max(1, count // 20)]:
        if large:
            found[large.pop(0)] = role
    return found


def _branch(
    index: int,
    place: Mapping[str, Any],
    texts: Mapping[str, Any],
    rng: np.random.Generator,
    roles: Mapping[int, str],
    span: Sequence[str],
) -> PlannedBranch:
    role = roles.get(index)
    half = calendar.first_day(span[len(span) // 2])
    late = calendar.first_day(span[(2 * len(span)) // 3])
    foreign = [int(place[name]) / 100 for name in ("arabic", "russian", "english")]
    receiver = next((i for i, name in roles.items() if name == "receiver"), None)
    opened = date(int(rng.integers(1974, 2019)), int(rng.integers(1, 13)), 1)
    return PlannedBranch(
        index=index,
        code=str(place["number"]),
        name=place["name"],
        type=texts["branch_type"],
        city=place["city"],
        region=place["region"],
        latitude=float(place["latitude"]),
        longitude=float(place["longitude"]),
        address=f"{texts['street']} {rng.integers(1, 90)}",
        area=place["area"],
        size=place["size"],
        hours=texts["hours"][place["closed_day"]],
        closed_days=(place["closed_day"], "sat"),
        languages=(1 - sum(foreign), *foreign),
        opened=half if role == "opened" else opened,
        closed={"closed": late, "merged": half}.get(role or ""),
        merged_into=receiver if role == "merged" else None,
        roles=frozenset({role} if role else ()),
    )


def _unit(index: int, unit: Mapping[str, Any], texts: Mapping[str, Any]) -> PlannedBranch:
    return PlannedBranch(
        index=index,
        code=unit["code"],
        name=unit["name"],
        type=unit["type"],
        city=unit["city"],
        region=unit["region"],
        latitude=unit["latitude"],
        longitude=unit["longitude"],
        address=f"{texts['street']} 1",
        area="",
        size="",
        hours="",
        closed_days=("sat",),
        languages=(0.75, 0.09, 0.13, 0.03),
        opened=date(2004, 1, 1),
        ranked=False,
        phone=unit["phone"],
    )


class _Names:
    """Draws names without drawing one twice."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._used: set[str] = set()

    def draw(self, community: str) -> str:
        lists = files.document("names")[community]
        for _attempt in range(50):
            name = f"{self._rng.choice(lists['first'])} {self._rng.choice(lists['last'])}"
            if name not in self._used:
                break
        self._used.add(name)
        return name


def _people(
    branches: Sequence[PlannedBranch], texts: Mapping[str, Any], span: Sequence[str], rng: np.random.Generator
) -> tuple[list[PlannedAgent], list[str]]:
    names = _Names(rng)
    agents: list[PlannedAgent] = []
    movers = {i: calendar.first_day(month) for i, month in enumerate(span) if i}
    for branch in branches:
        mates = [b for b in branches if b.region == branch.region and b.closed is None and b.index != branch.index]
        for place in range(_team(branches, branch)):
            index = len(agents)
            community = str(rng.choice(["hebrew", "arabic", "russian"], p=_communities(branch)))
            since = max(branch.opened, date(int(rng.integers(2009, 2024)), int(rng.integers(1, 13)), 1))
            home, until = branch.index, branch.closed
            target = branch.merged_into if branch.merged_into is not None else None
            if target is None and mates:
                target = mates[int(rng.integers(len(mates)))].index
            if until is None and movers and rng.random() < 0.06:
                until = movers[int(rng.integers(1, len(movers) + 1))]
                until = until if until > since else None
            placements: list[tuple[int, date, date | None]] = [(home, since, until - timedelta(1) if until else None)]
            if until and target is not None:
                placements.append((target, max(until, branches[target].opened), None))
            role = texts["agent_roles"][place % len(texts["agent_roles"])]
            agents.append(PlannedAgent(index, str(_AGENT_CODE + index), names.draw(community), role, tuple(placements)))
    count = max(_LEAST_SHOPPERS, round(len(branches) * _SHOPPERS_PER_BRANCH))
    return agents, [
        names.draw(str(rng.choice(["hebrew", "arabic", "russian"], p=[0.6, 0.22, 0.18]))) for _ in range(count)
    ]


def _communities(branch: PlannedBranch) -> list[float]:
    """Chances of a Hebrew, an Arabic and a Russian name, by who lives around the branch."""
    _hebrew, arabic, russian, _english = branch.languages
    shares = np.array([1.0, 0.1 + 3 * arabic, 0.08 + 0.9 * russian])
    shares[0] = 0.25 if arabic > 0.5 else 1.0
    return list(shares / shares.sum())


def _team(branches: Sequence[PlannedBranch], branch: PlannedBranch) -> int:
    """How many agents a branch has; the largest give some up, or get some, so that the bank has five per branch."""
    sizes = [_TEAM[b.size] for b in branches]
    surplus = sum(sizes) - AGENTS_PER_BRANCH * len(branches)
    order = sorted(range(len(branches)), key=lambda i: (-sizes[i], i))
    step = -1 if surplus > 0 else 1
    changed = [order[i % len(order)] for i in range(abs(surplus))]
    return sizes[branch.index] + step * changed.count(branch.index)


def _teams(agents: Sequence[PlannedAgent], branches: int, day: date) -> list[list[int]]:
    """Agents at every branch on the first day of a month; placements change on such days only."""
    found: list[list[int]] = [[] for _branch in range(branches)]
    for agent in agents:
        at = agent.branch_on(day)
        if at is not None:
            found[at].append(agent.index)
    return found
