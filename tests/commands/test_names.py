"""Whether a mystery visit's report says who served: only where the branch's staff were told that names are recorded."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from survey_app import db
from survey_app.audit import Actor
from survey_app.commands import naming, quality
from survey_app.errors import Forbidden, UserError
from survey_app.models import NO_AGENT, AgentFact, Assignment, Organisation, StaffNotice
from survey_app.transaction import transaction
from tests.commands.acting import SINCE, by_visit, sent, shop_answers
from tests.commands.boarding import Board
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.mark.parametrize(
    ("scored", "recorded", "named"),
    [(True, True, True), (True, False, False), (False, True, False)],
    ids=["told", "not-told", "not-scored"],
)
def test_a_report_names_who_served_only_where_staff_were_told_so(
    database: db.Database, scored: bool, recorded: bool, named: bool
) -> None:
    board = Board.made(organisation=True)
    with setting() as make:
        make.session.get_one(Organisation, 1).policy = {"agent_shops": scored}
        agent: Any = make.agent(code="7", branch=board.branch, since=SINCE)
        make.session.query(StaffNotice).update({"names_recorded": recorded})
    number = board.visit("assigned", shopper_id=board.shoppers[0].id, agent_id=agent.id)
    with db.reading() as session:
        visit = session.get_one(Assignment, number)
    assert (sent(by_visit(visit), shop_answers("2026-11-16")).agent_id == agent.id) is named


def test_a_reviewer_names_who_served_where_staff_were_told_so(database: db.Database) -> None:
    board = Board.made(organisation=True)
    with setting() as make:
        make.session.get_one(Organisation, 1).policy = {"agent_shops": True}
        served: Any = make.agent(code="7", branch=board.branch, since=SINCE)
        elsewhere: Any = make.agent(code="8", branch=make.branch(code="999", region=None), since=SINCE)
        reviewer = make.user(email="judge@example.com", role="quality_reviewer")
    number = board.visit("assigned", shopper_id=board.shoppers[0].id)
    with db.reading() as session:
        visit = session.get_one(Assignment, number)
    came = sent(by_visit(visit), shop_answers("2026-11-16"))

    def name(agent_id: int) -> int:
        with transaction(Actor.user(reviewer), "quality.name_agent") as session:
            return naming.name_agent(session, reviewer, came.id, agent_id).agent_id

    with pytest.raises(Forbidden):  # the notice says nothing of names
        name(served.id)
    with setting() as make:
        make.session.query(StaffNotice).update({"names_recorded": True})
    with pytest.raises(UserError, match="לא היה משובץ"):
        name(elsewhere.id)
    assert name(served.id) == served.id
    with transaction(Actor.user(reviewer), "quality.review") as session:
        quality.review(session, reviewer, came.id, "approved")
    with db.reading() as session:
        assert session.scalars(select(AgentFact.agent_id).distinct()).all() == [served.id]
    assert name(NO_AGENT) == NO_AGENT  # counted: the facts follow
    with db.reading() as session:
        assert session.scalars(select(AgentFact.n).where(AgentFact.agent_id == served.id, AgentFact.n > 0)).all() == []
