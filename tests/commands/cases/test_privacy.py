"""What of a customer, and of whom a case names, must not be told or kept anywhere: beside the case itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from survey_app import clock, db
from survey_app.commands import customer_case as customer
from survey_app.commands import incident_people, incident_work, incidents, promises, recovery_survey
from survey_app.commands.cases import ending, moving, working
from survey_app.errors import NotFound, UserError
from survey_app.models import Case, IncidentPerson, Invitation, Letter, LowSignal, Message, Promise, User
from survey_app.queries import branch_cases, cases, hindrances, my_work
from survey_app.queries import promises as promise_queries
from tests.commands.cases.customers import surveyed
from tests.commands.cases.world import World, at, case, did, events
from tests.commands.together import together
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

OTHER = "+972509876543"


@pytest.fixture
def world(any_database: db.Database, frozen_clock: FrozenClock) -> World:
    """A bank on both engines, on a Tuesday morning at nine."""
    frozen_clock.move_to(at("2026-11-17"))
    return World.made()


@pytest.fixture
def small(database: db.Database, frozen_clock: FrozenClock) -> World:
    """The same on SQLite alone."""
    frozen_clock.move_to(at("2026-11-17"))
    return World.made()


def affected(world: World, *case_ids: int) -> int:
    """An open incident of some cases whose messages leave; gives its number."""
    about = incidents.About(
        title="תקלה",
        subject="mistake",
        began_at=clock.now(),
        words={"he": "מצטערים"},
        apology_by_id=world.id("service"),
    )
    made = did(incidents.open_by_hand, world.users["service"], incidents.new_key(), about)
    did(incidents.join, made.id, list(case_ids), world.users["service"])
    with db.reading() as session:
        revision = session.get_one(type(made), made.id).revision
    did(incidents.send, made.id, revision)
    return int(made.id)


def people() -> list[IncidentPerson]:
    with db.reading() as session:
        return list(session.scalars(select(IncidentPerson).order_by(IncidentPerson.id)))


def waiting_to_customers() -> list[str]:
    with db.reading() as session:
        letters = select(Letter.address).where(Letter.user_id.is_(None), Letter.state == "ready", Letter.address != "")
        return list(session.scalars(letters))


# ---- one customer's case is no other's -------------------------------------------------------------------------------


def test_cases_of_different_customers_are_not_merged(small: World) -> None:
    by = small.id("branch")
    one, two, unknown = small.opened(), small.opened("two", phone=OTHER), small.opened("three", phone="")
    with pytest.raises(UserError):
        did(moving.merge, two, one, by)
    did(moving.merge, one, unknown, by)
    # Nothing is known of the case that stays, but of one that is part of it.
    with pytest.raises(UserError):
        did(moving.merge, two, unknown, by)
    assert case(two).state == "new"


def test_whoever_takes_the_consent_back_on_the_page_of_a_merged_case_is_let_go_of_in_both(world: World) -> None:
    first, second = world.opened(), world.opened("two")
    did(moving.merge, first, second, world.id("branch"))
    came = together([lambda: did(customer.withdraw, case(first).token), lambda: did(ending.withdraw_consent, second)])
    assert not [what for what in came if isinstance(what, Exception)]
    for number in (first, second):
        found = case(number)
        assert (found.name, found.phone, found.customer_key) == ("", "", "")
        assert found.consent_withdrawn_at is not None
        assert events(number).count("withdrawn") == 1
    assert (case(first).state, case(second).closed_how) == ("merged", "withdrawn")


def test_deleting_a_customer_s_details_reaches_the_cases_that_became_part(small: World) -> None:
    first, second = small.opened(), small.opened("two")
    did(moving.merge, first, second, small.id("branch"))
    did(ending.erase_contact, second, small.id("branch"))
    assert [(case(one).name, case(one).phone, case(one).words) for one in (first, second)] == [("", "", "")] * 2
    assert case(first).state == "merged"


# ---- lists of incidents ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [ending.withdraw_consent, ending.erase_contact])
def test_the_list_of_an_incident_lets_go_of_whom_a_case_brought_to_it(world: World, way: Any) -> None:
    one = world.opened()
    affected(world, one)
    assert [(who.phone, who.case_id) for who in people()] == [("+972501234567", one)]
    did(way, one, *([world.id("branch")] if way is ending.erase_contact else []))
    (gone,) = people()
    assert (gone.name, gone.phone, gone.email, gone.customer_id, gone.case_id) == ("", "", "", None, None)
    assert "+972" not in gone.person
    incident_work.deliver()
    assert waiting_to_customers() == []


def test_messages_of_an_incident_and_a_consent_taken_back_at_once_do_not_wait_for_each_other(world: World) -> None:
    cases = [world.opened(str(number), phone=f"+97250123456{number}") for number in range(4)]
    affected(world, *cases)
    acts = [lambda one=one: did(ending.withdraw_consent, one) for one in reversed(cases)]
    came = together([*acts, incident_work.deliver, incident_work.deliver])
    assert not [what for what in came if isinstance(what, Exception)]
    incident_work.deliver()
    assert {who.state for who in people()} <= {incident_people.NO_CONTACT, incident_people.SENT}
    assert waiting_to_customers() == []


# ---- whom a sensitive case names -------------------------------------------------------------------------------------


def test_what_becomes_part_of_a_sensitive_case_is_hidden_from_whom_that_names(small: World) -> None:
    plain, sensitive = small.opened(), small.opened("two", subject="misconduct")
    did(moving.merge, plain, sensitive, small.id("branch"))
    assert (case(plain).state, case(plain).subject) == ("merged", "misconduct")


@pytest.mark.parametrize("finished", [False, True])
def test_what_a_customer_adds_goes_past_whom_it_accuses(small: World, finished: bool) -> None:
    one = small.opened()
    assert case(one).owner_id == small.id("dana")
    if finished:
        small.finished(one)
    did(customer.not_solved, case(one).token, "היא שיקרה לי וגנבה ממני כסף")
    assert (case(one).subject, case(one).owner_id) == ("misconduct", small.id("branch"))
    with db.reading() as session, pytest.raises(NotFound):
        cases.of(session, one, session.get_one(User, small.id("dana")))
    with db.reading() as session:
        alerted = select(Letter.user_id).where(Letter.kind == "case_alert")
        assert small.id("dana") not in session.scalars(alerted).all()


def promised(world: World, case_id: int, **more: Any) -> Promise:
    about = {"id": promises.new_id(), "words": "נחזיר את הכסף", "due_on": clock.today() + timedelta(days=1)}
    about |= {"branch_id": world.branch.id, "agent_id": world.dana.id, "case_id": case_id, "made_on": clock.today()}
    made: Promise = did(promises.record, **{**about, "by_id": world.id("branch"), **more})
    return made


def of_dana(world: World) -> tuple[int, int, list[str]]:
    """How many promises her own page counts and her list has, and which letters about promises she gets."""
    with db.reading() as session:
        dana = session.get_one(User, world.id("dana"))
        kinds = select(Letter.kind).where(Letter.user_id == dana.id, Letter.kind.startswith("promise"))
        listed = promise_queries.listed(session, dana, "mine").total
        return my_work.promises(session, dana).open.total, listed, list(session.scalars(kinds))


def test_a_promise_on_a_case_is_kept_from_whom_the_case_is_kept_from(small: World) -> None:
    made = promised(small, small.opened(subject="misconduct"))
    assert (made.agent_id, made.owner_id) == (0, small.id("branch"))
    with pytest.raises(UserError):
        promised(small, small.opened("two", subject="pressure"), owner_id=small.id("dana"))
    with pytest.raises(UserError):
        did(promises.hand, small.users["branch"], made, small.id("dana"), made.revision)
    promises.tick()
    assert of_dana(small) == (0, 0, [])


@pytest.mark.parametrize("becomes", ["subject", "merged"])
def test_promises_leave_whom_the_case_is_kept_from_by_now(small: World, becomes: str) -> None:
    one, two = small.opened(), small.opened("two", subject="misconduct")
    made = promised(small, one)
    assert (made.owner_id, of_dana(small)) == (small.id("dana"), (1, 1, ["promise_given"]))
    if becomes == "subject":
        did(working.set_subject, one, small.id("branch"), "discrimination")
    else:
        did(moving.merge, one, two, small.id("branch"))
    promises.tick()
    assert of_dana(small) == (0, 0, ["promise_given"])
    with db.reading() as session:
        found = session.get_one(Promise, made.id)
        assert (found.agent_id, found.owner_id) == (0, small.id("branch"))


def test_the_survey_that_follows_a_case_says_nothing_of_whom_the_case_is_kept_from(
    any_database: db.Database, frozen_clock: FrozenClock
) -> None:
    world = surveyed(frozen_clock)
    plain, sensitive = world.opened(), world.opened("two", subject="misconduct", phone=OTHER)
    world.finished(plain)
    world.finished(sensitive, "branch")
    frozen_clock.move_to(at("2026-11-22"))
    recovery_survey.hourly()
    with db.reading() as session:
        asked = select(Case.id, Invitation.agent_id).join(Invitation, Invitation.id == Case.invitation_id)
        found = dict(session.execute(asked).all())
    assert found == {plain: world.dana.id, sensitive: 0}


def test_so_few_low_answers_are_not_counted_out_on_the_branch_s_day(small: World) -> None:
    said = []
    for number in (2, 3):
        with setting() as make:
            make.session.merge(LowSignal(branch_id=small.branch.id, month="2026-11", trigger="low_score", n=number))
        with db.reading() as session:
            (task,) = branch_cases.signals(session, session.get_one(User, small.id("branch"))).tasks
            said.append(task.title)
    assert ["1–2" in said[0], "3" in said[1], "–" in said[1]] == [True, True, False]


@pytest.mark.parametrize("way", [ending.withdraw_consent, ending.erase_contact])
def test_a_survey_that_waits_is_not_sent_to_whose_details_were_deleted(
    database: db.Database, frozen_clock: FrozenClock, way: Any
) -> None:
    world = surveyed(frozen_clock)
    one = world.opened()
    world.finished(one)
    frozen_clock.move_to(at("2026-11-22"))
    recovery_survey.hourly()
    did(way, one, *([world.id("branch")] if way is ending.erase_contact else []))
    with db.reading() as session:
        (waiting,) = session.scalars(select(Message))
        assert (waiting.address, hindrances.before_sending(session, waiting, clock.now())) == ("", "no_contact")
