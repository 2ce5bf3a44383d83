"""Shares and times of closing the loop: who counts as won back, and what is said of two groups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.loop import CaseRow, loyalty_effect, recovered, share, speed_effect, spread


def closed(how: str, **more: object) -> CaseRow:
    return CaseRow(branch=1, opened=True, closed=True, how=how, **more)  # type: ignore[arg-type]


def test_only_the_customers_own_word_saves() -> None:
    rows = [
        *[closed("confirmed")] * 6,
        *[closed("unconfirmed")] * 3,
        closed("no_contact"),
        closed("withdrawn"),
        closed("erased"),
        CaseRow(branch=1, opened=True, standing=True, overdue=True),
    ]
    found = recovered(rows)
    assert found.saved is not None
    assert (found.saved.n, found.saved.of) == (6, 9), "whom nobody could ask is in no share, silence saves nobody"
    # Wilson (1927), by its formula with z = 1.959964.
    assert found.saved.low == pytest.approx(35.42, abs=0.01)
    assert found.saved.high == pytest.approx(87.94, abs=0.01)
    assert found.apart == {"no_contact": 1, "withdrawn": 1, "erased": 1}
    assert (found.opened, found.closed, found.standing, found.overdue) == (13, 12, 1, 1)


def test_times_are_medians_of_what_happened() -> None:
    found = recovered([closed("confirmed", contact=hours, solve=None) for hours in (1.0, 2.0, 3.0, 4.0, 100.0)])
    assert found.contact is not None
    assert (found.contact.n, found.contact.median, found.contact.low, found.contact.high) == (5, 3.0, 2.0, 4.0)
    assert found.solve is None


def test_whoever_waits_still_counts_as_long_as_known() -> None:
    # Two of six wait: one for 2.5 hours so far, one for 30. By hand, as Kaplan and Meier (1958).
    found = spread([1.0, 2.0, 3.0, 8.0], [2.5, 30.0])
    assert found is not None
    assert (found.n, found.waiting, found.low, found.median, found.high) == (6, 2, 2.0, 3.0, 8.0)
    slow = spread([1.0], [20.0] * 9)
    assert slow is not None
    assert (slow.n, slow.waiting, slow.median) == (10, 9, None), "one quick contact of ten is no quick branch"
    nobody = spread([], [5.0])
    assert nobody is not None
    assert (nobody.n, nobody.waiting, nobody.low) == (1, 1, None)


def test_one_contact_counts_only_of_what_is_done() -> None:
    rows = [closed("confirmed", at_once=True), closed("unconfirmed", at_once=False), closed("withdrawn", at_once=None)]
    found = recovered(rows).at_once
    assert found is not None
    assert (found.n, found.of) == (1, 2)


def test_what_speed_and_leaving_go_with() -> None:
    rows = [
        *[closed("confirmed", contact=2.0, left=False)] * 40,
        *[closed("unconfirmed", contact=2.0, left=True)] * 10,
        *[closed("confirmed", contact=20.0, left=False)] * 20,
        *[closed("unconfirmed", contact=20.0, left=False)] * 30,
        # Nobody can say of these: no contact at all, nobody asked, nobody known.
        closed("unconfirmed", left=None),
        closed("withdrawn", contact=2.0, left=True),
    ]
    fast = speed_effect(rows, 8.0)
    assert fast is not None
    assert (fast.first.n, fast.first.of, fast.second.n, fast.second.of) == (40, 50, 20, 50)
    assert fast.value == pytest.approx(40)
    assert 20 < fast.low < 40 < fast.high < 58
    gone = loyalty_effect(rows)
    assert gone is not None
    assert (gone.first.n, gone.first.of, gone.second.n, gone.second.of) == (10, 40, 0, 60)
    assert gone.low > 0


def test_nothing_says_nothing() -> None:
    found = recovered([])
    assert (found.saved, found.contact, found.at_once) == (None, None, None)
    assert speed_effect([], 8) is None
    assert loyalty_effect([closed("confirmed", left=True)]) is None
    assert spread([None]) is None
    with pytest.raises(ValueError, match="part"):
        share(3, 2)


@given(st.integers(1, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_an_interval_holds_its_share(counts: tuple[int, int]) -> None:
    found = share(*counts)
    assert found is not None
    assert 0 <= found.low <= found.value + 1e-9 <= found.high + 2e-9 <= 100 + 3e-9
