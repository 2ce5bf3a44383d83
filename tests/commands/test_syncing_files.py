"""Pictures from a shopper's phone: kept whole, once, under what they hold; and what else a phone says is bounded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from survey_app import contents, db, jobs
from survey_app.audit import Actor
from survey_app.commands import evidence, giving, pay, questionnaires, responses
from survey_app.commands.syncing import devices, filing, reading
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import (
    Answer,
    Assignment,
    Evidence,
    Expense,
    FieldCopy,
    FieldDevice,
    FieldRecord,
    Response,
)
from survey_app.queries import copies, desk_facts
from survey_app.queries import evidence as evidence_queries
from survey_app.queries import syncing as queries
from survey_app.queries.tickets import new_response_id
from survey_app.transaction import transaction
from tests.commands.acting import Field
from tests.commands.phoning import ITEM, arrives, change, comes, lying, made, other_shopper, rows
from tests.commands.together import together
from tests.forms.samples import asked, document, question
from tests.support.clocks import MOMENT, FrozenClock
from tests.support.factories import setting
from tests.support.phones import DEVICE, Photo, drawn, expense, report
from tests.support.pictures_sent import bomb, phone_picture, picture

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.fixture
def visit(database: db.Database) -> Assignment:
    """A shopper's visit to make."""
    return made()


@pytest.fixture
def any_visit(any_database: db.Database) -> Assignment:
    """The same on both engines."""
    return made()


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
    sent = filing.Sent(visit.response_id, ITEM, Photo(ITEM, whole).sha256, whole[:-700], visit.shopper_id or 0)
    with pytest.raises(filing.CutOff):
        filing.keep(sent)
    assert rows(Evidence) == []


@pytest.mark.parametrize("broken", [{"sha256": "../../etc/passwd"}, {"question": "a b"}, {"response_id": "0" * 32}])
def test_a_file_of_nobody_s_visit_is_not_taken(visit: Assignment, broken: dict[str, str]) -> None:
    photo = Photo(ITEM, drawn(9))
    named = {"response_id": visit.response_id, "question": ITEM, "sha256": photo.sha256} | broken
    with pytest.raises(NotFound):
        filing.keep(filing.Sent(content=photo.content, user_id=visit.shopper_id or 0, **named))


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


def test_pictures_of_who_had_the_visit_before_belong_to_the_copy_only(
    any_visit: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filing, "MOST_FILES", 2)
    before, now = any_visit.shopper_id or 0, other_shopper()
    both, mine, theirs = Photo(ITEM, drawn(41)), Photo(ITEM, drawn(42)), Photo(ITEM, drawn(43))
    for photo in (both, mine):
        arrives(any_visit, photo, before)
    change(any_visit, shopper_id=now)
    for photo in (both, theirs):
        arrives(any_visit, photo, now)
    assert lying() == {both.sha256, mine.sha256, theirs.sha256}
    with db.reading() as session:
        brought = {who: [one.sent_sha256 for one in queries.files(session, any_visit.response_id, who)]
                   for who in (before, now)}  # fmt: skip
    assert brought == {before: sorted([both.sha256, mine.sha256]), now: sorted([both.sha256, theirs.sha256])}
    assert comes(any_visit, report([mine]), now).missing == [mine.sha256], "a stranger's picture is none of theirs"
    assert comes(any_visit, report([both, mine]), before).state == "copy"
    assert comes(any_visit, report([theirs], removed=[both.entry], device="e" * 32), now).state == "kept"
    with db.reading() as session:
        shown = evidence_queries.of_response(session, any_visit.response_id)
        facts = desk_facts.told(session, [session.get_one(Response, any_visit.response_id)])
    assert {one.sent_sha256 for one in shown.values()} == {theirs.sha256}
    assert len(facts[any_visit.response_id].visit.pictures) == 1
    (copy,) = rows(FieldCopy)
    with db.reading() as session:
        (pictures,) = copies.photos(session, copy, None)
    assert {one.sent_sha256 for one in pictures.theirs} == {both.sha256, mine.sha256}, "who was before kept all"


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


def test_a_phone_claims_by_the_rules_of_pay(visit: Assignment) -> None:
    stands, changed = expense(), expense(900, "taxi")
    with setting() as make:
        names = ("campaign_id", "shopper_id", "branch_id", "scenario_id", "window_from", "window_until")
        other = Assignment(response_id=new_response_id(), **{name: getattr(visit, name) for name in names})
        make.session.add(other)
        make.session.flush()
        for whose, one in ((other, stands), (visit, changed)):
            pay.claim(make.session, whose, one["id"], one["sort"], one["amount"], "")
    body = report([], expenses=[stands, {**changed, "amount": 1_100}])
    assert comes(visit, body).state == "kept"
    found = {one.id: (one.assignment_id, one.claimed) for one in rows(Expense)}
    assert found == {stands["id"]: (other.id, 1_250), changed["id"]: (visit.id, 1_100)}


def test_what_is_above_the_cap_wants_a_word_why(visit: Assignment) -> None:
    change(visit, expense_cap=2_000)
    within, above = {**expense(), "note": ""}, {**expense(), "note": " "}
    found = comes(visit, report(expenses=[within, above]))
    assert (found.state, [code for code, _words in found.problems]) == ("faulty", [""])
    assert rows(Response) == rows(Expense) == []
    assert comes(visit, report(expenses=[within, {**above, "note": "החניון היחיד באזור"}])).state == "kept"
    assert len(rows(Expense)) == 2


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


def test_contents_that_no_row_names_are_swept_and_nobody_waits_for_the_listing(
    visit: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = Photo(ITEM, drawn(1))
    arrives(visit, photo)
    store = contents.store()
    young = store.put(drawn(2))
    store.put(drawn(3))
    listing = store.kept

    def slow(age: timedelta) -> list[str]:
        with transaction(Actor.respondent(), "test.meanwhile"):
            assert age == evidence.NOBODY
        return [one for one in listing(timedelta(days=-10_000)) if one != young]

    monkeypatch.setattr(store, "kept", slow)
    monkeypatch.setattr(contents, "_bound", store)
    next(one for one in jobs.EVERY_HOUR if one.__name__ == "_sweep_evidence")()
    monkeypatch.undo()
    assert lying() == {photo.sha256, young}
