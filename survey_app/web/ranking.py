"""The ranking table as the page shows it: filtered, searched and sorted by the address, so it needs no scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reports import wording
from reports.summary import TIERS

Row = Mapping[str, Any]
Key = Callable[[Row], Any]


def _at(*path: str) -> Key:
    def value(row: Row) -> Any:
        found: Any = row
        for step in path:
            found = found[step] if found is not None else None
        return found

    return value


def _largest_change(row: Row) -> float | None:
    return max((found["now"] - found["before"] for found in row["change"]), key=abs, default=None)


@dataclass(frozen=True)
class Sort:
    """A column that the table can be sorted by; ``descending`` is what the first click on its header gives."""

    key: Key
    descending: bool


#: Rows that are shown at once; of more, those not told apart from the others are left for the asking.
MOST: Final = 120
#: How many of those are shown then.
OF_THE_REST: Final = 30
ALL: Final = "all"
#: Column -> how it sorts. The ranking's own order is none of them: it is the report's, by tier.
SORTS: Final[Mapping[str, Sort]] = {
    "place": Sort(_at("rank", "median"), descending=False),
    "name": Sort(_at("name"), descending=False),
    "service": Sort(_at("service", "index"), descending=True),
    "surveys": Sort(_at("surveys", "csat"), descending=True),
    "shops": Sort(_at("shops", "score"), descending=True),
    "profit": Sort(_at("profit", "index"), descending=True),
    "change": Sort(_largest_change, descending=True),
}


@dataclass(frozen=True)
class Group:
    """Rows under one heading; no heading where the table is sorted by a column."""

    tier: str
    title: str
    rows: list[Row]
    #: How many more there are than the rows shown.
    more: int = 0

    @property
    def count(self) -> int:
        """How many branches stand under the heading."""
        return len(self.rows) + self.more


@dataclass(frozen=True)
class Ranking:
    """What the reader asked for, and the rows that fit."""

    groups: list[Group]
    hidden: list[Row]
    #: Ranked branches that this reader does not see by name.
    unnamed: int
    regions: list[str]
    region: str
    #: Peer groups with somebody in them whom the reader sees.
    peers: list[str]
    peer: str
    search: str
    sort: str
    descending: bool

    @property
    def filtered(self) -> bool:
        """Whether some rows were left out on the reader's wish."""
        return bool(self.region or self.search or self.peer)

    @property
    def more(self) -> int:
        """How many rows are left for the asking."""
        return sum(group.more for group in self.groups)

    @property
    def shown(self) -> int:
        """How many ranked branches are listed."""
        return sum(len(group.rows) for group in self.groups)

    def direction(self, column: str) -> str | None:
        """``aria-sort`` of a column's header."""
        if self.sort != column:
            return None
        return "descending" if self.descending else "ascending"

    def next_order(self, column: str) -> str:
        """What a click on a column's header asks for."""
        first = SORTS[column].descending
        descending = not self.descending if self.sort == column else first
        return "down" if descending else "up"


def arrange(
    rows: Sequence[Row],
    placed: int,
    *,
    region: str = "",
    peer: str = "",
    search: str = "",
    sort: str = "",
    order: str = "",
    whole: bool = False,
) -> Ranking:
    """Filter and sort a report's branches, of which ``placed`` are ranked, named here or not.

    An unknown column or order is the ranking's own. Of a long list the rest is left for the asking (``whole``).
    """
    named = [row for row in rows if row["name"] is not None]
    wanted = search.strip().casefold()
    fitting = [
        row
        for row in named
        if (not region or row["region"] == region)
        and (not peer or peer_group(row) == peer)
        and (not wanted or wanted in row["name"].casefold() or wanted == row["code"].casefold())
    ]
    ranked = [row for row in fitting if not row["hidden"]]
    chosen = SORTS.get(sort)
    descending = order == "down" if order in {"up", "down"} else bool(chosen and chosen.descending)
    groups = [Group("", "", _sorted(ranked, chosen.key, descending))] if chosen else _by_tier(ranked)
    return Ranking(
        groups=_shortened([group for group in groups if group.rows], whole),
        hidden=[row for row in fitting if row["hidden"]],
        unnamed=placed - sum(not row["hidden"] for row in named),
        regions=sorted({row["region"] for row in named if row["region"]}),
        region=region,
        peers=sorted({peer_group(row) for row in named} - {""}),
        peer=peer,
        search=search.strip(),
        sort=sort if chosen else "",
        descending=descending,
    )


def peer_group(row: Row) -> str:
    """The branch's peer group by name; empty where there is none to speak of."""
    found = row.get("peer")
    return str(found["group"]) if found else ""


def _shortened(groups: list[Group], whole: bool) -> list[Group]:
    """The groups with at most :data:`MOST` rows: whoever is told apart stays, the rest is counted."""
    count = sum(len(group.rows) for group in groups)
    if whole or count <= MOST:
        return groups
    if len(groups) == 1:
        return [Group(groups[0].tier, groups[0].title, groups[0].rows[:MOST], count - MOST)]
    told = {"leading", "trailing"}
    return [
        group
        if group.tier in told or len(group.rows) <= OF_THE_REST
        else Group(group.tier, group.title, group.rows[:OF_THE_REST], len(group.rows) - OF_THE_REST)
        for group in groups
    ]


def _sorted(rows: Sequence[Row], key: Key, descending: bool) -> list[Row]:
    """By a column; rows without a value come last whichever way."""
    known = [row for row in rows if key(row) is not None]
    return sorted(known, key=key, reverse=descending) + [row for row in rows if key(row) is None]


def _by_tier(rows: Sequence[Row]) -> list[Group]:
    groups = [Group(tier, wording.tier(tier), [row for row in rows if row["tier"] == tier]) for tier in TIERS]
    rest = [row for row in rows if row["tier"] not in TIERS]
    return [*groups, Group("", "", rest)]
