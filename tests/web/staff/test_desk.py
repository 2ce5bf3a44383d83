"""Branches, questionnaires, single responses, the audit trail, and the first page of every role."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from survey_app.commands import facts as fact_commands
from survey_app.models import Answer, Entry, Response, Score
from tests.support.factories import setting
from tests.web.staff.conftest import Person

LogIn = Callable[[str], Person]

MAY = {
    "/organisation": {"management", "administrator", "region", "branch", "analyst", "privacy", "coordinator"},
    "/questionnaires": {"management", "administrator", "analyst", "privacy"},
    "/responses": {"analyst", "privacy"},
    "/audit": {"administrator", "privacy"},
    "/reviews": {"management", "region", "branch", "agent", "analyst"},
}
EVERYBODY = (
    "management", "administrator", "region", "branch", "agent", "analyst", "privacy", "shopper", "reviewer",
    "coordinator",
)  # fmt: skip


@pytest.mark.parametrize("name", EVERYBODY)
def test_each_role_has_a_start_page_that_leads_where_it_may_go(as_: LogIn, name: str) -> None:
    person = as_(name)
    page = person.text("/")
    for path, roles in MAY.items():
        assert (f'href="{path}"' in page) == (name in roles), (name, path)
        assert person.get(path).status_code == (200 if name in roles else 403), (name, path)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("management", "8 חודשים ממתינים לאישור"),
        ("branch", "סניף"),
        ("agent", "שביעות רצון מהשירות שלך: "),
        ("analyst", "תשובות"),
        ("shopper", "ביקורים לביצוע"),
        ("reviewer", "ממתינים לבקרה"),
        ("coordinator", "נובמבר 2026"),
        ("privacy", "הפעולות האחרונות ביומן"),
    ],
)
def test_what_there_is_to_do(as_: LogIn, name: str, words: str) -> None:
    assert words in as_(name).text("/")


# ---- branches --------------------------------------------------------------------------------------------------------


def test_branches_are_searched(as_: LogIn) -> None:
    person = as_("management")
    assert "8 סניפים" in person.text("/organisation")
    found = person.text("/organisation?q=חיפה")
    assert "סניף אחד" in found
    assert "נצרת" not in found
    assert "אין סניף שמתאים לחיפוש" in person.text("/organisation?q=ירושלים")


def test_a_branch_manager_finds_the_own_branch_only(as_: LogIn) -> None:
    person = as_("branch")
    assert "סניף אחד" in person.text("/organisation")
    assert person.get("/organisation/branches/20-104").status_code == 200
    assert person.get("/organisation/branches/20-101").status_code == 404
    assert person.get("/organisation/branches/20-101/qr.svg").status_code == 404


def test_a_long_list_has_pages(as_: LogIn) -> None:
    with setting() as make:
        for number in range(1000, 1120):
            make.branch(code=str(number), region=None)
    person = as_("management")
    assert "עמוד 1 מתוך 3" in person.text("/organisation")
    last = person.text("/organisation?page=3")
    assert last.count("<tr>") == 1 + 28
    assert 'rel="next"' not in last
    assert person.text("/organisation?page=99").count("<tr>") == 1 + 28
    assert person.get("/organisation?page=nonsense").status_code == 200


def test_the_open_link_and_its_code(as_: LogIn) -> None:
    person = as_("management")
    assert "http://localhost/b/101" in person.text("/organisation/branches/20-101")
    drawn = person.get("/organisation/branches/20-101/qr.svg")
    assert drawn.mimetype == "image/svg+xml"
    assert "style=" not in drawn.text
    with setting() as make:
        make.branch(code="101", region=None, bank="31")
    assert "http://localhost/b/20-101" in person.text("/organisation/branches/20-101")
    assert person.get("/organisation/branches/20-101/qr.svg").data != drawn.data


# ---- questionnaires (see also test_questionnaires.py) ----------------------------------------------------------------


@pytest.mark.parametrize("code", ["post_visit_branch", "branch_mystery_visit"])
@pytest.mark.parametrize("language", ["he", "ar", "en", "ru"])
def test_a_questionnaire_reads_in_every_language(as_: LogIn, code: str, language: str) -> None:
    page = as_("management").text(f"/questionnaires/{code}?text={language}")
    assert f'<span lang="{language}" dir="auto">' in page
    assert "{branch}" not in page


# ---- responses -------------------------------------------------------------------------------------------------------


def one(branch: str = "101") -> str:
    """The id of some counted response of October."""
    with setting() as make:
        rows = make.session.query(Response).filter_by(month="2026-10", state="counted").order_by(Response.id)
        return next(row.id for row in rows if row.branch.code == branch)


def test_responses_are_filtered(as_: LogIn) -> None:
    person = as_("analyst")
    assert "494 תשובות" in person.text("/responses")
    assert "30 תשובות" in person.text("/responses?month=2026-10&branch=101")
    assert "אין תשובות שמתאימות" in person.text("/responses?state=excluded")
    unknown = person.text("/responses?branch=999")
    assert "אין סניף 999" in unknown
    assert 'aria-invalid="true"' in unknown


def test_a_response_is_kept_out_and_let_in_again(as_: LogIn) -> None:
    person, response_id = as_("analyst"), one()
    path = f"/responses/{response_id}"
    page = person.text(path)
    assert "חיפה ראשי" in page
    assert f"{path}/erase" not in page
    refused = person.post(path, f"{path}/exclude", reason="  ")
    assert refused.status_code == 422
    assert person.post(path, f"{path}/exclude", reason="ביקור של בדיקה").status_code == 303
    assert "ביקור של בדיקה" in person.text(path)
    assert person.post(path, f"{path}/exclude", reason="שוב").status_code == 409
    assert person.post(path, f"{path}/reinstate").status_code == 303
    with setting() as make:
        assert make.session.get_one(Response, response_id).state == "counted"
        assert not list(fact_commands.check(make.session, "2026-10"))
        said = [
            entry.details | {"changes": entry.changes}
            for entry in make.session.query(Entry).filter(Entry.act.like("response.%"))
        ]
    assert "ביקור של בדיקה" not in str(said)


def test_a_response_is_erased_for_good(as_: LogIn) -> None:
    person, response_id = as_("privacy"), one()
    path = f"/responses/{response_id}"
    assert f"{path}/exclude" not in person.text(path)
    assert person.post(path, f"{path}/erase", reason="בקשת מחיקה").status_code == 422
    assert person.post(path, f"{path}/erase", reason="בקשת מחיקה", confirm="y").status_code == 303
    assert person.get(path).status_code == 404
    with setting() as make:
        for model in (Answer, Score):
            assert make.session.query(model).filter_by(response_id=response_id).count() == 0
        assert not list(fact_commands.check(make.session, "2026-10"))
    assert as_("analyst").post("/account", f"/responses/{one()}/erase", reason="x", confirm="y").status_code == 403


# ---- the audit trail -------------------------------------------------------------------------------------------------


def test_the_trail_tells_who_and_what_but_no_words(as_: LogIn) -> None:
    path = f"/responses/{one()}"
    as_("analyst").post(path, f"{path}/exclude", reason="סוד של הלקוח")
    page = as_("privacy").text("/audit?act=response")
    assert "response.exclude" in page
    assert "analyst" in page
    assert "account.login" not in page.split("</form>")[-3]
    assert "סוד של הלקוח" not in page


def test_a_long_trail_goes_on(as_: LogIn) -> None:
    for _ in range(60):
        with setting():
            pass
    person = as_("privacy")
    first = person.text("/audit")
    assert first.count("<tr>") == 51
    older = first.split("before=")[1].split('"')[0]
    assert 10 <= person.text(f"/audit?before={older}").count("<tr>") <= 30
