"""The analyst's page: who may, what it shows and hides, files, and addresses that ask for what is not there."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from sqlalchemy import select

from survey_app import db, jobs
from survey_app.commands import models
from survey_app.models import Job
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
