"""Expenses of mystery visits: claimed once, decided under a cap with a reason, receipts that stay."""

from __future__ import annotations

import io
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select, update

from survey_app import contents, db
from survey_app.audit import Actor
from survey_app.commands import evidence, pay, receipts
from survey_app.commands.evidence import Sent
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.models import Assignment, Evidence, Expense, Letter
from survey_app.queries import expenses as expense_queries
from survey_app.transaction import transaction
from tests.commands.paying import CAP, FEE, OCTOBER, World, both, due, world
from tests.commands.together import together
from tests.support.factories import setting
from tests.support.pictures_sent import picture

__all__ = ["both", "world"]

# ---- expenses


def test_the_same_claim_sent_again_is_one_row_and_follows_until_it_is_decided(world: World) -> None:
    number = world.visit("approved", date(2026, 10, 20))
    for amount in (1_500, 1_500, 1_800):
        world.claim(number, amount, name="from-the-phone")
    with db.reading() as session:
        assert [(one.claimed, one.state) for one in session.scalars(select(Expense))] == [(1_800, "claimed")]
    world.decide("from-the-phone", 1_800)
    world.claim(number, 9_900, name="from-the-phone")
    with db.reading() as session:
        assert session.get_one(Expense, "from-the-phone").claimed == 1_800


def test_five_retries_at_once_make_one_claim(both: World) -> None:
    number = both.visit("submitted", None)
    done = together([partial(both.claim, number, 1_500, name="retried-often")] * 5)
    assert done == ["retried-often"] * 5
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Expense)) == 1


@pytest.mark.parametrize(
    ("sort", "amount", "name"),
    [("rocket", 100, ""), ("taxi", 0, ""), ("taxi", -5, ""), ("taxi", 500_001, ""), ("taxi", 5, "x/../y")],
)
def test_a_claim_out_of_bounds_is_refused(world: World, sort: str, amount: int, name: str) -> None:
    number = world.visit("approved", date(2026, 10, 20))
    with pytest.raises(UserError):
        world.claim(number, amount, sort=sort, name=name)


def test_an_id_of_another_visit_is_refused(world: World) -> None:
    first, second = (world.visit("approved", date(2026, 10, 20)) for _ in range(2))
    world.claim(first, 100, name="only-for-first")
    with pytest.raises(Conflict):
        world.claim(second, 100, name="only-for-first")


def test_no_more_is_granted_than_the_cap_holds_for_all_expenses_of_a_visit(both: World) -> None:
    number = both.visit("approved", date(2026, 10, 20))
    first, second = both.claim(number, 3_000), both.claim(number, 2_500)
    both.decide(first, 3_000)
    with pytest.raises(UserError) as refused:
        both.decide(second, 1_001, "פחות")
    assert [place for place, _message in refused.value.places] == ["granted"]
    both.decide(second, 1_000, "לפי התקרה")
    assert due(OCTOBER) == [(number, "fee", FEE), (number, "expenses", CAP)]


def test_the_cap_holds_when_two_people_decide_at_once(both: World) -> None:
    number = both.visit("approved", date(2026, 10, 20))
    claims = [both.claim(number, 3_000), both.claim(number, 2_999)]
    done = together([partial(both.decide, one, 2_500, "חלק") for one in claims])
    assert sum(isinstance(one, UserError) for one in done) == 1
    assert due(OCTOBER) == [(number, "fee", FEE), (number, "expenses", 2_500)]


def test_less_than_claimed_and_a_missing_receipt_need_a_reason(world: World) -> None:
    number = world.visit("approved", date(2026, 10, 20))
    bus, taxi = world.claim(number, 1_000), world.claim(number, 1_100, sort="taxi")
    for expense_id, granted in ((bus, 999), (bus, 0), (taxi, 1_100)):
        with pytest.raises(UserError) as refused:
            world.decide(expense_id, granted, "  ")
        assert [place for place, _message in refused.value.places] == ["reason"]
    assert world.decide(bus, 0, "לא קשור לביקור").state == "refused"
    assert world.decide(taxi, 1_100, "הקבלה אבדה, הסכום סביר").state == "granted"


def told() -> list[tuple[str, int]]:
    """(kind, user) of the letters in line."""
    with db.reading() as session:
        return [(one.kind, one.user_id) for one in session.scalars(select(Letter).order_by(Letter.id))]


def test_the_shopper_is_told_once_a_visit_of_what_was_not_granted_in_full(world: World) -> None:
    number, paid_in_full = (world.visit("approved", date(2026, 10, 20)) for _ in range(2))
    bus, tram = world.claim(number, 1_000), world.claim(number, 900)
    world.decide(world.claim(paid_in_full, 500), 500)
    assert told() == []
    world.decide(bus, 400, "חלק")
    world.decide(tram, 0, "לא נמצא")
    letter = [("expense_decided", world.shopper.id)]
    assert told() == letter, "what is decided within minutes is one letter"
    with setting() as make:
        make.session.execute(update(Letter).values(state="sent"))
    world.decide(tram, 900, "נמצא")
    assert told() == letter * 2, "what was decided otherwise later is told as well"


def test_a_second_decision_is_noticed_and_the_same_one_twice_is_one(world: World) -> None:
    number = world.visit("approved", date(2026, 10, 20))
    bus = world.claim(number, 1_000)
    with db.reading() as session:
        seen = pay.standing(session.get_one(Expense, bus))
    world.decide(bus, 1_000, seen=seen)
    assert world.decide(bus, 1_000, seen=seen).granted == 1_000
    with pytest.raises(Conflict):
        world.decide(bus, 500, "אחרת", seen=seen)


def test_nothing_is_granted_for_a_visit_that_is_not_paid_for(world: World) -> None:
    bus = world.claim(world.visit("rejected", date(2026, 10, 20)), 1_000)
    with pytest.raises(Conflict):
        world.decide(bus, 1_000)
    assert world.decide(bus, 0, "הביקור נדחה").state == "refused"


def test_nobody_decides_on_money_of_their_own(world: World) -> None:
    number = world.visit("approved", date(2026, 10, 20), shopper=world.coordinator)
    bus = world.claim(number, 1_000)
    with pytest.raises(Forbidden):
        world.decide(bus, 1_000)
    with pytest.raises(Forbidden), transaction(Actor.user(world.coordinator), "pay.reprice") as session:
        pay.reprice(session, world.coordinator, number, 99_000, CAP, "סיבה")


def receipt(world: World, expense_id: str, colour: str) -> Evidence | None:
    """A receipt is photographed."""
    arrived = receipts.receive(Sent("receipt.jpg", io.BytesIO(picture(colour=colour))), 1)
    with transaction(Actor.user(world.shopper), "expense.receipt") as session:
        return receipts.attach(session, session.get_one(Expense, expense_id), arrived)


def test_receipts_belong_to_their_expense_and_outlive_the_report_s_files(both: World) -> None:
    number = both.visit("submitted", None)
    taxi = both.claim(number, 1_000, sort="taxi")
    first, again = receipt(both, taxi, "red"), receipt(both, taxi, "red")
    assert first is not None
    assert again is not None
    assert again.id == first.id, "the same file twice is one"
    for colour in ("green", "blue"):
        assert receipt(both, taxi, colour)
    assert receipt(both, taxi, "black") is None, "there is room for three"
    with db.reading() as session:
        visit = session.get_one(Assignment, number)
        assert expense_queries.claim(session, taxi).lacks_receipt is False
        assert expense_queries.receipt(session, first.id, both.shopper.id).id == first.id
        for unknown, who in ((first.id, both.other.id), ("0" * 32, None)):
            with pytest.raises(NotFound):
                expense_queries.receipt(session, unknown, who)
    with transaction(Actor.system("test"), "test.erase") as session:
        evidence.destroy_of(session, [visit.response_id])
    with db.reading() as session:
        assert len(session.scalars(select(Evidence)).all()) == 3
    assert len(set(contents.store().kept(timedelta(days=-999)))) == 3


def test_a_claim_is_taken_back_with_its_receipts_until_it_is_decided(world: World) -> None:
    number = world.visit("submitted", None)
    taxi, bus = world.claim(number, 1_000, sort="taxi"), world.claim(number, 1_100)
    receipt(world, taxi, "red")
    with pytest.raises(NotFound), transaction(Actor.user(world.other), "expense.withdraw") as session:
        pay.withdraw(session, world.other, taxi)
    with transaction(Actor.user(world.shopper), "expense.withdraw") as session:
        pay.withdraw(session, world.shopper, taxi)
    world.decide(bus, 1_100)
    with pytest.raises(Conflict), transaction(Actor.user(world.shopper), "expense.withdraw") as session:
        pay.withdraw(session, world.shopper, bus)
    with db.reading() as session:
        assert session.scalars(select(Expense.id)).all() == [bus]
    assert set(contents.store().kept(timedelta(days=-999))) == set()
