"""Shares that differ by more than chance, and crowds: against known values, and when nothing is there to be found."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import hypergeom

from reports import integrity
from reports.integrity import compare, crowds


def test_a_clear_difference_is_marked_with_its_interval() -> None:
    found = compare([((20, 60), (180, 200))])[0]
    assert found is not None
    assert found.marked
    assert found.share == pytest.approx(1 / 3)
    assert found.low < found.difference < found.high < 0


def test_the_exact_test_adds_up_all_tables_as_unlikely() -> None:
    found = compare([((8, 30), (20, 40))], least=30)[0]
    assert found is not None
    tables = hypergeom(70, 28, 30).pmf(np.arange(0, 29))
    expected = tables[tables <= tables[8] * (1 + 1e-7)].sum()
    assert found.p == pytest.approx(expected, rel=1e-6)


def test_small_bases_are_not_compared() -> None:
    assert compare([((29, 29), (0, 100)), ((0, 100), (29, 29))]) == [None, None]
    assert compare([]) == []


def test_about_a_tenth_of_all_marks_are_chance_and_no_more() -> None:
    random = np.random.default_rng(7)
    false, marked = 0, 0
    for _turn in range(20):
        rates = [0.5] * 80 + [0.2] * 20
        pairs = [((int(random.binomial(80, rate)), 80), (int(random.binomial(400, 0.5)), 400)) for rate in rates]
        hits = [one is not None and one.marked for one in compare(pairs)]
        false += sum(hits[:80])
        marked += sum(hits)
    assert marked > 300
    assert false / marked <= 0.12


def test_a_crowd_stands_out_and_a_busy_branch_does_not() -> None:
    assert crowds([(12, 0.05), (5, 0.001), (7, 6.0)], 5_000) == [True, False, False]


def test_nothing_is_no_crowd() -> None:
    assert crowds([], 0) == []
    assert crowds([(1, 0.1)], 100) == [False]
    assert integrity.CROWD > 1
