"""A question that began a new series: no report joins it with the old one, and the months before stay as they were."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from reports.facts import Fact
from reports.monthly import compute
from reports.policy import Policy
from reports.units import MonthInput, Unit
from survey_app import db
from survey_app.commands import questionnaires
from survey_app.models import Version
from survey_app.permissions import Scope
from survey_app.queries import branches
from survey_app.queries.facts import month_input
from tests.forms.samples import asked, document, question
from tests.support.factories import Make, setting

pytestmark = pytest.mark.usefixtures("database", "frozen_clock")
SAMPLE = {"survey_questionnaires": ["sample"]}


def version(make: Make, series: str) -> Version:
    """The survey with its question in a series; the one that measures NPS goes on in the first."""
    survey = document(
        asked(
            question("q1", "scale", scale="sat5", measure="csat", series=series),
            question("q2", "scale", scale="nps11", measure="nps"),
        )
    )
    return questionnaires.bring_in(make.session, survey, publish=True)[0]


def answered(make: Make, under: Version, branch: Any, month: str, *, good: int, bad: int) -> None:
    """Responses of one month: so many satisfied and so many not."""
    year, number = map(int, month.split("-"))
    make.responses(
        version=under, branch=branch, visited_on=date(year, number, 5), state="counted", context={},
        answers=[{"q1": 5, "q2": 9}] * good + [{"q1": 1, "q2": 3}] * bad,
    )  # fmt: skip


def month_of(month: str = "2026-10", policy: Mapping[str, Any] | None = None) -> MonthInput:
    with db.reading() as session:
        return month_input(session, month, Policy.from_dict({**SAMPLE, "draws": 200, **(policy or {})}))


def top(successes: int, n: int) -> Fact:
    return Fact(n, successes * 10_000, successes * 100_000_000)


@pytest.fixture
def broken() -> Unit:
    """August and September in series 1, October in series 2; a few stragglers on either side."""
    with setting() as make:
        make.organisation(name="בנק", synthetic=False, policy=SAMPLE)
        branch = make.branch(code="101", region=None)
        first = version(make, "1")
        answered(make, first, branch, "2026-08", good=20, bad=0)
        answered(make, first, branch, "2026-09", good=10, bad=10)
        second = version(make, "2")
        answered(make, second, branch, "2026-09", good=0, bad=1)
        answered(make, first, branch, "2026-10", good=5, bad=0)
        answered(make, second, branch, "2026-10", good=3, bad=27)
    return unit()


def unit(month: str = "2026-10", **policy: Any) -> Unit:
    (found,) = month_of(month, policy).branches
    return found


def test_each_month_belongs_to_one_series(broken: Unit) -> None:
    assert broken.facts["csat"] == {"2026-10": top(3, 30)}, "the newest series only, stragglers of the old one left out"
    assert broken.earlier["csat"] == {"2026-08": top(20, 20), "2026-09": top(10, 20)}
    assert month_of().breaks == {"csat": ["2026-10"]}
    assert broken.facts["nps"]["2026-09"].n == 21, "a question that goes on keeps every answer"
    assert "nps" not in broken.earlier


def test_the_report_counts_the_newest_series_and_tells_its_smaller_base(broken: Unit) -> None:
    data = compute(month_of()).data
    (row,) = data["branches"]
    assert (row["surveys"]["n"], row["surveys"]["csat"]) == (30, 10.0)
    assert row["trend"]["csat"][-3:] == [100.0, 50.0, 10.0]
    assert data["organisation"]["trend"]["csat"][-3:] == [100.0, 50.0, 10.0]
    assert data["settings"]["series"] == {"csat": {"begins": ["2026-10"], "since": "2026-10"}}
    assert not any(change["measure"] == "csat" for change in row["change"]), "nothing is compared over the break"


def test_a_month_before_the_break_stays_as_it_was(broken: Unit) -> None:
    september = month_of("2026-09")
    assert september.breaks == {}
    assert unit("2026-09").facts["csat"] == {"2026-08": top(20, 20), "2026-09": top(10, 20)}
    data = compute(september).data
    assert data["settings"]["series"] == {}
    assert data["branches"][0]["surveys"]["n"] == 40


def test_the_branch_page_shows_the_question_from_the_break_on(broken: Unit) -> None:
    with db.reading() as session:
        parts = {one.code: one.fact.n for one in branches.detail(session, "2026-10", "101", Scope()).questions}
        before = {one.code: one.fact.n for one in branches.detail(session, "2026-09", "101", Scope()).questions}
    assert parts == {"q1": 30, "q2": 76}
    assert before == {"q1": 40, "q2": 41}


def test_comments_count_every_response_whatever_its_series(broken: Unit) -> None:
    with db.reading() as session:
        assert not branches.detail(session, "2026-10", "101", Scope()).comments_hidden


def test_a_policy_may_hold_a_line_to_one_series(broken: Unit) -> None:
    held = {"survey_questionnaires": ["sample", "sample:csat:1"]}
    assert unit(**held).facts["csat"]["2026-10"] == top(5, 5)
    assert month_of(policy=held).breaks == {}
    alone = {"survey_questionnaires": ["sample:csat:2"]}
    assert set(unit(**alone).facts) == {"csat"}, "one line and no other of the questionnaire"
    assert unit(**alone).facts["csat"] == {"2026-09": top(0, 1), "2026-10": top(3, 30)}


def test_the_newest_of_many_series_is_the_last_and_not_the_first_letter(broken: Unit) -> None:
    with setting() as make:
        branch = make.session.get_one(branches.Branch, 1)
        for series, bad in (("9", 100), ("10", 200)):
            answered(make, version(make, series), branch, "2026-10", good=7, bad=bad)
    assert unit().facts["csat"] == {"2026-10": top(7, 207)}, "series 9 was overtaken by 10 in the same month"
