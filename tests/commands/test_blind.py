"""Blind second readings: drawn by share, made by somebody else, compared item by item; nothing of a report changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import blind, quality
from survey_app.commands.quality import Words
from survey_app.errors import Conflict, Forbidden, UserError
from survey_app.models import Answer, Appeal, BlindReview, Response, User
from survey_app.queries import blind as blind_queries
from survey_app.queries import desk
from survey_app.transaction import transaction
from tests.commands.acting import Field
from tests.commands.test_desk import NOTE, decide, every, one, report, visit
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.fixture
def field(any_database: db.Database) -> Field:
    with setting() as make:
        return Field.made(make)


def again(reader: User, response: Response, answers: Mapping[str, Any], outcome: str = "approved") -> BlindReview:
    with transaction(Actor.user(reader), "quality.blind") as session:
        return blind.finish(session, reader, response.id, answers, outcome)


def test_a_drawn_report_is_read_again_by_somebody_else_and_nothing_of_it_changes(field: Field) -> None:
    response = report(visit(field, blind_share=1.0), B1="no")
    decide(field.reviewer, response, "approved")
    with setting() as make:
        second = make.user(email="second@example.com", role="quality_reviewer")
        near = make.user(email="near@example.com", role="quality_reviewer", branch=field.other)
    for reader in (field.reviewer, near, field.shopper):
        with pytest.raises(Forbidden):
            again(reader, response, {"B1": "yes"})
    for answers, outcome in (({}, "approved"), ({"Z9": "yes"}, "approved"), ({"B1": "yes"}, "praised")):
        with pytest.raises(UserError):
            again(second, response, answers, outcome)
    again(second, response, {"B1": "yes", "A1": "yes"}, "returned")
    with pytest.raises(Conflict):
        again(second, response, {"B1": "no"})
    assert one(Answer, Answer.question == "B1").value == "no"
    with db.reading() as session:
        (found,) = blind_queries.agreements(session, clock.now() - timedelta(days=1))
    assert found.pairs[0].differing == ["B1"]
    assert (found.pairs[0].first_outcome, found.pairs[0].second_outcome) == ("approved", "returned")
    assert {item.code: (item.pairs, item.same) for item in found.items} == {"A1": (1, 1), "B1": (1, 0)}


def test_without_a_share_nothing_is_drawn_and_what_is_sent_back_never_is(field: Field) -> None:
    first = report(visit(field, blind_share=0.0))
    decide(field.reviewer, first, "approved")
    second = report(visit(field, blind_share=1.0))
    decide(field.reviewer, second, "returned", Words(NOTE))
    assert every(BlindReview) == []


def test_a_correction_after_the_draw_does_not_change_what_was_read_first(field: Field) -> None:
    response = report(visit(field, blind_share=1.0), B1="no")
    decide(field.reviewer, response, "approved")
    with clock.moved_to(clock.now() + timedelta(hours=1)):
        with transaction(Actor.user(field.reviewer), "quality.correct") as session:
            quality.correct(session, field.reviewer, response.id, "B1", ["yes"], "ערעור")
        with setting() as make:
            second = make.user(email="second@example.com", role="quality_reviewer")
        again(second, response, {"B1": "yes"})
    with db.reading() as session:
        (found,) = blind_queries.agreements(session, clock.now() - timedelta(days=1))
        assert session.scalar(select(func.count()).select_from(BlindReview)) == 1
    assert found.pairs[0].differing == ["B1"]


def test_what_was_appealed_against_is_read_blind_by_nobody(field: Field) -> None:
    response = report(visit(field, blind_share=1.0), B1="no")
    decide(field.reviewer, response, "approved")
    with setting() as make:
        second = make.user(email="second@example.com", role="quality_reviewer")
    with db.reading() as session:
        assert session.scalars(desk.blind_open(session, second)).all() == [response.id]
    with setting() as make:
        make.session.add(
            Appeal(response_id=response.id, side="branch", filed_by_id=field.shopper.id, filed_at=clock.now())
        )
    with db.reading() as session:
        assert session.scalars(desk.blind_open(session, second)).all() == []
    with pytest.raises(Forbidden):
        again(second, response, {"B1": "yes"})
