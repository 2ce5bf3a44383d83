"""Agreement of two readings of the same reports, item by item (METHOD, Shops)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reports.shopping import krippendorff_alpha

#: Under this α an item is proposed for rewriting: Krippendorff (2004) Content Analysis, 2nd ed., p. 241.
LEAST_ALPHA: Final = 0.667
#: Fewer pairs say too little about an item [policy].
LEAST_PAIRS: Final = 10


@dataclass(frozen=True)
class Agreement:
    """How two readings of one item agree.

    ``pairs`` readings of the same report, ``same`` of them alike; ``alpha`` is Krippendorff's α, None where it is not
    defined: no pair, or every reading one and the same answer.
    """

    code: str
    pairs: int
    same: int
    alpha: float | None

    @property
    def share(self) -> float | None:
        """The part of pairs that are alike, 0–1; None without any."""
        return self.same / self.pairs if self.pairs else None

    @property
    def enough(self) -> bool:
        """Whether there are pairs enough to say anything."""
        return self.pairs >= LEAST_PAIRS

    @property
    def rewrite(self) -> bool:
        """Whether the item is proposed for rewriting."""
        return self.enough and self.alpha is not None and self.alpha < LEAST_ALPHA


def agreement(code: str, pairs: Sequence[tuple[Hashable, Hashable]], level: str = "nominal") -> Agreement:
    """The agreement over pairs of readings of one item. ``level`` is that of the item's scale, as for α.

    Values that are no numbers are categories: their level is nominal.
    """
    same = sum(one == other for one, other in pairs)
    numbers = _numbers(pairs, level)
    try:
        alpha: float | None = krippendorff_alpha([[one for one, _ in numbers], [other for _, other in numbers]], level)
    except ValueError:
        alpha = None
    return Agreement(code, len(pairs), same, alpha)


def _numbers(pairs: Sequence[tuple[Hashable, Hashable]], level: str) -> list[tuple[float, float]]:
    if level != "nominal":
        return [(float(str(one)), float(str(other))) for one, other in pairs]
    places: Mapping[Hashable, int] = {
        value: place for place, value in enumerate(dict.fromkeys(value for pair in pairs for value in pair))
    }
    return [(places[one], places[other]) for one, other in pairs]
