"""Responses as a file: chosen on a page, sent as it is read, for the analyst alone."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable

import pytest
from sqlalchemy import select

from survey_app import db
from survey_app.models import Entry
from tests.support.factories import setting
from tests.web.staff.conftest import Person

LogIn = Callable[[str], Person]
PATH = "/questionnaires/post_visit_branch/responses/export"
CHOSEN = {
    "form": "csv",
    "since": "",
    "until": "",
    "region": "",
    "branches": "",
    "states": "counted",
    "columns": "codes",
}


def test_only_an_analyst_takes_responses_away(as_: LogIn) -> None:
    for name in ("management", "administrator", "privacy", "branch", "reviewer"):
        person = as_(name)
        assert person.get(PATH).status_code == 403, name
        assert person.get("/responses/export").status_code == 403, name
    assert "/responses/export" not in as_("privacy").text("/responses")


def test_a_file_is_chosen_and_sent(as_: LogIn) -> None:
    person = as_("analyst")
    assert PATH in person.text("/responses/export")
    assert "תשובות נספרות היום" in person.text(PATH)
    answer = person.post(PATH, PATH, **CHOSEN | {"since": "2026-10"}, language="he", texts="y")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert answer.headers["Content-Disposition"] == "attachment; filename=post_visit_branch-responses.csv"
    assert answer.headers["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert len(rows) == 134
    assert {row["month"] for row in rows} == {"2026-10"}
    assert "השירות היה <b>אדיב</b>" in {row["pv9"] for row in rows}
    with db.reading() as session:
        entry = session.scalars(select(Entry).where(Entry.act == "responses.export")).one()
    assert entry.user_id is not None
    assert entry.details["responses"] == 134


@pytest.mark.parametrize("form", ["xlsx", "sav", "jsonl", "codebook"])
def test_every_form_is_sent(as_: LogIn, form: str) -> None:
    answer = as_("analyst").post(PATH, PATH, **CHOSEN | {"form": form, "columns": "words"}, language="en")
    assert answer.status_code == 200
    assert answer.data
    if form == "xlsx":
        assert zipfile.is_zipfile(io.BytesIO(answer.data))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"since": "2026-10", "until": "2026-09"}, "החודש האחרון"),
        ({"branches": "101 999"}, "999"),
        ({"states": "voided"}, "אין תשובות"),
        ({"form": "exe"}, "נא לבחור תשובה"),
        ({"branches": "107"}, "אין תשובות"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_lost(as_: LogIn, wrong: dict[str, str], said: str) -> None:
    person = as_("analyst")
    answer = person.post(PATH, PATH, **CHOSEN | {"columns": "words", "language": "ar"} | wrong)
    assert answer.status_code == 422
    assert said in answer.text
    kept = re.findall(r'<input checked[^>]*name="columns"[^>]*value="([^"]+)"', answer.text)
    assert kept == ["words"]
    assert '<option selected value="ar">' in answer.text
    with db.reading() as session:
        assert session.scalars(select(Entry).where(Entry.act == "responses.export")).all() == []
    assert person.get("/questionnaires/nothing/responses/export").status_code == 404


def test_an_anonymous_questionnaire_says_what_it_keeps_back(as_: LogIn) -> None:
    with setting() as make:
        make.questionnaire("employee_pulse")
    page = as_("analyst").text("/questionnaires/employee_pulse/responses/export")
    assert "שהחודש נסגר" in page
    assert '<form method="post" novalidate>' not in page


def test_the_page_of_responses_leads_there_with_its_filters(as_: LogIn) -> None:
    page = as_("analyst").text("/responses?questionnaire=post_visit_branch&month=2026-09&branch=101")
    assert f"{PATH}?since=2026-09&amp;until=2026-09&amp;branches=101" in page
    chosen = as_("analyst").text(f"{PATH}?since=2026-09&until=2026-09&branches=101")
    assert chosen.count('<option selected value="2026-09">') == 2
    assert 'value="101"' in chosen
