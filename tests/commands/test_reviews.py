"""The month's review: open, signed once and for good, whatever is corrected later."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from reports.documents.csv import write
from reports.monthly import MonthInput, MonthlyReport, compute
from reports.tables import tables
from survey_app import clock, db, jobs
from survey_app.commands import facts, organisation, reviews
from survey_app.errors import Conflict, NotFound
from survey_app.models import Branch, MonthlyReview, Profit, User, Version
from survey_app.queries import computing
from survey_app.queries import reviews as queries
from tests.commands.signing import MONTH, OCTOBER, answer, boss, sign
from tests.support.clocks import FrozenClock
from tests.support.databases import Queries
from tests.support.factories import setting

__all__ = ["boss"]


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "10-2026", "2026-1", "2026-10-01", "אוקטובר", "2026-10'--", "2026-12"]
)
def test_what_is_no_month_or_has_not_begun_is_not_found(boss: User, text: str) -> None:
    with db.reading() as session, pytest.raises(NotFound) as missing:
        queries.review(session, text)
    assert missing.value.status == 404


def test_a_month_begins_on_the_organisation_s_calendar(boss: User, frozen_clock: FrozenClock) -> None:
    frozen_clock.move_to(datetime(2026, 11, 30, 21, 59, tzinfo=clock.UTC))
    with pytest.raises(NotFound):
        queries.parse_month("2026-12")
    frozen_clock.move_to(datetime(2026, 11, 30, 22, 0, tzinfo=clock.UTC))
    assert queries.parse_month(" 2026-12 ") == "2026-12"


def test_a_month_is_signed_from_the_day_it_closes(boss: User, frozen_clock: FrozenClock) -> None:
    closes = clock.closes_on(MONTH)
    frozen_clock.move_to(clock.start_of(closes) - timedelta(minutes=1))
    with pytest.raises(Conflict):
        sign(boss)
    with db.reading() as session:
        assert not queries.review(session, MONTH).can_be_signed
    frozen_clock.move_to(clock.start_of(closes))
    sign(boss)
    with db.reading() as session:
        found = queries.review(session, MONTH)
        assert (found.state, found.can_be_signed, found.data["state"]) == ("signed", False, "signed")
    with pytest.raises(Conflict):
        sign(boss)
    with pytest.raises(Conflict):
        sign(boss, "2026-11")
    with pytest.raises(NotFound):
        sign(boss, "2026-12")


def test_signed_numbers_stay_to_the_byte(boss: User) -> None:
    numbers = sign(boss)
    with db.reading() as session:
        before = queries.report_text(queries.review(session, MONTH).data)
    answer(25)
    with setting() as make:
        make.session.get_one(Profit, (MONTH, 1)).revenue += 1
        organisation.change(make.session, policy={"service_weight": 0.7})
        facts.touched(make.session, [MONTH], others=1)
    jobs.run_ready()
    with db.reading() as session:
        review = queries.review(session, MONTH)
        signed = session.get_one(MonthlyReview, MONTH)
        assert signed.numbers == numbers
        assert signed.digest == reviews.digest(numbers)
        assert queries.report_text(review.data) == before
        assert [one.responses for one in review.restatements] == [25]


def test_what_was_read_is_not_computed_again_while_others_wait_for_the_signing(
    boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def counted(given: MonthInput) -> MonthlyReport:
        calls.append(given.month)
        return compute(given)

    computing.discard(db.current())
    monkeypatch.setattr(computing, "compute", counted)
    with db.reading() as session:
        read = queries.review(session, MONTH).data
    signed = json.loads(sign(boss))
    assert calls == [MONTH], "once, for the reader"
    assert (read["state"], signed["state"]) == ("open", "signed")
    assert {**read, "state": "signed"}["branches"] == signed["branches"]


def test_an_open_month_is_computed_again_when_something_changed(boss: User) -> None:
    with db.reading() as session:
        before = queries.review(session, MONTH).data
        assert queries.review(session, MONTH).data == before
    answer(1)
    with db.reading() as session:
        after = queries.review(session, MONTH).data
    assert (before["organisation"]["surveys"]["n"], after["organisation"]["surveys"]["n"]) == (120, 121)


def test_a_signature_holds_references_and_no_names_of_agents(boss: User) -> None:
    with setting() as make:
        branch = make.session.get_one(Branch, 1)
        agent = make.agent(code="A1", branch=branch, since=date(2026, 1, 1))
        make.responses(
            version=make.session.get_one(Version, 1),
            branch=branch,
            visited_on=OCTOBER,
            state="counted",
            answers=[{"pv1": 5}] * 12,
            context={"link": "personal"},
            agent=agent,
        )
    numbers = sign(boss)
    assert agent.name not in numbers
    with db.reading() as session:
        (shown,) = queries.review(session, MONTH).data["agents"]
        assert (shown["code"], shown["name"]) == ("A1", agent.name)


def test_the_list_of_months_counts_responses(boss: User) -> None:
    answer(3, on=date(2026, 9, 1))
    sign(boss)
    with setting() as make:
        make.profit(
            branch=make.branch(code="7", region=None), month="2026-12", revenue=1, cost=1, target=0, headcount=1
        )
        make.profit(
            branch=make.branch(code="8", region=None), month="2026-07", revenue=1, cost=1, target=0, headcount=1
        )
    with db.reading() as session:
        found = [(one.month, one.responses, one.signed is not None) for one in queries.months(session)]
    assert found == [(MONTH, 120, True), ("2026-09", 3, False), ("2026-07", 0, False)]


def test_responses_are_counted_once_as_long_as_nothing_is_written(
    boss: User, counting_queries: Callable[[], AbstractContextManager[Queries]]
) -> None:
    asked = []
    for late in (0, 0, 2):
        if late:
            answer(late)
        with db.reading() as session, counting_queries() as statements:
            (found,) = queries.months(session)
        asked.append((found.responses, len(statements.about("FROM response"))))
    assert asked == [(120, 1), (120, 0), (122, 1)]


def test_signed_numbers_make_the_same_tables(boss: User) -> None:
    def files() -> dict[str, Any]:
        with db.reading() as session:
            return {name: write(table) for name, table in tables(queries.review(session, MONTH).data).items()}

    before = files()
    sign(boss)
    answer(10)
    assert files() == before


def test_a_month_that_holds_nothing_is_not_signed(boss: User) -> None:
    with pytest.raises(Conflict, match="2026-08"):
        sign(boss, "2026-08")


@pytest.mark.parametrize("text", ["1989-12", "0001-01", "1500-06"])
def test_a_month_too_long_ago_is_no_month(text: str) -> None:
    with pytest.raises(NotFound):
        queries.parse_month(text)
