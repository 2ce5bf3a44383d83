"""The import commands: what goes where, and the exit codes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from survey_app.cli.imports import imports
from survey_app.db import Database
from survey_app.models import Branch, Version
from tests.commands.importing import DATA, number_of, table, write
from translations import speaking

Run = Callable[..., Result]
CSV = DATA / "register_excerpt.csv"


@pytest.fixture
def run(database: Database) -> Run:
    """Run an import command over the test's database."""

    def invoke(*arguments: object, language: str = "en") -> Result:
        address = database.url.render_as_string(hide_password=False)
        with speaking(language):
            return CliRunner().invoke(imports, [*map(str, arguments), "--database", address])

    return invoke


def test_help_names_every_kind() -> None:
    result = CliRunner().invoke(imports, ["--help"])
    assert result.exit_code == 0
    for kind in ("branches", "agents", "users", "profits", "questionnaire", "responses"):
        assert kind in result.output


def test_summary_on_stdout_and_reasons_on_stderr(run: Run, tmp_path: Path) -> None:
    refused = tmp_path / "mend.csv"
    result = run("branches", CSV, "--refused", refused)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "Import of register_excerpt.csv:",
        "  Added: 13",
        "  Changed: 0",
        "  Unchanged: 0",
        "  Refused: 2",
        "In 2 rows latitude and longitude were exchanged and have been put right.",
    ]
    assert "Row 11, column \u2068Branch_Address\u2069: A quotation mark" in result.stderr
    assert f"The refused rows are in {refused}." in result.stderr
    assert refused.exists()
    again = run("branches", refused)
    assert (again.exit_code, again.stderr) == (0, "")
    assert number_of(Branch) == 15


def test_changed_rows_are_named(run: Run, tmp_path: Path) -> None:
    run("branches", table(tmp_path, "a.csv", ["bank", "code", "name"], [20, 1, "א"]))
    result = run("branches", table(tmp_path, "b.csv", ["bank", "code", "name"], [20, 1, "ב"]))
    assert "  Row 2 changed \u206820-1\u2069: name" in result.stdout


def test_a_trial_run_says_so(run: Run) -> None:
    result = run("branches", CSV, "--dry-run", "--bank", "98")
    assert result.exit_code == 0
    assert result.stdout.startswith("Trial run of register_excerpt.csv: nothing was written.\n  Added: 2\n")
    assert "Other banks' rows, left out: 13" in result.stdout
    assert number_of(Branch) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("branches", "none.csv"), "There is no file"),
        (("profits", CSV), "It looks like a file of another kind: branches."),
        (("questionnaire", "none"), "Shipped: branch_mystery_visit"),
        (("questionnaire",), "Name one file or code, or say --all."),
        (("branches", CSV, "--refused", CSV), "cannot go into the file they come from"),
    ],
)
def test_what_cannot_be_used_exits_with_two(run: Run, arguments: tuple[object, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_all_shipped_questionnaires(run: Run) -> None:
    result = run("questionnaire", "--all")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 11
    assert "Added: post_visit_branch, version 1" in result.stdout
    assert number_of(Version) == 11
    assert "Unchanged: post_visit_branch, version 1" in run("questionnaire", "post_visit_branch").stdout


def test_a_faulty_questionnaire_lists_its_problems(run: Run, tmp_path: Path) -> None:
    result = run("questionnaire", write(tmp_path, "q.yaml", "format: 1\ncode: x\n"))
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) > 2


def test_it_speaks_hebrew(run: Run) -> None:
    result = run("branches", CSV, "--dry-run", language="he")
    assert result.exit_code == 1
    assert not [line for line in result.stdout.splitlines() if "Added" in line or "Refused" in line]
    assert "שורה 11" in result.stderr
