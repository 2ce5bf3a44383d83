"""Facts are right after every act, whatever the order; a wrong one is found and mended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from survey_app import db
from survey_app.audit import Actor
from survey_app.commands import facts, quality, questionnaires
from survey_app.commands.recording import Finished, record
from survey_app.models import AgentFact, BranchFact, Response, Score
from survey_app.transaction import transaction
from tests.commands.acting import PULSE, SINCE, SURVEY, agent_facts, branch_facts, by_visit, differences, send
from tests.commands.acts import SHOP, Bank, satisfied
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")
DAY = date(2026, 10, 5)
Facts = dict[str, list[tuple[Any, ...]]]


def standing() -> Facts:
    """Every row of both tables."""
    with db.reading() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
            for table in (BranchFact.__table__, AgentFact.__table__)
        }


def rebuild() -> None:
    """Write every month anew, as the command line does."""
    with db.reading() as session:
        months = facts.months_with_facts(session)
    for month in months:
        with transaction(Actor.system("test"), "facts.rebuild") as session:
            facts.rebuild(session, month)


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_happens_the_facts_are_right(any_database: db.Database, seed: int) -> None:
    bank = Bank(seed)
    happened = ["shop"] * 3
    assert all(bank.shop() for _visit in happened)
    for _time in range(25):
        happened.append(bank.act())
        assert differences() == [], happened
    with db.reading() as session:
        assert branch_facts(session, "csat") == satisfied(session), happened
    stands = standing()
    rebuild()
    assert standing() == stands


SPOILT: dict[str, Callable[[Session], Any]] = {
    "a sum too high": lambda session: session.execute(
        update(BranchFact).where(BranchFact.branch_id == 1).values(total=BranchFact.total + 1)
    ),
    "squares too low": lambda session: session.execute(
        update(BranchFact).where(BranchFact.branch_id == 1).values(squares=BranchFact.squares - 1)
    ),
    "an agent's count": lambda session: session.execute(
        update(AgentFact).where(AgentFact.branch_id == 1).values(n=AgentFact.n + 1)
    ),
    "a row gone": lambda session: session.execute(delete(BranchFact).where(BranchFact.branch_id == 1)),
    "a row of another region": lambda session: session.execute(
        update(BranchFact).where(BranchFact.branch_id == 1).values(region_id=77)
    ),
    "a month nobody answered in": lambda session: session.execute(
        update(BranchFact).where(BranchFact.branch_id == 1).values(month="2025-01")
    ),
    "a score of nobody": lambda session: session.execute(
        update(Score).where(Score.value > 0).values(value=Score.value - 1)
    ),
}


@pytest.mark.parametrize("wrong", SPOILT)
def test_a_wrong_fact_is_found_and_mended(any_database: db.Database, wrong: str) -> None:
    survey_of_one_agent()
    assert differences() == []
    with transaction(Actor.system("test"), "test.spoil") as session:
        SPOILT[wrong](session)
    assert differences()
    rebuild()
    assert differences() == []


def survey_of_one_agent() -> None:
    with setting() as make:
        branch = make.branch(code="101", region=make.region(name="צפון"))
        agent = make.agent(code="A1", branch=branch, since=SINCE)
        survey = make.questionnaire(SURVEY)
        make.responses(
            version=survey,
            branch=branch,
            visited_on=DAY,
            state="counted",
            answers=[{"pv1": 5, "pv10": 9}, {"pv1": 2}, {"pv10": "dk"}],
            context={"link": "personal"},
            agent=agent,
        )


def test_a_fact_that_comes_down_to_nothing_goes(any_database: db.Database) -> None:
    bank = Bank(0)
    bank.survey()
    assert standing()["branch_fact"]
    bank.exclude()
    assert standing() == {"branch_fact": [], "agent_fact": []}
    bank.reinstate()
    assert differences() == []
    assert standing()["branch_fact"]
    bank.erase()
    assert standing() == {"branch_fact": [], "agent_fact": []}


def test_agents_have_headlines_only_and_agent_0_has_none(database: db.Database) -> None:
    survey_of_one_agent()
    with db.reading() as session:
        assert branch_facts(session, "question.pv1")
        assert agent_facts(session, "question.pv1") == {}
        assert list(agent_facts(session, "csat").values()) == list(branch_facts(session, "csat").values())
    with setting() as make:
        branch = make.branch(code="102", region=None)
        make.responses(
            version=make.questionnaire(SURVEY),
            branch=branch,
            visited_on=DAY,
            state="counted",
            answers=[{"pv1": 5}],
            context={},
        )
    with db.reading() as session:
        assert ("2026-10", branch.id) in branch_facts(session, "csat")
        assert {agent for _month, agent in agent_facts(session, "csat")} == {1}


@pytest.mark.parametrize("named", [True, False])
def test_shops_name_an_agent_only_where_the_policy_does(database: db.Database, named: bool) -> None:
    with setting() as make:
        make.organisation(name="בנק", synthetic=False, policy={"agent_shops": named})
        branch = make.branch(code="101", region=None)
        agent = make.agent(code="A1", branch=branch, since=SINCE)
        questionnaires.bring_in(make.session, SHOP, publish=True)
        judge = make.user(email="judge@example.com", role="quality_reviewer")
        visit = make.assignment(
            campaign=make.campaign("small_shop", opens=SINCE),
            shopper=make.user(email="eye@example.com", role="shopper"),
            branch=branch,
            scenario=make.scenario(code="any", has_appointment=True, has_account=True),
            window_from=DAY,
            window_until=date(2026, 11, 30),
        )
        visit.agent_id = agent.id
    response = send(by_visit(visit), {"day": "2026-10-05", "A1": "yes", "A2": "no", "B1": "yes"})
    assert response is not None
    with transaction(Actor.user(judge), "quality.review") as session:
        quality.review(session, judge, response.id, "approved")
    with db.reading() as session:
        assert session.get_one(Response, response.id).agent_id == (agent.id if named else 0)
        assert bool(agent_facts(session, "total")) is named
        assert branch_facts(session, "total") == {("2026-10", branch.id): (1, 6667, 6667**2)}


def test_many_at_once_are_the_same_as_one_by_one(any_database: db.Database) -> None:
    with setting() as make:
        branches = [make.branch(code=f"10{n}", region=None) for n in range(2)]
        versions = [make.questionnaire(SURVEY), make.questionnaire(PULSE)]
    many = [
        Finished(
            response_id=f"{number:032x}",
            campaign_id=1 + number % 2,
            version=versions[number % 2],
            branch_id=branches[number % 2].id,
            region_id=0,
            month=f"2026-{8 + number % 3:02d}",
            state="counted" if number % 5 else "pending",
            language="he",
            answers={"pv1": number % 5 + 1, "ep1": number % 5 + 1},
        )
        for number in range(60)
    ]
    with setting() as make:
        record(make.session, many[:40])
    assert differences() == []
    with setting() as make:
        for one in many[40:]:
            record(make.session, [one])
        assert record(make.session, []) == {}
    assert differences() == []
    with db.reading() as session:
        assert sum(n for n, _total, _squares in branch_facts(session, "csat").values()) == 24
        assert sum(n for n, _total, _squares in branch_facts(session, "question.ep1").values()) == 24


def test_what_is_never_counted_has_no_scores(database: db.Database) -> None:
    with setting() as make:
        branch = make.branch(code="101", region=None)
        visit = make.questionnaire("executive_field_visit")
        scales = [one.code for one in questionnaires.load(visit.definition).questions if one.type == "scale"]
        make.responses(
            version=visit,
            branch=branch,
            visited_on=DAY,
            state="counted",
            answers=[dict.fromkeys(scales, 1)],
            context={},
        )
    with db.reading() as session:
        assert session.scalars(select(Score)).all() == []
    assert standing()["branch_fact"] == []
