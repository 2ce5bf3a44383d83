"""What is said of cases and promises says of when: numbers of different moments stand on one screen."""

from __future__ import annotations

from typing import Any

import pytest

from reports import loop_wording
from translations import speaking


def promises(window: int) -> dict[str, Any]:
    kept = {"value": 0.8, "x": 40, "of": 50, "low": 0.67, "high": 0.89, "base": "40/50"}
    return {"kept": kept, "least": 10, "window": window}


@pytest.mark.parametrize(("months", "said"), [(1, "in the last month were"), (12, "in the last 12 months were")])
def test_the_share_of_promises_says_of_which_months(months: int, said: str) -> None:
    with speaking("en"):
        assert said in loop_wording.promise_finding(promises(months))


@pytest.mark.parametrize("code", ["standing", "overdue"])
def test_a_state_says_at_which_moment(code: str) -> None:
    with speaking("en"):
        assert "end of the month" in loop_wording.measure(code)
