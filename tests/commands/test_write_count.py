"""A report kept in memory is good exactly as long as nothing it is made of was written."""

from __future__ import annotations

import ast
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from survey_app import db
from survey_app.audit import Actor
from survey_app.commands import responses
from survey_app.db import Database, reading
from survey_app.models import Branch, Profit, WriteCount
from survey_app.queries import reviews, tickets
from survey_app.transaction import transaction
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

MONTH = "2026-10"


@pytest.fixture
def token(any_database: Database, frozen_clock: FrozenClock) -> str:
    """A bank with one branch, one month of profit and one invitation."""
    with setting() as make:
        make.questionnaire("post_visit_branch")
        branch = make.branch(code="1", region=None)
        make.profit(branch=branch, month=MONTH, revenue=100, cost=50, target=40, headcount=5)
        campaign = make.campaign("post_visit_branch", opens=date(2026, 10, 1))
        return make.invitation(campaign=campaign, branch=branch, visited_on=date(2026, 10, 19)).token


def contribution() -> float:
    """The branch's contribution as the report has it."""
    with reading() as session:
        found: float = reviews.computed(session, MONTH)[0].data["branches"][0]["profit"]["contribution"]
    return found


def responded() -> int:
    """The bank's answers as the report has them."""
    with reading() as session:
        found: int = reviews.computed(session, MONTH)[0].data["organisation"]["surveys"]["n"]
    return found


def test_the_same_report_is_handed_out_while_nothing_was_written(token: str) -> None:
    with reading() as session:
        first, _digest = reviews.computed(session, MONTH)
    with reading() as session:
        assert reviews.computed(session, MONTH)[0] is first


def test_a_meeting_s_own_acts_leave_a_report_as_it_stands_and_no_other_act_does(token: str) -> None:
    with reading() as session:
        first, _digest = reviews.computed(session, MONTH)
    with transaction(Actor.system("test"), "meeting.minutes"):
        pass
    with reading() as session:
        assert reviews.computed(session, MONTH)[0] is first
    written = WriteCount.writes
    with reading() as session:
        before = session.scalar(select(func.sum(written)))
    with transaction(Actor.system("test"), "branch.change"):
        pass
    with reading() as session:
        assert session.scalar(select(func.sum(written))) == (before or 0) + 1


def test_what_stands_beside_the_reports_writes_no_table_that_a_report_reads() -> None:
    """The tables of the input are the facts, the profit and who is where; these acts know them only to read."""
    commands = Path(responses.__file__).parent
    rooms = ("meeting", "decisions", "stories", "statements", "marks", "previews", "trend_notes", "packs", "benchmarks")
    known = {one for one in rooms if (commands / f"{one}.py").exists()}
    assert known >= {"meeting", "decisions", "stories", "statements", "marks", "packs"}
    for room in known:
        tree = ast.parse((commands / f"{room}.py").read_text(encoding="utf-8"))
        made = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not made & {"BranchFact", "AgentFact", "Profit", "Score", "Answer", "Response", "Branch", "ModelResult"}


def test_a_draft_changes_no_report_and_a_submission_does(token: str) -> None:
    assert responded() == 0
    kept = dict(db.current().reports)
    with transaction(Actor.respondent(), "survey.page") as session:
        responses.save_page(session, tickets.by_token(session, token), {"pv1": 5}, "he")
    assert responded() == 0
    assert db.current().reports == kept
    with transaction(Actor.respondent(), "survey.submit") as session:
        responses.submit(session, tickets.by_token(session, token), language="he")
    assert responded() == 1


def test_what_staff_write_shows_at_once(token: str) -> None:
    assert contribution() == 50
    with transaction(Actor.system("test"), "profit.change") as session:
        branch = session.query(Branch).one()
        session.get_one(Profit, (MONTH, branch.id)).cost = 3000
    assert contribution() == 70


def test_a_session_that_is_writing_reads_everything_itself(token: str) -> None:
    assert contribution() == 50
    with transaction(Actor.system("test"), "profit.change") as session:
        branch = session.query(Branch).one()
        session.get_one(Profit, (MONTH, branch.id)).cost = 3000
        session.flush()
        found = reviews.computed(session, MONTH)[0].data["branches"][0]["profit"]["contribution"]
    assert found == 70
