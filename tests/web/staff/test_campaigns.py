"""Planning a campaign at a browser without scripts: every step, what comes back when it is refused, who may."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from survey_app import db
from survey_app.config import Gateway, Settings
from survey_app.models import Campaign
from survey_app.queries import campaign_plans
from tests.support import carriers
from tests.support.carriers import MailServer
from tests.support.factories import setting
from tests.web.people import plain
from tests.web.staff.conftest import Person

NAMED = {"name": "סקר סתיו", "questionnaire": "post_visit_branch", "opens": "17.11.2026", "closes": "",
         "invitation_days": "14", "privacy": "confidential"}  # fmt: skip
WHOM = {
    "branches": ["20-101", "20-104"],
    "regions": [],
    "more_reasons": "deposit, loan",
    "more_channels": "",
    "delay_hours": "5",
}
HOW = {"languages": ["he", "en"], "channels-order": ["email", "sms", "whatsapp", "phone"], "channels": ["sms", "email"],
       "reminder_days": "4"}  # fmt: skip
MANY = {"target": "40", "base_rate": "12.5", "expected_response": "15", "detect": "10", "branch_quota": "",
        "agent_quota": "", "daily_limit": "300"}  # fmt: skip


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An installation that can send e-mail and text messages."""
    return replace(
        settings,
        smtp_url="smtp://127.0.0.1:9",
        mail_from="survey@bank.test",
        public_url="https://s.bank.test",
        gateways={"sms": Gateway("http://127.0.0.1:9/sms", "{}", callback_secret="x")},
    )


@pytest.fixture
def analyst(as_: Callable[[str], Person]) -> Person:
    """Who plans campaigns."""
    return as_("analyst")


def stored(code: str) -> Campaign:
    with db.reading() as session:
        found = session.scalars(select(Campaign).where(Campaign.code == code)).one()
        assert found.questionnaire.code
        return found


def begun(person: Person, **more: Any) -> str:
    """The first step was sent; gives the new campaign's code."""
    answer = person.post("/campaigns/new", "/campaigns/new", **NAMED | more)
    assert answer.status_code == 303, plain(answer.text)
    return str(re.fullmatch(r"/campaigns/([^/]+)/plan/whom", answer.headers["Location"])[1])  # type: ignore[index]


def send(person: Person, path: str, **fields: Any) -> TestResponse:
    """Send a page's form with the revision that it was shown with."""
    page = person.text(path)
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision
    return person.post(path, path, **{"revision": revision[1], **fields})


def onward(person: Person, path: str, **fields: Any) -> str:
    answer = send(person, path, **fields)
    assert answer.status_code == 303, plain(answer.text)
    return str(answer.headers["Location"])


def test_a_campaign_is_planned_and_opened_without_scripts(analyst: Person) -> None:
    code = begun(analyst)
    at = f"/campaigns/{code}/plan"
    assert onward(analyst, f"{at}/whom", **WHOM) == f"{at}/how"
    assert onward(analyst, f"{at}/how", **HOW) == f"{at}/many"
    assert onward(analyst, f"{at}/many", **MANY) == f"{at}/words"
    page = analyst.text(f"{at}/words")
    areas = re.findall(r'<textarea id="(t-[^"]+)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    fields = {name: html.unescape(words) for name, words in areas}
    assert set(fields) == {f"t-{kind}-{code}-{part}" for kind in ("invitation", "reminder") for code in ("he", "en")
                           for part in ("subject", "body", "button")}  # fmt: skip
    fields["t-invitation-en-subject"] = "How was it at {branch}?"
    assert onward(analyst, f"{at}/words", **fields) == f"{at}/words?channel=sms"
    assert onward(analyst, f"{at}/words?channel=sms") == f"{at}/follow-up"
    rule = {"follow_up-mode": "rows", "follow_up-joint": "all", "follow_up-0-name": "pv1",
            "follow_up-0-operator": "le", "follow_up-0-value": "2"}  # fmt: skip
    assert onward(analyst, f"{at}/follow-up", **rule) == f"{at}/check"
    assert stored(code).rules == {}
    page = analyst.text(f"{at}/check")
    assert "How was it at" in page
    answer = send_open(analyst, code)
    assert answer.headers["Location"] == f"/campaigns/{code}?done=opened"
    assert '<input type="hidden" name="first" value="1">' in page
    again = analyst.post("/account", f"/campaigns/{code}/plan/open", revision="1", first="1")
    assert again.headers["Location"] == f"/campaigns/{code}?done=opened", "a second click"
    found = stored(code)
    rules = campaign_plans.in_force(found)
    assert rules is not None
    assert (found.state, rules.branches, rules.regions, rules.reasons) == (
        "active",
        ("20-101", "20-104"),
        (),
        ("deposit", "loan"),
    )
    assert (rules.languages, rules.channels, rules.reminder_days) == (("he", "en"), ("email", "sms"), 4)
    assert (rules.target, rules.base_rate, rules.daily_limit, rules.delay_hours) == (40, 0.125, 300, 5)
    assert rules.follow_up == {"le": ["pv1", 2]}
    assert found.texts == {"email": {"invitation": {"en": {"subject": "How was it at {branch}?"}}}}
    shown = plain(analyst.text(f"/campaigns/{code}?done=opened"))
    assert "pv1" in shown
    assert "סקר סתיו" in plain(analyst.text("/campaigns"))


def send_open(person: Person, code: str, revision: str | None = None) -> TestResponse:
    page = person.text(f"/campaigns/{code}/plan/check")
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found or revision, plain(page)
    return person.post(
        f"/campaigns/{code}/plan/check",
        f"/campaigns/{code}/plan/open",
        revision=revision or found[1],  # type: ignore[index]
    )


# ---- what comes back -------------------------------------------------------------------------------------------------


def form_token(person: Person) -> str:
    return str(re.search(r'name="token" value="([0-9a-f]{32})"', person.text("/campaigns/new"))[1])  # type: ignore[index]


def test_a_form_sent_twice_makes_one_campaign_that_says_what_was_sent_last(analyst: Person) -> None:
    token = form_token(analyst)
    code = begun(analyst, token=token, opens="1.12.2026")
    assert begun(analyst, token=token, opens="1.12.2026") == code
    assert begun(analyst, token=token, opens="22.11.2026", name="סקר חורף") == code
    assert (stored(code).opens, stored(code).name) == (date(2026, 11, 22), "סקר חורף")


def test_another_form_or_a_form_of_a_plan_that_went_on_makes_another_campaign(analyst: Person) -> None:
    token = form_token(analyst)
    code = begun(analyst, token=token)
    assert token != form_token(analyst)
    second = begun(analyst, token=form_token(analyst), opens="22.11.2026")
    onward(analyst, f"/campaigns/{code}/plan/whom", **WHOM)
    third = begun(analyst, token=token, opens="23.11.2026")
    assert len({code, second, third}) == 3
    assert [stored(one).opens.day for one in (code, second, third)] == [17, 22, 23]


@pytest.mark.parametrize("year", ["0001", "1999", "2037", "9999"])
@pytest.mark.parametrize("field", ["opens", "closes"])
def test_an_absurd_day_is_refused_beside_its_field(analyst: Person, field: str, year: str) -> None:
    fields = NAMED | ({"opens": "17.11.2000"} if field == "closes" else {}) | {field: f"18.11.{year}"}
    answer = analyst.post("/campaigns/new", "/campaigns/new", **fields)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text


def test_marks_of_direction_do_not_enter_a_name(analyst: Person) -> None:
    assert stored(begun(analyst, name="סקר\u202e ויתס\u2066")).name == "סקר ויתס"


def test_a_refused_step_comes_back_whole_with_its_errors_first(analyst: Person) -> None:
    answer = analyst.post("/campaigns/new", "/campaigns/new", **NAMED | {"name": "", "opens": "31.2.2026"})
    assert answer.status_code == 422
    assert 'href="#name"' in answer.text
    assert 'href="#opens"' in answer.text
    assert 'value="31.2.2026"' in answer.text
    code = begun(analyst)
    answer = send(analyst, f"/campaigns/{code}/plan/many", **MANY | {"target": "many", "base_rate": "120"})
    assert answer.status_code == 422
    assert 'value="many"' in answer.text
    assert 'href="#base_rate"' in answer.text
    answer = send(analyst, f"/campaigns/{code}/plan/how", **HOW | {"channels": [], "languages": []})
    assert answer.status_code == 422
    assert 'href="#channels-email"' in answer.text
    assert stored(code).revision == 2 or stored(code).revision == 1


def test_a_stale_step_comes_back_with_what_changed_and_is_saved_the_second_time(analyst: Person) -> None:
    code = begun(analyst)
    at = f"/campaigns/{code}/plan/many"
    old = re.search(r'name="revision" value="(\d+)"', analyst.text(at))
    assert old
    onward(analyst, f"/campaigns/{code}/plan/whom", **WHOM)
    answer = analyst.post(at, at, revision=old[1], **MANY)
    assert answer.status_code == 409
    assert 'value="12.5"' in answer.text
    assert 'id="stale"' in answer.text
    assert "20-104" in plain(answer.text)
    again = re.search(r'name="revision" value="(\d+)"', answer.text)
    assert again
    assert analyst.post(at, at, revision=again[1], **MANY).status_code == 303
    rules = campaign_plans.plan_of(stored(code)).rules
    assert (rules.target, rules.branches) == (40, ("20-101", "20-104"))


def test_ways_are_moved_without_saving(analyst: Person) -> None:
    code = begun(analyst)
    at = f"/campaigns/{code}/plan/how"
    answer = send(analyst, at, **HOW, do="down:email")
    assert answer.status_code == 200
    order = re.findall(r'name="channels-order" value="(\w+)"', answer.text)
    assert order == ["sms", "email", "whatsapp", "phone"]
    assert 'id="down-email" autofocus' in answer.text
    assert campaign_plans.plan_of(stored(code)).rules.channels[0] == "sms"


def test_words_that_make_an_offer_or_are_too_long_are_told_and_stop_the_opening(analyst: Person) -> None:
    code = begun(analyst)
    at = f"/campaigns/{code}/plan/words?channel=sms"
    onward(analyst, f"/campaigns/{code}/plan/how", **HOW)
    words = "{org} {branch} הגרלה בין המשיבים {link} {stop} " + "א" * 90
    looked = send(analyst, at, **{"t-invitation-he-text": words}, do="look")
    assert looked.status_code == 200
    assert 'id="t-invitation-he-text-error"' in looked.text
    assert stored(code).plan["texts"] == {}
    told = onward(analyst, at, **{"t-invitation-he-text": words})
    assert told == f"{at}&done=words"
    assert 'id="t-invitation-he-text-error"' in analyst.text(told)
    assert onward(analyst, at, **{"t-invitation-he-text": words}) == f"/campaigns/{code}/plan/follow-up"
    page = analyst.text(f"/campaigns/{code}/plan/check")
    assert f"/campaigns/{code}/plan/words?channel=sms#t-invitation-he-text" in page
    assert 'action="/campaigns/' + code + '/plan/open"' not in page
    answer = analyst.post(f"/campaigns/{code}/plan/check", f"/campaigns/{code}/plan/open", revision="4")
    assert answer.status_code in {409, 422}
    assert stored(code).state == "planned"
    send(analyst, at, **{"t-invitation-he-text": ""})
    assert stored(code).plan["texts"] == {}


def test_a_follow_up_rule_is_written_in_rows_and_told_when_it_can_never_hold(analyst: Person) -> None:
    code = begun(analyst)
    at = f"/campaigns/{code}/plan/follow-up"
    row = {"follow_up-mode": "rows", "follow_up-joint": "all", "follow_up-0-name": "pv1",
           "follow_up-0-operator": "le", "follow_up-0-value": "77"}  # fmt: skip
    more = send(analyst, at, **row, do="refresh")
    assert 'name="follow_up-1-name"' in more.text
    refused = send(analyst, at, **row)
    assert refused.status_code == 422
    assert 'value="77"' in refused.text
    assert send(analyst, at, **row | {"follow_up-0-value": "2"}).status_code == 303
    as_text = send(analyst, at, **row | {"follow_up-0-value": "2"}, do="rule:follow_up")
    assert "pv1 &lt;= 2" in as_text.text


def test_a_stale_opening_shows_what_changed(analyst: Person) -> None:
    code = begun(analyst)
    onward(analyst, f"/campaigns/{code}/plan/how", **HOW)
    old = str(stored(code).revision)
    onward(analyst, f"/campaigns/{code}/plan/many", **MANY)
    answer = send_open(analyst, code, old)
    assert answer.status_code == 409
    assert 'id="stale"' in answer.text
    assert stored(code).state == "planned"


# ---- a campaign as a whole -------------------------------------------------------------------------------------------


def test_a_campaign_is_paused_goes_on_is_copied_and_ends_each_after_a_question(analyst: Person) -> None:
    code = begun(analyst)
    onward(analyst, f"/campaigns/{code}/plan/how", **HOW)
    assert send_open(analyst, code).status_code == 303
    for name, state in (("pause", "paused"), ("go-on", "active"), ("end", "ended")):
        at = f"/campaigns/{code}/{name}"
        assert stored(code).state != state
        assert "?" in plain(analyst.text(at))
        assert analyst.post(at, at).status_code == 303
        assert stored(code).state == state
        assert 'method="post" action="' + at not in analyst.text(at), "nothing is left to do"
    assert analyst.get(f"/campaigns/{code}/plan/what").status_code == 404
    answer = analyst.post(f"/campaigns/{code}", f"/campaigns/{code}/copy")
    copied = answer.headers["Location"].split("/")[2]
    assert (stored(copied).state, campaign_plans.plan_of(stored(copied)).rules.channels) == (
        "planned",
        ("email", "sms"),
    )
    at = f"/campaigns/{copied}/discard"
    assert analyst.post(at, at).status_code == 303
    assert analyst.get(f"/campaigns/{copied}").status_code == 404


def test_a_standing_campaign_is_planned_the_same_way(analyst: Person) -> None:
    at = "/campaigns/post_visit_branch"
    assert f"{at}/plan/whom" in analyst.text(at)
    page = analyst.text(f"{at}/plan/check")
    assert f'action="{at}/plan/open"' not in page, "nobody planned anything yet"
    onward(analyst, f"{at}/plan/how", **HOW)
    assert stored("post_visit_branch").rules == {}
    assert send_open(analyst, "post_visit_branch").headers["Location"].endswith("done=changed")
    assert stored("post_visit_branch").rules["channels"] == ["email", "sms"]


def test_a_campaign_of_shoppers_is_none_of_these(analyst: Person) -> None:
    assert analyst.get("/campaigns/branch_mystery_visit").status_code == 404
    assert "branch_mystery_visit" not in analyst.text("/campaigns")


def test_the_list_is_filtered_paged_and_asks_no_more_for_more_rows(analyst: Person, counting_queries: Any) -> None:
    with counting_queries() as few:
        analyst.text("/campaigns")
    with setting() as make:
        first = make.session.scalars(select(Campaign).where(Campaign.code == "post_visit_branch")).one()
        for number in range(120):
            make.session.add(
                Campaign(
                    code=f"c-{number}",
                    name=f"סקר {number}",
                    questionnaire_id=first.questionnaire_id,
                    opens=first.opens,
                    state="planned",
                    revision=9,
                )
            )
    with counting_queries() as many:
        page = analyst.text("/campaigns")
    assert len(many) == len(few)
    assert "page=2" in page
    assert page.count("<tr>") == 51
    assert "c-7<" in analyst.text("/campaigns?search=c-7")
    assert "c-7<" not in analyst.text("/campaigns?state=active")
    assert "<table" not in analyst.text("/campaigns?search=nothing")


def test_unknown_campaigns_and_steps_are_not_found(analyst: Person) -> None:
    for path in ("/campaigns/nothing", "/campaigns/nothing/plan/what", "/campaigns/post_visit_branch/plan/nothing"):
        assert analyst.get(path).status_code == 404


# ---- a sample --------------------------------------------------------------------------------------------------------


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A mail server of this machine."""
    with carriers.mail_server() as running:
        yield running


class TestSample:
    """A sample is really sent to who plans, and to nobody else."""

    @pytest.fixture
    def settings(self, settings: Settings, mail_server: MailServer) -> Settings:
        return replace(settings, smtp_url=mail_server.url)

    def test_the_planner_gets_the_message_as_customers_will(self, analyst: Person, mail_server: MailServer) -> None:
        code = begun(analyst)
        onward(analyst, f"/campaigns/{code}/plan/how", **HOW)
        at = f"/campaigns/{code}/plan/words?channel=email"
        onward(analyst, at, **{"t-invitation-en-subject": "A word about {branch}?"})
        check = f"/campaigns/{code}/plan/check"
        answer = analyst.post(check, f"/campaigns/{code}/plan/sample", language="en")
        assert answer.headers["Location"] == f"{check}?sent=en"
        (sent,) = mail_server.messages
        assert "analyst@bank.test" in sent["To"]
        assert "A word about" in sent["Subject"]
        body = sent.get_body(("html",))
        assert body is not None
        assert 'dir="ltr"' in body.get_content()
        assert "analyst@bank.test" in plain(analyst.text(answer.headers["Location"]))

    def test_a_mail_server_that_refuses_is_told_about(self, analyst: Person, mail_server: MailServer) -> None:
        mail_server.unknown.add("analyst@bank.test")
        code = begun(analyst)
        check = f"/campaigns/{code}/plan/check"
        answer = analyst.post(check, f"/campaigns/{code}/plan/sample", language="he")
        assert answer.status_code == 422
        assert 'id="errors"' in answer.text
        assert mail_server.messages == []
