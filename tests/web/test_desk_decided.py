"""What was decided, as the pages of the desk and of appeals tell it."""

from __future__ import annotations

from flask import Flask

from survey_app import db
from survey_app.audit import Actor
from survey_app.commands import appeals
from survey_app.commands.appeals import Decision
from survey_app.transaction import transaction
from tests.commands.acting import Field, by_visit, sent, shop_answers
from tests.support.factories import setting
from tests.web.people import Person


def test_corrections_and_outcomes_are_told_in_words_with_their_reason(
    app: Flask, database: db.Database, frozen_clock: None
) -> None:
    with setting() as make:
        field = Field.made(make)
        visit = field.visit(make)
        manager = make.user(email="manager@example.com", role="branch_manager", branch=field.branch)
        boss = make.user(email="boss@example.com", role="management")
    report = sent(by_visit(visit), shop_answers("2026-11-16")).id
    judge = Person(app).log_in("judge@example.com")
    page = judge.text(f"/quality/{report}")
    judge.on(f"/quality/{report}/corrections/A2", page=f"/quality/{report}?correct=A2", value="no", reason="לפי התמונה")
    assert "לפי התמונה" in judge.words(f"/quality/{report}/versions")
    old = page.partition('name="seen" value="')[2].partition('"')[0]
    typed = {"outcome": "approved", "note": "יפה", "seen": old}
    stale = judge.send(f"/quality/{report}/decision", page=f"/quality/{report}", **typed)
    assert stale.status_code == 409
    assert "A2" in stale.text
    assert "יפה" in stale.text
    judge.on(f"/quality/{report}/decision", page=f"/quality/{report}", outcome="approved")
    shopper, branch = Person(app).log_in("eye@example.com"), Person(app).log_in("manager@example.com")
    for person in (shopper, branch):
        text = person.text(f"/appeals/report/{report}")
        assert "<bdi>כן</bdi>" in text
        assert "<bdi>yes</bdi>" not in text
    with transaction(Actor.user(manager), "appeals.file") as session:
        appeal = appeals.file(session, manager, report, {"A2": "לא כך"})
    with transaction(Actor.user(boss), "appeals.decide") as session:
        appeals.decide(session, boss, appeal.id, {"A2": Decision("overturned", "השלט נראה", ["yes"])})
    told = shopper.words(f"/appeals/report/{report}")
    assert "השלט נראה" in told
    assert f"/appeals/report/{report}" not in shopper.text("/appeals")
    assert "רק ערעור" in judge.words(f"/quality/{report}") or "Only another appeal" in judge.words(f"/quality/{report}")
