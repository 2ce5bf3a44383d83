"""``facts --check`` goes back to the answers themselves, and ``--rebuild`` puts scores and facts right from them."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, update

from survey_app.audit import Actor
from survey_app.commands import rescoring
from survey_app.db import Database, reading
from survey_app.models import Answer, BranchFact, Line, Score
from survey_app.queries.tickets import IMPORTED
from survey_app.transaction import transaction
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

MONTH, DAY = "2026-11", date(2026, 11, 16)


@pytest.fixture(autouse=True)
def answered(any_database: Database, frozen_clock: FrozenClock) -> None:
    """A survey and a visit, both counted."""
    with setting() as make:
        version, shop = make.questionnaire("post_visit_branch"), make.questionnaire("branch_mystery_visit")
        branch = make.branch(code="1", region=None)
        for one, answers in ((version, {"pv1": 5, "pv8": 9}), (shop, {"A1": "yes", "A2": "no"})):
            make.responses(
                version=one, branch=branch, visited_on=DAY, state="counted", answers=[answers], context=IMPORTED
            )


def differences() -> list[tuple[str, str]]:
    """Table and last part of the key of every difference."""
    with reading() as session:
        return [(one.table, str(one.key[-1])) for one in rescoring.check(session, MONTH)]


def change_answer(value: object) -> None:
    """An answer changed behind the platform's back."""
    with transaction(Actor.respondent(), "test.fault") as session:
        session.execute(update(Answer).where(Answer.question == "pv1").values(value=value))


def test_what_was_answered_agrees_with_scores_and_facts() -> None:
    assert differences() == []


def test_an_answer_that_its_scores_do_not_tell_is_found_and_mended() -> None:
    change_answer(1)
    assert differences() == [("score", "post_visit_branch:csat:1"), ("score", "post_visit_branch:question.pv1:1")]
    with reading() as session:
        found = rescoring.wrong(session, MONTH)
    with transaction(Actor.system("test"), "facts.rebuild") as session:
        rescoring.rebuild(session, MONTH, found)
    assert differences() == []
    with reading() as session:
        csat = select(BranchFact.total).join(Line, Line.id == BranchFact.line_id)
        assert session.scalar(csat.where(Line.code == "post_visit_branch:csat:1")) == 0


def test_a_score_that_nobody_gave_is_found() -> None:
    with transaction(Actor.respondent(), "test.fault") as session:
        line = session.scalar(select(Line.id).where(Line.code == "branch_mystery_visit:item.A2:1"))
        session.execute(update(Score).where(Score.line_id == line).values(value=10000))
    assert ("score", "branch_mystery_visit:item.A2:1") in differences()


def test_stripped_answers_leave_their_scores_alone() -> None:
    with transaction(Actor.respondent(), "test.strip") as session:
        for answer in session.scalars(select(Answer)):
            session.delete(answer)
    assert differences() == []
