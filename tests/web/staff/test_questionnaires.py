"""The catalogue of questionnaires: the list, beginning one, files, publishing, the archive."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from forms.questionnaire import library
from forms.questionnaire.definition import dump
from survey_app import clock, db
from survey_app.commands import questionnaires
from survey_app.kinds import KINDS
from survey_app.models import Branch, Entry, Questionnaire, Version
from tests.forms.samples import asked, document, question
from tests.support.factories import setting
from tests.web.staff.conftest import TOKEN, Person

LogIn = Callable[[str], Person]
HOME = "/questionnaires"
VISIT = f"{HOME}/post_visit_branch"


def stored(code: str) -> list[Version]:
    """The versions of a questionnaire, oldest first; none where it is not there."""
    with db.reading() as session:
        found = session.scalar(select(Questionnaire).where(Questionnaire.code == code))
        return [] if found is None else list(found.versions)


def bring(given: dict[str, Any], *, publish: bool) -> Version:
    """Store a document, published or as a draft."""
    with setting() as make:
        return questionnaires.bring_in(make.session, given, publish=publish)[0]


def acts(name: str) -> list[Entry]:
    """The audit entries of an act."""
    with db.reading() as session:
        return list(session.scalars(select(Entry).where(Entry.act == name).order_by(Entry.id)))


def send_file(person: Person, content: bytes, name: str, path: str = f"{HOME}/new/file", field: str = "file") -> Any:
    """Choose a file on the page of new questionnaires and send it."""
    token = TOKEN.search(person.text(f"{HOME}/new"))
    assert token is not None
    head = '--edge\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n'
    body = (head.format("csrf_token", "") + token[1] + "\r\n" + head.format(field, f'; filename="{name}"')).encode()
    stream = io.BytesIO(body + content + b"\r\n--edge--\r\n")
    return person.client.post(path, input_stream=stream, content_type="multipart/form-data; boundary=edge")


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


# ---- the list --------------------------------------------------------------------------------------------------------


def sample(**more: Any) -> dict[str, Any]:
    """A small document under a code that nobody has."""
    return {**document(asked(question("q1", "scale", scale="sat5"), question("q2", "text"))), "code": "filed", **more}


def write_hebrew(person: Person, code: str, place: str, words: str) -> None:
    """Write one Hebrew text of a draft."""
    path = f"{HOME}/{code}/translate?to=he"
    page = person.text(path)
    fields = {name: hidden(page, name) for name in ("draft", "revision")}
    assert person.post(path, path, **fields, **{f"t:{place}": words, f"w:{place}": "x"}).status_code == 303


def test_the_list_tells_state_responses_languages_and_privacy(as_: LogIn) -> None:
    page = as_("management").text(HOME)
    assert "גרסה 1 בתוקף" in page
    assert "494" in page  # answers that were given
    assert page.count("Русский") >= 2
    assert "חסוי" in page
    assert f'href="{HOME}/new"' not in page
    assert f'href="{HOME}/new"' in as_("analyst").text(HOME)


def test_the_list_is_filtered_by_kind_words_and_archive(as_: LogIn) -> None:
    person = as_("analyst")
    assert "post_visit_branch" not in person.text(f"{HOME}?kind=mystery_shop")
    assert "branch_mystery_visit" in person.text(f"{HOME}?kind=mystery_shop")
    assert "branch_mystery_visit" not in person.text(f"{HOME}?search=your+branch+visit")
    assert "post_visit_branch" in person.text(f"{HOME}?search=your+branch+visit")
    assert "post_visit_branch" not in person.text(f"{HOME}?search=%22nothing%22")
    person.post(f"{VISIT}/archive", f"{VISIT}/archive")
    assert 'href="/questionnaires/post_visit_branch"' not in person.text(HOME)
    assert 'href="/questionnaires/post_visit_branch"' in person.text(f"{HOME}?archived=1")


def test_a_list_of_many_is_paged_and_its_queries_do_not_grow(as_: LogIn, counting_queries: Any) -> None:
    person = as_("analyst")
    with counting_queries() as few:
        person.text(HOME)
    with setting() as make:
        for number in range(60):
            questionnaires.bring_in(
                make.session, {**document(asked(question("q", "text"))), "code": f"many_{number:03}"}, publish=False
            )
    with counting_queries() as many:
        first = person.text(HOME)
    assert len(many) <= len(few) + 1
    assert "page=2" in first
    assert len(re.findall(r"many_\d+", person.text(f"{HOME}?page=2"))) >= 10
    assert person.get(f"{HOME}?page=99").status_code == 200


# ---- a new one -------------------------------------------------------------------------------------------------------


def test_every_questionnaire_of_the_library_can_be_read_and_taken(as_: LogIn) -> None:
    person = as_("analyst")
    page = person.text(f"{HOME}/new")
    for code in library.codes():
        assert f'href="{HOME}/new/library/{code}"' in page
        assert person.get(f"{HOME}/new/library/{code}").status_code == 200
    assert person.get(f"{HOME}/new/library/messages").status_code == 404
    sent = person.post(f"{HOME}/new", f"{HOME}/new/library/employee_pulse")
    assert sent.location == f"{HOME}/employee_pulse?done=begun"
    again = person.post(f"{HOME}/new", f"{HOME}/new/library/employee_pulse")
    assert again.location == f"{HOME}/employee_pulse_2?done=begun", "taken again, it is another one"
    (version,) = stored("employee_pulse")
    assert (version.state, version.definition["sections"]) == (
        "draft",
        dump(library.load("employee_pulse"))["sections"],
    )


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_blank_one_is_a_draft_of_its_kind_with_a_notice_to_begin_with(as_: LogIn, kind: str) -> None:
    person = as_("analyst")
    sent = person.post(f"{HOME}/new", f"{HOME}/new", kind=kind, title="סקר חדש", code="")
    assert sent.status_code == 303
    (version,) = stored(f"{kind}")
    assert version.definition["title"] == {"he": "סקר חדש"}
    assert version.definition["privacy"]["purposes"].keys() == {"he"}
    assert (version.definition["anonymity"] == "anonymous") == (kind == "employee_survey")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "", "title": "סקר", "code": "a_code"}, "יש לבחור סוג"),
        ({"kind": "customer_survey", "title": " ", "code": "a_code"}, "title-error"),
        ({"kind": "customer_survey", "title": "סקר", "code": "Not a code"}, "code-error"),
        ({"kind": "customer_survey", "title": "סקר", "code": "post_visit_branch"}, "code-error"),
        ({"kind": "customer_survey", "title": "סקר", "code": "new"}, "code-error"),
        ({"kind": "nothing", "title": "סקר", "code": "a_code"}, "kind-error"),
    ],
)
def test_a_faulty_blank_one_comes_back_with_what_was_typed(as_: LogIn, fields: dict[str, str], words: str) -> None:
    refused = as_("analyst").post(f"{HOME}/new", f"{HOME}/new", **fields)
    assert refused.status_code in {409, 422}
    assert words in refused.text or "kind-error" in refused.text
    assert f'value="{fields["code"]}"' in refused.text
    assert stored("a_code") == []


def test_a_copy_stands_beside_its_original(as_: LogIn) -> None:
    person = as_("analyst")
    sent = person.post(f"{HOME}/new", f"{HOME}/new/copy", code="post_visit_branch")
    assert sent.location == f"{HOME}/post_visit_branch_copy?done=copied"
    assert person.post(VISIT, f"{VISIT}/copy").location == f"{HOME}/post_visit_branch_copy_2?done=copied"
    assert person.post(f"{HOME}/new", f"{HOME}/new/copy", code="").status_code == 422
    assert person.post(f"{HOME}/new", f"{HOME}/new/copy", code="nothing").status_code == 404
    original, copy = stored("post_visit_branch")[0], stored("post_visit_branch_copy")[0]
    assert copy.definition == {**original.definition, "code": "post_visit_branch_copy"}


# ---- from a file -----------------------------------------------------------------------------------------------------


def test_versions_and_their_differences(as_: LogIn) -> None:
    person = as_("analyst")
    bring(sample(), publish=True)
    bring(sample(title={"he": "שם שני"}), publish=False)
    page = person.text(f"{HOME}/filed")
    assert f"{HOME}/filed/changes?from=1&amp;to=2" in page
    told = person.text(f"{HOME}/filed/changes?from=1&to=2")
    assert "שם שני" in told
    assert "הבדל אחד" in told
    assert "הבדל אחד" in person.text(f"{HOME}/filed/changes"), "the newest against the one before"
    assert "שתי הגרסאות זהות" in person.text(f"{HOME}/filed/changes?from=1&to=1")
    assert person.get(f"{HOME}/filed/changes?from=1&to=9").status_code == 404
    assert person.get(f"{HOME}/post_visit_branch/changes").status_code == 200, "one version only"


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_download_is_the_questionnaire(as_: LogIn, form: str) -> None:
    person = as_("management")
    assert f"/download/{form}" in person.text(f"{VISIT}/download")
    sent = person.get(f"{VISIT}/download/{form}")
    assert f"post_visit_branch-1.{form}" in sent.headers["Content-Disposition"]
    report = send_file(as_("analyst"), sent.data, f"back.{form}").text
    assert "הקובץ אומר בדיוק את מה שיש כאן" in report
    assert person.get(f"{VISIT}/download/exe").status_code == 404


# ---- the archive -----------------------------------------------------------------------------------------------------


def test_an_archived_questionnaire_takes_no_answers_and_can_be_restored(as_: LogIn, app: Flask) -> None:
    person, stranger = as_("analyst"), app.test_client()
    with setting() as make:
        branch = make.session.scalars(select(Branch).where(Branch.code == "101")).one()
        campaign = questionnaires.standing_campaign(make.session, "post_visit_branch")
        token = make.invitation(campaign=campaign, branch=branch, visited_on=clock.today()).token
    assert stranger.get(f"/s/{token}").status_code == 200
    assert stranger.get("/b/101").status_code == 200
    page = person.text(f"{VISIT}/archive")
    assert "הזמנה אחת" in page
    assert person.post(f"{VISIT}/archive", f"{VISIT}/archive").location == f"{HOME}?done=archived"
    assert stranger.get(f"/s/{token}").status_code == 410
    assert stranger.get("/b/101").status_code == 410, "the poster leads to no other survey instead"
    assert person.text("/responses?questionnaire=post_visit_branch").count("<tr>") > 10, "its responses stay"
    assert person.post("/account", f"{VISIT}/archive").status_code == 409, "a second click"
    assert f"{VISIT}/restore" in person.text(VISIT)
    assert person.post(VISIT, f"{VISIT}/restore").status_code == 303
    assert stranger.get(f"/s/{token}").status_code == 200
    assert [entry.act for entry in (*acts("questionnaire.archive"), *acts("questionnaire.restore"))] == [
        "questionnaire.archive",
        "questionnaire.restore",
    ]


def test_a_draft_is_thrown_away_and_what_is_published_stays(as_: LogIn) -> None:
    person = as_("analyst")
    path = f"{HOME}/filed/discard"
    bring(sample(), publish=True)
    bring(sample(title={"he": "שם שני"}), publish=False)
    page = person.text(path)
    assert "שם שני" in page
    write_hebrew(person, "filed", "title", "שם שלישי")
    assert person.post(path, path, revision=hidden(page, "revision")).status_code == 409, "it changed since"
    done = person.post(path, path, revision=hidden(person.text(path), "revision"))
    assert done.location == f"{HOME}/filed?done=discarded"
    assert [one.state for one in stored("filed")] == ["published"]
    assert person.get(path).status_code == 409, "a second click"
    bring(sample(code="young"), publish=False)
    gone = person.post(f"{HOME}/young/discard", f"{HOME}/young/discard", revision="0")
    assert gone.location == f"{HOME}?done=discarded"
    assert person.get(f"{HOME}/young").status_code == 404


# ---- who may ---------------------------------------------------------------------------------------------------------

READ = ("", "/post_visit_branch", "/post_visit_branch/changes", "/post_visit_branch/translate?to=en",
        "/post_visit_branch/publish", "/post_visit_branch/download", "/new/library/post_digital",
        "/post_visit_branch/texts.csv?to=en")  # fmt: skip
WRITE = ("/new", "/new/library/post_digital", "/new/copy", "/new/file", "/new/import", "/post_visit_branch/archive",
         "/post_visit_branch/restore", "/post_visit_branch/copy", "/post_visit_branch/discard",
         "/post_visit_branch/translate?to=en",
         "/post_visit_branch/texts?to=en", "/post_visit_branch/languages/ar/approve",
         "/post_visit_branch/languages/ar/withdraw", "/post_visit_branch/languages/ar/remove",
         "/post_visit_branch/publish", "/post_visit_branch/publish/series")  # fmt: skip


def test_each_screen_is_for_those_who_may(as_: LogIn, visitor: Person) -> None:
    reader, outsider = as_("management"), as_("shopper")
    for path in READ:
        assert reader.get(HOME + path).status_code == 200, path
        assert outsider.get(HOME + path).status_code == 403, path
        assert visitor.get(HOME + path).status_code == 302, path
    assert reader.get(f"{HOME}/new").status_code == 403
    for path in WRITE:
        assert reader.post("/account", HOME + path).status_code == 403, path
        assert visitor.client.post(HOME + path).status_code == 401, path
    page = reader.text(VISIT)
    for word in ("/archive", "/copy", "/approve", "/edit"):
        assert word not in page, word
    assert "<textarea" not in reader.text(f"{VISIT}/translate?to=en")


def test_an_unknown_questionnaire_is_not_found_anywhere(as_: LogIn) -> None:
    person = as_("analyst")
    for path in ("", "/changes", "/translate", "/publish", "/download", "/download/yaml", "/archive", "/texts.csv"):
        assert person.get(f"{HOME}/nothing{path}").status_code == 404, path
    assert person.get(f"{VISIT}?version=9").status_code == 404
