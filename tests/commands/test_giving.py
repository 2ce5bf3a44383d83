"""The life of a visit between shoppers and coordination, on both engines where several want the same."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial

import pytest

from survey_app import clock, db
from survey_app.commands import giving, reminding_shoppers
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import Absence, Assignment, Draft, FieldDevice, ShopperProfile
from survey_app.models import Conflict as OfInterest
from survey_app.queries import candidates
from tests.commands.acting import by_visit, keep
from tests.commands.boarding import FIRST, LAST, Board, acted, claims_of, letters_to, told_of, visit_of
from tests.commands.together import together
from tests.support.clocks import MOMENT, FrozenClock
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.mark.usefixtures("any_database")
def test_of_several_who_claim_at_once_one_asks_and_the_others_wait_in_line() -> None:
    board = Board.made(shoppers=6)
    number = board.visit()
    found = together([partial(acted, giving.claim, number, who) for who in board.shoppers for _twice in range(2)])
    assert not [one for one in found if isinstance(one, Exception)]
    assert sorted(claims_of(number)) == ["asked", *["waiting"] * 5], "a double click stands once"
    assert visit_of(number).state == "claimed"


@pytest.mark.usefixtures("any_database")
def test_by_rule_the_first_has_it_at_once_and_nobody_above_the_limit() -> None:
    board = Board.made(shoppers=4, approval="auto", most_held=1, lockout_days=0)
    one, other = board.visit(), board.visit()
    found = together([partial(acted, giving.claim, number, who) for who in board.shoppers for number in (one, other)])
    had = [visit_of(number).shopper_id for number in (one, other)]
    assert None not in had
    assert had[0] != had[1], "whoever holds one visit gets no second"
    assert claims_of(one).count("given") == claims_of(other).count("given") == 1
    assert {type(error) for error in found if isinstance(error, Exception)} <= {giving.Unfit, Conflict}


@pytest.mark.usefixtures("any_database")
def test_two_coordinators_decide_at_once() -> None:
    board = Board.made()
    number = board.visit()
    wishes = [acted(giving.claim, number, who).id for who in board.shoppers[:2]]
    found = together([partial(acted, giving.approve_claim, wish, by=board.coordinator) for wish in wishes])
    assert sum(isinstance(one, Conflict) for one in found) == 1
    assert sorted(claims_of(number)) in (["given", "waiting"], ["given", "refused"])
    assert visit_of(number).state == "assigned"


def test_the_line_moves_up_when_a_visit_is_handed_back_or_a_request_declined(database: db.Database) -> None:
    board = Board.made()
    first, second, third = board.shoppers
    number = board.visit()
    wishes = [acted(giving.claim, number, who) for who in board.shoppers]
    acted(giving.approve_claim, wishes[0].id, by=board.coordinator)
    assert claims_of(number) == ["given", "waiting", "waiting"]
    acted(giving.hand_back, number, first, note="לא מתאפשר")
    assert (visit_of(number).shopper_id, visit_of(number).state) == (second.id, "claimed")
    acted(giving.refuse_claim, wishes[1].id, by=board.coordinator)
    assert visit_of(number).shopper_id == third.id
    acted(giving.withdraw, number, third)
    assert (visit_of(number).state, visit_of(number).shopper_id) == ("open", None)
    assert claims_of(number) == ["withdrawn", "refused", "withdrawn"]
    assert told_of(number) == [
        "claimed", "waiting", "waiting", "given", "handed_back", "claimed", "refused", "claimed", "withdrawn",
    ]  # fmt: skip
    assert letters_to(first) == ["visit_given"]
    assert letters_to(second) == ["claim_refused"]


def test_what_a_visit_promises_is_set_when_it_is_given(database: db.Database) -> None:
    board = Board.made(fee=15_000, expense_cap=2_000, handback_hours=48)
    number = board.visit()
    acted(giving.give, number, board.shoppers[0].id, by=board.coordinator)
    visit = visit_of(number)
    assert (visit.fee, visit.expense_cap, visit.given_at) == (15_000, 2_000, MOMENT)
    assert visit.handback_until == clock.start_of(FIRST) - timedelta(hours=48)
    late = board.visit(window_from=date(2026, 11, 17))
    acted(giving.give, late, board.shoppers[1].id, by=board.coordinator, all_the_same=True)
    assert visit_of(late).handback_until == MOMENT + timedelta(hours=12), "whoever is asked late can still say no"


def test_after_the_deadline_or_inside_the_branch_a_visit_is_not_handed_back(
    database: db.Database, frozen_clock: FrozenClock
) -> None:
    board = Board.made()
    number, who = board.visit(), board.shoppers[0]
    acted(giving.give, number, who.id, by=board.coordinator)
    with pytest.raises(NotFound):
        acted(giving.hand_back, number, board.shoppers[1])
    frozen_clock.move_to(clock.start_of(FIRST))
    with pytest.raises(Conflict):
        acted(giving.hand_back, number, who)
    frozen_clock.move_to(MOMENT)
    acted(lambda session: setattr(session.get_one(Assignment, number), "entered_at", MOMENT))
    with pytest.raises(Conflict):
        acted(giving.hand_back, number, who)


@pytest.mark.parametrize("verb", [giving.give, giving.replace])
def test_hard_reasons_are_never_passed_over_and_soft_ones_when_asked(database: db.Database, verb: object) -> None:
    assert callable(verb)
    board = Board.made()
    own, away, _fine = board.shoppers
    number = board.visit()
    with setting() as make:
        make.session.add(OfInterest(shopper_id=own.id, branch_id=board.branch.id, reason="relative"))
        make.session.add(Absence(shopper_id=away.id, since=FIRST, until=LAST))
    for all_the_same in (False, True):
        with pytest.raises(giving.Unfit) as barred:
            acted(verb, number, own.id, by=board.coordinator, all_the_same=all_the_same)
        assert (barred.value.reasons, barred.value.soft) == (("conflict",), False)
    with pytest.raises(giving.Unfit) as softly:
        acted(verb, number, away.id, by=board.coordinator)
    assert (softly.value.reasons, softly.value.soft) == (("absent",), True)
    acted(verb, number, away.id, by=board.coordinator, all_the_same=True)
    with pytest.raises(giving.Unfit):
        acted(giving.claim, board.visit(), away)
    with pytest.raises(Conflict):
        acted(giving.give, number, board.coordinator.id, by=board.coordinator)
    assert visit_of(number).shopper_id == away.id


@pytest.mark.parametrize("told", [None, LAST])
def test_no_visit_before_the_branch_was_told(database: db.Database, told: date | None) -> None:
    board = Board.made(told=told)
    number, who = board.visit(), board.shoppers[0]
    for act in (
        partial(acted, giving.give, number, who.id, by=board.coordinator, all_the_same=True),
        partial(acted, giving.claim, number, who),
    ):
        with pytest.raises(Conflict):
            act()
    assert visit_of(number).state == "open"
    if told:
        acted(giving.move, number, told, told, by=board.coordinator)
        acted(giving.claim, number, who)


def test_a_shopper_is_replaced_the_draft_goes_and_late_days_begin_anew(
    database: db.Database, frozen_clock: FrozenClock
) -> None:
    board = Board.made(slack_days=3)
    first, second, _third = board.shoppers
    number = board.visit()
    acted(giving.give, number, first.id, by=board.coordinator)
    keep(by_visit(visit_of(number)), {"A1": "yes"})
    frozen_clock.move_to(datetime(2026, 11, 29, 12, tzinfo=clock.TIME_ZONE))
    acted(giving.replace, number, second.id, by=board.coordinator)
    visit = visit_of(number)
    assert (visit.shopper_id, visit.state) == (second.id, "assigned")
    assert (visit.window_from, visit.window_until) == (date(2026, 11, 29), date(2026, 12, 2))
    with db.reading() as session:
        assert session.query(Draft).count() == 0
    assert letters_to(first) == ["visit_given", "visit_taken"]
    assert letters_to(second) == ["visit_given"]
    assert told_of(number) == ["given", "replaced"]
    with pytest.raises(Conflict):
        acted(giving.replace, number, second.id, by=board.coordinator)


def test_three_names_are_proposed_each_for_a_reason_of_its_own(database: db.Database) -> None:
    board = Board.made(shoppers=6, lockout_days=30)
    near, second, third, fourth, far, own = board.shoppers
    with setting() as make:
        make.session.get_one(ShopperProfile, far.id).reach_km = 5
        make.session.add(OfInterest(shopper_id=own.id, bank="20", reason="account"))
        other = make.branch(code="102", region=board.branch.region)
        long_ago = date(2026, 8, 2)
    for who in (near, second, third):  # the nearest of the others has been nowhere
        board.visit("approved", shopper_id=who.id, window_from=long_ago, window_until=long_ago)
    for who in (near, near, second):  # and visits to make in the same month
        board.visit("assigned", shopper_id=who.id, branch=other, window_until=FIRST)
    number = board.visit()
    with db.reading() as session:
        visit = session.get_one(Assignment, number)
        days = candidates.usable_days(visit.branch, FIRST, LAST)
        found = candidates.candidates(session, visit, days)
        three = candidates.proposed(found)
        names = {one.shopper.id: one.reasons for one in found}
    assert [one.shopper.id for one in three] == [near.id, third.id, fourth.id]
    assert [one.merits for one in three] == [("nearest",), ("least_loaded",), ("best_rotated",)]
    assert names[far.id] == ("too_far",)
    assert names[own.id] == ("conflict",)


def test_nobody_goes_and_the_visit_is_missed_unless_a_report_may_be_on_its_way(
    database: db.Database, frozen_clock: FrozenClock
) -> None:
    board = Board.made(shoppers=4, lockout_days=0)
    numbers = [board.visit() for _who in board.shoppers]
    nobodys, asked = board.visit(), board.visit()
    for number, who in zip(numbers, board.shoppers, strict=True):
        acted(giving.give, number, who.id, by=board.coordinator)
    acted(giving.claim, asked, board.shoppers[0])
    keep(by_visit(visit_of(numbers[1])), {"A1": "yes"})
    with setting() as make:
        make.session.add(FieldDevice(id="p", user_id=board.shoppers[2].id, seen_at=clock.now(), reports=1))
        make.session.get_one(Assignment, numbers[3]).entered_at = clock.now()
    with pytest.raises(Conflict):
        acted(giving.mark_missed, numbers[0])
    frozen_clock.move_to(clock.start_of(LAST + timedelta(days=1)))
    reminding_shoppers.hourly()
    assert [visit_of(number).state for number in (*numbers, nobodys, asked)] == ["assigned"] * 4 + ["missed"] * 2
    assert claims_of(asked) == ["refused"]
    frozen_clock.move_to(clock.start_of(LAST + timedelta(days=3)))
    reminding_shoppers.hourly()
    assert [visit_of(number).state for number in numbers] == ["missed", *["assigned"] * 3]
    assert visit_of(numbers[0]).shopper_id == board.shoppers[0].id, "who did not go stays named"
    assert letters_to(board.shoppers[0])[-1] == "visit_missed"
    acted(giving.release, numbers[0], by=board.coordinator)
    again = visit_of(numbers[0])
    assert (again.state, again.shopper_id, again.window_from) == ("open", None, date(2026, 11, 29))
    with setting() as make:
        seen = make.session.get_one(FieldDevice, "p").seen_at
    silent = timedelta(days=reminding_shoppers.SILENT_DAYS)
    frozen_clock.move_to(seen + silent)
    reminding_shoppers.hourly()
    assert visit_of(numbers[2]).state == "assigned"
    frozen_clock.move_to(seen + silent + timedelta(seconds=1))
    reminding_shoppers.hourly()
    assert [visit_of(number).state for number in numbers[1:]] == ["assigned", "missed", "assigned"], "a lost phone"


def test_a_shopper_is_reminded_on_the_programmes_days_and_once_a_day(
    database: db.Database, frozen_clock: FrozenClock
) -> None:
    board = Board.made(remind_days=[2, 0])
    number, who = board.visit(), board.shoppers[0]
    acted(giving.give, number, who.id, by=board.coordinator)
    for day in (date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25), LAST):
        for hour in (9, 10):
            frozen_clock.move_to(datetime(day.year, day.month, day.day, hour, tzinfo=clock.TIME_ZONE))
            reminding_shoppers.hourly()
    assert letters_to(who) == ["visit_given", "visit_remind", "visit_remind"]
    assert told_of(number) == ["given", "reminded", "reminded"]


def test_other_days_are_told_and_must_be_days_on_which_the_branch_is_open(database: db.Database) -> None:
    board = Board.made()
    number = board.visit()
    acted(giving.give, number, board.shoppers[0].id, by=board.coordinator)
    saturday = date(2026, 11, 21)
    for first, last in ((LAST, FIRST), (date(2026, 11, 1), date(2026, 11, 2)), (saturday, saturday)):
        with pytest.raises(UserError):
            acted(giving.move, number, first, last, by=board.coordinator)
    acted(giving.move, number, FIRST, FIRST, by=board.coordinator)
    assert letters_to(board.shoppers[0]) == ["visit_given", "visit_moved"]
    acted(giving.cancel, number, by=board.coordinator)
    assert letters_to(board.shoppers[0])[-1] == "visit_taken"
