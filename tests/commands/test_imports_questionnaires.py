"""Questionnaires as documents: the shipped ones, one's own, and faulty ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from forms.questionnaire import library
from survey_app.audit import Actor
from survey_app.commands.imports import documents
from survey_app.errors import UserError
from survey_app.models import Campaign, ImportRun, Questionnaire, Version
from survey_app.readers import Unreadable
from tests.commands.importing import number_of, stored, write
from translations import speaking

pytestmark = pytest.mark.usefixtures("database")


def bring(name: str | Path, **more: Any) -> documents.Brought:
    return documents.run_import(str(name), actor=Actor.system("test"), **more)


def test_every_shipped_questionnaire_comes_in_and_is_published() -> None:
    assert len(documents.shipped()) == 11
    for code in documents.shipped():
        assert bring(code) == documents.Brought(code, 1, "added", published=True)
    assert all(version.published_at for version in stored(Version))
    assert number_of(Campaign) == 11
    assert bring("post_visit_branch").verdict == "unchanged"
    assert number_of(Version) == 11
    assert number_of(ImportRun) == 12


def test_a_file_that_differs_is_a_new_version(tmp_path: Path) -> None:
    bring("post_visit_branch")
    text = library.source("post_visit_branch").decode()
    changed = write(tmp_path, "mine.yaml", text.replace("estimated_seconds: 130", "estimated_seconds: 120"))
    assert bring(changed, publish=False) == documents.Brought("post_visit_branch", 2, "added", published=False)
    assert bring(changed) == documents.Brought("post_visit_branch", 2, "added", published=True)
    assert bring(changed).verdict == "unchanged"


def test_a_trial_run_writes_nothing() -> None:
    assert bring("post_visit_branch", dry_run=True).verdict == "added"
    assert (number_of(Questionnaire), number_of(ImportRun)) == (0, 0)


def test_all_problems_are_listed_with_their_place(tmp_path: Path) -> None:
    data = yaml.safe_load(library.source("post_visit_branch"))
    del data["sections"][0]["questions"][0]["text"]["he"]
    data["sections"][0]["questions"][1]["choices"] = data["sections"][0]["questions"][1]["choices"][:1] * 2
    path = write(tmp_path, "mine.yaml", yaml.safe_dump(data, allow_unicode=True))
    with pytest.raises(UserError) as refused:
        bring(path)
    assert {place for place, _message in refused.value.places} >= {"questions.pv1.text", "questions.pv2.choices"}
    assert number_of(Questionnaire) == 0


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("broken.yaml", "a: [1", "is no questionnaire"),
        ("list.yaml", "- 1\n", "is no questionnaire"),
        ("other.json", '{"code": "x"}', "is no questionnaire"),
        ("empty.yaml", "", "is empty"),
    ],
)
def test_what_is_no_questionnaire(name: str, text: str, said: str, tmp_path: Path) -> None:
    path = write(tmp_path, name, text)
    with speaking("en"), pytest.raises(Unreadable, match=said):
        bring(path)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with speaking("en"), pytest.raises(Unreadable, match=r"Shipped: branch_mystery_visit, .*recovery_follow_up"):
        bring("post_visit")
    with speaking("en"), pytest.raises(Unreadable, match=r"There is no file .*post\.yaml"):
        bring("post.yaml")
