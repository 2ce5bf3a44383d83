"""A case on its way, and the wish for no more: the commands, on both engines."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import responses, stopping, tracking
from survey_app.models import ContactEvent, Draft, Invitation
from survey_app.queries import tickets
from survey_app.transaction import transaction
from tests.commands.acting import PULSE, SINCE, SURVEY, by_token, keep, send
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("any_database", "frozen_clock")


def invited(code: str = SURVEY, **columns: Any) -> str:
    with setting() as make:
        make.questionnaire(code)
        found = make.invitation(
            campaign=make.campaign(code, opens=SINCE),
            branch=make.branch(code="101", region=None),
            visited_on=date(2026, 11, 15),
        )
        make.session.execute(update(Invitation).values(**columns) if columns else select(1))
        return found.token


def case() -> Invitation:
    with db.reading() as session:
        return session.scalars(select(Invitation)).one()


def codes() -> list[str]:
    with db.reading() as session:
        return list(session.scalars(select(ContactEvent.code).order_by(ContactEvent.id)))


def note(act: Any, token: str) -> None:
    with transaction(Actor.respondent(), "response.opened") as session:
        act(session, by_token(token))


def test_every_step_is_noted_once_and_the_later_one_brings_the_earlier() -> None:
    token = invited(disposition="3.19", channel="email")
    keep(by_token(token), {"pv1": 4})
    assert (case().opened_at, case().started_at, case().disposition) == (clock.now(), clock.now(), "1.2")
    note(tracking.opened, token)
    note(tracking.started, token)
    assert codes() == ["1.2"]
    send(by_token(token), {"pv8": 9})
    assert (case().finished_at, case().disposition) == (clock.now(), "1.1")
    assert codes() == ["1.2", "1.1"]


@pytest.mark.parametrize("stands", ["2.11", "2.111", "2.12", "1.2"])
def test_opening_says_nothing_new_of_a_case_that_is_further(stands: str) -> None:
    token = invited(disposition=stands)
    note(tracking.opened, token)
    assert case().disposition == stands
    assert case().opened_at == clock.now()


def test_of_an_anonymous_case_nothing_is_noted_by_any_way() -> None:
    token = invited(PULSE)
    for act in (tracking.opened, tracking.started, tracking.finished):
        note(act, token)
    keep(by_token(token), {"ep1": 4})
    send(by_token(token), {"ep2": 4})
    assert (case().opened_at, case().started_at, case().finished_at, case().disposition) == (None, None, None, "")
    assert codes() == []


def test_an_open_link_has_no_case() -> None:
    invited()
    with db.reading() as session:
        ticket = tickets.open_branch(session, "101")
    keep(ticket, {"pv1": 4})
    send(ticket, {"pv8": 4})
    assert codes() == []


def test_where_people_leave_is_kept_with_the_draft() -> None:
    ticket = by_token(invited())
    for page in ("main-1", "main-2", ""):
        with transaction(Actor.respondent(), "response.save") as session:
            responses.save_page(session, ticket, {"pv1": 3}, "he", page=page)
    with db.reading() as session:
        assert session.scalars(select(Draft.page)).one() == "main-2"


def test_stopping_twice_and_allowing_twice_is_once() -> None:
    token = invited()
    for _time in range(2):
        with transaction(Actor.respondent(), "survey.stop") as session:
            stopping.stop(session, token)
    assert (case().state, codes()) == ("revoked", ["2.111"])
    for _time in range(2):
        with transaction(Actor.respondent(), "survey.allow") as session:
            stopping.allow(session, token)
    assert (case().state, codes()) == ("ready", ["2.111", "2.20"])
