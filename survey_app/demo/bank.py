"""What the demo bank consists of: branches, units, agents and where they are placed. Pure: nothing is stored here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np

#: Mean number of surveys that a branch of a size gets in a month.
SURVEYS: Final = {"גדול": 34, "בינוני": 25, "קטן": 19}
#: The branch whose base is too small to rank.
TINY_SURVEYS: Final = 4
LANGUAGES: Final = ("he", "ar", "ru", "en")


@dataclass(frozen=True)
class PlannedBranch:
    """One branch or unit. ``roles`` are the planted stories that tests look for."""

    index: int
    code: str
    name: str
    type: str
    city: str
    region: str
    latitude: float
    longitude: float
    address: str
    area: str
    size: str
    hours: str
    closed_days: tuple[str, ...]
    #: Share of respondents per language, in the order of :data:`LANGUAGES`.
    languages: tuple[float, ...]
    opened: date
    closed: date | None = None
    merged_into: int | None = None
    ranked: bool = True
    #: A unit that is reached by telephone.
    phone: bool = False
    roles: frozenset[str] = frozenset()

    def open_on(self, day: date) -> bool:
        """Whether it serves customers on a day, closed weekdays left aside."""
        return self.opened <= day and (self.closed is None or day < self.closed)

    @property
    def volume(self) -> float:
        """Mean number of surveys in a month."""
        return TINY_SURVEYS if "tiny" in self.roles else SURVEYS[self.size]


@dataclass(frozen=True)
class PlannedAgent:
    """One service employee: (branch index, first day, last day or None), in order of time."""

    index: int
    code: str
    name: str
    role: str
    placements: tuple[tuple[int, date, date | None], ...]

    def branch_on(self, day: date) -> int | None:
        """Index of the branch on a day."""
        return next((at for at, since, until in self.placements if since <= day and (not until or day <= until)), None)


@dataclass(frozen=True)
class Bank:
    """The whole plan over its months, oldest first; ``today`` is the day on which it is made."""

    seed: int
    today: date
    months: tuple[str, ...]
    branches: tuple[PlannedBranch, ...]
    units: tuple[PlannedBranch, ...]
    agents: tuple[PlannedAgent, ...]
    shoppers: tuple[str, ...]
    regions: Mapping[str, str]
    #: Agents at a branch in a month: month -> branch index -> agent indices.
    teams: dict[str, list[list[int]]] = field(repr=False)

    def with_role(self, role: str) -> list[PlannedBranch]:
        """The branches in which a story is planted."""
        return [branch for branch in self.branches if role in branch.roles]

    def face(self, branch: int) -> int | None:
        """Who of a branch is given the login of an employee: the second of its team, for the first one's place is often
        hidden and an own page should have a score to show. None where nobody works there.
        """
        team = self.teams[self.months[-1]][branch]
        return team[min(1, len(team) - 1)] if team else None

    def rng(self, part: str) -> np.random.Generator:
        """A stream of its own for each part, so that a change in one part leaves the others as they were."""
        return np.random.default_rng([self.seed, *part.encode()])
