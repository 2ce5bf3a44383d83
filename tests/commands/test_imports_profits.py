"""Profit by branch and month."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from survey_app import clock
from survey_app.db import Database
from survey_app.models import MonthlyReview, PendingRestatement, Profit
from tests.commands.importing import bring, counts, places, reasons, stored, table, workbook
from tests.support.clocks import FrozenClock
from tests.support.factories import setting
from translations import speaking

HEADER = ["month", "branch", "revenue", "cost", "target", "headcount"]


@pytest.fixture(autouse=True)
def world(database: Database, frozen_clock: FrozenClock) -> None:
    """Two branches; today is in November 2026."""
    with setting() as make:
        make.branch(code="1", region=None)
        make.branch(code="2", region=None)


def test_amounts_are_kept_in_agorot(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "p.csv",
        HEADER,
        ["2026-10", "1", "1,250,000.55", "‎830,000 ₪", "(5,000)", "12.5"],
        ["10/2026", "20-2", "100", "40-", "0", ""],
    )
    assert counts(bring("profits", path)) == (2, 0, 0, 0)
    first, second = stored(Profit)
    assert (first.revenue, first.cost, first.target, first.headcount) == (125_000_055, 83_000_000, -500_000, 12.5)
    assert (second.month, second.cost, second.headcount) == ("2026-10", -4_000, None)
    assert counts(bring("profits", path)) == (0, 0, 2, 0)


def test_a_workbook_that_made_dates_of_the_months(tmp_path: Path) -> None:
    rows = [["חודש", "סניף", "הכנסות", "הוצאות", "יעד"], [datetime(2026, 9, 1), 1, 1000.1, 0.1 + 0.2, 3]]  # noqa: DTZ001
    assert counts(bring("profits", workbook(tmp_path, "p.xlsx", rows))) == (1, 0, 0, 0)
    [profit] = stored(Profit)
    assert (profit.month, profit.revenue, profit.cost, profit.target) == ("2026-09", 100_010, 30, 300)


def test_rows_without_a_number_are_refused_with_their_column(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "p.csv",
        HEADER,
        ["2026-10", "1", "", "5", "5", ""],
        ["2026-10", "1", "5", "unknown", "5", "few"],
        ["2026-13", "1", "5", "5", "5", ""],
        ["2026-12", "1", "5", "5", "5", ""],
        ["2026-10", "99", "5", "5", "5", ""],
        ["2026-10", "1", "5", "5", "5", "-1"],
        ["2026-10", "2", "5", "5", "5", ""],
        ["2026-10", "20-2", "6", "5", "5", ""],
    )
    with speaking("en"):
        summary = bring("profits", path)
    assert places(summary) == [
        (2, "revenue"),
        (3, "cost"),
        (3, "headcount"),
        (4, "month"),
        (5, "month"),
        (6, "branch"),
        (7, "headcount"),
        (9, None),
    ]
    said = [message for _row, _column, message in reasons(summary)]
    assert said[0] == "This must be filled in."
    assert said[1] == "Write a number like \u20661,234.56\u2069. (\u2068unknown\u2069)"
    assert said[4] == "This month has not begun."
    assert said[-1] == "Row 8 of the file is about the same."
    assert [(one.branch_id, one.revenue) for one in stored(Profit)] == [(2, 500)]


def test_a_signed_month_waits_for_a_restatement(tmp_path: Path) -> None:
    bring("profits", table(tmp_path, "a.csv", HEADER, ["2026-10", "1", "5", "5", "5", ""]))
    with setting() as make:
        signer = make.user(email="ceo@example.com", role="management")
        make.session.add(
            MonthlyReview(
                month="2026-10",
                signed_at=datetime(2026, 11, 12, tzinfo=UTC),
                signed_by_id=signer.id,
                numbers="{}",
                digest="",
                inputs_digest="",
                code_version="test",
            )
        )
    again = table(tmp_path, "b.csv", HEADER, ["2026-10", "1", "5", "5", "5", ""])
    bring("profits", again)
    assert stored(PendingRestatement) == []
    changed = table(tmp_path, "c.csv", HEADER, ["2026-10", "1", "6", "5", "5", ""], ["2026-10", "2", "6", "5", "5", ""])
    assert counts(bring("profits", changed, dry_run=True)) == (1, 1, 0, 0)
    assert stored(PendingRestatement) == []
    assert counts(bring("profits", changed)) == (1, 1, 0, 0)
    [waiting] = stored(PendingRestatement)
    assert (waiting.month, waiting.others, waiting.since) == ("2026-10", 2, clock.now())
