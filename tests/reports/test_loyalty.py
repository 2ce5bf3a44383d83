"""Loyalty in numbers: bases, differences with their intervals, what goes with what, what a total would tell."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from reports import loyalty
from reports.loyalty import Balance
from reports.measures import proportion_change, proportion_interval


def test_groups_stand_with_intervals_and_their_differences() -> None:
    found = loyalty.effect({"reached": (78, 100), "not_reached": (30, 60), "unaffected": (700, 1000)}, 10)
    reached = found.groups["reached"]
    assert reached is not None
    assert (reached.value, reached.n) == (78, 100)
    assert (reached.low, reached.high) == pytest.approx([100 * one for one in proportion_interval(78, 100)])
    assert found.outreach is not None
    assert found.outreach.value == pytest.approx(28)
    assert (found.outreach.low, found.outreach.high) == pytest.approx(
        [100 * one for one in proportion_change(78, 100, 30, 60)]
    )
    assert found.outreach.sure
    assert found.recovered is not None
    assert not found.recovered.sure


def test_few_answers_are_not_shown_and_compared_with_nothing() -> None:
    found = loyalty.effect({"reached": (9, 9), "unaffected": (70, 100)}, 10)
    assert found.groups["reached"] is None
    assert found.answers == {"reached": 9, "not_reached": 0, "unaffected": 100}
    assert (found.outreach, found.recovered) == (None, None)
    with pytest.raises(ValueError, match="no such group"):
        loyalty.effect({"others": (1, 2)}, 10)
    with pytest.raises(ValueError, match="between 0 and n"):
        loyalty.of(3, 2, 1)


def test_association_is_spearman_s_and_needs_branches() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=60)
    y = -0.8 * x + rng.normal(size=60)
    found = loyalty.association(x, y)
    assert found is not None
    assert found.rho == pytest.approx(spearmanr(x, y).statistic)
    assert found.low < found.rho < found.high < 0
    assert found.sure
    assert loyalty.association(x[:19], y[:19]) is None, "nineteen branches say nothing"
    assert loyalty.association(np.ones(30), y[:30]) is None, "what is the same everywhere goes with nothing"
    with pytest.raises(ValueError, match="same branches"):
        loyalty.association(x, y[:20])


def test_its_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    inside = 0
    for _try in range(400):
        first, second = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=40).T
        found = loyalty.association(first, second)
        # Spearman's rho of a bivariate normal with correlation 0.5 (Pearson, 1907).
        inside += found is not None and found.low <= 6 / np.pi * np.arcsin(0.25) <= found.high
    assert 0.92 <= inside / 400 <= 0.98


def test_balance_has_no_ratio_without_a_failure() -> None:
    assert Balance(5, 0, 0, 0).ratio is None
    assert Balance(6, 1, 1, 2).ratio == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        ({"a": 30, "b": 40}, set()),
        ({"a": 4, "b": 40, "c": 60}, {"a", "b"}),
        ({"a": 4, "b": 5, "c": 60, "d": 90}, {"a", "b", "c"}),
        ({"a": 6, "b": 7, "c": 60}, {"a", "b"}),
        ({"a": 4}, {"a"}),
        ({"a": 0, "b": 50}, set()),
    ],
)
def test_no_total_tells_a_small_band(sizes: dict[str, int], hidden: set[str]) -> None:
    assert loyalty.hidden(sizes, 10) == hidden


def test_newcomers_are_compared_on_both_bases() -> None:
    found = loyalty.newcomers([((85, 100), (650, 1000))], 10)
    assert found.difference is not None
    assert found.difference.value == pytest.approx(20)
    assert found.difference.low > 0
    assert loyalty.newcomers([((5, 6), (650, 1000))], 10).difference is None


def test_newcomers_who_come_to_better_branches_are_not_treated_better_for_that() -> None:
    # In both branches nine and six of ten are satisfied, whoever they are; newcomers come to the first.
    found = loyalty.newcomers([((81, 90), (9, 10)), ((6, 10), (54, 90))], 10)
    assert found.new is not None
    assert found.existing is not None
    assert (found.new.value, found.existing.value) == (87, 63)
    assert found.difference is not None
    assert found.difference.value == pytest.approx(0)
    assert not found.difference.sure
    # By Mantel and Haenszel: weights 9 and 9, differences 0.1 and 0.3.
    found = loyalty.newcomers([((90, 90), (9, 10)), ((9, 10), (54, 90))], 10)
    assert found.difference is not None
    assert found.difference.value == pytest.approx(20)
    # Greenland and Robins' variance, by its formula, is near for such sizes.
    plain = np.sqrt((0.09 / 10 + (0.09 / 10 + 0.24 / 90)) / 4)
    assert found.difference.high - found.difference.value == pytest.approx(196 * plain, rel=0.25)
    # A branch with newcomers alone compares them with nobody.
    alone = loyalty.newcomers([((90, 90), (0, 0)), ((9, 10), (54, 90))], 10).difference
    assert alone == loyalty.apart((9, 10), (54, 90), 10)
