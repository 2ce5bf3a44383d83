"""The branch manager's one list: every source, the most pressing first, and nothing that its reader may not see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from survey_app import clock
from survey_app.commands import recognition
from survey_app.commands.cases.opening import Opening, open_case
from survey_app.models import Case, CommentMark, Delegation, Department, LowSignal, Promise, ScoreRemoval, User
from survey_app.queries import branch_today, my_work
from survey_app.queries.tasks import LATE, SOME_TIME, SOON, TODAY, Task, by
from tests.commands.crew import Crew
from tests.commands.meetings import MONTH, acted, read
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")
TODAY_IS = date(2026, 11, 17)


def opened(crew: Crew, key: str, **changes: Any) -> Case:
    """A case of Dana's customer, then as ``changes`` say."""
    about = Opening(
        key=key, source="manual", branch_id=crew.branch.id, subject=changes.pop("subject", "waiting"),
        agent_id=crew.dana.agent_id or 0, phone="+972501234567", name="אביגיל",
    )  # fmt: skip

    def act(session: Any) -> Case:
        case = open_case(session, about, crew.boss.id)
        for name, value in changes.items():
            setattr(case, name, value)
        session.flush()
        return case

    return acted(crew.boss, act)


def filled(crew: Crew) -> None:
    """Something of every source."""
    now = clock.now()
    opened(crew, "late", overdue_since=now - timedelta(days=1))
    opened(crew, "today", next_on=TODAY_IS)
    opened(crew, "mine", owner_id=crew.manager.id, escalates_at=now + timedelta(days=2))
    opened(crew, "claim", not_me="claimed", escalates_at=now + timedelta(days=3))
    done = opened(crew, "done", state="done", done_at=now - timedelta(days=2), escalates_at=None)
    crew.proposed()
    team = acted(crew.region, recognition.propose_team, crew.region, "2026-09", crew.branch.id)
    acted(
        crew.region,
        lambda session: recognition.confirm(session, crew.region, team.id, words="", quote=None, revision=0),
    )
    with setting() as make:
        make.session.add(ScoreRemoval(
            case_id=done.id, response_id="gone", reason="קללות", asked_by_id=crew.region.id, asked_at=now, state="asked"
        ))  # fmt: skip
        make.session.add(LowSignal(branch_id=crew.branch.id, month="2026-11", trigger="low_score", n=3))
        make.session.add(Delegation(
            user_id=crew.dana.id, to_id=crew.yossi.id, since=TODAY_IS, until=TODAY_IS + timedelta(days=1), at=now
        ))  # fmt: skip
        for key, due in (("p1", TODAY_IS - timedelta(days=1)), ("p2", TODAY_IS), ("p3", TODAY_IS + timedelta(days=9))):
            make.session.add(Promise(
                id=key, words=f"נחזור {key}", branch_id=crew.branch.id, agent_id=crew.dana.agent_id or 0,
                owner_id=crew.dana.id, made_on=TODAY_IS - timedelta(days=5), due_on=due, created_at=now,
            ))  # fmt: skip
        department = Department(code="app", name={"he": "אפליקציה"})
        make.session.add(department)
        make.session.flush()
        make.session.add(CommentMark(
            response_id=crew.praised[2], question="pv9", month=MONTH, reason="app", department_id=department.id,
            at=now, by_id=crew.manager.id, answer="תוקן", answered_at=now, answered_by_id=crew.boss.id,
        ))  # fmt: skip


@pytest.mark.usefixtures("any_database")
def test_everything_that_waits_is_in_one_list_the_most_pressing_first(app: Flask) -> None:
    crew = Crew.made()
    filled(crew)
    day = read(branch_today.today, crew.manager)
    assert [one.urgency for one in day.tasks] == sorted(one.urgency for one in day.tasks)
    found = {source: sum(one.source == source for one in day.tasks) for source in branch_today.SOURCES}
    assert found == {
        "cases": 3, "promises": 2, "claims": 1, "appeals": 0, "preview": 1, "decisions": 0, "checks": 1,
        "recognition": 2, "delegations": 1, "marks": 1, "removals": 1, "signals": 1,
    }  # fmt: skip
    assert day.more == {}
    assert {one.source for one in day.tasks if one.urgency == LATE} == {"cases", "promises"}
    assert "אביגיל" not in " ".join(one.title + one.detail for one in day.tasks), "nobody's customer is named"
    adapter = app.url_map.bind("localhost")
    assert {one.path: _leads(adapter, one) for one in day.tasks if not _leads(adapter, one)} == {}
    other = read(branch_today.today, crew.neighbour)
    assert {one.source for one in other.tasks} <= {"preview"}


def _leads(adapter: Any, task: Task) -> bool:
    try:
        adapter.match(task.path.partition("#")[0])
    except HTTPException:
        return False
    return True


@pytest.mark.usefixtures("database")
def test_a_case_that_names_the_manager_is_not_in_the_list() -> None:
    crew = Crew.made()
    opened(crew, "it names her", subject="misconduct", overdue_since=clock.now())
    assert [one.source for one in read(branch_today.today, crew.manager).tasks if one.source == "cases"] == ["cases"]

    def manager_too(session: Any) -> User:
        user: User = session.get_one(User, crew.manager.id)
        user.agent_id = crew.dana.agent_id
        return user

    herself = acted(crew.boss, manager_too)
    assert [one.source for one in read(branch_today.today, herself).tasks if one.source == "cases"] == []


@pytest.mark.parametrize(
    ("days", "urgency"), [(-1, LATE), (0, TODAY), (1, SOON), (7, SOON), (8, SOME_TIME), (None, SOME_TIME)]
)
def test_how_pressing_a_day_is(days: int | None, urgency: int, frozen_clock: FrozenClock) -> None:
    assert by(None if days is None else TODAY_IS + timedelta(days=days)) == urgency


@pytest.mark.usefixtures("database")
def test_a_long_list_is_cut_and_says_how_many_more() -> None:
    crew = Crew.made()
    for number in range(43):
        opened(crew, f"late {number}", overdue_since=clock.now())
    day = read(branch_today.today, crew.manager)
    assert day.more == {"cases": (3, "/cases")}
    assert day.counts[LATE] == 40


@pytest.mark.usefixtures("any_database")
def test_an_employee_s_own_work_is_counted() -> None:
    crew = Crew.made()
    filled(crew)
    mine: Callable[..., Any] = read
    cases = mine(my_work.own_cases, crew.dana)
    assert (cases.total, cases.late, cases.today) == (3, 1, 1)
    promised = mine(my_work.promises, crew.dana)
    assert (promised.open.total, promised.open.late, promised.open.today) == (3, 1, 1)
    opened(
        crew,
        "learned",
        owner_id=crew.dana.id,
        state="done",
        done_at=clock.now(),
        lesson="להקשיב עד הסוף",
        escalates_at=None,
    )
    assert [one.lesson for one in mine(my_work.lessons, crew.dana)] == ["להקשיב עד הסוף"]
    assert mine(my_work.own_cases, crew.yossi).total == 0
