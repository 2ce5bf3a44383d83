"""The coordinator: a guide while something is missing, a new visit, filters, cancelling, scenarios."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from survey_app import db
from survey_app.models import Assignment, Draft, Scenario
from tests.commands.acting import Field, by_visit, keep
from tests.support.factories import setting
from tests.web.people import Person, plain

pytestmark = pytest.mark.usefixtures("frozen_clock")

WINDOW = {"window_from": "17.11.2026", "window_until": "30.11.2026"}


@pytest.fixture
def field(database: db.Database) -> Field:
    """Everything a visit needs, and a coordinator."""
    with setting() as make:
        made = Field.made(make)
        made.other.name = "נצרת עילית"
        make.branch(code="103", region=None, name="נצרת")
        make.branch(code="104", region=None, name="סגור", closed=date(2026, 1, 1))
        make.user(email="coord@example.com", role="field_coordinator")
    return made


@pytest.fixture
def coordinator(app: Flask, field: Field) -> Person:
    """The coordinator, logged in."""
    return Person(app).log_in("coord@example.com")


def visits() -> list[Assignment]:
    with db.reading() as session:
        return list(session.scalars(select(Assignment).order_by(Assignment.id)))


def chosen(field: Field, **more: Any) -> dict[str, Any]:
    return {"shopper": field.shopper.id, "branch": "101", "scenario": field.scenario.id, **WINDOW, **more}


def test_without_anything_the_page_says_what_is_needed(app: Flask, database: db.Database) -> None:
    with setting() as make:
        make.user(email="coord@example.com", role="field_coordinator")
    coordinator = Person(app).log_in("coord@example.com")
    for path in ("/fieldwork", "/fieldwork/new"):
        words = coordinator.words(path)
        for needed in ("--role shopper", "survey-app import branches", "branch_mystery_visit", "תרחיש חדש"):
            assert needed in words, (path, needed)


def test_a_visit_is_given_to_a_shopper(app: Flask, coordinator: Person, field: Field) -> None:
    assert "עוד לא תוכנן ביקור" in coordinator.words("/fieldwork")
    onward = coordinator.on("/fieldwork/new", **chosen(field))
    (visit,) = visits()
    assert onward == f"/fieldwork?added={visit.id}"
    assert (visit.branch_id, visit.window_until, visit.state) == (field.branch.id, date(2026, 11, 30), "assigned")
    assert "הביקור שובץ" in coordinator.words(onward)
    assert "סניף 101" in Person(app).log_in("eye@example.com").words("/shops")


@pytest.mark.parametrize("typed", ["102", "102 נצרת עילית", " נצרת   עילית ", "עילית"])
def test_a_branch_is_found_by_code_or_name(coordinator: Person, field: Field, typed: str) -> None:
    coordinator.on("/fieldwork/new", **chosen(field, branch=typed))
    assert [visit.branch_id for visit in visits()] == [field.other.id]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "נא לכתוב קוד או שם של סניף."),
        ("נצר", "כמה סניפים מתאימים"),
        ("999", "אין סניף עם הקוד"),
        ("104", "אין סניף עם הקוד"),
    ],
)
def test_a_branch_that_is_not_found(coordinator: Person, field: Field, typed: str, message: str) -> None:
    answer = coordinator.send("/fieldwork/new", **chosen(field, branch=typed))
    assert answer.status_code == 422
    assert '<a href="#branch">' in answer.text
    assert plain(answer.text).count(message) == 2
    assert visits() == []


@pytest.mark.parametrize(
    ("field_name", "value", "message"),
    [
        ("shopper", "", "נא לבחור לקוח סמוי."),
        ("scenario", "77", ""),
        ("window_from", "31.11.2026", ""),
        ("window_until", "1.11.2026", "היום האחרון"),
    ],
)
def test_a_wrong_form_is_told_and_stores_nothing(
    coordinator: Person, field: Field, field_name: str, value: str, message: str
) -> None:
    answer = coordinator.send("/fieldwork/new", **chosen(field, **{field_name: value}))
    assert answer.status_code == 422
    assert f'<a href="#{field_name}">' in answer.text
    assert message in plain(answer.text)
    assert "<title>שגיאה:" in answer.text
    assert visits() == []


def test_a_window_that_has_passed_is_refused(coordinator: Person, field: Field) -> None:
    answer = coordinator.send("/fieldwork/new", **chosen(field, window_from="1.11.2026", window_until="9.11.2026"))
    assert answer.status_code == 422
    assert visits() == []


def test_the_list_is_filtered(coordinator: Person, field: Field) -> None:
    with setting() as make:
        first, second = field.visit(make), field.visit(make, field.other)
        second.state = "approved"
        first.window_from, first.window_until = date(2026, 10, 1), date(2026, 10, 31)
    assert "שני ביקורים" in coordinator.words("/fieldwork")
    october = coordinator.words("/fieldwork?month=2026-10")
    assert "ביקור אחד" in october
    assert "באיחור" in october
    assert "ביקור אחד" in coordinator.words("/fieldwork?state=approved")
    assert "ביקור אחד" in coordinator.words("/fieldwork?branch=102")
    assert "אין ביקור שמתאים לסינון" in coordinator.words("/fieldwork?branch=102&state=assigned")
    for nonsense in ("?month=2026-77", "?state=x", "?page=999", "?page=x"):
        assert "שני ביקורים" in coordinator.words("/fieldwork" + nonsense)


def test_cancelling_asks_first_and_takes_the_draft_along(coordinator: Person, field: Field) -> None:
    with setting() as make:
        visit = field.visit(make)
    keep(by_visit(visit), {"A1": "yes"})
    assert "מה שנכתב עד כה יימחק לצמיתות" in coordinator.words(f"/fieldwork/{visit.id}/cancel")
    assert visits()[0].state == "assigned"
    assert coordinator.on(f"/fieldwork/{visit.id}/cancel") == "/fieldwork"
    assert visits()[0].state == "cancelled"
    with db.reading() as session:
        assert not session.scalars(select(Draft)).all()
    assert "אפשר לבטל רק ביקור" in coordinator.words(f"/fieldwork/{visit.id}/cancel")
    assert coordinator.send(f"/fieldwork/{visit.id}/cancel", page="/account").status_code == 409
    assert coordinator.get("/fieldwork/99/cancel").status_code == 404


def test_a_scenario_is_written(coordinator: Person) -> None:
    fields = {"code": "Card-1", "title_he": "הזמנת כרטיס", "briefing_he": "לבקש כרטיס.", "title_ru": "Карта"}
    onward = coordinator.on("/fieldwork/scenarios/new", **fields, has_account="y")
    assert onward == "/fieldwork/scenarios/card-1?done=added"
    with db.reading() as session:
        made = session.scalars(select(Scenario).where(Scenario.code == "card-1")).one()
        assert made.title == {"he": "הזמנת כרטיס", "ru": "Карта"}
        assert (made.has_account, made.has_appointment) == (True, False)
    assert "הזמנת כרטיס" in coordinator.words("/fieldwork/scenarios")
    again = coordinator.send("/fieldwork/scenarios/new", **fields)
    assert again.status_code == 409
    wrong = coordinator.send("/fieldwork/scenarios/new", code="עברית", title_he="", briefing_he="")
    assert wrong.status_code == 422
    assert '<a href="#title_he">' in wrong.text


@pytest.mark.parametrize("path", ["/fieldwork", "/fieldwork/new", "/fieldwork/1/cancel", "/fieldwork/scenarios/new"])
def test_only_the_coordinator_plans(app: Flask, field: Field, path: str) -> None:
    assert Person(app).log_in("eye@example.com").get(path).status_code == 403
