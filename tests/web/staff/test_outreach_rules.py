"""The organisation's rules of reaching customers, read and changed at a browser without scripts."""

from __future__ import annotations

import dataclasses
import html
import re
from typing import Any

import pytest

from forms.outreach import OutreachForm
from survey_app import db
from survey_app.models import Organisation
from survey_app.outreach.policy import Outreach
from tests.web.staff.conftest import Person


@pytest.fixture
def analyst(as_: Any) -> Person:
    """Who keeps the rules."""
    found: Person = as_("analyst")
    return found


def rules_form(person: Person) -> dict[str, str]:
    """Every field of the page as it stands."""
    page = person.text("/campaigns/rules")
    inputs = re.findall(r'<input[^>]*\bname="([^"]+)"[^>]*\bvalue="([^"]*)"', page)
    areas = re.findall(r'<textarea[^>]*\bname="([^"]+)"[^>]*>\r?\n(.*?)</textarea>', page, re.DOTALL)
    return {name: html.unescape(value) for name, value in [*inputs, *areas] if name not in {"csrf_token", "next"}}


def outreach() -> dict[str, Any]:
    with db.reading() as session:
        return dict(session.get_one(Organisation, 1).outreach)


def test_the_rules_for_all_campaigns_are_read_and_changed(analyst: Person) -> None:
    fields = rules_form(analyst)
    at = "/campaigns/rules"
    assert analyst.post(at, at, **fields).status_code == 303
    assert outreach() == {}, "sent as they stand they are the defaults"
    changed = {"cap_days": "120", "cost-sms": "0.09", "verify-he": " הסקר מופיע באתר שלנו. ", "friday_until": "12:00",
               "product_names": "זהב פלוס\nכספת"}  # fmt: skip
    assert analyst.post(at, at, **fields | changed).status_code == 303
    stands = outreach()
    assert (stands["cap_days"], stands["cost"]["sms"], stands["friday_until"]) == (120, 9, "12:00")
    assert stands["verify"] == {"he": "הסקר מופיע באתר שלנו."}
    assert stands["product_names"] == ["זהב פלוס", "כספת"]
    assert analyst.post(at, at, **fields | {"cap_days": "60"}).status_code == 409
    refused = analyst.post(at, at, **rules_form(analyst) | {"until_hour": "08:00", "cap_days": "often"})
    assert refused.status_code == 422
    assert 'value="often"' in refused.text


def test_every_rule_for_all_campaigns_has_its_field_but_what_only_the_privacy_officer_approves() -> None:
    form = OutreachForm(policy=Outreach(), rates=list(Outreach().rate), costs=list(Outreach().cost))
    assert {*form.policy, "approved_fields"} == {one.name for one in dataclasses.fields(Outreach)}
    assert Outreach.load(form.policy) == Outreach()


@pytest.mark.parametrize("name", ["region", "branch", "shopper"])
def test_the_rules_for_all_campaigns_are_not_everybodys(as_: Any, name: str) -> None:
    assert as_(name).get("/campaigns/rules").status_code == 403


@pytest.mark.parametrize("name", ["management", "privacy"])
def test_who_sees_campaigns_reads_the_rules_and_has_no_form(as_: Any, name: str) -> None:
    person = as_(name)
    page = person.text("/campaigns/rules?lang=en")
    assert 'action="/campaigns/rules"' not in page
    assert 'name="contact_days"' not in page
    for label, value in (("Days for which contact details are kept", Outreach().contact_days),
                         ("Messages leave until", Outreach().until_hour)):  # fmt: skip
        assert re.search(rf"<dt>{label}</dt><dd><bdi>{value}</bdi></dd>", page), label
    assert person.post("/account", "/campaigns/rules", cap_days="1").status_code == 403
