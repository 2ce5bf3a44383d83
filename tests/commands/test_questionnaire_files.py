"""Questionnaires in and out by the command line: our own format and XLSForm; a draft that is there takes a file up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from forms.questionnaire.definition import load
from survey_app.audit import Actor
from survey_app.commands import drafts, questionnaires
from survey_app.commands.imports import arrivals
from survey_app.db import reading
from survey_app.errors import Conflict, UserError
from survey_app.models import Questionnaire
from survey_app.queries import drafts as draft_queries
from survey_app.queries import questionnaires as queries
from survey_app.transaction import transaction
from tests.commands.importing import number_of, write
from tests.commands.shelling import Run, run
from tests.forms.samples import asked, document, question
from tests.support.documents import ALL_TYPES
from tests.support.documents import document as shared

__all__ = ["run"]

FORM = """| survey |
| | type | name | label::Hebrew (he) | label::English (en) |
| | select_one yn | q1 | היה טוב? | Was it good? |
| | text | q2 | מה כדאי לשפר? | What to improve? |
| | geopoint | q3 | איפה? | Where? |
| choices |
| | list_name | name | label::Hebrew (he) | label::English (en) |
| | yn | yes | כן | Yes |
| | yn | no | לא | No |
| settings |
| | form_title | form_id |
| | סקר קצר | short_form |
"""


def stored(code: str) -> Questionnaire:
    """A questionnaire with its versions."""
    with reading() as session:
        return queries.by_code(session, code)


@pytest.mark.parametrize("form", ["yaml", "json", "xlsx"])
def test_what_goes_out_comes_in_as_the_same(run: Run, tmp_path: Path, form: str) -> None:
    source = write(tmp_path, "all.json", json.dumps(shared(ALL_TYPES)))
    assert run("import", "questionnaire", source).exit_code == 0
    code = shared(ALL_TYPES)["code"]
    out = tmp_path / f"out.{form}"
    sent = run("export", "questionnaire", code, "--format", form, "--out", out)
    assert sent.exit_code == 0, sent.output
    assert arrivals.read(out.read_bytes(), out.name).definition == load(shared(ALL_TYPES))
    kind = shared(ALL_TYPES)["kind"]
    assert "Unchanged" in run("import", "questionnaire", out, "--kind", kind).output


def test_an_export_goes_to_stdout_and_names_what_is_not_there(run: Run) -> None:
    assert run("import", "questionnaire", "post_digital").exit_code == 0
    assert run("export", "questionnaire", "post_digital").output.startswith("format: 1\n")
    assert run("export", "questionnaire", "nothing").exit_code == 2
    assert run("export", "questionnaire", "post_digital", "--version", "7").exit_code == 2


def test_an_xlsform_needs_a_kind_and_says_what_it_leaves_behind(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, "form.md", FORM)
    refused = run("import", "questionnaire", path, "--draft")
    assert refused.exit_code == 2
    assert "--kind" in refused.output
    assert number_of(Questionnaire) == 0
    taken = run("import", "questionnaire", path, "--draft", "--kind", "customer_survey", "--code", "mine")
    assert taken.exit_code == 0, taken.output
    assert "Added: mine, version 1" in taken.output
    assert "q3" in taken.output, "a point on a map has no place here"
    definition = stored("mine").versions[0].definition
    assert definition["title"]["he"] == "סקר קצר"
    assert {one["code"] for section in definition["sections"] for one in section["questions"]} == {"q1", "q2"}
    published = run("import", "questionnaire", path, "--kind", "customer_survey")
    assert published.exit_code == 2, "without a notice on privacy it stays a draft"


PLAIN = {**document(asked(question("q1", "text"))), "code": "plain"}


def bring(given: dict[str, Any], *, publish: bool = False) -> tuple[int, str]:
    """Bring a document in; gives number and verdict."""
    with transaction(Actor.system("test"), "questionnaire.import") as session:
        version, verdict = questionnaires.bring_in(session, given, publish=publish)
        return version.number, verdict


@pytest.mark.usefixtures("database", "frozen_clock")
def test_a_file_is_one_more_edit_of_the_draft_that_is_there() -> None:
    assert bring(PLAIN) == (1, "added")
    assert bring({**PLAIN, "title": {"he": "שני"}}) == (1, "added")
    assert bring({**PLAIN, "title": {"he": "שני"}}) == (1, "unchanged")
    found = stored("plain")
    assert [(one.number, one.revision) for one in found.versions] == [(1, 1)]
    assert found.title == {"he": "שני"}
    with transaction(Actor.system("test"), "questionnaire.undo") as session:
        drafts.undo(session, draft_queries.draft(session, "plain").id, 1, user_id=None)
    assert stored("plain").versions[0].definition == PLAIN
    assert bring(PLAIN, publish=True) == (1, "added")
    assert bring({**PLAIN, "title": {"he": "שלישי"}}) == (2, "added")
    assert stored("plain").title == PLAIN["title"], "a draft renames nothing that is in force"


@pytest.mark.usefixtures("database", "frozen_clock")
def test_a_code_that_an_address_uses_is_refused() -> None:
    with pytest.raises(Conflict):
        bring({**PLAIN, "code": "new"})
    assert number_of(Questionnaire) == 0


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", "a.yaml"), (b"x", "a.exe"), (b"x" * 5_000_001, "a.yaml"), (b"format: 1", "a.json"), (b"a,b\n", "a.csv")],
)
def test_a_file_that_is_none_is_told_so(content: bytes, name: str) -> None:
    with pytest.raises(UserError):
        arrivals.read(content, name)
