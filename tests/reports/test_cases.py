"""The published cases, reproduced within the tolerance each gives."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri

from reports import measures, profitability, ranking, sampling, shopping, signals

CASES: dict[str, dict[str, Any]] = {
    case["id"]: case for case in json.loads((Path(__file__).parent / "method_cases.json").read_text())["cases"]
}


def case(name: str) -> tuple[dict[str, Any], dict[str, Any], float]:
    found = CASES[name]
    return found["inputs"], found["expected"], found["tolerance"]["abs"]


def test_wilson_interval() -> None:
    inputs, expected, tolerance = case("wilson_newcombe1998")
    for (x, n), interval in zip(inputs["x_n"], expected["ci"], strict=True):
        assert measures.proportion_interval(x, n) == pytest.approx(interval, abs=tolerance)
    x, n = np.array(inputs["x_n"]).T
    assert np.transpose(measures.proportion_interval(x, n)) == pytest.approx(np.array(expected["ci"]), abs=tolerance)


def test_nps_variance() -> None:
    inputs, expected, tolerance = case("nps_variance")
    n = inputs["n"]
    parts = [float(Fraction(inputs[f"p_{part}"]) * n) for part in ("promoter", "passive", "detractor")]
    assert measures.nps(*parts) / 100 == pytest.approx(expected["nps"], abs=tolerance)
    assert measures.nps_variance(*parts) == pytest.approx(expected["var"], abs=tolerance)
    assert (measures.nps_variance(*parts) / n) ** 0.5 == pytest.approx(expected["se"], abs=tolerance)


def test_difference_of_shares() -> None:
    inputs, expected, tolerance = case("newcombe_diff")
    interval = measures.proportion_change(inputs["x1"], inputs["n1"], inputs["x2"], inputs["n2"])
    assert interval == pytest.approx(expected["ci"], abs=tolerance)


def test_fleiss_kappa() -> None:
    inputs, expected, tolerance = case("fleiss1971")
    ratings = np.array(inputs["ratings"])
    counts = np.stack([(ratings == category).sum(axis=1) for category in range(1, 6)], axis=1)
    assert shopping.fleiss_kappa(counts) == pytest.approx(expected["kappa"], abs=tolerance)


def test_krippendorff_alpha() -> None:
    """The four-observer example of Krippendorff (2011), Computing Krippendorff's Alpha-Reliability."""
    absent = float("nan")
    ratings = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, absent, absent, absent],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, absent, 3],
        [absent, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, absent],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, absent],
    ]
    for level, alpha in (("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)):
        assert shopping.krippendorff_alpha(ratings, level) == pytest.approx(alpha, abs=0.0006)


def test_empirical_bayes() -> None:
    inputs, expected, tolerance = case("raudenbush1985_eb")
    posterior = ranking.shrink(inputs["y"], inputs["v"], draws=0, tau="reml")
    assert posterior.tau**2 == pytest.approx(expected["tau2"], abs=tolerance)
    assert posterior.mu == pytest.approx(expected["mu"], abs=tolerance)
    assert posterior.mean == pytest.approx(np.array(expected["eb"]), abs=tolerance)
    reach = float(ndtri(0.975)) * posterior.sd[0]
    interval = posterior.mean[0] - reach, posterior.mean[0] + reach
    assert interval == pytest.approx(expected["first_unit_95pi"], abs=tolerance)
    assert posterior.draws.shape == (0, len(inputs["y"]))


def test_false_discoveries() -> None:
    inputs, expected, _ = case("bh1995")
    rejected = measures.false_discoveries(inputs["p"], q=0.05)
    assert rejected.sum() == expected["bh_rejections"]
    assert rejected[: expected["bh_rejections"]].all()
    shuffled = np.random.default_rng(1).permutation(len(inputs["p"]))
    again = measures.false_discoveries(np.array(inputs["p"])[shuffled], q=0.05)
    assert (again == rejected[shuffled]).all()


def test_p_chart() -> None:
    inputs, expected, tolerance = case("pchart_orangejuice")
    counts = np.array(inputs["defects"])
    limits = signals.p_limits(counts, inputs["n"])
    assert (limits.center, limits.low, limits.high) == pytest.approx(
        (expected["cl"], expected["lcl"], expected["ucl"]), abs=tolerance
    )
    outside = signals.beyond(counts / inputs["n"], limits)
    assert (np.flatnonzero(outside) + 1).tolist() == expected["signals_samples"]
    limits = signals.p_limits(counts[~outside], np.full(int((~outside).sum()), inputs["n"]))
    after = expected["after_removal"]
    assert (limits.center, limits.low, limits.high) == pytest.approx(
        (after["cl"], after["lcl"], after["ucl"]), abs=tolerance
    )


def test_individuals_chart() -> None:
    inputs, expected, tolerance = case("xmr_nist")
    limits = signals.xmr_limits(inputs["x"])
    assert (limits.center, limits.low, limits.high) == pytest.approx(
        (expected["center"], expected["lcl"], expected["ucl"]), abs=tolerance
    )


def test_ewma() -> None:
    """The example of the NIST e-Handbook, 6.3.2.4: weight 0.3, target 50, s = 2.0539."""
    values = [52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5, 49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6]
    values += [52.4, 53.6, 52.1]
    series, limits = signals.ewma(values, 50, 2.0539, weight=0.3)
    expected = [50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33, 50.11, 49.36, 49.52, 50.05]
    expected += [49.38, 49.92, 50.73, 51.23, 51.94, 51.99]
    assert series == pytest.approx(np.array(expected), abs=0.006)
    assert (limits.low, limits.high) == pytest.approx((47.4115, 52.5884), abs=0.0005)


def test_raking() -> None:
    inputs, expected, tolerance = case("raking_kalton")
    sample, population = np.array(inputs["sample_counts_a_x_b"]), np.array(inputs["population_counts_a_x_b"])
    raked = sampling.rake(sample, [population.sum(axis=1), population.sum(axis=0)])
    assert raked / sample == pytest.approx(np.array(expected["weights"]), abs=tolerance)
    assert raked.sum(axis=1) == pytest.approx(population.sum(axis=1))


def test_profit_index_by_hand() -> None:
    """Two months of a branch: revenue 100 and 200, cost 60 and 150, target 30 and 35 → (10 + 15)/300."""
    index = profitability.profit_index([[100, 200]], [[60, 150]], [[30, 35]])
    assert index == pytest.approx([100 * 25 / 300])


def test_visits_that_tell_two_scores_apart() -> None:
    """Cohen (1988), table 2.4.1: d = 0.5 needs 64 a side, d = 0.8 needs 26, d = 0.2 needs 393 or 394 (rounding up)."""
    assert [sampling.shops_needed(d, 1) for d in (0.2, 0.5, 0.8)] == [394, 64, 26]


def test_answers_that_tell_two_shares_apart() -> None:
    """The pooled formula by hand for 60% and 70%: 355.98 → 356 a side."""
    assert sampling.surveys_needed(0.6, 0.7) == 356
    assert sampling.surveys_needed(0.7, 0.6) == 356
