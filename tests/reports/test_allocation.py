"""Chances of being drawn and what so many answers can tell: by hand, by property, and over simulated quarters."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.allocation import MARGIN, WINDOW_DAYS, Cell, detectable_change, half_width, inclusion
from reports.measures import proportion_interval
from reports.sampling import surveys_needed

#: Answers that a target of 30 aims at in 28 days.
AIM = (30 + MARGIN * math.sqrt(30)) * 28 / 91


def chances(*cells: Cell, done: dict[int, float] | None = None, **more: float) -> dict[tuple[int, str], float]:
    return inclusion(cells, done or {}, **{"target": 30, "base_rate": 0.1, "elapsed": 0, **more})


def test_a_large_branch_is_asked_at_the_base_rate_and_a_small_one_wholly() -> None:
    found = chances(Cell(1, "loan", 5000, 0.15), Cell(2, "loan", 40, 0.15))
    assert found == {(1, "loan"): 0.1, (2, "loan"): 1.0}


def test_in_between_it_is_what_the_target_needs() -> None:
    found = chances(Cell(1, "loan", 300, 0.2))
    assert found[1, "loan"] == pytest.approx(AIM / (300 * 0.2))


def test_reasons_give_answers_in_proportion_to_their_visits() -> None:
    cells = (Cell(1, "loan", 200, 0.3), Cell(1, "teller", 600, 0.1))
    found = chances(*cells, base_rate=0.01)
    answers = {one.reason: found[1, one.reason] * one.volume * one.response for one in cells}
    assert sum(answers.values()) == pytest.approx(AIM)
    assert answers["teller"] / answers["loan"] == pytest.approx(3)


def test_what_a_reason_cannot_give_is_asked_of_the_others() -> None:
    cells = (Cell(1, "loan", 100, 0.03), Cell(1, "teller", 200, 0.5))
    found = chances(*cells, base_rate=0.01)
    assert found[1, "loan"] == 1
    assert sum(found[1, one.reason] * one.volume * one.response for one in cells) == pytest.approx(AIM)


def test_behind_is_asked_more_and_ahead_less() -> None:
    cell = Cell(1, "loan", 1000, 0.2)
    even = (30 + MARGIN * math.sqrt(30)) * 45.5 / 91
    behind, level, ahead = (
        chances(cell, done={1: done}, elapsed=45.5, base_rate=0.001)[1, "loan"] for done in (even - 10, even, even + 5)
    )
    assert behind - level == pytest.approx(10 / 200)
    assert level - ahead == pytest.approx(5 / 200)
    assert chances(cell, done={1: 500}, elapsed=91)[1, "loan"] == 0.1


def test_nobody_came_yet_means_that_whoever_comes_is_asked() -> None:
    assert chances(Cell(1, "loan", 0, 0.2)) == {(1, "loan"): 1.0}


def test_a_limit_presses_all_chances_alike() -> None:
    cells = (Cell(1, "loan", 1000, 0.15), Cell(2, "loan", 100, 0.15))
    free, pressed = chances(*cells), chances(*cells, at_most=50)
    expected = sum(pressed[one.branch, one.reason] * one.volume for one in cells)
    assert expected == pytest.approx(50)
    assert pressed[1, "loan"] / free[1, "loan"] == pytest.approx(pressed[2, "loan"] / free[2, "loan"])
    assert chances(*cells, at_most=1e9) == free


@given(
    volumes=st.lists(st.floats(0, 1e5), min_size=1, max_size=6),
    response=st.floats(0.001, 1),
    target=st.floats(0.5, 1e4),
    base_rate=st.floats(0.001, 1),
    done=st.floats(0, 1e4),
    elapsed=st.floats(0, 400),
)
def test_chances_are_chances(
    volumes: list[float], response: float, target: float, base_rate: float, done: float, elapsed: float
) -> None:
    cells = [Cell(place % 2, str(place), volume, response) for place, volume in enumerate(volumes)]
    found = inclusion(cells, {0: done}, target=target, base_rate=base_rate, elapsed=elapsed)
    assert len(found) == len(cells)
    assert all(base_rate <= chance <= 1 for chance in found.values())


@pytest.mark.parametrize(
    "impossible",
    [
        lambda: chances(Cell(1, "a", -1, 0.1)),
        lambda: chances(Cell(1, "a", math.nan, 0.1)),
        lambda: chances(Cell(1, "a", 1, 0)),
        lambda: chances(Cell(1, "a", 1, 1.1)),
        lambda: chances(Cell(1, "a", 1, 0.1), done={1: -1}),
        lambda: chances(Cell(1, "a", 1, 0.1), target=0),
        lambda: chances(Cell(1, "a", 1, 0.1), base_rate=0),
        lambda: chances(Cell(1, "a", 1, 0.1), elapsed=-1),
        lambda: chances(Cell(1, "a", 1, 0.1), at_most=0),
        lambda: half_width(0.5, 0),
        lambda: half_width(1.5, 10),
        lambda: detectable_change(0, 10),
        lambda: detectable_change(1, 10),
        lambda: detectable_change(0.5, 0),
        lambda: detectable_change(0.5, 10, power=1),
        lambda: detectable_change(0.5, 10, alpha=0),
    ],
)
def test_what_cannot_be_is_refused(impossible: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - every one of them
        impossible()  # type: ignore[operator]


def test_half_width_is_that_of_wilson_s_interval() -> None:
    low, high = proportion_interval(24, 30)
    assert half_width(0.8, 30) == pytest.approx((high - low) / 2)
    assert half_width(0.5, 96) == pytest.approx(0.098, abs=0.001)


@given(share=st.floats(0.05, 0.95), n=st.integers(20, 5000))
def test_the_detectable_change_is_the_inverse_of_the_answers_needed(share: float, n: int) -> None:
    change = detectable_change(share, n)
    assert change is not None
    ways = [other for other in (share - change, share + change) if 0 <= other <= 1]
    assert max(surveys_needed(share, other) for other in ways) <= n
    # A hair less is not seen in the harder direction.
    less = [other for other in (share - change * 0.98, share + change * 0.98) if 0 <= other <= 1]
    assert max(surveys_needed(share, other) for other in less) >= min(n, max(surveys_needed(share, w) for w in ways))


def test_known_changes() -> None:
    assert detectable_change(0.6, 356) == pytest.approx(0.1043, abs=0.0002)
    assert surveys_needed(0.6, 0.7) == 356
    assert detectable_change(0.5, 3) is None


#: Interactions in 28 days of the simulated branches: the smallest could only just bring 30 answers.
VOLUMES = (260, 320, 400, 600, 1000, 3000)
RESPONSE = {"teller": 0.12, "loan": 0.18}


def quarter(seed: int, days: int = 182) -> tuple[np.ndarray, np.ndarray]:
    """Answers and invitations by day and branch, with chances reckoned anew every day from what came in."""
    random = np.random.default_rng(seed)
    parts = {"teller": 0.7, "loan": 0.3}
    answers, invitations = np.zeros((days + 4, len(VOLUMES))), np.zeros((days, len(VOLUMES)))
    for day in range(days):
        cells = [
            Cell(branch, reason, volume * part, RESPONSE[reason])
            for branch, volume in enumerate(VOLUMES)
            for reason, part in parts.items()
        ]
        window = answers[max(0, day - WINDOW_DAYS) : day].sum(axis=0)
        found = inclusion(cells, dict(enumerate(window)), target=30, base_rate=0.05, elapsed=day)
        for cell in cells:
            asked = random.binomial(random.poisson(cell.volume / 28), found[cell.branch, cell.reason])
            invitations[day, cell.branch] += asked
            answers[day + random.integers(0, 4), cell.branch] += random.binomial(asked, cell.response)
    return answers, invitations


def test_small_branches_reach_their_base_in_a_quarter_and_large_ones_are_not_overasked() -> None:
    runs = [quarter(seed) for seed in range(12)]
    ends = np.array([answers[:WINDOW_DAYS].sum(axis=0) for answers, _asked in runs])
    later = np.array([answers[91:182].sum(axis=0) for answers, _asked in runs])
    rates = np.array([asked[:WINDOW_DAYS].sum(axis=0) for _answers, asked in runs]) / (np.array(VOLUMES) * 91 / 28)
    lines = [
        "visits in 28 days, answers (least, mean) of the first quarter, of the second, part invited, bases reached"
    ]
    for place, volume in enumerate(VOLUMES):
        first, second = ends[:, place], later[:, place]
        lines.append(
            f"{volume:6d}  {first.min():3.0f} {first.mean():5.1f}  {second.min():3.0f} {second.mean():5.1f}"
            f"  {rates[:, place].mean():.2f}  {(first >= 30).mean():.2f} {(second >= 30).mean():.2f}"
        )
    print("\n".join(lines))
    assert (ends >= 30).mean() >= 0.9
    assert (later >= 30).mean() >= 0.9
    assert rates[:, -1].mean() == pytest.approx(0.05, abs=0.005)
    assert ends[:, :-1].mean() < 40
