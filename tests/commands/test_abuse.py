"""Counters against stuffing: what is marked, what never is, and that nothing in them leads back to anybody."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import inspect, select, update

from survey_app import clock, db, jobs
from survey_app.audit import Actor
from survey_app.commands import abuse
from survey_app.commands.abuse import MANY_OF_ADDRESS, MOST_OF_ADDRESS, SENT, STARTED, TooMany
from survey_app.db import Base
from survey_app.models import AbuseCount, Branch, DailySalt, Response
from survey_app.outreach import flags
from survey_app.transaction import transaction
from tests.commands.together import together
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

pytestmark = [pytest.mark.usefixtures("any_database", "frozen_clock")]
HOME, PHONE = "192.0.2.7", "a phone of some make"
TICKS = {"pv1": 5, "pv8": 10}


@pytest.fixture
def branch(any_database: db.Database) -> Branch:
    with setting() as make:
        return make.branch(code="101", region=None)


def note(kind: str, branch: Branch, address: str = HOME, device: str = PHONE, **more: Any) -> list[str]:
    with transaction(Actor.respondent(), "test") as session:
        return abuse.note(session, kind, address, device, branch.id, **more)


def test_a_device_is_marked_from_its_third_answer_of_the_day(branch: Branch) -> None:
    found = [note(SENT, branch, once=str(place)) for place in range(4)]
    assert found == [[], [], ["same_device"], ["same_device"]]


def test_another_device_behind_the_same_address_is_not(branch: Branch) -> None:
    for place in range(5):
        note(SENT, branch, once=str(place))
    assert note(SENT, branch, device="another", once="x") == []


def test_the_same_sending_again_is_counted_once(branch: Branch) -> None:
    assert [note(SENT, branch, once="one") for _turn in range(6)] == [[]] * 6


def test_the_same_boxes_on_one_device_and_the_same_words_anywhere(branch: Branch) -> None:
    words = TICKS | {"pv9": "השירות היה אדיב ומהיר מאוד"}
    assert note(SENT, branch, once="a", answers=TICKS) == []
    assert note(SENT, branch, once="b", answers=TICKS) == ["repeated"]
    assert note(SENT, branch, device="other", once="c", answers=TICKS) == []
    assert note(SENT, branch, device="third", once="d", answers=words) == []
    assert note(SENT, branch, device="fourth", once="e", answers=words) == ["repeated"]


def test_many_within_minutes_are_a_burst_where_the_branch_has_few(branch: Branch) -> None:
    found = [note(SENT, branch, address=f"192.0.2.{place}", once=str(place)) for place in range(10)]
    assert found[:8] == [[]] * 8
    assert found[8:] == [["burst"]] * 2


def test_a_branch_that_usually_has_many_is_not_marked(branch: Branch) -> None:
    with setting() as make:
        version = make.questionnaire("post_visit_branch")
        ids = make.responses(
            version=version,
            branch=branch,
            visited_on=date(2026, 11, 10),
            state="counted",
            answers=[{"pv1": 4}] * 4000,
            context={},
        )
        for start in range(0, len(ids), 500):
            chosen = Response.id.in_(ids[start : start + 500])
            make.session.execute(
                update(Response).where(chosen).values(channel="open", submitted_at=clock.now() - timedelta(days=3))
            )
    found = [note(SENT, branch, address=f"192.0.2.{place}", once=str(place)) for place in range(10)]
    assert found == [[]] * 10


def test_a_minute_is_not_a_day(branch: Branch, frozen_clock: FrozenClock) -> None:
    for place in range(20):
        frozen_clock.move_to(frozen_clock.moment + timedelta(minutes=6))
        assert note(SENT, branch, address=f"192.0.2.{place}", once=str(place)) == []


def test_one_address_cannot_shut_a_branch_out_and_what_comes_from_it_is_marked(
    branch: Branch, frozen_clock: FrozenClock
) -> None:
    for place in range(MANY_OF_ADDRESS):
        note(STARTED, branch, device=f"phone {place}")
    assert note(SENT, branch, device="a customer", once="a") == []
    note(STARTED, branch, device="one more")
    assert note(SENT, branch, device="another customer", once="b") == ["burst"]
    assert note(SENT, branch, address="198.51.100.1", device="a customer at home", once="c") == []
    frozen_clock.move_to(frozen_clock.moment + timedelta(minutes=20))
    assert note(SENT, branch, device="a third customer", once="d") == []


def test_a_crowd_begins_freely_and_a_machine_does_not(
    branch: Branch, frozen_clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_OF_ADDRESS >= 10 * MANY_OF_ADDRESS
    monkeypatch.setattr(abuse, "MOST_OF_ADDRESS", MANY_OF_ADDRESS + 20)
    for place in range(MANY_OF_ADDRESS + 20):
        assert note(STARTED, branch, device=f"phone {place}") == []
    with pytest.raises(TooMany) as refusal:
        note(STARTED, branch, device="one more")
    assert (refusal.value.status, 0 < refusal.value.wait <= 600) == (429, True)
    assert note(STARTED, branch, address="198.51.100.1", device="one more") == []
    frozen_clock.move_to(frozen_clock.moment + timedelta(minutes=10))
    assert note(STARTED, branch, device="one more") == []


def test_several_servers_count_together(branch: Branch) -> None:
    found = together([lambda place=place: note(SENT, branch, once=str(place)) for place in range(8)])  # type: ignore[misc]
    assert not [one for one in found if isinstance(one, Exception)], found
    assert sum("same_device" in one for one in found if isinstance(one, list)) == 6


def test_the_secret_and_the_counters_are_gone_after_the_day(branch: Branch, frozen_clock: FrozenClock) -> None:
    note(SENT, branch, once="a", answers=TICKS)
    with db.reading() as session:
        salt = session.scalars(select(DailySalt.salt)).one()
        before = set(session.scalars(select(AbuseCount.digest)))
        assert max(session.scalars(select(AbuseCount.expires_at))) <= clock.now() + timedelta(hours=24)
    assert len(bytes.fromhex(salt)) == 32
    frozen_clock.move_to(frozen_clock.moment + timedelta(days=1))
    assert abuse.forget in jobs.EVERY_HOUR
    jobs.tidy()
    with db.reading() as session:
        assert session.scalars(select(AbuseCount.digest)).all() == []
        assert session.scalars(select(DailySalt.day)).all() == []
    # The same visitor again: nothing that stands now says that it is the same.
    note(SENT, branch, once="a", answers=TICKS)
    with db.reading() as session:
        assert session.scalars(select(DailySalt.salt)).one() != salt
        assert before.isdisjoint(session.scalars(select(AbuseCount.digest)))


def test_what_is_still_good_survives_the_sweep(branch: Branch) -> None:
    note(SENT, branch, once="a")
    abuse.forget()
    with db.reading() as session:
        assert session.scalars(select(AbuseCount.count)).all()


def test_neither_address_nor_device_nor_digest_is_written_anywhere(branch: Branch) -> None:
    """Every text of every table is read: what was counted stands in none, and a digest only in its own."""
    note(STARTED, branch)
    note(SENT, branch, once="an id", answers=TICKS | {"pv9": "מילים שאיש אחר לא היה כותב"})
    with db.reading() as session:
        digests = set(session.scalars(select(AbuseCount.digest)))
        told: dict[str, str] = {}
        for table in inspect(session.get_bind()).get_table_names():
            known = Base.metadata.tables.get(table)
            if known is not None:
                told[table] = "\n".join(str(tuple(row)) for row in session.execute(select(known)))
    for table, text in told.items():
        for secret in (HOME, PHONE, "an id", "מילים שאיש"):
            assert secret not in text, (table, secret)
        if table != "abuse_count":
            assert not [one for one in digests if one in text], table
    assert len(digests) >= 4


def test_no_column_of_a_response_could_hold_one() -> None:
    names = {column.name for table in ("response", "answer", "draft") for column in Base.metadata.tables[table].columns}
    assert not {name for name in names if any(part in name for part in ("digest", "device", "address", "agent_string"))}


def test_an_anonymous_response_keeps_the_strongest_mark_alone() -> None:
    every = list(flags.FLAGS)
    assert set(flags.STRONGEST) == set(every)
    assert flags.kept(every, anonymous=True) == ["hidden_field"]
    assert flags.kept(["straight", "burst"], anonymous=False) == ["burst", "straight"]
    assert flags.kept([], anonymous=True) == []
