"""Programmes: nothing begins half made, no visit before staff were told, none to a shopper who may not make it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from survey_app import db
from survey_app.commands import (
    certifying,
    fieldwork,
    programme_documents,
    programmes,
    reminding_shoppers,
    scenarios,
    shoppers,
    staff_notices,
)
from survey_app.commands.handing import Unfit
from survey_app.commands.programmes import Stale
from survey_app.commands.shoppers import Profile
from survey_app.commands.staff_notices import Told
from survey_app.errors import Conflict, UserError
from survey_app.field.rules import Rules
from survey_app.models import Absence, Assignment, Certification, Letter, Scenario, StaffNotice
from survey_app.queries import programmes as queries
from survey_app.queries import shoppers as facts
from tests.commands.acting import SHOP, SINCE, Field
from tests.commands.programming import NO_RISK, RIGHT, Running, tell
from tests.commands.shelling import Run, run
from tests.support.clocks import FrozenClock
from tests.support.databases import Queries
from tests.support.factories import Make, setting

__all__ = ["run"]
pytestmark = pytest.mark.usefixtures("frozen_clock")
TODAY = date(2026, 11, 17)
Counting = Callable[[], AbstractContextManager[Queries]]


def given(make: Make, it: Running, **more: Any) -> Assignment:
    """The coordinator gives the shopper a visit at branch 101."""
    field = it.field
    chosen: dict[str, Any] = {
        "campaign": make.campaign(SHOP, opens=SINCE),
        "shopper": field.shopper,
        "branch": field.branch,
        "scenario": field.scenario,
        "window_from": TODAY,
        "window_until": TODAY + timedelta(days=5),
    }
    return fieldwork.assign(make.session, **{**chosen, **more})


def test_a_programme_begins_only_when_nothing_is_missing(database: db.Database) -> None:
    with setting() as make:
        Field.made(make)
        session = make.session
        campaign = make.campaign(SHOP, opens=SINCE)
        made = programmes.create(session, code="Main", name={"he": "א"}, campaign_id=campaign.id)
        assert made.code == "main"
        assert set(made.charter) == {"he", "en", "ar", "ru"}
        with pytest.raises(UserError) as refused:
            programmes.begin(session, "main")
        assert [page for page, _words in refused.value.places] == ["scenarios"]
        scenario = session.scalars(select(Scenario)).one()
        with pytest.raises(UserError):
            programmes.set_scenarios(session, "main", {scenario.id: 1})
        scenarios.check_risks(session, "account", NO_RISK, note="", by=None)
        programmes.set_scenarios(session, "main", {scenario.id: 3})
        programmes.write_charter(session, "main", {"he": {"purpose": "א"}})
        with pytest.raises(UserError) as refused:
            programmes.begin(session, "main")
        assert [page for page, _words in refused.value.places] == ["charter"]
        programmes.write_charter(session, "main", {"he": {"purpose": "א", "use": "ב", "never": "ג"}})
        assert programmes.begin(session, "main").state == "active"
        with pytest.raises(UserError):
            programmes.write_charter(session, "main", {})
        with pytest.raises(Conflict):
            programmes.discard(session, "main")


def test_two_people_notice_each_other(database: db.Database) -> None:
    with setting() as make:
        Running.made(make, told=None, rules={}, quiz=False)
        seen = queries.find(make.session, "main").revision
        programmes.set_rules(make.session, "main", Rules(fee=15_000), seen=seen)
        with pytest.raises(Stale):
            programmes.set_rules(make.session, "main", Rules(fee=1), seen=seen)
        assert queries.rules(queries.find(make.session, "main")).fee == 15_000


@pytest.mark.parametrize("told", [None, TODAY + timedelta(days=1)], ids=["nobody", "tomorrow"])
def test_no_visit_before_staff_were_told(any_database: db.Database, told: date | None) -> None:
    with setting() as make:
        it = Running.made(make, told=told, rules={}, quiz=False)
        with pytest.raises(UserError), make.session.begin_nested():
            given(make, it)
        assert make.session.scalars(select(Assignment)).all() == []
        tell(make, it.programme, it.field.branch, TODAY)
        visit = given(make, it)
    assert (visit.state, visit.fee, visit.expense_cap, visit.programme_id) == (
        "assigned", 12_000, 4_000, it.programme.id,
    )  # fmt: skip
    assert visit.handback_until is not None
    with db.reading() as session:
        assert [one.kind for one in session.scalars(select(Letter))] == ["visit_given"]


def test_a_hard_reason_is_never_put_aside(database: db.Database) -> None:
    with setting() as make:
        it = Running.made(make, told=TODAY, rules={}, quiz=True)
        shopper = it.field.shopper.id
        with pytest.raises(Unfit) as refused, make.session.begin_nested():
            given(make, it, all_the_same=True)
        assert refused.value.reasons == ("not_certified",)
        assert not refused.value.soft
        it.certify(make)
        shoppers.add_conflict(
            make.session, shopper, place="branch", value=it.field.branch.id, reason="relative", until=None
        )
        with pytest.raises(Unfit) as refused, make.session.begin_nested():
            given(make, it, all_the_same=True)
        assert refused.value.reasons == ("conflict",)
        shoppers.remove_conflict(make.session, shopper, 1)
        given(make, it)
        with pytest.raises(Unfit) as refused:
            given(make, it, window_from=TODAY + timedelta(days=7), window_until=TODAY + timedelta(days=9))
        assert refused.value.reasons == ("locked_out",)


def test_a_softer_reason_is_asked_about(database: db.Database) -> None:
    with setting() as make:
        it = Running.made(make, told=TODAY, rules={}, quiz=False)
        shoppers.add_absence(make.session, it.field.shopper.id, TODAY, TODAY + timedelta(days=30))
        with pytest.raises(Unfit) as refused, make.session.begin_nested():
            given(make, it)
        assert refused.value.reasons == ("absent",)
        assert refused.value.soft
        assert given(make, it, all_the_same=True).state == "assigned"


def test_a_notice_does_not_move_behind_a_visit(any_database: db.Database) -> None:
    with setting() as make:
        it = Running.made(make, told=TODAY - timedelta(days=9), rules={}, quiz=False)
        given(make, it)
        branch = it.field.branch.id
        with pytest.raises(Conflict):
            staff_notices.record(
                make.session, it.programme, [branch], Told(TODAY + timedelta(days=1), "letter"), by=None
            )
        with pytest.raises(Conflict):
            staff_notices.remove(make.session, it.programme, branch)
        again = staff_notices.record(
            make.session, it.programme, [branch, it.field.other.id], Told(TODAY - timedelta(days=9), "letter"), by=None
        )
        assert sorted(again.values()) == ["added", "unchanged"]
        staff_notices.remove(make.session, it.programme, it.field.other.id)
        assert list(queries.told(make.session, it.programme.id)) == [branch]


@pytest.mark.parametrize(
    "told",
    [Told(date(2030, 1, 1), "letter"), Told(TODAY, "pigeon"), Told(TODAY, "letter", note="x" * 501)],
    ids=["far", "way", "long"],
)
def test_a_wrong_notice_is_refused(database: db.Database, told: Told) -> None:
    with setting() as make:
        it = Running.made(make, told=None, rules={}, quiz=False)
        with pytest.raises(UserError):
            staff_notices.record(make.session, it.programme, [it.field.branch.id], told, by=None)
        assert make.session.scalars(select(StaffNotice)).all() == []


def test_tries_are_counted_set_aside_and_certificates_run_out(any_database: db.Database) -> None:
    with setting() as make:
        it = Running.made(make, told=TODAY, rules={"quiz_tries": 2, "certificate_days": 10}, quiz=True)
        wrong = {**RIGHT, "A1": "give"}
        first = it.certify(make, wrong, seen=0)
        assert (first.score, first.passed, first.good_until) == (7_000, False, None)
        assert it.certify(make, RIGHT, seen=0).id == first.id  # the same page twice is one try
        it.certify(make, wrong, seen=1)
        with pytest.raises(Conflict):
            it.certify(make, RIGHT, seen=2)
        assert certifying.let_try_again(make.session, it.programme, it.field.shopper.id) == 2
        make.session.expire_all()
        passed = it.certify(make, RIGHT, seen=2)
        assert (passed.score, passed.passed) == (10_000, True)
        assert passed.good_until == TODAY + timedelta(days=10)
        with pytest.raises(Unfit):
            given(make, it, window_from=TODAY + timedelta(days=8), window_until=TODAY + timedelta(days=13))
        certifying.withdraw(make.session, it.programme, it.field.shopper.id)
        with pytest.raises(Unfit):
            given(make, it)
        with pytest.raises(Conflict):
            certifying.withdraw(make.session, it.programme, it.field.shopper.id)
        assert len(make.session.scalars(select(Certification)).all()) == 3


def test_of_a_certificate_that_runs_out_its_shopper_is_told_once(
    any_database: db.Database, frozen_clock: FrozenClock
) -> None:
    with setting() as make:
        it = Running.made(make, told=TODAY, rules={"certificate_days": 20}, quiz=True)
        until = it.certify(make).good_until
    told = []
    for days in (5, 1, 1, 1):
        frozen_clock.move_to(frozen_clock.moment + timedelta(days=days))
        reminding_shoppers.hourly()
        with db.reading() as session:
            found = session.scalars(select(Letter).where(Letter.kind == "certificate_ending")).all()
        told.append([(one.user_id, one.values) for one in found])
    letter = (it.field.shopper.id, {"until": str(until)})
    assert told == [[], [letter], [letter], [letter]]


def test_the_facts_of_shoppers(database: db.Database, counting_queries: Counting) -> None:
    with setting() as make:
        it = Running.made(make, told=TODAY, rules={}, quiz=True)
        it.certify(make)
        shoppers.save(
            make.session, it.field.shopper.id, name="עין", language="ru",
            profile=Profile(
                languages=["ru", "he"], latitude=32.0, longitude=34.8, availability={"mon": [["09:00", "12:00"]]}
            ),
        )  # fmt: skip
        visit = given(make, it, all_the_same=True)
        shoppers.add_absence(make.session, it.field.shopper.id, TODAY, TODAY + timedelta(days=2))
        for number in range(20):
            make.user(email=f"more{number}@example.com", role="shopper")
    with db.reading() as session, counting_queries() as asked:
        found = facts.facts(session, queries.find(session, "main"), TODAY, TODAY + timedelta(days=30))
    assert len(found) == 21
    assert len(asked) <= 8, asked
    one = next(one for one in found if one.id == it.field.shopper.id)
    assert one.certified_until == TODAY + timedelta(days=365)
    assert one.home == (32.0, 34.8)
    assert one.languages == {"he", "ru"}
    assert one.availability == {"mon": [("09:00", "12:00")]}
    assert one.absences == [(TODAY, TODAY + timedelta(days=2))]
    assert one.visited == {visit.branch_id: [TODAY]}
    assert (one.held_on, one.held_in, one.open_visits) == ({TODAY: 1}, {"2026-11": 1}, 1)
    other = next(one for one in found if one.id != it.field.shopper.id)
    assert (other.certified_until, other.visited, other.open_visits) == (None, {}, 0)


def test_absences_that_touch_become_one(database: db.Database) -> None:
    with setting() as make:
        user = make.user(email="eye@example.com", role="shopper").id
        for since, until in ((20, 22), (25, 26), (23, 24)):
            shoppers.add_absence(make.session, user, date(2026, 11, since), date(2026, 11, until))
        (kept,) = make.session.scalars(select(Absence)).all()
        assert (kept.since, kept.until) == (date(2026, 11, 20), date(2026, 11, 26))
        for since, until in ((30, 29), (1, 2)):
            with pytest.raises(UserError):
                shoppers.add_absence(make.session, user, date(2026, 11, since), date(2026, 11, until))


def test_whoever_holds_visits_does_not_leave(database: db.Database) -> None:
    with setting() as make:
        it = Running.made(make, told=TODAY, rules={}, quiz=False)
        given(make, it)
        with pytest.raises(Conflict):
            shoppers.set_active(make.session, it.field.shopper.id, active=False)
        with pytest.raises(Conflict):
            programmes.close(make.session, "main")


def test_the_risk_check_stops_what_must_not_be_played(database: db.Database) -> None:
    with setting() as make:
        Running.made(make, told=None, rules={}, quiz=False)
        session = make.session
        with pytest.raises(Conflict):  # it is being played
            scenarios.check_risks(session, "account", {**NO_RISK, "secrets": True}, note="", by=None)
        with pytest.raises(UserError):  # a risk without a decision
            scenarios.check_risks(session, "account", {**NO_RISK, "burden": True}, note=" ", by=None)
        scenarios.check_risks(session, "account", {**NO_RISK, "burden": True}, note="בשעות רגועות בלבד", by=None)
        with pytest.raises(Conflict):
            scenarios.retire(session, "account")
        changed = scenarios.change(
            session, "account", title={"he": "א"}, briefing={"he": "ב"}, has_appointment=False, has_account=True
        )
        assert changed.risks == {}  # other words ask for the check again
        with pytest.raises(UserError):
            programmes.refuse_unplayable(changed)


def test_a_programme_as_a_document(run: Run, tmp_path: Any) -> None:
    with setting() as make:
        Running.made(make, told=None, rules={"fee": 13_000}, quiz=True)
    said = run("programme", "show", "main")
    document = yaml.safe_load(said.stdout)
    assert (document["rules"]["fee"], document["scenarios"], document["quiz"]) == (
        13_000, {"account": 1}, "shopper_quiz",
    )  # fmt: skip
    file = tmp_path / "programme.yaml"
    file.write_text(yaml.safe_dump({"code": "main", "rules": {"lockout_days": 30}}), "utf-8")
    assert run("programme", "plan", file).exit_code == 0
    with db.reading() as session:
        rules = queries.rules(queries.find(session, "main"))
        assert (rules.lockout_days, rules.fee) == (30, 13_000)
    listed = run("programme", "list").stdout.split("\t")
    assert listed[:3] == ["main", "active", SHOP]
    assert run("programme", "close", "main").stdout.startswith("main\tclosed")
    for wrong in ("rules: {fee: much}", "rules: {nothing: 1}", "charter: {he: words}", "scenarios: {none: 1}", "a: 1"):
        file.write_text(f"code: main\n{wrong}\n", "utf-8")
        assert run("programme", "plan", file).exit_code == 2, wrong


def test_notices_and_shoppers_come_as_files(run: Run, tmp_path: Any) -> None:
    with setting() as make:
        it = Running.made(make, told=TODAY, rules={}, quiz=False)
        given(make, it)
    file = tmp_path / "notices.csv"
    file.write_text(
        "סניף,תאריך יידוע,אופן היידוע\n101,20/11/2026,letter\n102,18/11/2026,meeting\n999,18/11/2026,letter\n", "utf-8"
    )
    result = run("import", "notices", file)
    assert result.exit_code == 1, result.output
    assert "Added: 1" in result.stdout
    assert "Refused: 2" in result.stdout  # a visit was given before; no such branch
    with db.reading() as session:
        assert queries.told(session, it.programme.id)[it.field.other.id] == date(2026, 11, 18)
    file = tmp_path / "shoppers.csv"
    file.write_text(
        "email,name,languages,home_area,latitude,longitude,rating\n"
        'eye@example.com,עין,"he, ru",חיפה,32.8,35,4\n'
        "new@example.com,חדשה,ar,נצרת,32.7,,9\njudge@example.com,שופט,he,,,,\n",
        "utf-8",
    )
    result = run("import", "shoppers", file)
    assert result.exit_code == 1, result.output
    assert "Changed: 1" in result.stdout
    assert "Refused: 2" in result.stdout  # no rating of 9; no shopper
    with db.reading() as session:
        (one,) = facts.facts(session, queries.find(session, "main"), TODAY, TODAY)
        assert (one.name, one.home, one.rating) == ("עין", (32.8, 35.0), 4)


def test_a_document_of_another_shape_is_refused(database: db.Database) -> None:
    for content in (b"- 1", b"\xff", b"rules: 3", b"code: [" + b"["):
        with pytest.raises(UserError):
            programme_documents.read(content)
