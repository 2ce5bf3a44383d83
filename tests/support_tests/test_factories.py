"""The factories make a world that the product itself accepts."""

from __future__ import annotations

from datetime import date

import pytest

from survey_app import db
from survey_app.commands import accounts
from survey_app.models import BranchFact, Response
from survey_app.models.response import COUNTED
from survey_app.queries import tickets
from tests.support.clocks import FrozenClock
from tests.support.factories import PASSWORD, Make, setting

DAY = date(2026, 11, 3)


def test_a_world_is_made(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    with setting() as make:
        region = make.region(name="צפון")
        branch = make.branch(code="101", region=region, city="חיפה")
        agent = make.agent(code="A1", branch=branch, since=date(2026, 1, 1))
        make.user(email="boss@example.com", role="branch_manager", branch=branch)
        survey = make.questionnaire("post_visit_branch")
        campaign = make.campaign("post_visit_branch", opens=date(2026, 1, 1))
        token = make.invitation(campaign=campaign, branch=branch, visited_on=DAY, agent=agent).token
        (counted,) = make.responses(
            version=survey,
            branch=branch,
            visited_on=DAY,
            state=COUNTED,
            answers=[{"pv1": 5}],
            context={"link": "personal"},
        )
        make.profit(branch=branch, month="2026-10", revenue=1000, cost=700, target=200, headcount=5)
    with db.reading() as session:
        assert accounts.authenticate(session, "boss@example.com", PASSWORD)
        assert tickets.by_token(session, token).branch.code == "101"
        assert session.get_one(Response, counted).month == "2026-11"
        assert session.query(BranchFact).count() > 0


def test_a_visit_is_made(database: db.Database, frozen_clock: FrozenClock) -> None:
    with setting() as make:
        branch = make.branch(code="101", region=None)
        shopper = make.user(email="eye@example.com", role="shopper")
        make.questionnaire("branch_mystery_visit")
        visit = make.assignment(
            campaign=make.campaign("branch_mystery_visit", opens=DAY),
            shopper=shopper,
            branch=branch,
            scenario=make.scenario(code="mortgage", has_appointment=True, has_account=False),
            window_from=DAY,
            window_until=date(2026, 11, 30),
        )
    with db.reading() as session:
        assert tickets.by_assignment(session, visit.id, shopper.id).branch.code == "101"


@pytest.mark.parametrize(
    ("method", "arguments"),
    [(Make.branch, {"code": "101"}), (Make.user, {"email": "a@example.com"}), (Make.region, {})],
)
def test_vague_worlds_are_refused(method: object, arguments: dict[str, str]) -> None:
    with pytest.raises(TypeError, match="missing"):
        method(Make(None), **arguments)  # type: ignore[operator, arg-type]
