"""How cases end: confirmed once, reopened above, checked by somebody else; consent taken back, details erased."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from survey_app import clock, db
from survey_app.commands import promises, responses, retention
from survey_app.commands.cases import clocks, ending, moving, working
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.models import Case, CaseEvent, Letter, Promise, Response, ScoreRemoval
from tests.commands.acting import SURVEY, branch_facts, differences
from tests.commands.cases.world import PHONE, SINCE, World, at, case, did, events, just_after
from tests.commands.together import together
from tests.support.clocks import FrozenClock
from tests.support.factories import setting


@pytest.fixture
def world(any_database: db.Database, frozen_clock: FrozenClock) -> World:
    """A bank on both engines, on a Tuesday morning at nine."""
    frozen_clock.move_to(at("2026-11-17"))
    return World.made()


@pytest.fixture
def small(database: db.Database, frozen_clock: FrozenClock) -> World:
    """The same on SQLite alone, for what no engine has a part in."""
    frozen_clock.move_to(at("2026-11-17"))
    return World.made()


def from_answer(world: World, **more: object) -> tuple[int, str]:
    """A case that came from a customer's answer about Dana; gives both numbers."""
    with setting() as make:
        version = make.questionnaire(SURVEY)
        make.campaign(SURVEY, opens=SINCE)
        (response,) = make.responses(
            version=version, branch=world.branch, agent=world.dana, visited_on=date(2026, 11, 16), state="counted",
            answers=[{"pv1": 1}], context={},
        )  # fmt: skip
    return world.opened(f"response:{response}", source="survey", response_id=response, **more), response


# ---- confirmed and reopened ------------------------------------------------------------------------------------------


def test_a_button_that_is_pressed_twice_or_at_once_confirms_once(world: World, frozen_clock: FrozenClock) -> None:
    one = world.opened()
    world.finished(one)
    came = together([lambda: did(ending.confirm, one)] * 3)
    assert not [what for what in came if isinstance(what, Exception)]
    first = case(one).confirmed_at
    frozen_clock.move_to(at("2026-11-18"))
    did(ending.confirm, one)
    assert (case(one).state, case(one).confirmed_at) == ("confirmed", first)
    assert events(one).count("confirmed") == 1
    did(ending.close, one, "confirmed")
    did(ending.confirm, one)
    assert (case(one).state, case(one).closed_how) == ("closed", "confirmed")


def test_a_case_reopens_on_the_branch_then_on_the_region_with_a_new_time(
    world: World, frozen_clock: FrozenClock
) -> None:
    one = world.opened()
    world.finished(one)
    frozen_clock.move_to(at("2026-12-06"))
    did(ending.reopen, one, "עוד לא הוחזר הכסף")
    # A second press of the same button.
    did(ending.reopen, one, "עוד לא הוחזר הכסף")
    found = case(one)
    assert (found.state, found.level, found.owner_id, found.reopened) == ("new", "branch", world.id("branch"), 1)
    assert found.due_at == at("2026-12-13", "09:30")
    assert found.escalates_at == at("2026-12-07", "09:30")
    assert (found.done_at, found.overdue_since) == (None, None)
    assert found.contacted_at is not None
    world.finished(one, "branch")
    did(ending.confirm, one)
    did(ending.reopen, one, "שוב", world.id("branch"))
    assert (case(one).level, case(one).owner_id, case(one).reopened) == ("region", world.id("region"), 2)
    with pytest.raises(Conflict):
        did(ending.reopen, one, "שוב", world.id("branch"))


def test_a_case_that_rose_and_was_given_back_down_reopens_above(small: World, frozen_clock: FrozenClock) -> None:
    one = small.opened()
    just_after(frozen_clock, case(one).escalates_at)
    clocks.tick()
    did(moving.assign, one, small.id("dana"), small.id("branch"))
    small.finished(one)
    did(ending.reopen, one, "")
    assert (case(one).owner_id, case(one).level) == (small.id("branch"), "branch")


def test_reopening_by_staff_needs_words_and_a_merged_case_stays_merged(small: World) -> None:
    one, two = small.opened(), small.opened("two")
    small.finished(one)
    with pytest.raises(UserError):
        did(ending.reopen, one, " ", small.id("branch"))
    did(ending.reopen, one, "טעות", small.id("branch"))
    did(moving.merge, two, one, small.id("branch"))
    with pytest.raises(Conflict):
        did(ending.reopen, two, "טעות", small.id("branch"))
    with pytest.raises(Conflict):
        did(ending.confirm, two)


# ---- checks ----------------------------------------------------------------------------------------------------------


def test_work_is_checked_by_somebody_who_did_not_do_it(small: World) -> None:
    one = small.opened()
    with pytest.raises(Conflict):
        did(ending.check, one, small.users["branch"], "good", "")
    small.finished(one)
    with pytest.raises(Forbidden):
        did(ending.check, one, small.users["dana"], "good", "")
    for verdict, note in (("splendid", ""), ("again", " ")):
        with pytest.raises(UserError):
            did(ending.check, one, small.users["branch"], verdict, note)
    did(ending.check, one, small.users["branch"], "good", "")
    assert (case(one).checked, case(one).checked_by_id) == ("good", small.id("branch"))
    assert case(one).state == "done"


def test_a_check_that_finds_too_little_opens_what_the_customer_did_not_confirm(small: World) -> None:
    one, two = small.opened(), small.opened("two", phone="+972500000009")
    small.finished(one)
    small.confirmed(two)
    for number in (one, two):
        did(ending.check, number, small.users["region"], "again", "אין החזר")
    assert (case(one).state, case(one).checked, case(one).level) == ("new", "again", "branch")
    assert (case(two).state, case(two).checked) == ("confirmed", "again")
    # The customer, who was told that it is done, is told of it.
    with db.reading() as session:
        told = session.scalars(select(Letter.kind).where(Letter.case_id == one).order_by(Letter.id)).all()
    assert told == ["case_solved", "case_reopened"]
    # Whoever finished it last does not check it, whoever owns it by then.
    small.finished(one, "branch")
    with pytest.raises(Forbidden):
        did(ending.check, one, small.users["branch"], "good", "")


# ---- consent and erasure ---------------------------------------------------------------------------------------------


def test_a_customer_who_takes_the_consent_back_is_let_go_at_once(world: World) -> None:
    one = world.opened()
    world.reached(one)
    did(ending.withdraw_consent, one)
    did(ending.withdraw_consent, one)
    found = case(one)
    assert (found.state, found.closed_how, found.phone, found.name, found.customer_key) == (
        "closed", "withdrawn", "", "", ""
    )  # fmt: skip
    assert events(one).count("withdrawn") == 1
    with db.reading() as session:
        assert not session.scalars(select(Letter.id).where(Letter.case_id == one, Letter.address != "")).all()
    with pytest.raises(Conflict):
        did(ending.reopen, one, "בכל זאת", world.id("branch"))
    with pytest.raises(Conflict):
        did(ending.confirm, one)


def test_what_is_left_in_the_log_of_a_withdrawn_case_is_erased_on_request(small: World) -> None:
    one = small.opened(words="")
    small.reached(one)
    did(ending.withdraw_consent, one)
    did(ending.erase_contact, one, small.id("service"))
    with db.reading() as session:
        assert set(session.scalars(select(CaseEvent.words).where(CaseEvent.case_id == one))) == {""}
    assert case(one).closed_how == "withdrawn"


def test_a_confirmed_case_stays_so_when_the_consent_is_taken_back(small: World) -> None:
    one = small.opened()
    small.confirmed(one)
    did(ending.withdraw_consent, one)
    assert (case(one).state, case(one).closed_how) == ("closed", "confirmed")


def test_what_was_said_of_misconduct_is_looked_into_without_the_customer(small: World) -> None:
    one = small.opened(subject="misconduct")
    did(ending.withdraw_consent, one)
    assert case(one).state == "new"
    with pytest.raises(Conflict):
        small.reached(one, "branch")
    small.done(one, "branch")
    assert (case(one).state, case(one).closed_how) == ("closed", "withdrawn")


def test_a_deletion_request_on_an_open_case_takes_the_customer_and_leaves_the_numbers(world: World) -> None:
    one, response = from_answer(world)
    world.reached(one)
    did(working.give_account, one, world.users["dana"], "הלקוחה כעסה")
    about = {"branch_id": world.branch.id, "case_id": one, "by_id": world.id("dana")}
    days = {"made_on": clock.today(), "due_on": date(2026, 11, 20)}
    promise = did(promises.record, id=promises.new_id(), words="להחזיר לרות", **about, **days).id
    revision = case(one).revision
    did(responses.erase, response)
    found = case(one)
    assert (found.state, found.closed_how, found.response_id) == ("closed", "erased", None)
    assert (found.name, found.phone, found.customer_key, found.words) == ("", "", "", "")
    assert (found.branch_id, found.agent_id, found.contacted_at is not None) == (world.branch.id, world.dana.id, True)
    assert found.revision > revision
    with db.reading() as session:
        assert set(session.scalars(select(CaseEvent.words).where(CaseEvent.case_id == one))) == {""}
        # The promise stays as a clock, without what was promised to whom.
        assert (session.get_one(Promise, promise).words, session.get_one(Promise, promise).state) == ("", "open")
    assert (found.account, found.solution) == ("", "")
    assert differences() == []
    # Nothing more comes of it: not by the clock, not by the form that was open on somebody's screen.
    assert clocks.tick() == {}
    with pytest.raises(Conflict):
        world.reached(one)
    with pytest.raises(Conflict):
        world.done(one, revision=revision)


def test_erasing_an_answer_leaves_a_case_whose_contact_came_otherwise(small: World) -> None:
    with setting() as make:
        version = make.questionnaire(SURVEY)
        make.campaign(SURVEY, opens=SINCE)
        said = {"branch": small.branch, "visited_on": date(2026, 11, 16), "state": "counted", "context": {}}
        (response,) = make.responses(version=version, answers=[{"pv1": 1}], **said)  # type: ignore[arg-type]
    one = small.opened(response_id=response)
    did(responses.erase, response)
    assert (case(one).state, case(one).response_id, case(one).words, case(one).phone) == ("new", None, "", PHONE)


def test_details_are_erased_once_and_of_a_closed_case_its_end_stays(small: World) -> None:
    one, two = small.opened(), small.opened("two", phone="+972500000009")
    small.confirmed(two)
    did(ending.close, two, "confirmed")
    for number in (one, two):
        did(ending.erase_contact, number, small.id("service"))
    assert case(two).lesson == "לבדוק מראש"
    assert case(one).closed_how == "erased"
    assert (case(two).closed_how, case(two).phone, case(two).words) == ("confirmed", "", "")
    count = len(events(one))
    did(ending.erase_contact, one, small.id("service"))
    assert len(events(one)) == count


def test_erasing_and_deciding_at_once_wait_for_each_other_in_one_order(world: World) -> None:
    one, response = from_answer(world)
    did(working.claim_not_me, one, world.users["dana"], "לא אני")
    came = together([
        lambda: did(responses.erase, response),
        lambda: did(working.decide_not_me, one, world.users["branch"], world.eran.id, True),
    ])  # fmt: skip
    assert all(what is None or isinstance(what, Case | Conflict | NotFound) for what in came), came
    assert (case(one).state, case(one).response_id) == ("closed", None)
    assert differences() == []


# ---- abusive customers -----------------------------------------------------------------------------------------------


def test_an_abusive_customer_s_score_is_taken_out_by_two_people(world: World) -> None:
    one, response = from_answer(world)
    users = world.users
    with pytest.raises(Conflict):
        did(ending.ask_removal, one, users["branch"], "איומים")
    world.finished(one, outcome="abusive")
    with pytest.raises(UserError):
        did(ending.ask_removal, one, users["branch"], " ")
    did(ending.ask_removal, one, users["service"], "איומים על הצוות")
    did(ending.ask_removal, one, users["service"], "שוב")
    for nobody, error in (("service", Forbidden), ("dana", Forbidden), ("region", Forbidden)):
        with pytest.raises(error):
            did(ending.decide_removal, one, users[nobody], True, "מאושר")
    with pytest.raises(UserError):
        did(ending.decide_removal, one, users["ombudsman"], True, "")
    assert counted() == 1
    did(ending.decide_removal, one, users["ombudsman"], True, "התיעוד ברור")
    did(ending.decide_removal, one, users["ombudsman"], True, "התיעוד ברור")
    with db.reading() as session:
        assert (session.get_one(Response, response).state, session.get_one(Response, response).reason) == (
            "excluded", "איומים על הצוות"
        )  # fmt: skip
    assert counted() == 0
    assert differences() == []
    with pytest.raises(Conflict):
        did(ending.ask_removal, one, users["branch"], "שוב")
    with pytest.raises(Conflict):
        did(ending.decide_removal, one, users["ombudsman"], False, "לא")


def counted() -> int:
    with db.reading() as session:
        return sum(sums[0] for sums in branch_facts(session, "csat").values())


def test_a_refused_removal_leaves_the_score_and_may_be_asked_again(small: World) -> None:
    one, _response = from_answer(small)
    users = small.users
    with pytest.raises(Conflict):
        did(ending.decide_removal, one, users["ombudsman"], True, "א")
    small.finished(one, outcome="abusive")
    did(ending.ask_removal, one, users["branch"], "צעקות")
    did(ending.decide_removal, one, users["service"], False, "כעס אינו התעללות")
    assert counted() == 1
    did(ending.ask_removal, one, users["branch"], "איומים")
    with db.reading() as session:
        assert session.get_one(ScoreRemoval, one).state == "asked"


def test_a_score_that_is_gone_meanwhile_is_not_taken_out(small: World) -> None:
    one, response = from_answer(small)
    small.finished(one, outcome="abusive")
    did(ending.ask_removal, one, small.users["branch"], "איומים")
    did(responses.exclude, response, "כפילות")
    with pytest.raises(Conflict):
        did(ending.decide_removal, one, small.users["ombudsman"], True, "מאושר")
    did(ending.decide_removal, one, small.users["ombudsman"], False, "כבר הוצא")
    assert differences() == []


# ---- keeping ---------------------------------------------------------------------------------------------------------


def test_contact_of_closed_cases_goes_after_its_days_then_words_and_open_ones_stay(
    world: World, frozen_clock: FrozenClock
) -> None:
    closed, still, merged = world.opened(), world.opened("two"), world.opened("three")
    did(moving.merge, merged, still, world.id("branch"))
    world.confirmed(closed)
    did(ending.close, closed, "confirmed")
    token = case(closed).token
    frozen_clock.move_to(clock.now() + timedelta(days=364))
    assert retention.clear()["case_contacts"] == 0
    frozen_clock.move_to(clock.now() + timedelta(days=2))
    assert retention.count()["case_contacts"] == 2
    assert retention.clear()["case_contacts"] == 2
    assert retention.clear()["case_contacts"] == 0
    assert (case(closed).phone, case(closed).customer_key, case(merged).phone) == ("", "", "")
    assert case(closed).token != token
    assert (case(closed).lesson, case(still).phone) == ("לבדוק מראש", PHONE)
    frozen_clock.move_to(clock.now() + timedelta(days=730))
    assert retention.clear()["case_words"] == 2
    assert retention.clear()["case_words"] == 0
    assert (case(closed).lesson, case(closed).root_cause, case(still).words) == ("", "process", "חיכיתי שעה")
    with db.reading() as session:
        worded = select(func.count()).where(CaseEvent.case_id == closed, CaseEvent.words != "")
        assert session.scalar(worded) == 0


def test_a_case_that_was_overdue_and_done_late_stays_so(small: World, frozen_clock: FrozenClock) -> None:
    one = small.opened()
    just_after(frozen_clock, case(one).due_at)
    clocks.tick()
    small.finished(one, "branch")
    assert case(one).overdue_since == case(one).due_at
