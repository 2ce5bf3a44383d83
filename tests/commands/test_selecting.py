"""Who is asked and who is not, with the reason written down; on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import selecting
from survey_app.commands.selecting import Chosen
from survey_app.models import (
    Campaign,
    ContactEvent,
    Exclusion,
    Interaction,
    Invitation,
    Message,
    OptOut,
    Response,
    Selection,
)
from survey_app.models.campaign import REVOKED
from survey_app.models.outreach import DEALT_WITH, WAITING
from survey_app.outreach.dispositions import LEFT_OUT
from survey_app.queries.sampling import place_in_draw
from survey_app.transaction import transaction
from tests.commands.acting import SURVEY, by_token, send
from tests.commands.asking import asks, customer, decided, invited, reasons, visit
from tests.support.factories import Make, setting

pytestmark = pytest.mark.usefixtures("frozen_clock", "any_database")


def world(make: Make, **branch: Any) -> Any:
    make.questionnaire(SURVEY)
    return make.branch(code="101", region=make.region(name="צפון"), **branch)


def states() -> set[str]:
    with db.reading() as session:
        return set(session.scalars(select(Interaction.state)))


def test_somebody_who_came_is_invited_with_everything_that_follows() -> None:
    with setting() as make:
        branch = world(make)
        agent = make.agent(code="A1", branch=branch, since=date(2026, 1, 1))
        asks(make)
        visit(make, customer(make, "c1", language="ru"), branch, key="k1", agent_id=agent.id)
    assert selecting.select_waiting() == Chosen(interactions=1, invited=1)
    (made,) = invited()
    assert (made.channel, made.language, made.agent_id, made.weight) == ("sms", "ru", agent.id, 1.0)
    assert (made.visited_on, made.disposition, made.state) == (date(2026, 11, 17), "3.10", "ready")
    assert len(made.token) == 12
    with db.reading() as session:
        message = session.scalars(select(Message)).one()
        assert (message.channel, message.language, message.address[:6], message.kind) == (
            "sms",
            "ru",
            "+97254",
            "invitation",
        )
        assert session.scalars(select(ContactEvent.code)).all() == ["3.10"]
        assert session.scalars(select(Selection.probability)).one() == 1.0
    assert states() == {DEALT_WITH}
    assert selecting.select_waiting() == Chosen()


def test_a_landline_is_called_and_no_message_goes_out() -> None:
    with setting() as make:
        branch = world(make)
        asks(make)
        visit(make, customer(make, "c1", phone="+97239001234"), branch, key="k1")
    selecting.select_waiting()
    (made,) = invited()
    assert (made.channel, made.call_after) == ("phone", clock.now())
    with db.reading() as session:
        assert session.scalars(select(Message)).all() == []


def test_the_channels_are_tried_in_the_plan_s_order() -> None:
    with setting() as make:
        branch = world(make)
        asks(make, channels=("email", "phone", "sms"))
        both = customer(make, "c1", email="a@example.com")
        visit(make, both, branch, key="k1")
        visit(make, customer(make, "c2"), branch, key="k2")
    selecting.select_waiting()
    assert [one.channel for one in invited()] == ["email", "phone"]


CONTACTS: dict[str, Any] = {
    "no_contact": {"phone": "", "email": ""},
    "language": {"language": "ar"},
}


@pytest.mark.parametrize("reason", sorted(CONTACTS))
def test_what_a_customer_lacks_is_told(reason: str) -> None:
    with setting() as make:
        branch = world(make)
        asks(make, languages=("he", "ru"))
        visit(make, customer(make, "c1", **CONTACTS[reason]), branch, key="k1")
        visit(make, customer(make, "c2", language="fr"), branch, key="k2")
    selecting.select_waiting()
    assert decided() == {("autumn", "k1"): reason, ("autumn", "k2"): "invited"}


def test_a_cleared_customer_cannot_be_reached() -> None:
    with setting() as make:
        branch = world(make)
        asks(make)
        visit(make, None, branch, key="k1")
    selecting.select_waiting()
    assert decided() == {("autumn", "k1"): "no_contact"}


OUTSIDE: dict[str, Any] = {
    "branch": {"branches": ("20-999",)},
    "region": {"regions": ("דרום",)},
    "reason": {"reasons": ("mortgage",)},
    "channel": {"interaction_channels": ("phone",)},
}


@pytest.mark.parametrize("what", sorted(OUTSIDE))
def test_what_the_rules_do_not_name_is_outside_them(what: str) -> None:
    with setting() as make:
        branch = world(make)
        asks(make, **OUTSIDE[what])
        visit(make, customer(make, "c1"), branch, key="k1")
    selecting.select_waiting()
    assert decided() == {("autumn", "k1"): "outside_rules"}


def test_a_branch_is_meant_by_its_code_or_by_its_region() -> None:
    with setting() as make:
        branch = world(make)
        other = make.branch(code="102", region=make.region(name="דרום"))
        third = make.branch(code="103", region=None)
        asks(make, branches=("20-101",), regions=("דרום",))
        for number, place in enumerate((branch, other, third)):
            visit(make, customer(make, f"c{number}"), place, key=f"k{number}")
    selecting.select_waiting()
    assert [decided()["autumn", f"k{number}"] for number in range(3)] == ["invited", "invited", "outside_rules"]


def test_visits_before_the_campaign_and_of_long_ago_are_not_asked_about() -> None:
    with setting() as make:
        branch = world(make)
        asks(make, opens=date(2026, 11, 16))
        asks(make, code="long", opens=date(2026, 1, 1), reasons=("other",))
        visit(make, customer(make, "c1"), branch, key="before", at=clock.now() - timedelta(days=2))
        visit(make, customer(make, "c2"), branch, key="old", reason="other", at=clock.now() - timedelta(days=15))
    selecting.select_waiting()
    assert decided() == {
        ("autumn", "before"): "before_first_day",
        ("long", "before"): "outside_rules",
        ("autumn", "old"): "before_first_day",
        ("long", "old"): "too_old",
    }


def test_a_branch_that_closed_asks_nobody() -> None:
    with setting() as make:
        branch = world(make, closed=date(2026, 11, 17))
        asks(make)
        visit(make, customer(make, "c1"), branch, key="k1", at=clock.now() - timedelta(days=1))
    selecting.select_waiting()
    assert decided() == {("autumn", "k1"): "branch_closed"}


def test_whoever_is_on_a_list_is_left_out_by_any_address() -> None:
    with setting() as make:
        branch = world(make)
        asks(make)
        visit(make, customer(make, "c1"), branch, key="opted_out")
        visit(make, customer(make, "c2", email="e@example.com"), branch, key="employee")
        visit(make, customer(make, "c3", phone="+972541111111"), branch, key="open_case")
        visit(make, customer(make, "c4"), branch, key="over")
        make.session.add(OptOut(address="ref:c1", at=clock.now(), source="link"))
        make.session.add(Exclusion(reason="employee", address="e@example.com", since=clock.now()))
        make.session.add(Exclusion(reason="open_case", address="+972541111111", since=clock.now()))
        make.session.add(Exclusion(reason="open_case", address="ref:c4", since=clock.now(), until=date(2026, 11, 16)))
    selecting.select_waiting()
    assert {key: what for (_campaign, key), what in decided().items()} == {
        "opted_out": "opted_out",
        "employee": "employee",
        "open_case": "open_case",
        "over": "invited",
    }


def test_one_invitation_within_the_cap_whatever_the_campaign_and_the_reference() -> None:
    with setting() as make:
        branch = world(make)
        asks(make)
        asks(make, code="second")
        first = customer(make, "c1", phone="+972541111111", email="x@example.com")
        visit(make, first, branch, key="k1")
    selecting.select_waiting()
    assert decided() == {("autumn", "k1"): "invited", ("second", "k1"): "capped"}
    with setting() as make:
        branch = make.session.merge(branch)
        first = make.session.merge(first)
        visit(make, first, branch, key="again")
        visit(make, customer(make, "other", phone="+972541111111"), branch, key="phone")
        visit(make, customer(make, "third", phone="", email="x@example.com"), branch, key="mail")
        visit(make, customer(make, "fourth"), branch, key="stranger")
    selecting.select_waiting()
    found = {key: what for (campaign, key), what in decided().items() if campaign == "autumn"}
    assert found == {
        "k1": "invited",
        "again": "capped",
        "phone": "capped",
        "mail": "capped",
        "stranger": "invited",
    }


def test_the_cap_ends_and_an_invitation_that_never_left_does_not_count(frozen_clock: Any) -> None:
    with setting() as make:
        branch = world(make)
        asks(make)
        who, other = customer(make, "c1"), customer(make, "c2")
        visit(make, who, branch, key="k1")
        visit(make, other, branch, key="k2")
    selecting.select_waiting()
    with transaction(Actor.system("test"), "test") as session:
        session.execute(update(Invitation).where(Invitation.customer_id == other.id).values(state=REVOKED))
    frozen_clock.move_to(clock.now() + timedelta(days=1))
    with setting() as make:
        visit(make, make.session.merge(who), make.session.merge(branch), key="next1")
        visit(make, make.session.merge(other), make.session.merge(branch), key="next2")
    selecting.select_waiting()
    frozen_clock.move_to(clock.now() + timedelta(days=90))
    with setting() as make:
        visit(make, make.session.merge(who), make.session.merge(branch), key="later")
    selecting.select_waiting()
    found = {key: what for (_campaign, key), what in decided().items()}
    assert (found["next1"], found["next2"], found["later"]) == ("capped", "invited", "invited")


def test_two_visits_that_come_at_once_are_one_invitation() -> None:
    with setting() as make:
        branch = world(make)
        asks(make)
        who = customer(make, "c1", phone="+972541111111")
        same = customer(make, "c2", phone="+972541111111")
        keys = ["a", "b", "c"]
        for key, one in zip(keys, (who, who, same), strict=True):
            visit(make, one, branch, key=key)
    selecting.select_waiting()
    assert reasons() == {"invited": 1, "duplicate": 2}
    first = min(keys, key=lambda key: place_in_draw("salt of autumn", key))
    assert decided()["autumn", first] == "invited"


def test_quotas_of_branch_agent_and_day() -> None:
    with setting() as make:
        branch = world(make)
        small = make.branch(code="102", region=None)
        agent = make.agent(code="A1", branch=branch, since=date(2026, 1, 1))
        asks(make, code="agents", agent_quota=2, reasons=("agent",))
        asks(make, code="days", daily_limit=3, reasons=("day",))
        asks(make, code="branches", branch_quota=1, expected_response=0.5, reasons=("branch",))
        for number in range(5):
            visit(make, customer(make, f"a{number}"), branch, key=f"a{number}", reason="agent", agent_id=agent.id)
            # On as many days as visits: the limit leaves room for one a day, and today all come at once.
            then = clock.now() - timedelta(days=number, hours=6)
            visit(make, customer(make, f"d{number}"), branch, key=f"d{number}", reason="day", at=then)
            visit(make, customer(make, f"b{number}"), branch, key=f"b{number}", reason="branch")
        visit(make, customer(make, "none"), branch, key="none", reason="agent")
        visit(make, customer(make, "else"), small, key="else", reason="branch")
    selecting.select_all()
    found = decided()
    own = {
        code: [what for (campaign, _key), what in found.items() if campaign == code and what != "outside_rules"]
        for code in ("agents", "days", "branches")
    }
    assert sorted(own["agents"]) == ["invited"] * 3 + ["quota_full"] * 3
    assert found["agents", "none"] == "invited"
    assert sorted(own["days"]) == ["daily_limit"] * 2 + ["invited"] * 3
    # Two open invitations at one half are the one answer that the month has room for.
    assert sorted(own["branches"]) == ["invited"] * 3 + ["quota_full"] * 3
    assert found["branches", "else"] == "invited"


def test_the_draw_is_the_same_whatever_the_order() -> None:
    with setting() as make:
        branch = world(make)
        # 200 interactions in a first day of feed stand for 28 days of them; 30 answers need few of those.
        asks(make, base_rate=0.3, target=1, expected_response=1.0)
        for number in range(200):
            visit(make, customer(make, f"c{number}"), branch, key=f"k{number}")
    selecting.select_waiting(limit=30)
    selecting.select_all()
    expected = {key for key in (f"k{number}" for number in range(200)) if place_in_draw("salt of autumn", key) < 0.3}
    found = decided()
    assert {key for (_campaign, key), what in found.items() if what == "invited"} == expected
    assert set(found.values()) == {"invited", "not_drawn"}
    assert {round(one.weight, 6) for one in invited()} == {round(1 / 0.3, 6)}


def test_what_waits_longer_for_one_campaign_is_not_closed_before(frozen_clock: Any) -> None:
    with setting() as make:
        branch = world(make)
        asks(make, delay_hours=3, reasons=("other",))
        asks(make, code="slow", delay_hours=48)
        visit(make, customer(make, "c1"), branch, key="k1")
        visit(make, customer(make, "c2"), branch, key="young", at=clock.now() - timedelta(hours=2))
    assert selecting.select_waiting() == Chosen(interactions=1, left_out=1)
    assert states() == {WAITING}
    assert selecting.select_waiting() == Chosen()
    frozen_clock.move_to(clock.now() + timedelta(days=2))
    assert selecting.select_waiting() == Chosen(interactions=2, invited=2, left_out=1)
    assert states() == {DEALT_WITH}


def test_without_a_campaign_interactions_wait_until_they_are_too_old(frozen_clock: Any) -> None:
    with setting() as make:
        branch = world(make)
        visit(make, customer(make, "c1"), branch, key="k1")
    assert selecting.select_waiting() == Chosen()
    assert states() == {WAITING}
    frozen_clock.move_to(clock.now() + timedelta(days=15))
    assert selecting.select_waiting() == Chosen(interactions=1)
    assert states() == {DEALT_WITH}


STANDING_STILL: dict[str, dict[str, Any]] = {
    "paused": {"state": "paused"},
    "planned": {"state": "planned"},
    "over": {"closes": date(2026, 11, 16)},
    "not begun": {"opens": date(2026, 11, 18)},
    "without rules": {"rules": {}},
}


@pytest.mark.parametrize("what", sorted(STANDING_STILL))
def test_a_campaign_that_stands_still_invites_nobody(what: str) -> None:
    with setting() as make:
        branch = world(make)
        campaign = asks(make)
        for name, value in STANDING_STILL[what].items():
            setattr(campaign, name, value)
        visit(make, customer(make, "c1"), branch, key="k1")
    assert selecting.select_waiting() == Chosen()
    assert decided() == {}


@pytest.mark.parametrize(("privacy", "weights"), [("confidential", [4.0]), ("anonymous", [])])
def test_a_response_keeps_the_weight_of_its_invitation_and_an_anonymous_one_does_not(
    privacy: str, weights: list[float]
) -> None:
    with setting() as make:
        branch = world(make)
        asks(make, privacy=privacy)
        visit(make, customer(make, "c1"), branch, key="k1")
    selecting.select_waiting()
    with transaction(Actor.system("test"), "test") as session:
        session.execute(update(Invitation).values(weight=4.0))
    send(by_token(invited()[0].token), {"pv1": 5})
    with db.reading() as session:
        assert session.scalars(select(Response.weight).where(Response.weight != 1)).all() == weights


def test_every_reason_is_one_that_some_test_reaches() -> None:
    with open(__file__, encoding="utf-8") as source:  # noqa: PTH123 - this file itself
        text = source.read()
    assert [code for code in LEFT_OUT if f'"{code}"' not in text] == []


def test_a_campaign_without_a_secret_gets_one() -> None:
    with setting() as make:
        branch = world(make)
        asks(make).salt = ""
        visit(make, customer(make, "c1"), branch, key="k1")
    selecting.select_waiting()
    with db.reading() as session:
        assert len(session.scalars(select(Campaign.salt).where(Campaign.code == "autumn")).one()) == 32
