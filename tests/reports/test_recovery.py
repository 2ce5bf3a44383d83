"""Does the report find what is there? A few simulated banks with known true values; the large run is a benchmark."""

from __future__ import annotations

import numpy as np
import pytest

from reports.monthly import compute
from reports.policy import Policy
from tests.load.bench_method import Judged, judge
from tests.reports.banks import Simulation

POLICY = Policy(draws=1000)


@pytest.fixture(scope="module")
def judged() -> Judged:
    return judge(Simulation(branches=40), 30, POLICY)


def test_rank_intervals_hold_the_true_rank(judged: Judged) -> None:
    """METHOD asks for 85–95% over 200 banks; 30 banks of 40 branches tell it to about two points."""
    assert 0.85 <= judged.coverage <= 0.97
    assert judged.width / judged.branches < 30, "and they are narrower than knowing nothing"


def test_labels_are_mostly_right(judged: Judged) -> None:
    """At most 15% wrong over 200 banks; here the few labels tell it to about three points."""
    assert judged.labels >= 90
    assert judged.wrong_labels <= 0.2
    assert judged.wrong_labels < judged.raw_wrong / judged.raw_labels / 2, "a plain order does far worse"
    assert judged.wrong_quadrants / judged.quadrants <= 0.22


def test_where_branches_hardly_differ_hardly_any_is_labelled() -> None:
    found = judge(Simulation(branches=40, survey_sd=0.5, shop_sd=0.5, profit_sd=0.3), 8, POLICY)
    assert found.labels / found.banks < 1
    assert found.width / found.branches > 30


def test_shrunken_scores_are_nearer_to_the_truth_than_raw_ones() -> None:
    errors = []
    for seed in range(8):
        given, truth = Simulation(branches=30).draw(seed, POLICY)
        rows = {row["code"]: row for row in compute(given).data["branches"]}
        for name, raw, true in (
            ("surveys", "csat", 100 * truth.surveys),
            ("shops", "score", truth.shops),
            ("profit", "percent", truth.profit),
        ):
            blocks = [rows[branch.code][name] for branch in given.branches]
            center = np.mean([block[raw] for block in blocks]) - true.mean()
            errors.append(
                [
                    np.mean([(block[key] - center - value) ** 2 for block, value in zip(blocks, true, strict=True)])
                    for key in (raw, "shrunken")
                ]
            )
    raw_error, shrunken_error = np.array(errors).reshape(8, 3, 2).mean(axis=0).T
    assert (shrunken_error < 0.95 * raw_error).all()
    assert shrunken_error[0] < 0.6 * raw_error[0], "surveys gain most"
