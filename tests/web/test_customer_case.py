"""The customer's page of a case: it says where the case stands, and only a button that is sent says anything."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from survey_app import clock, db
from survey_app.commands import recovery_survey
from survey_app.commands.cases import moving, telling
from survey_app.models import Case, CaseEvent, Letter
from tests.commands.cases.customers import invited
from tests.commands.cases.world import World, case, did
from tests.support.clocks import FrozenClock
from tests.support.factories import setting
from tests.web.people import Person, plain

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.fixture
def world(app: Flask) -> World:
    return World.made()


@pytest.fixture
def customer(app: Flask) -> Person:
    return Person(app, **{"Accept-Language": "en"})


def address(number: int) -> str:
    return f"/c/{case(number).token}"


def said(number: int, kind: str) -> list[str]:
    with db.reading() as session:
        rows = select(CaseEvent.words).where(CaseEvent.case_id == number, CaseEvent.kind == kind).order_by(CaseEvent.id)
        return list(session.scalars(rows))


def test_every_state_is_told_in_the_customers_language(world: World, customer: Person) -> None:
    number = world.opened(language="en")
    page = address(number)
    assert "We received your case" in customer.words(page)
    world.reached(number)
    assert "Your case is being handled" in customer.words(page)
    did(moving.adopt, number, world.users["service"])
    told = customer.words(page)
    assert "Personally handled by" in told
    assert "Service management" in told
    world.done(number, "service")
    assert "We finished our work. Is it solved?" in customer.words(page)
    assert 'lang="ru"' in customer.text(page + "?lang=ru")
    # Nobody learns from the page whose case it is, and no page is kept anywhere.
    answer = customer.get(page)
    assert "רות" not in answer.text
    assert "050" not in answer.text
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert case(number).state == "done", "looking at it confirms nothing"
    for method in ("get", "head"):
        assert getattr(customer.client, method)(f"{page}/solved").status_code == 405


def test_solved_and_solved_again_is_said_once(world: World, customer: Person) -> None:
    number = world.opened()
    world.finished(number)
    for _time in range(2):
        assert customer.on(f"{address(number)}/solved", page=address(number), lang="en").endswith("done=solved")
    assert case(number).state == "confirmed"
    assert said(number, "confirmed") == [""]
    assert "Your confirmation arrived" in customer.words(f"{address(number)}?done=solved&lang=en")
    assert "No, it is not solved" in customer.words(f"{address(number)}?lang=en")


def test_not_solved_opens_the_case_again_and_keeps_every_word(world: World, customer: Person) -> None:
    number = world.opened()
    world.finished(number)
    page = address(number)
    answer = customer.send(f"{page}/not-solved", page=page, lang="en", words="א" * 2001)
    assert answer.status_code == 422
    assert "א" * 2001 in answer.text
    for words in ("החיוב חזר", "החיוב חזר", "ועוד חיוב"):
        customer.on(f"{page}/not-solved", page=page, words=words)
    assert (case(number).state, case(number).level, case(number).reopened) == ("new", "branch", 1)
    assert said(number, "reopened") == ["החיוב חזר"]
    assert said(number, "alert") == ["ועוד חיוב"]
    assert "Your case is open again" in customer.words(page + "?lang=en")


def test_no_more_contact(world: World, customer: Person) -> None:
    number = world.opened()
    page = address(number)
    for _time in range(2):
        customer.on(f"{page}/withdrawn", page=page, lang="en")
    assert (case(number).closed_how, case(number).phone) == ("withdrawn", "")
    told = customer.words(page + "?lang=en")
    assert "You asked us not to contact you" in told
    assert "Do not contact me" not in told


def test_a_merged_case_leads_to_the_one_it_became_part_of(world: World, customer: Person) -> None:
    first, second = world.opened("one"), world.opened("two")
    did(moving.merge, first, second, world.id("branch"))
    assert f"Case number {second}" in plain(customer.text(address(first) + "?lang=en")).replace("\u2068", "")


def test_a_wrong_address_and_a_wrong_act(world: World, customer: Person) -> None:
    number = world.opened()
    assert "This case was not found" in customer.words("/c/unknown?lang=en", 404)
    assert customer.client.post(f"{address(number)}/delete").status_code == 404
    assert customer.client.post("/c/unknown/solved").status_code == 404
    assert case(number).state == "new"


def test_what_takes_longer_is_said(world: World, customer: Person, frozen_clock: FrozenClock) -> None:
    number = world.opened()
    frozen_clock.move_to(case(number).due_at.astimezone(clock.TIME_ZONE))
    frozen_clock.move_to(clock.now() + (clock.now() - case(number).opened_at))
    assert "It takes longer than we said" in customer.words(address(number) + "?lang=en")


def test_who_leads_is_told_that_no_campaign_sends_the_survey(world: World, app: Flask) -> None:
    number = world.opened()
    world.finished(number)
    recovery_survey.hourly()
    told = Person(app, **{"Accept-Language": "en"}).log_in("service@example.com").words("/cases?lang=en")
    assert "No campaign has the follow-up survey of cases." in told


def test_letters_to_customers_in_doubt_are_decided_in_the_outbox(world: World, app: Flask) -> None:
    number = world.opened()
    with setting() as make:
        world.user(make, "admin", "administrator")
        letter = telling.received(make.session, make.session.get_one(Case, number))
        assert letter is not None
        letter.state = "uncertain"
        own = make.session.scalars(select(Letter).where(Letter.user_id.is_not(None))).first()
        assert own is not None
        own.state = "uncertain"
    ids = [letter.id, own.id]
    admin = Person(app, **{"Accept-Language": "en"}).log_in("admin@example.com")
    shown = admin.text("/outbox")
    assert f'id="letter-{letter.id}"' in shown
    assert f'id="letter-{own.id}"' not in shown
    admin.on("/outbox/letters", page="/outbox", letter=ids, decision="was_sent")
    with db.reading() as session:
        states = [(session.get_one(Letter, one).state, session.get_one(Letter, one).address) for one in ids]
    assert states == [("sent", ""), ("uncertain", "")]
    assert admin.send("/outbox/letters", page="/outbox", decision="was_sent").status_code == 422


@pytest.mark.parametrize(("words", "named"), [("חיכיתי הרבה", True), ("הפקידה לחצה עליי לחתום", False)])
def test_thanks_name_only_who_reads_the_case(world: World, app: Flask, words: str, named: bool) -> None:
    """Who accuses those who served is not told that they read it and call."""
    with setting() as make:
        make.questionnaire("post_visit_branch")
    asked, answers = Person(app, **{"Accept-Language": "he"}), {"pv1": "2", "pv8": "3"}
    page = f"/s/{invited(world)}"
    asked.on(page, **answers)
    thanks = asked.on(f"{page}/main-2", **answers, pv9=words)
    asked.on(thanks, pv_callback="1", pv_callback_recipient="served")
    assert ("יקראו: מי שטיפלו בי" in asked.words(thanks)) is named
