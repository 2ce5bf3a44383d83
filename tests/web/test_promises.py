"""Promises, customers at risk and why customers go, on their pages: who sees what, forms sent twice or too late."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import models, promises
from survey_app.commands.cases import clocks, ending
from survey_app.models import Departure, Promise
from survey_app.transaction import transaction
from tests.commands.cases.world import World, at, did
from tests.support.clocks import FrozenClock
from tests.support.factories import setting
from tests.support.pages import DESKTOP, SMALLEST, OpenContext, assert_reads_well, log_in
from tests.web.people import Person

ID = re.compile(r'name="id"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="id"')


@pytest.fixture
def world(database: db.Database, frozen_clock: FrozenClock) -> World:
    """A bank on a Tuesday morning at nine."""
    frozen_clock.move_to(at("2026-11-17"))
    made = World.made()
    with setting() as make:
        made.user(make, "other", "branch_manager", branch=make.branch(code="202", region=None))
        made.user(make, "boss", "management")
        made.user(make, "shopper", "shopper")
        made.user(make, "head", "department_head")
    return made


def person(app: Flask, name: str) -> Person:
    return Person(app).log_in(f"{name}@example.com")


def recorded(world: World, **more: Any) -> str:
    wanted = {
        "id": str(uuid4()), "words": "לבדוק את החזר העמלה", "due_on": clock.today() + timedelta(days=1),
        "made_on": clock.today(), "branch_id": world.branch.id, "agent_id": world.dana.id, "by_id": world.id("dana"),
        **more,
    }  # fmt: skip
    with transaction(Actor.system("test"), "promise.record") as session:
        return promises.record(session, **wanted).id


def minted(page: str) -> str:
    found = ID.search(page)
    assert found is not None
    return found[1] or found[2]


def test_a_promise_from_its_form_to_its_end(app: Flask, world: World) -> None:
    dana = person(app, "dana")
    number = minted(dana.text("/promises/new"))
    said = {"id": number, "words": "נחזור עם תשובה", "made_on": "17.11.2026", "due_on": "19.11.2026", "branch": "101"}
    where = [dana.on("/promises", page="/promises/new", **said) for _each in range(2)]
    assert where == [f"/promises/{number}?done=made"] * 2
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Promise)) == 1
    assert "נחזור עם תשובה" in dana.words("/promises")
    dana.on(f"/promises/{number}/settle", page=f"/promises/{number}", state="kept", note="", revision="0")
    shown = dana.text(f"/promises/{number}?lang=en")
    assert "Kept as promised" in shown
    assert "/settle" not in shown, "nothing more can be said of it"


def test_what_was_typed_stays_where_a_form_is_refused(app: Flask, world: World) -> None:
    dana = person(app, "dana")
    number = minted(dana.text("/promises/new"))
    sent = {"id": number, "words": "נחזור עם תשובה", "made_on": "17.11.2026", "due_on": "1.11.2026", "branch": "101"}
    answer = dana.send("/promises", page="/promises/new", **sent)
    assert answer.status_code == 422
    assert "נחזור עם תשובה" in answer.text
    assert 'id="due_on-error"' in answer.text
    late = recorded(world, made_on=date(2026, 11, 8), due_on=date(2026, 11, 9))
    promises.tick()
    refused = dana.send(f"/promises/{late}/settle", page=f"/promises/{late}", state="kept", note="קוים", revision="1")
    assert refused.status_code == 422, "it is no choice any more"
    assert "קוים" in refused.text


def test_who_may_be_here(app: Flask, world: World) -> None:
    number = recorded(world)
    person(app, "eran").text(f"/promises/{number}", 404)
    person(app, "other").text(f"/promises/{number}", 404)
    assert person(app, "branch").get(f"/promises/{number}").status_code == 200
    for path in ("/promises", "/at-risk", "/leaving"):
        assert person(app, "shopper").get(path).status_code == 403
        assert person(app, "boss").get(path).status_code == 200
    assert person(app, "head").get("/promises").status_code == 200
    assert person(app, "head").get("/leaving").status_code == 403
    assert Person(app).get("/promises").status_code == 302, "whoever is not logged in is asked to"
    moved = person(app, "eran").send(f"/promises/{number}/settle", page="/promises/new", state="kept", revision="0")
    assert moved.status_code == 404


def test_customers_at_risk_are_listed_by_what_weighs_most(app: Flask, world: World, frozen_clock: FrozenClock) -> None:
    late, broken, again, fine = (world.opened(name, phone=f"+97250123450{i}") for i, name in enumerate("abcd"))
    world.confirmed(fine)
    world.finished(again)
    did(ending.reopen, again, "לא נפתר")
    recorded(world, case_id=broken, due_on=clock.today())
    frozen_clock.move_to(at("2026-11-30"))
    clocks.tick()
    promises.tick()
    page = person(app, "branch").text("/at-risk?lang=en")
    numbers = [int(one) for one in re.findall(r'href="/cases/(\d+)"', page)]
    assert numbers[0] == broken
    assert numbers[1] == again
    assert set(numbers) == {late, broken, again}
    only = person(app, "branch").text("/at-risk?why=reopened")
    assert re.findall(r'href="/cases/(\d+)"', only) == [str(again)]
    assert "/cases/" not in person(app, "other").text("/at-risk").partition("<main")[2].partition("rooms")[0]


def test_a_case_shows_its_promises_to_who_reads_its_words(app: Flask, world: World) -> None:
    number = world.opened(wanted="management")
    made = recorded(world, case_id=number, by_id=world.id("branch"), owner_id=world.id("branch"))
    shown = person(app, "branch").text(f"/cases/{number}")
    assert f"/promises/{made}" in shown
    assert f"/promises/new?case={number}" in shown
    assert f"/promises/{made}" not in person(app, "dana").text(f"/cases/{number}")


def test_why_customers_go_is_told_from_enough_answers_on(app: Flask, world: World) -> None:
    boss = person(app, "boss")
    assert "Nobody told yet why customers go" in boss.text("/leaving?lang=en")
    with setting() as make:
        version = make.questionnaire("leaving_customer")
        make.campaign("leaving_customer", opens=date(2026, 1, 1))
        answers = [{"lc1": "cost"}] * 7 + [{"lc1": "problem"}] * 2
        more = {"version": version, "branch": world.branch, "agent": None, "state": "counted", "context": {}}
        make.responses(visited_on=date(2026, 10, 5), answers=answers, **more)
        make.session.add(Departure(key="1", branch_id=world.branch.id, month="2026-10", tenure=""))
    assert "Too few answers to tell reasons" in boss.text("/leaving?lang=en")
    with setting() as make:
        make.responses(visited_on=date(2026, 10, 6), answers=[{"lc1": "cost"}], **more)
    told = boss.words("/leaving?lang=en")
    assert "Given most often: Prices or fees, by 80%" in told
    assert "8 of 10" in told


def test_the_pages_read_well(world: World, new_context: OpenContext) -> None:
    number = recorded(world)
    world.opened()
    models.make(clock.last_full_month(), ("cases", "promises"))
    phone = new_context(**SMALLEST).new_page()
    log_in(phone, "dana@example.com")
    for path in ("/promises", "/promises/new", f"/promises/{number}", "/at-risk"):
        phone.goto(path)
        assert_reads_well(phone)
    desktop = new_context(**DESKTOP, locale="en-US").new_page()
    log_in(desktop, "boss@example.com")
    for path in ("/promises?cut=open", f"/promises/{number}", "/leaving"):
        desktop.goto(path)
        assert_reads_well(desktop)


def test_nobody_writes_a_promise_down_against_a_branch_beyond_reach(app: Flask, world: World) -> None:
    dana = person(app, "dana")
    number = minted(dana.text("/promises/new"))
    said = {"id": number, "words": "נחזור עם תשובה", "made_on": "17.11.2026", "due_on": "19.11.2026", "branch": "202"}
    answer = dana.send("/promises", page="/promises/new", **said)
    assert answer.status_code == 422
    assert "נחזור עם תשובה" in answer.text, "what was typed stays"
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Promise)) == 0
