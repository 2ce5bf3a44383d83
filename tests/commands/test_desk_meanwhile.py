"""What others do to a visit while its report is judged: cancelled, erased, sent a second time, held by a phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import giving, quality, responses
from survey_app.commands.quality import Words
from survey_app.errors import Conflict, Forbidden
from survey_app.models import Assignment, FieldCopy, User
from survey_app.queries import pay
from survey_app.transaction import transaction
from tests.commands.acting import Field
from tests.commands.test_desk import decide, one, report, settle, visit
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.fixture
def field(any_database: db.Database) -> Field:
    with setting() as make:
        return Field.made(make)


def test_a_visit_that_was_cancelled_while_its_report_was_with_the_shopper_is_not_judged(field: Field) -> None:
    made = visit(field)
    response = report(made)
    decide(field.reviewer, response, "returned", Words("?", answer_by=clock.today() + timedelta(days=1)))
    with transaction(Actor.user(field.reviewer), "fieldwork.cancel") as session:
        giving.cancel(session, made.id, by=field.reviewer)
    with clock.moved_to(clock.now() + timedelta(days=9)):
        with pytest.raises(Conflict):
            decide(field.reviewer, response, "rejected", Words("לא הגיע"))
        with pytest.raises(Conflict), transaction(Actor.user(field.reviewer), "quality.extend") as session:
            quality.extend(session, field.reviewer, response.id, clock.today() + timedelta(days=2))
    assert one(Assignment).state == "cancelled"


def test_whoever_writes_to_a_report_holds_its_visit_first(field: Field) -> None:
    """As the phone does that sends it again: in another order each would wait for the other."""
    response = report(visit(field))
    seen: list[str] = []
    with transaction(Actor.user(field.reviewer), "quality.review") as session:
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *given: seen.append(str(given[2])))
        quality.review(session, field.reviewer, response.id, "approved")
    assert "FROM assignment" in seen[0]
    assert "FROM response" in seen[1]
    assert all("UPDATE" in one for one in seen[:2]) == (connection.dialect.name == "postgresql")


def test_whoever_made_a_visit_is_paid_for_it_although_its_report_is_erased(field: Field) -> None:
    made = visit(field)
    with setting() as make:
        make.session.get_one(Assignment, made.id).fee = 9_000
    response = report(made)
    decide(field.reviewer, response, "approved")
    with transaction(Actor.user(field.reviewer), "responses.erase") as session:
        responses.erase(session, response.id)
    with db.reading() as session:
        assert [(line.part.sort, line.part.amount) for line in pay.due(session, clock.current_month())] == [
            ("fee", 9_000)
        ]
        assert [line.assignment_id for line in pay.lines(session, clock.current_month())] == [made.id]


def test_a_copy_beside_which_no_report_stands_is_settled_from_outside_only(field: Field) -> None:
    made = visit(field)
    with setting() as make:
        found = FieldCopy(
            response_id=made.response_id, device="other", digest="d", content={"user": field.shopper.id},
            reason="missed", received_at=clock.now(),
        )  # fmt: skip
        make.session.add(found)
        make.session.get_one(User, field.reviewer.id).branch_id = made.branch_id
    near = one(User, User.id == field.reviewer.id)
    for reader in (near, field.shopper):
        with pytest.raises(Forbidden):
            settle(reader, found.id, [])
    near.branch_id = None
    assert settle(near, found.id, []).settled_by_id == near.id
