"""Facts of many units as arrays, units × months: the form in which windows are summed at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.arrays import Booleans, Floats, Integers
from reports.facts import FULL, UNIT
from reports.units import Unit


@dataclass(frozen=True, slots=True)
class Window:
    """One fact per unit, as integer arrays (hundredths, as in ``Fact``)."""

    n: Integers
    total: Integers
    squares: Integers

    @property
    def mean(self) -> Floats:
        """Mean on 0–100 per unit; NaN where there is no response."""
        mean = np.full(self.n.shape, np.nan)
        np.divide(self.total, self.n * UNIT, out=mean, where=self.n > 0)
        return mean

    @property
    def deviations(self) -> Floats:
        """Sum of squared deviations from the mean, squared points; 0 where there is no response."""
        around = np.zeros(self.n.shape)
        np.divide(self.total.astype(np.float64) ** 2, self.n, out=around, where=self.n > 0)
        result: Floats = np.maximum(self.squares - around, 0.0) / (UNIT * UNIT)
        return result

    @property
    def variance(self) -> Floats:
        """Sample variance per unit; NaN under two responses."""
        result = np.full(self.n.shape, np.nan)
        np.divide(self.deviations, self.n - 1, out=result, where=self.n > 1)
        return result

    @property
    def successes(self) -> Integers:
        """Responses in the top box, for lines of 0 and 10000."""
        result: Integers = self.total // FULL
        return result

    @property
    def parts(self) -> tuple[Integers, Integers, Integers]:
        """(promoters, passives, detractors), for lines of −10000, 0 and 10000."""
        extreme, balance = self.squares // (FULL * FULL), self.total // FULL
        return (extreme + balance) // 2, self.n - extreme, (extreme - balance) // 2

    def only(self, units: Booleans | Integers) -> Window:
        """The facts of some of the units."""
        return Window(self.n[units], self.total[units], self.squares[units])

    def pooled_variance(self) -> float | None:
        """The variance of one response inside a unit, pooled over units; None when no unit has two responses."""
        freedom = int(np.maximum(self.n - 1, 0).sum())
        return float(self.deviations.sum() / freedom) if freedom else None

    def freedom(self) -> int:
        """Degrees of freedom of the pooled variance."""
        return int(np.maximum(self.n - 1, 0).sum())


@dataclass(frozen=True, slots=True)
class Cells:
    """The facts of one measure: ``months`` and three arrays units × months."""

    months: Sequence[str]
    n: Integers
    total: Integers
    squares: Integers

    @classmethod
    def of(cls, units: Sequence[Unit], measure: str, months: Sequence[str], *, earlier: bool = False) -> Cells:
        """Gather a measure's facts of the units; with ``earlier`` those of series that ended."""
        at = {month: i for i, month in enumerate(months)}
        # Filled as plain lists: a large bank has half a million facts, and arrays take single values slowly.
        width = len(months)
        n, total, squares = ([0] * (len(units) * width) for _ in range(3))
        for row, unit in enumerate(units):
            for month, fact in (unit.earlier if earlier else unit.facts).get(measure, {}).items():
                column = at.get(month)
                if column is not None:
                    place = row * width + column
                    n[place], total[place], squares[place] = fact.n, fact.total, fact.squares
        arrays = (np.array(values, dtype=np.int64).reshape(len(units), width) for values in (n, total, squares))
        return cls(months, *arrays)

    def window(self, months: Sequence[str]) -> Window:
        """The sum over the given months (those outside the cells hold nothing)."""
        chosen = [i for i, month in enumerate(self.months) if month in set(months)]
        return Window(*(array[:, chosen].sum(axis=1) for array in (self.n, self.total, self.squares)))

    def before(self) -> Cells:
        """All but the last month."""
        return Cells(self.months[:-1], self.n[:, :-1], self.total[:, :-1], self.squares[:, :-1])

    def by(self, groups: Sequence[str], names: Sequence[str]) -> Cells:
        """The cells of groups of units, in the order of ``names``."""
        belongs = np.array([[group == name for group in groups] for name in names], dtype=np.int64)
        belongs = belongs.reshape(len(names), len(groups))
        return Cells(self.months, *(belongs @ array for array in (self.n, self.total, self.squares)))


@dataclass(frozen=True, slots=True)
class Accounts:
    """Profit of many units: revenue, cost and target in ILS, units × months, NaN where a month is missing."""

    months: Sequence[str]
    revenue: Floats
    cost: Floats
    target: Floats

    @classmethod
    def of(cls, units: Sequence[Unit], months: Sequence[str]) -> Accounts:
        """Gather the units' profit."""
        at = {month: i for i, month in enumerate(months)}
        revenue, cost, target = (np.full((len(units), len(months)), np.nan) for _ in range(3))
        for row, unit in enumerate(units):
            for month, profit in unit.profit.items():
                column = at.get(month)
                if column is not None:
                    revenue[row, column] = float(profit.revenue)
                    cost[row, column] = float(profit.cost)
                    target[row, column] = float(profit.target)
        return cls(months, revenue, cost, target)

    def window(self, months: Sequence[str]) -> Accounts:
        """Only the given months."""
        chosen = [i for i, month in enumerate(self.months) if month in set(months)]
        return Accounts(
            [self.months[i] for i in chosen], *(a[:, chosen] for a in (self.revenue, self.cost, self.target))
        )

    def only(self, units: Booleans | Integers) -> Accounts:
        """Only some of the units."""
        return Accounts(self.months, self.revenue[units], self.cost[units], self.target[units])

    @property
    def number(self) -> Integers:
        """Months with profit per unit."""
        result: Integers = np.isfinite(self.revenue).sum(axis=1)
        return result

    def by(self, groups: Sequence[str], names: Sequence[str]) -> Accounts:
        """The sums of groups of units; a month that no unit of a group has stays missing."""
        sums = []
        for array in (self.revenue, self.cost, self.target):
            total = np.full((len(names), len(self.months)), np.nan)
            for row, name in enumerate(names):
                own = array[[group == name for group in groups]]
                some = np.isfinite(own).any(axis=0)
                total[row, some] = np.nansum(own[:, some], axis=0)
            sums.append(total)
        return Accounts(self.months, *sums)
