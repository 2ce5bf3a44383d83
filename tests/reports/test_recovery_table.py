"""The table of recovery: what it says of groups, of differences, and when it speaks of a paradox."""

from __future__ import annotations

import numpy as np
import pytest

from reports.measures import nps_interval, proportion_change, proportion_interval
from reports.recovery import GROUPS, Counts, recovery


def even(n: int, share: float) -> Counts:
    satisfied = round(n * share)
    return Counts(satisfied, n, satisfied, 0, n - satisfied)


def test_each_group_stands_with_its_interval() -> None:
    found = recovery({"no_problem": Counts(80, 100, 60, 25, 15), "handled": Counts(56, 70, 40, 20, 10)})
    top = found.top_box["no_problem"]
    assert top is not None
    assert (top.value, top.n) == (80, 100)
    assert (top.low, top.high) == pytest.approx([100 * one for one in proportion_interval(80, 100)])
    score = found.nps["handled"]
    assert score is not None
    assert score.value == pytest.approx(100 * 30 / 70)
    assert (score.low, score.high) == pytest.approx(nps_interval(40, 20, 10))
    assert tuple(found.top_box) == GROUPS
    assert found.top_box["not_handled"] is None
    assert found.handling == {"top_box": None, "nps": None}
    assert not found.paradox


def test_the_headline_is_handled_minus_not_handled() -> None:
    found = recovery({"handled": Counts(56, 70, 40, 20, 10), "not_handled": Counts(48, 80, 20, 20, 40)})
    apart = found.handling["top_box"]
    assert apart is not None
    assert apart.value == pytest.approx(20.0)
    assert (apart.low, apart.high) == pytest.approx([100 * one for one in proportion_change(56, 70, 48, 80)])
    assert found.handling["nps"] is not None
    assert found.handling["nps"].value == pytest.approx(100 * (30 / 70 + 20 / 80))


@pytest.mark.parametrize(
    ("handled", "without", "expected"),
    [
        (even(400, 0.95), even(2000, 0.80), True),
        (even(40, 0.90), even(2000, 0.80), False),
        (even(400, 0.80), even(2000, 0.80), False),
        # Satisfied but not recommending: one measure alone is no paradox.
        (Counts(390, 400, 100, 200, 100), even(2000, 0.80), False),
    ],
)
def test_the_paradox_is_claimed_only_where_both_bounds_are_above_nothing(
    handled: Counts, without: Counts, *, expected: bool
) -> None:
    assert recovery({"handled": handled, "no_problem": without}).paradox is expected


def test_the_difference_of_scores_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    truth = 100 * ((0.5 - 0.2) - (0.4 - 0.3))
    covered = 0
    for _draw in range(600):
        one, other = rng.multinomial(60, [0.5, 0.3, 0.2]), rng.multinomial(90, [0.4, 0.3, 0.3])
        apart = recovery({"handled": Counts(1, 1, *one), "not_handled": Counts(1, 1, *other)}).handling["nps"]
        assert apart is not None
        covered += apart.low <= truth <= apart.high
    assert 0.93 < covered / 600 < 0.98


def test_what_contradicts_is_refused() -> None:
    with pytest.raises(ValueError, match="no such group"):
        recovery({"unknown": Counts(1, 1, 1, 0, 0)})
    with pytest.raises(ValueError, match="between 0 and rated"):
        recovery({"handled": Counts(2, 1, 1, 0, 0)})
    with pytest.raises(ValueError, match="between 0 and 1"):
        recovery({"handled": Counts(1, 1, 1, 0, 0)}, level=95)
