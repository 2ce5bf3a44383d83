"""What every formula promises beside its published case: bounds, exactness, and refusals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from reports import change, drivers, measures, months, profitability, ranking, sampling, shopping, signals
from reports.cells import Window
from reports.facts import Fact, too_few, window
from tests.reports.test_cases import case

NAN = float("nan")

REFUSED: list[Callable[[], Any]] = [
    lambda: measures.proportion_interval(1, 0),
    lambda: measures.proportion_interval(3, 2),
    lambda: measures.proportion_interval(-1, 2),
    lambda: measures.proportion_interval([1, 2], [3]),
    lambda: measures.proportion_interval(1, 2, level=1),
    lambda: measures.proportion_change(1, 0, 1, 2),
    lambda: measures.proportion_change([1], [2], [1, 1], [2, 2]),
    lambda: measures.nps(0, 0, 0),
    lambda: measures.nps(-1, 2, 3),
    lambda: measures.nps_variance([1], [2], [3, 4]),
    lambda: measures.nps_interval(0, 0, 0),
    lambda: measures.false_discoveries([]),
    lambda: measures.false_discoveries([0.5, 1.2]),
    lambda: measures.false_discoveries([NAN]),
    lambda: ranking.shrink_binomial([1], [0]),
    lambda: ranking.shrink_binomial([2], [1]),
    lambda: ranking.shrink_binomial([1, 2], [3]),
    lambda: ranking.rank_sets([1, 2], [1, 0]),
    lambda: ranking.rank_sets([1, 2], [1]),
    lambda: ranking.rank_sets([], []),
    lambda: profitability.profit_index([[1, 2]], [[1, 2]], [[1]]),
    lambda: profitability.profit_index([[0, 0]], [[1, 2]], [[1, 1]]),
    lambda: profitability.profit_index([], [], []),
    lambda: profitability.pareto_probability(np.zeros((2, 2)), np.zeros((2, 3))),
    lambda: profitability.index_variance([[1.0]], [[1.0]], [[1.0]]),
    lambda: profitability.moderated([1.0, -1.0], [3, 3]),
    lambda: signals.xmr_limits([1.0]),
    lambda: signals.p_limits([1, 2], [3]),
    lambda: signals.p_limits([4], 3),
    lambda: signals.p_limits([1], 0),
    lambda: signals.ewma([1.0], 0, -1),
    lambda: signals.ewma([], 0, 1),
    lambda: signals.ewma([1.0], 0, 1, weight=0),
    lambda: sampling.rake([[1.0, 1.0]], [[1.0], [1.0, 1.0]]),
    lambda: sampling.rake([[1.0, 1.0]], [[2.0], [2.0]]),
    lambda: sampling.rake([[1.0, 0.0]], [[2.0], [1.0, 1.0]]),
    lambda: sampling.effective_size([]),
    lambda: sampling.effective_size([1.0, -1.0]),
    lambda: sampling.response_rates(0, 0, 0, 0, 0, 0, 3),
    lambda: sampling.response_rates(1, 0, 0, 0, -1, 0, 3),
    lambda: sampling.surveys_needed(0.5, 0.5),
    lambda: sampling.shops_needed(0, 12),
    lambda: sampling.shops_needed(5, -1),
    lambda: shopping.fleiss_kappa([[1, 0], [0, 1]]),
    lambda: shopping.fleiss_kappa([[2, 0], [1, 2]]),
    lambda: shopping.fleiss_kappa([[2, 0], [2, 0]]),
    lambda: shopping.krippendorff_alpha([[1, 1], [1, 1]]),
    lambda: shopping.krippendorff_alpha([[1, NAN], [NAN, 1]]),
    lambda: shopping.krippendorff_alpha([[1, 2], [1, 1]], "other"),
    lambda: drivers.shapley_shares([[1.0, 2.0]], [1.0]),
    lambda: drivers.shapley_shares(np.zeros((9, 2)), np.arange(9.0)),
    lambda: drivers.shapley_shares(np.zeros((9, 2)), np.arange(8.0)),
    lambda: drivers.relative_weights(np.repeat(np.arange(9.0)[:, None], 2, axis=1), np.arange(9.0) ** 2),
    lambda: months.parse("2026-13"),
    lambda: months.parse("2026-1"),
    lambda: months.parse("0000-01"),
    lambda: months.span("2026-10", 0),
    lambda: Fact().mean,
    lambda: Fact.of([5]).variance,
]


@pytest.mark.parametrize("call", REFUSED, ids=range(len(REFUSED)))
def test_the_impossible_is_refused(call: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        call()


shares = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(shares, shares)
def test_intervals_hold_their_share(first: tuple[int, int], second: tuple[int, int]) -> None:
    (x1, n1), (x2, n2) = first, second
    low, high = measures.proportion_interval(x1, n1)
    assert 0 <= low <= x1 / n1 <= high <= 1
    assert measures.proportion_interval(n1 - x1, n1) == pytest.approx((1 - high, 1 - low))
    below, above = measures.proportion_change(x1, n1, x2, n2)
    assert -1 <= below <= x1 / n1 - x2 / n2 <= above <= 1
    assert measures.proportion_change(x2, n2, x1, n1) == pytest.approx((-above, -below))


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_nps_from_facts_and_from_counts(up: int, middle: int, down: int) -> None:
    if up + middle + down == 0:
        return
    fact = Fact.of([10000] * up + [0] * middle + [-10000] * down)
    assert fact.parts == (up, middle, down)
    assert measures.nps(up, middle, down) == pytest.approx(fact.mean)
    low, high = measures.nps_interval(up, middle, down)
    assert -100 <= low < high <= 100
    n = up + middle + down
    if n > 1:
        assert 1e4 * measures.nps_variance(up, middle, down) == pytest.approx(fact.variance * (n - 1) / n)


values = st.lists(st.integers(0, 10000), min_size=2, max_size=30)


@given(values, values)
def test_facts_add_exactly(first: list[int], second: list[int]) -> None:
    together = Fact.of(first + second)
    assert Fact.of(first) + Fact.of(second) == together == Fact.sum([Fact.of(second), Fact.of(first)])
    assert together - Fact.of(second) == Fact.of(first)
    assert together.mean == pytest.approx(np.mean(first + second) / 100)
    assert together.variance == pytest.approx(np.var(first + second, ddof=1) / 1e4, abs=1e-9)
    assert window({"2026-01": Fact.of(first), "2026-02": Fact.of(second)}, ["2026-02", "2026-03"]) == Fact.of(second)
    assert bool(Fact()) is False
    assert too_few(Fact.of(first), 31)


def test_top_box_share() -> None:
    assert Fact.of([10000, 0, 10000]).share == (2, 3)


@given(st.integers(1, 9998 * 12), st.integers(-600, 600))
def test_months_shift_and_return(number: int, by: int) -> None:
    month = months.shift("0001-01", number % 100_000)
    if 12 <= months.number(month) + by < 9999 * 12:
        moved = months.shift(month, by)
        assert months.shift(moved, -by) == month
        assert months.number(moved) - months.number(month) == by


def test_months_of_a_year() -> None:
    assert months.span("2026-02", 4) == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert months.between("2025-12", "2026-02") == ["2025-12", "2026-01", "2026-02"]
    assert months.between("2026-02", "2025-12") == []
    assert months.of(dt.date(2026, 3, 31)) == "2026-03"
    assert (months.first_day("2024-02"), months.last_day("2024-02")) == (dt.date(2024, 2, 1), dt.date(2024, 2, 29))
    assert months.quarter("2026-05") == ["2026-04", "2026-05", "2026-06"]
    assert months.parse(" 2026-10 ") == "2026-10"


def test_pareto_front() -> None:
    """Counted against every pair, ties included."""
    random = np.random.default_rng(2)
    a, b = random.integers(0, 4, (200, 6)).astype(float), random.integers(0, 4, (200, 6)).astype(float)
    expected = np.zeros(6)
    for x, y in zip(a, b, strict=True):
        for i in range(6):
            beaten = ((x >= x[i]) & (y >= y[i]) & ((x > x[i]) | (y > y[i]))).any()
            expected[i] += not beaten
    assert profitability.pareto_probability(a, b) == pytest.approx(expected / 200)


def test_profit_variance_finds_the_months_noise() -> None:
    random = np.random.default_rng(6)
    income = 1e6 * (1 + 0.1 * random.standard_normal((400, 12)))
    season = 6 * np.sin(np.arange(12))
    gap = (2 + season + 5 * random.standard_normal((400, 12))) / 100 * income
    target = 0.3 * income
    cost = income - target - gap
    variance = profitability.index_variance(income, cost, target)
    assert variance == pytest.approx(np.full(400, 25 / 12), rel=0.5), "the season is no noise"
    assert variance.mean() == pytest.approx(25 / 12, rel=0.06)
    spread = profitability.profit_index(income, cost, target).var(ddof=1)
    assert spread == pytest.approx(variance.mean(), rel=0.25), "it is the variance of the index"
    income[0, 3:] = cost[0, 3:] = target[0, 3:] = NAN
    assert profitability.index_variance(income, cost, target)[0] > 2 * variance[0]


def test_moderation_follows_the_evidence() -> None:
    random = np.random.default_rng(3)
    same = 4 * random.chisquare(11, 300) / 11
    assert profitability.moderated(same, np.full(300, 11)).std() < 0.35 * same.std()
    apart = np.concatenate([same, 100 * same])
    assert np.corrcoef(profitability.moderated(apart, np.full(600, 11)), apart)[0, 1] > 0.99
    assert profitability.moderated([0.0, 0.0, 0.0, 4.0], [5, 5, 5, 5]).min() > 0
    assert profitability.moderated([0.0] * 4, [5] * 4).tolist() == [0] * 4


def both(first: list[int], second: list[int]) -> tuple[Window, Window]:
    """Two units' windows, from the values of one unit each."""
    facts = Fact.of(first), Fact.of(second)
    now, before = (
        Window(np.array([fact.n]), np.array([fact.total]), np.array([fact.squares], dtype=np.int64)) for fact in facts
    )
    return now, before


def test_change_of_shares_is_the_chi_square_without_correction() -> None:
    now, before = both([10000] * 12 + [0] * 18, [10000] * 60 + [0] * 30)
    expected = stats.chi2_contingency([[12, 18], [60, 30]], correction=False).pvalue
    assert change.score_test(now, before)[0] == pytest.approx(expected)
    assert change.score_test(*both([10000] * 9, [10000] * 30))[0] == 1


def test_change_of_means_is_welchs_test() -> None:
    random = np.random.default_rng(1)
    first, second = random.integers(0, 6000, 12).tolist(), random.integers(2000, 10000, 40).tolist()
    p, error, freedom = change.welch(*both(first, second))
    expected = stats.ttest_ind(np.array(first) / 100, np.array(second) / 100, equal_var=False)
    assert p[0] == pytest.approx(expected.pvalue)
    assert freedom[0] == pytest.approx(expected.df)
    low, high = expected.confidence_interval()
    assert error[0] * stats.t.ppf(0.975, freedom[0]) == pytest.approx((high - low) / 2)
    assert change.welch(*both([5000] * 5, [5000] * 9))[0][0] == 1
    assert change.welch(*both([5000] * 5, [6000] * 9))[0][0] == 0


def test_control_rules() -> None:
    limits = signals.xmr_limits([10, 12, 11, 9, 10, 12, 11, 10, 9, 11, 10, 12])
    assert signals.beyond([10, 30, -5], limits).tolist() == [False, True, True]
    assert signals.one_sided([1] * 7 + [-1] + [1] * 9, 0).tolist() == [False] * 15 + [True] * 2
    assert not signals.one_sided([0] * 20, 0).any(), "on the line is on no side"
    varying = signals.p_limits([5, 50], [10, 100])
    assert varying.low[0] < varying.low[1] < 0.5 < varying.high[1] < varying.high[0]


def test_response_rates_by_hand() -> None:
    rates = sampling.response_rates(50, 10, 20, 15, 5, 40, 100)
    assert rates["RR1"] == pytest.approx(50 / 140)
    assert rates["RR2"] == pytest.approx(60 / 140)
    assert rates["RR3"] == pytest.approx(50 / (100 + 0.5 * 40))
    assert rates["RR4"] == pytest.approx(60 / 120)
    assert (rates["RR5"], rates["RR6"]) == pytest.approx((0.5, 0.6))
    assert sampling.response_rates(50, 10, 20, 15, 5, 40, 100, e=0)["RR3"] == 0.5


def test_effective_size() -> None:
    assert sampling.effective_size([2.0] * 7) == pytest.approx(7)
    assert sampling.effective_size([1, 0, 0]) == pytest.approx(1)


def test_visits_planned_by_the_method() -> None:
    """METHOD's example, about 23 a side: 22.6 by the normal distribution, 23.6 by the t test."""
    assert sampling.shops_needed(10, 12) == 24


def test_perfect_agreement_and_chance() -> None:
    assert shopping.fleiss_kappa([[3, 0], [0, 3]]) == pytest.approx(1)
    for level in ("nominal", "ordinal", "interval", "ratio"):
        assert shopping.krippendorff_alpha([[1, 2, 3], [1, 2, 3]], level) == pytest.approx(1)
    random = np.random.default_rng(1).integers(1, 4, (3, 3000))
    assert shopping.krippendorff_alpha(random, "interval") == pytest.approx(0, abs=0.03)


def test_shapley_shares_published() -> None:
    inputs, expected, tolerance = case("lmg_mtcars")
    x = np.column_stack([inputs["am"], inputs["vs"], inputs["cyl"]])
    shares = drivers.shapley_shares(x, inputs["mpg"])
    assert shares == pytest.approx([expected["am"], expected["vs"], expected["cyl"]], abs=tolerance)
    assert shares.sum() == pytest.approx(expected["R2"], abs=tolerance)
    assert drivers.relative_weights(x, inputs["mpg"]).sum() == pytest.approx(expected["R2"], abs=tolerance)


def test_one_driver_has_it_all() -> None:
    x, y = np.arange(20.0)[:, None], np.sin(np.arange(20.0))
    r2 = np.corrcoef(x[:, 0], y)[0, 1] ** 2
    assert drivers.shapley_shares(x, y) == pytest.approx([r2])
    assert drivers.relative_weights(x, y) == pytest.approx([r2])


@settings(max_examples=15)
@given(st.lists(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=8))
def test_shrunken_rates_are_rates(counts: list[tuple[int, int]]) -> None:
    x, n = zip(*counts, strict=True)
    posterior = ranking.shrink_binomial(x, n, draws=30)
    assert ((posterior.draws > 0) & (posterior.draws < 1)).all()
    assert ((posterior.mean > 0) & (posterior.mean < 1)).all()
    assert np.isfinite(posterior.sd).all()
    assert posterior.tau > 0


def test_shrunken_rates_agree_with_the_normal_model_where_it_holds() -> None:
    random = np.random.default_rng(4)
    truth = np.clip(0.8 + 0.04 * random.standard_normal(40), 0, 1)
    n = np.full(40, 400)
    x = random.binomial(n, truth)
    rates = ranking.shrink_binomial(x, n, draws=20_000, seed=1)
    p = x.sum() / n.sum()
    normal = ranking.shrink(x / n, p * (1 - p) / n, draws=0)
    assert rates.mean == pytest.approx(normal.mean, abs=0.006)
    assert rates.sd.mean() == pytest.approx(normal.sd.mean(), rel=0.08)
    assert rates.draws.mean(axis=0) == pytest.approx(rates.mean, abs=0.002)
    assert rates.draws.std(axis=0) == pytest.approx(rates.sd, rel=0.05)
    assert rates.tau == pytest.approx(0.25, abs=0.08)


def test_rank_sets_by_hand() -> None:
    """Far apart: every place is certain. Equal: every place is possible."""
    low, high = ranking.rank_sets([10, 30, 20], [1, 1, 1])
    assert (low.tolist(), high.tolist()) == ([3, 1, 2], [3, 1, 2])
    low, high = ranking.rank_sets([10, 10.1, 9.9], [1, 1, 1])
    assert (low.tolist(), high.tolist()) == ([1, 1, 1], [3, 3, 3])
    assert [places.tolist() for places in ranking.rank_sets([5], [1])] == [[1], [1]]


def test_rank_sets_cover_and_are_wider_all_at_once() -> None:
    random = np.random.default_rng(9)
    truth = np.linspace(0, 4, 8)
    true = 8 - np.arange(8)
    covered = own = 0
    for seed in range(60):
        x = truth + random.standard_normal(8)
        low, high = ranking.rank_sets(x, np.ones(8), draws=400, seed=seed)
        one_low, one_high = ranking.rank_sets(x, np.ones(8), simultaneous=False, draws=400, seed=seed)
        assert (low <= one_low).all()
        assert (one_high <= high).all()
        covered += ((low <= true) & (true <= high)).all()
        own += ((one_low <= true) & (true <= one_high)).mean()
    assert covered >= 54
    assert own / 60 >= 0.92
