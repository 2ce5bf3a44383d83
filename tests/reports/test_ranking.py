"""Shrinkage and ranks: what must hold for any numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import ranking

units = st.integers(1, 12)


@st.composite
def estimates(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    count = draw(units)
    y = draw(st.lists(st.floats(-100, 100), min_size=count, max_size=count))
    v = draw(st.lists(st.floats(0, 50) | st.just(0.0), min_size=count, max_size=count))
    return y, v


@settings(max_examples=80)
@given(estimates())
def test_shrunken_values_lie_between_the_estimates(case: tuple[list[float], list[float]]) -> None:
    y, v = case
    for tau in ("integrate", "reml"):
        posterior = ranking.shrink(y, v, draws=20, tau=tau)  # type: ignore[arg-type]
        assert np.isfinite(posterior.draws).all()
        assert posterior.draws.shape == (20, len(y))
        assert (posterior.sd >= 0).all()
        assert posterior.tau >= 0
        assert (posterior.mean >= min(y) - 1e-6).all()
        assert (posterior.mean <= max(y) + 1e-6).all()


def test_order_of_units_does_not_matter() -> None:
    random = np.random.default_rng(3)
    y, v = random.normal(80, 6, 30), random.uniform(4, 40, 30)
    order = random.permutation(30)
    plain, mixed = ranking.shrink(y, v, draws=0), ranking.shrink(y[order], v[order], draws=0)
    assert mixed.mean == pytest.approx(plain.mean[order])
    assert mixed.tau == pytest.approx(plain.tau)


def test_the_smaller_the_base_the_further_the_move() -> None:
    posterior = ranking.shrink([70, 75, 80, 85, 90, 96, 96], [9, 9, 9, 9, 9, 9, 90], draws=0)
    assert posterior.mean[5] > posterior.mean[6] > posterior.mu
    assert posterior.sd[6] > posterior.sd[5]


def test_draws_agree_with_the_analytic_moments() -> None:
    random = np.random.default_rng(5)
    y, v = random.normal(80, 6, 12), random.uniform(4, 60, 12)
    posterior = ranking.shrink(y, v, draws=60_000, seed=2)
    assert posterior.draws.mean(axis=0) == pytest.approx(posterior.mean, abs=0.1)
    assert posterior.draws.std(axis=0) == pytest.approx(posterior.sd, rel=0.02)
    assert posterior.mus.mean() == pytest.approx(posterior.mu, abs=0.1)
    further = posterior.prior(2, seed=9)
    assert further.mean() == pytest.approx(posterior.mu, abs=0.2)
    assert further.var() == pytest.approx(posterior.mus.var() + (posterior.taus**2).mean(), rel=0.05)


def test_equal_estimates_have_no_spread() -> None:
    posterior = ranking.shrink([80.0] * 5, [9.0] * 5, draws=10)
    assert posterior.tau == 0
    assert posterior.mean == pytest.approx([80.0] * 5)
    assert ranking.reml([80.0] * 5, [9.0] * 5) == 0
    exact = ranking.shrink([100.0] * 3, [0.0] * 3, draws=10)
    assert (exact.draws == 100).all()


def test_an_earlier_period_says_how_much_units_differ() -> None:
    """And nothing else: with the same spread the units stay where they were."""
    random = np.random.default_rng(12)
    y, v = random.normal(80, 5, 20), np.full(20, 25.0)
    alone = ranking.shrink(y, v, draws=0)
    wide = ranking.shrink(y, v, draws=0, earlier=(random.normal(0, 9, 300), np.full(300, 1.0)))
    narrow = ranking.shrink(y, v, draws=0, earlier=(random.normal(0, 1.2, 300), np.full(300, 1.0)))
    assert narrow.tau < alone.tau < wide.tau
    assert narrow.mean.std() < alone.mean.std() < wide.mean.std()
    assert narrow.mu == pytest.approx(alone.mu, abs=0.5)


def test_noise_alone_leaves_no_reml_spread() -> None:
    """Estimates nearer to each other than their sampling variances would have them."""
    assert ranking.reml([80, 80.5, 79.5, 80.2], [25, 25, 25, 25]) == 0


def test_one_unit_stays_where_it_is() -> None:
    posterior = ranking.shrink([70.0], [16.0], draws=20_000)
    assert posterior.mean == pytest.approx([70])
    assert posterior.sd == pytest.approx([4])
    assert posterior.draws.std() == pytest.approx(4, rel=0.03)


@pytest.mark.parametrize(
    ("y", "v"),
    [([], []), ([1.0], [1.0, 2.0]), ([1.0, 2.0], [1.0, -1.0]), ([1.0, float("nan")], [1.0, 1.0]), ([[1.0]], [[1.0]])],
)
def test_shrink_refuses_the_impossible(y: list[float], v: list[float]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        ranking.shrink(y, v)


def test_shrink_refuses_other_settings() -> None:
    with pytest.raises(ValueError, match="tau"):
        ranking.shrink([1.0, 2.0], [1.0, 1.0], tau="guess")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="draws"):
        ranking.shrink([1.0, 2.0], [1.0, 1.0], draws=-1)


def test_rank_quantiles_by_hand() -> None:
    """Ten draws of two units: the first is ahead in six of them."""
    draws = np.array([[2.0, 1.0]] * 6 + [[1.0, 2.0]] * 4)
    median, low, high = ranking.rank_intervals(draws, level=0.8)
    assert (median.tolist(), low.tolist(), high.tolist()) == ([1, 2], [1, 1], [2, 2])
    median, _, _ = ranking.rank_intervals(draws[1:-1], level=0.8)
    assert median.tolist() == [1, 2]
    even = np.array([[2.0, 1.0]] * 5 + [[1.0, 2.0]] * 5)
    assert ranking.rank_intervals(even)[0].tolist() == [1, 1], "the lower median"
    assert ranking.rank_intervals(draws, level=0.8, highest_first=False)[0].tolist() == [2, 1]


@given(st.integers(1, 9), st.integers(1, 40), st.integers(0, 3))
def test_every_draw_holds_every_rank_once(count: int, draws: int, spread: int) -> None:
    """Even when values tie."""
    values = np.random.default_rng(draws).integers(0, spread + 1, (draws, count)).astype(float)
    placed = ranking.ranks(values, seed=4)
    assert (np.sort(placed, axis=1) == np.arange(1, count + 1)).all()
    ordered = np.take_along_axis(values, np.argsort(placed, axis=1), axis=1)
    assert (np.diff(ordered, axis=1) <= 0).all()
    assert ranking.top_probability(values, 0.25, seed=4).sum() == pytest.approx(ranking.places(count, 0.25))


def test_ties_are_fair() -> None:
    placed = ranking.ranks(np.zeros((20_000, 4)), seed=1)
    assert placed.mean(axis=0) == pytest.approx([2.5] * 4, abs=0.05)
    assert (ranking.ranks(np.zeros((50, 4)), seed=1) == placed[:50]).all()


def test_quarter_is_rounded_up() -> None:
    assert [ranking.places(n, 0.25) for n in (1, 4, 10, 40)] == [1, 1, 3, 10]
    assert ranking.places(10, 0.1) == 1
    assert ranking.places(100, 0.07) == 7


def test_ranks_refuse_the_impossible() -> None:
    for broken in (np.zeros((0, 3)), np.zeros(3), np.array([[1.0, np.nan]])):
        with pytest.raises(ValueError, match=r"\w"):
            ranking.rank_intervals(broken)
    with pytest.raises(ValueError, match="level"):
        ranking.rank_intervals(np.zeros((2, 2)), level=1.0)
    with pytest.raises(ValueError, match="share"):
        ranking.top_probability(np.zeros((2, 2)), share=0.0)


def test_nested_shrinkage() -> None:
    """Units move to their group, groups to the whole; what is certain stays."""
    random = np.random.default_rng(8)
    groups = np.repeat(np.arange(30), 8)
    center = random.normal(80, 5, 30)
    truth = center[groups] + random.normal(0, 4, 240)
    v = random.uniform(9, 60, 240)
    y = truth + random.normal(0, np.sqrt(v))
    fit = ranking.shrink_nested(y, v, groups)
    assert fit.tau_units == pytest.approx(4, abs=1.5)
    assert fit.tau_groups == pytest.approx(5, abs=2)
    assert ((fit.mean - truth) ** 2).mean() < 0.6 * ((y - truth) ** 2).mean()
    inside = np.abs(fit.mean - truth) < 1.96 * fit.sd
    assert 0.9 <= inside.mean() <= 0.99
    alone = ranking.shrink_nested([70.0, 90.0], [4.0, 4.0], ["a", "b"])
    assert 70 < alone.mean[0] < alone.mean[1] < 90
    with pytest.raises(ValueError, match="positive"):
        ranking.shrink_nested([1.0], [0.0], ["a"])
    with pytest.raises(ValueError, match="group"):
        ranking.shrink_nested([1.0, 2.0], [1.0, 1.0], ["a"])
