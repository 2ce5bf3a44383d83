"""What is kept of mystery visits for how long: files, receipts, words, certificates, letters and phones."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import receipts, retention, visit_events
from survey_app.commands.evidence import Sent
from survey_app.models import (
    Assignment,
    Certification,
    Evidence,
    Expense,
    FieldDevice,
    Letter,
    Programme,
    Version,
    VisitEvent,
)
from survey_app.transaction import transaction
from tests.commands.paying import World, both
from tests.commands.phoning import arrives, lying, rows
from tests.support.clocks import FrozenClock
from tests.support.factories import setting
from tests.support.phones import Photo, drawn
from tests.support.pictures_sent import picture

__all__ = ["both"]
#: The last day of every visit of the world.
LAST = date(2026, 11, 30)


def later(frozen_clock: FrozenClock, days: int, since: date = LAST) -> dict[str, int]:
    """The nightly act on a day after another; what it cleared. A second time there is nothing left to do."""
    frozen_clock.move_to(datetime.combine(since + timedelta(days=days), time(12), tzinfo=clock.TIME_ZONE))
    done = {name: count for name, count in retention.clear().items() if count}
    assert not any(retention.clear().values())
    return done


def test_files_receipts_and_words_of_a_visit_go_each_in_its_time(both: World, frozen_clock: FrozenClock) -> None:
    number = both.visit("submitted", None)
    (visit,) = rows(Assignment)
    photo, stray = Photo("B1", drawn(1)), Photo("expense:" + "a" * 32, drawn(2))
    for one in (photo, stray):
        arrives(visit, one)
    refused, paid = (both.claim(number, amount, note="מונית עם דנה") for amount in (900, 1_000))
    for expense_id, colour in ((refused, "red"), (paid, "blue")):
        arrived = receipts.receive(Sent("receipt.jpg", io.BytesIO(picture(colour=colour))), 1)
        with transaction(Actor.user(both.shopper), "expense.receipt") as session:
            receipts.attach(session, session.get_one(Expense, expense_id), arrived)
    both.decide(refused, 0, "נסיעה פרטית")
    both.decide(paid, 900, "מעל התקרה")
    with transaction(Actor.user(both.coordinator), "test.note") as session:
        visit_events.note(session, session.get_one(Assignment, number), "released", note="השם של דנה")
    decided = clock.today()
    assert later(frozen_clock, 730) == {}
    assert later(frozen_clock, 731) == {"visit_files": 1}
    assert {one.expense_id for one in rows(Evidence)} == {refused, paid}
    assert not {photo.sha256, stray.sha256} & lying()
    assert later(frozen_clock, 1_095) == {}
    done = later(frozen_clock, 1_096)
    assert (done["expenses"], done["visit_stories"]) == (2, len(rows(VisitEvent)))
    told = {one.id: (one.note, one.reason, one.state, one.claimed, one.granted) for one in rows(Expense)}
    assert told == {refused: ("", "-", "refused", 900, 0), paid: ("", "", "granted", 1_000, 900)}
    assert {one.note for one in rows(VisitEvent)} == {""}
    assert len(lying()) == 2, "what was paid must be provable for longer"
    assert later(frozen_clock, 2_555, decided) == {}
    assert later(frozen_clock, 2_556, decided) == {"receipts": 2}
    assert (rows(Evidence), lying(), len(rows(Expense))) == ([], set(), 2)


def test_certificates_letters_and_phones_go_when_they_are_of_no_use(both: World, frozen_clock: FrozenClock) -> None:
    now = clock.now()
    today = clock.today()
    with setting() as make:
        programme = Programme(code="p", name={}, campaign_id=both.campaign.id, created_at=now)
        make.session.add(programme)
        make.session.flush()
        version = make.session.scalars(select(Version)).first()
        common: dict[str, Any] = {
            "programme_id": programme.id, "shopper_id": both.shopper.id, "version_id": version.id, "at": now,
        }  # fmt: skip
        make.session.add(
            Certification(
                **common, answers={"q": "yes"}, score=9_000, passed=True, good_until=today + timedelta(days=100)
            )
        )
        make.session.add(Certification(**common, answers={"q": "no"}, score=1_000, passed=False, good_until=None))
        for state in ("sent", "cancelled", "ready"):
            make.session.add(
                Letter(
                    key=state, user_id=both.shopper.id, kind="visit_given", values={"branch": "סניף"}, state=state,
                    send_after=now, expires_at=now, created_at=now,
                )
            )  # fmt: skip
        for name, files in (("empty", 0), ("full", 1)):
            make.session.add(FieldDevice(id=name, user_id=both.shopper.id, seen_at=now, files=files))
    assert later(frozen_clock, 365, today) == {}
    assert later(frozen_clock, 366, today) == {"certificates": 1, "letters": 2, "phones": 1}
    assert [one.key for one in rows(Letter)] == ["ready"], "one that waits is for the outbox to end"
    assert [one.id for one in rows(FieldDevice)] == ["full"]
    assert later(frozen_clock, 465, today) == {}
    assert later(frozen_clock, 466, today) == {"certificates": 1}
    assert sorted((one.score, one.answers == {}) for one in rows(Certification)) == [(1_000, True), (9_000, True)]
