"""The coordinator plans a month: begun, made by the worker, changed by hand, published; every screen reads well."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import delete

from survey_app import db, jobs
from survey_app.models import StaffNotice
from tests.commands.acting import SINCE
from tests.commands.planning import MONTH, Month, plan_of, visits_of
from tests.support.factories import setting
from tests.support.pages import DESKTOP, OpenContext, assert_reads_well, log_in
from tests.web.people import Person

pytestmark = pytest.mark.usefixtures("frozen_clock")
VIEWS = ("branches", "days", "shoppers", "unplaced", "quotas")
GOALS = {
    "connect": "2",
    "load": "2",
    "distance": "1",
    "hours": "2",
    "spread": "2",
    "keep": "2",
    "seconds": "3",
    "seed": "1",
}


@pytest.fixture
def month(database: db.Database) -> Month:
    """Four branches, of which one was not told, and four shoppers."""
    made = Month.made(organisation=True)
    with setting() as make:
        make.session.execute(delete(StaffNotice).where(StaffNotice.branch_id == made.branches[3].id))
    return made


@pytest.fixture
def coordinator(app: Flask, month: Month) -> Person:
    """The coordinator, logged in."""
    return Person(app).log_in(month.board.coordinator.email)


def begun(coordinator: Person, month: Month) -> int:
    address = coordinator.on("/rotation/new", programme=str(month.board.programme.id), month=MONTH, **GOALS)
    return int(address.rsplit("/", 1)[1])


def test_from_an_empty_page_to_published_visits(coordinator: Person, month: Month) -> None:
    assert "No month is planned yet" in coordinator.words("/rotation")
    number = begun(coordinator, month)
    assert begun(coordinator, month) == number, "asked for twice there is one plan"
    page = f"/rotation/{number}"
    assert "Not planned yet" in coordinator.words(page)
    assert coordinator.on(f"{page}/solve", page=page) == page
    words = coordinator.words(page)
    assert "Looking at branches" in words
    assert "being made right now" in coordinator.send(f"{page}/pins", page=page, pinned="1").text
    coordinator.on(f"{page}/solve", page=page)
    jobs.run_ready()
    assert coordinator.get(f"{page}/progress").json["over"]
    for view in VIEWS[1:]:
        assert month.board.programme.name["en"] in coordinator.words(f"{page}/{view}")
    assert "staff were not told" in coordinator.words(f"{page}/unplaced")
    assert "Given to their shoppers 6" in coordinator.words(f"{page}/publish")
    revision = plan_of(number).revision
    for _twice in range(2):
        coordinator.on(f"{page}/publish", page="/rotation/new", revision=revision)
    assert {one.state for one in visits_of(number)} == {"assigned"}
    assert "Published" in coordinator.words(page)
    for view in VIEWS[1:]:
        coordinator.words(f"{page}/{view}")
    assert coordinator.get(f"{page}/visits/{visits_of(number)[0].id}").status_code == 409


def test_one_visit_by_hand_and_the_way_back(coordinator: Person, month: Month) -> None:
    number = begun(coordinator, month)
    page = f"/rotation/{number}"
    coordinator.on(f"{page}/solve", page=page)
    jobs.run_ready()
    visit = visits_of(number)[0]
    own = f"{page}/visits/{visit.id}"
    assert "Who can on this day" in coordinator.words(own)
    assert coordinator.get(f"{own}?day=nonsense&window=9").status_code == 200
    kept = {"day": visit.window_from.isoformat(), "window": "0", "scenario": str(visit.scenario_id)}
    assert coordinator.send(own, **kept, shopper="").status_code == 422
    assert coordinator.send(own, **kept, shopper="999").status_code == 422
    coordinator.on(own, **kept, shopper="board", revision=visit.revision)
    assert visits_of(number)[0].shopper_id is None
    assert "meanwhile" in coordinator.send(own, **kept, shopper="board", revision=visit.revision).text
    coordinator.on(f"{own}/pin", page=page, pinned="0")
    coordinator.on(f"{own}/remove", page=page)
    coordinator.on(f"{own}/remove", page=page)
    assert "Taken out by hand" in coordinator.words(f"{page}/unplaced")
    coordinator.on(f"{page}/restore", page=page, branch=visit.branch_id)
    added = coordinator.on(
        f"{page}/add/{visit.branch_id}", **kept, shopper=str(visit.shopper_id), page=f"{page}/add/{visit.branch_id}"
    )
    assert "said=changed" in added
    assert coordinator.get(f"{page}/add/99999").status_code == 404
    assert "No day of this month" in coordinator.words(f"{page}/add/{month.branches[3].id}")
    coordinator.on(f"{page}/settings", **GOALS | {"load": "3"})
    assert plan_of(number).settings["load"] == 3
    assert coordinator.send(f"{page}/settings", **GOALS | {"seconds": "9999"}).status_code == 422
    assert "go with it" in coordinator.words(f"{page}/discard")
    coordinator.on(f"{page}/discard", page=f"{page}/discard")
    assert visits_of(number) == []
    assert coordinator.get(page).status_code == 404


def test_what_has_no_place_is_said_as_it_is(coordinator: Person, month: Month) -> None:
    number = begun(coordinator, month)
    page = f"/rotation/{number}"
    never = coordinator.words(f"{page}/unplaced")
    assert "The month is not planned yet" in never
    assert "since the month was planned" not in never
    with setting() as make:
        month.board.tell(make, month.branches[3], SINCE)
    coordinator.on(f"{page}/solve", page=page)
    jobs.run_ready()
    assert "All quotas of the month are met." in coordinator.words(f"{page}/unplaced")
    gone = visits_of(number)[0]
    coordinator.on(f"{page}/visits/{gone.id}/remove", page=page)
    out = coordinator.words(f"{page}/unplaced")
    assert "Every visit that is still wanted has its place" in out
    assert "1 visit was taken out by hand and so lacks in the month." in out
    assert "All quotas" not in out
    coordinator.on(f"{page}/restore", page=page, branch=gone.branch_id)
    assert "1 more visit lacks since the month was planned: it is wanted again" in coordinator.words(f"{page}/unplaced")


def test_the_address_of_a_visit_that_is_gone_leads_back_to_the_plan(coordinator: Person, month: Month) -> None:
    number = begun(coordinator, month)
    page = f"/rotation/{number}"
    coordinator.on(f"{page}/solve", page=page)
    jobs.run_ready()
    gone, other = visits_of(number)[:2]
    own = f"{page}/visits/{gone.id}"
    coordinator.on(f"{own}/remove", page=page)
    answer = coordinator.get(own)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{page}?said=gone")
    assert "no longer in the plan" in coordinator.words(f"{page}?said=gone")
    kept = {"day": gone.window_from.isoformat(), "window": "0", "scenario": str(gone.scenario_id), "shopper": "board"}
    assert coordinator.on(own, page=page, **kept) == f"{page}?said=gone"
    for act, fields in (("pin", {"pinned": "1"}), ("swap", {"other": str(other.id)}), ("remove", {})):
        assert coordinator.on(f"{own}/{act}", page=page, **fields) == f"{page}?said=gone", act
    swapped = coordinator.on(f"{page}/visits/{other.id}/swap", page=page, other=str(gone.id))
    assert swapped == f"{page}?said=gone"
    assert coordinator.get(f"/rotation/{number + 1}/visits/{gone.id}").status_code == 404


def test_nobody_else_plans_and_what_is_missing_is_said(app: Flask, month: Month, coordinator: Person) -> None:
    shopper = Person(app).log_in(month.board.shoppers[0].email)
    for path in ("/rotation", "/rotation/new", "/rotation/1"):
        assert shopper.get(path).status_code == 403
    with setting() as make:
        for who in month.board.shoppers:
            make.session.get_one(type(who), who.id).active = False
    number = begun(coordinator, month)
    assert "An active mystery shopper" in coordinator.words(f"/rotation/{number}")
    coordinator.on(f"/rotation/{number}/solve", page="/rotation/new")
    assert plan_of(number).state == "draft"


@pytest.mark.browser
def test_every_screen_reads_well(month: Month, new_context: OpenContext) -> None:
    number = month.solved()
    visit = visits_of(number)[0].id
    plan = f"/{number}"
    hebrew = (plan, f"{plan}/days", f"{plan}/unplaced", f"{plan}/visits/{visit}", "/new")
    english = ("", plan, f"{plan}/shoppers", f"{plan}/quotas", f"{plan}/visits/{visit}", f"{plan}/publish")
    narrow = {"viewport": {"width": 320, "height": 700}, "has_touch": True, "is_mobile": True}
    for language, size, paths in (("he", narrow, hebrew), ("en", DESKTOP, english)):
        page = new_context(**size).new_page()
        log_in(page, month.board.coordinator.email)
        for path in paths:
            page.goto(f"/rotation{path}?lang={language}")
            assert_reads_well(page)
