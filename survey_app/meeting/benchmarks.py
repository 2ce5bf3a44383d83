"""What a published series can measure, and in which unit its values come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from translations import lazy_gettext as _l


@dataclass(frozen=True)
class Unit:
    """A unit of published values: its name, its ends, whether values carry a percent sign or a plus and minus."""

    name: Any
    low: float
    high: float
    percent: bool = False
    signed: bool = False


#: Code of our measure -> what it is called where a published series stands beside it.
MEASURES: Final[Mapping[str, Any]] = {
    "csat": _l("Satisfaction of customers"),
    "nps": _l("Likelihood to recommend (NPS)"),
    "ease": _l("Ease of getting things done"),
    "shops": _l("Mystery visits"),
}
#: Code of a unit -> the unit.
UNITS: Final[Mapping[str, Unit]] = {
    "percent": Unit(_l("Percent, 0 to 100"), 0, 100, percent=True),
    "points": Unit(_l("Points, −100 to 100"), -100, 100, signed=True),
    "score": Unit(_l("A score, 0 to 100"), 0, 100),
    "of_five": Unit(_l("A mean of 1 to 5"), 1, 5),
    "of_ten": Unit(_l("A mean of 0 to 10"), 0, 10),
}
