"""The analyst's page: who may, what it shows and hides, files, and addresses that ask for what is not there."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from survey_app import db, jobs
from survey_app.commands import models
from survey_app.models import Entry, Job
from tests.web.staff.conftest import Person

LogIn = Callable[[str], Person]
ASKED = "?question=post_visit_branch:pv1&by=region&quarter=2026-09"
PATHS = ("/analysis", "/analysis/rank-sets", "/analysis/efficiency", "/analysis/link")


def rows(person: Person, path: str) -> list[dict[str, str]]:
    answer = person.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def test_only_management_and_analysis_see_it(as_: LogIn) -> None:
    for name in ("administrator", "region", "branch", "agent", "reviewer", "privacy"):
        person = as_(name)
        assert all(person.get(path).status_code == 403 for path in PATHS), name
        assert 'href="/analysis"' not in person.text("/")
    for name in ("management", "analyst"):
        assert 'href="/analysis"' in as_(name).text("/")


def test_a_question_by_a_break(as_: LogIn) -> None:
    person = as_("analyst")
    page = person.text(f"/analysis{ASKED}&lang=en")
    assert "Satisfied (top two)" in page
    assert all(name in page for name in ("צפון", "דרום", "All together"))
    found = rows(person, f"/analysis/crosstab.csv{ASKED}&lang=en")
    first = next(row for row in found if row["Region"] == "צפון" and row["Answer"].startswith("Satisfied"))
    assert (first["Number of responses"], first["Remark"]) == ("270", "")
    assert float(first["Percent"]) == pytest.approx(100 * (28 + 25 + 18) / 90)
    assert float(first["Percent, from"]) < float(first["Percent"]) < float(first["Percent, to"])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("?question=post_visit_branch:pv1&by=tenure&quarter=2026-09", "privacy officer"),
        ("?question=post_visit_branch:pv2&by=purpose&quarter=2026-09", "reason of the visit"),
        ("?question=nothing:x&by=region&quarter=2026-09", "Choose one of the answers listed"),
        ("?question=post_visit_branch:pv1&by=region&quarter=2026-10", "Choose one of the answers listed"),
        ("?question=post_visit_branch:pv1", "Choose one of the answers listed"),
    ],
)
def test_what_cannot_be_told_says_why(as_: LogIn, asked: str, said: str) -> None:
    person = as_("analyst")
    page = person.text(f"/analysis{asked}&lang=en")
    assert said in page
    assert 'class="stack crosstab"' not in page
    assert person.get(f"/analysis/crosstab.csv{asked}").status_code == 404


def test_models_are_asked_for_and_shown_once_made(as_: LogIn) -> None:
    person = as_("analyst")
    for path in PATHS[1:]:
        assert "Not computed yet" in person.text(f"{path}?lang=en")
        assert person.get(f"{path}.csv").status_code == 404
    answer = person.post(PATHS[1], "/analysis/2026-10/computation", kind="efficiency")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/analysis/efficiency?month=2026-10&done=asked")
    with db.reading() as session:
        assert [job.payload for job in session.scalars(select(Job).where(Job.kind == models.MAKE))]
    jobs.run_ready()
    assert "Possible places of branches" in person.text("/analysis/rank-sets?lang=en&measure=surveys")
    assert "Nothing to compare" in person.text("/analysis/rank-sets?lang=en&measure=shops")
    assert "Too few branches that can be an example" in person.text("/analysis/efficiency?lang=en")
    assert "Too little to say yet" in person.text("/analysis/link?lang=en")
    assert [row["Branch code"] for row in rows(person, "/analysis/rank-sets.csv?measure=surveys&lang=en")] == [
        "101",
        "102",
        "103",
        "104",
    ]


def test_months_that_are_none_lead_nowhere(as_: LogIn) -> None:
    person = as_("analyst")
    for month in ("2031-01", "soon", "2026-13"):
        assert person.get(f"/analysis/link?month={month}").status_code == 404
    assert person.get("/analysis/link?month=2026-01").status_code == 200
    assert "ניתוח" in person.text("/analysis/rank-sets?measure=anything")


def test_a_view_is_saved_once_by_name_for_oneself_and_deleted(as_: LogIn) -> None:
    person, page = as_("analyst"), f"/analysis{ASKED}"
    for _time in range(2):
        answer = person.post(page, page, name="  שביעות רצון   לפי מרחב ")
        assert answer.status_code == 303
    shown = person.text(answer.headers["Location"] + "&lang=en")
    assert "The view was saved." in shown
    assert shown.count("שביעות רצון לפי מרחב</bdi>") == 1
    link = "/analysis?question=post_visit_branch:pv1&amp;by=region&amp;quarter=2026-09"
    assert link in shown.replace("%3A", ":")
    person.post(
        page, "/analysis?question=post_visit_branch:pv8&by=language&quarter=2026-09", name="שביעות רצון לפי מרחב"
    )
    assert link not in person.text("/analysis?lang=en").replace("%3A", ":"), "the name now stands for the other table"
    number = re.findall(r"/analysis/views/(\d+)/removal", shown)[0]
    other = as_("management")
    assert "saved view" not in other.text("/analysis?lang=en")
    assert other.post(page, f"/analysis/views/{number}/removal").status_code == 404
    for _time in range(2):
        assert person.post(page, f"/analysis/views/{number}/removal").status_code == 303
    assert "saved view" not in person.text("/analysis?lang=en")
    with db.reading() as session:
        entries = session.scalars(select(Entry).where(Entry.act.startswith("analysis."))).all()
    assert entries
    assert "שביעות" not in str([(entry.details, entry.changes) for entry in entries]), "a name is its owner's words"


@pytest.mark.parametrize("name", ["", "   ", "א" * 81])
def test_a_view_needs_a_name(as_: LogIn, name: str) -> None:
    person, page = as_("analyst"), f"/analysis{ASKED}"
    answer = person.post(page, f"{page}&lang=en", name=name)
    assert answer.status_code == 422
    assert "Write a name of at most 80 characters." in answer.text
    assert 'class="stack crosstab"' in answer.text, "the table stands where it stood"
