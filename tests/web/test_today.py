"""The coordinator's day, one visit with its story, and the job board, without scripts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from survey_app import db
from survey_app.commands import giving, letters
from survey_app.field.risks import QUESTIONS
from survey_app.models import Absence, Claim, FieldDevice, Letter, ProgrammeScenario, Scenario
from survey_app.models import Conflict as OfInterest
from tests.commands.boarding import LAST, Board, acted, claims_of, letters_to, told_of, visit_of
from tests.support.clocks import MOMENT
from tests.support.factories import setting
from tests.web.people import Person

pytestmark = pytest.mark.usefixtures("frozen_clock")
TODAY = "/fieldwork/today"
LATE: dict[str, Any] = {"window_from": date(2026, 11, 8), "window_until": date(2026, 11, 12)}


@pytest.fixture
def board(app: Flask) -> Board:
    """A programme in the field, four shoppers."""
    return Board.made(shoppers=5, organisation=True)


@pytest.fixture
def coordinator(app: Flask, board: Board) -> Person:
    return Person(app).log_in("plans@example.com")


@pytest.fixture
def shopper(app: Flask, board: Board) -> Person:
    return Person(app).log_in("eye0@example.com")


def test_nothing_pressing_is_said_in_words(coordinator: Person, board: Board) -> None:
    assert "has no visit in this month yet" in coordinator.words(TODAY), (
        "a programme without any visit in the month is told of"
    )
    board.visit("approved", shopper_id=board.shoppers[0].id)
    board.visit("approved", shopper_id=board.shoppers[1].id)
    assert "Nothing is pressing today" in coordinator.words(TODAY)


def test_each_line_of_the_day_has_its_act(coordinator: Person, board: Board) -> None:
    first, second = board.shoppers[:2]
    late = board.visit("assigned", shopper_id=first.id, **LATE)
    missed = board.visit("missed", **LATE)
    asked = board.visit()
    wish = acted(giving.claim, asked, second)
    with setting() as make:
        make.session.add(
            FieldDevice(
                id="p", user_id=second.id, seen_at=MOMENT, reports=1, files=6, waiting_since=MOMENT - timedelta(days=1)
            )
        )
    letter = acted(letters.queue, first.id, "sync_wanted", "k", {})
    assert letter is not None
    acted(lambda session: setattr(session.get_one(Letter, letter.id), "state", "uncertain"))
    page = coordinator.text(TODAY)
    for part in ("late", "claims", "missed", "quotas", "phones", "letters"):
        assert f'id="{part}"' in page, part

    for path, fields, done in (
        (f"/fieldwork/{late}/do", {"act": "remind", "next": TODAY}, "reminded"),
        (f"/fieldwork/{late}/do", {"act": "remind", "next": TODAY}, "reminded_before"),
        (f"/fieldwork/{late}/do", {"act": "missed", "next": TODAY}, "missed"),
        (f"/fieldwork/{missed}/do", {"act": "board", "next": TODAY}, "board"),
        (f"{TODAY}/claims/{wish.id}/approve", {}, "approved"),
        (f"{TODAY}/phones/{second.id}/remind", {}, "reminded"),
        (f"{TODAY}/letters", {"letter": letter.id, "decision": "was_sent"}, "letters"),
    ):
        answer = coordinator.send(path, TODAY, **fields)
        assert answer.status_code == 303, (path, answer.text[:500])
        assert f"done={done}" in answer.headers["Location"], path
        assert coordinator.get(answer.headers["Location"]).status_code == 200
    assert [visit_of(one).state for one in (late, missed, asked)] == ["missed", "open", "assigned"]
    assert letters_to(second) == ["visit_given", "sync_wanted"]
    again = coordinator.send(f"{TODAY}/claims/{wish.id}/approve", TODAY)
    assert (again.status_code, "decided already" in again.text) == (409, True)


def test_a_shopper_is_replaced_from_three_names_and_the_reasons_against_the_others_stand_below(
    coordinator: Person, board: Board
) -> None:
    late = board.visit("assigned", shopper_id=board.shoppers[0].id, **LATE)
    away = board.shoppers[4]
    with setting() as make:
        make.session.add(Absence(shopper_id=away.id, since=date(2026, 11, 1), until=LAST))
        own = make.user(email="own@example.com", role="shopper")
        make.session.add(OfInterest(shopper_id=own.id, bank="20", reason="account"))
    path = f"/fieldwork/{late}/replace"
    page = coordinator.text(f"{path}?next={TODAY}")
    assert page.count('name="shopper"') == 4, "three names and one that may be passed over"
    assert page[: page.index("<details")].count('name="shopper"') == 3
    below = page[page.index("<details") :]
    assert ("conflict of interest" in below, "is away" in below) == (True, True)
    softly = coordinator.send(path, shopper=away.id, next=TODAY)
    assert softly.status_code == 409
    assert visit_of(late).shopper_id == board.shoppers[0].id
    barred = coordinator.send(path, shopper=own.id, all_the_same=1, next=TODAY)
    assert barred.status_code == 409
    assert coordinator.send(path, next=TODAY).status_code == 422
    assert coordinator.on(path, shopper=board.shoppers[2].id, next=TODAY).startswith(f"{TODAY}?")
    assert visit_of(late).shopper_id == board.shoppers[2].id
    words = coordinator.words(f"/fieldwork/{late}")
    assert "סוקרת 2" in words
    assert told_of(late) == ["replaced"]


def test_other_days_are_asked_for_as_people_write_them(coordinator: Person, board: Board) -> None:
    number = board.visit()
    path = f"/fieldwork/{number}/move"
    page = f"/fieldwork/{number}"
    for first, last, status in (
        ("25.11.2026", "24.11.2026", 422),
        ("soon", "", 422),
        ("21.11.2026", "21.11.2026", 422),
    ):
        assert coordinator.send(path, page, window_from=first, window_until=last).status_code == status
    assert coordinator.send(path, page, window_from="24.11.2026", window_until="25.11.2026").status_code == 303
    assert visit_of(number).window_from == date(2026, 11, 24)
    assert coordinator.send(f"/fieldwork/{number}/do", page, act="erase").status_code == 404


def test_the_board_shows_what_can_be_asked_for_and_keeps_what_was_asked(
    app: Flask, shopper: Person, board: Board
) -> None:
    with setting() as make:
        far = make.branch(code="102", region=board.branch.region, name="אילת", latitude=29.55, longitude=34.95)
        board.tell(make, far, date(2026, 1, 1))
        untold = make.branch(code="103", region=board.branch.region, name="לא עודכן")
    near, distant, hidden = board.visit(), board.visit(branch=far), board.visit(branch=untold)
    words = shopper.words("/shops/board")
    assert "סניף 101" in words
    assert "אילת" not in words, "beyond what the profile says"
    assert "אילת" in shopper.words("/shops/board?within=0")
    assert "לא עודכן" not in shopper.words("/shops/board?within=0")
    assert shopper.send(f"/shops/board/{hidden}/claim", "/shops/board").status_code == 409
    assert shopper.send(f"/shops/board/{near}/claim", "/shops/board").headers["Location"].endswith("done=asked")
    assert shopper.send(f"/shops/board/{near}/claim", "/shops/board").status_code == 303, "a double click"
    other = Person(app).log_in("eye1@example.com")
    assert other.send(f"/shops/board/{near}/claim", "/shops/board").headers["Location"].endswith("done=waiting")
    assert claims_of(near) == ["asked", "waiting"]
    shopper.send(f"/shops/board/{near}/withdraw", "/shops/board")
    assert (visit_of(near).state, visit_of(near).shopper_id) == ("claimed", board.shoppers[1].id)
    shopper.send(f"/shops/board/{distant}/decline", "/shops/board")
    assert "אילת" not in shopper.words("/shops/board?within=0")
    assert "אילת" in shopper.words("/shops/board?within=0&declined=1")


def test_a_visit_is_handed_back_from_its_own_page(app: Flask, shopper: Person, board: Board) -> None:
    number = board.visit()
    acted(giving.give, number, board.shoppers[0].id, by=board.coordinator)
    assert f"/shops/{number}/hand-back" in shopper.text(f"/shops/{number}")
    stranger = Person(app).log_in("eye1@example.com")
    assert stranger.get(f"/shops/{number}/hand-back").status_code == 404
    assert shopper.on(f"/shops/{number}/hand-back", note="לא מתאפשר").startswith("/shops/board")
    assert visit_of(number).state == "open"
    assert shopper.get(f"/shops/{number}/hand-back").status_code == 404


def test_whoever_waits_without_a_certificate_is_told_so(app: Flask, shopper: Person, board: Board) -> None:
    board.visit()
    with setting() as make:
        programme = make.session.merge(board.programme)
        programme.quiz_id = programme.campaign.questionnaire_id
    page = shopper.text("/shops/board")
    assert page.count("note warn") == 1
    assert "סניף 101" not in page


def test_the_list_is_filtered_and_a_visit_may_be_nobodys(coordinator: Person, board: Board) -> None:
    board.visit()
    board.visit("assigned", shopper_id=board.shoppers[0].id, **LATE)
    board.visit("returned", shopper_id=board.shoppers[1].id, answer_by=date(2026, 11, 16), **LATE)
    for query, rows in (
        ("", 3),
        ("only=late", 2),
        ("only=nobody", 1),
        (f"shopper={board.shoppers[1].id}", 1),
        ("programme=visits&state=open", 1),
        ("state=missed", 0),
        ("only=strange&shopper=x", 3),
    ):
        assert coordinator.text(f"/fieldwork?{query}").count('<th scope="row">') == rows, query


def test_a_visit_is_put_on_the_board_by_hand(coordinator: Person, board: Board) -> None:
    with setting() as make:
        make.session.add(ProgrammeScenario(programme_id=board.programme.id, scenario_id=board.scenario.id))
        make.session.get_one(Scenario, board.scenario.id).risks = dict.fromkeys(QUESTIONS, False)
    page = coordinator.text("/fieldwork/new?branch=101")
    assert 'value="101"' in page
    sent = coordinator.send(
        "/fieldwork/new", shopper="board", branch="101", scenario=board.scenario.id, window_from="24.11.2026",
        window_until="25.11.2026",
    )  # fmt: skip
    assert sent.status_code == 303, sent.text[:3000]
    with db.reading() as session:
        assert session.scalars(select(Claim)).all() == []
    number = int(str(sent.headers["Location"]).split("added=")[1].split("&")[0])
    assert (visit_of(number).state, told_of(number)) == ("open", ["offered"])


@pytest.mark.parametrize("path", [TODAY, "/fieldwork/1", "/fieldwork/1/replace"])
def test_a_shopper_sees_nothing_of_coordination_and_the_other_way_round(
    coordinator: Person, shopper: Person, board: Board, path: str
) -> None:
    board.visit()
    assert shopper.get(path).status_code == 403
    assert coordinator.get("/shops/board").status_code == 403
