"""The settings are stored with each signed month, and read back."""

from __future__ import annotations

import json

import pytest

from reports.policy import Policy


def test_settings_travel_through_json() -> None:
    policy = Policy(draws=123, service_weight=0.4, survey_questionnaires=("a", "b"), critical_cap=60.0)
    assert Policy.from_dict(json.loads(json.dumps(policy.as_dict()))) == policy
    assert Policy.from_dict({}) == Policy()
    assert set(Policy().as_dict()) == set(Policy.__dataclass_fields__)


def test_unknown_and_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="colour"):
        Policy.from_dict({"colour": 3})
    for broken in (
        {"service_weight": 1.5},
        {"survey_window": 0},
        {"draws": 0},
        {"service_weight_range": (0.7, 0.3)},
        {"survey_weight": 0.0, "shop_weight": 0.0},
        {"agent_target": 120.0},
        {"critical_cap": -1.0},
    ):
        with pytest.raises(ValueError, match=r"\w"):
            Policy(**broken)  # type: ignore[arg-type]


def test_months_that_a_report_reads() -> None:
    needed = Policy().needed("2026-10")
    assert needed[-1] == "2026-10"
    assert needed[0] == "2024-11", "the month and the 23 before it: a window of a year, and the year before"
    assert Policy(profit_window=36).needed("2026-10")[0] == "2023-11"
