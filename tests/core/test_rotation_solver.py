"""The planner as pure functions: every hard rule held, every visit without a place explained, the same twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from survey_app.errors import UserError
from survey_app.field.rotation import targets, wording
from survey_app.field.rotation.connected import connected
from survey_app.field.rotation.days import APART
from survey_app.field.rotation.explaining import CAUSES, Explained, explain
from survey_app.field.rotation.problem import Planned, Problem
from survey_app.field.rotation.settings import Settings
from survey_app.field.rotation.solving import Stopped, solve
from survey_app.field.rotation.summing import Summary
from survey_app.field.rules import Window
from tests.support.rotation import TOWNS, country, faults, place, problem, shopper, working_days

DAYS = working_days()
#: Two points within the same town, and one at the other end of the country.
HERE, NEAR, FAR = TOWNS[7], TOWNS[9], TOWNS[17]


def planned(one: Problem) -> list[Planned]:
    return list(solve(one).planned)


def why(one: Problem) -> list[Explained]:
    solved = solve(one)
    return list(explain(one, [*one.fixed, *solved.planned], solved.unplaced))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_month_like_a_real_one_breaks_no_rule_and_comes_out_the_same_twice(seed: int) -> None:
    month = country(20, 2, 10, seed=seed, seconds=4)
    first, second = solve(month), solve(month)
    assert first.planned == second.planned
    assert not faults(month, list(first.planned))
    assert len(first.planned) + len(first.unplaced) == 40
    assert len(first.planned) >= 30


def test_quotas_of_windows_and_scenarios_are_met_where_everything_is_possible() -> None:
    month = problem([place(n, point=HERE) for n in range(1, 11)], [shopper(n, home=HERE) for n in range(1, 9)])
    found = Summary(month, planned(month))
    assert [line.planned for line in found.windows.values()] == [8, 8, 4]
    assert [line.planned for line in found.scenarios.values()] == [10, 5, 5]
    assert found.lacking == 0
    assert all(line.planned == 2 for line in found.branches.values())
    assert found.after.whole
    assert all(count == 2 for count in found.after.shoppers_of.values()), "two shoppers, not one twice"


def test_a_shopper_does_not_come_twice_within_the_lockout_nor_beyond_own_limits() -> None:
    month = problem([place(1, quota=3)], [shopper(1, most_a_month=5), shopper(2)], rules={"lockout_days": 60})
    assert Counter(one.shopper for one in planned(month)) == {1: 1, 2: 1}
    short = problem([place(1, quota=3)], [shopper(1)], rules={"lockout_days": 10})
    days = sorted(one.day for one in planned(short))
    assert len(days) == 3
    assert min(later - day for day, later in pairwise(days)) >= timedelta(days=10)


def test_no_two_visits_of_one_hour_far_from_each_other() -> None:
    day = DAYS[3]
    window = (Window(("sun", "mon", "tue", "wed", "thu"), "09:00", "11:00"),)
    together = [place(1, point=HERE, days=(day,), quota=1), place(2, point=NEAR, days=(day,), quota=1)]
    apart = [together[0], place(2, point=FAR, days=(day,), quota=1)]
    assert len(planned(problem(together, [shopper(1)], rules={"windows": window}))) == 2
    month = problem(apart, [shopper(1)], rules={"windows": window})
    assert len(planned(month)) == 1
    assert [one.counts for one in why(month)] == [{"elsewhere": 1}]


def test_the_funnel_of_reasons_adds_up_to_all_shoppers() -> None:
    everybody = [
        *(shopper(n, certified_until=None) for n in (1, 2, 3)),
        *(shopper(n, visited={1: [DAYS[0] - timedelta(days=5)]}) for n in (4, 5)),
        shopper(6, absences=[(DAYS[0], DAYS[-1])]),
        shopper(7, conflicts={("bank", "20"): None}),
        shopper(8, home=FAR, reach_km=10),
        shopper(9, held_in={"2026-12": 12}),
    ]
    month = problem([place(1, point=HERE, quota=1)], everybody, rules={"lockout_days": 90})
    (found,) = why(month)
    expected = {"conflict": 1, "not_certified": 3, "locked_out": 2, "absent": 1, "too_far": 1, "full_month": 1}
    assert dict(found.counts) == expected
    assert sum(found.counts.values()) == len(everybody)
    assert Explained.load(found.dump()) == replace(found, near=list(found.near), counts=dict(found.counts))
    assert found.near[0][1] == ("too_far",) or len(found.near[0][1]) == 1
    assert "9" in " ".join(wording.sentences(found))


@pytest.mark.parametrize("cause", ["no_notice", "notice_late", "closed", "over"])
def test_a_branch_without_a_day_says_why(cause: str) -> None:
    month = problem([place(1, days=(), why_no_day=cause, quota=1), place(2, quota=1)], [shopper(1)])
    (found,) = why(month)
    assert (found.branch, found.cause) == (1, cause)
    assert wording.sentences(found) == [str(CAUSES[cause])]


def test_the_budget_holds_and_every_branch_gets_one_before_any_gets_two() -> None:
    rules = {"fee": 100, "expense_cap": 0, "budget": 500}
    month = problem([place(n) for n in range(1, 5)], [shopper(n) for n in range(1, 9)], rules=rules, spent=100)
    found = planned(month)
    assert Counter(one.branch for one in found) == {1: 1, 2: 1, 3: 1, 4: 1}
    assert {one.cause for one in why(month)} == {"budget"}


def test_what_is_fixed_stays_and_what_was_planned_before_is_kept() -> None:
    month = country(12, 2, 8, seed=5, seconds=3)
    before = planned(month)
    fixed = [replace(one, fixed=True) for one in before[:3]]
    again = replace(month, fixed=fixed, former=before[3:])
    after = planned(again)
    assert not faults(again, [*fixed, *after])
    kept = {(one.branch, one.shopper) for one in after} & {(one.branch, one.shopper) for one in before[3:]}
    assert len(kept) >= 0.8 * len(before[3:])


def test_what_was_taken_out_by_hand_is_not_planned_again() -> None:
    month = problem([place(1), place(2)], [shopper(n) for n in range(1, 5)], settings={"left_out": {1: 1}})
    assert Counter(one.branch for one in planned(month)) == {1: 1, 2: 2}


def test_load_follows_what_each_can_take_and_connection_is_sought() -> None:
    month = problem(
        [place(n, point=HERE) for n in range(1, 13)],
        [shopper(1, home=HERE, most_a_month=12), *(shopper(n, home=HERE, most_a_month=6) for n in (2, 3))],
    )
    loads = Counter(one.shopper for one in planned(month))
    assert loads[1] == 12
    assert loads[2] == loads[3] == 6
    known = frozenset((1, n) for n in range(1, 7))
    seen = problem(
        [place(n, point=HERE, quota=1) for n in range(1, 7)],
        [shopper(1, home=HERE), shopper(2, home=HERE)],
        history=known,
        settings={"load": 0},
    )
    assert {one.shopper for one in planned(seen)} == {2}, "each branch needs another shopper's eyes"


def test_progress_is_told_and_can_end_it() -> None:
    month = country(10, 2, 6, seed=1, seconds=3)
    told: list[tuple[str, float]] = []
    solve(month, lambda phase, share, seconds, placed: told.append((phase, share)) is None)
    assert {phase for phase, _ in told} == {"reading", "people", "days", "filling"}
    assert 0 <= min(share for _, share in told) <= max(share for _, share in told) < 1
    with pytest.raises(Stopped):
        solve(month, lambda phase, share, seconds, placed: phase != "days")


def test_shares_become_whole_numbers() -> None:
    assert targets.by_shares(10, {"a": 1, "b": 1, "c": 1}) == {"a": 4, "b": 3, "c": 3}
    assert targets.by_shares(0, {"a": 2}) == {"a": 0}
    assert targets.by_shares(7, {"a": 0}) == {"a": 0}


def test_groups_that_share_nobody_are_told_apart() -> None:
    found = connected({(1, 1), (1, 2), (2, 2), (3, 7)}, [1, 2, 7, 9], [1, 2, 3, 4])
    assert found.groups == ((1, 2), (7,))
    assert not found.whole
    assert found.branches_short == [1, 7, 9]
    assert found.shoppers_short == [1, 2, 3]
    assert connected({(1, 1), (1, 2)}, [1, 2], [1]).whole


def test_settings_are_kept_by_what_differs_and_refused_out_of_range() -> None:
    assert Settings().dump() == {}
    assert Settings.load_from(Settings(load=3, left_out={7: 2}).dump()) == Settings(load=3, left_out={7: 2})
    for stored in ({"load": 4}, {"seconds": 1}, {"seed": True}, {"colour": 1}):
        with pytest.raises(UserError):
            Settings.load_from(stored)


def test_a_month_with_nobody_and_nothing_is_no_fault() -> None:
    assert solve(problem([], [])).planned == ()
    (found,) = why(problem([place(1, quota=1)], []))
    assert found.cause == "no_shoppers"
    assert found.day is not None
    assert date.fromisoformat(found.dump()["day"]) == found.day


def _weeks(found: list[Planned]) -> Counter[date]:
    return Counter(targets.week(one.day) for one in found)


def _apart(found: list[Planned]) -> dict[int, int]:
    """Branch -> days between its two nearest visits."""
    days: dict[int, list[date]] = {}
    for one in found:
        days.setdefault(one.branch, []).append(one.day)
    return {branch: min((b - a).days for a, b in pairwise(sorted(own))) for branch, own in days.items() if len(own) > 1}


def test_visits_lie_evenly_over_the_weeks_and_days_of_the_month() -> None:
    month = problem([place(n, point=HERE, quota=1) for n in range(1, 13)], [shopper(n, home=HERE) for n in range(1, 7)])
    found = planned(month)
    assert len({one.day for one in found}) == 12, "no day has two while others have none"
    lines = Summary(month, found).weeks
    assert all(line.planned == line.wanted for line in lines.values())
    assert sum(line.wanted for line in lines.values()) == 12
    assert max(line.wanted for line in lines.values()) <= 4
    assert max(one.day for one in found) - min(one.day for one in found) >= timedelta(days=20)


@pytest.mark.parametrize("seed", [1, 2])
def test_two_visits_of_a_branch_are_far_apart_and_not_alike(seed: int) -> None:
    month = country(20, 2, 10, seed=seed, seconds=4)
    found = planned(month)
    apart = _apart(found)
    assert sum(days >= APART.days for days in apart.values()) >= 0.9 * len(apart)
    twice = Counter((one.branch, one.day.weekday(), one.window) for one in found)
    assert max(twice.values()) == 1
    assert all(line.over <= 1 for line in Summary(month, found).weeks.values())


def test_what_is_there_already_and_what_is_fixed_have_their_part_of_a_week() -> None:
    days = [day for day in DAYS if day >= DAYS[8]]
    there = {1: frozenset({DAYS[0]}), 2: frozenset({days[0]})}
    places = [
        place(n, days=tuple(days), quota=1, taken=there.get(n, frozenset()), done=int(n in there)) for n in (1, 2)
    ]
    places += [place(n, point=HERE, days=tuple(days), quota=2) for n in range(3, 8)]
    month = problem(places, [shopper(n, home=HERE) for n in range(1, 6)])
    month = replace(month, fixed=[Planned(3, 1, 0, days[1], 1, fixed=True)])
    found = planned(month)
    assert len(found) == 9
    assert min(one.day for one in found) >= days[0]
    lines = Summary(month, [*month.fixed, *found]).weeks
    assert all(abs(line.there - line.wanted) <= 1 for line in lines.values())
    assert lines[targets.week(DAYS[0])].done == 1
    other = next(one for one in found if one.branch == 3)
    assert abs((other.day - days[1]).days) >= APART.days


def test_a_branch_that_is_told_late_is_visited_late_and_the_others_make_room() -> None:
    late = tuple(day for day in DAYS if day >= DAYS[-5])
    places = [place(n, point=HERE, days=late, quota=1) for n in (1, 2, 3)]
    places += [place(n, point=HERE, quota=1) for n in range(4, 13)]
    found = planned(problem(places, [shopper(n, home=HERE) for n in range(1, 7)]))
    assert {one.branch for one in found if one.day in late} >= {1, 2, 3}
    assert max(Counter(one.day for one in found).values()) == 1


def test_a_plan_that_does_not_seek_an_even_month_may_be_uneven() -> None:
    wished = country(12, 2, 8, seed=3, seconds=3)
    careless = replace(wished, settings=replace(wished.settings, spread=0))
    assert sum(days >= APART.days for days in _apart(planned(wished)).values()) > sum(
        days >= APART.days for days in _apart(planned(careless)).values()
    )
