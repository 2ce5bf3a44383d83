"""What a shopper's phone sends is taken once, kept whole, and never dropped, whatever became of the visit meanwhile."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from forms.questionnaire import library
from forms.questionnaire.definition import dump
from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import quality, questionnaires, responses
from survey_app.commands.syncing import answering, filing, reading, taking
from survey_app.field import copies
from survey_app.models import (
    Answer,
    Assignment,
    Draft,
    Evidence,
    Expense,
    FieldCopy,
    FieldRecord,
    Response,
    User,
    VisitEvent,
)
from survey_app.queries import tickets
from survey_app.transaction import transaction
from tests.commands.acting import SHOP, by_visit
from tests.commands.phoning import ITEM, arrives, change, comes, lying, made, other_shopper, rows
from tests.commands.together import together
from tests.support.phones import DEVICE, Photo, drawn, expense, fields, report

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.fixture
def visit(database: db.Database) -> Assignment:
    """A shopper's visit to make."""
    return made()


@pytest.fixture
def any_visit(any_database: db.Database) -> Assignment:
    """The same on both engines."""
    return made()


# ---- the report ------------------------------------------------------------------------------------------------------


def test_five_tries_at_once_make_one_report_with_its_files(any_visit: Assignment) -> None:
    photos = [Photo(ITEM, drawn(1)), Photo("B1", drawn(2))]
    body = report(photos, expenses=[expense()])

    def try_() -> taking.Outcome:
        for one in photos:
            arrives(any_visit, one)
        return comes(any_visit, body)

    found = together([try_] * 5)
    assert [one.state for one in found if isinstance(one, taking.Outcome)] == ["kept"] * 5, found
    (response,) = rows(Response)
    assert (response.state, response.channel, response.visited_on) == ("pending", "shop", date(2026, 11, 15))
    (record,) = rows(FieldRecord)
    assert [one["sha256"] for one in record.manifest] == [one.sha256 for one in photos]
    assert len(rows(Evidence)) == 2
    assert len(rows(Expense)) == 1
    assert rows(FieldCopy) == []
    assert rows(Draft) == []
    assert [one.kind for one in rows(VisitEvent)] == ["submitted"]
    assert {one.sha256 for one in rows(Evidence)} == lying()


def test_what_is_kept_of_a_visit(visit: Assignment) -> None:
    assert comes(visit, report()).state == "kept"
    (record,) = rows(FieldRecord)
    assert record.position == {"state": "near", "within_m": 100, "accuracy_m": 20}, "never where, in steps of 50 m"
    assert (record.left_at - record.entered_at).total_seconds() == 42 * 60
    assert (record.round, record.device, record.clock_offset_s) == (1, DEVICE, 0)
    assert record.timings["A1"] == 7
    (stands,) = rows(Assignment)
    assert (stands.state, stands.entered_at, stands.left_at) == ("submitted", record.entered_at, record.left_at)


def test_a_report_waits_for_its_files(visit: Assignment) -> None:
    photo, other = Photo(ITEM, drawn(1)), Photo(ITEM, drawn(2))
    body = report([photo, other])
    arrives(visit, photo)
    found = comes(visit, body)
    assert (found.state, found.missing) == ("missing", [other.sha256])
    assert rows(Response) == []
    arrives(visit, other)
    found = comes(visit, body)
    assert (found.state, found.files) == ("kept", [photo.sha256, other.sha256])


def test_a_day_that_a_wrong_clock_filled_in_is_put_right(visit: Assignment) -> None:
    behind = timedelta(days=-1)  # it runs a day ahead: the day on the form is one that is still to come for us
    body = report(behind=behind, answers=fields("2026-11-16"))
    assert comes(visit, body).state == "kept"
    (response,) = rows(Response)
    assert response.visited_on == date(2026, 11, 15)
    (record,) = rows(FieldRecord)
    assert record.clock_offset_s == -86_400
    assert record.entered_at.date() == date(2026, 11, 15)


def test_a_day_that_somebody_chose_stays(visit: Assignment) -> None:
    assert comes(visit, report(behind=timedelta(days=-1), answers=fields("2026-11-12"))).state == "kept"
    assert rows(Response)[0].visited_on == date(2026, 11, 12)


def test_what_a_report_lacks_is_told_and_stands_as_a_draft(visit: Assignment) -> None:
    found = comes(visit, report(answers=fields(B3="", A2="")))
    assert found.state == "faulty"
    assert {code for code, _message in found.problems} >= {"A2", "B3"}
    assert rows(Response) == []
    (draft,) = rows(Draft)
    assert draft.answers["A1"] == "yes"
    assert comes(visit, report()).state == "kept"
    assert rows(FieldCopy) == []


def test_a_report_finishes_under_the_version_it_was_begun_with(visit: Assignment) -> None:
    with transaction(Actor.respondent(), "test.publish") as session:
        old = rows(Response)  # nothing yet
        definition = questionnaires_document()
        definition["sections"][0]["questions"][0]["text"]["he"] += " (חדש)"
        version, _new = questionnaires.bring_in(session, definition, publish=True)
        assert (old, version.number) == ([], 2)
    assert comes(visit, report(version=1)).state == "kept"
    with db.reading() as session:
        assert session.scalars(select(Response)).one().version.number == 1


def questionnaires_document() -> dict[str, Any]:
    """The document of the shop that is published."""
    return dump(library.load(SHOP))


# ---- copies ----------------------------------------------------------------------------------------------------------


def test_a_second_phone_s_report_stands_beside_the_first(any_visit: Assignment) -> None:
    photo = Photo(ITEM, drawn(3))
    assert comes(any_visit, report()).state == "kept"
    second = report([photo], device="e" * 32, answers=fields(A1="no", A1_comment="לא ראיתי שלט"))
    arrives(any_visit, photo)
    for _ in range(2):
        found = comes(any_visit, second)
        assert (found.state, found.files) == ("copy", [photo.sha256])
    (copy,) = rows(FieldCopy)
    assert (copy.reason, copy.device) == (copies.SECOND, "e" * 32)
    assert copy.content["stored"]["A1"] == "no"
    assert copy.content["answers"]["A1"] == ["no"]
    assert copy.content["position"].keys() == {"state", "within_m", "accuracy_m"}
    assert rows(Answer, Answer.question == "A1")[0].value == "yes"
    assert len(rows(Evidence)) == 1
    assert [one.kind for one in rows(VisitEvent)] == ["submitted", "copied"]


def test_one_report_that_two_phones_of_an_account_bring_is_one(any_visit: Assignment) -> None:
    """Written on one phone, taken in a file to another and sent from there; then the first one is online again."""
    photo = Photo(ITEM, drawn(3))
    body = report([photo])
    arrives(any_visit, photo)
    for device in ("e" * 32, DEVICE, "e" * 32):
        found = comes(any_visit, {**body, "device": device, "now": clock.now().isoformat()})
        assert (found.state, found.files) == ("kept", [photo.sha256])
    assert len(rows(FieldRecord)) == 1
    assert rows(FieldCopy) == []
    assert [one.kind for one in rows(VisitEvent)] == ["submitted"]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"state": "cancelled"}, copies.CANCELLED),
        ({"state": "missed"}, copies.MISSED),
        ({"state": "open", "shopper_id": None}, copies.GIVEN_AWAY),
        ({"state": "missed", "shopper_id": None}, copies.MISSED),
    ],
    ids=["cancelled", "missed", "open", "missed-and-taken"],
)
def test_work_for_a_visit_that_changed_meanwhile_is_kept(
    visit: Assignment, values: dict[str, Any], reason: str
) -> None:
    photo = Photo(ITEM, drawn(4))
    arrives(visit, photo)
    change(visit, **values)
    found = comes(visit, report([photo], expenses=[expense()]))
    assert (found.state, found.files) == ("copy", [photo.sha256])
    assert found.message == str(copies.TOLD[reason])
    (copy,) = rows(FieldCopy)
    assert (copy.reason, copy.content["user"]) == (reason, visit.shopper_id)
    assert len(copy.content["expenses"]) == 1
    assert rows(Response) == []
    assert len(rows(Evidence)) == 1


def test_work_for_a_visit_that_somebody_else_has_now_is_kept_and_the_visit_stays_theirs(visit: Assignment) -> None:
    before, other = visit.shopper_id, other_shopper()
    change(visit, shopper_id=other)
    assert comes(visit, report(), before).state == "copy"
    assert rows(Assignment)[0].state == "assigned"
    assert comes(visit, report(device="e" * 32), other).state == "kept"
    assert comes(visit, report(), before).state == "copy"
    assert len(rows(FieldCopy)) == 1
    assert len(rows(Response)) == 1


def test_what_was_written_elsewhere_and_says_otherwise_is_kept(visit: Assignment) -> None:
    with transaction(Actor.respondent(), "shop.save") as session:
        responses.save_page(session, by_visit(visit), {"A1": "no", "A2": "yes"}, "he")
    assert comes(visit, report()).state == "kept"
    (copy,) = rows(FieldCopy)
    assert (copy.reason, copy.content["differs"]) == (copies.ELSEWHERE, ["A1"])
    assert copy.content["stored"] == {"A1": "no", "A2": "yes"}


def test_nobody_fills_the_desk_with_copies(visit: Assignment) -> None:
    assert comes(visit, report()).state == "kept"
    for number in range(20):
        assert comes(visit, report(later=[f"q{number}"])).state == "copy"
    with pytest.raises(taking.TooMany):
        comes(visit, report(later=["once more"]))


def test_an_unknown_version_costs_nothing(visit: Assignment) -> None:
    found = comes(visit, report(version=77))
    assert found.state == "copy"
    assert rows(FieldCopy)[0].content["answers"]["A1"] == ["yes"]


def test_a_copy_holds_nothing_that_the_app_does_not_send(visit: Assignment) -> None:
    """A phone that was tampered with may send where somebody was, under any name: nothing of it is kept."""
    assert comes(visit, report()).state == "kept"
    photo, where = Photo(ITEM, drawn(31)), {"latitude": 32.0853, "longitude": 34.7818}
    arrives(visit, photo)
    body = report([photo], device="e" * 32, expenses=[expense() | where], track=[where], **where)
    body["manifest"][0] |= where
    body["marks"] |= {"latitude": "32.0853"}
    body["position"] |= {"coords": where}
    assert comes(visit, body).state == "copy"
    (copy,) = rows(FieldCopy)
    assert not {"track", "latitude", "longitude", "now"} & copy.content.keys()
    assert not {"32.0853", "34.7818", "coords"} & set(re.findall(r"[\w.]+", json.dumps(copy.content)))
    assert reading.report({**copy.content, "device": DEVICE}).fields == {k: list(v) for k, v in fields().items()}


# ---- sent back -------------------------------------------------------------------------------------------------------


def test_a_report_that_was_sent_back_comes_again_with_what_it_had(visit: Assignment) -> None:
    photo, more = Photo(ITEM, drawn(5)), Photo(ITEM, drawn(6))
    arrives(visit, photo)
    first = report([photo])
    assert comes(visit, first).state == "kept"
    with transaction(Actor.system("test"), "quality.return") as session:
        reviewer = session.scalars(select(User).where(User.email == "judge@example.com")).one()
        quality.review(session, reviewer, visit.response_id, "returned", "מה היה השלט?")
    assert comes(visit, first).state == "kept", "the old one again is no new one"
    assert rows(Response)[0].state == "returned"
    late = comes(visit, report(device="f" * 32, round=1, answers=fields(A3="no", A3_comment="לא")))
    assert late.state == "copy", "of the first round: it is not what was asked for"
    arrives(visit, more)
    again = report([more], round=2, answers=fields(A1="no", A1_comment="לא ראיתי"))
    assert comes(visit, again).state == "kept"
    assert rows(Response)[0].state == "pending"
    assert [one.round for one in rows(FieldRecord)] == [1, 2]
    assert len(rows(Evidence)) == 2, "the first picture stays"
    assert [one.reason for one in rows(FieldCopy)] == [copies.SECOND]


def test_a_picture_that_is_taken_away_later_stays_with_the_report_that_named_it(any_visit: Assignment) -> None:
    first, never = Photo(ITEM, drawn(32)), Photo(ITEM, drawn(33))
    arrives(any_visit, first)
    assert comes(any_visit, report([first])).state == "kept"
    with transaction(Actor.system("test"), "quality.return") as session:
        reviewer = session.scalars(select(User).where(User.email == "judge@example.com")).one()
        quality.review(session, reviewer, any_visit.response_id, "returned", "מה היה השלט?")
    arrives(any_visit, never)
    removed = [first.entry, never.entry]
    again = report(round=2, answers=fields(A1="no", A1_comment="לא ראיתי"), removed=removed)
    assert comes(any_visit, again).state == "kept"
    assert [one.sha256 for one in rows(Evidence)] == [first.sha256], "what no report named goes"
    assert lying() == {first.sha256}


# ---- drafts ----------------------------------------------------------------------------------------------------------


def keeps(visit: Assignment, device: str, **typed: str) -> bool:
    """A phone sends what it has so far."""
    sent = reading.pages(report(device=device, answers={name: [value] for name, value in typed.items()}))
    with transaction(Actor.respondent(), "field.draft") as session:
        found = filing.visit(session, visit.response_id, held=True)
        ticket = tickets.of_visit(session, found)
        return taking.save_draft(session, ticket, device, answering.read(ticket, sent, {}).answers)


def drafted() -> dict[str, Any]:
    """The draft, without what a rule says of itself."""
    return {code: value for code, value in rows(Draft)[0].answers.items() if value != "na"}


def test_drafts_of_two_phones_merge_and_neither_undoes_the_other(visit: Assignment) -> None:
    assert keeps(visit, DEVICE, A1="yes", A2="yes")
    assert keeps(visit, "e" * 32, A1="no", A3="no")
    assert drafted() == {"A1": "yes", "A2": "yes", "A3": "no"}
    assert keeps(visit, DEVICE, A1="no")
    assert drafted() == {"A1": "no", "A3": "no"}, "its own answer is taken back, the other's stays"
    assert comes(visit, report()).state == "kept"
    (copy,) = rows(FieldCopy)
    assert copy.content["differs"] == ["A3"]
    assert not keeps(visit, DEVICE, A1="no")
