"""The audit trail: who did what and what changed, and never a person's words, name or contact."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from survey_app import clock, db, jobs
from survey_app.audit import WITHHELD, Actor, plain
from survey_app.commands import (
    accounts,
    facts,
    giving,
    organisation,
    profile,
    quality,
    responses,
    reviews,
)
from survey_app.db import Base
from survey_app.errors import UserError
from survey_app.models import Branch, Entry, Invitation, Organisation, Profit, Region, User
from survey_app.queries import audit
from survey_app.transaction import transaction
from tests.commands.acting import SINCE, SURVEY, Field, by_token, by_visit, sent, shop_answers
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")
#: Values that are somebody's; none of them may ever be in an entry.
PERSONAL = {
    "name of a user": "רחל כהנוביץ",
    "e-mail of a user": "rachel.kohen@private.example",
    "name of an agent": "מרגלית שמשוני",
    "e-mail of an agent": "margalit@private.example",
    "words of a customer": "הקופאית צעקה עליי",
    "telephone of a customer": "0541234567",
    "words of a shopper": "ראיתי ערימת ניירות",
    "note of a reviewer": "נא להשלים את שם הנציגה",
    "reason of a correction": "טעות של הסוקרת דפנה",
    "reason of an exclusion": "הלקוח הוא אחיה של המנהלת",
    "name of an officer": "עו״ד יעל ברנר",
    "telephone of an officer": "03-7654321",
    "password": "sesame-of-rachel",
}


def entries() -> list[Entry]:
    with db.reading() as session:
        return list(session.scalars(select(Entry).order_by(Entry.id)))


def test_no_entry_ever_holds_what_is_personal(any_database: db.Database) -> None:
    """A run through every command, and then a search for every personal value in everything that was recorded."""
    p = PERSONAL
    with setting() as make:
        field = Field.made(make)
        make.questionnaire(SURVEY)
        campaign = make.campaign(SURVEY, opens=SINCE)
        boss, _secret = accounts.add_user(
            make.session, p["e-mail of a user"], "management", name=p["name of a user"], password=p["password"]
        )
        agent = make.agent(code="A1", branch=field.branch, since=SINCE)
        make.session.flush()
        agent.name, agent.email = p["name of an agent"], p["e-mail of an agent"]
        organisation.change(
            make.session,
            name={"he": "בנק"},
            details={
                "privacy_officer.name": p["name of an officer"],
                "privacy_officer.telephone": p["telephone of an officer"],
            },
        )
        tokens = [
            make.invitation(campaign=campaign, branch=field.branch, visited_on=date(2026, 10, 20), agent=agent).token
            for _customer in range(2)
        ]
        visits = [field.visit(make) for _visit in range(3)]
        for month in ("2026-10", "2026-11"):
            make.profit(branch=field.branch, month=month, revenue=100, cost=50, target=10, headcount=1)
    words = next(one.code for one in by_token(tokens[0]).definition.questions if one.type == "text")
    answered = [sent(by_token(token), {"pv1": 1, words: p["words of a customer"]}) for token in tokens]
    reports = [
        sent(by_visit(visit), shop_answers("2026-10-20", A1="no", A1_comment=p["words of a shopper"]))
        for visit in visits[:2]
    ]

    def done(act: Callable[[Any], Any], who: User = boss) -> None:
        with transaction(Actor.user(who), "test.act") as session:
            act(session)

    judge = field.reviewer
    done(lambda s: quality.review(s, judge, reports[0].id, "returned", p["note of a reviewer"]), judge)
    sent(by_visit(visits[0]), {})
    done(lambda s: quality.correct(s, judge, reports[0].id, "A1", ["yes"], p["reason of a correction"]), judge)
    done(lambda s: quality.review(s, judge, reports[0].id, "approved", p["note of a reviewer"]), judge)
    done(lambda s: quality.review(s, judge, reports[1].id, "rejected", p["note of a reviewer"]), judge)
    done(lambda s: giving.cancel(s, visits[2].id))
    done(lambda s: reviews.sign(s, boss, "2026-10"))
    done(lambda s: responses.exclude(s, answered[0].id, p["reason of an exclusion"]))
    done(lambda s: responses.reinstate(s, answered[0].id))
    done(lambda s: responses.erase(s, answered[1].id))
    done(lambda s: facts.touched(s, ["2026-10"], others=1))
    done(lambda s: facts.rebuild(s, "2026-10"))
    done(lambda s: profile.change_password(s, boss.id, p["password"] + "!"))
    done(lambda s: profile.choose_language(s, boss.id, "en"))
    done(lambda s: setattr(s.get_one(User, boss.id), "name", p["name of a user"] + " לוי"))
    jobs.run_ready()

    written = json.dumps([[one.act, one.actor, one.details, one.changes] for one in entries()], ensure_ascii=False)
    assert [what for what, value in PERSONAL.items() if value in written] == []
    assert WITHHELD in written
    assert {one.act for one in entries()} >= {"test.setting", "test.act", "review.restate"}


def test_documents_are_not_copied_into_the_trail(database: db.Database) -> None:
    with setting() as make:
        make.questionnaire(SURVEY)
    (entry,) = entries()
    assert len(json.dumps(entry.changes)) < 3000


def test_every_column_of_a_person_is_marked() -> None:
    """What sounds personal in an audited model is either marked or known not to be about a person."""
    harmless = {("organisation", "name"), ("region", "name"), ("branch", "name"), ("branch", "address")}
    # What staff call a campaign or another system's key, and a code of why a tablet's answers were not taken.
    harmless |= {("campaign", "name"), ("api_token", "name"), ("set_aside", "reason")}
    # A programme's public name, a code of why somebody keeps away, and scores.
    harmless |= {("programme", "name"), ("conflict", "reason"), ("appeal", "before"), ("appeal", "after")}
    # Departments and published series are named in public; a mark's reason is a code.
    harmless |= {("department", "name"), ("mark_route", "reason"), ("comment_mark", "reason")}
    harmless |= {("benchmark", "name"), ("benchmark_value", "note")}
    suspicious = {"name", "email", "phone", "words", "note", "reason", "answers", "before", "after", "password_hash"}
    found = {
        (mapper.local_table.name, column.name)
        for mapper in Base.registry.mappers
        if getattr(mapper.class_, "__audited__", False)
        for column in mapper.local_table.columns
        if column.name in suspicious and not column.info.get("personal")
    }
    assert found - harmless == set()


def test_an_entry_says_who_what_when_and_what_changed(any_database: db.Database) -> None:
    with setting() as make:
        region = make.region(name="צפון")
        branch = make.branch(code="101", region=region, city="חיפה")
        boss = make.user(email="boss@example.com", role="management")
    with transaction(Actor.user(boss), "branch.change", branch=branch.id, on=date(2026, 11, 1)) as session:
        found = session.get_one(Branch, branch.id)
        found.city = "עכו"
        session.flush()
        found.closed = date(2026, 12, 1)
    entry = entries()[-1]
    assert (entry.actor, entry.user_id, entry.act, entry.at) == (
        f"user:{boss.id}",
        boss.id,
        "branch.change",
        clock.now(),
    )
    assert entry.details == {"branch": branch.id, "on": "2026-11-01"}
    assert entry.changes == [
        {"model": "Branch", "key": [branch.id], "verb": "changed", "attributes": {"city": ["חיפה", "עכו"]}},
        {"model": "Branch", "key": [branch.id], "verb": "changed", "attributes": {"closed": [None, "2026-12-01"]}},
    ]
    with transaction(Actor.user(boss), "branch.remove") as session:
        session.delete(session.get_one(Branch, branch.id))
    assert entries()[-1].changes == [{"model": "Branch", "key": [branch.id], "verb": "removed", "attributes": {}}]


def test_what_is_set_to_what_it_was_is_no_change(database: db.Database) -> None:
    with setting() as make:
        branch = make.branch(code="101", region=None, city="חיפה")
    with transaction(Actor.system("test"), "branch.change") as session:
        session.get_one(Branch, branch.id).city = "חיפה"
    assert entries()[-1].changes == []


def test_an_act_that_fails_leaves_neither_change_nor_entry(any_database: db.Database) -> None:
    with setting() as make:
        make.region(name="צפון")
    before = len(entries())

    def fail() -> None:
        with transaction(Actor.system("test"), "region.add") as session:
            session.add(Region(name="דרום"))
            session.flush()
            raise UserError("no")

    with pytest.raises(UserError):
        fail()
    assert len(entries()) == before
    with db.reading() as session:
        assert session.scalars(select(Region.name)).all() == ["צפון"]


def test_keys_of_several_parts_and_money_are_recorded(database: db.Database) -> None:
    with setting() as make:
        branch = make.branch(code="101", region=None)
        make.profit(branch=branch, month="2026-10", revenue=100, cost=50, target=10, headcount=1.5)
    with transaction(Actor.system("test"), "profit.change") as session:
        session.get_one(Profit, ("2026-10", branch.id)).revenue = 12345
    (change,) = entries()[-1].changes
    assert (change["key"], change["attributes"]) == (["2026-10", branch.id], {"revenue": [10000, 12345]})
    assert plain(date(2026, 1, 2)) == "2026-01-02"


def test_the_trail_is_read_newest_first_and_by_act(database: db.Database) -> None:
    with setting() as make:
        boss = make.user(email="boss@example.com", role="management")
    for number in range(5):
        with transaction(Actor.user(boss) if number % 2 else Actor.system("worker"), f"thing.{number}"):
            pass
    with db.reading() as session:
        lines, more = audit.entries(session, act="thing", limit=3)
        assert [line.entry.act for line in lines] == ["thing.4", "thing.3", "thing.2"]
        assert more
        assert (lines[0].who, lines[1].who, lines[1].role) == ("worker", "boss", "management")
        rest, more = audit.entries(session, act="thing", before=lines[-1].entry.id, limit=3)
        assert [line.entry.act for line in rest] == ["thing.1", "thing.0"]
        assert not more
        assert audit.entries(session, act="%")[0] == [], "a sign of the database's is no sign here"
        assert "thing.4" in audit.acts(session)


def test_the_organisation_is_changed_in_parts(database: db.Database) -> None:
    with setting() as make:
        organisation.change(make.session, name={"he": "בנק"}, details={"telephone": "*1234", "controller.he": "הבנק"})
        organisation.change(make.session, name={"en": "Bank"}, details={"controller.en": "The bank"})
    for wrong in ({"name": {"xx": "?"}}, {"details": {"fax": "1"}}, {"policy": {"no_such": 1}}):
        with setting() as make, pytest.raises(UserError):
            organisation.change(make.session, **wrong)  # type: ignore[arg-type]
    with db.reading() as session:
        found = session.get_one(Organisation, 1)
        assert found.name == {"he": "בנק", "en": "Bank"}
        assert found.details == {"telephone": "*1234", "controller": {"he": "הבנק", "en": "The bank"}}
        assert session.scalars(select(Invitation)).all() == []


@pytest.mark.parametrize(
    "policy",
    [
        {"survey_window": 2.5},
        {"survey_window": True},
        {"survey_window": 0},
        {"survey_window": 5000},
        {"draws": 10**9},
        {"service_weight": "half"},
        {"service_weight": 1.5},
        {"service_weight": float("nan")},
        {"service_floor": float("inf")},
        {"agent_shops": "yes"},
        {"survey_questionnaires": "post_visit_branch"},
        {"survey_questionnaires": [1]},
        {"service_weight_range": [0.3]},
        {"service_weight_range": [0.7, 0.3]},
        {"critical_cap": "none"},
        {"seed": None},
    ],
)
def test_a_policy_that_no_report_could_be_computed_by_is_refused(database: db.Database, policy: dict[str, Any]) -> None:
    with setting() as make, pytest.raises(UserError):
        organisation.change(make.session, policy=policy)
    with setting() as make:
        good = {"critical_cap": 60, "service_floor": 90, "survey_questionnaires": ["a", "b"], "agent_shops": True}
        organisation.change(make.session, policy=good)
        assert make.session.get_one(Organisation, 1).policy == good
