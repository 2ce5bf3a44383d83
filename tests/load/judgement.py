"""Simulated responses and visits with known effects: are strict shoppers, drivers and recovery found, and nothing else?

Part of ``python -m tests.load.bench_method``. The models are the product's own; what they are given is drawn here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import cycle
from typing import Any, Final

import numpy as np
from scipy.special import ndtri

from reports.drivers import importance
from reports.policy import Policy
from reports.recovery import GROUPS, Counts, Standing, recovery
from reports.rounding import number
from reports.shopping import Effects, severity
from reports.units import MonthInput
from tests.reports.banks import Simulation, Truth, given, shops

_ERRORS: Final = 1.96
#: A topic that comes first in so many draws of the bootstrap is said to be the first driver.
SURE: Final = 0.8


@dataclass
class Share:
    """So many of so many, as the table prints it; ``wanted`` is what it should be, in words."""

    hits: int = 0
    of: int = 0
    wanted: str = ""

    def count(self, *found: Any) -> None:
        """Count what was found: one or many, each a hit or not."""
        for one in found:
            values = np.atleast_1d(np.asarray(one, dtype=bool))
            self.hits += int(values.sum())
            self.of += values.size

    @property
    def value(self) -> float:
        """The share, 0–1."""
        return self.hits / self.of if self.of else 0.0


# ---- visits by strict and lenient shoppers ---------------------------------------------------------------------------


@dataclass(frozen=True)
class ShopperBank:
    """A bank whose visits are made by shoppers, in rotation, some of them strict; surveys and profit as before."""

    plain: Simulation
    shoppers: int = 25
    #: How many of them a branch sees over the months, in turn: few, so that a branch may have had strict ones.
    seen: int = 4
    severity_sd: float = 5.0
    #: Whether the month's severity model is handed to the report.
    adjusted: bool = True
    judged: SeverityJudged | None = None

    def draw(self, seed: int, policy: Policy | None = None) -> tuple[MonthInput, Truth]:
        """A bank and its truth, its severity model made as the product makes it."""
        policy = policy or Policy()
        base, truth = self.plain.draw(seed, policy)
        random = np.random.default_rng([seed, 1])
        strict = self.severity_sd * random.standard_normal(self.shoppers)
        strict -= strict.mean()
        months = list(base.branches[0].facts["shop_total"])
        window = set(months[-policy.shop_window :])
        visits: list[tuple[float, int, int]] = []
        for at, branch in enumerate(base.branches):
            turns = cycle(random.permutation(self.shoppers)[: self.seen].tolist())
            series = {}
            for month in months:
                who = [next(turns) for _visit in range(self.plain.shops_per_month)]
                noise = self.plain.visit_sd * random.standard_normal(len(who))
                scores = [round(float(truth.shops[at] + strict[one] + e), 2) for one, e in zip(who, noise, strict=True)]
                series[month] = shops(*scores)
                if month in window:
                    visits += [(score, at, one) for score, one in zip(scores, who, strict=True)]
            dict.__setitem__(branch.facts, "shop_total", series)  # type: ignore[index]
        fresh = given(base.branches, policy=policy)
        if not self.adjusted:
            return replace(fresh, policy=replace(policy, severity_adjusted=False)), truth
        return replace(
            fresh, models={"severity": self._model(visits, [one.code for one in base.branches], strict)}
        ), truth

    def _model(self, visits: list[tuple[float, int, int]], codes: list[str], strict: Any) -> dict[str, Any]:
        scores, branches, shoppers = (list(part) for part in zip(*visits, strict=True))
        found = severity(scores, branches, shoppers)
        if self.judged is not None:
            self.judged.judge(found.shopper, strict[found.shoppers], found.sds)
        own = np.bincount(branches)
        rows = []
        for label, effect, error in zip(found.branches, *found.branch, strict=True):
            mine = [score for score, branch, _who in visits if branch == label]
            rows.append(
                {
                    "branch": codes[label],
                    "n": int(own[label]),
                    "others": len({who for _score, branch, who in visits if branch == label}),
                    "raw": number(float(np.mean(mine))),
                    "effect": number(float(effect)),
                    "low": number(float(effect - _ERRORS * error)),
                    "high": number(float(effect + _ERRORS * error)),
                    "error": number(float(error)),
                }
            )
        sds = {name: number(sd) for name, sd in found.sds.items()}
        return {"fitted": True, "mean": number(found.mean), "sds": sds, "branches": rows}


@dataclass
class SeverityJudged:
    """Shoppers' effects against the true ones."""

    covered: Share = field(default_factory=lambda: Share(wanted="85–95%"))
    told: Share = field(default_factory=Share)
    wrong: Share = field(default_factory=lambda: Share(wanted="≤ 2.5%"))
    squares: float = 0.0
    sds: list[float] = field(default_factory=list)

    def judge(self, found: Effects, true: Any, sds: dict[str, float]) -> None:
        """Count one bank."""
        reach = float(ndtri(0.95)) * found.standard_errors
        self.covered.count(np.abs(found.effects - true) <= reach)
        told = np.abs(found.effects) > _ERRORS * found.standard_errors
        self.told.count(told)
        self.wrong.count((found.effects * true < 0)[told])
        self.squares += float(((found.effects - true) ** 2).sum())
        self.sds.append(sds["shopper"])

    @property
    def error(self) -> float:
        """Root mean square error of an effect, in points."""
        return float(np.sqrt(self.squares / max(self.covered.of, 1)))


# ---- drivers ---------------------------------------------------------------------------------------------------------

#: How much each topic adds to satisfaction, in units of the noise; topics go together by a common part.
TOPICS: Final = (0.45, 0.30, 0.25, 0.15, 0.05, 0.0)
_COMMON: Final = 0.35
_CUTS: Final = (-1.9, -1.2, -0.5, 0.5)


def _responses(random: np.random.Generator, branches: int, each: int) -> tuple[Any, Any, Any]:
    """(satisfaction, topics, branch) of every response, answers 1–5."""
    n = branches * each
    home = np.repeat(np.arange(branches), each)
    common = np.sqrt(_COMMON) * random.standard_normal((n, 1))
    own = np.sqrt(1 - _COMMON) * random.standard_normal((n, len(TOPICS)))
    # A branch is better in one thing than in another, and better in all that nobody asked about.
    topics = common + own + 0.2 * random.standard_normal((branches, len(TOPICS)))[home]
    latent = topics @ np.array(TOPICS) + 0.25 * random.standard_normal(branches)[home] + random.standard_normal(n)
    return np.digitize(latent, _CUTS) + 1.0, np.digitize(topics, _CUTS) + 1.0, home


@cache
def true_shares() -> Any:
    """The topics' shares in a bank without end: 400 branches of 1,000 responses."""
    y, x, home = _responses(np.random.default_rng(20260101), 400, 1000)
    return importance(y, x, home, draws=1).shares


@dataclass
class DriversJudged:
    """Topics found against the true ones."""

    first: Share = field(default_factory=Share)
    said: Share = field(default_factory=Share)
    wrong: Share = field(default_factory=lambda: Share(wanted="≤ 15%"))
    covered: Share = field(default_factory=lambda: Share(wanted="≈ 95%"))
    idle: Share = field(default_factory=lambda: Share(wanted="0%"))


def judge_drivers(banks: int, branches: int, each: int, draws: int = 200) -> DriversJudged:
    """So many banks with so many responses of each branch."""
    total, true = DriversJudged(), true_shares()
    for seed in range(banks):
        y, x, home = _responses(np.random.default_rng([seed, 2]), branches, each)
        found = importance(y, x, home, draws=draws, seed=seed)
        best = int(found.top.argmax())
        total.first.count(found.shares.argmax() == true.argmax())
        total.said.count(found.top[best] >= SURE)
        if found.top[best] >= SURE:
            total.wrong.count(best != true.argmax())
        total.covered.count((found.low <= true) & (true <= found.high))
        total.idle.count(found.top[-1] >= SURE)  # the last topic adds nothing of its own
    return total


# ---- recovery --------------------------------------------------------------------------------------------------------

#: Parts of the responses in each group, and the chances of being satisfied and of recommending or warning.
PARTS: Final = (0.80, 0.09, 0.06, 0.05)
SATISFIED: Final = (0.86, 0.78, 0.30, 0.45)
PROMOTE: Final = (0.55, 0.48, 0.12, 0.20)
DETRACT: Final = (0.12, 0.18, 0.60, 0.42)


@dataclass
class RecoveryJudged:
    """Headlines against the truth; ``paradox``: claims where handled customers are exactly as content as others."""

    found: Share = field(default_factory=lambda: Share(wanted="> 95%"))
    covered: Share = field(default_factory=lambda: Share(wanted="≈ 95%"))
    #: Where handled customers are a little less content, as nearly everywhere.
    paradox: Share = field(default_factory=lambda: Share(wanted="0%"))
    #: Where they are exactly as content as those without a problem.
    paradox_even: Share = field(default_factory=lambda: Share(wanted="≤ 2.5%"))


def judge_recovery(banks: int, responses: int) -> RecoveryJudged:
    """So many banks with so many responses of a window."""
    total = RecoveryJudged()
    for seed in range(banks):
        random = np.random.default_rng([seed, 3])
        found = recovery(_groups(random, responses, SATISFIED, PROMOTE, DETRACT))
        total.found.count(*(_low(one) > 0 for one in found.handling.values()))
        truth = {
            "top_box": 100 * (SATISFIED[1] - SATISFIED[2]),
            "nps": 100 * (PROMOTE[1] - DETRACT[1] - PROMOTE[2] + DETRACT[2]),
        }
        total.covered.count(*(one.low <= truth[name] <= one.high for name, one in found.handling.items() if one))
        total.paradox.count(found.paradox)
        even = [(values[0], values[0], *values[2:]) for values in (SATISFIED, PROMOTE, DETRACT)]
        total.paradox_even.count(recovery(_groups(random, responses, *even)).paradox)
    return total


def _groups(
    random: np.random.Generator, responses: int, satisfied: Any, promote: Any, detract: Any
) -> dict[str, Counts]:
    sizes = random.multinomial(responses, PARTS).tolist()
    found = {}
    for at, name in enumerate(GROUPS):
        up, middle, down = random.multinomial(
            sizes[at], [promote[at], 1 - promote[at] - detract[at], detract[at]]
        ).tolist()
        found[name] = Counts(int(random.binomial(sizes[at], satisfied[at])), sizes[at], up, middle, down)
    return found


def _low(one: Standing | None) -> float:
    return one.low if one is not None else float("-inf")


# ---- the table -------------------------------------------------------------------------------------------------------


def lines(banks: int, branches: int, found: SeverityJudged, spread: float) -> Iterator[tuple[str, str, str]]:
    """(what, how often, what it should be) of severity, drivers and recovery."""
    yield "shoppers' 90% intervals that hold the truth", *_told(found.covered)
    yield "shoppers told strict or lenient", *_told(found.told)
    yield "  of them wrongly", *_told(found.wrong)
    yield "  error of an effect, points", f"{found.error:.2f}", f"{spread:.1f} without the model"
    yield "  spread between shoppers, points", f"{np.mean(found.sds):.2f}", f"{spread:.1f}"
    for each in (15, 60):
        drivers = judge_drivers(banks, branches, each)
        yield f"drivers, {branches * each} responses: the first is the true first", *_told(drivers.first)
        yield f"  said to be first (P ≥ {SURE})", *_told(drivers.said)
        yield "  of them wrongly", *_told(drivers.wrong)
        yield "  95% intervals of shares that hold the truth", *_told(drivers.covered)
        yield "  a topic without effect said to be first", *_told(drivers.idle)
    for each in (15, 60):
        healed = judge_recovery(banks, branches * each)
        yield f"recovery, {branches * each} responses: handled above not handled is found", *_told(healed.found)
        yield "  95% intervals of the difference that hold the truth", *_told(healed.covered)
        yield "  paradox claimed where handled is 8 points below", *_told(healed.paradox)
        yield "  paradox claimed where handled is as good as no problem", *_told(healed.paradox_even)


def _told(share: Share) -> tuple[str, str]:
    return f"{share.value:.1%} ({share.hits} of {share.of})", share.wanted
