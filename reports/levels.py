"""What a month's input comes to: its units in order, the same measures at each level, and where the branches stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reports import months as calendar
from reports.adjust import CaseMix, Severity
from reports.blocks import SURVEY, Shops, Surveys
from reports.cells import Accounts, Cells
from reports.policy import Policy
from reports.reference import Period, reference_period
from reports.series import Ended
from reports.standing import Standing, stand
from reports.units import MonthInput, Unit

TRENDS = (*SURVEY, "shop_total")
"""Measures whose trend shows ended series too."""


@dataclass(frozen=True)
class Levels:
    """The same measures at one level of the hierarchy."""

    surveys: Surveys
    shops: Shops
    accounts: Accounts
    ended: Ended

    @classmethod
    def decide(
        cls,
        cells: dict[str, Cells],
        ended: Ended,
        parents: Sequence[str],
        shops: Shops,
        accounts: Accounts,
        policy: Policy,
    ) -> Levels:
        """One level: what of its surveys is shown, now and in series that ended."""
        surveys = Surveys.decide(cells, parents, policy.survey_window, policy.least_surveys, None)
        before = Ended({measure: ended.cells[measure] for measure in SURVEY if measure in ended.cells}, ended.breaks)
        surveys = replace(surveys, ended=before.shown(parents, policy.survey_window, policy.least_surveys))
        return cls(surveys, replace(shops, ended=ended.cells.get("shop_total")), accounts, ended)

    @classmethod
    def branches(
        cls, units: Sequence[Unit], months: Sequence[str], policy: Policy, breaks: Mapping[str, Sequence[str]]
    ) -> Levels:
        """The branches, each under its region."""
        cells = {measure: Cells.of(units, measure, months) for measure in SURVEY}
        ended = Ended.of(units, TRENDS, breaks, months)
        shops = Shops.of(units, months, policy.shop_window, policy.least_shops)
        return cls.decide(cells, ended, [unit.region for unit in units], shops, Accounts.of(units, months), policy)

    @classmethod
    def organisation(
        cls,
        unit: Unit,
        branches: Sequence[Unit],
        months: Sequence[str],
        policy: Policy,
        breaks: Mapping[str, Sequence[str]],
    ) -> Levels:
        """The organisation's own facts; its profit is the branches' where none of its own is given."""
        cells = {measure: Cells.of([unit], measure, months) for measure in SURVEY}
        accounts = Accounts.of([unit], months)
        if not unit.profit:
            accounts = Accounts.of(branches, months).by([""] * len(branches), [""])
        ended = Ended.of([unit], TRENDS, breaks, months)
        shops = Shops.of([unit], months, policy.shop_window, policy.least_shops)
        return cls.decide(cells, ended, [""], shops, accounts, policy)

    def by(self, groups: Sequence[str], names: Sequence[str], policy: Policy) -> Levels:
        """The regions: sums of their branches, hidden by the same rules under the organisation's total."""
        cells = {measure: cells.by(groups, names) for measure, cells in self.surveys.cells.items()}
        ended, parents = self.ended.by(groups, names), [""] * len(names)
        return Levels.decide(
            cells, ended, parents, self.shops.by(groups, names), self.accounts.by(groups, names), policy
        )


@dataclass(frozen=True)
class Ground:
    """What a month's report stands on. ``months``: those that it reads, oldest first."""

    month: str
    policy: Policy
    months: Sequence[str]
    branches: Sequence[Unit]
    agents: Sequence[Unit]
    period: Period
    own: Levels
    whole: Levels
    case_mix: CaseMix
    severity: Severity
    standing: Standing


def prepare(given: MonthInput) -> Ground:
    """The ground of ``given.month``. ValueError for a month that is none, or for two branches or agents of one code."""
    month, policy = calendar.parse(given.month), given.policy
    _check_codes(given.branches)
    _check_codes(given.agents)
    months = policy.needed(month)
    longest = max(policy.survey_window, policy.shop_window, policy.profit_window)
    branches = [unit for unit in given.branches if _listed(unit, month, calendar.shift(month, 1 - longest))]
    branches.sort(key=lambda unit: unit.code)
    agents = sorted(given.agents, key=lambda unit: unit.code)
    period = reference_period(month, given.organisation, branches, policy)
    own = Levels.branches(branches, months, policy, given.breaks)
    whole = Levels.organisation(given.organisation, branches, months, policy, given.breaks)
    case_mix, severity = CaseMix.of(branches, policy, given.models), Severity.of(branches, policy, given.models)
    standing = stand(
        branches, month, policy, own.surveys, own.shops, own.accounts, whole.surveys, period.months, case_mix, severity
    )
    return Ground(month, policy, months, branches, agents, period, own, whole, case_mix, severity, standing)


def _check_codes(units: Sequence[Unit]) -> None:
    codes = [unit.code for unit in units]
    if len(set(codes)) < len(codes):
        raise ValueError("two units have one code")


def _listed(unit: Unit, month: str, first: str) -> bool:
    """Whether a report of the month speaks of the branch: it has opened, and did not close before every window."""
    return (unit.opened is None or unit.opened <= month) and (unit.closed is None or unit.closed >= first)
