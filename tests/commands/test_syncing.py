"""What a shopper's phone sends is taken once, kept whole, and never dropped, whatever became of the visit meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from forms.questionnaire import library
from forms.questionnaire.definition import dump
from survey_app import contents, db
from survey_app.audit import Actor
from survey_app.commands import evidence, giving, quality, questionnaires, responses
from survey_app.commands.syncing import answering, devices, filing, reading, taking
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.field import copies
from survey_app.models import (
    Answer,
    Assignment,
    Draft,
    Evidence,
    Expense,
    FieldCopy,
    FieldDevice,
    FieldRecord,
    Response,
    User,
    VisitEvent,
)
from survey_app.queries import evidence as evidence_queries
from survey_app.queries import syncing as queries
from survey_app.queries import tickets
from survey_app.transaction import transaction
from tests.commands.acting import SHOP, Field, by_visit
from tests.commands.together import together
from tests.forms.samples import asked, document, question
from tests.support.clocks import MOMENT, FrozenClock
from tests.support.factories import setting
from tests.support.phones import DEVICE, Photo, drawn, expense, fields, report
from tests.support.pictures_sent import bomb, phone_picture, picture

pytestmark = pytest.mark.usefixtures("frozen_clock")

#: Files of the shop that the product ships with belong to its items.
ITEM = "A1"


@pytest.fixture
def visit(database: db.Database) -> Assignment:
    """A shopper's visit to make."""
    return made()


@pytest.fixture
def any_visit(any_database: db.Database) -> Assignment:
    """The same on both engines."""
    return made()


def made() -> Assignment:
    """A shopper with a visit; another shopper."""
    with setting() as make:
        field = Field.made(make, has_account=False)
        found = field.visit(make)
        make.user(email="other@example.com", role="shopper")
    return found


def arrives(visit: Assignment, photo: Photo) -> None:
    """A file comes."""
    filing.keep(filing.Sent(visit.response_id, photo.question, photo.sha256, photo.content, "photo.jpg"))


def comes(visit: Assignment, body: dict[str, Any], user_id: int | None = None) -> taking.Outcome:
    """A report comes, by default from whom the visit was given to."""
    sent = reading.report(body)
    with transaction(Actor.respondent(), "shop.submit") as session:
        return taking.take(session, user_id or visit.shopper_id or 0, visit.response_id, sent)


def rows(model: Any, *where: Any) -> list[Any]:
    """Everything of a table."""
    with db.reading() as session:
        return list(session.scalars(select(model).where(*where)))


def lying() -> set[str]:
    """Every content that lies in the store, however old."""
    return set(contents.store().kept(timedelta(days=-10_000)))


def other_shopper() -> int:
    """Somebody else's id."""
    (found,) = rows(User, User.email == "other@example.com")
    return int(found.id)


def change(visit: Assignment, **values: Any) -> None:
    """Coordination changes a visit meanwhile."""
    with transaction(Actor.respondent(), "test.change") as session:
        found = session.get_one(Assignment, visit.id)
        for name, value in values.items():
            setattr(found, name, value)


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
    assert record.position == {"state": "near", "within_m": 80, "accuracy_m": 20}, "never where somebody was"
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


# ---- files -----------------------------------------------------------------------------------------------------------


def test_a_bare_picture_is_kept_byte_for_byte_and_any_other_is_made_bare(visit: Assignment) -> None:
    bare, noted = Photo(ITEM, drawn(7)), Photo(ITEM, phone_picture())
    for one in (bare, noted):
        arrives(visit, one)
    found = {one.sent_sha256: one for one in rows(Evidence)}
    assert found[bare.sha256].sha256 == bare.sha256
    assert evidence_queries.content(found[bare.sha256]) == bare.content
    assert found[noted.sha256].sha256 != noted.sha256
    assert b"Exif" not in evidence_queries.content(found[noted.sha256])
    assert all(len(one.likeness) == 16 for one in found.values())


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', True),
        (b"<html><script>alert(1)</script>", True),
        (bomb(), True),
        (picture()[:2_000], True),
        (b"", True),
        (picture() + b"PK\x03\x04" + bytes(100), False),
        (picture(comment=b"<script>alert(1)</script>"), False),
    ],
    ids=["svg", "html", "bomb", "torn", "empty", "with-an-archive-behind", "with-a-script-in-its-notes"],
)
def test_a_hostile_file_is_refused_or_loses_what_it_hides(visit: Assignment, content: bytes, refused: bool) -> None:
    photo = Photo(ITEM, content)
    if refused:
        with pytest.raises(filing.Refused):
            arrives(visit, photo)
        assert rows(Evidence) == []
        assert lying() == set()
        return
    arrives(visit, photo)
    (found,) = rows(Evidence)
    kept = evidence_queries.content(found)
    assert b"PK" not in kept[-110:]
    assert b"script" not in kept


def test_what_was_cut_off_is_not_taken(visit: Assignment) -> None:
    whole = drawn(8)
    sent = filing.Sent(visit.response_id, ITEM, Photo(ITEM, whole).sha256, whole[:-700])
    with pytest.raises(filing.CutOff):
        filing.keep(sent)
    assert rows(Evidence) == []


@pytest.mark.parametrize("broken", [{"sha256": "../../etc/passwd"}, {"question": "a b"}, {"response_id": "0" * 32}])
def test_a_file_of_nobody_s_visit_is_not_taken(visit: Assignment, broken: dict[str, str]) -> None:
    photo = Photo(ITEM, drawn(9))
    named = {"response_id": visit.response_id, "question": ITEM, "sha256": photo.sha256} | broken
    with pytest.raises(NotFound):
        filing.keep(filing.Sent(content=photo.content, **named))


def test_the_same_file_at_once_is_one_row_and_the_same_bytes_lie_once(any_visit: Assignment) -> None:
    photo, elsewhere = Photo(ITEM, drawn(10)), Photo("B1", drawn(10))
    found = together([lambda: arrives(any_visit, photo)] * 4 + [lambda: arrives(any_visit, elsewhere)])
    assert found == [None] * 5
    assert sorted(one.question for one in rows(Evidence)) == [ITEM, "B1"]
    assert lying() == {photo.sha256}
    with transaction(Actor.respondent(), "test.destroy") as session:
        evidence.destroy(session, [one.id for one in rows(Evidence, Evidence.question == ITEM)])
    assert contents.store().has(photo.sha256), "another row names it"
    with transaction(Actor.respondent(), "test.destroy") as session:
        evidence.destroy(session, [one.id for one in rows(Evidence)])
    assert not contents.store().has(photo.sha256)


def test_a_file_neither_goes_while_a_row_comes_nor_stays_behind(any_visit: Assignment) -> None:
    """Destroyed and brought again at the same moment, many times: in the end row and bytes agree."""
    photos = [Photo(ITEM, drawn(100 + number)) for number in range(4)]

    def bring(photo: Photo) -> Callable[[], None]:
        return lambda: arrives(any_visit, photo)

    def destroy() -> None:
        with transaction(Actor.respondent(), "test.destroy") as session:
            evidence.destroy_of(session, [any_visit.response_id])

    for _ in range(4):
        assert together([*map(bring, photos), destroy, *map(bring, photos)]) == [None] * 9
        assert {one.content for one in rows(Evidence)} == lying()


def test_a_picture_that_was_taken_away_again_goes(visit: Assignment) -> None:
    stays, goes = Photo(ITEM, drawn(11)), Photo(ITEM, drawn(12))
    for one in (stays, goes):
        arrives(visit, one)
    assert comes(visit, report([stays], removed=[goes.entry])).state == "kept"
    assert [one.sha256 for one in rows(Evidence)] == [stays.sha256]
    assert not contents.store().has(goes.sha256)


def test_a_picture_of_another_phone_stays_although_no_answer_names_it(visit: Assignment) -> None:
    own, other = Photo(ITEM, drawn(13)), Photo(ITEM, drawn(14))
    for one in (own, other):
        arrives(visit, one)
    assert comes(visit, report([own])).state == "kept"
    assert len(rows(Evidence)) == 2


def test_a_receipt_belongs_to_its_expense(visit: Assignment) -> None:
    claimed = expense()
    receipt = Photo(f"expense:{claimed['id']}", drawn(15))
    arrives(visit, receipt)
    body = report([receipt], expenses=[claimed])
    assert comes(visit, body).state == "kept"
    (row,) = rows(Evidence)
    assert (row.question, row.expense_id) == ("receipt", claimed["id"])
    (found,) = rows(Expense)
    assert (found.claimed, found.state, found.assignment_id) == (1_250, "claimed", visit.id)
    assert comes(visit, body).state == "kept"


def test_photo_questions_name_their_files(database: db.Database) -> None:
    document_ = document(
        asked(question("day", "date"), question("front", "photo")), code="shop_files", kind="mystery_shop"
    )
    with setting() as make:
        field = Field.made(make)
        questionnaires.bring_in(make.session, document_, publish=True)
        visit = make.assignment(
            campaign=make.campaign("shop_files", opens=date(2026, 1, 1)),
            shopper=field.shopper, branch=field.branch, scenario=field.scenario,
            window_from=date(2026, 11, 1), window_until=date(2026, 11, 30),
        )  # fmt: skip
    photos = [Photo("front", drawn(number)) for number in (20, 21)]
    for one in photos:
        arrives(visit, one)
    assert comes(visit, report(photos, answers={"day": ["2026-11-15"]})).state == "kept"
    named = rows(Answer, Answer.question == "front")[0].value
    by_id = {one.id: one.sha256 for one in rows(Evidence)}
    assert [by_id[one] for one in named] == [one.sha256 for one in photos], "in the order they were taken"


# ---- what a phone says -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [
        {"device": "x"},
        {"version": "latest"},
        {"language": "xx"},
        {"answers": []},
        {"answers": {"A1": ["x" * 30_000]}},
        {"expenses": [{**expense(), "amount": -5}]},
        {"expenses": [{**expense(), "amount": 12.5}]},
        {"expenses": [{**expense(), "sort": "yacht"}]},
        {"manifest": [{"sha256": "zz", "question": "A1"}]},
        {"manifest": [{"sha256": "a" * 64, "question": "../A1"}]},
        {"position": {"state": "at home"}},
        {"timings": {"A1": "long"}},
    ],
    ids=lambda one: next(iter(one)),
)
def test_what_no_app_of_ours_sends_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        reading.report({**report(), **broken})


def test_absurd_clocks_are_no_clocks() -> None:
    for now in ("yesterday", "0001-01-01T00:00:00+00:00", "2026-11-17", 5, None):
        assert reading.report({**report(), "now": now}).offset == timedelta()
    assert reading.report(report(marks={"entered": "soon", "left": "2026-11-15T09:00:00+02:00"})).marks.keys() == {
        "left"
    }


def test_a_phone_tells_what_it_holds(visit: Assignment, frozen_clock: FrozenClock) -> None:
    body = {"device": DEVICE, "reports": 2, "files": 7, "waiting_s": 3_600, "release": "r1"}
    told = devices.said(body, "Chrome Android")
    with transaction(Actor.respondent(), "field.state") as session:
        devices.note(session, visit.shopper_id or 0, told)
    (found,) = rows(FieldDevice)
    assert (found.reports, found.files, found.waiting_since) == (2, 7, MOMENT - timedelta(hours=1))
    assert not devices.is_news(found, found.user_id, told)
    assert devices.is_news(found, found.user_id, {**told, "files": 0})
    with pytest.raises(Conflict), transaction(Actor.respondent(), "field.state") as session:
        devices.note(session, other_shopper(), told)


def test_a_phone_hears_how_its_visits_stand(visit: Assignment) -> None:
    own = visit.shopper_id or 0
    with db.reading() as session:
        assert queries.standings(session, [visit.response_id, "0" * 32], own) == {visit.response_id: "open"}
        assert queries.standings(session, [visit.response_id], other_shopper()) == {visit.response_id: "given_away"}
    with transaction(Actor.system("test"), "test.cancel") as session:
        giving.cancel(session, visit.id)
    with db.reading() as session:
        assert queries.standings(session, [visit.response_id], own) == {visit.response_id: "cancelled"}


def test_erasing_a_report_takes_all_of_it(visit: Assignment) -> None:
    photo = Photo(ITEM, drawn(16))
    arrives(visit, photo)
    assert comes(visit, report([photo])).state == "kept"
    assert comes(visit, report(device="e" * 32)).state == "copy"
    with transaction(Actor.system("test"), "response.erase") as session:
        responses.erase(session, visit.response_id)
    with db.reading() as session:
        for model in (Response, Evidence, FieldRecord, FieldCopy):
            assert session.scalar(select(func.count()).select_from(model)) == 0, model
    assert not contents.store().has(photo.sha256)
