"""Strict and lenient shoppers: a published table, the equations written out in full, and banks whose truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from reports.arrays import Floats
from reports.shopping import Severity, severity

#: Shrout & Fleiss (1979) Psychol Bull 86:420-428, table 2: six targets, four judges.
JUDGED = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)


def bank(
    seed: int, visits: int, branches: int, shoppers: int, sds: tuple[float, float, float]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Scores, branches, shoppers, and the shoppers' true effects."""
    random = np.random.default_rng(seed)
    branch, shopper = random.integers(0, branches, visits), random.integers(0, shoppers, visits)
    strict = random.normal(0, sds[1], shoppers)
    scores = 80 + random.normal(0, sds[0], branches)[branch] + strict[shopper] + random.normal(0, sds[2], visits)
    return scores, branch.astype(float), shopper.astype(float), strict


def written_out(scores: Floats, branches: Floats, shoppers: Floats, sds: Any) -> tuple[float, list[Floats]]:
    """The REML criterion, effects and their errors from the scores' whole covariance, as textbooks write them."""
    own = [(of[:, None] == np.unique(of)).astype(float) for of in (branches, shoppers)]
    n, one = scores.size, np.ones((scores.size, 1))
    covariance = sds[0] ** 2 * own[0] @ own[0].T + sds[1] ** 2 * own[1] @ own[1].T + sds[2] ** 2 * np.eye(n)
    inverse = np.linalg.inv(covariance)
    known = one.T @ inverse @ one
    project = inverse - inverse @ one @ np.linalg.inv(known) @ one.T @ inverse
    criterion = np.linalg.slogdet(covariance)[1] + np.log(known[0, 0]) + scores @ project @ scores
    found = []
    for sd, design in zip(sds, own, strict=False):
        found.append(sd**2 * design.T @ project @ scores)
        found.append(np.sqrt(np.diag(sd**2 * np.eye(design.shape[1]) - sd**4 * design.T @ project @ design)))
    return float(criterion + (n - 1) * np.log(2 * np.pi)), found


def test_the_published_table_of_judges() -> None:
    """Balanced, REML is the analysis of variance: mean squares 11.24, 32.49 and 1.02, ICC(2,1) = .29."""
    targets, judges = np.indices(JUDGED.shape)
    found = severity(JUDGED.ravel(), targets.ravel(), judges.ravel())
    branch, shopper, error = (found.sds[part] ** 2 for part in ("branch", "shopper", "error"))
    assert 4 * branch + error == pytest.approx(11.24, abs=0.005)
    assert 6 * shopper + error == pytest.approx(32.49, abs=0.005)
    assert error == pytest.approx(1.02, abs=0.005)
    assert branch / (branch + shopper + error) == pytest.approx(0.29, abs=0.005)
    assert found.mean == pytest.approx(JUDGED.mean())
    assert found.mean_error**2 == pytest.approx(branch / 6 + shopper / 4 + error / 24, rel=1e-5)
    assert int(np.argmin(found.shopper.effects)) == 1, "the second judge is the strictest"
    assert abs(found.shopper.effects.sum()) < 1e-9


@pytest.mark.parametrize(("branches", "shoppers"), [(12, 20), (20, 7)])
def test_it_is_what_the_equations_say_written_out(branches: int, shoppers: int) -> None:
    scores, branch, shopper, _ = bank(3, 150, branches, shoppers, (5, 3, 6))
    found = severity(scores, branch, shopper)
    sds = [found.sds[part] for part in ("branch", "shopper", "error")]
    criterion, effects = written_out(scores, branch, shopper, sds)
    assert found.criterion == pytest.approx(criterion, abs=1e-6)
    for own, theirs in zip([*found.branch, *found.shopper], effects, strict=True):
        assert own == pytest.approx(theirs, abs=1e-8)
    better = minimize(lambda tried: written_out(scores, branch, shopper, np.exp(tried))[0], np.log(sds), method="BFGS")
    assert better.fun > criterion - 1e-6, "nothing nearby is likelier"


def test_true_deviations_come_back_and_intervals_hold() -> None:
    fits: list[Severity] = []
    inside: list[bool] = []
    for seed in range(30):
        scores, branch, shopper, strict = bank(seed, 600, 40, 20, (4, 3, 10))
        found = severity(scores, branch, shopper)
        fits.append(found)
        effects, errors = found.shopper
        inside.extend((abs(effects - strict) < 1.645 * errors).tolist())
    means = {part: float(np.mean([one.sds[part] for one in fits])) for part in ("branch", "shopper", "error")}
    assert means == pytest.approx({"branch": 4, "shopper": 3, "error": 10}, rel=0.08)
    assert 0.85 <= np.mean(inside) <= 0.95, "the 90% intervals of 600 shoppers"


def test_shoppers_who_do_not_differ_have_no_effects() -> None:
    scores, branch, shopper, _ = bank(5, 300, 15, 10, (5, 0, 8))
    found = severity(scores, branch, shopper)
    if found.sds["shopper"] == 0:
        assert not found.shopper.effects.any()
        assert not found.shopper.standard_errors.any()
    alternating = severity([1.0, 2, 2, 1] * 6, [0, 0, 1, 1] * 6, [0, 1, 0, 1] * 6)
    assert (alternating.sds["branch"], alternating.sds["shopper"]) == (0, 0)


def test_names_order_and_unit_do_not_matter() -> None:
    scores, branch, shopper, _ = bank(7, 200, 10, 8, (5, 3, 6))
    found = severity(scores, branch, shopper)
    turned = np.random.default_rng(0).permutation(scores.size)
    names = np.array([f"s{int(one):02}" for one in shopper])
    again = severity((1000 + scores * 100)[turned], branch[turned], names[turned])
    assert again.shoppers == [f"s{number:02}" for number in range(8)]
    assert again.shopper.effects / 100 == pytest.approx(found.shopper.effects, abs=1e-4)
    assert {part: sd / 100 for part, sd in again.sds.items()} == pytest.approx(found.sds, rel=1e-4)


@pytest.mark.parametrize(
    ("scores", "branches", "shoppers"),
    [
        ([], [], []),
        ([1, 2, 3], [1, 1, 2], [1, 2]),
        ([1, 2, float("nan"), 4], [1, 1, 2, 2], [1, 2, 1, 2]),
        ([1, 2, 3, 5], [1, 1, 1, 1], [1, 2, 1, 2]),
        ([1, 2, 3, 5], [1, 1, 2, 2], [1, 1, 1, 1]),
        ([7, 7, 7, 7], [1, 1, 2, 2], [1, 2, 1, 2]),
        ([1, 2, 3, 5], [1, 2, 3, 4], [1, 1, 2, 2]),
        ([1, 2, 3, 5], [1, 1, 2, 2], [1, 1, 2, 2]),
        ([[1, 2], [3, 5]], [1, 2], [1, 2]),
    ],
    ids=[
        "none",
        "shapes",
        "nan",
        "one branch",
        "one shopper",
        "all the same",
        "once each",
        "the same people",
        "square",
    ],
)
def test_the_impossible_is_refused(scores: Any, branches: Any, shoppers: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        severity(scores, branches, shoppers)
