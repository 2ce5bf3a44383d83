"""The demo bank's months as they were reviewed: meetings, decisions, previews, marked comments, published series."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from reports import months as calendar
from survey_app import clock, db, demo
from survey_app.commands import models
from survey_app.demo import files
from survey_app.meeting.agenda import STOPS
from survey_app.models import (
    Answer,
    Benchmark,
    CommentMark,
    Decision,
    Letter,
    Meeting,
    Minutes,
    MonthlyReview,
    Story,
)
from survey_app.queries import previews
from survey_app.queries import reviews as review_queries
from survey_app.queries.models import IN_REPORTS
from tests.support.demos import Loaded, count, every, load_into

BRANCHES, MONTHS = 6, 5


@pytest.fixture(scope="module")
def loaded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """One small demo bank for all tests of this file, which only read it."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    database, summary = load_into(path, sqlite_template, branches=BRANCHES, months=MONTHS, seed=7)
    yield database, summary
    database.close()


@pytest.fixture
def summary(loaded: Loaded, frozen_clock: object) -> Iterator[demo.Summary]:
    """The small demo bank, bound, at the moment it was loaded."""
    with db.bound(loaded[0]):
        yield loaded[1]


def test_every_signed_month_had_its_meeting(summary: demo.Summary) -> None:
    signed = calendar.span(summary.month, MONTHS)[:-1]
    begun = {one.month: one for one in every(select(Meeting).where(Meeting.begun_at.is_not(None)))}
    assert sorted(begun) == signed
    with db.reading() as session:
        written = Counter(session.scalars(select(Minutes.month)))
        signatures = dict(session.execute(select(MonthlyReview.month, MonthlyReview.signed_at)).all())
    assert set(written.values()) == {len(STOPS)}
    assert all(one.begun_at is not None and one.begun_at < signatures[month] for month, one in begun.items())
    # The last full month is in its preview: the meeting is to come.
    with db.reading() as session:
        window = previews.window(session, summary.month)
        statements = previews.statements(session, summary.month)
    assert window.open
    assert window.told_at is not None
    assert window.meets_on > clock.today()
    assert statements


def test_decisions_ended_in_every_way_and_some_are_open(summary: demo.Summary) -> None:
    found = every(select(Decision))
    assert {one.state for one in found} == {"open", "done", "dropped"}
    assert {one.worked for one in found if one.state == "done"} >= {"yes", "partly", "no"}
    assert all(one.created_at <= (one.settled_at or one.created_at) <= clock.now() for one in found)
    assert any(one.state == "open" and one.due_on < clock.today() for one in found)
    assert len({one.owner_id for one in found}) > 2


def test_marked_comments_speak_of_their_reason_and_were_answered(summary: demo.Summary) -> None:
    found = every(select(CommentMark).options(joinedload(CommentMark.department)))
    assert {one.department.code for one in found} >= {"pricing", "digital"}
    earlier = [one for one in found if one.month < summary.month]
    assert earlier
    assert all(one.answered_at is not None for one in earlier)
    assert any(one.answered_at is None for one in found)
    stems = {reason: told["stems"] for reason, told in files.document("meetings")["marks"].items()}
    with db.reading() as session:
        for one in found:
            said = session.scalar(
                select(Answer.words).where(Answer.response_id == one.response_id, Answer.question == one.question)
            )
            assert any(stem in (said or "") for stem in stems[one.reason]), said


def test_nothing_of_it_is_sent_and_what_others_publish_is_made_up(summary: demo.Summary) -> None:
    assert count(Letter, Letter.state != "sent") == 0
    assert count(Story, Story.month == summary.month)
    for one in every(select(Benchmark)):
        assert "מומצא" in one.name["he"]
        assert "בדויה" in one.publisher


def test_what_models_say_is_there_at_once_and_needs_no_hour(summary: demo.Summary) -> None:
    with db.reading() as session:
        for back in range(4):
            found = review_queries.review(session, calendar.shift(summary.month, -back)).data["models"]
            assert [kind for kind in IN_REPORTS if found[kind] is None] == [], back
            assert found["drivers"]["fitted"], back
    assert models.make(summary.month) == []
