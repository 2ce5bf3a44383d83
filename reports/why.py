"""Why a branch stands where it stands, for its manager: what pulls it up, what down, and what would tell it apart.

Plain sentences in the active language, made of a month's data alone. They speak of the method's numbers, never of
causes.
"""

from __future__ import annotations

from dataclasses import dataclass

from reports.wording import Row


@dataclass(frozen=True, slots=True)
class Why:
    """Sentences in the order in which they are read; any part may be empty."""

    #: Where the branch stands, or why it has no place.
    place: tuple[str, ...]
    #: What raises it against the other branches, and what lowers it, the strongest first.
    up: tuple[str, ...]
    down: tuple[str, ...]
    #: What would have to change for it to be told apart.
    change: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.place, *self.up, *self.down, *self.change)


def why(data: Row, code: str) -> Why:
    """Why the branch stands where it does; KeyError for a branch that the data do not hold or do not name."""
    rows = {row["code"]: row for row in data["branches"] if row["code"] is not None}
    return Why((str(rows[code]["tier"] or ""),), (), (), ())
