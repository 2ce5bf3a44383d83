"""Whether a mystery visit's report says who served: only where the branch's staff were told that names are recorded."""

from __future__ import annotations

from typing import Any

import pytest

from survey_app import db
from survey_app.models import Assignment, Organisation, StaffNotice
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
