"""The pack by its schedule: sent once, by link or attached, kept for a while and let go of."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock, contents, db, jobs
from survey_app.audit import Actor
from survey_app.commands import contents as keeping
from survey_app.commands import packs
from survey_app.config import Settings
from survey_app.errors import UserError
from survey_app.models import Letter, Pack, User
from survey_app.outgoing import letters as letters_out
from survey_app.outgoing import packs as outgoing
from survey_app.transaction import transaction
from tests.commands.packing import MONTH, People, ask, bank, content, pack_of, people
from tests.support.carriers import mail_server
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

__all__ = ["people"]

pytestmark = pytest.mark.usefixtures("frozen_clock")


# ---- the schedule ----------------------------------------------------------------------------------------------------


def planned(people: People, role: str = "management", **more: Any) -> None:
    wanted: dict[str, Any] = {"working_day": 9, "formats": ["csv"], "attached": False, "active": True} | more
    with transaction(Actor.user(people["boss"]), "pack.plan", role=role) as session:
        packs.plan(session, role, **wanted)


def scheduled() -> list[Pack]:
    with db.reading() as session:
        return list(session.scalars(select(Pack).where(Pack.id.like("plan-%")).order_by(Pack.user_id)))


def test_the_schedule_sends_once_from_its_day_on(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    people = bank()
    planned(people)
    planned(people, "region_manager", working_day=10)
    planned(people, "branch_manager", active=False)
    ninth, tenth = clock.working_day("2026-11", 9), clock.working_day("2026-11", 10)
    seen = []
    for day in (ninth - timedelta(days=1), ninth, ninth, tenth, tenth + timedelta(days=8)):
        frozen_clock.move_to(clock.start_of(day) + timedelta(hours=10))
        outgoing.hourly()
        jobs.run_ready()
        seen.append([one.user_id for one in scheduled()])
    boss, north = people["boss"].id, people["north"].id
    assert seen == [[], [boss], [boss], [boss, north], [boss, north]]
    assert {one.state for one in scheduled()} == {"ready"}
    with db.reading() as session:
        letters = session.scalars(select(Letter).where(Letter.kind == packs.LETTER).order_by(Letter.user_id)).all()
    assert [(one.user_id, one.values["month"], one.values["attached"]) for one in letters] == [
        (boss, MONTH, False), (north, MONTH, False)
    ]  # fmt: skip


def test_many_are_put_in_line_batch_by_batch(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    for role in ("management", "region_manager", "branch_manager"):
        planned(people, role)
    monkeypatch.setattr(packs, "BATCH", 1)
    outgoing.hourly()
    assert len(scheduled()) == 3


def test_a_month_of_nothing_is_sent_to_nobody(people: People, frozen_clock: FrozenClock) -> None:
    planned(people, working_day=1)
    frozen_clock.move_to(datetime(2029, 3, 14, 10, tzinfo=clock.TIME_ZONE))
    outgoing.hourly()
    assert scheduled() == []


@pytest.mark.parametrize("attached", [True, False])
def test_files_travel_with_the_letter_only_where_the_plan_says_so(people: People, attached: bool) -> None:
    planned(people, formats=["pdf", "csv"], attached=attached)
    outgoing.hourly()
    jobs.run_ready()
    with mail_server() as server:
        settings = Settings(smtp_url=server.url, mail_from="news@example.co.il", public_url="https://s.example.co.il")
        assert letters_out.run(settings) == {"sent": 1}
        (message,) = server.messages
    files = {part.get_filename(): part.get_content() for part in message.iter_attachments() if part.get_filename()}
    (made,) = scheduled()
    expected = {made.files[kind][0]: content(made.id, kind) for kind in ("csv", "pdf")} if attached else {}
    assert files == expected
    body = message.get_body(("plain",))
    assert body is not None
    assert "https://s.example.co.il/reviews/2026-10/pack" in body.get_content()
    assert "בנק" not in body.get_content() + str(message["Subject"])


def test_too_large_a_pack_stays_at_home(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    planned(people, attached=True)
    outgoing.hourly()
    jobs.run_ready()
    (made,) = scheduled()
    values = {"month": MONTH, "pack": made.id, "attached": True}
    with db.reading() as session:
        assert [one.name for one in outgoing.attachments(session, values)] == ["review-2026-10.zip"]
        monkeypatch.setattr(outgoing, "MOST_ATTACHED", 10)
        assert outgoing.attachments(session, values) == ()
        assert outgoing.attachments(session, {**values, "pack": "none"}) == ()


@pytest.mark.parametrize("role", ["shopper", "field_coordinator", "branch_manager"])
def test_files_do_not_travel_to_somebody_whose_role_changed(people: People, role: str) -> None:
    planned(people, attached=True)
    outgoing.hourly()
    jobs.run_ready()
    (made,) = scheduled()
    values = {"month": MONTH, "pack": made.id, "attached": True}
    with setting() as make:
        boss = make.session.get_one(User, people["boss"].id)
        boss.role, boss.branch_id = role, people["branch"].branch_id if role == "branch_manager" else None
    with db.reading() as session:
        assert outgoing.attachments(session, values) == ()


def test_somebody_who_moves_while_files_are_made_gets_none(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ask(people["branch"], ["json"])
    before = packs.begin

    def moving(session: Session, pack_id: str) -> Pack | None:
        begun = before(session, pack_id)
        session.get_one(User, people["branch"].id).branch_id = None
        session.get_one(User, people["branch"].id).role = "management"
        return begun

    monkeypatch.setattr(packs, "begin", moving)
    jobs.run_ready()
    assert (pack_of(asked).state, pack_of(asked).error, pack_of(asked).files) == ("failed", "not_permitted", {})


@pytest.mark.parametrize("change", [{"working_day": 0}, {"working_day": 21}, {"formats": []}, {"formats": ["doc"]}])
def test_a_plan_that_cannot_be_is_refused(people: People, change: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        planned(people, **change)
    with pytest.raises(UserError):
        planned(people, "shopper")
    with pytest.raises(UserError):
        planned(people, "agent")


# ---- the end ---------------------------------------------------------------------------------------------------------


def test_files_are_kept_for_a_while_and_then_gone(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    boss = bank()["boss"]
    first = ask(boss, ["csv", "json"])
    jobs.run_ready()
    keys = [key for _name, key, _size in pack_of(first).files.values()]
    frozen_clock.move_to(frozen_clock.moment + timedelta(days=30))
    second = ask(boss, ["json"])
    jobs.run_ready()
    shared = pack_of(second).files["json"][1]
    assert shared in keys, "the same numbers are the same file"
    assert keeping.sweep_unnamed(timedelta()) == 0, "what a pack names is nobody's leftover"
    frozen_clock.move_to(frozen_clock.moment + timedelta(days=11))
    outgoing.hourly()
    with db.reading() as session:
        assert session.get(Pack, first) is None
        assert session.get(Pack, second) is not None
    assert [contents.store().has(key) for key in keys] == [key == shared for key in keys]


def test_what_no_worker_finished_is_called_failed(people: People, frozen_clock: FrozenClock) -> None:
    running, waiting = ask(people["boss"]), ask(people["branch"])
    with transaction(Actor.respondent(), "pack.begin") as session:
        assert packs.begin(session, running) is not None
    frozen_clock.move_to(frozen_clock.moment + timedelta(hours=3))
    outgoing.hourly()
    assert (pack_of(running).state, pack_of(waiting).state) == ("failed", "waiting")
