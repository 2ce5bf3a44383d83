"""How well a year of visits connects shoppers and branches: only then can a hard shopper be told from a bad branch.

The severity model (METHOD: score = branch + shopper + error) needs each shopper at five branches at least, each branch
seen by two or three shoppers, and one connected whole: between two groups that share nobody nothing can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: In twelve months.
BRANCHES_A_SHOPPER = 5
SHOPPERS_A_BRANCH = 3
LEAST_SHOPPERS_A_BRANCH = 2


@dataclass(frozen=True)
class Connected:
    """What a set of (shopper, branch) pairs comes to."""

    #: Groups of branches that share shoppers, the largest first, as sorted branch ids.
    groups: tuple[tuple[int, ...], ...]
    #: Branch id -> how many shoppers saw it; shopper id -> how many branches.
    shoppers_of: dict[int, int]
    branches_of: dict[int, int]

    @property
    def whole(self) -> bool:
        """Whether every branch that was visited can be compared with every other."""
        return len(self.groups) <= 1

    @property
    def branches_short(self) -> list[int]:
        """Branches seen by fewer shoppers than the model needs at least."""
        return sorted(one for one, count in self.shoppers_of.items() if count < LEAST_SHOPPERS_A_BRANCH)

    @property
    def shoppers_short(self) -> list[int]:
        """Shoppers who saw some branch, and fewer than the model needs."""
        return sorted(one for one, count in self.branches_of.items() if 0 < count < BRANCHES_A_SHOPPER)


def connected(pairs: Iterable[tuple[int, int]], branches: Iterable[int], shoppers: Iterable[int]) -> Connected:
    """What (shopper id, branch id) pairs come to; branches and shoppers without any are counted as well."""
    seen = set(pairs)
    shoppers_of = dict.fromkeys(branches, 0)
    branches_of = dict.fromkeys(shoppers, 0)
    leads: dict[tuple[str, int], tuple[str, int]] = {}

    def lead(one: tuple[str, int]) -> tuple[str, int]:
        while leads.setdefault(one, one) != one:
            leads[one] = leads[leads[one]]
            one = leads[one]
        return one

    for shopper, branch in sorted(seen):
        shoppers_of[branch] = shoppers_of.get(branch, 0) + 1
        branches_of[shopper] = branches_of.get(shopper, 0) + 1
        one, other = lead(("s", shopper)), lead(("b", branch))
        leads[max(one, other)] = min(one, other)
    found: dict[tuple[str, int], list[int]] = {}
    for branch in sorted({branch for _, branch in seen}):
        found.setdefault(lead(("b", branch)), []).append(branch)
    groups = sorted((tuple(one) for one in found.values()), key=lambda one: (-len(one), one))
    return Connected(tuple(groups), shoppers_of, branches_of)
