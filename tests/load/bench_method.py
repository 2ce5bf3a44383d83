"""Does the method find what is there? Simulated banks with known true values: coverage, wrong labels, and time.

``python -m tests.load.bench_method [--banks 200] [--branches 40]`` prints a table. METHOD asks for 85–95% coverage of
the 90% rank intervals and at most 15% wrong labels over 200 banks. The truth is on the report's own scale: true values
against the stored reference, with the policy's weights, all components counted. A second table judges what is read
from single responses and visits: strict shoppers, drivers of satisfaction, and recovery.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from reports import ranking
from reports.monthly import compute
from reports.policy import Policy
from reports.units import MonthInput
from tests.load.judgement import SeverityJudged, ShopperBank, lines
from tests.reports.banks import Simulation, Truth


class Bank(Protocol):
    """What can be drawn: a month's input and what is true in it."""

    def draw(self, seed: int, policy: Policy | None = None) -> tuple[MonthInput, Truth]:
        """The bank of a seed."""


@dataclass
class Judged:
    """Counts over banks: ranked branches, how many intervals hold the true rank, labels given, wrong ones."""

    banks: int = 0
    branches: int = 0
    covered: int = 0
    width: float = 0.0
    labels: int = 0
    wrong: int = 0
    raw_labels: int = 0
    raw_wrong: int = 0
    quadrants: int = 0
    wrong_quadrants: int = 0
    seconds: float = 0.0

    @property
    def coverage(self) -> float:
        """Share of 90% rank intervals that hold the true rank."""
        return self.covered / self.branches

    @property
    def wrong_labels(self) -> float:
        """Share of tiers given (leading, trailing) whose branch is not in that quarter."""
        return self.wrong / self.labels if self.labels else 0.0


def judge(simulation: Bank, banks: int, policy: Policy, first_seed: int = 0) -> Judged:
    """Compute the month of so many simulated banks and compare with their truth."""
    total = Judged()
    for seed in range(first_seed, first_seed + banks):
        given, truth = simulation.draw(seed, replace(policy, seed=seed))
        began = time.perf_counter()
        data = compute(given).data
        total.seconds += time.perf_counter() - began
        total.banks += 1
        rows = {row["code"]: row for row in data["branches"]}
        codes = [branch.code for branch in given.branches]
        ordered = [rows[code] for code in codes]
        service, profit = true_indices(truth, data["settings"])
        w = policy.service_weight
        _ranks(total, ordered, w * service + (1 - w) * profit, truth.surveys, policy)
        _quadrants(total, ordered, service, profit)
    return total


def _rank(values: Any) -> Any:
    return (-values).argsort().argsort() + 1


def true_indices(truth: Truth, settings: dict[str, Any]) -> tuple[Any, Any]:
    """The true service and profit of every branch on the scale of the report, in reference standard deviations."""
    reference, weights = settings["reference"], settings["weights"]

    def z(name: str, values: Any) -> Any:
        return (values - reference[name]["mean"]) / reference[name]["tau"]

    service = weights["surveys"] * z("surveys", 100 * truth.surveys) + weights["shops"] * z("shops", truth.shops)
    return service / reference["service_scale"], z("profit", truth.profit)


def _ranks(total: Judged, rows: list[dict[str, Any]], composite: Any, surveys: Any, policy: Policy) -> None:
    true, true_surveys = _rank(composite), _rank(surveys)
    count = true.size
    quarter = ranking.places(count, policy.top_share)
    raw = [row["surveys"]["csat"] or 0.0 for row in rows]
    total.raw_labels += quarter
    total.raw_wrong += sum(true_surveys[i] > quarter for i in np.argsort(raw)[-quarter:].tolist())
    for i, row in enumerate(rows):
        low, high = row["rank"]["low"], row["rank"]["high"]
        if low is None:
            continue
        total.branches += 1
        total.covered += low <= true[i] <= high
        total.width += high - low + 1
        inside = {"leading": true[i] <= quarter, "trailing": true[i] > count - quarter}
        if row["tier"] in inside:
            total.labels += 1
            total.wrong += not inside[row["tier"]]


def _quadrants(total: Judged, rows: list[dict[str, Any]], service: Any, profit: Any) -> None:
    for i, row in enumerate(rows):
        if row["quadrant"] is not None:
            true = f"{'high' if service[i] >= 0 else 'low'}_{'high' if profit[i] >= 0 else 'low'}"
            total.quadrants += 1
            total.wrong_quadrants += true != row["quadrant"]


def scenarios(branches: int, judged: SeverityJudged | None = None) -> Iterator[tuple[str, Bank, Policy]]:
    """Banks of different noise; the first is METHOD's own: 60 responses a branch, true sd of 4 points.

    The last three have visits by strict and lenient shoppers, taken out by a model that ``judged`` is told of, or not.
    """
    plain = Policy()
    yield "60 answers, sd 4", Simulation(branches=branches, per_month=20), plain
    yield (
        "surveys alone",
        Simulation(branches=branches, per_month=20),
        replace(plain, survey_weight=1.0, shop_weight=0.0, service_weight=1.0),
    )
    yield "150 answers, sd 4", Simulation(branches=branches, per_month=50), plain
    yield "35 answers, sd 3", Simulation(branches=branches, per_month=12, survey_sd=3.0), plain
    yield "steady bank, sd 1", Simulation(branches=branches, survey_sd=1.0, shop_sd=1.0, profit_sd=0.5), plain
    visited = Simulation(branches=branches, per_month=20)
    alone = replace(plain, survey_weight=0.0, shop_weight=1.0, service_weight=1.0)
    yield "shoppers, adjusted", ShopperBank(visited, judged=judged), plain
    yield "shops alone, adjusted", ShopperBank(visited), alone
    yield "shops alone, raw", ShopperBank(visited, adjusted=False), alone


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--banks", type=int, default=200)
    parser.add_argument("--branches", type=int, default=40)
    wanted = parser.parse_args()
    print(f"{wanted.banks} banks of {wanted.branches} branches, 25 months each")
    print(f"{'bank':<22}{'coverage':>9}{'width':>7}{'labels':>8}{'wrong':>7}{'raw wrong':>11}{'quadrants':>11}", end="")
    print(f"{'wrong':>7}{'s/report':>10}")
    severe = SeverityJudged()
    for name, simulation, policy in scenarios(wanted.branches, severe):
        found = judge(simulation, wanted.banks, policy)
        wrong_quadrants = found.wrong_quadrants / found.quadrants if found.quadrants else 0.0
        print(
            f"{name:<22}{found.coverage:>9.1%}{found.width / max(found.branches, 1):>7.1f}"
            f"{found.labels / found.banks:>8.1f}{found.wrong_labels:>7.1%}{found.raw_wrong / found.raw_labels:>11.1%}"
            f"{found.quadrants / found.banks:>11.1f}{wrong_quadrants:>7.1%}{found.seconds / found.banks:>10.2f}"
        )
        sys.stdout.flush()
    print(f"\n{'found in single responses and visits':<64}{'':<24}wanted")
    for what, share, aim in lines(wanted.banks, wanted.branches, severe, ShopperBank(Simulation()).severity_sd):
        print(f"{what:<64}{share:<24}{aim}")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
