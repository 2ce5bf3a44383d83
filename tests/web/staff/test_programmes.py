"""The coordinator's programmes and shoppers, what branches read of them, and the quiz on a shopper's phone."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from forms.questionnaire.definition import read_yaml
from survey_app import db
from survey_app.commands import programmes, questionnaires, scenarios
from survey_app.field import risks
from survey_app.models import Branch, Campaign, Certification, Conflict, Programme, StaffNotice, User
from tests.commands.programming import NO_RISK, QUIZ, RIGHT
from tests.support.factories import setting
from tests.support.pages import DESKTOP, OpenContext, assert_reads_well
from tests.web.staff.conftest import Person
from tests.web.staff.test_look import SMALL, log_in

RULES: dict[str, Any] = {
    "visits_a_month": "2", "visits_by_branch": "", "slack_days": "3", "lockout_days": "90", "fee": "120",
    "expense_cap": "40", "budget": "0", "photos": "outside", "near_m": "300", "approval": "coordinator",
    "approval_rating": "0", "most_held": "6", "handback_hours": "48", "remind_days": "2, 0", "return_days": "5",
    "late_days": "7", "blind_share": "10", "appeal_days": "14", "pass_mark": "80", "quiz_tries": "3",
    "certificate_days": "365", "windows-0-days": ["sun", "mon"], "windows-0-start": "9", "windows-0-end": "12:30",
    "windows-0-share": "1",
}  # fmt: skip


def begun() -> int:
    """A programme that runs in the small bank, with a quiz and a scenario; gives the shopper's id."""
    with setting() as make:
        session = make.session
        questionnaires.bring_in(session, read_yaml(QUIZ.read_bytes()), publish=True)
        campaign = make.campaign("branch_mystery_visit", opens=date(2026, 1, 1))
        scenario = make.scenario(code="account", has_appointment=False, has_account=False)
        programmes.create(session, code="main", name={"he": "ביקורים", "en": "Visits"}, campaign_id=campaign.id)
        scenarios.check_risks(session, "account", NO_RISK, note="", by=None)
        programmes.set_scenarios(session, "main", {scenario.id: 1})
        programmes.describe(session, "main", name={"he": "ביקורים"}, quiz_code="shopper_quiz")
        programmes.begin(session, "main")
        found = session.scalar(select(User.id).where(User.email == "shopper@bank.test"))
        assert found is not None
        return found


def all_of(kind: type[Any]) -> list[Any]:
    with db.reading() as session:
        return list(session.scalars(select(kind)))


def test_a_programme_from_draft_to_running_through_its_pages(as_: Any) -> None:
    with setting() as make:
        make.scenario(code="account", has_appointment=False, has_account=False)
        campaign = make.campaign("branch_mystery_visit", opens=date(2026, 1, 1)).id
    person: Person = as_("coordinator")
    new, own = "/programmes/new", "/programmes/main"
    assert person.post(new, new, code="", campaign="", name_he="").status_code == 422
    fields = {"code": "main", "campaign": campaign, "name_he": "ביקורים"}
    assert person.post(new, new, **fields).status_code == 303
    assert person.post(new, new, **fields).status_code == 422  # a second click
    assert person.post(own, f"{own}/discard").status_code == 303
    assert person.post(new, new, **fields).status_code == 303
    answers = {f"risk-{code}": "no" for code in risks.QUESTIONS}
    page = "/fieldwork/scenarios/account/risks"
    assert person.post(page, page, note="", **answers).status_code == 303
    page = f"{own}/scenarios"
    assert person.post(page, page, revision=0, **{"share-1": "2"}).status_code == 303
    assert person.post(page, page, revision=0, **{"share-1": "3"}).status_code == 409  # seen before the last save
    page = f"{own}/rules"
    assert person.post(page, page, revision=1, **RULES).status_code == 303
    for name, wrong in (
        ("windows-0-end", "8:00"),
        ("fee", "much"),
        ("visits_by_branch", "999 1"),
        ("remind_days", "x"),
    ):
        answer = person.post(page, page, revision=2, **{**RULES, name: wrong})
        assert answer.status_code == 422, name
        assert 'id="errors"' in answer.text, name
    assert person.post(own, f"{own}/begin", revision=2).status_code == 303
    assert person.get(f"{own}/discard").status_code == 200  # one that runs stays, and the page says so
    assert person.post(own, f"{own}/discard").status_code == 409
    (made,) = all_of(Programme)
    assert made.state == "active"
    assert [(one["days"], one["start"], one["end"]) for one in made.rules["windows"]] == [
        (["sun", "mon"], "09:00", "12:30")
    ]


def test_notices_one_by_one_many_at_once_and_by_file(as_: Any) -> None:
    begun()
    person: Person = as_("coordinator")
    page = "/programmes/main/notices"
    fields = {"told_on": "17.11.2026", "way": "letter", "note": ""}
    assert person.post(page, page, **fields).status_code == 422  # nothing ticked
    ids = {one.code: one.id for one in all_of(Branch)}
    assert person.post(page, page, branches=[ids["101"], ids["102"]], **fields).status_code == 303
    assert person.post(page, f"{page}/103", **fields).status_code == 303
    assert len(all_of(StaffNotice)) == 3
    content = b"branch,told_on\n104,20.11.2026\n999,20.11.2026\n"
    answer = person.post(page, f"{page}/file", file=(io.BytesIO(content), "notices.csv"))
    assert answer.status_code == 422
    assert "999" in answer.text
    assert len(all_of(StaffNotice)) == 4
    for wrong in ((io.BytesIO(b"\x89PNG\r\n"), "x.png"), (io.BytesIO(b""), "empty.csv"), (io.BytesIO(b""), "")):
        assert person.post(page, f"{page}/file", file=wrong).status_code == 422
    assert person.post(page, page, everybody="1", **fields).status_code == 303
    assert len(all_of(StaffNotice)) == 7
    assert person.post(page, f"{page}/107/remove").status_code == 303
    assert len(all_of(StaffNotice)) == 6


@pytest.mark.parametrize(
    ("page", "address", "header"),
    [
        ("/programmes/main/notices", "/programmes/main/notices/file", "branch,told_on"),
        ("/shoppers", "/shoppers/file", "email,name"),
    ],
)
def test_a_file_that_is_refused_says_so_on_top_and_how_much_more_there_is(
    as_: Any, page: str, address: str, header: str
) -> None:
    begun()
    person: Person = as_("coordinator")
    wrong = person.post(page, address, file=(io.BytesIO(b"\x89PNG\r\n"), "x.png")).text
    for text in (wrong, person.post(page, address).text):
        top = text[text.index('id="errors"') : text.index("<h1")]
        assert 'tabindex="-1"' in top
        assert '<a href="#file">' in top
    rows = "".join(f"nowhere{number},x\n" for number in range(50))
    answer = person.post(page, address, file=(io.BytesIO(f"{header}\n{rows}".encode()), "rows.csv"))
    assert answer.status_code == 422
    top = answer.text[answer.text.index('id="errors"') : answer.text.index("<h1")]
    assert "50" in top
    assert "30" in top[top.index("</ul>") : top.index("</ul>") + 60], "twenty are named, and how many more"
    assert answer.text.count("<title>שגיאה:") == 1


def test_a_charter_is_read_by_everybody_and_a_draft_by_nobody_else(as_: Any) -> None:
    begun()
    with setting() as make:
        campaign = make.session.scalars(select(Campaign)).first()
        shop = make.campaign("branch_mystery_visit", opens=date(2026, 1, 1))
        assert campaign is not None
        programmes.create(make.session, code="draft", name={"he": "טיוטה"}, campaign_id=shop.id)
    for name in ("branch", "region", "agent", "reviewer", "shopper", "management"):
        person: Person = as_(name)
        # A shopper's first page may be seen by somebody in a branch: it leads there for everybody else.
        assert ("/programmes/main/charter" in person.text("/")) is (name != "shopper"), name
        assert "משמעתי" in person.text("/programmes/main/charter"), name
        person.text("/programmes/draft/charter", 404)
        for closed in (
            "/programmes",
            "/programmes/main",
            "/programmes/main/rules",
            "/programmes/main/notices",
            "/shoppers",
        ):
            assert person.get(closed).status_code == 403, (name, closed)
    assert as_("coordinator").get("/programmes/draft/charter").status_code == 200


def test_a_shopper_is_added_described_and_kept_away(as_: Any) -> None:
    person: Person = as_("coordinator")
    fields = {
        "email": "dana@bank.test", "name": "דנה", "language": "he", "languages": ["he", "ru"], "reach_km": "30",
        "most_a_day": "2", "most_a_month": "8", "availability-mon": "9-13, 16:00-19:00",
    }  # fmt: skip
    assert person.post("/shoppers/new", "/shoppers/new", **{**fields, "most_a_day": "0"}).status_code == 422
    added = person.post("/shoppers/new", "/shoppers/new", **fields)
    assert added.status_code == 200
    assert added.headers["Cache-Control"] == "no-store"
    assert person.post("/shoppers/new", "/shoppers/new", **fields).status_code == 422  # a second click
    with db.reading() as session:
        number = session.scalars(select(User.id).where(User.email == "dana@bank.test")).one()
    page = f"/shoppers/{number}"
    words = person.text(page)
    assert "09:00–13:00" in words
    conflict = {"place": "branch", "branch": "101", "reason": "relative"}
    assert person.post(page, f"{page}/conflicts", **{**conflict, "branch": ""}).status_code == 422
    assert person.post(page, f"{page}/conflicts", **conflict).status_code == 303
    assert person.post(page, f"{page}/conflicts", **{**conflict, "reason": "known"}).status_code == 303
    assert [one.reason for one in all_of(Conflict)] == ["known"]  # one for each place
    away = {"away-since": "1.12.2026", "away-until": "3.12.2026"}
    assert person.post(page, f"{page}/absences", **away).status_code == 303
    assert person.post(page, f"{page}/absences", **{**away, "away-until": "1.1.2026"}).status_code == 422
    assert person.post(page, f"{page}/active", active="0").status_code == 303
    assert "dana@bank.test" not in person.text("/shoppers")
    shopper: Person = as_("shopper")
    assert shopper.post("/shops/me", "/shops/me/absences", **away).status_code == 303
    assert shopper.post("/shops/me", "/shops/me/times", **{"availability-sun": "nine"}).status_code == 422
    assert shopper.post("/shops/me", "/shops/me/times", **{"availability-sun": "9-12"}).status_code == 303


@pytest.mark.browser
def test_the_quiz_on_a_phone(new_context: OpenContext) -> None:
    begun()
    page = new_context(**SMALL).new_page()
    log_in(page, "shopper")
    page.goto("/shops/quiz/main")
    assert_reads_well(page)
    with page.expect_navigation():
        page.get_by_role("main").locator("button.primary").click()
    expect(page.locator("#errors")).to_be_visible()
    for code, value in {**RIGHT, "A1": "give"}.items():
        page.check(f"input[name={code}][value={value}]")
    with page.expect_navigation():
        page.get_by_role("main").locator("button.primary").click()
    expect(page.locator(".result")).to_contain_text("70")
    assert_reads_well(page)
    with page.expect_navigation():
        page.get_by_role("main").locator("a.button.primary").click()
    for code, value in RIGHT.items():
        page.check(f"input[name={code}][value={value}]")
    with page.expect_navigation():
        page.get_by_role("main").locator("button.primary").click()
    expect(page.locator(".result")).to_contain_text("100")
    page.go_back()
    page.reload()
    assert [one.passed for one in all_of(Certification)] == [False, True]


@pytest.mark.browser
@pytest.mark.parametrize(("size", "language"), [(SMALL, "he"), (DESKTOP, "en")], ids=["320 px-he", "desktop-en"])
def test_every_page_reads_well(new_context: OpenContext, size: dict[str, Any], language: str) -> None:
    shopper = begun()
    page = new_context(**size).new_page()
    log_in(page, "coordinator")
    own = "/programmes/main"
    paths = [
        "/programmes", "/programmes/new", own, f"{own}/charter", f"{own}/charter/edit", f"{own}/rules",
        f"{own}/scenarios", f"{own}/notices", f"{own}/notices/101", f"{own}/certificates", "/fieldwork/scenarios",
        "/fieldwork/scenarios/account", "/fieldwork/scenarios/account/risks", "/shoppers", "/shoppers/new",
        f"/shoppers/{shopper}",
    ]  # fmt: skip
    # The desktop looks at the pages with tables and several columns; the rest are one column everywhere.
    for path in paths if size is SMALL else [own, f"{own}/notices", f"{own}/rules", f"/shoppers/{shopper}"]:
        page.goto(f"{path}?lang={language}")
        expect(page.locator("h1")).to_have_count(1)
        assert_reads_well(page)
