"""What the demo bank gives and who leaves: the page of loyalty finds what was planted, incidents are in every state."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest
from sqlalchemy import String, cast, func, select

from survey_app import clock, db, demo
from survey_app.commands import giving_out, incident_work
from survey_app.config import Settings
from survey_app.demo import files
from survey_app.demo import loyalty as loyalty_demo
from survey_app.loop.policy import Loop
from survey_app.models import (
    Case,
    Gift,
    GivingContact,
    Incident,
    IncidentPerson,
    Letter,
    ScoreRemoval,
    VoiceMessage,
    VoiceTag,
)
from survey_app.permissions import Scope
from survey_app.queries import incidents, loyalty
from tests.support.clocks import MOMENT


@pytest.fixture(scope="module")
def bank(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[db.Database]:
    """One demo bank with enough branches to say what goes with what; the tests of this file only read it."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copyfile(sqlite_template, folder / "demo.db")
    database = db.Database(f"sqlite:///{folder / 'demo.db'}")
    with clock.moved_to(MOMENT):
        demo.load(Settings(data_dir=folder), branches=40, months=1, seed=7, database=database)
    yield database
    database.close()


@pytest.fixture(autouse=True)
def _bound(bank: db.Database, frozen_clock: object) -> Iterator[None]:
    with db.bound(bank):
        yield


def test_the_report_finds_that_giving_goes_with_staying() -> None:
    with db.reading() as session:
        found = loyalty.retention(session, clock.last_full_month())
    assert found.giving is not None
    assert found.giving.high < 0, "branches that give more lose fewer"
    assert found.difference is not None
    assert found.difference.high < 0, "so do customers who were given something"


def test_the_report_finds_that_newcomers_are_better_off_and_that_outreach_helped() -> None:
    with db.reading() as session:
        compared = loyalty.compared(session, Scope(), clock.current_month())
        outage = session.scalars(select(Incident).where(Incident.key == "demo:outage")).one()
        effect = incidents.measured(session, outage)
    newer = compared.measures["csat"].difference
    assert newer is not None
    assert newer.low > 0
    assert effect.outreach is not None
    assert effect.outreach.low > 0, "who was reached is more satisfied than who was not"


def test_incidents_are_in_every_state_and_people_too() -> None:
    with db.reading() as session:
        states = set(session.scalars(select(Incident.state)))
        people = set(session.scalars(select(IncidentPerson.state)))
        joined = set(session.scalars(select(Incident.state).join(Case, Case.incident_id == Incident.id)))
    assert states == {"proposed", "open", "closed", "dismissed"}
    assert people == {"waiting", "sent", "reached", "unreachable", "no_contact"}
    assert "proposed" in joined


def test_gifts_keep_to_the_cap_and_the_calendar_has_every_state() -> None:
    with db.reading() as session:
        rows = session.execute(select(Gift.customer_id, Gift.given_on).order_by(Gift.customer_id, Gift.given_on)).all()
        states = set(session.scalars(select(GivingContact.state)))
    days = Loop().giving_days
    close = [a for a, b in pairwise(rows) if a[0] == b[0] and (b[1] - a[1]).days < days - 1]
    assert len(rows) > 100
    assert not close
    assert states == {"planned", "approved", "sent", "cancelled"}


def test_the_demo_writes_to_no_customer() -> None:
    giving_out.hourly()
    incident_work.deliver()
    with db.reading() as session:
        assert not session.scalar(select(func.count()).select_from(Letter).where(Letter.kind.in_(("incident", "gift"))))


def test_one_score_waits_for_a_second_person_and_one_stayed() -> None:
    with db.reading() as session:
        found = {one.state: one for one in session.scalars(select(ScoreRemoval))}
        assert set(found) == {"asked", "refused"}
        assert found["refused"].decided_by_id not in {None, found["refused"].asked_by_id}
        assert {one.case.outcome for one in found.values()} == {"abusive"}


def test_customers_left_in_every_month_about_as_many() -> None:
    months = tuple(f"2026-{month:02d}" for month in range(1, 11))
    bank = SimpleNamespace(months=months)
    rows = loyalty_demo.long_gone(Random(1), bank, [3], 120)  # type: ignore[arg-type]
    found = Counter(row["month"] for row in rows)
    assert set(found) == set(months[:-3])
    assert all(32 <= count <= 48 for count in found.values())
    assert {row["branch_id"] for row in rows} == {3}, "nobody is a customer of the head office"


def test_tags_fit_the_words_that_they_stand_at() -> None:
    parts = files.document("voices")["tags"]
    with db.reading() as session:
        rows = session.execute(
            select(VoiceTag.tag, VoiceMessage.words).join(VoiceMessage, VoiceTag.ref == cast(VoiceMessage.id, String))
        ).all()
    assert rows
    assert all(any(part in words for part in parts[tag]) for tag, words in rows)
