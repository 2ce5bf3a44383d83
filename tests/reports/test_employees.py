"""What employees say in numbers, and what goes with what customers say."""

from __future__ import annotations

import numpy as np
import pytest

from reports import employees
from reports.employees import Association, TooFew, association, both_ways, favourable, recommendation


def test_shares_and_recommendation() -> None:
    rating = favourable({1: 1, 3: 1, 4: 3, 5: 3}, top=5)
    assert (rating.n, rating.value) == (8, 75)
    assert 0 < rating.low < 75 < rating.high < 100
    nobody = favourable({1: 4, 2: 4}, top=5)
    assert (nobody.value, nobody.low) == (0, 0), "the highest answers count although nobody gave them"
    assert favourable({5: 1, 6: 2, 7: 1, 1: 4}, steps=3, top=7).value == 50
    told = recommendation({10: 4, 8: 2, 3: 2})
    assert (told.n, told.value) == (8, 25)
    assert told.low < 25 < told.high
    with pytest.raises(ValueError, match="nobody"):
        favourable({})


def panel(slope: float, lag: int, branches: int = 30, months: int = 6, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Customers' scores that follow the employees' after some months, with seasons that both share."""
    rng = np.random.default_rng(seed)
    season = rng.normal(0, 8, months + lag)
    pulse = rng.normal(60, 8, (branches, months + lag)) + season
    customers = 80 + slope * np.roll(pulse - season, lag, axis=1) + rng.normal(0, 2, pulse.shape) + 3 * season
    return pulse[:, lag:], customers[:, lag:]


def test_a_planted_link_is_found_at_its_lag_and_seasons_are_none() -> None:
    pulse, customers = panel(0.3, 1)
    forward, back = both_ways(pulse, customers)
    assert [one.lag for one in (*forward, *back)] == [0, 1, 2, 3, 1, 2, 3]
    found = [one for one in forward if isinstance(one, Association)]
    assert found[1].low < 3 < found[1].high, "so many points for every ten"
    assert found[1].found
    assert abs(found[1].correlation) > 0.5
    assert max((one for one in found if one.lag != 1), key=lambda one: abs(one.slope)).slope < 1.5


def test_intervals_hold_what_is_true() -> None:
    held = 0
    for seed in range(60):
        found = association(*panel(0.2, 0, seed=seed), 0)
        assert isinstance(found, Association)
        held += found.low <= 2 <= found.high
    assert held >= 53, "about nineteen of twenty"


@pytest.mark.parametrize("lag", [0, 3])
def test_too_few_branches_tell_nothing(lag: int) -> None:
    pulse, customers = panel(1, 0, branches=19)
    assert association(pulse, customers, lag) == TooFew(lag, 19)
    assert association(pulse[:, :lag], customers[:, :lag], lag) == TooFew(lag, 0)
    many, there = panel(1, 0, branches=25)
    many[5:, :] = np.nan
    assert association(many, there, lag) == TooFew(lag, 5)
    assert association(np.full_like(there, 50.0), there, lag) == TooFew(lag, 25), "nothing varies"


def test_shapes_that_do_not_agree_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        association(np.zeros((3, 2)), np.zeros((2, 3)), 0)
    with pytest.raises(ValueError, match="negative"):
        association(np.zeros((3, 2)), np.zeros((3, 2)), -1)
    assert employees.LEAST_BRANCHES == 20


def test_where_nothing_goes_with_anything_seldom_is_any_of_seven_found() -> None:
    wrong = 0
    for seed in range(120):
        random = np.random.default_rng([seed, 9])
        first, second = (random.normal(0, 4, (30, 1)) + random.normal(0, 8, (30, 12)) for _each in range(2))
        forward, backward = both_ways(first, second)
        assert len([*forward, *backward]) == 7
        wrong += any(isinstance(one, Association) and one.found for one in (*forward, *backward))
    assert wrong <= 14, "95% of all seven together, and not of each"
