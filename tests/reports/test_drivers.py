"""Drivers and the mix of answers: known truths are found, doubt is as large as it should be, the impossible refused."""

from __future__ import annotations

import numpy as np
import pytest

from reports.drivers import MOST, importance, shapley_shares
from reports.mix import ANSWERED, RATE, Mix, shifts, warnings

WEIGHTS = np.array([0.6, 0.35, 0.15])


def bank(seed: int, branches: int = 40, n: int = 2000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcome, topics and branches: the first topic matters most, branches differ by something else entirely."""
    random = np.random.default_rng(seed)
    branch = random.integers(0, branches, n)
    level = random.normal(0, 1, (branches, 3))
    topics = random.normal(0, 1, (n, 3)) + random.normal(0, 0.7, (n, 1))
    outcome = topics @ WEIGHTS + random.normal(0, 1, n) + level[branch] @ [-2.0, 0.0, 2.0]
    return outcome, topics + level[branch], branch


def truth() -> np.ndarray:
    """The parts in an endless sample, from the covariances that :func:`bank` draws by."""
    inner = np.eye(3) + 0.49
    outcome = inner @ WEIGHTS
    whole = np.zeros((4, 4))
    whole[:3, :3], whole[:3, 3], whole[3, :3] = inner, outcome, outcome
    whole[3, 3] = WEIGHTS @ inner @ WEIGHTS + 1
    root = np.linalg.cholesky(whole)
    rows = np.random.default_rng(0).normal(size=(50, 4))
    # Columns without a mean that have exactly these covariances.
    exact = np.linalg.qr(rows - rows.mean(axis=0))[0] @ root.T
    shares = shapley_shares(exact[:, :3], exact[:, 3])
    found: np.ndarray = shares / shares.sum()
    return found


def test_parts_are_those_of_the_demeaned_columns() -> None:
    outcome, topics, branch = bank(1)
    found = importance(outcome, topics, branch.tolist(), draws=50)
    means = np.array([topics[branch == b].mean(axis=0) for b in range(40)])[branch]
    level = np.array([outcome[branch == b].mean() for b in range(40)])[branch]
    raw = shapley_shares(topics - means, outcome - level)
    assert found.shares == pytest.approx(raw / raw.sum(), abs=1e-6)
    assert found.r2 == pytest.approx(raw.sum(), abs=1e-6)


def test_intervals_cover_the_truth_and_the_first_is_found() -> None:
    true, first, covered = truth(), 0, 0
    for seed in range(40):
        outcome, topics, branch = bank(seed)
        found = importance(outcome, topics, branch.tolist(), draws=150, seed=seed)
        first += int(found.top[0] > 0.8)
        covered += int(((found.low <= true) & (true <= found.high)).sum())
    assert first >= 38
    assert 0.86 <= covered / 120 <= 1.0


def test_few_branches_leave_doubt_too() -> None:
    outcome, topics, _branch = bank(2, branches=1, n=300)
    found = importance(outcome, topics, ["one"] * 300)
    assert (found.high - found.low).min() > 0.02
    order = np.random.default_rng(0).permutation(300)
    again = importance(outcome[order], topics[order], ["one"] * 300)
    assert again.low == pytest.approx(found.low, abs=1e-9)


def test_a_topic_that_repeats_another_shares_with_it() -> None:
    outcome, topics, branch = bank(3)
    found = importance(outcome, np.column_stack([topics, topics[:, 0]]), branch.tolist(), draws=20)
    assert found.shares[0] == pytest.approx(found.shares[3], abs=1e-6)


@pytest.mark.parametrize(
    ("outcome", "topics", "groups", "said"),
    [
        ([1.0, 2.0], [[1.0], [2.0]], ["a"], "one group"),
        ([1.0, 2.0, 1.0], [[1.0], [1.0], [2.0]], ["a", "a", "b"], "does not vary"),
        ([1.0, 2.0] * 20, [[1.0] * (MOST + 1), [2.0] * (MOST + 1)] * 20, ["a"] * 40, "at most"),
    ],
    ids=["shapes", "no variation inside branches", "too many topics"],
)
def test_the_impossible_is_refused(
    outcome: list[float], topics: list[list[float]], groups: list[str], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        importance(outcome, topics, groups)


def test_a_shift_is_the_pooled_score_test() -> None:
    phone = shifts(Mix("mode", None, {"web": 80, "phone": 20}, {"web": 60, "phone": 40}))[1]
    assert (phone.level, phone.before, phone.now) == ("phone", 0.2, 0.4)
    # z = 0.2 / sqrt(0.3 · 0.7 · 2/100) = 3.0861
    assert phone.p == pytest.approx(0.002028, abs=1e-6)


def test_warnings_are_rare_where_nothing_changed_and_surely_told_where_much_did() -> None:
    random = np.random.default_rng(5)
    told = 0
    for _ in range(50):
        mixes = [
            Mix("mode", unit, *({"web": 150 - (x := int(one)), "phone": x} for one in random.binomial(150, 0.3, 2)))
            for unit in range(40)
        ]
        told += bool(warnings(mixes, 10))
    assert told <= 10
    moved = Mix("mode", 99, {"web": 105, "phone": 45}, {"web": 60, "phone": 90})
    found = warnings([*mixes, moved], 10)
    assert [(one.unit, one.level) for one in found if one.unit == 99] == [(99, "phone")]


def test_small_moves_and_small_bases_warn_nobody() -> None:
    assert not warnings([Mix("mode", None, {"web": 50_000, "phone": 0}, {"web": 47_000, "phone": 3_000})], 10)
    assert not warnings([Mix("mode", 1, {"web": 9}, {"phone": 9})], 10)


def test_of_a_response_rate_only_the_answered_part_is_told() -> None:
    found = warnings([Mix(RATE, None, {ANSWERED: 400, "not_answered": 600}, {ANSWERED: 150, "not_answered": 850})], 10)
    assert [(one.level, one.before, one.now) for one in found] == [(ANSWERED, 0.4, 0.15)]
    with pytest.raises(ValueError, match="negative"):
        shifts(Mix("mode", None, {"web": -1}, {"web": 1}))
