"""An analyst brings a file of old responses: matched, looked at, tried, imported and taken back, without scripts."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from survey_app import db, files, jobs
from survey_app.models import ImportRun, Response
from tests.support.factories import setting
from tests.web.people import Person, plain

pytestmark = pytest.mark.usefixtures("frozen_clock")

BASE = "/questionnaires/post_visit_branch/history"
HEADER = ["Response ID", "Branch", "Visit date", "pv1", "NPS", "Notes", "junk"]
ROWS = [
    ["R1", "101", "14/10/2025", "5", "10", "שירות מצוין", "a"],
    ["R2", "לב העיר", "15/10/2025", "מרוצה", "ten", "=1+1", "b"],
    ["R3", "999", "16/10/2025", "2", "0", "", "c"],
]


@pytest.fixture
def analyst(app: Flask, database: db.Database) -> Person:
    """An analyst of a bank with one branch and a published survey, logged in."""
    with setting() as make:
        make.organisation(name="בנק לדוגמה", synthetic=False, policy={})
        branch = make.branch(code="101", region=make.region(name="מרכז"))
        branch.name = "סניף לב העיר"
        make.questionnaire("post_visit_branch")
        make.user(email="analyst@example.com", role="analyst")
        make.user(email="reviewer@example.com", role="quality_reviewer")
    return Person(app).log_in("analyst@example.com")


def table(*rows: list[str], header: list[str] | None = None) -> bytes:
    """A CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header or HEADER, *rows])
    return text.getvalue().encode()


def bring(analyst: Person, content: bytes, name: str = "old.csv") -> TestResponse:
    """Send a file."""
    return analyst.send(BASE, file=(io.BytesIO(content), name))


def step(analyst: Person, content: bytes) -> str:
    """Send a file that can be read; gives the address of its run."""
    answer = bring(analyst, content)
    assert answer.status_code == 303, plain(answer.text)
    return str(answer.headers["Location"]).removesuffix("/columns")


def shown(page: str) -> dict[str, Any]:
    """The fields of a page's longest form as a browser would send them unchanged."""
    form = max(re.findall(r"<form.*?</form>", page, re.DOTALL), key=len)
    fields: dict[str, Any] = {}
    for name, select_ in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', select_) or re.search(
            r'<option value="([^"]*)"', select_
        )
        fields[name] = chosen[1] if chosen else ""
    for tag in re.findall(r"<input[^>]*>", form):
        kind = (re.search(r' type="(\w+)"', tag) or ["", "text"])[1]
        name, value = re.search(r' name="([^"]+)"', tag), re.search(r' value="([^"]*)"', tag)
        if name and name[1] != "csrf_token" and (kind not in {"radio", "checkbox"} or " checked" in tag):
            fields[name[1]] = value[1] if value else ""
    return fields


def fill(analyst: Person, path: str, **changes: str) -> TestResponse:
    """Send a page's form with some fields changed."""
    return analyst.send(path, **(shown(analyst.text(path)) | changes))


def field_of(page: str, label: str) -> str:
    """The id of the field whose label holds some words."""
    found = re.search(rf'<label for="([^"]+)">[^\n]*{re.escape(label)}', page)
    assert found, label
    return found[1]


def key_of(page: str) -> str:
    """Which dry run a page shows."""
    found = re.search(r'name="key" value="(\w+)"', page)
    assert found
    return found[1]


def run() -> ImportRun:
    """The newest import."""
    with db.reading() as session:
        found = session.scalar(select(ImportRun).order_by(ImportRun.id.desc()).limit(1))
        assert found is not None
        return found


def responses() -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Response)) or 0


def ready(analyst: Person, content: bytes) -> str:
    """A file of which every column and value is decided and every row tried; gives the address of its run."""
    at = step(analyst, content)
    decided = fill(analyst, f"{at}/columns", **{"as-4": "question:pv8", "as-5": "question:pv9", "as-6": "ignore"})
    assert decided.status_code == 303, plain(decided.text)
    values = analyst.text(f"{at}/values")
    odd = {field_of(values, "ten"): "=10", field_of(values, "999") + "-r": "refuse"}
    assert fill(analyst, f"{at}/values", **odd).headers["Location"] == f"{at}/preview"
    assert analyst.on(f"{at}/trial", page=f"{at}/preview") == at
    jobs.run_ready()
    return at


def test_a_file_is_matched_tried_imported_and_taken_back(analyst: Person) -> None:
    at = step(analyst, table(*ROWS))
    columns = analyst.text(f"{at}/columns")
    assert re.search(r'name="as-0".*?<option value="response_id" selected', columns, re.DOTALL)
    assert "שירות מצוין" in columns
    refused = fill(analyst, f"{at}/columns", **{"as-3": "question:pv1"})
    assert refused.status_code == 422
    assert 'href="#as-5"' in refused.text
    ready_at = ready(analyst, table(*ROWS))
    assert ready_at == at, "the same file waits already"
    preview = analyst.words(f"{at}/preview")
    assert "סניף לב העיר" in preview
    assert "שירות מצוין" in preview
    tried = analyst.text(at)
    assert responses() == 0
    assert "restatement" not in tried
    counts = [int(one) for one in re.findall(r"<dd><b[^>]*>(\d+)</b>", tried)]
    assert counts == [2, 0, 1, 1, 1]
    refused_file = analyst.get(f"{at}/refused.csv")
    assert refused_file.data.decode("utf-8-sig").splitlines()[1].endswith(",R3,999,16/10/2025,2,0,,c")
    refused_file.close()
    key = key_of(tried)
    for _twice in range(2):
        assert analyst.on(f"{at}/import", page=at, key=key) == at
    jobs.run_ready()
    assert (run().state, run().added, run().refused, responses()) == ("done", 2, 1, 2)
    assert run().file_id is None
    assert analyst.get(f"{at}/columns").headers["Location"] == at
    assert analyst.on(f"{at}/undo") == at
    jobs.run_ready()
    assert (run().state, responses()) == ("undone", 0)
    assert "הכול" in analyst.words(at) or "taken back" in analyst.words(at)
    assert not [one for one in files.store().folder.rglob("*") if one.is_file()]  # type: ignore[attr-defined]


def test_going_back_keeps_what_was_decided(analyst: Person) -> None:
    at = step(analyst, table(*ROWS))
    fill(analyst, f"{at}/columns", **{"as-4": "question:pv8", "as-5": "question:pv9", "as-6": "ignore"})
    values = analyst.text(f"{at}/values")
    back = fill(analyst, f"{at}/values", go="back", **{field_of(values, "ten"): "=10"})
    assert back.headers["Location"] == f"{at}/columns"
    assert re.search(r'name="as-4".*?<option value="question:pv8" selected', analyst.text(f"{at}/columns"), re.DOTALL)
    assert shown(analyst.text(f"{at}/values"))[field_of(values, "ten")] == "=10"


def test_what_was_decided_serves_the_next_file(analyst: Person) -> None:
    at = ready(analyst, table(*ROWS))
    analyst.on(f"{at}/import", page=at, key=key_of(analyst.text(at)))
    jobs.run_ready()
    again = step(analyst, table(["R9", "101", "14/10/2025", "5", "ten", "", ""]))
    page = analyst.text(f"{again}/columns")
    assert "old.csv" in page
    source = re.search(r'name="from" value="(\d+)"', page)
    assert source
    assert analyst.on(f"{again}/reuse", page=f"{again}/columns", **{"from": source[1]}).startswith(f"{again}/columns")
    assert analyst.get(f"{again}/preview").status_code == 200
    assert "פירוט" in analyst.text(f"{again}/preview") or "R9" not in analyst.text(f"{again}/preview")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.csv"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "photo.csv"),
        (b"$FL2" + bytes(3000), "broken.sav"),
        (b"PK\x03\x04" + bytes(100), "broken.xlsx"),
        (b"a,b,c\n", "header.csv"),
        (b"a,a\n1,2\n", "twice.csv"),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "bomb.xml"),
    ],
)
def test_a_file_that_is_none_is_refused_and_leaves_nothing(analyst: Person, content: bytes, name: str) -> None:
    answer = bring(analyst, content, name)
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(ImportRun)) == 0
    assert not [one for one in files.store().folder.rglob("*") if one.is_file()]  # type: ignore[attr-defined]


def test_no_file_at_all_is_told(analyst: Person) -> None:
    assert analyst.send(BASE, file=(io.BytesIO(b""), "")).status_code == 422


def test_a_file_that_is_too_large_is_refused(app: Flask, analyst: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    view: Any = app.view_functions["history.upload"]
    assert 50_000_000 < view.largest_body < 51_000_000
    monkeypatch.setattr(view, "largest_body", 2_000)
    assert bring(analyst, bytes(3_000)).status_code == 413


def test_ten_thousand_values_are_not_listed_one_by_one(analyst: Person) -> None:
    rows = [[f"R{n}", "101", "14/10/2025", f"v{n}", "5", "", ""] for n in range(10_050)]
    at = step(analyst, table(*rows))
    fill(analyst, f"{at}/columns", **{"as-4": "question:pv8", "as-5": "ignore", "as-6": "ignore"})
    page = analyst.text(f"{at}/values")
    assert len(page) < 400_000
    refused = fill(analyst, f"{at}/values")
    assert refused.status_code == 422
    assert 'id="others-3-error"' in refused.text
    assert fill(analyst, f"{at}/values", **{"others-3": "none"}).headers["Location"] == f"{at}/preview"


def test_values_are_matched_by_order_only_on_request(analyst: Person) -> None:
    rows = [[f"R{n}", "101", "14/10/2025", letter, "5", "", ""] for n, letter in enumerate("abcde")]
    at = step(analyst, table(*rows))
    fill(analyst, f"{at}/columns", **{"as-4": "question:pv8", "as-5": "ignore", "as-6": "ignore"})
    page = analyst.text(f"{at}/values")
    assert shown(page)[field_of(page, "<bdi>e</bdi>")] == ""
    fields = shown(page)
    fields.pop("go", None)
    assert analyst.send(f"{at}/values", **(fields | {"in_order": "3"})).headers["Location"] == f"{at}/values"
    page = analyst.text(f"{at}/values")
    assert shown(page)[field_of(page, "<bdi>e</bdi>")] == "=5"


def test_an_old_dry_run_is_not_imported(analyst: Person) -> None:
    at = ready(analyst, table(*ROWS))
    key = key_of(analyst.text(at))
    fill(analyst, f"{at}/columns", **{"fixed-channel": "phone"})
    answer = analyst.send(f"{at}/import", page=f"{at}/columns", key=key)
    assert answer.status_code == 409
    assert (run().state, responses()) == ("waiting", 0)


def test_a_forgotten_file_is_gone(analyst: Person) -> None:
    at = ready(analyst, table(*ROWS))
    assert analyst.on(f"{at}/discard", page=at).startswith(BASE)
    assert analyst.get(at).status_code == 404
    assert not [one for one in files.store().folder.rglob("*") if one.is_file()]  # type: ignore[attr-defined]


def test_nobody_else_may_be_here(app: Flask, analyst: Person) -> None:
    at = step(analyst, table(*ROWS))
    other = Person(app).log_in("reviewer@example.com")
    stranger = Person(app)
    for path in (BASE, at, f"{at}/columns", f"{at}/values", f"{at}/preview", f"{at}/undo", f"{at}/mapping.yaml"):
        assert other.get(path).status_code == 403, path
        assert "/login" in stranger.get(path).headers["Location"], path


def test_a_login_that_ended_loses_nothing_that_was_decided(app: Flask, analyst: Person) -> None:
    at = step(analyst, table(*ROWS))
    fields = shown(analyst.text(f"{at}/columns")) | {"as-4": "question:pv8"}
    late = Person(app, **{"Sec-Fetch-Site": "same-origin"})
    answer = late.client.post(f"{at}/columns", data=fields, headers=late.headers)
    assert answer.status_code == 401
    assert 'name="resume"' in answer.text


def test_a_run_belongs_to_its_questionnaire(analyst: Person) -> None:
    with setting() as make:
        make.questionnaire("post_digital")
    at = step(analyst, table(*ROWS))
    assert analyst.get(at.replace("post_visit_branch", "post_digital")).status_code == 404


def test_the_first_file_is_asked_for_kindly(analyst: Person) -> None:
    page = analyst.text(BASE)
    assert 'type="file"' in page
    assert "<table" not in page


def test_what_a_column_was_taken_for_is_legible_in_a_closed_list(analyst: Person) -> None:
    """A closed list shows its option alone, without the words above its group; an unknown way of dates is day first."""
    page = analyst.text(step(analyst, table(["a", "?"], header=["pv8", "date"])) + "/columns")
    assert re.search(r'<option value="question:pv8" selected>pv8 · [^<]+</option>', page)
    assert '<option value="day_first" selected>' in page
