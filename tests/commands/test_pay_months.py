"""Months of pay: what a visit earns, closed once and for all, corrections afterwards, files for payroll."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import pay
from survey_app.commands.pay import Changed, Closed
from survey_app.errors import UserError
from survey_app.field.paying import Earned, Paid, parts
from survey_app.models import Assignment, Entry, Expense, Letter, Payment, PayMonth, User
from survey_app.queries import expenses as expense_queries
from survey_app.queries import pay as queries
from survey_app.queries import payroll
from survey_app.transaction import transaction
from tests.commands.paying import CAP, FEE, NOVEMBER, OCTOBER, SEPTEMBER, World, both, due, paid, world
from tests.commands.together import together
from tests.support.factories import setting

__all__ = ["both", "world"]

# ---- what is due


def test_approved_and_voided_visits_are_paid_in_full_rejected_ones_not_and_returned_ones_not_yet(both: World) -> None:
    day = date(2026, 10, 20)
    approved, voided = both.visit("approved", day), both.visit("voided", day)
    for state in ("rejected", "returned", "submitted", "assigned"):
        both.visit(state, day)
    assert due(OCTOBER) == [(approved, "fee", FEE), (voided, "fee", FEE)]


def test_a_visit_belongs_to_the_month_in_which_it_was_decided_on_our_clock(world: World) -> None:
    number = world.visit("approved", None)
    # Half an hour after midnight in Jerusalem is still the last of October in UTC.
    world.change(number, decided_at=datetime(2026, 11, 1, 0, 30, tzinfo=clock.TIME_ZONE))
    assert due(OCTOBER) == []
    assert due(NOVEMBER) == [(number, "fee", FEE)]
    world.change(number, decided_at=datetime(2026, 10, 31, 23, 30, tzinfo=clock.TIME_ZONE))
    assert due(OCTOBER) == [(number, "fee", FEE)]


def test_a_visit_of_before_decisions_were_noted_counts_by_its_window(world: World) -> None:
    number = world.visit("approved", None)
    assert (due(OCTOBER), due(NOVEMBER)) == ([], [(number, "fee", FEE)])


def test_a_visit_without_a_fee_makes_no_line(world: World) -> None:
    world.visit("approved", date(2026, 10, 2), fee=0)
    assert due(OCTOBER) == []


def test_of_two_open_months_the_later_one_shows_only_what_the_earlier_leaves(both: World) -> None:
    october, november = both.visit("approved", date(2026, 10, 20)), both.visit("approved", date(2026, 11, 5))
    undated = both.visit("approved", None)
    with db.reading() as session:
        assert [one.assignment_id for one in queries.lines(session, OCTOBER)] == [october]
        assert [one.assignment_id for one in queries.lines(session, NOVEMBER)] == [november, undated]
        assert [one.total for one in (queries.statement(session, month) for month in (OCTOBER, NOVEMBER))] == [
            FEE,
            2 * FEE,
        ]
        whole = queries.statement(session, NOVEMBER, own=False).total
    assert both.close(NOVEMBER, seen=whole).total == 3 * FEE, "closing the later one alone pays both"


def test_a_correction_stands_in_the_first_open_month_only(world: World) -> None:
    september = world.visit("approved", date(2026, 9, 20))
    world.close(SEPTEMBER)
    world.change(september, fee=FEE + 500)
    with db.reading() as session:
        assert [one.sort for one in queries.lines(session, OCTOBER)] == ["correction"]
        assert queries.lines(session, NOVEMBER) == []


# ---- closing


def test_a_closed_month_stands_and_what_comes_later_is_paid_with_the_next(both: World) -> None:
    october, late = both.visit("approved", date(2026, 10, 20)), both.visit("submitted", None)
    bus = both.claim(october, 1_000)
    both.decide(bus, 600, "חלק")
    assert both.close(OCTOBER).total == FEE + 600
    stood = paid(OCTOBER)
    assert stood == [(october, "fee", FEE, ""), (october, "expenses", 600, "")]

    both.change(late, state="approved", decided_at=datetime(2026, 10, 30, 12, tzinfo=clock.TIME_ZONE))
    both.decide(bus, 1_000, "נבדק שוב")
    more = both.claim(october, 500)
    both.decide(more, 500)
    with transaction(Actor.user(both.coordinator), "pay.reprice") as session:
        pay.reprice(session, both.coordinator, october, FEE + 3_000, CAP, "סוכם על תוספת")
    both.close(NOVEMBER)
    assert paid(OCTOBER) == stood
    assert sorted(paid(NOVEMBER)) == sorted(
        [
            (october, "expenses", 900, ""),
            (october, "correction", 3_000, "סוכם על תוספת"),
            (late, "fee", FEE, ""),
        ]
    )


def test_a_paid_visit_that_is_rejected_after_all_is_taken_back_next_month_and_only_once(world: World) -> None:
    number = world.visit("approved", date(2026, 9, 20))
    world.close(SEPTEMBER)
    world.change(number, state="rejected", decided_at=datetime(2026, 10, 2, 12, tzinfo=clock.TIME_ZONE))
    world.close(OCTOBER)
    assert paid(OCTOBER) == [(number, "correction", -FEE, "=no_longer_paid")]
    assert due(NOVEMBER) == []
    world.change(number, state="approved")
    assert due(NOVEMBER) == [(number, "correction", FEE)]


def test_a_month_is_closed_once_in_order_and_not_ahead_of_time(world: World) -> None:
    world.visit("approved", date(2026, 9, 20))
    world.close(OCTOBER)
    with pytest.raises(Closed):
        world.close(OCTOBER)
    with pytest.raises(UserError) as refused:
        world.close(SEPTEMBER)
    assert not isinstance(refused.value, Closed)
    with pytest.raises(UserError):
        world.close("2026-12")
    with db.reading() as session:
        assert queries.open_months(session) == [NOVEMBER]


def test_whoever_has_a_line_in_a_closed_month_is_told_once(both: World) -> None:
    both.visit("approved", date(2026, 10, 20))
    both.visit("approved", date(2026, 10, 21))
    both.visit("rejected", date(2026, 10, 21), shopper=both.other)
    both.close(OCTOBER)
    both.close(NOVEMBER)
    with db.reading() as session:
        found = [(one.kind, one.user_id, one.values) for one in session.scalars(select(Letter))]
    assert found == [("statement_ready", both.shopper.id, {"month": OCTOBER})]


def test_an_earlier_month_that_nobody_closed_is_contained(world: World) -> None:
    number = world.visit("approved", date(2026, 9, 20))
    assert due(OCTOBER) == [(number, "fee", FEE)]


def test_only_the_sum_that_was_shown_is_closed(world: World) -> None:
    world.visit("approved", date(2026, 10, 20))
    with pytest.raises(Changed):
        world.close(OCTOBER, seen=0)
    assert paid(OCTOBER) == []
    assert world.close(OCTOBER, seen=FEE).total == FEE


@pytest.mark.parametrize("months", [(OCTOBER, OCTOBER, OCTOBER), (OCTOBER, NOVEMBER, OCTOBER, NOVEMBER)])
def test_people_who_close_at_once_pay_every_visit_once(both: World, months: tuple[str, ...]) -> None:
    visits = [both.visit("approved", date(2026, 10, day)) for day in range(1, 9)]
    done = together([partial(both.close, month) for month in months])
    assert all(isinstance(one, (PayMonth, UserError)) for one in done), done
    assert sum(isinstance(one, PayMonth) for one in done) >= 1
    with db.reading() as session:
        lines = session.execute(select(Payment.assignment_id, Payment.amount)).all()
        totals = session.scalars(select(PayMonth.total)).all()
    assert sorted(lines) == [(number, FEE) for number in visits]
    assert sum(totals) == FEE * len(visits)


def test_whatever_is_decided_in_between_the_lines_add_up_to_what_was_earned(both: World) -> None:
    """Any order of approving, rejecting, granting, pricing and closing: all lines together are what visits earn now."""
    random = Random(11)
    numbers = [both.visit("submitted", None) for _ in range(4)]
    claims = {number: both.claim(number, 2_000, name=f"claim-of-{number}") for number in numbers}
    long_ago = clock.start_of(date(2026, 7, 1))
    for month in ("2026-08", SEPTEMBER, OCTOBER, NOVEMBER):
        for _step in range(5):
            number = random.choice(numbers)
            state = random.choice(["approved", "approved", "voided", "rejected"])
            both.change(number, state=state, fee=random.choice([FEE, 9_000]), decided_at=long_ago)
            if state != "rejected":
                both.decide(claims[number], random.choice([0, 700, 2_000]), "החלטה")
        both.close(month)
        with db.reading() as session:
            earned = sum(
                visit.fee + session.get_one(Expense, claims[visit.id]).granted
                for visit in session.scalars(select(Assignment))
                if visit.state in queries.PAID_FOR
            )
            assert session.scalar(select(func.sum(Payment.amount))) == earned
        assert due(NOVEMBER) == []


def test_the_parts_of_any_difference_add_up() -> None:
    """Pure arithmetic, without a database."""
    random = Random(3)
    for _case in range(2_000):
        earned = Earned(random.choice([0, 100, 250]), random.choice([0, 30, 70]))
        fee_lines, spent = random.choice([0, 1]), random.choice([0, 30, 90])
        known = Paid(random.choice([0, 100, 130, 320, -20]), spent, fee_lines, int(spent > 0), random.randint(0, 2))
        found = parts(earned, known)
        assert sum(one.amount for one in found) == earned.total - known.total
        assert all(one.amount for one in found)
        assert len({(one.sort, one.number) for one in found}) == len(found)
        assert all(one.amount > 0 for one in found if one.sort != "correction")


# ---- files and records


def test_the_file_for_payroll_holds_numbers_and_no_formula_and_is_the_same_in_every_language(world: World) -> None:
    number = world.visit("approved", date(2026, 10, 20))
    world.decide(world.claim(number, 1_050), 1_050)
    with setting() as make:
        make.session.get_one(User, world.shopper.id).name = "=HYPERLINK(1)"
    world.close(OCTOBER)
    with db.reading() as session:
        content = payroll.payroll_file(session, OCTOBER)
        details = payroll.details_file(session, OCTOBER).decode("utf-8-sig").splitlines()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = content.decode("utf-8-sig").splitlines()
    assert rows == [
        "month,payroll_number,name,visits,fees,expenses,corrections,total",
        "2026-10,'=7001,'=HYPERLINK(1),1,120.00,10.50,0.00,130.50",
    ]
    assert len(details) == 3
    assert details[0] == "month,payroll_number,name,visit,day,branch_code,branch,sort,amount,note"
    assert details[2].endswith(",10.50,")


def test_the_entry_of_a_closing_holds_sums_and_no_names(world: World) -> None:
    world.visit("approved", date(2026, 10, 20))
    made = world.close(OCTOBER)
    with db.reading() as session:
        entry = session.scalars(select(Entry).where(Entry.act == "pay.close")).one()
        assert entry.details == {"month": OCTOBER, "lines": 1, "total": FEE}
        assert len(made.digest) == 64
        assert "7001" not in str(entry.changes)


def test_a_fee_changes_only_with_a_reason_and_never_below_what_was_granted(world: World) -> None:
    number = world.visit("approved", date(2026, 10, 20))
    world.decide(world.claim(number, 2_000), 2_000)
    for fee, cap, reason, place in (
        (FEE, CAP, "אין שינוי", "fee"),
        (FEE, 1_999, "פחות", "expense_cap"),
        (-1, CAP, "פחות", "fee"),
        (13_000, CAP, " ", "reason"),
    ):
        with pytest.raises(UserError) as refused, transaction(Actor.user(world.coordinator), "pay.reprice") as session:
            pay.reprice(session, world.coordinator, number, fee, cap, reason)
        assert [name for name, _message in refused.value.places] == [place]


def test_the_statements_that_a_month_needs_do_not_grow_with_its_visits(both: World, counting_queries: Any) -> None:
    def asked() -> int:
        with counting_queries() as queries_sent, db.reading() as session:
            queries.statement(session, OCTOBER)
            queries.lines(session, OCTOBER)
            expense_queries.own(session, both.shopper.id)
        return len(queries_sent)

    both.visit("approved", date(2026, 10, 20))
    both.claim(both.visit("approved", date(2026, 10, 20)), 500)
    few = asked()
    for _visit in range(6):
        both.claim(both.visit("approved", date(2026, 10, 20)), 500)
        both.visit("approved", date(2026, 10, 20), shopper=both.other)
    assert asked() == few
