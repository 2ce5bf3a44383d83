"""Which cases are one fault that hits many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from scipy.stats import poisson

from survey_app.loop.likeness import DAYS_BEFORE, Opened, at_least, groups

NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)


def case(number: int, hours_ago: float = 1, branch: int = 1, subject: str = "digital", **more: Any) -> Opened:
    return Opened(number, NOW - timedelta(hours=hours_ago), branch, subject, **more)


def found(
    recent: list[Opened], before: list[Opened] | None = None, passed: dict[str, datetime] | None = None
) -> list[tuple[str, tuple[int, ...]]]:
    return [(one.key, one.ids) for one in groups(recent, before or [], least=4, hours=48, passed=passed or {})]


def test_four_of_one_branch_and_subject_are_a_group() -> None:
    four = [case(number, 5 - number) for number in range(1, 5)]
    assert found(four) == [("branch:1:digital", (1, 2, 3, 4))]
    assert found(four[:3]) == [], "three are not enough"
    assert found([*four[:3], case(4, branch=2)]) == []


def test_a_theme_or_a_cause_outside_the_branch_joins_branches() -> None:
    themed = [case(number, branch=number, themes=("cards",)) for number in range(1, 5)]
    assert found(themed) == [("theme:cards", (1, 2, 3, 4))]
    caused = [case(number, branch=number, cause="system") for number in range(1, 5)]
    assert found(caused) == [("cause:system:digital", (1, 2, 3, 4))]
    assert found([case(number, branch=number, cause="care") for number in range(1, 5)]) == [], "one employee's care"


def test_what_is_usual_is_no_incident() -> None:
    four = [case(number) for number in range(1, 5)]
    usual = [case(100 + number, 60 + 12 * number) for number in range(40)]
    assert found(four, usual) == []
    assert found([case(number) for number in range(1, 13)], usual) == [("branch:1:digital", tuple(range(1, 13)))]


def test_of_many_likenesses_one_is_crowded_by_chance_and_no_incident_for_that() -> None:
    # Ten in two days where three are usual happen once in a thousand: among a hundred themes that is nothing.
    crowd = [case(number, branch=number, themes=("cards",)) for number in range(1, 11)]
    usual = [case(1000 + n, 50 + 15 * n, branch=5000 + n, themes=("cards",)) for n in range(40)]
    assert [key for key, _ids in found(crowd, usual)] == ["theme:cards"]
    others = [case(100 + n, branch=100 + n, themes=(f"theme{n}",)) for n in range(400)]
    assert found([*crowd, *others], usual) == []


def test_each_case_is_in_one_group_the_largest_first() -> None:
    both = [case(number, themes=("cards",)) for number in range(1, 5)]
    more = [case(number, branch=2, themes=("cards",)) for number in range(5, 9)]
    assert [ids for _key, ids in found([*both, *more])] == [tuple(range(1, 9))]


def test_what_was_decided_is_not_proposed_again() -> None:
    early = [case(number, 10) for number in range(1, 5)]
    decided = {"branch:1:digital": NOW - timedelta(hours=5)}
    assert found(early, passed=decided) == []
    assert found([*early, *(case(number, 2) for number in range(5, 9))], passed=decided) == [
        ("branch:1:digital", (5, 6, 7, 8))
    ]


@pytest.mark.parametrize(("count", "mean"), [(0, 1.0), (1, 0.2), (4, 0.036), (7, 3.5), (12, 40.0)])
def test_the_chance_is_poisson_s(count: int, mean: float) -> None:
    assert at_least(count, mean) == pytest.approx(poisson.sf(count - 1, mean), abs=1e-12)


def test_bounds() -> None:
    assert DAYS_BEFORE == 28
    with pytest.raises(ValueError, match="two cases"):
        groups([], [], least=1, hours=48, passed={})
    with pytest.raises(ValueError, match="number from 0"):
        at_least(1, -1.0)
