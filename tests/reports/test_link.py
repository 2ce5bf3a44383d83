"""The link of service and profit: a slope that is known is found, none is found where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from reports.link import both_ways, panel


def bank(seed: int, slope: float = 0.0, lag: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """60 branches × 36 months: lasting differences, seasons, errors that drag on, and service that tells on profit."""
    rng = np.random.default_rng(seed)
    service = rng.normal(0, 6, (60, 1)) + rng.normal(0, 2, (1, 36)) + rng.normal(0, 4, (60, 36))
    noise = np.empty((60, 36))
    noise[:, 0] = rng.normal(0, 5, 60)
    for month in range(1, 36):
        noise[:, month] = 0.6 * noise[:, month - 1] + rng.normal(0, 4, 60)
    profit = rng.normal(0, 10, (60, 1)) + 0.8 * service.mean(axis=1, keepdims=True) + rng.normal(0, 3, (1, 36)) + noise
    profit[:, lag:] += slope * service[:, :-lag]
    return service, profit


def test_a_slope_that_is_there_is_found_at_its_lag() -> None:
    service, profit = bank(1, slope=0.5)
    found = panel(service, profit, 3)
    assert found.low < 0.5 < found.high
    assert found.p_value < 0.001
    assert (found.branches, found.n) == (60, 60 * 33)
    forward, back = both_ways(service, profit)
    assert [one.lag for one in forward] == [1, 3, 6]
    assert max(forward, key=lambda one: abs(one.slope)).lag == 3
    assert all(one.low < 0 < one.high for one in back)


def test_branches_that_are_good_at_both_are_no_link() -> None:
    # Profit rises with a branch's lasting level of service, which says nothing about what a change of service does.
    hits = [panel(*bank(seed), 1).p_value < 0.05 for seed in range(100, 300)]
    assert 0.01 < np.mean(hits) < 0.10


def test_the_interval_covers_as_often_as_it_says() -> None:
    covered = [(found := panel(*bank(seed, slope=0.4), 3)).low <= 0.4 <= found.high for seed in range(500, 700)]
    assert 0.90 < np.mean(covered) < 0.99


def test_holes_in_the_panel_leave_the_slope_where_dummies_put_it() -> None:
    service, profit = bank(7, slope=0.3, lag=1)
    rng = np.random.default_rng(8)
    service[rng.random(service.shape) < 0.2] = np.nan
    service[0, 3:] = np.nan
    before, after = service[:, :-1], profit[:, 1:]
    there = ~np.isnan(before)
    branch, month = np.nonzero(there)
    columns = [before[there], *(branch == one for one in range(60)), *(month == one for one in range(1, 35))]
    dummies = np.stack([np.asarray(one, dtype=float) for one in columns], axis=1)
    slope = np.linalg.lstsq(dummies, after[there], rcond=None)[0][0]
    assert panel(service, profit, 1).slope == pytest.approx(slope, abs=1e-8)


@pytest.mark.parametrize(
    ("cause", "effect", "lag"),
    [
        (np.ones((4, 5)), np.ones((4, 5)), 1),
        (np.ones((4, 5)), np.ones((4, 6)), 1),
        (np.eye(5), np.eye(5), 5),
        (np.eye(5), np.eye(5), -1),
        (np.eye(2), np.eye(2), 0),
        (np.full((5, 5), np.inf), np.eye(5), 1),
        (np.ones(5), np.ones(5), 1),
    ],
)
def test_what_says_nothing_is_refused(cause: np.ndarray, effect: np.ndarray, lag: int) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        panel(cause, effect, lag)
