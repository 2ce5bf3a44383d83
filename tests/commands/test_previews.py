"""Nobody is surprised: previews told once, answers until the meeting begins, marked comments and their departments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import departments, marks, meeting, previews, responses, statements, traces
from survey_app.commands import letters as letter_commands
from survey_app.commands.departments import About
from survey_app.commands.statements import Changed
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import BranchStatement, CommentMark, Entry, Letter, Meeting, Response, Score, User
from survey_app.queries import departments as department_queries
from survey_app.queries import marks as mark_queries
from survey_app.queries import previews as queries
from survey_app.transaction import transaction
from tests.commands.acting import SURVEY
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

MONTH = "2026-10"
DAY = date(2026, 10, 5)
WORDS = "העמלה גבוהה מדי"


@dataclass(frozen=True)
class World:
    """A branch with enough answers for comments, its manager, another branch's, management and a head."""

    manager: User
    other: User
    boss: User
    head: User
    branch: int
    #: A response of the branch with words.
    comment: str


@pytest.fixture
def world(any_database: db.Database, frozen_clock: FrozenClock) -> World:
    with setting() as make:
        version = make.questionnaire(SURVEY)
        branch, away = make.branch(code="201", region=None), make.branch(code="202", region=None)
        ids = make.responses(
            version=version,
            branch=branch,
            visited_on=DAY,
            state="counted",
            answers=[{"pv1": 2, "pv9": WORDS}, *[{"pv1": 5}] * 14],
            context={"link": "personal"},
        )
        head = make.user(email="head@example.com", role="department_head")
        departments.add(make.session, "pricing", About({"he": "תמחור"}, head.id))
        departments.add(make.session, "digital", About({"he": "דיגיטל"}))
        departments.route(make.session, {"fees": "pricing", "app": "digital"})
        return World(
            manager=make.user(email="manager@example.com", role="branch_manager", branch=branch),
            other=make.user(email="other@example.com", role="branch_manager", branch=away),
            boss=make.user(email="boss@example.com", role="management"),
            head=head,
            branch=branch.id,
            comment=ids[0],
        )


def write(user: User, words: str, revision: int = 0) -> BranchStatement:
    with transaction(Actor.user(user), "statement.write") as session:
        return statements.write(session, user, MONTH, words, revision)


def mark(user: User, world: World, reason: str = "fees", note: str = "") -> CommentMark:
    with transaction(Actor.user(user), "mark.set") as session:
        return marks.mark(session, user, MONTH, world.comment, "pv9", reason, note)


def answer(user: User, world: World, words: str) -> CommentMark:
    with transaction(Actor.user(user), "mark.answer") as session:
        return marks.answer(session, user, world.comment, "pv9", words)


def begin(world: World) -> None:
    with transaction(Actor.user(world.boss), "meeting.begin") as session:
        meeting.begin(session, world.boss, MONTH)


def letters(kind: str) -> list[int]:
    with db.reading() as session:
        return list(session.scalars(select(Letter.user_id).where(Letter.kind == kind).order_by(Letter.user_id)))


# ---- the preview -----------------------------------------------------------------------------------------------------


def test_the_preview_opens_working_days_before_the_meeting(database: db.Database, frozen_clock: FrozenClock) -> None:
    with db.reading() as session:
        window = queries.window(session, MONTH)
    # Working day 13 of November 2026 is a Tuesday; five working days before it is the Tuesday before.
    assert (window.meets_on, window.opens_on, window.open) == (date(2026, 11, 17), date(2026, 11, 10), True)
    opening = clock.start_of(window.opens_on)
    for moment, is_open in ((opening - timedelta(minutes=1), False), (opening, True)):
        frozen_clock.move_to(moment)
        assert window.open is is_open
        assert not window.late
    frozen_clock.move_to(clock.start_of(window.meets_on + timedelta(days=1)))
    assert (window.open, window.late) == (True, True), "a meeting that is put off leaves branches their time"
    with setting() as make:
        meeting.set_day(make.session, MONTH, date(2026, 11, 26))
    with db.reading() as session:
        assert queries.window(session, MONTH).opens_on == date(2026, 11, 19)


def test_managers_are_told_once(world: World, frozen_clock: FrozenClock) -> None:
    frozen_clock.move_to(datetime(2026, 11, 9, 12, 0, tzinfo=clock.TIME_ZONE))
    previews.hourly()
    assert letters("review_preview") == []
    frozen_clock.move_to(datetime(2026, 11, 10, 12, 0, tzinfo=clock.TIME_ZONE))
    with setting() as make:
        # A worker that died half-way: its letters are there, the month is not told yet.
        values = {"month": MONTH, "until": "2026-11-17"}
        letter_commands.queue_all(
            make.session, "review_preview", {world.manager.id: f"preview-{MONTH}-{world.manager.id}"}, values
        )
    for _hour in range(2):
        previews.hourly()
        assert letters("review_preview") == [world.manager.id, world.other.id]
    with db.reading() as session:
        assert session.get_one(Meeting, MONTH).previewed_at == clock.now()
        told = session.scalars(select(Entry.act).where(Entry.act == "preview.open")).all()
    assert len(told) == 1


def test_a_month_that_is_in_review_is_not_previewed_any_more(world: World) -> None:
    begin(world)
    previews.hourly()
    assert letters("review_preview") == []


def test_managers_of_branches_that_are_no_part_of_the_month_are_not_told(world: World) -> None:
    with setting() as make:
        for branch in (
            make.branch(code="301", region=None, closed=date(2026, 10, 1)),
            make.branch(code="302", region=None, opened=date(2026, 11, 1)),
            make.branch(code="303", region=None, ranked=False),
        ):
            make.user(email=f"m{branch.code}@example.com", role="branch_manager", branch=branch)
    previews.hourly()
    assert letters("review_preview") == [world.manager.id, world.other.id]


# ---- the branch's answer ---------------------------------------------------------------------------------------------


def test_an_answer_is_kept_changed_and_taken_back(world: World) -> None:
    assert write(world.manager, "  שורה\r\nשנייה ").words == "שורה\nשנייה"
    assert write(world.manager, "שורה\nשנייה", 0).revision == 1, "sent twice is once"
    assert write(world.manager, "אחרת", 1).revision == 2
    with db.reading() as session:
        assert {branch: one.words for branch, one in queries.statements(session, MONTH).items()} == {
            world.branch: "אחרת"
        }
    assert write(world.manager, "", 2).words == ""
    with db.reading() as session:
        assert queries.statements(session, MONTH) == {}
        changes = session.scalars(select(Entry.changes).where(Entry.act == "statement.write")).all()
    assert "אחרת" not in str(changes), "what somebody wrote stays out of the trail"


def test_an_older_page_changes_nothing_and_sees_what_stands(world: World) -> None:
    write(world.manager, "הנוסח הראשון")
    write(world.manager, "הנוסח השני", 1)
    with pytest.raises(Changed) as refused:
        write(world.manager, "נוסח ישן", 1)
    assert (refused.value.stands.words, refused.value.stands.revision) == ("הנוסח השני", 2)


def test_five_hundred_characters_and_not_one_more(world: World) -> None:
    line_breaks = "א\r\n" * 200
    assert len(write(world.manager, line_breaks + "ב" * 100).words) == 500
    with pytest.raises(UserError) as refused:
        write(world.manager, "ב" * 501, 1)
    assert refused.value.places[0][0] == "words"


def test_nothing_is_written_before_the_preview_or_after_the_beginning(world: World, frozen_clock: FrozenClock) -> None:
    now = frozen_clock.moment
    frozen_clock.move_to(now - timedelta(days=8))
    with pytest.raises(Conflict):
        write(world.manager, "מוקדם מדי")
    with pytest.raises(Conflict):
        mark(world.manager, world)
    frozen_clock.move_to(now)
    write(world.manager, "בזמן")
    begin(world)
    for act in (lambda: write(world.manager, "מאוחר", 1), lambda: mark(world.manager, world)):
        with pytest.raises(Conflict):
            act()
    with db.reading() as session:
        assert queries.statements(session, MONTH)[world.branch].words == "בזמן"


# ---- marked comments -------------------------------------------------------------------------------------------------


def test_a_mark_goes_to_its_department_and_comes_back_answered(world: World) -> None:
    with db.reading() as session:
        scores = session.scalar(select(func.sum(Score.value)))
    mark(world.manager, world, note="נקבע בתעריפון")
    mark(world.manager, world, note="נקבע בתעריפון")
    assert letters("marks_waiting") == [world.head.id], "one letter a day"
    with db.reading() as session:
        rows, total = mark_queries.inbox(session, world.head, limit=10)
        assert (total, rows[0].words, rows[0].mark.note, rows[0].branch.id) == (
            1, WORDS, "נקבע בתעריפון", world.branch,
        )  # fmt: skip
        assert session.scalar(select(func.sum(Score.value))) == scores, "a mark changes no score"
        assert session.get_one(Response, world.comment).state == "counted"
    for _twice in range(2):
        answer(world.head, world, "התעריפון ישתנה")
    assert letters("mark_answered") == [world.manager.id]
    with pytest.raises(Conflict):
        mark(world.manager, world, reason="app")
    with pytest.raises(Conflict):
        answer(world.boss, world, "תשובה אחרת")
    with db.reading() as session:
        assert mark_queries.inbox(session, world.head, limit=10)[1] == 0
        (one,) = mark_queries.counts(session, MONTH)
        assert (one.reason, one.count, one.answered) == ("fees", 1, 1)
        (found,) = mark_queries.of_branch(session, [world.branch], MONTH).values()
        assert found.answer == "התעריפון ישתנה"


def test_a_mark_goes_elsewhere_while_nobody_answered(world: World) -> None:
    mark(world.manager, world)
    mark(world.manager, world, reason="app")
    with db.reading() as session:
        assert mark_queries.inbox(session, world.head, limit=10)[1] == 0
        # Nobody heads the digital department: management answers.
        assert mark_queries.inbox(session, world.boss, limit=10)[1] == 1
    with pytest.raises(NotFound):
        answer(world.head, world, "לא שלי")
    with transaction(Actor.user(world.manager), "mark.remove") as session:
        assert marks.unmark(session, world.manager, MONTH, world.comment, "pv9")
        assert not marks.unmark(session, world.manager, MONTH, world.comment, "pv9")


def test_a_reason_that_leads_nowhere_is_refused(world: World) -> None:
    for reason in ("building", "nothing", ""):
        with pytest.raises(UserError) as refused:
            mark(world.manager, world, reason)
        assert refused.value.places[0][0] == "reason"


def test_only_shown_comments_of_the_own_branch_are_marked(world: World) -> None:
    with pytest.raises(NotFound):
        mark(world.other, world)
    with setting() as make:
        # Under the least number of answers nobody sees comments, and nobody marks what they do not see.
        make.organisation(name="בנק", synthetic=True, policy={"least_comments": 50})
    with pytest.raises(NotFound):
        mark(world.manager, world)


def test_erased_words_take_the_mark_with_them(world: World) -> None:
    mark(world.manager, world, note="על הלקוח")
    with transaction(Actor.user(world.boss), "marks.forget") as session:
        marks.forget_words(session, [world.comment])
    with db.reading() as session:
        found = session.get_one(CommentMark, (world.comment, "pv9"))
        assert (found.note, found.reason) == ("", "fees")
    with setting() as make:
        officer = make.user(email="officer@example.com", role="privacy_officer")
    with transaction(Actor.user(officer), "response.erase") as session:
        responses.erase(session, world.comment)
    with db.reading() as session:
        assert session.get(CommentMark, (world.comment, "pv9")) is None


# ---- departments -----------------------------------------------------------------------------------------------------


def test_a_night_of_publication_leaves_marks_where_they_are(world: World) -> None:
    mark(world.manager, world, note="העמלה עלתה בספטמבר")
    answer(world.head, world, "נבדוק")
    with db.reading() as session:
        ids = list(session.scalars(select(Response.id).where(Response.branch_id == world.branch)))
    with transaction(Actor.respondent(), "publish") as session:
        traces.write_anew(session, ids)
    with db.reading() as session:
        found = session.get_one(CommentMark, (world.comment, "pv9"))
        assert (found.reason, found.note, found.answer) == ("fees", "העמלה עלתה בספטמבר", "נבדוק")


def test_a_department_reads_no_words_that_count_no_more(world: World) -> None:
    mark(world.manager, world)
    with transaction(Actor.user(world.boss), "response.exclude") as session:
        responses.exclude(session, world.comment, "staff")
    with db.reading() as session:
        (found,), total = mark_queries.inbox(session, world.head, limit=10)
    assert (found.words, total) == (None, 1)


def test_departments_are_refused_with_the_field_that_is_wrong(world: World) -> None:
    for code, about, place in (
        ("קוד", About({"he": "שם"}), "code"),
        ("pricing", About({"he": "שם"}), "code"),
        ("new", About({"en": "Name"}), "name_he"),
        ("new", About({"he": "שם"}, world.manager.id), "head"),
    ):
        with pytest.raises(UserError) as refused, setting() as make:
            departments.add(make.session, code, about)
        assert [name for name, _said in refused.value.places] == [place], code
    with pytest.raises(UserError) as refused, setting() as make:
        departments.change(make.session, "pricing", About({"he": "תמחור"}, active=False))
    assert refused.value.places[0][0] == "active"


def test_a_department_out_of_use_gets_nothing(world: World) -> None:
    with setting() as make:
        departments.route(make.session, {"fees": ""})
        departments.change(make.session, "pricing", About({"he": "תמחור"}, active=False))
    with pytest.raises(UserError), setting() as make:
        departments.route(make.session, {"fees": "pricing"})
    with db.reading() as session:
        assert set(department_queries.routes(session)) == {"app"}
