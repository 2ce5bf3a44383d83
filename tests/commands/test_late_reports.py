"""A report that came too late for its visit: it may become the visit's report after all, by a reviewer from outside."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from survey_app import db
from survey_app.audit import Actor
from survey_app.commands.syncing import late_reports
from survey_app.errors import Conflict, Forbidden
from survey_app.models import Answer, Assignment, Expense, FieldCopy, FieldRecord, Response, User
from survey_app.permissions import Role
from survey_app.transaction import transaction
from tests.commands.phoning import ITEM, arrives, change, comes, made, other_shopper, rows
from tests.commands.together import together
from tests.support.phones import Photo, drawn, expense, report

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.fixture
def visit(any_database: db.Database) -> Assignment:
    """A shopper's visit, on both engines."""
    return made()


def reviewer() -> User:
    """Somebody who reviews, from outside."""
    (found,) = rows(User, User.role == Role.QUALITY_REVIEWER)
    assert isinstance(found, User)
    return found


def adopt(who: User, copy_id: int) -> Assignment:
    """The reviewer takes a copy as the visit's report."""
    with transaction(Actor.user(who), "quality.adopt", copy=copy_id) as session:
        return late_reports.adopt(session, who, copy_id)


@pytest.mark.parametrize(
    "values", [{"state": "missed"}, {"state": "open", "shopper_id": None}], ids=["missed", "on-the-board"]
)
def test_a_late_report_becomes_the_visit_s_own_and_waits_for_its_review(
    visit: Assignment, values: dict[str, Any]
) -> None:
    photo, spent = Photo(ITEM, drawn(4)), expense()
    arrives(visit, photo)
    change(visit, **values)
    sent = report([photo], expenses=[spent], behind=timedelta(hours=30))
    assert comes(visit, sent, visit.shopper_id).state == "copy"
    (copy,) = rows(FieldCopy)
    found = together([partial(adopt, reviewer(), copy.id) for _try in range(2)])
    assert sorted(type(one).__name__ for one in found) == ["Assignment", "Conflict"]
    (stands,) = rows(Assignment)
    assert (stands.state, stands.shopper_id) == ("submitted", visit.shopper_id)
    assert [one.state for one in rows(Response)] == ["pending"]
    assert rows(Answer, Answer.question == "A1")[0].value == "yes"
    assert [one.claimed for one in rows(Expense)] == [spent["amount"]]
    (record,) = rows(FieldRecord)
    assert [one["sha256"] for one in record.manifest] == [photo.sha256]
    assert record.clock_offset_s == 30 * 3600
    assert rows(FieldCopy)[0].settled_by_id == reviewer().id
    assert comes(visit, sent, visit.shopper_id).state == "copy"
    assert len(rows(FieldCopy)) == 1


def test_nobody_s_visit_only_and_only_from_outside(visit: Assignment) -> None:
    change(visit, state="missed")
    comes(visit, report())
    (copy,) = rows(FieldCopy)
    near = reviewer()
    near.branch_id = visit.branch_id
    with pytest.raises(Forbidden):
        adopt(near, copy.id)
    change(visit, state="assigned", shopper_id=other_shopper())
    with pytest.raises(Conflict):
        adopt(reviewer(), copy.id)
    assert rows(Response) == []
