"""What employees say and learn, at a browser without scripts; and a look at the pages in a real one."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from survey_app import db
from survey_app.commands import questionnaires
from survey_app.demo import files
from survey_app.models import Branch, Campaign, Decision, Department, DepartmentSurvey, Response, Training, User
from tests.support import pages
from tests.support.factories import Make, setting
from tests.support.pages import DESKTOP, OpenContext, on_two_screens

KEY = re.compile(r'name="id"[^>]*value="([^"]+)"')
#: Branch -> employees who answered in October; 104 is the manager's, 105 and 106 are too small together as well.
PULSE = {"101": 21, "102": 8, "104": 8, "105": 3, "106": 4}


def said(make: Make, code: str, branch: str, count: int, answers: dict[str, Any]) -> list[str]:
    return make.responses(
        version=make.questionnaire(code),
        branch=make.session.scalars(select(Branch).where(Branch.code == branch)).one(),
        visited_on=date(2026, 10, 5), state="counted", context={"link": "personal"},
        answers=[answers | {"is1" if "is1" in answers else "ep1": 1 + number % 5} for number in range(count)],
    )  # fmt: skip


@pytest.fixture
def employees(database: db.Database) -> None:
    """A pulse of October, two departments of whom one is met by few, their heads, a quiz."""
    with setting() as make:
        for code, count in PULSE.items():
            said(make, "employee_pulse", code, count, {"ep9": 9, "ep10": f"A1 וגם דברי {code}"})
        version = make.questionnaire("internal_service")
        head = make.user(email="head@bank.test", role="department_head")
        for code, count, who in (("pay", 9, head), ("app", 9, None), ("rules", 3, None)):
            department = Department(code=code, name={"he": f"מחלקת {code}"}, head=who)
            campaign = Campaign(
                code=code, questionnaire_id=version.questionnaire_id, opens=date(2026, 1, 1), privacy="anonymous"
            )
            make.session.add_all([department, campaign])
            make.session.flush()
            make.session.add(DepartmentSurvey(campaign_id=campaign.id, department_id=department.id))
            for one in said(make, "internal_service", "101", count, {"is1": 1, "is6": "כדאי לענות מהר"}):
                make.session.get_one(Response, one).campaign_id = campaign.id
        questionnaires.bring_in(make.session, files.document("employees")["quiz"], publish=True)


def test_only_who_leads_reads_the_pulse(as_: Any) -> None:
    for name in ("agent", "shopper", "administrator", "privacy"):
        assert as_(name).get("/employees").status_code == 403, name
        assert as_(name).get("/coaching").status_code == 403, name
    assert as_("management").get("/quizzes").status_code == 403
    assert as_("branch").get("/employees/departments").status_code == 403
    for path in ("/employees", "/employees/words", "/employees/customers", "/employees/plans"):
        as_("management").text(path)


@pytest.mark.usefixtures("employees")
def test_a_small_branch_is_in_no_number_and_its_manager_is_told_why(as_: Any) -> None:
    management = as_("management").text("/employees")
    for name, shown in (("חיפה ראשי", True), ("נצרת", True), ("באר שבע", True), ("אילת", False), ("דימונה", False)):
        table = management[management.index('id="places"') : management.index("<details")]
        assert (name in table) == shown, name
    assert ">37<" in management, "seven are left out of the organisation's number as well"
    branch = as_("branch").text("/employees")
    assert "נצרת" not in branch, "another region's branch is not named"
    table = as_("management").text("/employees/table.csv?month=2026-10")
    assert "אילת" not in table
    assert as_("management").get("/employees?month=2020-01&question=nothing&survey=none").status_code == 200


@pytest.mark.usefixtures("employees")
def test_words_come_of_large_groups_only(as_: Any) -> None:
    page = as_("management").text("/employees/words")
    assert "דברי 101" in page
    assert "דברי 102" not in page
    assert "נציג A1" not in page
    assert "דברי 1" not in as_("branch").text("/employees/words?unit=own")


@pytest.mark.usefixtures("employees")
def test_a_head_reads_the_own_department_and_nobody_a_small_one(as_: Any) -> None:
    head, management, analyst = as_("head"), as_("management"), as_("analyst")
    assert "מחלקת pay" in head.text("/employees/departments")
    assert "מחלקת app" not in head.text("/employees/departments")
    head.text("/employees/departments/app/words", 404)
    page = management.text("/employees/departments")
    assert 'id="d1"' in page
    assert 'id="d2"' in page
    assert 'id="d3"' not in page, "three people are nobody"
    assert "כדאי לענות מהר" not in management.text("/employees/departments/pay/words")
    assert "File of links" not in management.text("/employees/departments?lang=en")
    at = "/employees/departments"
    assert analyst.post(at, at, department="rules").status_code == 303
    assert analyst.post(at, at, department="none").status_code == 404
    links = analyst.post(at, f"{at}/links/pay")
    assert links.status_code == 200
    assert links.text.count("/s/") == 2
    assert links.headers["Cache-Control"] == "no-store"


def test_a_manager_plans_for_the_own_branch_and_once(as_: Any) -> None:
    branch = as_("branch")
    page = branch.text("/employees/plans/new")
    key = KEY.search(page)
    assert key is not None
    with db.reading() as session:
        me = session.scalars(select(User).where(User.email == "branch@bank.test")).one().id
    fields = {"id": key[1], "text": "פגישת <b>צוות</b> בכל שבוע", "owner": str(me), "due_on": "1.12.2026"}
    wrong = branch.post("/employees/plans/new", "/employees/plans", **{**fields, "due_on": "31.2.2026"})
    assert wrong.status_code == 422
    assert "פגישת &lt;b&gt;צוות" in wrong.text, "what was typed is kept"
    for _time in range(2):
        assert branch.post("/employees/plans/new", "/employees/plans", **fields).status_code == 303
    with db.reading() as session:
        (made,) = session.scalars(select(Decision)).all()
        assert (made.stop, made.branch_id, made.owner_id) == ("employees", made.owner.branch_id, me)
    assert "פגישת &lt;b&gt;צוות" in as_("management").text("/employees/plans")
    assert "פגישת" not in as_("region").text("/employees/plans"), "another region's"
    branch.text(f"/decisions/{made.id}")


@pytest.mark.usefixtures("employees")
def test_coaching_from_a_talk_to_the_employee_who_reads_it(as_: Any) -> None:
    with setting() as make:
        there = make.session.scalars(select(Branch).where(Branch.code == "104")).one()
        make.user(email="service@bank.test", role="service_manager")
        make.user(email="north@bank.test", role="branch_manager", branch=make.session.get_one(Branch, 1))
        assert there.id != 1
    north = as_("north")
    assert "נציג A1" in north.text("/coaching")
    assert "נציג A2" not in north.text("/coaching")
    north.text("/coaching/A2", 404)
    own = "/coaching/A1"
    fields = {"kind": "coaching", "topic": "שיחה על תור", "done_on": "1.11.2026", "note": "סוכם לעדכן"}
    assert north.post(own, own, **{**fields, "done_on": "1.1.2027"}).status_code == 422
    for _time in range(2):
        assert north.post(own, own, **fields).status_code == 303
    with db.reading() as session:
        (made,) = session.scalars(select(Training)).all()
    assert "סוכם לעדכן" in north.text(own)
    assert "סוכם לעדכן" in as_("agent").text("/quizzes")
    assert "סוכם לעדכן" not in as_("service").text(own), "what was agreed stays in the branch"
    sent = {"file": (BytesIO("agent,topic,on\nA1,קורס,1.9.2026\nA2,קורס,1.9.2026\n".encode()), "c.csv")}
    answer = north.post("/coaching", "/coaching/file", **sent)
    assert answer.status_code == 422, "the other branch's row is told"
    assert "קורס" in north.text(own)
    assert north.post("/coaching", "/coaching/file").status_code == 422
    assert north.post(own, f"{own}/{made.id}/removal").status_code == 303
    assert "סוכם לעדכן" not in north.text(own)


@pytest.mark.usefixtures("employees")
def test_a_quiz_is_taken_and_says_what_to_read_again(as_: Any) -> None:
    agent, path = as_("agent"), "/quizzes/service_quiz"
    number = re.search(r'name="version" value="(\d+)"', agent.text(path))
    assert number is not None
    answers = {"version": number[1], "S1": "yes", "S2": "no", "S3": "yes"}
    assert agent.post(path, path, **answers).status_code == 422
    assert agent.post(path, path, **{**answers, "S4": "yes", "version": "0"}).status_code == 409
    done = agent.post(path, path, **answers, S4="yes")
    assert done.status_code == 200
    assert "75" in done.text
    assert "להסביר באדיבות" in done.text, "the statement that was judged wrongly"
    assert "75" in agent.text(path), "today's result instead of the quiz"
    assert "75" in agent.text("/quizzes")
    agent.text("/quizzes/shopper_quiz", 404)


@pytest.mark.browser
@pytest.mark.usefixtures("employees")
@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("analyst", ["/employees?question=ep1", "/employees/words", "/employees/customers", "/employees/departments"]),
        ("branch", ["/employees", "/employees/plans/new", "/coaching", "/coaching/A2"]),
        ("agent", ["/quizzes", "/quizzes/service_quiz"]),
    ],
)
def test_pages_of_employees_read_well(new_context: OpenContext, name: str, paths: list[str]) -> None:
    page = new_context(**DESKTOP).new_page()
    reads_well = on_two_screens(page)
    pages.log_in(page, f"{name}@bank.test")
    for path in paths:
        page.goto(f"{path}{'&' if '?' in path else '?'}lang=he")
        reads_well()
