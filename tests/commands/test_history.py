"""Historic responses: what is imported is what was tried, exactly once, and taking it back leaves nothing behind."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from forms.questionnaire.exchange.history import mapping as mappings
from forms.questionnaire.exchange.history.mapping import Mapping, Part
from survey_app import clock, db, files, jobs
from survey_app.audit import Actor
from survey_app.commands import accounts, facts, responses
from survey_app.commands.history import keeping, runs, working
from survey_app.db import reading
from survey_app.errors import Conflict, UserError
from survey_app.models import (
    NO_AGENT,
    AgentFact,
    Answer,
    BranchFact,
    Entry,
    ImportRun,
    Job,
    MonthlyReview,
    PendingRestatement,
    Response,
    Score,
)
from survey_app.queries import history, questionnaires
from survey_app.transaction import transaction
from tests.commands.importing import number_of, stored
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

SURVEY, PULSE = "post_visit_branch", "employee_pulse"
ACTOR = Actor.system("test")
HEADER = ["id", "branch", "agent", "date", "pv1", "pv8", "pv9"]


@pytest.fixture(autouse=True)
def world(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    """Two branches, an agent, a survey with some answers, an anonymous pulse. Today is in November 2026."""
    with setting() as make:
        make.organisation(name="בנק", synthetic=False, policy={})
        first = make.branch(code="1", region=make.region(name="מרחב צפון"))
        make.branch(code="2", region=None)
        make.agent(code="A-1", branch=first, since=clock.today().replace(year=2020))
        for code in (SURVEY, PULSE):
            version = make.questionnaire(code)
            if code == SURVEY:
                make.responses(
                    version=version,
                    branch=first,
                    visited_on=clock.today().replace(month=10, day=14),
                    state="counted",
                    answers=[{"pv1": 5, "pv8": 10}, {"pv1": 2}],
                    context={"link": "personal"},
                )


def rows(count: int, start: int = 0) -> list[list[Any]]:
    """Rows of many months and both branches, in no order."""
    return [
        [f"R{n}", 1 + n % 2, "A-1" if n % 3 == 0 else "", f"{1 + n % 28}/{1 + n * 7 % 12}/{2024 + n % 2}", 1 + n % 5,
         n % 11, "שירות" if n % 4 else ""]
        for n in range(start, start + count)
    ]  # fmt: skip


def begin(table: list[list[Any]], code: str = SURVEY, header: list[str] | None = None, **parts: Part) -> int:
    """A run for a table, with what is proposed and some columns decided otherwise."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header or HEADER, *table])
    source, file_id = keeping.keep(text.getvalue().encode())
    with transaction(ACTOR, "test.begin") as session:
        questionnaire = questionnaires.by_code(session, code)
        run_ = runs.begin(session, questionnaire, source, filename="old.csv", file_id=file_id, user_id=None)
        matching = mappings.load(run_.mapping)
        matching = replace(matching, columns={**matching.columns, **parts})
        runs.save(session, run_.id, matching)
        return run_.id


def tried(run_id: int) -> dict[str, Any]:
    """The dry run of a run, through the queue."""
    with transaction(ACTOR, "test.try") as session:
        runs.start_trial(session, run_id)
    jobs.run_ready()
    with reading() as session:
        return history.trial(session.get_one(ImportRun, run_id))


def start(run_id: int) -> None:
    with transaction(ACTOR, "test.import") as session:
        key = history.trial(session.get_one(ImportRun, run_id))["key"]
        runs.start_import(session, run_id, key)


def imported(table: list[list[Any]], **more: Any) -> int:
    """A table tried and imported; gives its run."""
    run_id = begin(table, **more)
    tried(run_id)
    start(run_id)
    jobs.run_ready()
    return run_id


def take_back(run_id: int, *, also_changed: bool = False) -> None:
    with transaction(ACTOR, "test.undo") as session:
        runs.undo(session, run_id, also_changed=also_changed)
    jobs.run_ready()


def the(run_id: int) -> ImportRun:
    with reading() as session:
        return session.get_one(ImportRun, run_id)


def every_fact() -> list[tuple[Any, ...]]:
    """All facts as they stand, to the last bit."""
    with reading() as session:
        branch = select(
            *(
                getattr(BranchFact, name)
                for name in ("month", "branch_id", "region_id", "line_id", "n", "total", "squares")
            )
        )
        agent = select(
            *(
                getattr(AgentFact, name)
                for name in ("month", "agent_id", "branch_id", "line_id", "n", "total", "squares")
            )
        )
        return [tuple(row) for statement in (branch, agent) for row in sorted(session.execute(statement).all())]


def differences() -> list[Any]:
    with reading() as session:
        return [one for month in facts.months_with_facts(session) for one in facts.check(session, month)]


def kept_files() -> list[Path]:
    store = files.store()
    assert isinstance(store, files.LocalFiles)
    return [one for one in store.folder.rglob("*") if one.is_file()]


def test_what_was_tried_is_imported_and_counted(any_database: db.Database) -> None:
    table = [*rows(120), ["R0", 1, "", "1/1/2024", 5, 5, ""], ["X", 9, "", "1/1/2024", 5, 5, ""]]
    run_id = begin(table)
    trial = tried(run_id)
    assert (trial["added"], trial["same"], trial["refused"]) == (120, 0, 2)
    assert number_of(Response) == 2
    assert trial["measures"][f"{SURVEY}:csat:1"] == [120, 48 * 10_000]
    start(run_id)
    jobs.run_ready()
    done = the(run_id)
    assert (done.state, done.added, done.unchanged, done.refused, done.file_id) == ("done", 120, 0, 2, None)
    assert number_of(Response, Response.import_run_id == run_id) == 120
    assert differences() == []
    one = next(iter(stored(Response, Response.external_id == f"{SURVEY}:R9")))
    assert (one.visited_on, one.month, one.agent_id != NO_AGENT) == (one.visited_on, "2025-04", True)
    assert {row.question: row.words or row.value for row in stored(Answer, Answer.response_id == one.id)} == {
        "pv1": 5,
        "pv8": 9,
        "pv9": "שירות",
    }
    assert kept_files() == [files.store().path(history.trial_files(done)["refused"])]


def test_taking_back_leaves_every_number_as_it_was(any_database: db.Database) -> None:
    before, answers, scores = every_fact(), number_of(Answer), number_of(Score)
    run_id = imported(rows(150))
    assert every_fact() != before
    take_back(run_id)
    assert every_fact() == before
    assert (number_of(Response), number_of(Answer), number_of(Score)) == (2, answers, scores)
    assert the(run_id).state == "undone"
    assert kept_files() == []
    acts = [one.act for one in stored(Entry)]
    assert {"test.import", "history.imported", "test.undo", "history.undone"} <= set(acts)


def test_the_same_file_again_adds_nothing_and_other_content_is_refused() -> None:
    imported(rows(40))
    trial = tried(begin(rows(40)))
    assert (trial["added"], trial["same"], trial["refused"]) == (0, 40, 0)
    other = rows(40)
    other[3][4] = 1 if other[3][4] != 1 else 2
    other[4][1] = 3 - other[4][1]
    trial = tried(begin(other))
    assert (trial["added"], trial["same"], trial["refused"]) == (0, 38, 2)


class Killed(BaseException):
    """What ends a worker in the middle."""


def killed_after(batches: int) -> Callable[[int, int], None]:
    """A progress that kills its worker."""
    seen: list[int] = []

    def note(done: int, total: int) -> None:
        seen.append(done)
        if len(seen) >= batches:
            raise Killed

    return note


def test_a_killed_worker_is_followed_by_another_exactly_where_it_stood(any_database: db.Database) -> None:
    run_id = begin(rows(450))
    tried(run_id)
    start(run_id)
    with pytest.raises(Killed):
        working.bring_in(run_id, killed_after(2))
    half = the(run_id)
    assert 0 < half.done < 450
    assert number_of(Response, Response.import_run_id == run_id) == half.added == half.done
    jobs.run_ready()
    assert (the(run_id).state, the(run_id).added) == ("done", 450)
    assert number_of(Response, Response.import_run_id == run_id) == 450
    assert differences() == []


def test_a_killed_undo_goes_on_as_well() -> None:
    before = every_fact()
    run_id = imported(rows(300))
    with transaction(ACTOR, "test.undo") as session:
        runs.undo(session, run_id, also_changed=False)
    with pytest.raises(Killed):
        working.take_back(run_id, killed_after(1))
    assert 2 < number_of(Response) < 302
    assert differences() == []
    jobs.run_ready()
    assert the(run_id).state == "undone"
    assert every_fact() == before


def test_two_workers_on_one_import_write_each_response_once() -> None:
    run_id = begin(rows(300))
    tried(run_id)
    start(run_id)

    def meanwhile(done: int, total: int) -> None:
        working.bring_in(run_id)

    assert working.bring_in(run_id, meanwhile)
    assert (the(run_id).state, the(run_id).added, number_of(Response)) == ("done", 300, 302)
    assert differences() == []


def test_two_files_with_the_same_responses_at_once(any_database: db.Database) -> None:
    first, second = begin(rows(200)), begin(rows(250, start=100))
    assert [tried(one)["added"] for one in (first, second)] == [200, 250]
    for run_id in (first, second):
        start(run_id)
    working.bring_in(first, lambda done, total: working.bring_in(second) and None)
    assert number_of(Response) == 2 + 350
    assert {the(first).state, the(second).state} == {"done"}
    assert the(first).added + the(second).added == 350
    assert differences() == []


def test_a_long_import_takes_turns() -> None:
    run_id = begin(rows(300))
    tried(run_id)
    start(run_id)
    assert working.bring_in(run_id, turn=0) is False
    assert the(run_id).state == "running"
    assert number_of(Job, Job.kind == runs.IMPORT, Job.state == "ready") == 2
    jobs.run_ready()
    assert the(run_id).state == "done"


def test_an_import_is_stopped_by_taking_it_back() -> None:
    before = every_fact()
    run_id = begin(rows(300))
    tried(run_id)
    start(run_id)

    def stop(done: int, total: int) -> None:
        if the(run_id).state == "running":
            with transaction(ACTOR, "test.undo") as session:
                runs.undo(session, run_id, also_changed=False)

    working.bring_in(run_id, stop)
    assert 0 < number_of(Response, Response.import_run_id == run_id) < 300
    jobs.run_ready()
    assert the(run_id).state == "undone"
    assert every_fact() == before


def test_work_of_people_is_not_taken_back_unasked() -> None:
    run_id = imported(rows(20))
    with transaction(ACTOR, "test.exclude") as session:
        chosen = session.scalars(select(Response.id).where(Response.import_run_id == run_id).limit(1)).one()
        responses.exclude(session, chosen, "כפולה")
    with pytest.raises(UserError) as told:
        take_back(run_id)
    assert told.value.places[0][0] == "also_changed"
    assert number_of(Response) == 22
    take_back(run_id, also_changed=True)
    assert number_of(Response) == 2
    assert differences() == []


def test_an_anonymous_response_keeps_neither_day_nor_agent_nor_id() -> None:
    header = ["id", "branch", "agent", "date", "ep1"]
    run_id = imported([["E-1", 1, "A-1", "3/9/2026", 4]], code=PULSE, header=header, ep1=Part("question", pulse()))
    (found,) = stored(Response, Response.import_run_id == run_id)
    assert (found.visited_on, found.submitted_at, found.agent_id, found.month) == (None, None, NO_AGENT, "2026-09")
    assert "E-1" not in str(found.external_id)


def pulse() -> str:
    """A question of the pulse on a scale."""
    with reading() as session:
        definition = questionnaires.definition(questionnaires.published(session, PULSE))
    return next(one.code for one in definition.questions if one.scale)


def test_a_signed_month_waits_for_its_restatement() -> None:
    with transaction(ACTOR, "test.sign") as session:
        boss = accounts.add_user(session, "boss@example.com", "management")[0]
        signed = {"numbers": "{}", "digest": "", "inputs_digest": "", "code_version": ""}
        session.add(MonthlyReview(month="2026-10", signed_at=clock.now(), signed_by_id=boss.id, **signed))
    run_id = begin([["R1", 1, "", "14/10/2026", 5, 9, ""]])
    assert tried(run_id)["signed"] == ["2026-10"]
    start(run_id)
    working.bring_in(run_id)
    assert [one.month for one in stored(PendingRestatement)] == ["2026-10"]


def test_an_undecided_column_stops_everything() -> None:
    run_id = begin([["R1", 1, "", "14/10/2026", 5, 9, ""]], pv9=Part())
    with pytest.raises(UserError) as told:
        tried(run_id)
    assert told.value.places == [("pv9", told.value.places[0][1])]


def test_a_decision_makes_the_dry_run_void() -> None:
    run_id = begin(rows(10))
    key = tried(run_id)["key"]
    with transaction(ACTOR, "test.save") as session:
        runs.save(session, run_id, Mapping({**mappings.load(the(run_id).mapping).columns}, fixed={"language": "ar"}))
    with pytest.raises(Conflict), transaction(ACTOR, "test.import") as session:
        runs.start_import(session, run_id, key)
    assert len(kept_files()) == 1


def test_what_nobody_goes_on_with_is_forgotten(frozen_clock: FrozenClock) -> None:
    waiting = begin(rows(5))
    refused = imported([*rows(5, start=50), ["X", 9, "", "1/1/2024", 5, 5, ""]])
    assert len(kept_files()) == 2
    frozen_clock.move_to(frozen_clock.moment + timedelta(days=31))
    jobs.tidy()
    assert kept_files() == []
    with reading() as session:
        assert session.get(ImportRun, waiting) is None
        assert session.get_one(ImportRun, refused).added == 5
