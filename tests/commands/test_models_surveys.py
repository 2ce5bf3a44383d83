"""Models over survey answers: what is read, what is found of a known truth, and what is not told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from reports.policy import Policy
from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import models
from survey_app.commands import reviews as signing
from survey_app.commands.recording import Finished, record
from survey_app.models import Branch, Customer, Invitation, ModelResult, Organisation, Version
from survey_app.permissions import Scope
from survey_app.queries import facts, reviews
from survey_app.queries import models as queries
from survey_app.queries.samples_surveys import MISSING, surveys
from survey_app.queries.tickets import new_response_id
from survey_app.queries.visibility import visible
from survey_app.transaction import transaction
from tests.commands.acting import SURVEY
from tests.support.factories import Make, setting

pytestmark = pytest.mark.usefixtures("frozen_clock")
MONTH = "2026-10"
DAY = date(2026, 10, 12)


def answered(
    make: Make, version: Version, branch: Branch, answers: Sequence[Mapping[str, Any]], **more: Any
) -> list[str]:
    """Counted answers of one day; ``more`` as in Finished."""
    campaign = make.campaign(SURVEY, opens=date(2026, 1, 1))
    day = more.pop("visited_on", DAY)
    finished = [
        Finished(
            response_id=new_response_id(),
            campaign_id=campaign.id,
            version=version,
            branch_id=branch.id,
            region_id=branch.region_id or 0,
            month=f"{day:%Y-%m}",
            visited_on=day,
            state="counted",
            answers=one,
            context={"link": "personal"},
            **{"language": "he", **more},
        )
        for one in answers
    ]
    record(make.session, finished)
    return [one.response_id for one in finished]


def drawn(random: np.random.Generator, n: int, at: int) -> list[dict[str, Any]]:
    """Answers of customers to whom ease matters most, respect less, explanations hardly."""
    topics = random.normal(0, 1, (n, 3)) + random.normal(0, 0.5, (n, 1))
    overall = topics @ [0.2, 0.05, 0.8] + random.normal(0, 0.6, n) + 0.1 * at
    five = [np.clip(np.round(3.4 + one), 1, 5).astype(int) for one in (overall, topics[:, 0], topics[:, 1])]
    ease = np.clip(np.round(4.5 + 1.4 * topics[:, 2]), 1, 7).astype(int)
    return [
        {"pv1": int(a), "pv5": int(b), "pv6": int(c), "pv7": int(d), "pv10": "no_problem", "pv2": "cash"}
        for a, b, c, d in zip(*five, ease, strict=True)
    ]


@pytest.fixture
def bank(database: db.Database) -> dict[str, int]:
    """The bank of :func:`founded`."""
    return founded()


@pytest.fixture
def bank_anywhere(any_database: db.Database) -> dict[str, int]:
    """The same on either engine, for what is asked of the database."""
    return founded()


def founded() -> dict[str, int]:
    """Ten branches; in the first everybody comes with a problem, which every second customer says was dealt with."""
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
        survey = make.questionnaire(SURVEY)
        region = make.region(name="צפון")
        branches = [make.branch(code=f"30{n}", region=region if n == 0 else None) for n in range(10)]
        random = np.random.default_rng(3)
        for at, branch in enumerate(branches):
            answered(make, survey, branch, drawn(random, 60, at))
        problems = [
            {"pv1": 5 if i % 2 else 2, "pv8": 9 if i % 2 else 3, "pv10": "handled" if i % 2 else "not_handled"}
            | {"pv2": "problem"}
            for i in range(60)
        ]
        answered(make, survey, branches[0], problems, mode="phone")
        answered(make, survey, branches[1], [{"pv1": 1, "pv10": "not_reported", "pv2": "problem"}] * 4)
        for back in (30, 60, 90):
            earlier = [{"pv1": 4, "pv10": "no_problem", "pv2": "cash"}] * 40
            answered(make, survey, branches[0], earlier, visited_on=DAY - timedelta(days=back))
        return {branch.code: branch.id for branch in branches} | {"region": region.id}


def result(kind: str) -> dict[str, Any]:
    with db.reading() as session:
        return session.get_one(ModelResult, (MONTH, kind)).result


def test_what_is_read_is_what_the_report_counts(bank_anywhere: dict[str, int]) -> None:
    with db.reading() as session:
        found = surveys(session, MONTH, Policy())
        organisation = facts.month_input(session, MONTH).organisation
    csat = found.scores["csat"]
    counted = organisation.fact("csat", found.months)
    assert (int((csat != MISSING).sum()), int(csat[csat != MISSING].sum())) == (counted.n, counted.total)
    assert found.problem.names == ("handled", "no_problem", "not_handled", "not_reported")
    assert found.mode.names == ("phone", "web")
    assert {topic.code: topic.measure for topic in found.topics}["pv7"] == "ces"
    assert sorted(set(found.branch.tolist())) == sorted(bank_anywhere[f"30{n}"] for n in range(10))


def test_few_statements_however_many_responses(bank: dict[str, int], counting_queries: Any) -> None:
    with db.reading() as session, counting_queries() as queries_sent:
        surveys(session, MONTH, Policy())
    assert len(queries_sent) < 12


def test_the_topic_that_matters_most_comes_first(bank: dict[str, int]) -> None:
    models.make(MONTH)
    found = result(queries.DRIVERS)
    assert found["fitted"]
    assert [row["code"] for row in found["topics"]] == ["pv7", "pv5", "pv6"]
    first = found["topics"][0]
    assert first["p_top"] > 95
    assert first["low"] < first["share"] < first["high"]
    assert sum(row["share"] for row in found["topics"]) == pytest.approx(100, abs=0.05)
    assert 40 < first["performance"] < 70


def test_too_few_responses_tell_no_drivers(database: db.Database) -> None:
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
        survey = make.questionnaire(SURVEY)
        answered(make, survey, make.branch(code="300", region=None), drawn(np.random.default_rng(1), 99, 0))
    models.make(MONTH)
    found = result(queries.DRIVERS)
    assert (found["fitted"], found["n"], found["needed"], found["topics"]) == (False, 99, 100, [])


def test_recovery_stands_by_the_customers_own_answer_and_hides_small_groups(bank: dict[str, int]) -> None:
    models.make(MONTH)
    found = result(queries.RECOVERY)
    groups = found["groups"]
    assert {name: one["n"] for name, one in groups.items()} == {
        "no_problem": 680, "handled": 30, "not_handled": 30, "not_reported": 4,
    }  # fmt: skip
    assert groups["not_reported"]["top_box"] is None
    hidden = [name for name, one in groups.items() if one["why"] == "complementary"]
    assert len(hidden) == 1, "else the four could be worked out from the total"
    assert groups["handled"]["top_box"] is None or groups["not_handled"]["top_box"] is None
    assert found["paradox"] is False


def test_recovery_finds_what_a_problem_dealt_with_is_worth(database: db.Database) -> None:
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
        survey = make.questionnaire(SURVEY)
        branch = make.branch(code="300", region=None)
        for group, share, promoter in (
            ("no_problem", 0.8, 0.6), ("handled", 0.7, 0.5), ("not_handled", 0.2, 0.1), ("not_reported", 0.4, 0.2)
        ):  # fmt: skip
            answers = [
                {"pv1": 5 if i < 100 * share else 2, "pv8": 10 if i < 100 * promoter else 2, "pv10": group}
                for i in range(100)
            ]
            answered(make, survey, branch, answers)
    models.make(MONTH)
    found = result(queries.RECOVERY)
    assert found["groups"]["handled"]["top_box"]["value"] == 70
    assert found["groups"]["not_handled"]["nps"]["value"] == -80
    handling = found["handling"]["top_box"]
    assert handling["value"] == 50
    assert 36 < handling["low"] < 50 < handling["high"] < 62
    assert found["forgiven"]["top_box"]["value"] == -10
    assert found["paradox"] is False


def test_a_customers_next_problem_within_ninety_days_is_counted_as_repeated(any_database: db.Database) -> None:
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
        survey = make.questionnaire(SURVEY)
        branch = make.branch(code="300", region=None)
        campaign = make.campaign(SURVEY, opens=date(2026, 1, 1))
        days = {"a": (date(2026, 7, 20), DAY), "b": (date(2026, 7, 10), DAY), "c": (DAY, DAY + timedelta(days=3))}
        for ref, visits in days.items():
            customer = Customer(ref=ref, updated_at=clock.now())
            make.session.add(customer)
            make.session.flush()
            for day in visits:
                ids = answered(make, survey, branch, [{"pv1": 2, "pv10": "handled"}], visited_on=day)
                invitation = make.invitation(campaign=campaign, branch=branch, visited_on=day)
                invitation.customer_id, invitation.response_id, invitation.state = customer.id, ids[0], "used"
    models.make(MONTH)
    found = result(queries.RECOVERY)
    assert (found["known"], found["repeats"]) == (4, 2)
    # Contact is cleared when its time is over: what was counted before stays, and nothing breaks.
    with setting() as make:
        for invitation in make.session.query(Invitation):
            invitation.customer_id = None
    models.make(MONTH)
    found = result(queries.RECOVERY)
    assert (found["known"], found["repeats"]) == (4, 2)


def test_a_changed_mix_is_told_of_the_bank_and_of_the_branch(bank_anywhere: dict[str, int]) -> None:
    models.make(MONTH)
    found = result(queries.MIX)
    warned = [(one["kind"], one["level"], one["id"]) for one in found["warnings"]]
    assert ("mode", "phone", bank_anywhere["300"]) in warned
    assert {one["id"] for one in found["warnings"]} <= {None, bank_anywhere["300"]}
    branch = next(one for one in found["warnings"] if one["id"] is not None)
    assert (branch["before"], branch["now"], branch["n_before"], branch["n"]) == (0, 50, 120, 120)
    assert branch["p"] < 0.001
    shares = [one for one in found["organisation"] if one["kind"] == "mode"]
    assert sum(one["now"] for one in shares) == pytest.approx(100, abs=0.02)


def test_branches_are_adjusted_for_what_brought_people_there(bank: dict[str, int]) -> None:
    models.make(MONTH)
    found = result(queries.CASEMIX)
    assert found["fitted"]
    adjustments = {row["id"]: row["adj"] for row in found["branches"]}
    assert adjustments[bank["300"]] == max(adjustments.values()) > 1, "it had the problems"
    assert all(row["variance"] > 0 for row in found["branches"])
    assert not any({"raw", "adjusted"} & set(row) for row in found["branches"])


def test_what_a_few_customers_add_is_not_told(bank: dict[str, int]) -> None:
    with setting() as make:
        version, branch = make.session.get_one(Version, 1), make.session.get_one(Branch, bank["304"])
        answered(make, version, branch, [{"pv1": 1, "pv2": "cash"}] * 2, language="ru")
    models.make(MONTH, [queries.CASEMIX])
    found = result(queries.CASEMIX)
    levels = {factor["name"]: {one["level"]: one["n"] for one in factor["levels"]} for factor in found["factors"]}
    assert set(levels["language"]) == {"he"}
    assert all(n >= Policy().least_surveys for of in levels.values() for n in of.values())


def test_the_report_takes_models_in_by_code_and_only_under_its_own_settings(bank: dict[str, int]) -> None:
    with db.reading() as session:
        assert set(queries.for_report(session, MONTH, Policy()).values()) == {None}
    models.make(MONTH)
    with db.reading() as session:
        found = queries.for_report(session, MONTH, Policy())
        other = queries.for_report(session, MONTH, Policy(survey_window=6))
    assert found["casemix"]["branches"][0]["branch"] == "300"
    assert found["mix"]["warnings"][-1]["branch"] == "300"
    assert found["recovery"]["repeats"] == 0
    assert not any("settings" in one for one in found.values() if one)
    assert "shoppers" not in found["severity"]
    assert other["drivers"] is None
    assert other["severity"] is not None, "the window of the visits is the same"


def test_a_reader_sees_rows_of_own_branches_alone(bank: dict[str, int]) -> None:
    models.make(MONTH)
    with db.reading() as session:
        data = {**reviews.review(session, MONTH).data}
        data["models"] = queries.for_report(session, MONTH, Policy())
        own = visible(session, data, Scope("branch", branch_id=bank["301"]))["models"]
        region = visible(session, data, Scope("region", region_id=bank["region"]))["models"]
        agent = visible(session, data, Scope("agent", agent_id=1))["models"]
        before = visible(session, {key: value for key, value in data.items() if key != "models"}, Scope("branch"))
    assert [row["branch"] for row in own["casemix"]["branches"]] == ["301"]
    assert [row["branch"] for row in region["casemix"]["branches"]] == ["300"]
    assert {row["branch"] for row in own["mix"]["warnings"]} <= {None}
    assert own["drivers"] == data["models"]["drivers"]
    assert set(agent.values()) == {None}
    assert before.get("models", {}) == {}


def test_nothing_is_made_twice_and_a_changed_setting_makes_all_anew(bank: dict[str, int]) -> None:
    assert set(models.make(MONTH)) == set(models.MODELS)
    assert models.make(MONTH) == []
    with setting() as make:
        organisation = make.session.get_one(Organisation, 1)
        organisation.policy = {"survey_window": 1}
    assert {queries.DRIVERS, queries.RECOVERY, queries.CASEMIX} <= set(models.make(MONTH))
    assert result(queries.RECOVERY)["groups"]["no_problem"]["n"] == 600


def test_a_signed_month_keeps_the_settings_it_was_signed_with(bank: dict[str, int]) -> None:
    with setting() as make:
        user = make.user(email="m@example.com", role="management")
        make.session.get_one(Organisation, 1).policy = {"closes_on_working_day": 1}
    models.make_fresh(MONTH)
    with transaction(Actor.user(user), "review.sign", month=MONTH) as session:
        signing.sign(session, user, MONTH)
    with setting() as make:
        make.session.get_one(Organisation, 1).policy = {"survey_window": 1}
    models.make(MONTH)
    assert result(queries.RECOVERY)["settings"]["survey_window"] == 3
    with db.reading() as session:
        restated = reviews.restated(session, MONTH).report
    assert restated.data["models"]["recovery"]["groups"]["no_problem"]["n"] == 680
