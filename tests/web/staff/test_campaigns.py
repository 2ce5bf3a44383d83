"""Planning a campaign at a browser without scripts: every step, what comes back when it is refused, who may."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from survey_app import db
from survey_app.config import Gateway, Settings
from survey_app.models import Campaign, Organisation
from survey_app.queries import campaign_plans
from tests.support.factories import setting
from tests.web.people import plain
from tests.web.staff.conftest import Person

NAMED = {"name": "סקר סתיו", "questionnaire": "post_visit_branch", "opens": "17.11.2026", "closes": "",
         "invitation_days": "14", "privacy": "confidential"}  # fmt: skip
WHOM = {"branches": ["20-101", "20-104"], "regions": [], "more_reasons": "deposit, loan", "more_channels": "", "delay_hours": "5"}
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
def analyst(as_: Any) -> Iterator[Person]:
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
    found = stored(code)
    rules = campaign_plans.in_force(found)
    assert rules is not None
    assert (found.state, rules.branches, rules.regions, rules.reasons) == ("active", ("20-101", "20-104"), (), ("deposit", "loan"))
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
        f"/campaigns/{code}/plan/check", f"/campaigns/{code}/plan/open", revision=revision or found[1]  # type: ignore[index]
    )
