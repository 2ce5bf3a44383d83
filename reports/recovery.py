"""Whether a problem that was handled well is forgiven: satisfaction by what became of the customer's problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reports.measures import (
    critical_value,
    nps,
    nps_interval,
    nps_variance,
    proportion_change,
    proportion_interval,
)

NO_PROBLEM, HANDLED, NOT_HANDLED, NOT_REPORTED = "no_problem", "handled", "not_handled", "not_reported"
#: The customer's own answer, in the order in which it is shown.
GROUPS: Final = (NO_PROBLEM, HANDLED, NOT_HANDLED, NOT_REPORTED)


@dataclass(frozen=True, slots=True)
class Counts:
    """Responses of one group: of how many the satisfaction is known and top-box, and how they would recommend."""

    satisfied: int
    rated: int
    promoters: int
    passives: int
    detractors: int

    @property
    def asked(self) -> int:
        """Responses that say whether they would recommend."""
        return self.promoters + self.passives + self.detractors


@dataclass(frozen=True, slots=True)
class Standing:
    """One number with its interval: top-box in percent, NPS −100…100, differences in points."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Recovery:
    """The table of recovery. A group without answers has no standing."""

    top_box: Mapping[str, Standing | None]
    nps: Mapping[str, Standing | None]
    #: Handled minus not handled: the headline.
    handling: Mapping[str, Standing | None]
    #: Handled minus no problem; the paradox is claimed only where its lower bound is above 0.
    forgiven: Mapping[str, Standing | None]

    @property
    def paradox(self) -> bool:
        """Whether those whose problem was handled are surely better off than those who had none, on both measures."""
        found = [one for one in self.forgiven.values() if one is not None]
        return len(found) == len(self.forgiven) and all(one.low > 0 for one in found)


def recovery(groups: Mapping[str, Counts], level: float = 0.95) -> Recovery:
    """Groups by the customers' own answer -> standing of each and the two differences that matter.

    Top-box intervals are Wilson's, their difference Newcombe's hybrid; NPS is the adjusted Wald, its difference a
    normal interval over the two variances, with the same added responses. ValueError for a group that is none of
    :data:`GROUPS`, counts that contradict and levels outside (0, 1).

    Sources: METHOD; de Matos, Henrique and Rossi (2007) J Service Research 10:60-77 on testing the paradox.
    """
    unknown = set(groups) - set(GROUPS)
    if unknown:
        raise ValueError(f"no such group: {', '.join(sorted(unknown))}")
    counts = {name: groups.get(name, Counts(0, 0, 0, 0, 0)) for name in GROUPS}
    if any(not 0 <= one.satisfied <= one.rated for one in counts.values()):
        raise ValueError("satisfied lie between 0 and rated")
    return Recovery(
        top_box={name: _top_box(one, level) for name, one in counts.items()},
        nps={name: _nps(one, level) for name, one in counts.items()},
        handling=_apart(counts[HANDLED], counts[NOT_HANDLED], level),
        forgiven=_apart(counts[HANDLED], counts[NO_PROBLEM], level),
    )


def _top_box(one: Counts, level: float) -> Standing | None:
    if not one.rated:
        return None
    low, high = proportion_interval(one.satisfied, one.rated, level)
    return Standing(100 * one.satisfied / one.rated, 100 * low, 100 * high, one.rated)


def _nps(one: Counts, level: float) -> Standing | None:
    if not one.asked:
        return None
    parts = (one.promoters, one.passives, one.detractors)
    return Standing(nps(*parts), *nps_interval(*parts, level), one.asked)


def _apart(first: Counts, second: Counts, level: float) -> dict[str, Standing | None]:
    return {"top_box": _top_box_apart(first, second, level), "nps": _nps_apart(first, second, level)}


def _top_box_apart(first: Counts, second: Counts, level: float) -> Standing | None:
    if not first.rated or not second.rated:
        return None
    low, high = proportion_change(first.satisfied, first.rated, second.satisfied, second.rated, level)
    value = first.satisfied / first.rated - second.satisfied / second.rated
    return Standing(100 * value, 100 * low, 100 * high, first.rated + second.rated)


def _nps_apart(first: Counts, second: Counts, level: float) -> Standing | None:
    if not first.asked or not second.asked:
        return None
    sides = [(one.promoters + 0.75, one.passives + 1.5, one.detractors + 0.75) for one in (first, second)]
    centre = nps(*sides[0]) - nps(*sides[1])
    error = 100 * sum(nps_variance(*side) / sum(side) for side in sides) ** 0.5
    reach = critical_value(level) * error
    value = nps(first.promoters, first.passives, first.detractors) - nps(
        second.promoters, second.passives, second.detractors
    )
    return Standing(value, max(-200.0, centre - reach), min(200.0, centre + reach), first.asked + second.asked)
