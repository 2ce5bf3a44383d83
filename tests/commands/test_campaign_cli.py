"""Campaigns at the command line: planned from a file, opened with the page's own checks, listed, paused, ended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.shelling import Run, run
from tests.support.factories import setting

__all__ = ["run"]
PLAN = """
code: visits-2026
name: סקר סתיו
questionnaire: post_visit_branch
opens: 2026-11-20
closes: "2026-12-31"
languages: [he, en]
channels: [phone]
branches: [20-101]
target: 40
follow_up: {le: [pv1, 2]}
"""


@pytest.fixture
def _bank(run: Run) -> None:
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=False, policy={})
        make.questionnaire("post_visit_branch")
        make.branch(code="101", region=None)


@pytest.fixture
def file(tmp_path: Path, _bank: None) -> Path:
    """A plan as a file."""
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN, encoding="utf-8")
    return path


def test_a_campaign_is_planned_from_a_file_opened_and_ended(run: Run, file: Path) -> None:
    planned = run("campaign", "plan", str(file))
    assert planned.exit_code == 0, planned.stderr
    assert planned.stdout == "visits-2026\tplanned\t2\n"
    assert "Warning" in planned.stderr
    assert run("campaign", "plan", str(file)).stdout == planned.stdout, "the same file again changes nothing"
    shown = json.loads(run("campaign", "show", "visits-2026").stdout)
    assert (shown["opens"], shown["closes"], shown["in_force"]) == ("2026-11-20", "2026-12-31", None)
    assert shown["planned"]["rules"]["branches"] == ["20-101"]
    assert shown["planned"]["rules"]["follow_up"] == {"le": ["pv1", 2]}
    assert run("campaign", "open", "visits-2026").stdout == "visits-2026\tactive\n"
    assert run("campaign", "pause", "visits-2026").stdout == "visits-2026\tpaused\n"
    assert run("campaign", "go-on", "visits-2026").stdout == "visits-2026\tactive\n"
    listed = run("campaign", "list", "--state", "active").stdout.splitlines()
    assert listed[0].split("\t") == ["visits-2026", "active", "post_visit_branch", "2026-11-20", "2026-12-31", "0", "0"]
    assert run("campaign", "end", "visits-2026").stdout == "visits-2026\tended\n"
    assert [line.split("\t")[0] for line in run("campaign", "list", "--state", "active").stdout.splitlines()] == [
        "post_visit_branch"
    ]


def test_what_stops_a_campaign_is_said_and_nothing_is_opened(run: Run, file: Path) -> None:
    file.write_text(PLAN.replace("[phone]", "[sms]").replace("[20-101]", "[20-999]"), encoding="utf-8")
    planned = run("campaign", "plan", str(file))
    assert planned.exit_code == 0
    assert planned.stderr.count("Error") == 2
    refused = run("campaign", "open", "visits-2026")
    assert refused.exit_code == 2
    assert "how:" in refused.stderr
    assert "whom:" in refused.stderr
    assert json.loads(run("campaign", "show", "visits-2026").stdout)["state"] == "planned"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a list", "table of names"),
        ("{", "cannot be read"),
        (PLAN + "colour: red", "colour"),
        (PLAN.replace("2026-12-31", "soon"), "closes"),
        (PLAN.replace("target: 40", "target: 0"), "target"),
        (PLAN.replace("visits-2026", "visits"), "hyphen"),
        (PLAN.replace("post_visit_branch", "nothing"), "nothing"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_the_reason(run: Run, file: Path, text: str, said: str) -> None:
    file.write_text(text, encoding="utf-8")
    refused = run("campaign", "plan", str(file))
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert run("campaign", "show", "visits-2026").exit_code == 2


@pytest.mark.usefixtures("_bank")
def test_an_unknown_campaign_is_said_to_be_unknown(run: Run) -> None:
    for name in ("show", "open", "pause", "go-on", "end"):
        refused = run("campaign", name, "nothing-here")
        assert (refused.exit_code, "nothing-here" in refused.stderr) == (2, True), name
