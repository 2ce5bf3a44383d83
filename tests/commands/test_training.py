"""What employees learned: written down once, taken once a day, brought by file, read by whom it concerns."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import questionnaires, training
from survey_app.commands.imports import HANDLERS
from survey_app.commands.imports.engine import run_import
from survey_app.commands.imports.handler import Options
from survey_app.commands.training import About
from survey_app.demo import files
from survey_app.errors import Forbidden, NotFound, UserError
from survey_app.models import Agent, Training, User, Version
from survey_app.queries import training as queries
from survey_app.transaction import transaction
from tests.commands.acting import SINCE, SURVEY
from tests.commands.together import together
from tests.support.clocks import FrozenClock
from tests.support.factories import Make, setting

pytestmark = pytest.mark.usefixtures("frozen_clock")
TALK = About("coaching", "שיחה  על המתנה", date(2026, 11, 1), "סוכם לעדכן את מי שמחכים")


def room() -> dict[str, Any]:
    """Two branches with an employee and a manager each, an agent's login, and a quiz."""
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
        here, there = make.branch(code="1", region=None), make.branch(code="2", region=None)
        mine, other = make.agent(code="A1", branch=here, since=SINCE), make.agent(code="A2", branch=there, since=SINCE)
        quiz, _changed = questionnaires.bring_in(make.session, files.document("employees")["quiz"], publish=True)
        return {
            "here": here.id,
            "mine": mine.id,
            "other": other.id,
            "boss": make.user(email="boss@example.com", role="branch_manager", branch=here),
            "service": make.user(email="service@example.com", role="service_manager"),
            "agent": make.user(email="agent@example.com", role="agent", agent=mine),
            "management": make.user(email="top@example.com", role="management"),
            "quiz": quiz.id,
        }


def acted(user: User, work: Any, *arguments: Any) -> Any:
    with transaction(Actor.user(user), "test.act") as session:
        return work(session, session.get_one(User, user.id), *arguments)


def kept() -> list[tuple[str, str, int | None]]:
    with db.reading() as session:
        return [(one.kind, one.topic, one.score) for one in session.scalars(select(Training).order_by(Training.id))]


@pytest.mark.usefixtures("any_database")
def test_a_talk_written_down_by_two_at_once_is_one() -> None:
    made = room()
    done = together([lambda: acted(made["boss"], training.record, made["mine"], TALK)] * 3)
    assert not [one for one in done if isinstance(one, Exception)], done
    assert kept() == [("coaching", "שיחה על המתנה", None)]


@pytest.mark.usefixtures("database")
def test_only_who_leads_an_employee_writes_down_what_was_learned() -> None:
    made = room()
    with pytest.raises(NotFound):
        acted(made["boss"], training.record, made["other"], TALK)
    with pytest.raises(Forbidden):
        acted(made["management"], training.record, made["mine"], TALK)
    acted(made["service"], training.record, made["other"], TALK)
    with db.reading() as session:
        boss = session.get_one(User, made["boss"].id)
        rows, total = queries.listing(session, boss)
        assert ([row.agent.code for row in rows], total) == (["A1"], 1)
        assert queries.listing(session, session.get_one(User, made["service"].id), "A2")[0][0].count == 1


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("about", "field"),
    [
        (About("quiz", "x", date(2026, 11, 1)), "kind"),
        (About("course", "  ", date(2026, 11, 1)), "topic"),
        (About("course", "x" * 121, date(2026, 11, 1)), "topic"),
        (About("course", "x", date(2026, 11, 18)), "done_on"),
        (About("coaching", "x", date(2026, 11, 1), "x" * 2001), "note"),
    ],
)
def test_what_cannot_be_so_says_where(about: About, field: str) -> None:
    made = room()
    with pytest.raises(UserError) as refused:
        acted(made["boss"], training.record, made["mine"], about)
    assert [place for place, _message in refused.value.places] == [field]


@pytest.mark.usefixtures("any_database")
def test_a_quiz_is_one_try_a_day_and_stays(frozen_clock: FrozenClock) -> None:
    made = room()

    def take(session: Session, user: User, answers: dict[str, str]) -> int | None:
        taken, _card = training.take(session, user, session.get_one(Version, made["quiz"]), answers)
        return taken.score

    right = {"S1": "yes", "S2": "no", "S3": "yes", "S4": "no"}
    tries = together([lambda: acted(made["agent"], take, {**right, "S1": "no"})] * 3)
    assert tries == [7500] * 3
    assert acted(made["agent"], take, right) == 7500, "the page sent again is the earlier try"
    frozen_clock.move_to(clock.start_of(clock.today() + timedelta(days=1)) + timedelta(hours=9))
    assert acted(made["agent"], take, right) == 10_000
    assert [score for _kind, _topic, score in kept()] == [7500, 10_000]
    with db.reading() as session:
        number = session.scalar(select(func.min(Training.id)))
    with pytest.raises(UserError):
        acted(made["boss"], training.remove, number)
    with pytest.raises(Forbidden):
        acted(made["boss"], take, right)


@pytest.mark.usefixtures("database")
def test_what_was_written_by_mistake_is_taken_back_once() -> None:
    made = room()
    one = acted(made["boss"], training.record, made["mine"], TALK)
    for _twice in range(2):
        acted(made["boss"], training.remove, one.id)
    assert kept() == []


FILE = """קוד נציג,נושא,תאריך,סוג,ציון
A1,ניהול שיחה קשה,14/06/2026,קורס,
A1,חידון עמלות,15/06/2026,quiz,86.5
A2,ניהול שיחה קשה,14/06/2026,,
A9,ניהול שיחה קשה,14/06/2026,,
A1,מחר,14/06/2027,,
A1,ציון לקורס,14/06/2026,course,50
A1,חידון אחר,14/06/2026,quiz,101
A1,אחר,14/06/2026,party,
"""


@pytest.mark.usefixtures("any_database")
def test_a_file_brings_the_own_people_s_courses_once(tmp_path: Path) -> None:
    made = room()
    path = tmp_path / "courses.csv"
    path.write_text(FILE, encoding="utf-8")

    def bring(user: User | None) -> dict[str, int]:
        number = user.id if user else None
        summary = run_import(
            HANDLERS["trainings"], path, actor=Actor.system("test"), refused_to=tmp_path / f"refused{number}.csv",
            options=Options(user_id=number),
        )  # fmt: skip
        return {name: summary.counts[name] for name in ("added", "unchanged")} | {"refused": len(summary.refused)}

    assert bring(made["boss"]) == {"added": 2, "unchanged": 0, "refused": 6}
    assert bring(None) == {"added": 1, "unchanged": 2, "refused": 5}
    assert ("quiz", "חידון עמלות", 8650) in kept()


def rated(make: Make, agent: Agent, count: int) -> None:
    make.responses(
        version=make.questionnaire(SURVEY), branch=agent.placements[0].branch, agent=agent,
        visited_on=date(2026, 10, 5), state="counted", context={"link": "personal"},
        answers=[{"pv1": 2, "pv9": "חיכיתי שעה בתור"}] * count,
    )  # fmt: skip


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("count", [9, 10])
def test_a_talk_is_about_a_habit_and_not_about_one_customer(count: int) -> None:
    made = room()
    with setting() as make:
        rated(make, make.session.get_one(Agent, made["mine"]), count)
    with db.reading() as session:
        sheet = queries.sheet(session, made["mine"], made["here"])
    assert sheet.visits is None
    assert (sheet.surveys is None) == (count < sheet.least_surveys)
    if sheet.surveys:
        assert [(one.code, one.n) for one in sheet.surveys] == [("pv1", count)]
        assert sheet.themes
        assert sheet.themes[0][1] == count
