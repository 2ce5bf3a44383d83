"""What a month's report is computed from: the month of a visit, mergers, moves, openings, series, agents, two banks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from reports.facts import Fact
from reports.units import MonthInput, Unit
from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import organisation, questionnaires
from survey_app.errors import UserError
from survey_app.models import Branch, BranchFact, Placement, Response
from survey_app.permissions import Scope
from survey_app.queries import branches, reviews
from survey_app.queries.facts import month_input
from survey_app.transaction import transaction
from tests.commands.acting import SINCE, SURVEY, Field, by_door, by_visit, keep, sent, shop_answers
from tests.forms.samples import asked, document, question
from tests.support.clocks import FrozenClock
from tests.support.factories import Make, setting

pytestmark = pytest.mark.usefixtures("database", "frozen_clock")
OCTOBER = date(2026, 10, 5)


def read(month: str = "2026-10") -> MonthInput:
    with db.reading() as session:
        return month_input(session, month)


def units(month: str = "2026-10") -> dict[str, Unit]:
    return {unit.code: unit for unit in read(month).branches}


def answered(make: Make, branch: Branch, *answers: int, on: date = OCTOBER, **more: Any) -> None:
    """Satisfaction answers of one branch and day."""
    make.responses(
        version=make.questionnaire(SURVEY),
        branch=branch,
        visited_on=on,
        state="counted",
        answers=[{"pv1": value} for value in answers],
        context={"link": "personal"},
        **more,
    )


def csat(unit: Unit) -> Mapping[str, Fact]:
    return unit.facts.get("csat", {})


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (datetime(2026, 10, 31, 21, 59, tzinfo=UTC), "2026-10"),
        (datetime(2026, 10, 31, 22, 1, tzinfo=UTC), "2026-11"),
        (datetime(2026, 11, 30, 23, 30, tzinfo=UTC), "2026-12"),
        (datetime(2027, 6, 30, 20, 59, tzinfo=UTC), "2027-06"),
        (datetime(2027, 6, 30, 21, 1, tzinfo=UTC), "2027-07"),
        # Clocks go forward on Friday 26 March 2027 at 2:00, back on Sunday 31 October 2027 at 2:00.
        (datetime(2027, 3, 31, 20, 59, tzinfo=UTC), "2027-03"),
        (datetime(2027, 3, 31, 21, 0, tzinfo=UTC), "2027-04"),
        (datetime(2027, 10, 31, 21, 59, tzinfo=UTC), "2027-10"),
        (datetime(2027, 10, 31, 22, 0, tzinfo=UTC), "2027-11"),
    ],
)
def test_the_month_is_that_of_the_organisation_s_wall(frozen_clock: FrozenClock, moment: datetime, month: str) -> None:
    with setting() as make:
        make.branch(code="101", region=None)
        make.questionnaire(SURVEY)
        make.campaign(SURVEY, opens=SINCE)
    frozen_clock.move_to(moment)
    ticket = by_door("101")
    keep(ticket, {"pv1": 5})
    assert sent(ticket, {}).month == month
    with db.reading() as session:
        assert session.scalars(select(BranchFact.month).distinct()).all() == [month]


@pytest.mark.parametrize(("day", "month"), [("2026-10-31", "2026-10"), ("2026-11-17", "2026-11")])
def test_a_visit_s_month_is_that_of_its_stated_day(day: str, month: str) -> None:
    with setting() as make:
        visit = Field.made(make).visit(make)
    assert sent(by_visit(visit), shop_answers(day)).month == month


def test_a_visit_of_tomorrow_is_refused() -> None:
    with setting() as make:
        visit = Field.made(make).visit(make)
    with pytest.raises(UserError, match="בעתיד"):
        sent(by_visit(visit), shop_answers("2026-11-18"))
    with db.reading() as session:
        assert session.scalars(select(Response)).all() == []


def test_mergers_are_applied_when_read_through_chains() -> None:
    with setting() as make:
        make.organisation(name="בנק", synthetic=False, policy={"least_surveys": 1})
        north = make.region(name="צפון")
        last = make.branch(code="103", region=north)
        middle = make.branch(code="102", region=north, closed=date(2026, 10, 20), merged_into=last)
        first = make.branch(code="101", region=None, closed=date(2026, 9, 1), merged_into=middle)
        for branch, month, profit in ((first, 8, 100), (middle, 9, 50), (last, 9, 7)):
            answered(make, branch, 5, 1, on=date(2026, month, 2))
            make.profit(branch=branch, month="2026-09", revenue=profit, cost=0, target=0, headcount=2)
    whole = Fact(2, 10000, 100_000_000)
    september, october = units("2026-09"), units("2026-10")
    assert csat(september["102"]) == {"2026-08": whole, "2026-09": whole}, "only the first had merged by then"
    assert csat(september["103"]) == {"2026-09": whole}
    assert csat(september["101"]) == csat(october["101"]) == csat(october["102"]) == {}
    assert csat(october["103"]) == {"2026-08": whole, "2026-09": whole + whole}
    assert october["103"].profit["2026-09"].revenue == 157
    assert october["103"].profit["2026-09"].headcount == 6
    assert (october["101"].merged_into, october["102"].merged_into) == ("102", "103")
    assert csat(read("2026-10").organisation) == csat(read("2026-09").organisation)
    with db.reading() as session:
        (part,) = branches.detail(session, "2026-10", "103", Scope()).questions
        assert (part.code, part.fact.n) == ("pv1", 6)


def test_branches_that_merge_in_a_circle_do_not_hang() -> None:
    with setting() as make:
        one = make.branch(code="101", region=None, closed=OCTOBER)
        two = make.branch(code="102", region=None, closed=OCTOBER, merged_into=one)
        one.merged_into = two
        make.session.flush()
        answered(make, one, 5)
    assert sum(fact.n for unit in units().values() for fact in csat(unit).values()) == 1


def test_facts_stay_with_the_region_of_the_visit() -> None:
    with setting() as make:
        north, south = make.region(name="צפון"), make.region(name="דרום")
        branch = make.branch(code="101", region=north)
        answered(make, branch, 5)
        branch.region = south
        make.session.flush()
        answered(make, branch, 1)
    with db.reading() as session:
        rows = session.execute(select(BranchFact.region_id, BranchFact.n).distinct().order_by(BranchFact.region_id))
        assert [tuple(row) for row in rows] == [(north.id, 1), (south.id, 1)]
    assert csat(units()["101"]) == {"2026-10": Fact(2, 10000, 100_000_000)}


def test_only_the_questionnaires_of_the_policy_enter() -> None:
    other = document(asked(question("q1", "scale", scale="sat5", measure="csat")), code="other")
    with setting() as make:
        branch = make.branch(code="101", region=None)
        version, _verdict = questionnaires.bring_in(make.session, other, publish=True)
        make.responses(
            version=version, branch=branch, visited_on=OCTOBER, state="counted", answers=[{"q1": 5}], context={}
        )
    assert units()["101"].facts == {}
    with transaction(Actor.system("test"), "organisation.change") as session:
        organisation.change(session, policy={"survey_questionnaires": ["other"]})
    assert csat(units()["101"])["2026-10"].n == 1


def test_opened_and_closed_and_units_that_serve_nobody() -> None:
    with setting() as make:
        make.branch(code="101", region=None, opened=date(2026, 10, 20))
        make.branch(code="102", region=None, closed=date(2026, 10, 1))
        make.branch(code="103", region=None, ranked=False)
        silent = make.branch(code="104", region=None, ranked=False)
        answered(make, silent, 5)
    found = units()
    assert set(found) == {"101", "102", "104"}, "a unit that is not ranked is there only with answers"
    assert (found["101"].opened, found["102"].closed, found["104"].ranked) == ("2026-10", "2026-10", False)


def test_two_banks_branches_of_one_code_stay_apart() -> None:
    with setting() as make:
        for bank, value in (("10", 5), ("20", 1)):
            branch = make.branch(code="7", region=None, bank=bank, name=f"בנק {bank}")
            answered(make, branch, *[value] * 12)
    with db.reading() as session:
        data = reviews.review(session, "2026-10").data
        rows = {row["code"]: row["surveys"]["csat"] for row in data["branches"]}
        assert rows == {"10-7": 100.0, "20-7": 0.0}
        assert branches.detail(session, "2026-10", "20-7", Scope()).code == "20-7"


def test_agents_are_placed_by_the_month_s_end() -> None:
    with setting() as make:
        here, there = make.branch(code="101", region=None), make.branch(code="102", region=None)
        gone = make.branch(code="103", region=None, closed=date(2026, 10, 1), merged_into=there)
        moved = make.agent(code="A1", branch=here, since=SINCE, until=date(2026, 10, 14))
        make.session.add(Placement(agent=moved, branch=there, since=date(2026, 10, 15)))
        later = make.agent(code="A2", branch=here, since=SINCE, until=date(2026, 10, 31))
        make.session.add(Placement(agent=later, branch=there, since=date(2026, 11, 1)))
        left = make.agent(code="A3", branch=here, since=SINCE, until=date(2026, 10, 2))
        merged = make.agent(code="A4", branch=gone, since=SINCE)
        silent = make.agent(code="A5", branch=here, since=SINCE)
        for agent in (moved, later, left, merged):
            answered(make, here, 5, agent=agent)
        answered(make, here, 5, agent=None)
    found = {unit.code: unit.branch_code for unit in read().agents}
    assert found == {"A1": "102", "A2": "101", "A3": "101", "A4": "102"}
    assert silent.code not in found
    assert all(unit.name == "" for unit in read().agents), "a signed report holds references only"


def test_a_critical_failure_is_open_until_a_later_month_shows_none(frozen_clock: FrozenClock) -> None:
    with setting() as make:
        field = Field.made(make)
        failing, fine = shop_answers("2026-08-03", E1="no"), shop_answers("2026-09-03")
        critical = [one.code for one in questionnaires.load(field.version.definition).questions if one.critical]
        failing |= dict.fromkeys(critical, "no")
        for day, answers in ((date(2026, 8, 3), failing), (date(2026, 9, 3), fine)):
            make.responses(
                version=field.version,
                branch=field.branch,
                visited_on=day,
                state="counted",
                answers=[answers],
                context={"link": "assignment", "scenario": field.scenario.facts},
            )
    assert units("2026-08")["101"].critical_open
    assert not units("2026-09")["101"].critical_open
    assert not units("2026-09")["102"].critical_open
    assert units("2026-08")["101"].facts["shop_critical"]["2026-08"].total == 100 * len(critical)


def test_a_report_of_nothing_is_a_report() -> None:
    with db.reading() as session:
        found = reviews.review(session, "2026-10")
    assert (found.data["overall"]["code"], found.data["branches"], found.state) == ("no_data", [], "open")
    assert clock.today() >= found.closes_on
    assert found.can_be_signed
