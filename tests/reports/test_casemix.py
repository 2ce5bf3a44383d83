"""Adjusted means: an effect that is known is taken out, a branch's own quality is not."""

from __future__ import annotations

import numpy as np
import pytest

from reports.casemix import case_mix


def test_a_known_mix_is_taken_out_and_quality_stays() -> None:
    rng = np.random.default_rng(5)
    home = np.repeat(np.arange(20), 400)
    quality = rng.normal(0, 5, 20)
    # Branches with many complaints among their visits look worse than they are.
    share = np.linspace(0.05, 0.6, 20)
    complaint = rng.random(len(home)) < share[home]
    y = 80 + quality[home] - 25 * complaint + rng.normal(0, 8, len(home))
    found = case_mix(y, home.tolist(), {"purpose": ["complaint" if one else "advice" for one in complaint]})
    (effect,) = found.effects.values()
    assert abs(effect) == pytest.approx(25, abs=0.6)
    truth = quality - quality.mean()
    assert np.abs((found.adjusted - found.adjusted.mean()) - truth).mean() < 0.6
    assert np.abs((found.raw - found.raw.mean()) - truth).mean() > 3
    # The stated variance is that of the estimate: most lie within two of its roots.
    error = (found.adjusted - found.adjusted.mean()) - truth
    assert 0.5 < (error**2 / found.variance).mean() < 1.6


def test_by_hand() -> None:
    # Two branches, the same effect of the channel within each: phone scores 10 lower.
    scores = [90.0, 80.0, 80.0, 70.0, 60.0, 60.0]
    channels = ["web", "phone", "phone", "web", "phone", "phone"]
    found = case_mix(scores, ["a", "a", "a", "b", "b", "b"], {"channel": channels})
    assert found.effects == pytest.approx({("channel", "web"): 10.0})
    assert found.adjusted == pytest.approx(found.raw)  # both have the same mix
    more = case_mix([*scores, 70.0], [*"aaabbb", "b"], {"channel": [*channels, "web"]})
    assert more.effects == pytest.approx({("channel", "web"): 10.0})
    # Of seven visits three were by web: a has one of three, b two of four.
    assert more.adjusted == pytest.approx([250 / 3 - 10 * (1 / 3 - 3 / 7), 65 - 10 * (2 / 4 - 3 / 7)])


def test_without_factors_nothing_moves() -> None:
    found = case_mix([1.0, 3.0, 5.0], ["a", "a", "b"], {})
    assert found.adjusted.tolist() == found.raw.tolist() == [2.0, 5.0]
    same = case_mix([1.0, 3.0, 5.0], ["a", "a", "b"], {"language": ["he", "he", "he"]})
    assert same.adjusted.tolist() == [2.0, 5.0]


def test_a_level_that_only_one_branch_has_moves_nothing() -> None:
    found = case_mix([1.0, 3.0, 5.0, 7.0], ["a", "a", "b", "b"], {"channel": ["web", "web", "kiosk", "kiosk"]})
    assert found.adjusted == pytest.approx(found.raw)


@pytest.mark.parametrize(
    ("scores", "branches", "factors"),
    [
        ([], [], {}),
        ([1.0], ["a", "b"], {}),
        ([1.0, 2.0], ["a", "b"], {"language": ["he"]}),
        ([float("nan")], ["a"], {}),
    ],
)
def test_lengths_that_differ_are_refused(
    scores: list[float], branches: list[str], factors: dict[str, list[str]]
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        case_mix(scores, branches, factors)
