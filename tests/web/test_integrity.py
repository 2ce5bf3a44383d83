"""The data-quality page: marks, crowds, devices, who is asked; excluding with a reason, and back."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from survey_app import clock, db
from survey_app.models import BranchFact, Customer, Entry, Interaction, Response
from tests.support.databases import Queries
from tests.support.factories import Make, setting
from tests.web.people import SURVEY, Person, plain

pytestmark = pytest.mark.usefixtures("frozen_clock")
DAY = date(2026, 11, 10)


class World:
    """Two branches, an agent in each, and a survey."""

    def __init__(self, make: Make) -> None:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        make.user(email="analyst@bank.test", role="analyst")
        self.version = make.questionnaire(SURVEY)
        self.first = make.branch(code="101", region=None, name="הכרמל")
        self.second = make.branch(code="102", region=None, name="עכו")
        self.agent = make.agent(code="A1", branch=self.first, since=date(2026, 1, 1))
        self.other = make.agent(code="A2", branch=self.first, since=date(2026, 1, 1))

    def answered(self, make: Make, n: int, *, content: int, **columns: Any) -> list[str]:
        """So many responses at the first branch; the first ``content`` of them very satisfied."""
        agent = columns.pop("agent", None)
        ids = make.responses(
            version=self.version,
            branch=self.first,
            visited_on=DAY,
            state="counted",
            answers=[{"pv1": 5 if place < content else 2} for place in range(n)],
            context={"link": "personal"},
            agent=agent,
        )
        if columns:
            make.session.execute(update(Response).where(Response.id.in_(ids)).values(**columns))
        return ids


@pytest.fixture
def world(app: Flask) -> World:
    with setting() as make:
        return World(make)


@pytest.fixture
def analyst(app: Flask, world: World) -> Person:
    return Person(app).log_in("analyst@bank.test")


def states() -> dict[str, str]:
    with db.reading() as session:
        return dict(session.execute(select(Response.id, Response.state)).all())


def counted() -> int:
    with db.reading() as session:
        return sum(session.scalars(select(BranchFact.n)))


def test_nothing_yet(analyst: Person) -> None:
    assert "אין תשובות בתקופה" in analyst.words("/integrity")


def test_marks_are_counted_and_lead_to_their_responses(analyst: Person, world: World) -> None:
    with setting() as make:
        fast, slow = world.answered(make, 2, content=2)
        make.session.execute(update(Response).where(Response.id == fast).values(flags=["fast", "burst"]))
    page = analyst.text("/integrity")
    assert "/integrity/responses?months=3&amp;flag=fast" in page
    assert "flag=repeated" not in page
    listed = analyst.text("/integrity/responses?flag=any")
    assert fast[:8] in listed
    assert slow[:8] not in listed


def test_excluding_needs_a_reason_and_keeps_the_choice(analyst: Person, world: World) -> None:
    with setting() as make:
        ids = world.answered(make, 3, content=3, flags=["fast"])
    before = counted()
    page = "/integrity/responses?flag=fast"
    answer = analyst.send(page, act="exclude", chosen=ids[:2], reason=" ")
    assert answer.status_code == 422
    assert answer.text.count(" checked") == 2
    assert counted() == before
    onward = analyst.on(page, act="exclude", chosen=ids[:2], reason="אותה שעה, אותן מילים")
    assert "flag=fast" in onward
    assert "אותה שעה" in analyst.words(onward)
    assert sorted(states().values()) == ["counted", "excluded", "excluded"]
    assert counted() < before
    analyst.on(page, act="reinstate", chosen=ids[:2])
    assert set(states().values()) == {"counted"}
    assert counted() == before
    with db.reading() as session:
        details = [one.details for one in session.scalars(select(Entry)) if one.act == "response.exclude"]
    assert details == [{"responses": ids[:2]}]


def test_nothing_chosen_says_so(analyst: Person, world: World) -> None:
    with setting() as make:
        world.answered(make, 1, content=1)
    answer = analyst.send("/integrity/responses", act="exclude", reason="סיבה")
    assert answer.status_code == 422
    assert 'href="#chosen"' in answer.text


def anonymous(make: Make, world: World, n: int) -> list[str]:
    """Marked responses of an anonymous campaign."""
    ids = world.answered(make, n, content=n, flags=["burst"])
    campaign = make.campaign(SURVEY, opens=date(2026, 1, 1))
    # As a campaign that was anonymous from its first day; the guard against changing it stands in the model.
    make.session.execute(update(type(campaign)).where(type(campaign).id == campaign.id).values(privacy="anonymous"))
    make.session.execute(update(Response).where(Response.id.in_(ids)).values(submitted_at=None, visited_on=None))
    return ids


def test_anonymous_ones_are_never_listed_or_picked(analyst: Person, world: World) -> None:
    with setting() as make:
        ids = anonymous(make, world, 12)
    assert ids[0][:8] not in analyst.text("/integrity/responses")
    page = "/integrity/groups"
    token = re.search(r'name="csrf_token" value="([^"]+)"', analyst.text(page))
    assert token is not None
    sent = {"csrf_token": token[1], "act": "exclude", "chosen": ids[:1], "reason": "סיבה"}
    assert analyst.client.post("/integrity/responses", data=sent).status_code == 409
    assert set(states().values()) == {"counted"}


def test_a_group_of_anonymous_ones_goes_whole(analyst: Person, world: World) -> None:
    with setting() as make:
        anonymous(make, world, 12)
    page = analyst.text("/integrity/groups")
    key = re.search(r'name="group" value="([^"]+)"', page)
    assert key is not None
    assert analyst.send("/integrity/groups", act="exclude", group=key[1], reason="").status_code == 422
    analyst.on("/integrity/groups", act="exclude", group=key[1], reason="נהירה")
    assert set(states().values()) == {"excluded"}
    with db.reading() as session:
        entries = [one for one in session.scalars(select(Entry)) if one.act == "response.exclude_group"]
    assert all("responses" not in one.details and one.changes == [] for one in entries)
    analyst.on("/integrity/groups", act="reinstate", group=key[1])
    assert set(states().values()) == {"counted"}


def test_too_small_a_group_is_not_shown_and_not_touched(analyst: Person, world: World) -> None:
    with setting() as make:
        anonymous(make, world, 9)
        campaign = make.campaign(SURVEY, opens=date(2026, 1, 1)).id
    assert 'name="group"' not in analyst.text("/integrity/groups")
    token = re.search(r'name="csrf_token" value="([^"]+)"', analyst.text("/integrity"))
    assert token is not None
    key = f"{campaign}:{world.first.id}:2026-11:burst"
    sent = {"csrf_token": token[1], "act": "exclude", "group": key, "reason": "סיבה"}
    assert analyst.client.post("/integrity/groups", data=sent).status_code == 404
    assert set(states().values()) == {"counted"}


def test_a_crowd_is_found_and_leads_to_its_answers(analyst: Person, world: World) -> None:
    at = clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
    with setting() as make:
        crowd = world.answered(make, 12, content=12, channel="open", submitted_at=at)
        world.answered(make, 5, content=5, channel="open", submitted_at=at - timedelta(days=3))
    page = analyst.text("/integrity")
    address = re.search(r'href="(/integrity/responses[^"]*way=open[^"]*day=[^"]*)"', page)
    assert address is not None
    listed = analyst.text(address[1].replace("&amp;", "&"))
    assert listed.count('name="chosen"') == len(crowd)


def test_no_hour_stands_beside_an_answer(analyst: Person, world: World) -> None:
    """The hour of an answer beside a link to it could be laid beside what is known of a customer."""
    at = clock.now().replace(hour=9, minute=17, second=0, microsecond=0) - timedelta(days=1)
    with setting() as make:
        early = world.answered(make, 6, content=6, submitted_at=at)
        late = world.answered(make, 6, content=6, submitted_at=at + timedelta(hours=3))
    page = analyst.text("/integrity/responses")
    assert not re.search(r"\b\d\d?:\d\d\b", page.partition("<main")[2])
    shown = re.findall(r'name="chosen"[^>]*value="([^"]+)"', page)
    assert shown == sorted(early + late), "within a day no order but that of the ids"
    assert analyst.text(f"/integrity/responses?at={at.isoformat()}".replace("+", "%2B")).count('name="chosen"') == 12


def test_a_usual_day_is_no_crowd(analyst: Person, world: World) -> None:
    with setting() as make:
        for place in range(40):
            at = clock.now() - timedelta(hours=place)
            world.answered(make, 1, content=1, channel="open", submitted_at=at)
    assert "way=open" not in analyst.text("/integrity")


def test_an_agent_whose_customers_lack_contact_is_marked(analyst: Person, world: World) -> None:
    with setting() as make:
        now = clock.now()
        for agent, n, usable in ((world.agent, 60, 20), (world.other, 200, 180)):
            for place in range(n):
                phone = f"+97254{agent.id:03}{place:04}" if place < usable else ""
                customer = Customer(ref=f"{agent.id}-{place}", phone=phone, updated_at=now)
                make.session.add(customer)
                make.session.flush()
                make.session.add(
                    Interaction(
                        key=f"{agent.id}-{place}", customer_id=customer.id, branch_id=world.first.id,
                        agent_id=agent.id, at=now - timedelta(days=3), received_at=now,
                    )
                )  # fmt: skip
        world.answered(make, 1, content=1)
    words = analyst.words("/integrity")
    assert "נציג A1" in words
    assert "כאחד מכל עשרה" in words


def test_open_answers_of_an_agent_against_the_invited(analyst: Person, world: World) -> None:
    with setting() as make:
        world.answered(make, 60, content=58, channel="open", agent=world.agent)
        world.answered(make, 60, content=30, channel="personal", agent=world.agent)
        world.answered(make, 60, content=30, channel="open", agent=world.other)
        world.answered(make, 60, content=31, channel="personal", agent=world.other)
    words = analyst.words("/integrity")
    assert "נציג A1" in words
    assert "נציג A2" not in words


def test_too_few_are_not_compared(analyst: Person, world: World) -> None:
    with setting() as make:
        world.answered(make, 20, content=20, channel="open", agent=world.agent)
        world.answered(make, 60, content=3, channel="personal", agent=world.agent)
    assert "נציג A1" not in analyst.words("/integrity")


def test_ten_thousand_cost_no_more_queries(
    analyst: Person, world: World, counting_queries: Callable[[], AbstractContextManager[Queries]]
) -> None:
    asked = []
    for n in (20, 500):
        with setting() as make:
            world.answered(make, n, content=n, flags=["fast", "same_device"], channel="open")
        for path in ("/integrity", "/integrity/responses?flag=any&page=1"):
            with counting_queries() as queries:
                analyst.text(path)
            asked.append(len(queries))
    assert asked[:2] == asked[2:]


def test_a_page_past_the_end_and_filters_nobody_knows(analyst: Person, world: World) -> None:
    with setting() as make:
        world.answered(make, 60, content=60)
    assert analyst.text("/integrity/responses?page=99").count('name="chosen"') == 10
    odd = "/integrity/responses?flag=x&branch=999&agent=none&day=y&at=z&state=q&way=w&months=7"
    assert "999" in plain(analyst.text(odd))


@pytest.mark.parametrize("role", ["management", "administrator", "interviewer", "privacy_officer"])
def test_only_analysts(app: Flask, world: World, role: str) -> None:
    with setting() as make:
        make.user(email="x@bank.test", role=role)
    person = Person(app).log_in("x@bank.test")
    for path in ("/integrity", "/integrity/responses", "/integrity/groups"):
        assert person.get(path).status_code == 403, path
