"""The work on a case: what each act needs and refuses, what it changes, and what two people at once do to it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from survey_app import clock, db
from survey_app.commands.cases import ending, log, moving, working
from survey_app.commands.cases.opening import Opening
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.models import Case, CaseEvent, Entry
from tests.commands.acting import SURVEY, agent_facts, differences
from tests.commands.cases.world import PHONE, SINCE, World, at, case, did, events
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


def answered(world: World) -> str:
    """A customer's answer about Dana; gives its id."""
    with setting() as make:
        version = make.questionnaire(SURVEY)
        make.campaign(SURVEY, opens=SINCE)
        (response,) = make.responses(
            version=version, branch=world.branch, agent=world.dana, visited_on=date(2026, 11, 16), state="counted",
            answers=[{"pv1": 2}], context={},
        )  # fmt: skip
    return response


# ---- from the first call to the lesson -------------------------------------------------------------------------------


def test_a_case_goes_from_the_first_call_to_the_lesson(world: World) -> None:
    one, dana = world.opened(), world.id("dana")
    did(working.contact, one, dana, channel="phone", reached=False, words="אין מענה")
    assert (case(one).state, case(one).contacted_at) == ("new", None)
    world.reached(one, next_step="לבדוק את החיוב", next_on=date(2026, 11, 18))
    assert (case(one).state, case(one).contacted_at) == ("contacted", clock.now())
    did(working.agree, one, dana, solution="החזר העמלה", next_step="לזכות", next_on=date(2026, 11, 19))
    did(working.compensate, one, world.users["dana"], 5_000)
    world.done(one, cost=12_000)
    found = case(one)
    assert (found.state, found.done_at, found.escalates_at) == ("done", clock.now(), None)
    assert (found.solution, found.lesson, found.cost, found.compensation) == (
        "החזר העמלה", "לבדוק מראש", 12_000, 5_000
    )  # fmt: skip
    assert events(one) == ["opened", "contacted", "contacted", "agreed", "compensated", "done", "told"]


LACKING: list[tuple[dict[str, Any], str]] = [
    ({"lesson": "  "}, "lesson"),
    ({"lesson": "א" * 4_001}, "lesson"),
    ({"outcome": "perhaps"}, "outcome"),
    ({"root_cause": ""}, "root_cause"),
    ({"cost": -1}, "cost"),
    ({"cost": 10**10}, "cost"),
]


def test_work_is_not_done_without_what_was_found_and_learned(small: World) -> None:
    one = small.opened()
    small.reached(one)
    for more, place in LACKING:
        with pytest.raises(UserError) as refused:
            small.done(one, **more)
        assert [where for where, _ in refused.value.places] == [place]
    assert case(one).state == "contacted"


def test_acts_that_the_state_does_not_allow_are_refused_with_the_state_in_words(small: World) -> None:
    one, dana = small.opened(), small.id("dana")
    with pytest.raises(Conflict, match="״"):
        did(working.agree, one, dana, solution="א", next_step="", next_on=None)
    with pytest.raises(Conflict):
        small.done(one)
    small.finished(one)
    with pytest.raises(Conflict):
        small.reached(one)
    with pytest.raises(NotFound):
        did(working.add_note, 999, dana, "א")


@pytest.mark.parametrize("day", [date(2026, 11, 16), date(2028, 1, 1)])
def test_a_next_step_lies_ahead_and_within_a_year(small: World, day: date) -> None:
    one = small.opened()
    with pytest.raises(UserError) as refused:
        did(working.set_step, one, small.id("dana"), next_step="א", next_on=day)
    assert refused.value.places[0][0] == "next_on"


def test_a_form_that_showed_an_older_case_is_refused_and_the_newer_work_stays(world: World) -> None:
    one, dana = world.opened(), world.id("dana")
    seen = case(one).revision
    world.reached(one, revision=seen)
    with pytest.raises(Conflict):
        did(working.agree, one, dana, solution="ישן", next_step="", next_on=None, revision=seen)
    assert case(one).solution == ""


def test_of_two_clerks_at_once_one_is_first_and_the_other_is_told(world: World) -> None:
    one = world.opened()
    seen = case(one).revision

    def called(by: str) -> Any:
        return lambda: world.reached(one, by, revision=seen)

    came = together([called("dana"), called("branch")])
    assert [type(what) for what in came if what is not None] == [Conflict]
    assert events(one).count("contacted") == 1


def test_the_same_thing_opens_one_case_however_many_send_it(world: World) -> None:
    def send() -> int:
        return world.opened("complaint:77")

    found = together([send] * 4)
    assert len(set(found)) == 1
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1
        assert session.scalar(select(func.count()).select_from(CaseEvent)) == 1


def test_a_customer_s_next_case_within_ninety_days_repeats_the_first(world: World, frozen_clock: FrozenClock) -> None:
    first = world.opened()
    frozen_clock.move_to(at("2027-02-15"))
    second = world.opened("two")
    assert case(second).repeat_of_id == first
    assert "repeat" in events(second)
    frozen_clock.move_to(at("2027-05-17"))
    assert case(world.opened("three")).repeat_of_id is None
    assert case(world.opened("four", phone="", email="")).repeat_of_id is None


# ---- who cannot be reached -------------------------------------------------------------------------------------------


def test_a_case_without_contact_is_worked_without_one_and_closed_as_that(world: World) -> None:
    one = world.opened(phone="", email="")
    with pytest.raises(Conflict):
        world.reached(one)
    did(working.contact, one, world.id("dana"), channel="branch", reached=False, words="חיפשנו בסניף")
    world.done(one)
    assert (case(one).state, case(one).closed_how, case(one).lesson) == ("closed", "no_contact", "לבדוק מראש")
    assert case(one).done_at is not None


def test_before_a_case_is_closed_as_unreachable_the_customer_is_tried_on_three_days(
    world: World, frozen_clock: FrozenClock
) -> None:
    one, dana = world.opened(), world.id("dana")
    for day in (17, 18, 18, 19):
        frozen_clock.move_to(at(f"2026-11-{day}"))
        with pytest.raises(Conflict):
            did(ending.close, one, "no_contact", dana)
        did(working.contact, one, dana, channel="phone", reached=False, words="")
    did(ending.close, one, "no_contact", dana)
    assert case(one).closed_how == "no_contact"
    # Closed already: nothing changes, whoever asks.
    did(ending.close, one, "unconfirmed")
    assert case(one).closed_how == "no_contact"


def test_only_the_customer_can_confirm(small: World) -> None:
    one = small.opened()
    with pytest.raises(Conflict):
        did(ending.close, one, "confirmed", small.id("dana"))
    with pytest.raises(Conflict):
        did(ending.confirm, one)
    with pytest.raises(ValueError, match="no such end"):
        did(ending.close, one, "somehow")


# ---- money -----------------------------------------------------------------------------------------------------------


def test_each_role_gives_as_much_as_it_may_and_says_who_gives_more(small: World) -> None:
    one, users = small.opened(), small.users
    with pytest.raises(UserError, match=r"100.*הנהלת הסניף"):
        did(working.compensate, one, users["dana"], 40_000)
    with pytest.raises(UserError):
        did(working.compensate, one, users["dana"], -1)
    did(working.compensate, one, users["branch"], 40_000)
    # What the branch gave is not taken back by somebody who could not have given it.
    with pytest.raises(UserError):
        did(working.compensate, one, users["dana"], 0)
    with pytest.raises(UserError, match=r"אף תפקיד|no role"):
        did(working.compensate, one, users["ombudsman"], 50_000_000)
    assert (case(one).compensation, case(one).compensation_by_id) == (40_000, small.id("branch"))
    did(working.compensate, one, users["branch"], 40_000)
    assert events(one).count("compensated") == 1


# ---- subjects --------------------------------------------------------------------------------------------------------


def test_a_case_that_turns_out_sensitive_leaves_whom_it_names_at_once(world: World) -> None:
    one = world.opened()
    did(working.set_subject, one, world.id("branch"), "pressure")
    assert (case(one).owner_id, case(one).level) == (world.id("branch"), "branch")
    for act, more in ((working.add_note, {"words": "א"}), (working.set_subject, {"subject": "service"})):
        with pytest.raises(NotFound):
            did(act, one, world.id("dana"), **more)
    with pytest.raises(NotFound):
        did(working.give_account, one, world.users["dana"], "לא הייתי")
    with pytest.raises(UserError):
        did(moving.assign, one, world.id("dana"), world.id("branch"))
    # Whoever does not lead cannot make it ordinary again.
    with pytest.raises(Forbidden):
        did(working.set_subject, one, world.id("eran"), "service")
    did(working.set_subject, one, world.id("branch"), "service")
    did(moving.assign, one, world.id("dana"), world.id("branch"))
    assert case(one).level == "branch"


def test_a_sensitive_case_that_rises_passes_over_whom_it_names(small: World, frozen_clock: FrozenClock) -> None:
    with setting() as make:
        # The branch's manager serves customers too, and is the one named.
        make.session.merge(small.users["branch"]).agent_id = small.eran.id
    one = small.opened(subject="discrimination", agent_id=small.eran.id)
    assert (case(one).owner_id, case(one).level) == (small.id("region"), "region")


# ---- the employee's side ---------------------------------------------------------------------------------------------


def test_the_employee_tells_an_own_account_and_nobody_else_does(small: World) -> None:
    one = small.opened()
    did(working.give_account, one, small.users["dana"], "המערכת נפלה")
    assert case(one).account == "המערכת נפלה"
    for other in ("eran", "branch"):
        with pytest.raises(NotFound):
            did(working.give_account, one, small.users[other], "א")


def test_a_confirmed_correction_moves_answer_and_facts_to_who_served(world: World) -> None:
    response = answered(world)
    one = world.opened(source="survey", response_id=response)
    before = agent_facts_of(world.dana.id)
    assert before
    did(working.claim_not_me, one, world.users["dana"], "הייתי בחופשה")
    did(working.claim_not_me, one, world.users["dana"], "שוב")
    with pytest.raises(Forbidden):
        did(working.decide_not_me, one, world.users["dana"], world.eran.id, True)
    did(working.decide_not_me, one, world.users["branch"], world.eran.id, True)
    assert (agent_facts_of(world.dana.id), agent_facts_of(world.eran.id)) == ({}, before)
    assert differences() == []
    assert (case(one).agent_id, case(one).owner_id, case(one).not_me) == (world.eran.id, world.id("eran"), "confirmed")
    # It cannot be played back and forth.
    did(working.claim_not_me, one, world.users["eran"], "גם לא אני")
    with pytest.raises(UserError):
        did(working.decide_not_me, one, world.users["branch"], world.dana.id, True)
    did(working.decide_not_me, one, world.users["branch"], None, True)
    assert (case(one).agent_id, case(one).owner_id) == (0, world.id("branch"))
    assert agent_facts_of(world.eran.id) == {}
    assert differences() == []


def agent_facts_of(agent_id: int) -> dict[str, tuple[int, int, int]]:
    with db.reading() as session:
        found = {key: value for key, value in agent_facts(session, "csat").items() if key[1] == agent_id}
        return {month: sums for (month, _agent), sums in found.items() if sums[0]}


def test_a_refused_correction_moves_nothing_and_is_not_asked_again(small: World) -> None:
    one = small.opened()
    with pytest.raises(Conflict):
        did(working.decide_not_me, one, small.users["branch"], small.eran.id, True)
    did(working.claim_not_me, one, small.users["dana"], "לא אני")
    with setting() as make:
        stranger = make.agent(code="B1", branch=make.branch(code="102", region=None), since=SINCE)
    with pytest.raises(UserError):
        did(working.decide_not_me, one, small.users["branch"], stranger.id, True)
    did(working.decide_not_me, one, small.users["branch"], None, False)
    assert (case(one).agent_id, case(one).not_me) == (small.dana.id, "refused")
    with pytest.raises(Conflict):
        did(working.claim_not_me, one, small.users["dana"], "ובכל זאת")


# ---- merging and taking over -----------------------------------------------------------------------------------------


def test_merging_into_a_merged_case_leads_to_the_one_that_stays(world: World) -> None:
    one, two, three = (world.opened(key) for key in ("one", "two", "three"))
    by = world.id("branch")
    did(moving.merge, two, one, by)
    assert did(moving.merge, three, two, by).id == one
    assert (case(three).merged_into_id, case(three).state) == (one, "merged")
    with pytest.raises(Conflict):
        did(moving.merge, two, one, by)
    # Neither into itself nor, over the one that stays, into itself.
    for into in (one, two):
        with pytest.raises(UserError):
            did(moving.merge, one, into, by)
    with pytest.raises(Conflict):
        world.reached(two)


def test_two_who_merge_two_cases_into_each_other_leave_one_open(world: World) -> None:
    one, two = world.opened(), world.opened("two")
    by = world.id("branch")
    came = together([lambda: did(moving.merge, one, two, by), lambda: did(moving.merge, two, one, by)])
    assert sum(isinstance(what, UserError) for what in came) == 1
    assert sorted((case(one).state, case(two).state)) == ["merged", "new"]


def test_a_merge_wins_no_time_and_hides_nothing_sensitive(small: World, frozen_clock: FrozenClock) -> None:
    old = small.opened()
    due = case(old).due_at
    frozen_clock.move_to(at("2026-11-19"))
    new, pressed = small.opened("two"), small.opened("three", subject="pressure")
    with pytest.raises(UserError):
        did(moving.merge, pressed, new, small.id("branch"))
    did(moving.merge, old, new, small.id("branch"))
    assert case(new).due_at == due
    with setting() as make:
        make.session.get_one(Case, new).state = "closed"
        make.session.get_one(Case, new).closed_at = clock.now()
    with pytest.raises(UserError):
        did(moving.merge, pressed, new, small.id("branch"))


def test_a_senior_manager_takes_a_case_personally_and_keeps_it_when_it_reopens(small: World) -> None:
    one = small.opened()
    did(moving.adopt, one, small.users["region"])
    did(moving.adopt, one, small.users["region"])
    assert (case(one).adopted_by_id, case(one).owner_id) == (small.id("region"), small.id("region"))
    assert events(one).count("adopted") == 1
    small.finished(one, "region")
    did(ending.reopen, one, "עדיין לא", None)
    assert (case(one).owner_id, case(one).level) == (small.id("region"), "region")


def test_no_words_and_no_contact_reach_the_audit_trail(small: World) -> None:
    one = small.opened()
    small.finished(one)
    did(working.add_note, one, small.id("dana"), "סודי מאוד")
    with db.reading() as session:
        kept = str([(entry.details, entry.changes) for entry in session.scalars(select(Entry))])
    assert "service_case" in kept or "Case" in kept
    for secret in (PHONE, "רות", "חיכיתי", "דיברנו", "לבדוק מראש", "סודי"):
        assert secret not in kept


def test_an_unknown_subject_opens_nothing(small: World) -> None:
    with pytest.raises(UserError):
        small.opened(subject="weather")
    about = Opening(key="x", source="manual", branch_id=small.branch.id, subject="fees", words="סוד", phone=PHONE)
    assert "סוד" not in repr(about)
    assert PHONE not in repr(about)


def test_every_act_is_logged_under_a_known_name(small: World) -> None:
    one = small.opened()
    with db.reading() as session, pytest.raises(ValueError, match="no such event"):
        log.note(session, session.get_one(Case, one), "danced")
