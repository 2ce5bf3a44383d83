"""The month's page as a whole: contents, peer groups, a long list, other weights, what was signed, what is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from reports.rounding import strict_json
from survey_app import clock, db
from survey_app.models import Branch, BranchStatement, SignedInputs, User, Version
from survey_app.permissions import Scope
from survey_app.queries import reviews
from survey_app.queries.visibility import visible
from survey_app.web import ranking
from tests.support.clocks import FrozenClock
from tests.support.factories import setting
from tests.support.pages import DESKTOP, OpenContext, assert_reads_well
from tests.web.staff.conftest import Person, answers
from tests.web.staff.test_look import SMALL, log_in

LogIn = Callable[[str], Person]
MONTH = "2026-10"
PAGE = f"/reviews/{MONTH}"
CONTENTS = re.compile(r'<nav class="contents".*?</nav>', re.DOTALL)


def signed(as_: LogIn, frozen_clock: FrozenClock) -> Person:
    """The month, signed by management as the page does it."""
    frozen_clock.move_to(clock.start_of(clock.closes_on(MONTH)))
    boss = as_("management")
    assert boss.post(PAGE, f"{PAGE}/sign", confirm="y").status_code == 303
    return boss


@pytest.mark.parametrize("name", ["management", "region", "branch", "agent", "analyst"])
def test_the_contents_name_parts_that_are_there(as_: LogIn, name: str) -> None:
    page = as_(name).text(PAGE)
    contents = CONTENTS.search(page)
    assert contents is not None
    anchors = re.findall(r'href="#([^"]+)"', contents[0])
    assert {"opening-title", "sign-off"} <= set(anchors)
    assert [anchor for anchor in anchors if f'id="{anchor}"' not in page] == []


# ---- the ranking -----------------------------------------------------------------------------------------------------


def row(number: int, tier: str, peer: str | None = None) -> dict[str, Any]:
    """A ranked branch as the report has it, as far as the list looks."""
    return {
        "code": f"{number:03d}",
        "name": f"סניף {number}",
        "region": "צפון",
        "tier": tier,
        "hidden": False,
        "peer": {"group": peer} if peer else None,
        "rank": {"median": number},
        "change": [],
    }


def test_of_a_long_list_whoever_is_told_apart_is_shown_and_the_rest_counted() -> None:
    tiers = ["leading"] * 70 + ["not_told_apart"] * 300 + ["trailing"] * 60
    rows = [row(number, tier) for number, tier in enumerate(tiers, 1)]
    found = ranking.arrange(rows, len(rows))
    assert [(len(group.rows), group.more) for group in found.groups] == [(70, 0), (30, 270), (60, 0)]
    assert (found.shown, found.more) == (160, 270)
    assert ranking.arrange(rows, len(rows), whole=True).shown == 430
    by_place = ranking.arrange(rows, len(rows), sort="place")
    assert [(len(group.rows), group.more) for group in by_place.groups] == [(ranking.MOST, 430 - ranking.MOST)]
    assert [one["code"] for one in by_place.groups[0].rows[:2]] == ["001", "002"]


def test_a_peer_group_is_a_filter() -> None:
    rows = [row(1, "leading", "גדול · עיר"), row(2, "not_told_apart", "קטן · כפר"), row(3, "trailing")]
    found = ranking.arrange(rows, 3, peer="קטן · כפר")
    assert found.peers == ["גדול · עיר", "קטן · כפר"]
    assert [one["code"] for group in found.groups for one in group.rows] == ["002"]
    assert found.filtered


def test_what_the_branch_says_stands_beside_its_rank(as_: LogIn) -> None:
    words = "השיפוצים <b>הסתיימו</b>"
    with setting() as make:
        branch = make.session.query(Branch).filter_by(code="104").one()
        user = make.session.query(User).filter_by(email="branch@bank.test").one()
        make.session.add(
            BranchStatement(month=MONTH, branch_id=branch.id, words=words, revision=1, at=clock.now(), by_id=user.id)
        )
    for name, seen in (("management", True), ("branch", True), ("region", False)):
        assert ("השיפוצים &lt;b&gt;הסתיימו" in as_(name).text(PAGE)) is seen, name


# ---- other weights ---------------------------------------------------------------------------------------------------


def order(page: str) -> list[str]:
    """The codes of the list at another weight."""
    return re.findall(r'<li data-code="(\d+)"', page)


def test_without_scripts_a_weight_is_part_of_the_address(as_: LogIn) -> None:
    boss = as_("management")
    usual, service, profit = (boss.text(f"{PAGE}{query}") for query in ("", "?w=100", "?w=0"))
    assert set(order(usual)) == {"101", "102", "103", "104"}
    assert order(service) == ["101", "102", "103", "104"], "the share of content customers falls with the code"
    assert order(profit) == order(service), "the bank's profit falls with the code as well"
    drawn = [re.findall(r'<span class="at">.*?</span>\n', page) for page in (service, profit)]
    assert drawn[0] != drawn[1], "how sure the places are differs all the same"
    assert [page.count('id="weight-official"') for page in (usual, service)] == [1, 1]
    hidden = [re.search(r'id="weight-official"[^>]*hidden', page) is not None for page in (usual, service)]
    assert hidden == [True, False], "the way back is offered where there is one"
    for text in ("?w=abc", "?w=900", "?w=-1", "?w=²"):
        assert 'value="50"' in boss.text(f"{PAGE}{text}")
    ranked = [re.findall(r"branches/(\d+)\"", page.split('<table class="ranking')[1])[:4] for page in (usual, service)]
    assert ranked[0] == ranked[1], "the ranking itself stays"


def test_the_slider_s_numbers_are_cut_to_the_reader(as_: LogIn) -> None:
    sweep = json.loads(as_("management").text(f"{PAGE}/weights.json"))["weights"]
    assert [one["service_weight"] for one in sweep if one["official"]] == [0.5]
    assert all(set(one["branches"]) == {"101", "102", "103", "104"} for one in sweep)
    own = json.loads(as_("branch").text(f"{PAGE}/weights.json"))["weights"]
    assert all(set(one["branches"]) == {"104"} for one in own)
    assert [one["branches"]["104"] for one in own] == [one["branches"]["104"] for one in sweep]


def test_a_signed_month_s_weights_are_of_what_was_signed(as_: LogIn, frozen_clock: FrozenClock) -> None:
    boss = signed(as_, frozen_clock)
    before = boss.text(f"{PAGE}/weights.json")
    _one_more("104", 40)
    assert boss.text(f"{PAGE}/weights.json") == before
    with setting() as make:
        make.session.query(SignedInputs).delete()
    assert boss.get(f"{PAGE}/weights.json").status_code == 404
    assert 'id="other-weights"' in boss.text(PAGE), "the official order is known all the same"
    assert 'id="other-weights"' not in boss.text(f"{PAGE}?w=80")


def _one_more(code: str, count: int = 1) -> None:
    with setting() as make:
        make.responses(
            version=make.session.get_one(Version, 1),
            branch=make.session.query(Branch).filter_by(code=code).one(),
            visited_on=date(2026, 10, 7),
            state="counted",
            answers=[answers(True)] * count,
            context={"link": "personal"},
        )


# ---- what was signed -------------------------------------------------------------------------------------------------


def test_what_was_signed_can_be_computed_again(as_: LogIn, frozen_clock: FrozenClock) -> None:
    analyst = as_("analyst")
    address = f"{PAGE}/signed"
    assert analyst.get(address).status_code == 404
    page = signed(as_, frozen_clock).text(PAGE)
    with db.reading() as session:
        review = reviews.review(session, MONTH).signed
    assert review is not None
    assert review.digest[:16] in page
    record = analyst.text(address)
    for text in (review.digest, review.inputs_digest, review.code_version, "service_weight"):
        assert text in record
    done = analyst.post(address, f"{address}/again")
    assert done.status_code == 200
    with setting() as make:
        stored = make.session.get_one(SignedInputs, MONTH)
        assert done.text.count('<span class="badge good">') == 1 + len(stored.tables)
        make.session.execute(update(SignedInputs).values(tables={**stored.tables, "regions": "0" * 64}))
    done = analyst.post(address, f"{address}/again")
    assert done.text.count('<span class="badge warn">') == 1
    for name in ("branch", "region", "agent"):
        assert as_(name).get(address).status_code == 403


# ---- what is kept ----------------------------------------------------------------------------------------------------


SCOPES = {
    "management": Scope(),
    "branch": Scope("branch", branch_id=4),
    "region": Scope("region", region_id=1),
    "agent": Scope("agent", agent_id=1),
}


def test_what_is_kept_for_a_reader_is_nobody_else_s_and_never_stale(as_: LogIn) -> None:
    people = {name: as_(name) for name in SCOPES}
    first = {name: person.text(f"/api/v1{PAGE}") for name, person in people.items()}
    for name, scope in SCOPES.items():
        with db.reading() as session:
            wanted = strict_json(visible(session, reviews.review(session, MONTH).data, scope))
        assert first[name] == wanted, name
        assert people[name].text(f"/api/v1{PAGE}") == wanted, name
    assert len(set(first.values())) == len(SCOPES)
    _one_more("101", 12)
    for name, person in people.items():
        before, after = (
            json.loads(text)["organisation"]["surveys"]["n"] for text in (first[name], person.text(f"/api/v1{PAGE}"))
        )
        assert after == before + 12, name


# ---- in a browser ----------------------------------------------------------------------------------------------------


def with_slider(new_context: OpenContext, **more: Any) -> Page:
    """Management at the month's page."""
    page = new_context(**more).new_page()
    log_in(page, "management")
    page.goto(f"{PAGE}?lang=en")
    return page


@pytest.mark.browser
def test_the_slider_moves_the_order_by_keys_alone_and_back(new_context: OpenContext) -> None:
    page = with_slider(new_context, **DESKTOP)
    said, rows = page.locator("#weight-said"), page.locator(".order > li")
    official = rows.evaluate_all("rows => rows.map((row) => row.dataset.code)")
    page.get_by_label("Weight of service").focus()
    with page.expect_response("**/weights.json"):
        page.keyboard.press("End")
    expect(said).to_have_text("Service 100%, profitability 0%")
    expect(rows.first).to_have_attribute("data-code", "101")
    expect(rows.last).to_have_attribute("data-code", "104")
    page.keyboard.press("Home")
    expect(said).to_have_text("Service 0%, profitability 100%")
    page.get_by_role("link", name="Back to the official weight").click()
    expect(said).to_have_text("Service 50%, profitability 50% · the official weight")
    expect(page.locator("#weight-official")).to_be_hidden()
    assert rows.evaluate_all("rows => rows.map((row) => row.dataset.code)") == official
    assert_reads_well(page)


@pytest.mark.browser
def test_the_drawing_s_library_is_fetched_when_it_is_seen(new_context: OpenContext) -> None:
    page = new_context(**SMALL).new_page()
    log_in(page, "management")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(PAGE)
    assert not [url for url in asked if "plotly-basic" in url]
    page.locator("#map").scroll_into_view_if_needed()
    expect(page.locator("#map-part .plot .main-svg").first).to_be_visible()
    assert len([url for url in asked if "plotly-basic" in url]) == 1
