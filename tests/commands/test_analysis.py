"""The analyst's tables from the database, on both engines: a question by a break, and the models of a month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from survey_app import clock, db
from survey_app.commands import analysis_models, models
from survey_app.models import Branch, Interaction, Invitation, ModelResult, Organisation, Response
from survey_app.queries import analysis, analysis_cross, analysis_questions
from survey_app.queries.analysis_cross import Crosstab
from tests.support.factories import Make, setting

pytestmark = pytest.mark.usefixtures("frozen_clock")
SURVEY = "post_visit_branch"
QUARTER = ["2026-07", "2026-08", "2026-09"]
DAY = date(2026, 8, 9)


def answered(make: Make, branch: Branch, count: int, **given: Any) -> list[str]:
    version = make.session.info["version"]
    answers: list[Mapping[str, Any]] = [given] * count
    return make.responses(
        version=version, branch=branch, visited_on=DAY, state="counted", answers=answers, context={"link": "personal"}
    )


@pytest.fixture
def bank(any_database: db.Database) -> dict[str, list[str]]:
    """Two regions, three branches; who came for a loan is content, who came with a problem is not."""
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
        north, south = make.region(name="צפון"), make.region(name="דרום")
        make.session.info["version"] = make.questionnaire(SURVEY)
        one, two = (make.branch(code=f"10{n}", region=north, size="large") for n in (1, 2))
        three = make.branch(code="103", region=south, size="small")
        loans = answered(make, one, 20, pv1=5, pv2="credit", pv8=10)
        loans += answered(make, three, 12, pv1=4, pv2="credit", pv8=7)
        problems = answered(make, two, 16, pv1=2, pv2="problem", pv8=3) + answered(make, one, 4, pv1=1, pv2="problem")
        answered(make, three, 4, pv1=3, pv2="cash")
        answered(make, two, 5, pv1="dk", pv2="credit")
        return {"loans": loans, "problems": problems}


def table(question: str, by: str, months: list[str] = QUARTER) -> Crosstab:
    with db.reading() as session:
        asked = analysis_questions.find(session, f"{SURVEY}:{question}")
        assert asked is not None
        return analysis_cross.tabulated(session, asked, by, months)


def shown(found: Crosstab) -> dict[Any, Any]:
    """Group -> (n, percent of the first column), or why it is hidden."""
    return {one.key: (one.n, round(one.shares[0].percent, 2)) if one.shown else one.why for one in found.groups}


def test_satisfaction_by_region_and_by_reason(bank: dict[str, list[str]]) -> None:
    found = table("pv1", "region")
    assert shown(found) == {"דרום": (16, 75.0), "צפון": (40, 50.0)}, "hard to say is outside of the base"
    assert (found.whole.n, found.least, found.weighted) == (56, 10, False)
    assert found.whole.mean is not None
    assert found.whole.mean.percent == pytest.approx((20 * 5 + 12 * 4 + 16 * 2 + 4 + 4 * 3) / 56)
    by_reason = table("pv1", "purpose")
    # Four came for cash: too few; with the total known the next smallest is hidden too. In the question's order.
    assert list(shown(by_reason)) == ["cash", "credit", "problem"]
    assert shown(by_reason) == {"cash": 2, "credit": (32, 100.0), "problem": 4}


def test_recommendation_is_told_in_three_parts_and_its_mean_is_the_nps(bank: dict[str, list[str]]) -> None:
    found = table("pv8", "region")
    assert [column.name for column in found.columns] == ["promoters", "passives", "detractors"]
    assert found.whole.mean is not None
    assert found.whole.mean.percent == pytest.approx(100 * (20 - 16) / 48)


def test_a_size_that_would_give_a_small_branch_away_is_hidden(bank: dict[str, list[str]]) -> None:
    assert shown(table("pv1", "size")) == {"large": (40, 50.0), "small": (16, 75.0)}
    with setting() as make:
        north = make.session.get_one(Branch, 1).region
        small = make.branch(code="104", region=north, size="small")
        make.session.info["version"] = analysis_questions.questions(make.session)[0].questionnaire.versions[0]
        answered(make, small, 3, pv1=5, pv2="credit")
    found = shown(table("pv1", "size"))
    assert found == {"large": 4, "small": 4}, "104, and what its region hides with it, would follow from either"
    assert shown(table("pv1", "region"))["צפון"] == (43, 53.49)


def test_weights_count_and_are_trimmed(bank: dict[str, list[str]]) -> None:
    with setting() as make:
        make.session.execute(update(Response).where(Response.id.in_(bank["problems"])).values(weight=3.0))
        make.session.execute(update(Response).where(Response.id == bank["loans"][0]).values(weight=1000.0))
    found = table("pv1", "language")
    assert found.weighted
    with db.reading() as session:
        mean = sum(session.scalars(Response.__table__.select().with_only_columns(Response.weight))) / 61
    trimmed = 31 * 0.3 * mean + 3 * mean
    rest = 4 * 0.3 * mean + 20 * max(3.0, 0.3 * mean)
    assert found.groups[0].shares[0].percent == pytest.approx(100 * trimmed / (trimmed + rest))
    assert found.groups[0].effective is not None
    assert found.groups[0].effective < 56


def test_only_the_quarter_counted_responses_and_the_same_series(bank: dict[str, list[str]]) -> None:
    with setting() as make:
        make.session.execute(update(Response).where(Response.id.in_(bank["loans"][:5])).values(state="excluded"))
        make.session.execute(update(Response).where(Response.id.in_(bank["loans"][5:8])).values(month="2026-10"))
    assert table("pv1", "region").whole.n == 48
    empty = table("pv1", "region", ["2026-01", "2026-02", "2026-03"])
    assert (empty.groups, empty.whole.shown) == ([], False)


def test_tenure_is_told_only_once_it_was_approved(bank: dict[str, list[str]]) -> None:
    with db.reading() as session:
        asked = analysis_questions.find(session, f"{SURVEY}:pv1")
        assert asked is not None
        assert "tenure" not in analysis_questions.possible(session, asked)
        purpose = analysis_questions.find(session, f"{SURVEY}:pv2")
        assert purpose is not None
        assert "purpose" not in analysis_questions.possible(session, purpose), "a question is not told by itself"
    with setting() as make:
        make.session.get_one(Organisation, 1).outreach = {"approved_fields": ["tenure"]}
        campaign = make.campaign(SURVEY, opens=date(2026, 1, 1))
        branch = make.session.get_one(Branch, 1)
        for at, response in enumerate(bank["loans"][:12]):
            row = Interaction(key=f"k{at}", branch_id=1, at=clock.now(), received_at=clock.now())
            row.tenure = "10+"
            make.session.add(row)
            make.session.flush()
            invitation = make.invitation(campaign=campaign, branch=branch, visited_on=DAY)
            make.session.execute(
                update(Invitation)
                .where(Invitation.id == invitation.id)
                .values(response_id=response, interaction_id=row.id)
            )
    with db.reading() as session:
        assert "tenure" in analysis_questions.possible(session, asked)
    assert shown(table("pv1", "tenure")) == {"10+": (12, 100.0), "": (44, pytest.approx(45.45, abs=0.01))}


def test_quarters_are_those_that_have_ended_with_responses(bank: dict[str, list[str]]) -> None:
    with db.reading() as session:
        assert analysis.quarters(session) == [QUARTER]
    assert analysis_models.last_quarter("2026-11") == QUARTER
    assert analysis_models.last_quarter("2026-09") == QUARTER
    assert analysis_models.last_quarter("2026-08") == ["2026-04", "2026-05", "2026-06"]


def test_models_of_a_month_are_made_once_and_say_what_is_missing(bank: dict[str, list[str]]) -> None:
    made = models.make("2026-09")
    assert {"rank_sets", "efficiency", "link"} <= set(made)
    with db.reading() as session:
        results = {kind: session.get_one(ModelResult, ("2026-09", kind)).result for kind in analysis_models.MODELS}
    assert results["efficiency"]["why"] == "no_profit"
    assert (results["link"]["fitted"], results["link"]["branches"]) == (False, 0)
    assert set(results["rank_sets"]["measures"]) == {"composite", "surveys", "shops", "profit"}
    assert models.make("2026-09") == []
