"""Comments are found by their words and themes on both engines, and no search finds what was deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import delete, select, text, update

from reports.policy import Policy
from survey_app import db
from survey_app.audit import Actor
from survey_app.commands import comment_index
from survey_app.models import Answer, Organisation, Response, Score
from survey_app.queries import comments, found
from survey_app.queries.comments import Wanted
from survey_app.transaction import transaction
from tests.commands.acting import SURVEY
from tests.support.factories import setting

MONTH, DAY = "2026-10", date(2026, 10, 5)
WORDS = [
    "חיכיתי בתור ארבעים דקות",
    "התוֹר קצר והיחס נעים",
    "העמלות גבוהות מדי",
    "תורה לשמה",
    "הפקידה הסבירה את צ׳ק הביטחון",
    "The queue was long",
]


@pytest.fixture
def branch(any_database: db.Database) -> int:
    """A branch with a comment for each of :data:`WORDS`, and one with the same words beside it."""
    with setting() as make:
        make.session.add(Organisation(id=1, name={"he": "בנק"}, policy={}, synthetic=False, details={}))
        survey = make.questionnaire(SURVEY)
        own, other = (make.branch(code=code, region=None) for code in ("101", "102"))
        for place in (own, other):
            make.responses(
                version=survey,
                branch=place,
                visited_on=DAY,
                state="counted",
                answers=[{"pv1": 1 + 4 * (number % 2), "pv12": words} for number, words in enumerate(WORDS)],
                context={"link": "personal"},
            )
    return own.id


def said(branch: int, **wanted: str) -> list[str]:
    """The comments of the branch as they are listed, in the order of :data:`WORDS`."""
    with db.reading() as session:
        listed = comments.listed(session, [branch], [MONTH], Policy(), Wanted(**wanted))
    assert listed.total == len(listed.rows)
    return sorted((one.words for one in listed.rows), key=WORDS.index)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("תור", [0, 1, 3]),
        ("עמלה", [2]),
        ("תור דקות", [0]),
        ("צק", [4]),
        ('צ"ק', [4]),
        ("QUEUE", [5]),
        ("que", [5]),
        ("תור' OR words", []),
        ("אין כאן", []),
    ],
)
def test_words_are_found_behind_prefixes(branch: int, search: str, found: list[int]) -> None:
    assert said(branch, search=search) == [WORDS[number] for number in found]


def test_a_search_that_says_nothing_is_told(branch: int) -> None:
    with db.reading() as session:
        listed = comments.listed(session, [branch], [MONTH], Policy(), Wanted(search='"* ('))
    assert listed.unsearchable
    assert (listed.rows, listed.written) == ([], len(WORDS))


def test_themes_and_ratings_cut_the_list(branch: int) -> None:
    assert said(branch, theme="waiting") == WORDS[:2]
    assert said(branch, theme="waiting", satisfied="yes") == WORDS[1:2]
    assert said(branch, theme="no theme", satisfied="neither") == WORDS
    with db.reading() as session:
        listed = comments.listed(session, [branch], [MONTH], Policy(), Wanted(theme="fees"), limit=1)
    waiting = next(theme for theme in listed.themes if theme.code == "waiting")
    assert (waiting.n, waiting.rated, waiting.satisfied) == (2, 2, 1)
    assert (listed.total, listed.written) == (1, len(WORDS))


def test_pages_are_of_one_order(branch: int) -> None:
    with db.reading() as session:
        whole = comments.listed(session, [branch], [MONTH], Policy()).rows
        pages = [comments.listed(session, [branch], [MONTH], Policy(), limit=4, offset=at).rows for at in (0, 4)]
    assert [*pages[0], *pages[1]] == whole
    assert len(whole) == len(WORDS)


def _clear(branch: int) -> None:
    with transaction(Actor.system("test"), "test.clear") as session:
        session.execute(update(Answer).where(Answer.words == WORDS[0]).values(words=None))


def _change(branch: int) -> None:
    with transaction(Actor.system("test"), "test.change") as session:
        session.execute(update(Answer).where(Answer.words == WORDS[0]).values(words="אין מה לומר"))


def _erase(branch: int) -> None:
    with transaction(Actor.system("test"), "test.erase") as session:
        mine = select(Answer.response_id).join(Response).where(Answer.words == WORDS[0], Response.branch_id == branch)
        ids = session.scalars(mine).all()
        session.execute(delete(Score).where(Score.response_id.in_(ids)))
        session.execute(delete(Response).where(Response.id.in_(ids)))


@pytest.mark.parametrize("act", [_clear, _change, _erase])
def test_no_search_finds_what_is_gone(branch: int, act: Callable[[int], None]) -> None:
    act(branch)
    assert said(branch, search="דקות") == []
    assert said(branch, search="עמלה") == [WORDS[2]]


def test_on_sqlite_the_index_keeps_no_text_no_order_and_nothing_that_is_gone(database: db.Database) -> None:
    with setting() as make:
        survey = make.questionnaire(SURVEY)
        place = make.branch(code="101", region=None)
        for word in WORDS * 3:
            make.responses(
                version=survey,
                branch=place,
                visited_on=DAY,
                state="counted",
                answers=[{"pv12": word}],
                context={"link": "personal"},
            )
    with transaction(Actor.system("test"), "test.clear") as session:
        session.execute(update(Answer).where(Answer.words == WORDS[0]).values(words=None))
        gone = session.scalars(select(Answer.response_id).where(Answer.words == WORDS[5])).all()
        session.execute(delete(Response).where(Response.id.in_(gone)))
    assert comment_index.settle() >= 1
    assert comment_index.settle() == 1, "nothing is left to merge"
    with database.writer.begin() as connection:
        connection.execute(text("CREATE VIRTUAL TABLE temp.terms USING fts5vocab (main, comment_words, row)"))
        terms: dict[str, int] = dict(connection.execute(text("SELECT term, doc FROM temp.terms")).all())
        keys = connection.execute(text("SELECT key FROM comment_key ORDER BY response_id")).scalars().all()
        tables = connection.execute(text("SELECT name FROM sqlite_master WHERE name LIKE 'comment_words%'")).scalars()
        assert "comment_words_content" not in tables.all(), "no text is kept beside the words themselves"
        with pytest.raises(Exception, match="no such column"):
            connection.execute(text("SELECT rowid FROM comment_key"))
    assert {"ארבעים", "queue"}.isdisjoint(terms)
    assert terms["העמלות"] == 3
    assert len(keys) == 12
    assert sorted(keys) != keys
    assert min(keys) > 2**40, "drawn by chance, not counted"


def test_on_postgresql_a_search_can_use_the_index(pg_database: db.Database) -> None:
    with db.reading() as session:
        condition = found.holding(session, "תור")
        assert condition is not None
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plain = str(
            select(Answer.question).where(condition).compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        )
        plan = session.execute(text("EXPLAIN " + plain.replace(":", "\\:").replace("%%", "%"))).scalars().all()
    assert any("ix_answer_words" in line for line in plan), plan
