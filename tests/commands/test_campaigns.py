"""Campaigns as commands: planned, saved under a revision, opened when nothing stops it, and what they promise kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import campaigns, invitations
from survey_app.commands.campaigns import Stale
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import Branch, Campaign, Entry
from survey_app.outreach.rules import Rules
from survey_app.queries import campaign_plans, readiness
from survey_app.queries.readiness import Installation
from survey_app.transaction import transaction
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

SURVEY, PULSE, SHOP = "post_visit_branch", "employee_pulse", "branch_mystery_visit"
ALL = Installation(frozenset({"sms", "whatsapp", "email", "phone"}), "https://s.bank.test")
TODAY = date(2026, 11, 17)


@pytest.fixture(autouse=True)
def _bank(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    """An organisation with two branches and three questionnaires, on both engines."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=False, policy={})
        for code in (SURVEY, PULSE, SHOP):
            make.questionnaire(code)
        north = make.region(name="צפון")
        make.branch(code="101", region=north)
        make.branch(code="102", region=None)


def act(name: str, command: Any, code: str, *arguments: Any, **more: Any) -> Any:
    with transaction(Actor.system("test"), f"campaign.{name}", campaign=code) as session:
        return command(session, code, *arguments, **more)


def planned(name: str = "סקר סתיו", **more: Any) -> Campaign:
    with transaction(Actor.system("test"), "campaign.plan") as session:
        return campaigns.plan(session, **{"name": name, "questionnaire": SURVEY} | more)


def save(code: str, revision: int, **more: Any) -> Campaign:
    return act("save", campaigns.save, code, revision, **more)  # type: ignore[no-any-return]


def open_(code: str, revision: int | None = None, installation: Installation = ALL) -> Campaign:
    return act("open", campaigns.open_, code, revision=revision, installation=installation)  # type: ignore[no-any-return]


def stored(code: str) -> Campaign:
    with db.reading() as session:
        found = session.scalars(select(Campaign).where(Campaign.code == code)).one()
        assert found.questionnaire.code
        return found


def invited(code: str) -> None:
    """The campaign asked a customer by itself."""
    with setting() as make:
        campaign = make.session.scalars(select(Campaign).where(Campaign.code == code)).one()
        branch = make.session.scalars(select(Branch).where(Branch.code == "101")).one()
        invitations.invite(make.session, campaign, branch, TODAY, channel="sms")


def test_a_new_campaign_takes_nothing_and_has_draws_of_its_own() -> None:
    one, two = planned(), planned()
    assert (one.state, one.rules, one.privacy, one.opens) == ("planned", {}, "confidential", TODAY)
    assert one.code == f"{SURVEY}-2026-11"
    assert two.code == f"{SURVEY}-2026-11-2"
    assert len(one.salt) == 64
    assert one.salt != two.salt
    assert not one.runs_on(TODAY)
    assert campaign_plans.plan_of(one).rules == Rules()
    assert planned("Autumn visits 2026").code == "autumn-visits-2026"
    assert planned("Autumn", questionnaire=PULSE).code == f"{PULSE}-autumn"
    assert planned(questionnaire=PULSE).privacy == "anonymous"


@pytest.mark.parametrize("code", ["rules", "Post-Visit", SURVEY, "x" * 58 + "-a2", "a-", "-a", "a b-c"])
def test_a_code_of_its_own_is_none_that_a_questionnaire_can_have(code: str) -> None:
    with pytest.raises(Conflict) as refused:
        planned(code=code)
    assert refused.value.places[0][0] == "code"


def test_a_code_is_given_once() -> None:
    assert planned(code="visits-2026").code == "visits-2026"
    with pytest.raises(Conflict, match="visits-2026"):
        planned(code="visits-2026")


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"questionnaire": SHOP}, "questionnaire"),
        ({"closes": date(2026, 11, 1)}, "closes"),
        ({"privacy": "secret"}, "privacy"),
        ({"name": "x" * 121}, "name"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(more: dict[str, Any], place: str) -> None:
    with pytest.raises(UserError) as refused:
        planned(**more)
    assert [name for name, _message in refused.value.places] == [place]
    with db.reading() as session:
        assert set(session.scalars(select(Campaign.code))) == {SURVEY, PULSE, SHOP}


def test_an_unknown_questionnaire_or_campaign_is_not_found() -> None:
    with pytest.raises(NotFound):
        planned(questionnaire="nothing")
    for name in ("pause", "end", "discard"):
        with pytest.raises(NotFound):
            act(name, getattr(campaigns, name), "nothing-here")


def test_a_step_is_written_and_what_it_does_not_name_stays() -> None:
    campaign = planned()
    saved = save(campaign.code, 1, rules={"target": 50, "branches": ("20-101",)}, columns={"name": "אחר"})
    assert (saved.revision, saved.name, saved.rules) == (2, "אחר", {})
    saved = save(campaign.code, 2, rules={"daily_limit": 200})
    rules = campaign_plans.plan_of(saved).rules
    assert (rules.target, rules.branches, rules.daily_limit, rules.channels) == (50, ("20-101",), 200, Rules().channels)


def test_a_rule_that_does_not_fit_is_refused_with_its_field() -> None:
    campaign = planned()
    with pytest.raises(UserError) as refused:
        save(campaign.code, 1, rules={"target": 0})
    assert refused.value.places[0][0] == "target"
    assert stored(campaign.code).revision == 1


def test_a_stale_save_is_refused_and_says_what_changed_and_loses_nothing() -> None:
    campaign = planned()
    save(campaign.code, 1, rules={"target": 50})
    save(campaign.code, 2, columns={"closes": date(2026, 12, 31)}, texts={"sms": {}})
    with pytest.raises(Stale) as refused:
        save(campaign.code, 1, rules={"daily_limit": 100})
    assert [(one.field, one.before, one.now) for one in refused.value.changed.changes] == [
        ("closes", None, "2026-12-31"), ("target", 30, 50), ("texts", {}, {"sms": {}}),
    ]  # fmt: skip
    assert refused.value.revision == 3
    saved = save(campaign.code, refused.value.revision, rules={"daily_limit": 100})
    rules = campaign_plans.plan_of(saved).rules
    assert (rules.target, rules.daily_limit, saved.closes) == (50, 100, date(2026, 12, 31))


def test_the_same_save_sent_twice_is_made_once() -> None:
    campaign = planned()
    save(campaign.code, 1, rules={"target": 50})
    assert save(campaign.code, 1, rules={"target": 50}).revision == 2


def test_what_is_planned_is_in_force_only_once_it_is_opened() -> None:
    campaign = planned()
    save(campaign.code, 1, rules={"target": 50}, texts={"sms": {}})
    opened = open_(campaign.code, 2)
    assert (opened.state, opened.rules["target"], opened.texts, opened.plan) == ("active", 50, {"sms": {}}, {})
    assert opened.runs_on(TODAY)
    changed = save(campaign.code, 3, rules={"target": 60})
    assert (changed.rules["target"], campaign_plans.plan_of(changed).rules.target) == (50, 60)
    with pytest.raises(Stale):
        open_(campaign.code, 3)
    assert open_(campaign.code, 4).rules["target"] == 60
    assert open_(campaign.code, 4).revision == 5, "a second click"


def test_a_standing_campaign_is_given_rules_the_same_way() -> None:
    with pytest.raises(Conflict, match=r"מתוכנן|planned|תוכנ"):
        open_(SURVEY)
    saved = save(SURVEY, 0, rules={"target": 40})
    assert (saved.state, saved.rules) == ("active", {})
    opened = open_(SURVEY, 1)
    assert opened.rules["target"] == 40
    assert len(opened.salt) == 64


@pytest.mark.parametrize(
    ("change", "step"),
    [
        ({"rules": {"languages": ("en",)}}, "how"),
        ({"rules": {"languages": ("he", "fr")}}, "how"),
        ({"rules": {"branches": ("20-999",)}}, "whom"),
        ({"rules": {"regions": ("nowhere",)}}, "whom"),
        ({"rules": {"follow_up": {"le": ["nothing", 2]}}}, "follow-up"),
        ({"columns": {"opens": date(2026, 1, 1), "closes": date(2026, 11, 16)}}, "what"),
        ({"texts": {"sms": {"invitation": {"he": {"text": "{org} {link} {stop} הגרלה"}}}}}, "words"),
        ({"texts": {"sms": {"reminder": {"he": {"text": "{org} {link} {stop} " + "א" * 120}}}}}, "words"),
    ],
    ids=["no Hebrew", "language", "branch", "region", "follow-up", "period", "wording", "length"],
)
def test_what_stops_a_campaign_is_said_with_the_step_that_mends_it(change: dict[str, Any], step: str) -> None:
    campaign = planned()
    saved = save(campaign.code, 1, **change)
    with pytest.raises(UserError) as refused:
        open_(campaign.code, saved.revision)
    assert {place for place, _message in refused.value.places} == {step}
    assert stored(campaign.code).state == "planned"


def test_a_channel_that_is_not_set_up_stops_it() -> None:
    campaign = planned()
    with pytest.raises(UserError) as refused:
        open_(campaign.code, 1, replace(ALL, channels=frozenset({"email", "phone"})))
    assert [place for place, _message in refused.value.places] == ["how"]
    save(campaign.code, 1, rules={"channels": ("email",)})
    assert open_(campaign.code, 2, replace(ALL, channels=frozenset({"email", "phone"}))).state == "active"


def test_an_archived_questionnaire_stops_it() -> None:
    campaign = planned()
    with setting() as make:
        make.session.scalars(
            select(Campaign).where(Campaign.code == SURVEY)
        ).one().questionnaire.archived_at = clock.now()
    with pytest.raises(UserError) as refused:
        open_(campaign.code, 1)
    assert refused.value.places[0][0] == "what"


def test_what_a_planner_should_think_about_stops_nothing() -> None:
    campaign = planned(privacy="anonymous")
    with db.reading() as session:
        one = session.scalars(select(Campaign).where(Campaign.code == campaign.code)).one()
        found = readiness.checks(
            session, one, campaign_plans.plan_of(one), replace(ALL, link_url="http://127.0.0.1:8000")
        )
    assert not [check for check in found if check.stops]
    assert {check.step for check in found} == {"what", "interactions", "installation", "policy"}


def test_states_follow_each_other_and_the_same_asked_twice_is_done_once() -> None:
    code = planned().code
    with pytest.raises(Conflict):
        act("pause", campaigns.pause, code)
    with pytest.raises(Conflict):
        act("end", campaigns.end, code)
    open_(code)
    with pytest.raises(Conflict):
        act("discard", campaigns.discard, code)
    for _twice in range(2):
        assert act("pause", campaigns.pause, code).state == "paused"
    assert stored(code).runs_on(TODAY), "who was invited can answer"
    for _twice in range(2):
        assert act("go_on", campaigns.go_on, code, installation=ALL).state == "active"
    for _twice in range(2):
        assert act("end", campaigns.end, code).state == "ended"
    assert not stored(code).runs_on(TODAY)
    for name, more in (("pause", {}), ("go_on", {"installation": ALL})):
        with pytest.raises(Conflict):
            act(name, getattr(campaigns, name), code, **more)
    with pytest.raises(Conflict):
        save(code, stored(code).revision, rules={"target": 9})
    with pytest.raises(Conflict):
        open_(code)


def test_a_campaign_does_not_go_on_over_what_stops_it_by_now() -> None:
    code = planned().code
    open_(code)
    act("pause", campaigns.pause, code)
    with pytest.raises(UserError) as refused:
        act("go_on", campaigns.go_on, code, installation=replace(ALL, channels=frozenset({"phone"})))
    assert refused.value.places[0][0] == "how"
    assert stored(code).state == "paused"


def test_a_copy_is_planned_alike_with_draws_of_its_own() -> None:
    code = planned("Autumn visits").code
    save(code, 1, rules={"target": 77}, texts={"sms": {"invitation": {"he": {"text": "{org} {link} {stop}"}}}})
    open_(code)
    copied = act("copy", campaigns.copy, code)
    assert (copied.state, copied.revision, campaign_plans.plan_of(copied).rules.target) == ("planned", 1, 77)
    assert campaign_plans.plan_of(copied).texts["sms"]["invitation"]["he"]["text"] == "{org} {link} {stop}"
    assert copied.code != code
    assert copied.salt != stored(code).salt


def test_what_was_never_opened_is_thrown_away_unless_something_leads_to_it() -> None:
    code = planned().code
    act("discard", campaigns.discard, code)
    with pytest.raises(NotFound):
        act("pause", campaigns.pause, code)
    code = planned().code
    invited(code)
    with pytest.raises(Conflict):
        act("discard", campaigns.discard, code)


def test_promises_are_kept_from_the_first_invitation_on() -> None:
    code = planned().code
    save(code, 1, rules={"languages": ("he", "en", "ar")})
    open_(code)
    invited(code)
    revision = stored(code).revision
    with pytest.raises(Conflict) as refused:
        save(code, revision, rules={"languages": ("he", "en")})
    assert refused.value.places[0][0] == "languages"
    with pytest.raises(Conflict) as refused:
        save(code, revision, columns={"privacy": "anonymous"})
    assert refused.value.places[0][0] == "privacy"
    with pytest.raises(Conflict):
        act("privacy", campaigns.change_privacy, code, "anonymous")
    with pytest.raises(Conflict):
        save(code, revision, columns={"questionnaire": PULSE})
    assert save(code, revision, rules={"languages": ("he", "en", "ar", "ru")}).revision == revision + 1


def test_before_it_is_opened_a_campaign_may_ask_with_another_questionnaire() -> None:
    code = planned().code
    saved = save(code, 1, columns={"questionnaire": PULSE, "privacy": "anonymous"})
    assert (saved.questionnaire.code, saved.privacy) == (PULSE, "anonymous")
    with pytest.raises(UserError) as refused:
        save(code, 2, columns={"open_link": True})
    assert refused.value.places[0][0] == "open_link"


def test_every_act_leaves_an_entry_and_the_secret_of_the_draws_in_none() -> None:
    campaign = planned()
    save(campaign.code, 1, rules={"target": 50})
    open_(campaign.code)
    with db.reading() as session:
        entries = session.scalars(select(Entry).where(Entry.act.startswith("campaign.")).order_by(Entry.id)).all()
        assert [one.act for one in entries] == ["campaign.plan", "campaign.save", "campaign.open"]
        assert entries[-1].changes[0]["attributes"]["state"] == ["planned", "active"]
        assert campaign.salt not in str([one.changes for one in entries])
