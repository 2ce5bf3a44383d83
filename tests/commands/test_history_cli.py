"""Historic responses by the command line: the likely mapping is printed, a file is tried, imported, and told about."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from survey_app import db, files
from survey_app.models import ImportRun, Response
from tests.commands.importing import number_of
from tests.commands.shelling import Run, run
from tests.support.factories import setting

__all__ = ["run"]

SURVEY = "post_visit_branch"
HEADER = ["id", "branch", "date", "pv1", "pv8", "pv9"]
ROWS = [[f"R{n}", 1, f"{1 + n}/3/2025", 1 + n % 5, n % 11, "שירות"] for n in range(20)]


@pytest.fixture(autouse=True)
def world(database: db.Database) -> None:
    """One branch and a published survey."""
    with setting() as make:
        make.branch(code="1", region=None)
        make.questionnaire(SURVEY)


def test_a_file_is_tried_and_imported(run: Run, tmp_path: Path) -> None:
    path, mapping = tmp_path / "old.csv", tmp_path / "mapping.yaml"
    with path.open("w", newline="", encoding="utf-8") as text:
        csv.writer(text).writerows([HEADER, *ROWS, ["=X", 9, "1/1/2024", 5, 5, ""]])
    store = files.store()
    assert isinstance(store, files.LocalFiles)
    proposed = run("import", "history", SURVEY, path)
    assert proposed.exit_code == 0
    mapping.write_text(proposed.stdout, encoding="utf-8")
    dry = run("import", "history", SURVEY, path, "--mapping", mapping, "--dry-run")
    assert dry.exit_code == 1
    assert "Would be added: 20" in dry.stdout
    assert "There is no branch" in dry.stderr
    assert (number_of(Response), number_of(ImportRun)) == (0, 0)
    assert not [one for one in store.folder.rglob("*") if one.is_file()]
    done = run("import", "history", SURVEY, path, "--mapping", mapping)
    assert done.exit_code == 1
    assert "20 added" in done.stdout
    assert number_of(Response) == 20
    refused = (tmp_path / "old.refused.csv").read_text(encoding="utf-8-sig").splitlines()
    assert refused[0] == "problem,id,branch,date,pv1,pv8,pv9"
    assert refused[1].endswith(",'=X,9,1/1/2024,5,5,")
    again = run("import", "history", SURVEY, path, "--mapping", mapping)
    assert "Unchanged: 20" in again.stdout
    assert number_of(Response) == 20


@pytest.mark.parametrize(
    "document",
    ["format: 1\ncolumns: {id: {as: nonsense}}\n", "- a\n", "a: &x [*x]\n", "format: 1\ncolumns: {id: {as: branch}}\n"],
)
def test_a_mapping_that_is_none_is_refused(run: Run, tmp_path: Path, document: str) -> None:
    path, mapping = tmp_path / "old.csv", tmp_path / "mapping.yaml"
    path.write_text("id,branch\nR1,1\n", encoding="utf-8")
    mapping.write_text(document, encoding="utf-8")
    assert run("import", "history", SURVEY, path, "--mapping", mapping).exit_code == 2
    assert (number_of(Response), number_of(ImportRun)) == (0, 0)


def test_an_unknown_questionnaire_is_told(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_text("id,branch\nR1,1\n", encoding="utf-8")
    refused = run("import", "history", "no_such", path)
    assert refused.exit_code == 2
    assert "no_such" in refused.stderr
