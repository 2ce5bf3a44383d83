"""The outbox by itself: leases, the last look, what workers leave behind, reminders, decisions."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import outbox, reminding, settling
from survey_app.models import Campaign, Entry, Exclusion, Invitation, Job, Message, OptOut
from survey_app.transaction import transaction
from tests.commands.mailing import (
    bank,
    begun,
    change,
    disposition,
    events,
    leased,
    outreach,
    queued,
    states,
    stored,
)
from tests.commands.together import together
from tests.support.clocks import MOMENT, FrozenClock

pytestmark = pytest.mark.usefixtures("frozen_clock")


def act(name: str, *given: Any, **more: Any) -> Any:
    """One act on the outbox in a transaction of its own."""
    with transaction(Actor.respondent(), "test") as session:
        return getattr(outbox, name)(session, *given, **more)


def swept(*idempotent: str) -> int:
    return int(act("sweep_leases", idempotent))


def test_a_lease_is_one_worker_s(any_database: db.Database) -> None:
    bank()
    queued(5)
    assert [len(leased(most=3)), len(leased(most=3, worker="w2")), len(leased(worker="w3"))] == [3, 2, 0]
    assert states() == {"sending": 5}


def test_workers_at_once_never_share_a_message(any_database: db.Database) -> None:
    bank()
    queued(30)
    done: list[Any] = together([partial(leased, most=10, worker=f"w{number}") for number in range(5)])
    taken = [one.message_id for each in done for one in each]
    assert len(taken) == len(set(taken)) == 30


def test_what_was_not_begun_is_ready_again(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    bank()
    queued(2)
    first, _second = leased()
    assert begun(first)
    assert swept() == 0, "the lease is believed"
    frozen_clock.move_to(MOMENT + outbox.LEASE + timedelta(seconds=1))
    assert swept() == 2
    assert (stored(first.message_id).state, stored(first.message_id).error) == ("uncertain", "worker_lost")
    assert states() == {"uncertain": 1, "ready": 1}
    assert (disposition(first.message_id), events(first.message_id)) == ("3.90", ["3.90"])


def test_what_a_gateway_knows_is_ready_again_under_its_key(database: db.Database, frozen_clock: FrozenClock) -> None:
    bank()
    queued(1, "sms")
    (one,) = leased("sms")
    assert begun(one)
    frozen_clock.move_to(MOMENT + outbox.LEASE + timedelta(seconds=1))
    swept("sms")
    (again,) = leased("sms", worker="w2")
    assert (again.key, again.lease != one.lease) == (one.key, True)
    assert begun(again)
    assert not begun(one), "the dead worker's lease is worth nothing"


def test_a_late_truth_is_believed(database: db.Database, frozen_clock: FrozenClock) -> None:
    """A worker was slow, not dead: its message was sent, whatever was thought meanwhile."""
    bank()
    queued(1)
    (one,) = leased()
    begun(one)
    frozen_clock.move_to(MOMENT + outbox.LEASE + timedelta(seconds=1))
    swept()
    act("mark_sent", one, "ref")
    assert (stored(one.message_id).state, disposition(one.message_id)) == ("sent", "3.19")


@pytest.mark.parametrize("mark", ["mark_failed", "mark_uncertain", "mark_retry"])
def test_a_late_guess_is_not(database: db.Database, frozen_clock: FrozenClock, mark: str) -> None:
    bank()
    queued(1, "sms")
    (one,) = leased("sms")
    begun(one)
    frozen_clock.move_to(MOMENT + outbox.LEASE + timedelta(seconds=1))
    swept("sms")
    act(mark, one, "refused 400")
    assert (stored(one.message_id).state, stored(one.message_id).error) == ("ready", "")


def test_nothing_begins_at_the_end_of_a_lease(database: db.Database, frozen_clock: FrozenClock) -> None:
    bank()
    queued(1)
    (one,) = leased()
    frozen_clock.move_to(MOMENT + outbox.LEASE - outbox.MARGIN + timedelta(seconds=1))
    assert not begun(one)
    assert (stored(one.message_id).state, stored(one.message_id).attempts) == ("ready", 0)


def test_what_is_begun_is_not_begun_twice(database: db.Database) -> None:
    bank()
    queued(1)
    (one,) = leased()
    assert begun(one)
    assert not begun(one)


@pytest.mark.parametrize(
    ("model", "values", "state", "reason"),
    [
        (Invitation, {"state": "used"}, "cancelled", "answered"),
        (Invitation, {"state": "revoked"}, "cancelled", "revoked"),
        (Invitation, {"disposition": "2.11"}, "cancelled", "refused_before"),
        (Invitation, {"expires_at": MOMENT - timedelta(seconds=1)}, "cancelled", "expired"),
        (Campaign, {"state": "ended"}, "cancelled", "ended"),
        (Campaign, {"closes": (MOMENT - timedelta(days=1)).date()}, "cancelled", "ended"),
        (Campaign, {"state": "paused"}, "ready", "paused"),
    ],
)
def test_the_last_look(database: db.Database, model: type, values: dict[str, Any], state: str, reason: str) -> None:
    bank()
    queued(1)
    (one,) = leased()
    with db.reading() as session:
        message = session.get_one(Message, one.message_id)
        key = message.invitation_id if model is Invitation else message.campaign_id
    change(model, key, **values)
    assert not begun(one)
    row = stored(one.message_id)
    assert (row.state, row.error, row.attempts, row.lease) == (state, reason, 0, None)


@pytest.mark.parametrize("address", ["c0@example.com", "ref:c0", "+972541234567"])
def test_who_opts_out_meanwhile_is_left_alone(database: db.Database, address: str) -> None:
    bank()
    queued(1)
    (one,) = leased()
    with transaction(Actor.system("test"), "test") as session:
        session.add(OptOut(address=address, at=clock.now(), source="link"))
    assert not begun(one)
    assert (stored(one.message_id).state, stored(one.message_id).error) == ("cancelled", "opted_out")


def test_who_has_a_case_meanwhile_is_left_alone(database: db.Database) -> None:
    bank()
    queued(1)
    (one,) = leased()
    with transaction(Actor.system("test"), "test") as session:
        session.add(Exclusion(reason="open_case", address="ref:c0", since=clock.now(), until=None))
    assert not begun(one)
    assert stored(one.message_id).error == "open_case"


def test_quiet_hours_begin_meanwhile(database: db.Database, frozen_clock: FrozenClock) -> None:
    bank()
    queued(1)
    (one,) = leased()
    outreach(until_hour="11:00")
    assert not begun(one)
    row = stored(one.message_id)
    assert (row.state, row.error, clock.local(row.send_after).hour) == ("ready", "quiet", 9)


def test_a_paused_campaign_waits_and_goes_on(database: db.Database) -> None:
    campaign = bank()
    queued(2)
    change(Campaign, campaign, state="paused")
    assert leased() == []
    change(Campaign, campaign, state="active")
    assert len(leased()) == 2


def test_a_message_is_queued_once(any_database: db.Database) -> None:
    bank()
    (number,) = queued(1)

    def again() -> None:
        with transaction(Actor.system("test"), "test") as session:
            outbox.queue(session, session.get_one(Message, number).invitation, "c0@example.com")

    with pytest.raises(IntegrityError):
        again()


def test_what_cannot_leave_in_time_is_shown_as_cancelled(database: db.Database, frozen_clock: FrozenClock) -> None:
    bank()
    with transaction(Actor.system("test"), "test") as session:
        session.get_one(Campaign, session.scalars(select(Campaign.id)).one()).invitation_days = 1
    frozen_clock.move_to(MOMENT.replace(day=19, hour=21))  # Thursday evening; Friday and Saturday are out
    (number,) = queued(1)
    assert (stored(number).state, stored(number).error) == ("cancelled", "expired")


def test_one_job_wakes_the_sending(database: db.Database) -> None:
    bank()
    queued(3)
    queued(3, first=3)
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Job).where(Job.kind == outbox.SEND)) == 1


def test_many_are_queued_with_few_questions(any_database: db.Database, counting_queries: Any) -> None:
    bank()
    queued(12)
    with transaction(Actor.system("test"), "test") as session, counting_queries() as queries:
        invitations = list(session.scalars(select(Invitation)))
        for invitation in invitations:
            outbox.queue(session, invitation, "somebody@example.com", "reminder", "email")
        session.flush()
    assert len([one for one in queries if one.startswith("SELECT")]) <= 3, "none for each message"


# ---- reminders -------------------------------------------------------------------------------------------------------


def sent(*numbers: int) -> None:
    """These messages were sent a moment ago."""
    for one in numbers:
        change(Message, one, state="sent", sent_at=clock.now())


def reminded() -> int:
    with transaction(Actor.respondent(), "test") as session:
        return reminding.remind(session, clock.now())


def reminders() -> list[Message]:
    with db.reading() as session:
        return list(session.scalars(select(Message).where(Message.kind == "reminder").order_by(Message.id)))


def test_one_reminder_through_the_same_channel(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    bank(rules={"reminder_days": 3})
    (first,) = queued(1, "sms")
    sent(first)
    frozen_clock.move_to(MOMENT + timedelta(days=2, hours=23))
    assert reminded() == 0
    frozen_clock.move_to(MOMENT + timedelta(days=5))  # Sunday noon
    assert [reminded(), reminded()] == [1, 0]
    (one,) = reminders()
    assert (one.channel, one.address, one.state) == ("sms", stored(first).address, "ready")
    sent(one.id)
    frozen_clock.move_to(MOMENT + timedelta(days=12))
    assert reminded() == 0, "one, not one after another"


@pytest.mark.parametrize(
    "values", [{"state": "used"}, {"state": "revoked"}, {"disposition": "2.11"}, {"disposition": "4.10"}]
)
def test_who_is_not_reminded(database: db.Database, frozen_clock: FrozenClock, values: dict[str, Any]) -> None:
    bank(rules={"reminder_days": 1})
    (number,) = queued(1)
    sent(number)
    change(Invitation, stored(number).invitation_id, **values)
    frozen_clock.move_to(MOMENT + timedelta(days=2))
    assert reminded() == 0


def test_who_began_is_reminded(database: db.Database, frozen_clock: FrozenClock) -> None:
    bank(rules={"reminder_days": 1})
    (number,) = queued(1)
    sent(number)
    change(Invitation, stored(number).invitation_id, started_at=clock.now(), disposition="1.2")
    frozen_clock.move_to(MOMENT + timedelta(days=2))
    assert reminded() == 1


@pytest.mark.parametrize(("rules", "state"), [({}, "active"), ({"reminder_days": None}, "active"), ({}, "paused")])
def test_a_campaign_without_reminders(
    database: db.Database, frozen_clock: FrozenClock, rules: dict[str, Any], state: str
) -> None:
    campaign = bank(rules=rules)
    (number,) = queued(1)
    sent(number)
    change(Campaign, campaign, state=state)
    frozen_clock.move_to(MOMENT + timedelta(days=6))
    assert reminded() == 0


def test_workers_at_once_remind_once(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    bank(rules={"reminder_days": 1})
    sent(*queued(10))
    frozen_clock.move_to(MOMENT + timedelta(days=1))
    done: list[Any] = together([reminded] * 4)
    assert sum(done) == 10
    assert len(reminders()) == 10


def test_what_is_stale_is_cancelled_with_its_reason(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    bank()
    used, revoked, late = queued(3)
    change(Invitation, stored(used).invitation_id, state="used")
    change(Invitation, stored(revoked).invitation_id, state="revoked")
    change(Message, late, expires_at=MOMENT)
    with transaction(Actor.respondent(), "test") as session:
        assert reminding.cancel_stale(session, clock.now()) == 3
    assert [stored(one).error for one in (used, revoked, late)] == ["answered", "revoked", "expired"]
    assert states() == {"cancelled": 3}


# ---- decisions -------------------------------------------------------------------------------------------------------


def uncertain(number: int) -> list[int]:
    """Messages that a worker left in doubt."""
    queued(number)
    for one in leased():
        begun(one)
        act("mark_uncertain", one, "connection_lost")
    with db.reading() as session:
        return list(session.scalars(select(Message.id).where(Message.state == "uncertain")))


def decide(numbers: list[int], decision: str) -> settling.Decided:
    with transaction(Actor.system("somebody"), "outbox.decide", messages=numbers, decision=decision) as session:
        return settling.decide(session, numbers, decision, None)


def test_a_person_decides_that_it_was_sent(any_database: db.Database) -> None:
    bank()
    numbers = uncertain(2)
    assert decide(numbers, "was_sent") == settling.Decided(2, 0)
    assert [stored(one).state for one in numbers] == ["sent", "sent"]
    assert disposition(numbers[0]) == "3.19"
    assert events(numbers[0]) == ["3.90", "3.19"]
    with db.reading() as session:
        entry = session.scalars(select(Entry).where(Entry.act == "outbox.decide")).one()
    assert entry.details == {"messages": numbers, "decision": "was_sent"}


def test_a_person_lets_it_be_sent_again(any_database: db.Database) -> None:
    bank()
    (number,) = uncertain(1)
    key = stored(number).key
    decide([number], "send_again")
    (again,) = leased()
    assert (again.message_id, again.key) == (number, key)
    assert begun(again)


def test_a_decision_is_made_once(any_database: db.Database) -> None:
    bank()
    numbers = uncertain(3)
    done = together([partial(decide, numbers, decision) for decision in ("was_sent", "send_again", "was_sent")])
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "Conflict", "Decided"]


def test_what_was_answered_meanwhile_is_not_sent_again(database: db.Database) -> None:
    bank()
    answered, other = uncertain(2)
    change(Invitation, stored(answered).invitation_id, state="used")
    assert decide([answered, other], "send_again") == settling.Decided(1, 1)
    assert [stored(one).state for one in (answered, other)] == ["uncertain", "ready"]
