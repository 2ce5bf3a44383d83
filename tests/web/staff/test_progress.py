"""Pages of a campaign that runs: who may open them, what they say, what their file holds."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from survey_app import clock, db
from survey_app.commands import selecting
from survey_app.models import Branch, Campaign, ContactEvent, Customer, Entry, Invitation
from survey_app.models.campaign import USED
from survey_app.models.people import PERSONAL
from tests.commands.asking import asks, customer, visit
from tests.support.factories import setting
from tests.web.staff.conftest import Person

PAGES = ("progress", "selection", "cases")


def person(app: Flask, name: str) -> Person:
    found = Person(app.test_client())
    found.log_in(name)
    return found


def running(number: int = 12, **rules: Any) -> None:
    """A campaign that has looked at interactions: most are invited, one branch's are outside the rules."""
    with setting() as make:
        asks(make, code="visits", **{"branches": ("20-101",), **rules})
        branches = {one.code: one for one in make.session.scalars(select(Branch))}
        for place in range(number):
            who = customer(make, f"customer-{place:03d}", name="דנה כהן", email=f"dana{place}@example.com")
            code = "101" if place else "102"
            visit(make, who, branches[code], key=f"secret-key-{place}", reason="=loan")
    selecting.select_all()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("analyst", 200), ("administrator", 200), ("management", 200), ("privacy", 200), ("region", 403),
        ("branch", 403), ("agent", 403), ("shopper", 403), ("coordinator", 403), ("reviewer", 403),
    ],
)  # fmt: skip
def test_only_who_may_see_campaigns_opens_them(app: Flask, page: str, role: str, status: int) -> None:
    running(2)
    person(app, role).text(f"/campaigns/visits/{page}?lang=en", status)


@pytest.mark.parametrize("page", [*PAGES, "selection.csv"])
def test_an_unknown_campaign_and_nobody_logged_in(app: Flask, page: str) -> None:
    person(app, "analyst").text(f"/campaigns/nowhere/{page}", 404)
    assert app.test_client().get(f"/campaigns/nowhere/{page}").status_code == 302


def test_a_campaign_that_has_asked_nobody_says_so(app: Flask) -> None:
    with setting() as make:
        asks(make, code="visits")
    reader = person(app, "analyst")
    assert "Nobody has been invited yet" in reader.text("/campaigns/visits/progress?lang=en")
    assert "No interaction has been decided yet" in reader.text("/campaigns/visits/selection?lang=en")
    assert "Nobody has been invited yet" in reader.text("/campaigns/visits/cases?lang=en")


def test_progress_tells_the_stages_and_hides_what_is_too_few(app: Flask) -> None:
    running()
    text = person(app, "analyst").text("/campaigns/visits/progress?lang=en")
    assert "11 still wait to be sent or called" in text
    assert "Too few" in text
    assert 'data-every="30"' in text
    with setting() as make:
        make.session.scalars(select(Campaign).where(Campaign.code == "visits")).one().privacy = "anonymous"
    text = person(app, "analyst").text("/campaigns/visits/progress?lang=en")
    assert "This survey is anonymous" in text
    assert "data-every" not in text
    assert "Opened" not in text


def test_selection_is_filtered_by_what_became_of_it_and_by_branch(app: Flask) -> None:
    running()
    reader = person(app, "analyst")
    everything = reader.text("/campaigns/visits/selection?lang=en")
    assert "12 interactions, by what became of them" in everything
    assert "…0" not in everything, "only who may see contacts is shown the end of a reference"
    outside = person(app, "privacy").text("/campaigns/visits/selection?what=outside_rules&lang=en")
    assert outside.count("…000") == 1
    assert "…001" not in outside
    assert "No interactions fit" in reader.text("/campaigns/visits/selection?branch=103&lang=en")
    assert "There is no branch" in reader.text("/campaigns/visits/selection?branch=nowhere&lang=en")
    assert "12 interactions" in reader.text("/campaigns/visits/selection?what=nonsense&page=9&lang=en")


def test_cases_are_listed_by_code(app: Flask) -> None:
    running()
    reader = person(app, "analyst")
    text = reader.text("/campaigns/visits/cases?what=3.10&lang=en")
    assert "11 entries" in text
    assert "0 entries" not in reader.text("/campaigns/visits/cases?what=1.1&lang=en")


def test_the_file_has_every_interaction_and_nobody_s_contact(app: Flask) -> None:
    running()
    answer = person(app, "analyst").get("/campaigns/visits/selection.csv?lang=en")
    assert answer.mimetype == "text/csv"
    assert "visits-selection-2026-11-17.csv" in answer.headers["Content-Disposition"]
    assert answer.data.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert len(rows) == 12
    assert sorted({row[7] for row in rows}) == ["invited", "outside_rules"]
    assert {row[4] for row in rows} == {"'=loan"}
    assert {float(row[9]) for row in rows if row[9]} == {1.0}
    assert len(head) == len(rows[0]) == 12


@pytest.mark.parametrize("page", [*PAGES, "selection.csv"])
def test_nobody_is_named(app: Flask, page: str) -> None:
    running()
    text = person(app, "analyst").get(f"/campaigns/visits/{page}").text
    with db.reading() as session:
        people = list(session.scalars(select(Customer)))
        columns = [column.key for column in Customer.__table__.columns if column.info == PERSONAL]
    found = [value for one in people for name in columns if (value := getattr(one, name)) and value in text]
    assert people
    assert found == []
    assert "secret-key" not in text


@pytest.mark.parametrize("role", ["analyst", "management", "administrator", "privacy"])
@pytest.mark.parametrize("page", ["selection", "cases?what=1.1", "selection.csv"])
def test_nobody_learns_who_answered(app: Flask, page: str, role: str) -> None:
    """No hour at all, and no reference, not even its end, beside what tells that somebody answered."""
    running()
    with setting() as make:
        for one in make.session.scalars(select(Invitation)):
            one.state, one.disposition, one.finished_at = USED, "1.1", clock.now()
            make.session.add(ContactEvent(invitation_id=one.id, at=clock.now(), channel="email", code="1.1"))
    text = person(app, role).text(f"/campaigns/visits/{page}{'&' if '?' in page else '?'}lang=en")
    rows = text.partition("<main")[2] or text
    assert not re.search(r"\b\d\d?:\d\d\b", rows)
    if page.startswith("cases"):
        assert "11 entries" in text
        assert "…0" not in text
    else:
        assert "1.1" not in re.findall(r"\b\d\.\d+\b", text)
        assert "Completed" not in text
        assert ("…0" in text) == (role == "privacy")


def test_selecting_leaves_no_audit_entry(app: Flask) -> None:
    running()
    with db.reading() as session:
        assert not [one for one in session.scalars(select(Entry.act)) if one.startswith("selection")]
