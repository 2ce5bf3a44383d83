"""Models over single responses: made where their inputs changed, kept for their month, right about a known truth."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from reports.disagreement import disagreement
from reports.overturning import Rate
from survey_app import db, jobs
from survey_app.audit import Actor
from survey_app.commands import models, questionnaires
from survey_app.commands.recording import Finished, record
from survey_app.models import Assignment, Branch, ModelResult, Version
from survey_app.queries.models import DISAGREEMENT, SEVERITY
from survey_app.queries.tickets import new_response_id
from survey_app.transaction import transaction
from tests.commands.acting import ITEMS, SHOP, SURVEY, Field, shop_answers
from tests.support.factories import Make, setting

pytestmark = pytest.mark.usefixtures("frozen_clock")
MONTH = "2026-11"
DAY = date(2026, 11, 9)


def shop(make: Make, version: Version, field: Field, branch: Branch, shopper_id: int, lost: int) -> None:
    """A counted visit by a shopper who found fault with so many items."""
    items = [code for code in ITEMS if code not in {"B3", "B4"}][:lost]
    visit = Assignment(
        campaign_id=questionnaires.standing_campaign(make.session, SHOP).id,
        response_id=new_response_id(),
        shopper_id=shopper_id,
        branch=branch,
        scenario=field.scenario,
        window_from=DAY,
        window_until=DAY,
        state="approved",
    )
    make.session.add(visit)
    answers = shop_answers(DAY.isoformat(), **dict.fromkeys(items, "no"))
    finished = Finished(
        response_id=visit.response_id,
        campaign_id=visit.campaign_id,
        version=version,
        branch_id=branch.id,
        region_id=branch.region_id or 0,
        month=MONTH,
        visited_on=DAY,
        state="counted",
        language="he",
        answers=answers,
        context={"scenario": field.scenario.facts},
    )
    record(make.session, [finished])


@pytest.fixture
def bank(any_database: db.Database) -> dict[str, int]:
    """Six branches and five shoppers, everybody everywhere; one shopper finds three faults more than the others."""
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
        field = Field.made(make)
        survey = make.questionnaire(SURVEY)
        branches = [field.branch, field.other, *(make.branch(code=f"30{n}", region=None) for n in range(4))]
        shoppers = [field.shopper, *(make.user(email=f"eye{n}@example.com", role="shopper") for n in range(4))]
        random = np.random.default_rng(1)
        for at, branch in enumerate(branches):
            for shopper in shoppers:
                lost = at + int(random.integers(0, 2)) + (6 if shopper is field.shopper else 0)
                shop(make, field.version, field, branch, shopper.id, lost)
            # The branch with the fewest faults has the least satisfied customers.
            make.responses(
                version=survey,
                branch=branch,
                visited_on=DAY,
                state="counted",
                answers=[{"pv1": 5 if answer < 20 + 12 * at else 2} for answer in range(100)],
                context={"link": "personal"},
            )
        return {"strict": field.shopper.id, "first": branches[0].id, "last": branches[-1].id}


def result(kind: str) -> dict[str, Any]:
    with db.reading() as session:
        return session.get_one(ModelResult, (MONTH, kind)).result


def test_the_strict_shopper_stands_first_beside_the_raw_score(bank: dict[str, int]) -> None:
    with transaction(Actor.system("test"), "models.queue") as session:
        models.queue(session, MONTH)
        session.flush()
        models.queue(session, MONTH)
    assert jobs.run_ready() == 1
    found = result(SEVERITY)
    assert (found["fitted"], found["visits"], found["groups"]) == (True, 30, [6])
    strictest = found["shoppers"][0]
    assert (strictest["id"], strictest["told"], strictest["n"], strictest["others"]) == (bank["strict"], True, 6, 6)
    assert strictest["high"] < 0
    assert sum(one["told"] for one in found["shoppers"]) == 1
    assert abs(sum(one["effect"] for one in found["shoppers"])) < 0.1
    assert found["branches"][-1]["id"] == bank["first"]


def test_nothing_is_made_again_until_something_changes(bank: dict[str, int]) -> None:
    assert set(models.make(MONTH)) == set(models.MODELS)
    assert models.make(MONTH) == []
    with setting() as make:
        version = make.session.get_one(Version, 1)
        answers = [shop_answers(DAY.isoformat())]
        branch = make.session.get_one(Branch, bank["first"])
        make.responses(version=version, branch=branch, visited_on=DAY, state="counted", answers=answers, context={})
    made = models.make(MONTH)
    assert DISAGREEMENT in made
    assert SEVERITY not in made, "a report that came by file has no shopper"


def test_branches_where_surveys_and_visits_disagree_are_named_with_their_items(bank: dict[str, int]) -> None:
    models.make(MONTH)
    found = result(DISAGREEMENT)
    assert (found["fitted"], found["compared"]) == (True, 6)
    named = {one["id"]: one for one in found["branches"]}
    assert named[bank["first"]]["better"] == "visits"
    assert named[bank["last"]]["better"] == "surveys"
    assert found["correlation"][1] < -0.8
    items = named[bank["last"]]["items"]
    assert items
    assert all(one["here"] < one["elsewhere"] and one["n"] == 5 for one in items)
    assert [one["code"] for one in named[bank["first"]]["questions"]] == ["pv1"]


def test_without_visits_it_says_so(any_database: db.Database) -> None:
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
    models.make(MONTH)
    assert (result(SEVERITY)["fitted"], result(SEVERITY)["visits"]) == (False, 0)
    assert result(DISAGREEMENT)["fitted"] is False


def test_disagreement_needs_certainty() -> None:
    found = disagreement([70, 80, 90, 80, 75, 85], [1] * 6, [90, 80, 70, 80, 85, 75], [1] * 6)
    assert found.surveys_above[2] > 0.95
    assert found.visits_above[0] > 0.95
    assert found.correlation == pytest.approx((-1, -1, -1))
    noisy = disagreement([70, 80, 90, 80, 75, 85], [400] * 6, [90, 80, 70, 80, 85, 75], [400] * 6)
    assert max(noisy.surveys_above.max(), noisy.visits_above.max()) < 0.8
    for bad in (
        ([1, 2], [1, 1], [1, 2], [1, 1]),
        ([1, 2, 3], [1, 1, 1], [1, 2], [1, 1]),
        ([1, 2, 3], [-1, 1, 1], [1, 2, 3], [1, 1, 1]),
    ):
        with pytest.raises(ValueError, match=r".+"):
            disagreement(*bad)


def test_items_are_proposed_for_rewriting_from_three_accepted_and_half() -> None:
    assert [Rate(*counts).rewrite for counts in ((2, 2, 0), (3, 2, 1), (6, 3, 0), (7, 3, 0))] == [
        False,
        True,
        True,
        False,
    ]
    assert Rate(4, 1, 1).share == 50
    low, high = Rate(4, 1, 1).interval or (0, 0)
    assert (round(low), round(high)) == (15, 85)
    assert (Rate(0, 0, 0).share, Rate(0, 0, 0).interval) == (None, None)
    with pytest.raises(ValueError, match="accepted"):
        Rate(1, 1, 1)
