"""Files of answers: whose they are, how many and how large, and that they go with what they belong to."""

from __future__ import annotations

import io
import os
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from survey_app import db, files
from survey_app.audit import Actor
from survey_app.commands import attaching, evidence, quality, questionnaires, responses
from survey_app.commands.attaching import Files
from survey_app.commands.evidence import Arrived, Sent
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import Answer, Draft, Evidence, Response
from survey_app.queries import evidence as queries
from survey_app.queries.tickets import Ticket
from survey_app.transaction import transaction
from tests.commands.acting import SINCE, by_token, by_visit, closing_night, send
from tests.forms.samples import asked, document, question
from tests.support.clocks import MOMENT, FrozenClock
from tests.support.factories import setting
from tests.support.pictures_sent import PDF, phone_picture, picture

SURVEY = document(
    asked(
        question("q1", "scale", scale="sat5"),
        question("front", "photo", max=2),
        question("papers", "file", shown_if={"ge": ["q1", 2]}),
    ),
    code="with_files",
)
SHOP = document(asked(question("day", "date"), question("front", "photo")), code="shop_files", kind="mystery_shop")
SECRET = {**SURVEY, "code": "secret_files", "anonymity": "anonymous"}


def ticket(code: str = "with_files") -> Ticket:
    """A customer's ticket."""
    with setting() as make:
        branch = make.branch(code="101", region=None)
        for one in (SURVEY, SECRET):
            questionnaires.bring_in(make.session, one, publish=True)
        token = make.invitation(
            campaign=make.campaign(code, opens=SINCE), branch=branch, visited_on=date(2026, 11, 3)
        ).token
    return by_token(token)


def arrive(found: Ticket, code: str, content: bytes, name: str = "IMG_20261105_101500.jpg") -> Arrived:
    """A file that was looked at and stored."""
    return evidence.receive(found.definition.by_code[code], Sent(name, io.BytesIO(content)), 1)


def page(found: Ticket, given: dict[str, Any] | None = None, **added: list[Arrived]) -> dict[str, list[str]]:
    """A page with files is sent; gives what is said of refused ones."""
    return change(found, given or {}, Files(added))


def change(found: Ticket, given: dict[str, Any], what: Files) -> dict[str, list[str]]:
    """A page is sent that adds or takes away."""
    with evidence.or_gone(what.arrived), transaction(Actor.respondent(), "response.save") as session:
        return attaching.save_page(session, found, found.definition.questions, given, "he", what)[1]


def answers(found: Ticket) -> dict[str, Any]:
    """What is saved."""
    with db.reading() as session:
        saved = session.get(Draft, found.response_id)
        return dict(saved.answers) if saved is not None else {}


def kept() -> set[str]:
    """The ids of every row, which must be those of every file in the store."""
    with db.reading() as session:
        rows = set(session.scalars(select(Evidence.id)))
    assert rows == set(files.store().kept(timedelta(days=-1))), "a row for each file, a file for each row"
    return rows


@pytest.fixture
def survey(any_database: db.Database, frozen_clock: FrozenClock) -> Ticket:
    """A customer's confidential ticket."""
    return ticket()


def test_a_file_belongs_to_its_answer_and_stays_with_the_response(survey: Ticket) -> None:
    first, second = arrive(survey, "front", phone_picture()), arrive(survey, "papers", PDF, "הצעה.exe")
    assert page(survey, {"q1": 4}, front=[first], papers=[second]) == {}
    assert answers(survey) == {"q1": 4, "front": [first.file_id], "papers": [second.file_id]}
    with db.reading() as session:
        rows = {one.question: one for one in session.scalars(select(Evidence))}
        assert (rows["papers"].filename, rows["papers"].media_type) == ("הצעה.pdf", "application/pdf")
        assert rows["front"].media_type == "image/jpeg"
        with pytest.raises(NotFound):
            queries.answered(session, first.file_id)
    response = send(survey)
    assert response is not None
    assert kept() == {first.file_id, second.file_id}
    with db.reading() as session:
        assert queries.answered(session, first.file_id).response_id == response.id


def test_nothing_tells_when_a_file_came(survey: Ticket) -> None:
    one = arrive(survey, "front", picture())
    page(survey, front=[one])
    assert files.store().path(one.file_id).stat().st_mtime == 0


def test_the_same_file_twice_is_one(survey: Ticket) -> None:
    first = arrive(survey, "front", picture())
    page(survey, front=[first])
    assert page(survey, front=[arrive(survey, "front", picture()), arrive(survey, "front", picture())]) == {}
    assert answers(survey)["front"] == [first.file_id]
    assert kept() == {first.file_id}


def test_too_many_and_too_large_are_refused_and_cost_nothing_else(survey: Ticket, monkeypatch: Any) -> None:
    three = [arrive(survey, "front", picture(colour=colour)) for colour in ("red", "green", "blue")]
    said = page(survey, {"q1": 5}, front=three)
    assert len(said["front"]) == 1
    assert answers(survey) == {"q1": 5, "front": [one.file_id for one in three[:2]]}
    assert len(kept()) == 2
    monkeypatch.setattr(evidence, "MOST_TOGETHER", 10)
    assert len(page(survey, {"q1": 4}, papers=[arrive(survey, "papers", PDF)])["papers"]) == 1
    assert answers(survey)["q1"] == 4
    monkeypatch.setattr(evidence, "MOST_BYTES", 100)
    for content in (picture(), b""):
        with pytest.raises(UserError, match="IMG_20261105"):
            arrive(survey, "front", content)
    assert len(kept()) == 2


def test_a_file_goes_only_when_it_is_taken_away(survey: Ticket) -> None:
    red, blue = (arrive(survey, "front", picture(colour=colour)) for colour in ("red", "blue"))
    page(survey, front=[red, blue])
    page(survey, {"front": None, "q1": 3})
    assert answers(survey)["front"] == [red.file_id, blue.file_id], "a page from the way back knows nothing of them"
    change(survey, {}, Files(removed={"front": [red.file_id]}))
    assert answers(survey)["front"] == [blue.file_id]
    assert kept() == {blue.file_id}
    change(survey, {}, Files(removed={"front": [blue.file_id]}))
    assert answers(survey) == {"q1": 3}


def test_nobody_reaches_another_s_files(survey: Ticket) -> None:
    mine = arrive(survey, "front", picture())
    page(survey, front=[mine])
    with setting() as make:
        branch = make.branch(code="102", region=None)
        campaign = make.campaign("with_files", opens=SINCE)
        token = make.invitation(campaign=campaign, branch=branch, visited_on=date(2026, 11, 4)).token
    other = by_token(token)
    change(other, {"q1": 1, "front": [mine.file_id]}, Files(removed={"front": [mine.file_id]}))
    assert answers(other) == {"q1": 1}
    change(survey, {}, Files(removed={"papers": [mine.file_id]}))
    assert answers(survey)["front"] == [mine.file_id], "another question's box does not take it away"


def test_files_of_answers_that_do_not_count_go_at_the_sending(survey: Ticket) -> None:
    front, paper = arrive(survey, "front", picture()), arrive(survey, "papers", PDF)
    page(survey, {"q1": 4}, front=[front], papers=[paper])
    page(survey, {"q1": 1})
    send(survey)
    assert kept() == {front.file_id}


def test_a_failed_page_leaves_no_file(survey: Ticket) -> None:
    page(survey, {"q1": 4})
    send(survey)
    with pytest.raises(Conflict):
        page(survey, front=[arrive(survey, "front", picture())])
    assert kept() == set()


def test_an_erased_response_and_a_draft_left_alone_take_their_files_along(
    survey: Ticket, frozen_clock: FrozenClock
) -> None:
    page(survey, {"q1": 4}, front=[arrive(survey, "front", picture())])
    response = send(survey)
    assert response is not None
    with transaction(Actor.system("test"), "response.erase") as session:
        responses.erase(session, response.id)
    assert kept() == set()
    with setting() as make:
        token = make.invitation(
            campaign=make.campaign("with_files", opens=SINCE),
            branch=make.branch(code="102", region=None),
            visited_on=date(2026, 11, 4),
        ).token
    left = by_token(token)
    page(left, {"q1": 2}, front=[arrive(left, "front", picture())])
    frozen_clock.move_to(MOMENT + timedelta(days=31))
    with transaction(Actor.respondent(), "draft.sweep") as session:
        assert responses.sweep_drafts(session) == 1
    assert kept() == set()


def test_an_anonymous_response_has_files_that_lead_nowhere(
    any_database: db.Database, frozen_clock: FrozenClock
) -> None:
    found = ticket("secret_files")
    assert found.anonymous
    front = arrive(found, "front", phone_picture())
    page(found, {"q1": 4}, front=[front])
    assert send(found) is None
    (waiting,) = files.store().kept(timedelta(days=-1))
    with db.reading() as session:
        assert session.scalars(select(Evidence)).all() == [], "while it waits no table names a file"
    with transaction(Actor.system("test"), "evidence.sweep") as session:
        assert evidence.sweep_orphans(session) == 0, "and yet it is somebody's"
    closing_night()
    (fresh,) = kept()
    assert len({fresh, waiting, front.file_id}) == 3
    with db.reading() as session:
        row = session.get_one(Evidence, fresh)
        assert row.filename == "1.jpg", "a phone's name for a picture is its moment"
        assert row.response_id == session.scalars(select(Response.id)).one() != found.response_id
        assert session.scalars(select(Answer.value).where(Answer.question == "front")).one() == [fresh]
    assert files.store().path(fresh).stat().st_mtime == 0


def test_a_report_that_was_sent_back_keeps_its_pictures(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    with setting() as make:
        questionnaires.bring_in(make.session, SHOP, publish=True)
        judge = make.user(email="judge@example.com", role="quality_reviewer")
        visit = make.assignment(
            campaign=make.campaign("shop_files", opens=SINCE),
            shopper=make.user(email="eye@example.com", role="shopper"),
            branch=make.branch(code="101", region=None),
            scenario=make.scenario(code="any", has_appointment=True, has_account=True),
            window_from=SINCE,
            window_until=date(2026, 11, 30),
        )
    found = by_visit(visit)
    red = arrive(found, "front", picture(colour="red"))
    page(found, {"day": "2026-11-03"}, front=[red])
    send(found)
    with transaction(Actor.user(judge), "quality.review") as session:
        quality.review(session, judge, found.response_id, "returned", "עוד צילום")
    blue = arrive(found, "front", picture(colour="blue"))
    page(found, front=[blue])
    change(found, {}, Files(removed={"front": [red.file_id]}))
    send(found)
    assert kept() == {blue.file_id}


def test_what_nobody_names_is_swept_after_a_day(survey: Ticket) -> None:
    named = arrive(survey, "front", picture())
    page(survey, front=[named])
    lost, young = (arrive(survey, "front", picture(colour=colour)) for colour in ("red", "blue"))
    old = (MOMENT - timedelta(days=2)).timestamp()
    os.utime(files.store().path(lost.file_id), (old, old))
    now = MOMENT.timestamp()
    os.utime(files.store().path(young.file_id), (now, now))
    with transaction(Actor.respondent(), "evidence.sweep") as session:
        assert evidence.sweep_orphans(session) == 1
    assert set(files.store().kept(timedelta(days=-1))) == {named.file_id, young.file_id}


def test_a_transaction_that_fails_destroys_nothing(survey: Ticket) -> None:
    one = arrive(survey, "front", picture())
    page(survey, front=[one])

    def erased() -> None:
        with transaction(Actor.respondent(), "response.save") as session:
            evidence.destroy_of(session, [survey.response_id])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        erased()
    assert kept() == {one.file_id}
