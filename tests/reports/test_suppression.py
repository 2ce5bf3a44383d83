"""What is shown gives no small group away: the fast rule against plain linear algebra, and against subtraction."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.suppression import (
    COMPLEMENTARY,
    CONSECUTIVE,
    EMPTY,
    FEW,
    SHOWN,
    Decided,
    Ledger,
    complement,
    decide,
    families,
    shown_alone,
)

LEAST = 10


def derivable(shown: list[list[int]], group: tuple[int, ...], length: int) -> bool:
    """Whether the group's sum is a linear combination of the sums shown (the oracle: ranks of matrices)."""
    rows = np.zeros((len(shown), length))
    for row, months in enumerate(shown):
        rows[row, months] = 1
    wanted = np.zeros(length)
    wanted[list(group)] = 1
    return bool(np.linalg.matrix_rank(np.vstack([rows, wanted])) == np.linalg.matrix_rank(rows))


def given_away(sizes: list[int], shown: list[list[int]]) -> list[tuple[int, ...]]:
    """Every group of months with a few responses whose sum can be worked out; empty months are known to all."""
    known = shown + [[month] for month, size in enumerate(sizes) if size == 0]
    months = [month for month, size in enumerate(sizes) if size > 0]
    groups = itertools.chain.from_iterable(itertools.combinations(months, k) for k in range(1, len(months) + 1))
    return [
        group
        for group in groups
        if sum(sizes[month] for month in group) < LEAST and known and derivable(known, group, len(sizes))
    ]


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from([0, 1, 3, 6, 9, 12, 30]), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(0, 7), st.integers(1, 8)), max_size=7),
)
def test_ledger_agrees_with_linear_algebra(sizes: list[int], wished: list[tuple[int, int]]) -> None:
    """It refuses a window exactly when showing it would let somebody work out a small group."""
    ledger = Ledger(sizes, LEAST)
    shown: list[list[int]] = []
    for start, length in wished:
        end = min(start + length, len(sizes))
        if start >= end:
            continue
        months = list(range(start, end))
        safe = not given_away(sizes, [*shown, months])
        assert ledger.show(start, end) == safe
        if safe:
            shown.append(months)


def test_ledger_agrees_with_linear_algebra_where_groups_are_many() -> None:
    """Few sizes, many windows: several ways lead back to the same node."""
    random = np.random.default_rng(21)
    refused = 0
    for _ in range(250):
        sizes = random.choice([2, 7, 8], 7).tolist()
        ledger = Ledger(sizes, LEAST)
        shown: list[list[int]] = []
        for _window in range(6):
            start = int(random.integers(0, 6))
            months = list(range(start, int(random.integers(start + 2, 9)))) if start < 6 else [6]
            months = [month for month in months if month < 7]
            safe = not given_away(sizes, [*shown, months])
            assert ledger.show(months[0], months[-1] + 1) == safe
            refused += not safe
            if safe:
                shown.append(months)
    assert refused > 100


@settings(max_examples=60)
@given(st.lists(st.integers(0, 25), min_size=3, max_size=8))
def test_nothing_shown_over_time_gives_a_small_group_away(sizes: list[int]) -> None:
    decided = decide(np.array([sizes]), ["all"], 3, LEAST)
    shown = [list(range(max(end - 2, 0), end + 1)) for end in range(len(sizes)) if decided.window[0, end] == SHOWN]
    shown += [[month] for month in range(len(sizes)) if decided.month[0, month] == SHOWN]
    assert given_away(sizes, shown) == []
    for months in shown:
        assert sum(sizes[month] for month in months) >= LEAST


def test_two_more_answers_after_a_shown_window_are_not_given_away() -> None:
    """Twelve answers in the first month, two in the second: the second window would tell what the two said."""
    decided = decide(np.array([[12, 2, 0, 0, 30]]), ["all"], 3, LEAST)
    assert decided.window[0].tolist() == [SHOWN, CONSECUTIVE, CONSECUTIVE, FEW, SHOWN]
    assert decided.month[0].tolist() == [SHOWN, FEW, EMPTY, EMPTY, SHOWN]


def test_a_month_that_would_complete_its_window_is_hidden() -> None:
    """Three months of a shown window, one of them small: the other two cannot both be shown."""
    decided = decide(np.array([[40, 40, 40, 12, 4, 12]]), ["all"], 3, LEAST)
    assert decided.window[0].tolist() == [SHOWN] * 4 + [CONSECUTIVE, SHOWN]
    assert decided.month[0].tolist() == [SHOWN] * 4 + [FEW, CONSECUTIVE]


def test_plenty_of_answers_hide_nothing() -> None:
    decided = decide(np.full((4, 24), 10), ["a", "a", "b", "b"], 3, LEAST)
    assert (decided.window == SHOWN).all()
    assert (decided.month == SHOWN).all()


def last(sizes: list[int], groups: str, others: int = 0) -> list[int]:
    """The last month's decisions of units that had nothing before."""
    column = np.array(sizes)[:, None]
    outside = np.full_like(column, others)
    decided: Decided = decide(column, list(groups), 3, LEAST, outside)
    return [int(code) for code in decided.window[:, -1]]


def test_a_single_hidden_sibling_takes_the_next_smallest_along() -> None:
    assert last([4, 60, 25, 70], "aaaa") == [FEW, SHOWN, COMPLEMENTARY, SHOWN]


def test_hidden_siblings_enough_together_stay_alone() -> None:
    assert last([4, 6, 25, 70], "aaaa") == [FEW, FEW, SHOWN, SHOWN]


def test_few_hidden_siblings_take_one_along_only_in_their_region() -> None:
    assert last([4, 3, 25, 70, 25], "aaaab") == [FEW, FEW, COMPLEMENTARY, SHOWN, SHOWN]


def test_nobody_is_hidden_for_a_sibling_without_answers() -> None:
    assert last([0, 60, 25], "aaa") == [EMPTY, SHOWN, SHOWN]


def test_answers_outside_the_listed_units_hide_like_a_sibling() -> None:
    """A branch's answers that name no agent: with few of them the smallest agent would be given away by none."""
    assert last([40, 25], "aa", others=4) == [SHOWN, COMPLEMENTARY]
    assert last([40, 25], "aa", others=14) == [SHOWN, SHOWN]
    assert last([4, 25], "aa", others=14) == [FEW, SHOWN]


def test_one_sibling_hidden_for_its_past_is_not_left_alone() -> None:
    """Its window is large, but subtraction would bring it back, and with it the small difference."""
    sizes = np.array([[12, 2], [60, 60], [30, 30]])
    decided = decide(sizes, ["a", "a", "a"], 3, LEAST)
    assert decided.window[:, -1].tolist() == [CONSECUTIVE, SHOWN, COMPLEMENTARY]


@given(
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from("ab")), min_size=1, max_size=9),
    st.integers(0, 15),
)
def test_what_is_hidden_under_one_total_is_never_a_small_group(units: list[tuple[int, str]], others: int) -> None:
    sizes = np.array([size for size, _ in units])
    groups = [group for _, group in units]
    decisions = np.where(sizes == 0, EMPTY, np.where(sizes < LEAST, FEW, SHOWN)).astype(np.int8)
    complement(sizes, decisions, families(groups), LEAST, np.full_like(sizes, others))
    for group in set(groups):
        own = np.array([name == group for name in groups])
        hidden = int(sizes[own & (decisions != SHOWN)].sum()) + others
        shown = int((own & (decisions == SHOWN)).sum())
        assert hidden == 0 or hidden >= LEAST or shown == 0


def test_shown_once_beside_a_total_no_difference_is_of_few() -> None:
    assert shown_alone([40, 12, 30], 10) == [True, True, True]
    assert shown_alone([40, 4, 12, 30], 10) == [True, False, False, True], "one hidden alone would be the difference"
    assert shown_alone([40, 4, 7, 12], 10) == [True, False, False, True], "two together are enough"
    assert shown_alone([0, 25], 10) == [False, True]
    assert shown_alone([], 10) == []
