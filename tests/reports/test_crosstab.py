"""A question by a break: shares as by hand, weights, and no small group that subtraction would give away."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from reports import crosstab
from reports.crosstab import Cell
from reports.measures import proportion_interval
from reports.suppression import COMPLEMENTARY, FEW, SHOWN

LEAST = 10


def cell(n: int, *weights: float) -> Cell:
    found = Cell()
    given = weights or (1.0,) * n
    found.add(n, sum(given), sum(one * one for one in given))
    return found


def test_shares_and_mean_of_equal_weights_are_the_plain_ones() -> None:
    cells: crosstab.Cells = {"north": {1: cell(5), 4: cell(15), 5: cell(20)}}
    columns = [frozenset({4, 5}), frozenset({1})]
    values: dict[Hashable, float] = {one: float(one) for one in range(1, 6)}
    row = crosstab.tabulate(cells, columns, {"north": cell(40)}, {"north": SHOWN}, 0.95, values)[0]
    assert (row.n, row.effective, row.design_effect) == (40, 40, 1)
    assert [share.percent for share in row.shares] == [87.5, 12.5]
    low, high = proportion_interval(35, 40)
    assert (row.shares[0].low, row.shares[0].high) == pytest.approx((100 * low, 100 * high))
    answers = np.repeat([1, 4, 5], [5, 15, 20])
    assert row.mean is not None
    assert row.mean.percent == pytest.approx(answers.mean())
    assert row.mean.high - row.mean.percent == pytest.approx(1.959964 * answers.std(ddof=1) / 40**0.5, rel=1e-5)


def test_weights_move_shares_and_widen_intervals() -> None:
    heavy, light = cell(10, *[3.0] * 10), cell(30, *[1.0] * 30)
    base = cell(40, *[3.0] * 10, *[1.0] * 30)
    row = crosstab.tabulate({"": {"yes": heavy, "no": light}}, [frozenset({"yes"})], {"": base}, {"": SHOWN})[0]
    assert row.shares[0].percent == 50
    assert row.effective == pytest.approx(60**2 / 120)
    assert row.design_effect == pytest.approx(40 / 30)
    assert row.shares[0].high - row.shares[0].low > 100 * float(np.diff(proportion_interval(20, 40))[0])


def test_of_several_choices_each_counts_once_for_each_who_chose_it() -> None:
    cells: crosstab.Cells = {"": {"a": cell(30), "b": cell(20)}}
    row = crosstab.tabulate(cells, [frozenset({"a"}), frozenset({"b"})], {"": cell(40)}, {"": SHOWN})[0]
    assert [share.percent for share in row.shares] == [75, 50]
    assert row.mean is None


def test_a_small_group_hides_the_next_smallest_since_the_total_is_known() -> None:
    sizes: dict[Hashable, int] = {"he": 100, "ar": 30, "ru": 4}
    assert crosstab.decided(sizes, LEAST) == {"he": SHOWN, "ar": COMPLEMENTARY, "ru": FEW}
    assert crosstab.decided(sizes, LEAST, protected=False) == {"he": SHOWN, "ar": SHOWN, "ru": FEW}
    assert crosstab.decided({}, LEAST) == {}


def test_a_total_that_holds_one_hidden_branch_is_hidden() -> None:
    """Branch 3 has four answers, its region hides branch 2 with it; each is alone in its size: both are hidden."""
    branches: dict[Hashable, int] = {1: 50, 2: 30, 3: 4, 4: 60, 5: 70}
    breaks: dict[str, dict[Hashable, str]] = {
        "region": {1: "north", 2: "north", 3: "north", 4: "south", 5: "south"},
        "size": {1: "large", 2: "large", 3: "small", 4: "small", 5: "large"},
        "type": dict.fromkeys(branches, "branch"),
    }
    found = crosstab.of_branches(branches, breaks, "region", LEAST)
    assert found["region"] == {"north": SHOWN, "south": SHOWN}
    assert found["type"] == {"branch": SHOWN}
    assert set(found["size"].values()) <= {COMPLEMENTARY, FEW}
    without = crosstab.of_branches(branches | {3: 40}, breaks, "region", LEAST)
    assert set(without["size"].values()) == {SHOWN}, "nothing is hidden where nothing has to be"


def _told(random: np.random.Generator, branches: dict[Hashable, int]) -> tuple[list[Hashable], Any, Any]:
    """Hidden branches of a bank parted by chance; which of them each shown sum holds, and each of the month's own."""
    breaks: dict[str, dict[Hashable, str]] = {
        name: {at: f"{name} {int(random.integers(0, groups))}" for at in branches}
        for name, groups in (("region", 3), ("size", 3), ("area", 2), ("type", 2))
    }
    found = crosstab.of_branches(branches, breaks, "region", LEAST)
    hidden = _hidden(branches, breaks["region"])
    rows = [[1.0] * len(hidden)]
    for name, of in breaks.items():
        rows += [
            [1.0 if of[at] == group else 0.0 for at in hidden] for group, why in found[name].items() if why == SHOWN
        ]
    known = np.array(rows)
    return hidden, known, known[: 1 + list(found["region"].values()).count(SHOWN)]


@pytest.mark.parametrize("seed", range(60))
def test_no_hidden_branch_follows_from_all_that_is_shown(seed: int) -> None:
    """Whatever is shown, of all breaks together, has another solution in which any hidden branch has another value."""
    random = np.random.default_rng(seed)
    count = int(random.integers(4, 14))
    sizes = random.choice([3, 8, 15, 40, 90], count, p=[0.15, 0.15, 0.2, 0.3, 0.2]).tolist()
    branches: dict[Hashable, int] = dict(enumerate(sizes))
    hidden, known, always = _told(random, branches)
    for place in range(len(hidden)):
        aim = np.eye(len(hidden))[place]
        if not _follows(always, aim):  # what the month's report itself shows is not decided here
            assert not _follows(known, aim), f"branch {hidden[place]} can be worked out"


@pytest.mark.parametrize("seed", range(40))
def test_no_small_sum_of_hidden_branches_follows_from_differences(seed: int) -> None:
    random = np.random.default_rng(seed)
    count = int(random.integers(6, 14))
    branches: dict[Hashable, int] = dict(enumerate(random.choice([1, 3, 6, 9, 11, 14, 20, 40], count).tolist()))
    hidden, known, always = _told(random, branches)
    sizes = np.array([branches[at] for at in hidden])
    # A small sum that the month's report gives away itself is not decided here, nor is how it parts.
    open_to_all = always[always @ sizes < LEAST].any(axis=0) if len(hidden) else np.array([])
    for together in (2, 3):
        for places in combinations(range(len(hidden)), together):
            if sizes[list(places)].sum() < LEAST and not open_to_all[list(places)].all():
                aim = np.isin(np.arange(len(hidden)), places).astype(float)
                assert _follows(always, aim) or not _follows(known, aim), f"{places} can be worked out"


def _hidden(branches: dict[Hashable, int], home: dict[Hashable, str]) -> list[Hashable]:
    """The branches under ``LEAST`` and the next smallest of their region, until together they are enough."""
    found: list[Hashable] = []
    for region in sorted(set(home.values())):
        own = sorted((at for at in branches if home[at] == region), key=lambda at: branches[at])
        hidden = [at for at in own if branches[at] < LEAST]
        while hidden and len(hidden) < len(own) and (len(hidden) == 1 or sum(branches[at] for at in hidden) < LEAST):
            hidden.append(own[len(hidden)])
        found += hidden
    return found


def _follows(known: np.ndarray, aim: np.ndarray) -> bool:
    weights = np.linalg.lstsq(known.T, aim, rcond=None)[0]
    return bool(np.allclose(known.T @ weights, aim, atol=1e-7))
