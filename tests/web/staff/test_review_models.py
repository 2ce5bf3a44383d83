"""What models found, on the month's page: drawing and table, readers, and months of before there were any."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from survey_app import db
from survey_app.commands import models
from survey_app.models import Branch, MonthlyReview, Organisation, Version
from tests.support.factories import PASSWORD, setting
from tests.support.pages import DESKTOP, OpenContext, assert_reads_well
from tests.web.staff.conftest import Person

LogIn = Callable[[str], Person]
PAGE = "/reviews/2026-10"
PARTS = ("drivers", "disagreement", "recovery", "mix")


def part(page: str, name: str) -> str:
    """One part of the page as a reader reads it, without markup and the drawing's numbers."""
    section = page.split(f'<section aria-labelledby="{name}">')[1].partition("</section>")[0]
    section = re.sub(r"<script.*?</script>", "", section, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>|[\u2066-\u2069]", " ", section))


@pytest.fixture
def made(database: db.Database) -> None:
    """October with problems told of, some answers by telephone, all topics answered in one branch; models made."""
    with setting() as make:
        version = make.session.scalars(select(Version).order_by(Version.id)).first()
        branches = {branch.code: branch for branch in make.session.scalars(select(Branch))}
        given = [
            {"pv1": 1 + (n + 1) % 5, "pv5": 1 + n % 5, "pv6": 1 + (n * 3) % 5, "pv7": 1 + (n + 1) % 5, "pv10": group}
            for group, count in {"no_problem": 60, "handled": 40, "not_handled": 30, "not_reported": 12}.items()
            for n in range(count)
        ]
        assert version is not None
        make.session.get_one(Organisation, 1).policy = {"survey_window": 1}
        make.responses(
            version=version,
            branch=branches["101"],
            visited_on=date(2026, 10, 12),
            state="counted",
            answers=given,
            context={"link": "personal"},
        )
    models.make("2026-10")


def test_each_part_says_what_was_found(as_: LogIn, made: None) -> None:
    page = as_("management").text(f"{PAGE}?lang=en")
    assert "Goes with satisfaction more than the other topics" in part(page, "drivers")
    assert "no proof of a cause" in part(page, "drivers")
    recovery = part(page, "recovery")
    assert "A problem that was dealt with 40" in recovery
    assert "case was opened in these months" in recovery
    assert "No promise was written down" in recovery
    assert "change in who answered" in part(page, "mix")
    assert "At least three branches" in part(page, "disagreement"), "no visit was made"
    figure = json.loads(page.split('id="drivers-data">')[1].partition("</script>")[0])
    assert figure["data"][1]["text"] == ["1", "2", "3"]
    assert [len(trace["x"]) for trace in figure["data"]] == [3, 3]


def test_before_they_are_made_the_page_says_so(as_: LogIn) -> None:
    page = as_("management").text(f"{PAGE}?lang=en")
    for name in PARTS:
        assert "Not computed yet" in part(page, name)
    numbers = json.dumps(without_models(as_("management")))
    with setting() as make:
        make.session.add(
            MonthlyReview(
                month="2026-10",
                signed_at=make.session.get_one(Version, 1).published_at,
                signed_by_id=1,
                numbers=numbers,
                digest="",
                inputs_digest="",
                code_version="",
            )
        )
    page = as_("management").text(f"{PAGE}?lang=en")
    for name in PARTS:
        assert "not computed when the month was signed" in part(page, name)


def without_models(person: Person) -> dict[str, object]:
    """The month's numbers as they were kept before there were models in them."""
    data: dict[str, object] = json.loads(person.text(f"/api/v1{PAGE}"))
    return {key: value for key, value in data.items() if key not in {"models", "words", "scope"}}


def test_files_hold_the_same_in_words(as_: LogIn, made: None) -> None:
    person = as_("management")
    rows = list(csv.reader(io.StringIO(person.get(f"{PAGE}/drivers.csv?lang=en").data.decode("utf-8-sig"))))
    assert len(rows) == 4
    assert rows[1][1] == "pv7"
    assert "easy" in rows[1][0]
    rows = list(csv.reader(io.StringIO(person.get(f"{PAGE}/recovery.csv?lang=en").data.decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:]] == ["60", "40", "30", "12"]


@pytest.mark.parametrize(("role", "codes"), [("branch", {"104"}), ("region", {"101", "102", "103"}), ("agent", set())])
def test_readers_see_rows_of_their_own_branches(as_: LogIn, made: None, role: str, codes: set[str]) -> None:
    found = json.loads(as_(role).text(f"/api/v1{PAGE}"))["models"]
    casemix = found["casemix"]
    assert {row["branch"] for row in (casemix or {"branches": []})["branches"]} == codes
    assert (found["drivers"] is None) == (role == "agent")


def test_signing_makes_them_first(as_: LogIn) -> None:
    person = as_("management")
    assert person.post(PAGE, f"{PAGE}/sign", confirm="y").status_code == 303
    with db.reading() as session:
        numbers = json.loads(session.get_one(MonthlyReview, "2026-10").numbers)
    assert numbers["models"]["recovery"] is not None
    assert "words" not in numbers


@pytest.mark.parametrize(
    ("language", "size"),
    [("he", {"viewport": {"width": 320, "height": 700}}), ("en", DESKTOP)],
    ids=["he, 320 px", "en, desktop"],
)
def test_the_parts_read_well(new_context: OpenContext, made: None, language: str, size: dict[str, Any]) -> None:
    page = new_context(**size).new_page()
    page.goto("/login")
    page.fill("input[name=email]", "management@bank.test")
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.press("input[name=password]", "Enter")
    page.goto(f"{PAGE}?lang={language}")
    drawing = page.locator('section[aria-labelledby="drivers"] .plot')
    drawing.scroll_into_view_if_needed()
    expect(drawing.locator("svg").first).to_be_visible()
    expect(drawing.get_by_text("1", exact=True).first).to_be_visible()
    assert_reads_well(page)
