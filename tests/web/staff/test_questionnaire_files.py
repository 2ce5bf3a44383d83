"""Questionnaires that come as files: told before anything is stored, refused with reasons, never half taken."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select

from survey_app import db
from survey_app.models import Version
from tests.web.staff.test_questionnaires import (
    HOME,
    LogIn,
    acts,
    bring,
    hidden,
    sample,
    send_file,
    stored,
    write_hebrew,
)


def test_a_file_is_reported_before_anything_is_stored(as_: LogIn) -> None:
    person = as_("analyst")
    report = send_file(person, json.dumps(sample()).encode(), "filed.json")
    assert report.status_code == 200
    assert stored("filed") == []
    assert acts("questionnaire.import") == []
    fields = {"kept": hidden(report.text, "kept"), "kind": "customer_survey", "code": "filed"}
    taken = person.post(f"{HOME}/new", f"{HOME}/new/import", **fields)
    assert taken.location == f"{HOME}/filed?done=imported"
    (version,) = stored("filed")
    assert version.definition == sample()
    twice = person.post(f"{HOME}/new", f"{HOME}/new/import", **fields)
    assert twice.location == f"{HOME}/filed?done=imported", "a second click is no fault"
    assert len(stored("filed")) == 1
    other = person.post(f"{HOME}/new", f"{HOME}/new/import", **{**fields, "code": "post_visit_branch"}, become="new")
    assert other.status_code == 409
    assert "post_visit_branch" in other.text


def test_a_file_of_a_questionnaire_that_is_here_becomes_its_new_draft(as_: LogIn) -> None:
    person = as_("analyst")
    bring(sample(), publish=True)
    changed = sample(title={"he": "שם חדש לגמרי"})
    report = send_file(person, json.dumps(changed).encode(), "filed.json").text
    assert "שם חדש לגמרי" in report
    assert 'value="replace"' in report
    fields = {"kept": hidden(report, "kept"), "kind": "customer_survey", "code": "filed_2"}
    assert person.post(f"{HOME}/new", f"{HOME}/new/import", **fields).status_code == 422, "what becomes of it is asked"
    done = person.post(f"{HOME}/new", f"{HOME}/new/import", **fields, become="replace")
    assert done.location == f"{HOME}/filed?done=imported"
    assert [(one.state, one.definition["title"]) for one in stored("filed")] == [
        ("published", sample()["title"]),
        ("draft", {"he": "שם חדש לגמרי"}),
    ]
    # Meanwhile the draft goes on; the old report no longer fits what was compared.
    third = send_file(person, json.dumps(sample(title={"he": "שלישי"})).encode(), "filed.json").text
    write_hebrew(person, "filed", "title", "רביעי")
    late = {"kept": hidden(third, "kept"), "kind": "customer_survey", "code": "filed_2", "become": "replace"}
    refused = person.post(f"{HOME}/new", f"{HOME}/new/import", **late)
    assert refused.status_code == 409
    assert stored("filed")[-1].definition["title"] == {"he": "רביעי"}


@pytest.mark.parametrize(
    ("content", "name", "status"),
    [
        (b"", "empty.yaml", 422),
        (b"  \n ", "empty.csv", 422),
        (b"MZ\x90\x00" * 100, "program.exe", 422),
        (b"%PDF-1.7 nothing", "form.xlsx", 422),
        (b"\x00\xff" * 500, "form.csv", 422),
        (b"PK\x03\x04 broken", "form.xlsx", 422),
        (b"a: [1, 2", "broken.yaml", 422),
        (b"format: 1", "partial.yaml", 422),
        (b"x" * 50_000_000, "large.yaml", 413),
    ],
    ids=["empty", "blank", "program", "pdf", "bytes", "broken zip", "broken yaml", "no questionnaire", "50 MB"],
)
def test_a_file_that_is_none_is_refused_and_leaves_nothing(as_: LogIn, content: bytes, name: str, status: int) -> None:
    person = as_("analyst")
    with db.reading() as session:
        before = session.scalar(select(func.count()).select_from(Version))
    refused = send_file(person, content, name)
    assert refused.status_code == status
    if status == 422:
        assert 'id="file-error"' in refused.text
    else:
        assert "5 MB" in refused.text
        assert f'href="{HOME}/new#from-file"' in refused.text
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Version)) == before


def test_faults_of_a_document_are_told_with_their_places(as_: LogIn) -> None:
    faulty = sample()
    faulty["sections"][0]["questions"][0]["scale"] = "sat6"
    refused = send_file(as_("analyst"), json.dumps(faulty).encode(), "filed.json")
    assert refused.status_code == 422
    assert "questions.q1.scale" in refused.text


def test_the_reasons_stand_above_the_form_each_told_once(as_: LogIn) -> None:
    page = send_file(as_("analyst"), b"code: filed\nkind: nothing_like_it\n", "filed.yaml").text
    top = page[page.index('id="errors"') : page.index('id="from-file"')]
    assert page.count("format") == top.count("format") == 1
    assert top.count("languages") == 1
    assert "nothing_like_it" in top
    assert page.index('id="from-file"') < page.index('id="library"')


def test_the_words_of_the_checker_are_marked_as_english(as_: LogIn) -> None:
    form = b"|survey|\n||type|name|label|\n||text|q|a|\n||audit|other||\n"
    page = send_file(as_("analyst"), form, "form.md").text
    assert '<span lang="en" dir="ltr">[row : 3] Audits must' in page


def test_a_file_of_an_unknown_kind_waits_for_one(as_: LogIn) -> None:
    person = as_("analyst")
    report = send_file(person, json.dumps(sample(kind="space_survey")).encode(), "filed.json").text
    kept = hidden(report, "kept")
    assert person.post(f"{HOME}/new", f"{HOME}/new/import", kept=kept, kind="", code="filed").status_code == 422
    taken = person.post(f"{HOME}/new", f"{HOME}/new/import", kept=kept, kind="field_visit", code="filed")
    assert taken.status_code == 303
    assert stored("filed")[0].definition["kind"] == "field_visit"


def test_a_report_that_is_not_ours_is_not_believed(as_: LogIn) -> None:
    person = as_("analyst")
    for kept in ("", "nonsense", "eyJhIjoxfQ.x.y"):
        refused = person.post(f"{HOME}/new", f"{HOME}/new/import", kept=kept, kind="customer_survey", code="filed")
        assert refused.status_code == 422


def test_no_file_is_asked_for_again(as_: LogIn) -> None:
    assert as_("analyst").post(f"{HOME}/new", f"{HOME}/new/file").status_code == 422


# ---- one questionnaire -----------------------------------------------------------------------------------------------
