"""The page for analysts is held to the code: its tables of codes and reasons, its constants."""

from __future__ import annotations

import re
from pathlib import Path

import translations
from reports.allocation import MARGIN, TRAILING_DAYS, WINDOW_DAYS
from survey_app.commands.choosing import CHECKS
from survey_app.outreach.dispositions import DISPOSITIONS, LEFT_OUT
from survey_app.outreach.policy import Outreach
from survey_app.queries.sampling import PRIOR, RIPE_DAYS

PAGE = (Path(__file__).parents[2] / "docs" / "sampling.md").read_text(encoding="utf-8")
#: Order of the checks in code, by what they may object.
ORDER = ["outside_rules", "before_first_day", "too_old", "branch_closed", "language", "opted_out", "employee"]
ORDER += ["open_case", "no_contact", "capped", "not_drawn", "duplicate", "quota_full", "daily_limit"]


def test_every_code_of_a_case_stands_there_as_in_the_code() -> None:
    rows = re.findall(r"^\| ([\d.]+) \| (.+?) \| (\w+) \|$", PAGE, re.MULTILINE)

    with translations.speaking("en"):
        assert rows == [(one.code, str(one.name), one.group) for one in DISPOSITIONS.values()]


def test_every_reason_stands_there_in_the_order_of_the_checks() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert rows == ORDER
    assert set(rows) == set(LEFT_OUT)
    assert [one.__name__ for one in CHECKS] == [
        "_outside", "_before", "_too_old", "_closed", "_language", "_held", "_contact", "_capped", "_drawn",
    ]  # fmt: skip


def test_its_constants_are_the_code_s() -> None:
    assert f"rolling window of {WINDOW_DAYS} days" in PAGE
    assert f"trailing {TRAILING_DAYS} days" in PAGE
    assert f"{TRAILING_DAYS}/{WINDOW_DAYS}" in PAGE
    assert MARGIN == 1.0
    assert f"weight of {PRIOR} invitations" in PAGE
    assert RIPE_DAYS == 5
    assert "older than five days" in PAGE
    assert f"within {Outreach().cap_days} days" in PAGE
    assert f"({Outreach().freshest_days} days)" in PAGE
