"""Notes on a trend: kept once, of a branch or of everybody, in the audit trail without their words."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from survey_app import db
from survey_app.audit import Actor
from survey_app.commands import trend_notes as commands
from survey_app.commands.trend_notes import LONGEST, Note
from survey_app.errors import NotFound, UserError
from survey_app.models import Branch, Entry, Organisation, TrendNote, User
from survey_app.queries import trend_notes
from survey_app.transaction import transaction
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

MOVED = Note("2026-09", "", "הסניף עבר לבניין חדש", rebases=True)
World = tuple[User, Branch, Branch]


@pytest.fixture
def world(any_database: db.Database, frozen_clock: FrozenClock) -> World:
    """Management and two branches."""
    with setting() as make:
        make.session.add(Organisation(id=1, name={"he": "בנק"}, policy={}, synthetic=False, details={}))
        return (
            make.user(email="boss@example.com", role="management"),
            make.branch(code="101", region=None),
            make.branch(code="102", region=None),
        )


def add(user: User, branch: Branch | None, note: Note) -> int:
    with transaction(Actor.user(user), "trend.note", month=note.month) as session:
        return commands.add(session, user, branch.id if branch else None, note).id


def on(branch: Branch) -> list[str]:
    with db.reading() as session:
        return [one.words for one in trend_notes.on(session, [branch.id], ["2026-09", "2026-10"])]


def test_the_same_note_twice_is_one(world: World) -> None:
    boss, branch, _other = world
    assert add(boss, branch, MOVED) == add(boss, branch, Note("2026-09", "", f" {MOVED.words} ", rebases=True))
    assert add(boss, branch, Note("2026-09", "csat", MOVED.words)) != add(boss, branch, MOVED)
    assert on(branch) == [MOVED.words] * 2


def test_a_note_on_everybody_stands_on_every_branch(world: World) -> None:
    boss, branch, other = world
    add(boss, None, Note("2026-10", "", "שביתה בבנקים"))
    add(boss, branch, MOVED)
    assert on(branch) == ["שביתה בבנקים", MOVED.words]
    assert on(other) == ["שביתה בבנקים"]
    assert add(boss, None, Note("2026-10", "", "שביתה בבנקים")) == add(boss, None, Note("2026-10", "", "שביתה בבנקים"))


@pytest.mark.parametrize(
    ("note", "field"),
    [
        (Note("2026-09", "", "  "), "words"),
        (Note("2026-09", "", "א" * (LONGEST + 1)), "words"),
        (Note("2026-09", "height", "מה"), "measure"),
    ],
)
def test_what_cannot_be_kept_says_why(world: World, note: Note, field: str) -> None:
    with pytest.raises(UserError) as caught:
        add(world[0], world[1], note)
    assert [place for place, _message in caught.value.places] == [field]


@pytest.mark.parametrize("month", ["2027-01", "first", ""])
def test_a_month_that_is_none_is_refused(world: World, month: str) -> None:
    with pytest.raises(NotFound):
        add(world[0], world[1], Note(month, "", "מה קרה"))


def test_taken_back_it_is_gone_and_another_branch_s_stays(world: World) -> None:
    boss, branch, other = world
    mine, theirs = add(boss, branch, MOVED), add(boss, other, MOVED)
    with transaction(Actor.user(boss), "trend.unnote") as session:
        assert commands.remove(session, branch.id, mine)
        assert not commands.remove(session, branch.id, mine)
        with pytest.raises(NotFound):
            commands.remove(session, branch.id, theirs)
    assert (on(branch), on(other)) == ([], [MOVED.words])


def test_that_limits_begin_anew_is_in_the_trail_without_the_words(world: World) -> None:
    add(world[0], world[1], MOVED)
    with db.reading() as session:
        (entry,) = session.scalars(select(Entry).where(Entry.act == "trend.note"))
        assert session.scalar(select(TrendNote.rebases))
    said = json.dumps([entry.details, entry.changes], ensure_ascii=False)
    assert "rebases" in said
    assert MOVED.words not in said
