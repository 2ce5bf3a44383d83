"""What is shown of units at one level (branches, regions, the organisation, agents): surveys, shops and profit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.special import stdtrit

from reports import measures
from reports.arrays import Floats
from reports.cells import Accounts, Cells, Window
from reports.rounding import number, numbers
from reports.suppression import SHOWN, WHY, Decided, Decisions, decide, outside
from reports.units import Unit

SURVEY = ("csat", "nps", "ease")
SECTION = "shop_section."
NOTHING: dict[str, None] = dict.fromkeys(("csat", "csat_low", "csat_high", "nps", "nps_low", "nps_high", "ease"))


@dataclass(frozen=True, slots=True)
class Surveys:
    """The three survey measures of units, with what of them may be shown in each month."""

    cells: dict[str, Cells]
    decided: dict[str, Decided]
    width: int
    #: Single months of series that ended, measure → units × months; NaN where there is nothing to show.
    ended: Mapping[str, Floats] = field(default_factory=dict)

    @classmethod
    def decide(
        cls, cells: dict[str, Cells], parents: Sequence[str], width: int, least: int, totals: dict[str, Cells] | None
    ) -> Surveys:
        """Decide what is shown; ``parents`` name each unit's parent, ``totals`` hold each unit's parent's cells."""
        decided: dict[str, Decided] = {}
        for measure in SURVEY:
            sizes = cells[measure].n
            others = None if totals is None else outside(sizes, parents, totals[measure].n)
            # Where as many answered one measure as another, the same may be shown.
            alike = [m for m in decided if _alike(cells, totals, m, measure)]
            decided[measure] = decided[alike[0]] if alike else decide(sizes, parents, width, least, others)
        return cls(cells, decided, width)

    def window(self, measure: str, back: int = 0) -> Window:
        """The window that ends ``back`` months before the last one."""
        months = self.cells[measure].months
        end = len(months) - back
        return self.cells[measure].window(months[max(end - self.width, 0) : end])

    def before(self) -> Surveys:
        """What they were a month earlier: all but the last month, with what was shown then."""
        cells = {measure: cells.before() for measure, cells in self.cells.items()}
        decided = {name: Decided(one.window[:, :-1], one.month[:, :-1]) for name, one in self.decided.items()}
        return Surveys(cells, decided, self.width)

    def shown(self, measure: str = "csat", back: int = 0) -> Decisions:
        """The decision on each unit's window."""
        return self.decided[measure].window[:, -1 - back]

    def blocks(self, level: float) -> list[dict[str, Any]]:
        """The windows' numbers, one dict a unit; None where they may not be shown."""
        chosen = {measure: self.window(measure) for measure in SURVEY}
        return _survey_blocks(chosen, {measure: self.shown(measure) for measure in SURVEY}, level)

    def month_blocks(self, level: float) -> list[dict[str, Any]]:
        """The last month's numbers alone."""
        chosen = {measure: cells.window(cells.months[-1:]) for measure, cells in self.cells.items()}
        return _survey_blocks(chosen, {m: self.decided[m].month[:, -1] for m in SURVEY}, level)

    def bases(self, months: Sequence[str]) -> list[list[int | None]]:
        """Each unit's top-box answers in the single months whose share is shown, None elsewhere and in ended series."""
        cells, shown = self.cells["csat"], self.decided["csat"].month == SHOWN
        at = [list(cells.months).index(month) for month in months]
        counted = zip(cells.n[:, at].tolist(), shown[:, at].tolist(), strict=True)
        return [[n if said else None for n, said in zip(*row, strict=True)] for row in counted]

    def trend(self, months: Sequence[str]) -> list[dict[str, list[float | None]]]:
        """Each unit's single months where they may be shown, None elsewhere; a month stands in its own series."""
        at = [list(self.cells["csat"].months).index(month) for month in months]
        means = {}
        for measure in SURVEY:
            cells = self.cells[measure]
            mean = Window(cells.n, cells.total, cells.squares).mean
            shown = np.where(self.decided[measure].month == SHOWN, mean, np.nan)
            if measure in self.ended:
                shown = np.where(np.isnan(shown), self.ended[measure], shown)
            means[measure] = shown[:, at]
        units = range(self.cells["csat"].n.shape[0])
        return [{measure: numbers(means[measure][unit].tolist()) for measure in SURVEY} for unit in units]


def _alike(cells: dict[str, Cells], totals: dict[str, Cells] | None, first: str, second: str) -> bool:
    levels = [cells] if totals is None else [cells, totals]
    return all(np.array_equal(level[first].n, level[second].n) for level in levels)


def _survey_blocks(chosen: dict[str, Window], shown: dict[str, Decisions], level: float) -> list[dict[str, Any]]:
    csat, nps = chosen["csat"], chosen["nps"]
    units = csat.n.size
    low, high, nps_low, nps_high = (np.full(units, np.nan) for _ in range(4))
    some = csat.n > 0
    if some.any():
        low[some], high[some] = measures.proportion_interval(csat.successes[some], csat.n[some], level)
    some = nps.n > 0
    if some.any():
        up, middle, down = nps.only(some).parts
        nps_low[some], nps_high[some] = measures.nps_interval(up, middle, down, level)
    means = {measure: chosen[measure].mean for measure in SURVEY}
    blocks = []
    for unit in range(units):
        block: dict[str, Any] = {"n": int(csat.n[unit]), **NOTHING}
        why = WHY[shown["csat"][unit]]
        if why is None:
            block["csat"] = number(means["csat"][unit])
            block["csat_low"], block["csat_high"] = number(100 * low[unit]), number(100 * high[unit])
            if shown["nps"][unit] == SHOWN:
                block["nps"] = number(means["nps"][unit])
                block["nps_low"], block["nps_high"] = number(nps_low[unit]), number(nps_high[unit])
            if shown["ease"][unit] == SHOWN:
                block["ease"] = number(means["ease"][unit])
        blocks.append({**block, "hidden": why is not None, "why": why})
    return blocks


@dataclass(frozen=True, slots=True)
class Shops:
    """Mystery shop totals, critical failures and sections of units. Shown from ``least`` visits on.

    ``provisional`` counts the visits among them that may still be appealed against.
    """

    total: Cells
    critical: Cells
    provisional: Cells
    sections: dict[str, Cells]
    width: int
    least: int
    #: The totals of series that ended; None where none did.
    ended: Cells | None = None

    @classmethod
    def of(cls, units: Sequence[Unit], months: Sequence[str], width: int, least: int) -> Shops:
        """Gather the units' shops."""
        names = sorted({name for unit in units for name in unit.facts if name.startswith(SECTION)})
        sections = {name.removeprefix(SECTION): Cells.of(units, name, months) for name in names}
        total = Cells.of(units, "shop_total", months)
        critical, provisional = (Cells.of(units, name, months) for name in ("shop_critical", "shop_provisional"))
        return cls(total, critical, provisional, sections, width, least)

    def by(self, groups: Sequence[str], names: Sequence[str]) -> Shops:
        """The shops of groups of units."""
        sections = {code: cells.by(groups, names) for code, cells in self.sections.items()}
        ended = None if self.ended is None else self.ended.by(groups, names)
        total, critical, open_ = (one.by(groups, names) for one in (self.total, self.critical, self.provisional))
        return Shops(total, critical, open_, sections, self.width, self.least, ended)

    def before(self) -> Shops:
        """The totals a month earlier."""
        return replace(self, total=self.total.before(), sections={}, ended=None)

    @property
    def months(self) -> Sequence[str]:
        """The months of the window."""
        return self.total.months[-self.width :]

    def blocks(self, level: float, pooled: Window) -> list[dict[str, Any]]:
        """The windows' numbers; intervals use the within-unit variance of ``pooled`` (that of the branches)."""
        return self._blocks(self.months, level, pooled)

    def month_blocks(self, level: float, pooled: Window) -> list[dict[str, Any]]:
        """The last month's numbers alone."""
        return self._blocks(self.total.months[-1:], level, pooled)

    def _blocks(self, months: Sequence[str], level: float, pooled: Window) -> list[dict[str, Any]]:
        total, failures = self.total.window(months), self.critical.window(months).total // 100
        provisional = self.provisional.window(months).n
        sections = {code: cells.window(months).mean for code, cells in self.sections.items()}
        variance, freedom, mean = pooled.pooled_variance(), pooled.freedom(), total.mean
        reach: Floats = np.full(mean.size, np.nan)
        if variance is not None:
            np.divide(variance, total.n, out=reach, where=total.n > 0)
            reach = float(stdtrit(freedom, 0.5 + level / 2)) * np.sqrt(reach)
        blocks = []
        for unit, n in enumerate(total.n.tolist()):
            why = "no_visits" if n == 0 else "few_visits" if n < self.least else None
            shown = why is None
            blocks.append(
                {
                    "n": n,
                    "score": number(mean[unit]) if shown else None,
                    "low": number(np.maximum(mean[unit] - reach[unit], 0)) if shown else None,
                    "high": number(np.minimum(mean[unit] + reach[unit], 100)) if shown else None,
                    "critical_failures": int(failures[unit]),
                    "provisional": int(provisional[unit]),
                    "sections": {code: number(means[unit]) for code, means in sections.items()} if shown else {},
                    "hidden": not shown,
                    "why": why,
                }
            )
        return blocks

    def trend(self, months: Sequence[str]) -> list[list[float | None]]:
        """Each unit's single months with enough visits."""
        at = [list(self.total.months).index(month) for month in months]
        shown = self._single(self.total)
        if self.ended is not None:
            shown = np.where(np.isnan(shown), self._single(self.ended), shown)
        return [numbers(row) for row in shown[:, at].tolist()]

    def _single(self, cells: Cells) -> Floats:
        mean = Window(cells.n, cells.total, cells.squares).mean
        result: Floats = np.where(cells.n >= self.least, mean, np.nan)
        return result


def profit_blocks(accounts: Accounts) -> list[dict[str, Any]]:
    """Contribution, target and their gap in percent of revenue, summed over the accounts' months."""
    blocks = []
    for unit, months in enumerate(accounts.number.tolist()):
        revenue, cost, target = (
            float(np.nansum(array[unit])) for array in (accounts.revenue, accounts.cost, accounts.target)
        )
        gap = 100 * (revenue - cost - target) / revenue if revenue > 0 else None
        blocks.append(
            {
                "months": months,
                "contribution": number(revenue - cost) if months else None,
                "target": number(target) if months else None,
                "percent": number(gap),
                "why": "no_profit" if months == 0 else "no_revenue" if revenue <= 0 else None,
            }
        )
    return blocks


def profit_trend(accounts: Accounts, months: Sequence[str]) -> list[list[float | None]]:
    """Each unit's single months: the gap to target in percent of revenue."""
    at = [list(accounts.months).index(month) for month in months]
    gap = np.full(accounts.revenue.shape, np.nan)
    some = np.isfinite(accounts.revenue) & (np.nan_to_num(accounts.revenue) > 0)
    np.divide(accounts.revenue - accounts.cost - accounts.target, accounts.revenue, out=gap, where=some)
    return [numbers(row) for row in (100 * gap[:, at]).tolist()]
