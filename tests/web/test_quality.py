"""The reviewers' desk: who may judge what, what a decision does to the numbers, corrections, who reads the report."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from survey_app import db
from survey_app.models import Assignment, Correction, Draft, Entry, QualityReview, Response
from tests.commands.acting import SHOP, Field, branch_facts, by_visit, differences, sent, shop_answers
from tests.support.factories import setting
from tests.web.people import Person, plain

pytestmark = pytest.mark.usefixtures("frozen_clock")

LOST = {"D2": "no", "D2_comment": "העלות הוסברה רק אחרי ששאלתי", "N1": "תיאור <הביקור>"}


@pytest.fixture
def field(database: db.Database) -> Field:
    """A branch whose visit was reported, with one critical item failed."""
    with setting() as make:
        made = Field.made(make, has_account=False)
        visit = made.visit(make)
        make.user(email="north@example.com", role="quality_reviewer", region=made.branch.region)
        make.user(email="manager@example.com", role="branch_manager", branch=made.branch)
        make.user(email="next@example.com", role="branch_manager", branch=made.other)
        make.user(email="coord@example.com", role="field_coordinator")
    sent(by_visit(visit), shop_answers("2026-11-09", time_in="09:10", time_out="09:52", **LOST))
    return made


@pytest.fixture
def reviewer(app: Flask, field: Field) -> Person:
    """A reviewer from outside."""
    return Person(app).log_in("judge@example.com")


@pytest.fixture
def here(field: Field) -> str:
    """The report's address."""
    with db.reading() as session:
        return f"/quality/{session.scalars(select(Response.id)).one()}"


def one(model: Any) -> Any:
    with db.reading() as session:
        return session.scalars(select(model)).one()


def totals() -> dict[Any, Any]:
    with db.reading() as session:
        return branch_facts(session, "total")


def test_the_queue_shows_what_waits(reviewer: Person, here: str) -> None:
    text = reviewer.text("/quality")
    assert f'href="{here}?order=due"' in text
    words = plain(text)
    assert "דוח אחד ממתין לבקרה" in words
    assert "מהיום" in words


def test_the_report_shows_every_item_with_its_points(reviewer: Person, here: str) -> None:
    text = reviewer.text(here)
    words = plain(text)
    assert "פריטים קריטיים שנכשלו: העלות הכוללת של ההצעה הוסברה לפני ששאלתי." in words
    assert "העלות הוסברה רק אחרי ששאלתי" in words
    assert re.search(r'id="item-D2" class="failed".*?0 מתוך 6', text, re.DOTALL)
    assert "תיאור &lt;הביקור&gt;" in text
    assert "42 דקות" in words
    assert "94.0" in words, "section D has 19 of 25"
    assert text.count('id="item-') == 38


def test_approval_counts_from_then_on(reviewer: Person, here: str) -> None:
    assert totals() == {}
    assert reviewer.on(f"{here}/decision", page=here, outcome="approved") == "/quality?decided=approved"
    assert "הדוח אושר ונספר מעכשיו." in reviewer.words("/quality?decided=approved")
    assert "אין דוחות שממתינים" in reviewer.words("/quality")
    ((month, _branch), (n, total, _squares)) = next(iter(totals().items()))
    assert (month, n, total) == ("2026-11", 1, 9400)
    assert one(Assignment).state == "approved"
    assert "הציון שנספר" in reviewer.words(here)
    assert not differences()
    with db.reading() as session:
        entry = session.scalars(select(Entry).where(Entry.act == "quality.review")).one()
        assert entry.details["outcome"] == "approved"


def test_approved_twice_is_a_conflict(reviewer: Person, here: str) -> None:
    reviewer.on(f"{here}/decision", page=here, outcome="approved")
    answer = reviewer.send(f"{here}/decision", page="/account", outcome="approved")
    assert answer.status_code == 409
    assert "הדוח הזה כבר" in plain(answer.text) or "כבר" in plain(answer.text)
    assert len(totals()) == 1


@pytest.mark.parametrize("outcome", ["returned", "rejected"])
def test_sending_back_and_rejecting_need_words(reviewer: Person, here: str, outcome: str) -> None:
    answer = reviewer.send(f"{here}/decision", page=here, outcome=outcome, note=" ")
    assert answer.status_code == 422
    assert f'<a href="#note-{outcome}">' in answer.text
    assert "<title>שגיאה:" in answer.text
    assert one(Response).state == "pending"
    reviewer.on(f"{here}/decision", page=here, outcome=outcome, note="מה נאמר על העמלה?")
    assert one(Response).state == outcome
    assert one(QualityReview).note == "מה נאמר על העמלה?"
    assert totals() == {}
    with db.reading() as session:
        assert len(session.scalars(select(Draft)).all()) == (1 if outcome == "returned" else 0)
        entry = session.scalars(select(Entry).where(Entry.act == "quality.review")).one()
        assert "עמלה" not in str(entry.changes), "a person's words stay out of the audit trail"


def test_an_unknown_outcome_is_refused(reviewer: Person, here: str) -> None:
    assert reviewer.send(f"{here}/decision", page=here, outcome="praised").status_code == 422
    assert reviewer.send(f"{here}/decision", page=here).status_code == 422


@pytest.mark.parametrize("after_approval", [False, True])
def test_a_correction_moves_the_score_and_says_why(reviewer: Person, here: str, *, after_approval: bool) -> None:
    if after_approval:
        reviewer.on(f"{here}/decision", page=here, outcome="approved")
    text = reviewer.text(f"{here}?correct=D2")
    assert f'action="{here}/corrections/D2"' in text
    onward = reviewer.on(f"{here}/corrections/D2", page=f"{here}?correct=D2", value="yes", reason="תועד בכתב")
    assert onward == f"{here}#item-D2"
    words = reviewer.words(here)
    assert "תוקן; קודם: לא" in words
    assert "תועד בכתב" in words
    assert "100.0" in words
    correction = one(Correction)
    assert (correction.before, correction.after) == ("no", "yes")
    assert [total for _n, total, _squares in totals().values()] == ([10_000] if after_approval else [])
    assert not differences()


def test_a_correction_without_a_reason_or_a_change_is_refused(reviewer: Person, here: str) -> None:
    page = f"{here}?correct=D2"
    answer = reviewer.send(f"{here}/corrections/D2", page=page, value="yes", reason="")
    assert answer.status_code == 422
    assert '<a href="#reason">' in answer.text
    assert 'id="reason"' in answer.text
    assert reviewer.send(f"{here}/corrections/D2", page=page, value="no", reason="אין").status_code == 422
    assert reviewer.send(f"{here}/corrections/D2", page=page, value="maybe", reason="אין").status_code == 422
    assert reviewer.send(f"{here}/corrections/Z9", page=page, value="yes", reason="אין").status_code == 404
    with db.reading() as session:
        assert not session.scalars(select(Correction)).all()


def test_too_little_judged_is_flagged(app: Flask, field: Field) -> None:
    with setting() as make:
        visit = field.visit(make, field.other)
    skipped = {f"{section}{number}": "na" for section in "CD" for number in range(1, 6)}
    late = sent(by_visit(visit), shop_answers("2026-11-09", **skipped))
    reviewer = Person(app).log_in("judge@example.com")
    text = reviewer.text(f"/quality/{late.id}")
    assert "מהנקודות לא נבחנו" in plain(text)
    assert "מעל 30%" in plain(text)
    assert 'value="returned"' in text
    assert 'value="approved"' not in text
    answer = reviewer.send(f"/quality/{late.id}/decision", page=f"/quality/{late.id}", outcome="approved")
    assert answer.status_code in {409, 422}
    assert totals() == {}


def test_nobody_judges_the_own_region(app: Flask, here: str) -> None:
    neighbour = Person(app).log_in("north@example.com")
    assert "מהמרחב שלך" in neighbour.words("/quality")
    assert f'href="{here}"' not in neighbour.text("/quality")
    text = neighbour.text(here)
    assert 'name="outcome"' not in text
    assert "correct=" not in text
    assert neighbour.send(f"{here}/decision", page="/account", outcome="approved").status_code == 403
    assert neighbour.send(f"{here}/corrections/D2", page="/account", value="yes", reason="כן").status_code == 403
    assert totals() == {}


def test_the_branch_reads_its_own_report_once_it_counts(app: Flask, reviewer: Person, here: str) -> None:
    manager, neighbour = Person(app).log_in("manager@example.com"), Person(app).log_in("next@example.com")
    assert manager.get(here).status_code == 404, "not before it was approved"
    reviewer.on(f"{here}/decision", page=here, outcome="approved")
    text = manager.text(here)
    assert "הציון שנספר" in plain(text)
    assert "eye" not in plain(text), "the shopper stays unnamed"
    assert "judge" not in plain(text)
    for part in ('name="outcome"', "correct=", "להחלטה"):
        assert part not in text
    assert neighbour.get(here).status_code == 404
    assert manager.get("/quality").status_code == 403
    assert manager.send(f"{here}/decision", page="/account", outcome="rejected", note="לא").status_code == 403


def test_a_shopper_reads_no_reports(app: Flask, here: str) -> None:
    assert Person(app).log_in("eye@example.com").get(here).status_code == 403


def test_a_customers_answers_are_no_report(app: Flask, reviewer: Person, field: Field) -> None:
    with setting() as make:
        (survey,) = make.responses(
            version=make.questionnaire("post_visit_branch"),
            branch=field.branch,
            visited_on=date(2026, 11, 3),
            state="counted",
            answers=[{"pv1": 5}],
            context={},
        )
    assert reviewer.get(f"/quality/{survey}").status_code == 404
    assert SHOP not in reviewer.text("/quality")
