"""The frontier: a published case, points known by hand, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from reports import profitability
from reports.profitability import efficiency


def published() -> tuple[np.ndarray, np.ndarray, list[float]]:
    cases = json.loads((Path(__file__).parent / "method_cases.json").read_text())["cases"]
    found = next(case for case in cases if case["id"] == "dea_cst_hospitals")
    return np.array(found["inputs"]["X"]), np.array(found["inputs"]["Y"]), found["expected"]["ccr"]


def test_the_hospitals_of_the_textbook() -> None:
    x, y, expected = published()
    if len(x) != len(expected):
        x, y = x.T, y.T
    assert profitability.efficiency(x, y, returns="constant").score == pytest.approx(expected, abs=0.0006)
    # At constant returns both orientations agree.
    assert efficiency(x, y, returns="constant", orientation="input").score == pytest.approx(expected, abs=0.0006)
    # The envelope of variable returns lies closer: no unit does worse there.
    assert (efficiency(x, y).score >= np.array(expected) - 0.0006).all()


def test_a_frontier_that_one_can_draw() -> None:
    # One input, one output: at variable returns (1, 1), (2, 3) and (4, 4) span the frontier.
    inputs, outputs = [[1.0], [2.0], [4.0], [3.0], [2.0]], [[1.0], [3.0], [4.0], [2.8], [1.5]]
    found = efficiency(inputs, outputs)
    assert found.score == pytest.approx([1, 1, 1, 2.8 / 3.5, 0.5])
    assert found.peers[3] == pytest.approx({1: 0.5, 2: 0.5})
    assert found.peers[4] == pytest.approx({1: 1.0})
    assert found.targets[3] == pytest.approx([3.0, 3.5])
    assert efficiency(inputs, outputs, orientation="input").score[3] == pytest.approx((1 + 0.9) / 3)


def test_a_target_leaves_no_slack() -> None:
    # The second unit makes as much of the first output with twice the second input: radially it is on the frontier.
    found = efficiency([[1.0, 1.0], [1.0, 2.0]], [[1.0], [1.0]])
    assert found.score == pytest.approx([1, 1])
    assert found.targets[1] == pytest.approx([1.0, 1.0, 1.0])


def test_units_of_measure_do_not_matter() -> None:
    x, y, _expected = published()
    x, y = (x.T, y.T) if len(x) < 5 else (x, y)
    scaled = efficiency(x * [1e6, 1e-3][: x.shape[1]], y * [1e-6, 1e4][: y.shape[1]])
    assert scaled.score == pytest.approx(efficiency(x, y).score, abs=1e-6)


@pytest.mark.parametrize(
    ("inputs", "outputs", "more"),
    [
        ([[1.0], [2.0]], [[1.0]], {}),
        ([[-1.0], [2.0]], [[1.0], [2.0]], {}),
        ([[0.0], [2.0]], [[1.0], [2.0]], {}),
        ([[1.0], [2.0]], [[1.0], [0.0]], {}),
        ([[1.0]], [[float("nan")]], {}),
        ([], [], {}),
        ([[1.0]], [[1.0]], {"returns": "increasing"}),
        ([[1.0]], [[1.0]], {"orientation": "both"}),
    ],
)
def test_what_has_no_frontier_is_refused(
    inputs: list[list[float]], outputs: list[list[float]], more: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        efficiency(inputs, outputs, **more)
