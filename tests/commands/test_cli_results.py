"""What the command line checks, writes and changes: the same numbers as everywhere else."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from sqlalchemy import select, text

from reports.tables import tables
from survey_app import db
from survey_app.commands import reviews
from survey_app.models import BranchFact
from survey_app.queries import reviews as queries
from tests.commands.acting import differences
from tests.commands.shelling import MONTH, Run, a_bank, run
from tests.support.factories import setting

__all__ = ["run"]


# ---- facts and reports


def test_facts_are_checked_and_rebuilt(run: Run) -> None:
    a_bank()
    assert run("facts", "--check").exit_code == 0
    with setting() as make:
        make.session.execute(text("UPDATE branch_fact SET total = total + 1 WHERE branch_id = 2"))
        make.session.execute(text("DELETE FROM branch_fact WHERE branch_id = 1"))
    wrong = run("facts", "--check")
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert f"Differences: {len(differences())}" in wrong.stderr
    assert "branch_fact" in wrong.stderr
    assert run("facts", "--rebuild").exit_code == 0
    right = run("facts", "--check")
    assert (right.exit_code, right.stderr) == (0, "")
    assert differences() == []
    with db.reading() as session:
        assert session.scalars(select(BranchFact.n)).all()


def test_a_report_is_the_page_s(run: Run, tmp_path: Path) -> None:
    a_bank()
    with db.reading() as session:
        data = queries.review(session, MONTH).data
        wanted = queries.report_text(data)
    assert json.loads(run("report", MONTH).stdout) == data
    out = tmp_path / "report.json"
    assert run("report", MONTH, "--out", out).stdout == ""
    assert out.read_text(encoding="utf-8") == wanted
    with setting() as make:
        reviews.sign(make.session, make.user(email="boss@example.com", role="management"), MONTH)
    assert json.loads(run("report", MONTH).stdout)["state"] == "signed"


@pytest.mark.parametrize("table", ["ranking", "regions", "agents"])
def test_a_csv_is_the_page_s_table(run: Run, tmp_path: Path, table: str) -> None:
    a_bank()
    out = tmp_path / "report.csv"
    assert run("report", MONTH, "--format", "csv", "--table", table, "--out", out).exit_code == 0
    raw = out.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(raw.decode("utf-8-sig")))
    with db.reading() as session:
        found = tables(queries.review(session, MONTH).data)[table]
    assert len(rows) == len(found.rows)
    assert len(header) == len(found.columns)
    for written, row in zip(rows, found.rows, strict=True):
        assert [cell for cell in written if cell] == [_written(value) for value in row if value not in (None, "")]


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return value if isinstance(value, str) else repr(value)


@pytest.mark.parametrize("month", ["2026-13", "October", "2027-01", "10-2026"])
def test_a_report_of_no_month_is_refused(run: Run, month: str) -> None:
    result = run("report", month)
    assert (result.exit_code, result.stdout) == (2, "")
    assert month in result.stderr


def test_a_file_that_cannot_be_written_is_named(run: Run, tmp_path: Path) -> None:
    result = run("report", MONTH, "--out", tmp_path / "no" / "such" / "folder.json")
    assert result.exit_code != 0
    assert "folder.json" in result.stderr


# ---- the organisation


def test_the_organisation_is_shown_and_changed(run: Run) -> None:
    shown = json.loads(run("organisation").stdout)
    assert shown["policy"]["survey_window"] == 3
    changed = run(
        "organisation", "--name", "he=בנק לאומה", "--policy", "survey_window=6", "--detail", "telephone=*9696"
    )
    found = json.loads(changed.stdout)
    assert (found["name"]["he"], found["policy"]["survey_window"], found["details"]["telephone"]) == (
        "בנק לאומה",
        6,
        "*9696",
    )
    for wrong in (
        ["--policy", "survey_window=many"],
        ["--policy", "no_such=1"],
        ["--policy", "service_weight"],
        ["--name", "xx=Bank"],
        ["--detail", "fax=1"],
    ):
        result = run("organisation", *wrong)
        assert (result.exit_code, result.stdout) == (2, "")
    assert json.loads(run("organisation").stdout) == found
