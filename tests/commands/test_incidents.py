"""Incidents: proposed once, described, sent by name, followed, closed; people stay once and let go of in time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import incident_people as people
from survey_app.commands import incident_work, incidents, retention
from survey_app.commands.cases import ending, working
from survey_app.commands.imports import HANDLERS
from survey_app.commands.imports.engine import run_import
from survey_app.commands.imports.handler import Options
from survey_app.commands.incidents import About
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import Case, Customer, Incident, IncidentPerson, Interaction, Letter
from survey_app.queries import incidents as queries
from survey_app.transaction import transaction
from tests.commands.cases.world import World, at
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

WORDS = {"he": "טעינו, ואנחנו מצטערים.", "en": "We made a mistake and are sorry."}


@pytest.fixture
def world(any_database: db.Database, frozen_clock: FrozenClock) -> World:
    return World.made()


def did(act: Any, *arguments: Any, **more: Any) -> Any:
    with transaction(Actor.system("test"), "incident.test") as session:
        return act(session, *arguments, **more)


def about(world: World, **more: Any) -> About:
    said = {"title": "כרטיסים שנבלעו", "subject": "digital", "began_at": clock.now() - timedelta(days=1)}
    return About(**{**said, "words": WORDS, "apology_by_id": world.id("service"), **more})


def opened(world: World, **more: Any) -> int:
    made: Incident = did(incidents.open_by_hand, world.users["service"], incidents.new_key(), about(world, **more))
    return made.id


def stored(incident_id: int) -> Incident:
    with db.reading() as session:
        return session.get_one(Incident, incident_id)


def everybody(incident_id: int) -> list[IncidentPerson]:
    with db.reading() as session:
        return list(
            session.scalars(
                select(IncidentPerson).where(IncidentPerson.incident_id == incident_id).order_by(IncidentPerson.id)
            )
        )


def letters() -> list[Letter]:
    with db.reading() as session:
        return list(session.scalars(select(Letter).where(Letter.kind == "incident").order_by(Letter.id)))


def settle(state: str) -> None:
    with transaction(Actor.respondent(), "test") as session:
        for one in session.scalars(select(Letter).where(Letter.kind == "incident", Letter.state == "ready")):
            one.state, one.sent_at = state, clock.now()


def customer(ref: str, phone: str = "", email: str = "") -> int:
    with setting() as make:
        row = Customer(ref=ref, name="דן", phone=phone, email=email, language="en", updated_at=clock.now())
        make.session.add(row)
        make.session.flush()
        return row.id


def test_similar_cases_are_proposed_once_and_never_again(world: World, frozen_clock: FrozenClock) -> None:
    cases = [world.opened(f"one{number}", subject="digital", phone=f"+97250000000{number}") for number in range(4)]
    world.opened("other", subject="fees", words="עמלה")
    assert incident_work.propose() == 1
    assert incident_work.propose() == 0, "the same cases are proposed once"
    with db.reading() as session:
        proposal = session.scalars(select(Incident)).one()
        joined = session.scalars(select(Case.id).where(Case.incident_id == proposal.id).order_by(Case.id)).all()
    assert (proposal.state, proposal.subject, proposal.branch_id) == ("proposed", "digital", world.branch.id)
    assert list(joined) == cases
    did(incidents.dismiss, proposal.id, world.users["service"])
    assert incident_work.propose() == 0, "what was none stays none"
    frozen_clock.move_to(clock.now() + timedelta(hours=2))
    for number in range(3):
        world.opened(f"later{number}", subject="digital", phone=f"+97250000001{number}")
    assert incident_work.propose() == 0, "cases before the decision count no more"
    world.opened("later3", subject="digital", phone="+972500000013")
    assert incident_work.propose() == 1


def test_words_alone_make_cases_alike_and_sensitive_ones_are_left_out(world: World) -> None:
    for number, subject in enumerate(("service", "mistake", "fees", "information")):
        world.opened(f"card{number}", subject=subject, words="הכרטיס נבלע במכשיר", phone=f"+97250000002{number}")
    for number in range(5):
        world.opened(f"bad{number}", subject="misconduct", words="הכרטיס", phone=f"+97250000003{number}")
    assert incident_work.propose() == 1
    with db.reading() as session:
        proposal = session.scalars(select(Incident)).one()
        assert proposal.key.startswith("theme:")
        assert session.scalar(select(func.count()).select_from(Case).where(Case.incident_id == proposal.id)) == 4


def test_an_accepted_proposal_has_its_customers_each_once(world: World) -> None:
    known = customer("C-1", phone="+972500000041")
    world.opened("a", subject="digital", customer_id=known, phone="+972500000041")
    world.opened("b", subject="digital", customer_id=known, phone="+972500000041")
    world.opened("c", subject="digital", phone="", email="")
    silent = world.opened("d", subject="digital", phone="+972500000042")
    did(ending.withdraw_consent, silent)
    with db.reading() as session:
        numbers = list(session.scalars(select(Case.id)))
    made = opened(world)
    assert did(incidents.join, made, numbers, world.users["service"]) == 4
    assert did(incidents.join, made, numbers, world.users["service"]) == 0, "joined twice is joined once"
    found = everybody(made)
    assert [(one.person.split(":")[0], one.state) for one in found] == [
        ("customer", "waiting"), ("case", "no_contact"), ("case", "no_contact"),
    ]  # fmt: skip
    with pytest.raises(UserError, match="999"):
        did(incidents.join, made, [999], world.users["service"])
    with pytest.raises(UserError, match=str(numbers[0])):
        did(incidents.join, opened(world, title="אחר"), numbers[:1], world.users["service"])


def test_sent_is_not_reached(world: World, frozen_clock: FrozenClock) -> None:
    made = opened(world)
    first = world.opened("a", subject="digital", phone="+972500000051", email="a@example.com")
    did(incidents.join, made, [first], world.users["service"])
    incident_work.deliver()
    assert letters() == [], "nothing leaves before somebody says so"
    did(incidents.send, made, stored(made).revision)
    did(incidents.send, made, 0)
    for _minute in range(2):
        incident_work.deliver()
    (letter,) = letters()
    assert (letter.channel, letter.address, letter.incident_id) == ("sms", "+972500000051", made)
    assert letter.values["text"] == WORDS["he"]
    assert everybody(made)[0].state == "waiting"
    settle("failed")
    incident_work.deliver()
    assert [one.channel for one in letters()] == ["sms", "email"], "what failed is tried the other way"
    settle("sent")
    incident_work.deliver()
    assert (everybody(made)[0].state, everybody(made)[0].reached_at) == ("sent", None)
    frozen_clock.move_to(clock.now() + timedelta(hours=1))
    did(working.contact, first, world.id("dana"), channel="phone", reached=True, words="דיברנו")
    incident_work.deliver()
    assert (everybody(made)[0].state, everybody(made)[0].how) == ("reached", "phone")


def test_both_ways_failed_is_unreachable_until_a_person_reaches_them(world: World) -> None:
    made = opened(world)
    did(incidents.join, made, [world.opened("a", subject="digital", phone="+972500000061")], world.users["service"])
    did(incidents.send, made, stored(made).revision)
    incident_work.deliver()
    settle("failed")
    incident_work.deliver()
    (person,) = everybody(made)
    assert person.state == "unreachable"
    did(people.mark, person.id, "reached", "branch", world.users["service"])
    did(people.mark, person.id, "unreachable", "", world.users["service"])
    assert everybody(made)[0].state == "reached", "who was reached was reached"
    with pytest.raises(NotFound):
        did(people.mark, person.id, "reached", "phone", world.users["service"], made + 1)
    with pytest.raises(UserError):
        did(people.mark, person.id, "reached", "pigeon", world.users["service"])


def test_what_is_missing_is_said_before_anything_leaves(world: World) -> None:
    wordless = opened(world, words={})
    with pytest.raises(UserError) as refused:
        did(incidents.send, wordless, 1)
    assert refused.value.places[0][0] == "words_he"
    with pytest.raises(UserError) as refused:
        did(incidents.send, opened(world, apology_by_id=None), 1)
    assert refused.value.places[0][0] == "apology_by"
    bad = about(world, title=" ", subject="x", began_at=clock.now() + timedelta(days=1), ended_at=clock.now(),
                words={"he": "שלום {name}", "en": "see https://example.com", "ru": "я" * 700},
                apology_by_id=world.id("dana"))  # fmt: skip
    with pytest.raises(UserError) as refused:
        did(incidents.open_by_hand, world.users["service"], incidents.new_key(), bad)
    assert {name for name, _why in refused.value.places} == {
        "title", "subject", "began_on", "ended_on", "words_he", "words_en", "words_ru", "apology_by",
    }  # fmt: skip


def test_words_stay_once_messages_leave_and_older_pages_are_told(world: World) -> None:
    made = opened(world)
    did(incidents.change, made, about(world, title="אחר"), 1)
    with pytest.raises(Conflict):
        did(incidents.change, made, about(world), 1)
    with pytest.raises(Conflict):
        did(incidents.send, made, 1)
    did(incidents.send, made, 2)
    with pytest.raises(Conflict):
        did(incidents.change, made, about(world, words={"he": "אחרת"}), 3)
    began = stored(made).began_at
    did(incidents.change, made, about(world, title="שוב", began_at=began), 3)
    assert stored(made).title == "שוב"


def test_the_same_form_twice_is_one_incident_and_its_end_needs_a_lesson(world: World) -> None:
    key = incidents.new_key()
    twice = {did(incidents.open_by_hand, world.users["service"], key, about(world)).id for _time in range(2)}
    assert len(twice) == 1
    (made,) = twice
    with pytest.raises(UserError):
        did(incidents.close, made, "  ")
    did(incidents.close, made, "נבדוק לפני כל עדכון")
    did(incidents.close, made, "אחר")
    assert (stored(made).state, stored(made).lesson) == ("closed", "נבדוק לפני כל עדכון")
    with pytest.raises(Conflict):
        did(incidents.join, made, [1], world.users["service"])
    with pytest.raises(Conflict):
        did(incidents.send, made, stored(made).revision)
    with pytest.raises(NotFound):
        did(incidents.close, made + 1, "x")


def test_a_list_is_taken_in_row_by_row_and_twice_is_once(world: World, tmp_path: Path) -> None:
    made = opened(world)
    known = customer("C-7", phone="+972500000077")
    path = tmp_path / "affected.csv"
    path.write_text(
        "customer,name,phone,email,language,branch,reached\n"
        "C-7,,,,,101,\n"
        ",רות,050-000-0078,,ru,,no\n"
        ",,,x@example.com,en,,yes\n"
        "C-404,,,,,,\n"
        ",,123,,,,\n"
        ",,,,,,\n",
        encoding="utf-8",
    )
    options = Options(incident=made)
    summary = run_import(HANDLERS["affected"], path, actor=Actor.system("test"), options=options)
    assert summary.counts["added"] == 3
    assert [one.row for one in summary.refused] == [5, 6], "an empty line is no row"
    assert [(one.person, one.language, one.state) for one in everybody(made)] == [
        (f"customer:{known}", "en", "waiting"), ("+972500000078", "ru", "waiting"), ("x@example.com", "en", "reached"),
    ]  # fmt: skip
    again = run_import(HANDLERS["affected"], path, actor=Actor.system("test"), options=options)
    assert again.counts["unchanged"] == 3
    did(incidents.close, made, "לקח")
    closed = run_import(HANDLERS["affected"], path, actor=Actor.system("test"), options=options)
    assert not closed.taken, "a closed incident takes nobody"


def test_everybody_who_came_is_gathered_in_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "BATCH", 2)
    made = opened(world)
    with setting() as make:
        for number in range(5):
            row = Customer(ref=f"V-{number}", phone=f"+97250000009{number}", updated_at=clock.now())
            make.session.add(row)
            make.session.flush()
            visit = at("2026-11-15", f"1{number}:00")
            make.session.add(
                Interaction(
                    key=f"v{number}", customer_id=row.id, branch_id=world.branch.id, at=visit, received_at=visit
                )
            )
    after, day = -1, at("2026-11-15").date()
    rounds = 0
    while after:
        with transaction(Actor.system("test"), "incident.gather") as session:
            incident = incidents.needed_open(session, made)
            after = people.add_visitors(session, incident, world.branch.id, day, day, after=max(after, 0))
        rounds += 1
    assert (len(everybody(made)), rounds) == (5, 3)
    with pytest.raises(UserError):
        did(lambda session: people.add_visitors(session, incident, 1, day, day - timedelta(days=1)))


def test_contact_of_a_closed_incident_goes_in_time(world: World, frozen_clock: FrozenClock) -> None:
    made = opened(world)
    did(incidents.join, made, [world.opened("a", subject="digital", phone="+972500000066")], world.users["service"])
    did(incidents.close, made, "לקח")
    retention.clear()
    assert everybody(made)[0].phone
    frozen_clock.move_to(clock.now() + timedelta(days=400))
    retention.clear()
    (gone,) = everybody(made)
    assert (gone.phone, gone.name, gone.case_id, gone.person) == ("", "", None, f"gone:{gone.id}")
    with db.reading() as session:
        assert queries.overview(session, stored(made)).total == 1, "the count stays"
