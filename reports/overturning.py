"""How often appeals are accepted: rates with their intervals, and the items whose wording should be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reports.measures import proportion_interval

#: So many accepted appeals, and at least this share of those decided, and an item is proposed for rewriting.
REWRITE_FROM: Final = 3
REWRITE_SHARE: Final = 0.5


@dataclass(frozen=True)
class Rate:
    """Items of appeals that were decided, and what became of them."""

    decided: int
    overturned: int
    partly: int

    def __post_init__(self) -> None:
        if min(self.decided, self.overturned, self.partly) < 0 or self.overturned + self.partly > self.decided:
            raise ValueError("accepted items are some of those decided")

    @property
    def accepted(self) -> int:
        """Accepted, wholly or in part."""
        return self.overturned + self.partly

    @property
    def share(self) -> float | None:
        """The part accepted, 0–100; None where nothing was decided."""
        return 100 * self.accepted / self.decided if self.decided else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95% interval of the share, 0–100."""
        if not self.decided:
            return None
        low, high = proportion_interval(self.accepted, self.decided)
        return 100 * low, 100 * high

    @property
    def rewrite(self) -> bool:
        """Whether an item with this rate is proposed for rewriting."""
        return self.accepted >= REWRITE_FROM and self.accepted >= REWRITE_SHARE * self.decided
