"""How the demo bank reaches its customers: every state there is to see, one consistent story, nobody real."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from reports import months as calendar
from survey_app import clock, db, demo
from survey_app.config import Settings
from survey_app.models import (
    Campaign,
    CollectionPoint,
    ContactEvent,
    Customer,
    Draft,
    Exclusion,
    Interaction,
    Invitation,
    Message,
    OptOut,
    Response,
    SealedResponse,
    Selection,
)
from survey_app.models.campaign import ANONYMOUS, USED
from survey_app.models.outreach import EXCLUSION_REASONS, POINT_KINDS
from survey_app.outreach import codes, phones, sending
from survey_app.outreach.dispositions import DISPOSITIONS, LEFT_OUT
from survey_app.outreach.flags import FLAGS
from survey_app.queries.sampling import place_in_draw
from tests.support.clocks import MOMENT


@pytest.fixture(scope="module")
def bank(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[db.Database]:
    """One demo bank that the tests of this file only read."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copyfile(sqlite_template, folder / "demo.db")
    database = db.Database(f"sqlite:///{folder / 'demo.db'}")
    with clock.moved_to(MOMENT):
        demo.load(Settings(data_dir=folder), branches=10, months=3, seed=7, database=database)
    yield database
    database.close()


@pytest.fixture(autouse=True)
def _bound(bank: db.Database, frozen_clock: object) -> Iterator[None]:
    with db.bound(bank):
        yield


def every(statement: Any) -> list[Any]:
    with db.reading() as session:
        return [row[0] if len(row) == 1 else tuple(row) for row in session.execute(statement)]


def test_messages_are_in_every_state_and_say_why_in_known_words() -> None:
    counts = dict(every(select(Message.state, func.count()).group_by(Message.state)))
    assert set(counts) == {"ready", "sending", "sent", "delivered", "failed", "uncertain", "cancelled"}
    assert (counts["sending"], counts["uncertain"]) == (1, 2)
    reasons = {error.partition(" ")[0] for error in every(select(Message.error).where(Message.error != ""))}
    assert reasons
    assert reasons <= set(sending.REASONS)
    assert set(every(select(Message.kind).distinct())) == {"invitation", "reminder"}


def test_every_case_has_a_disposition_that_its_state_and_events_bear_out() -> None:
    rows = every(
        select(Invitation.id, Invitation.state, Invitation.disposition, Invitation.finished_at).where(
            Invitation.customer_id.is_not(None)
        )
    )
    events: dict[int, list[str]] = {}
    for invitation_id, code in every(select(ContactEvent.invitation_id, ContactEvent.code).order_by(ContactEvent.at)):
        events.setdefault(invitation_id, []).append(code)
    seen = {disposition for _id, _state, disposition, _at in rows}
    assert seen <= set(DISPOSITIONS)
    assert {"1.1", "1.2", "2.11", "2.111", "2.20", "2.36", "3.10", "3.13", "3.19", "3.30", "3.90"} <= seen
    for invitation_id, state, disposition, finished in rows:
        assert (disposition == "1.1") == (state == USED) == (finished is not None)
        assert disposition == "3.10" or events[invitation_id][-1] == disposition
        assert disposition != "3.10" or invitation_id not in events


def test_an_answered_invitation_is_one_response_of_the_campaign() -> None:
    answered = set(every(select(Invitation.response_id).where(Invitation.disposition == "1.1")))
    campaign = select(Campaign.id).where(Campaign.code == "after_visit").scalar_subquery()
    assert answered == set(every(select(Response.id).where(Response.campaign_id == campaign)))
    assert len(answered) > 20
    begun = every(select(Invitation.response_id).where(Invitation.disposition == "1.2"))
    campaign_drafts = select(Draft.response_id).where(Draft.campaign_id == campaign)
    assert sorted(every(campaign_drafts)) == sorted(begun)


def test_whoever_was_drawn_was_drawn_by_the_campaign_s_own_secret() -> None:
    (salt,) = every(select(Campaign.salt).where(Campaign.code == "after_visit"))
    rows = every(
        select(Interaction.key, Selection.outcome, Selection.reason, Selection.probability).join(
            Selection, Selection.interaction_id == Interaction.id
        )
    )
    assert {reason for _key, _outcome, reason, _chance in rows} <= {"", *LEFT_OUT}
    assert len({reason for _key, _outcome, reason, _chance in rows}) > 6
    for key, outcome, reason, chance in rows:
        if chance is not None:
            assert (place_in_draw(salt, key) < chance) == (outcome == "invited") == (reason != "not_drawn")


def test_nothing_happened_in_the_future_but_what_is_planned() -> None:
    now = clock.now()
    for column in (ContactEvent.at, Message.sent_at, Interaction.at, Invitation.finished_at, Selection.decided_at):
        assert not every(select(column).where(column > now)), column
    promised = every(select(ContactEvent.call_again_at).where(ContactEvent.code == "2.36"))
    assert len(promised) >= 3
    assert None not in promised


def test_nobody_can_be_reached_by_it() -> None:
    for phone, email in every(select(Customer.phone, Customer.email)):
        assert not phone or phone.startswith(("+972500", "+9722000"))
        assert not phone or phones.normal(phone) == phone
        assert not email or email.endswith("@example.com")
    addresses = set(every(select(Message.address)))
    assert addresses <= {address for row in every(select(Customer.phone, Customer.email)) for address in row if address}
    assert len(every(select(OptOut.address))) >= 4
    assert set(every(select(Exclusion.reason))) <= set(EXCLUSION_REASONS)


def test_there_are_places_of_open_collection_of_every_kind_and_odd_answers_at_some() -> None:
    points = every(select(CollectionPoint.kind, CollectionPoint.code, CollectionPoint.token))
    assert {kind for kind, _code, _token in points} == set(POINT_KINDS)
    for kind, code, token in points:
        assert codes.is_sound(code)
        assert (token is not None) == (kind == "kiosk")
    assert len([kind for kind, _code, _token in points if kind == "kiosk"]) == 1
    flags = {flag for found in every(select(Response.flags)) for flag in found}
    assert flags
    assert flags <= set(FLAGS)


def test_the_employees_pulse_is_in_the_middle_of_its_collection() -> None:
    campaign = every(select(Campaign.id).where(Campaign.code == "employee_pulse", Campaign.privacy == ANONYMOUS))[0]
    used = len(every(select(Invitation.id).where(Invitation.campaign_id == campaign, Invitation.state == USED)))
    ready = len(every(select(Invitation.id).where(Invitation.campaign_id == campaign, Invitation.state == "ready")))
    month = calendar.of(clock.today())  # those of the months before are over and have no tickets any more
    published = len(every(select(Response.id).where(Response.campaign_id == campaign, Response.month == month)))
    waiting = len(every(select(SealedResponse.id)))
    assert published + waiting == used
    assert min(waiting, ready) > 0
