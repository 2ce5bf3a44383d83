"""Control charts: each measure's own limits, slow drifts, notes, and limits begun anew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from reports import months, signals
from reports.control import Note, control
from reports.trends import trend
from tests.reports.banks import MONTH, csat, given
from tests.reports.strange import QUICK, steady, strict, varied

SPAN = months.span(MONTH, 24)


def charted(good: list[int], sizes: list[int]) -> dict[str, Any]:
    """A bank in which branch 001 had these answers in the last 24 months."""
    units = varied(8)
    answers = dict(units[0].facts["csat"]) | {month: csat(x, n) for month, x, n in zip(SPAN, good, sizes, strict=True)}
    facts = {**units[0].facts, "csat": answers}
    return strict(given([type(units[0])(1, "001", "א", "north", facts=facts), *units[1:]], policy=QUICK))


SIZES = [40, 80] * 12


def test_a_share_with_known_bases_is_held_against_a_p_chart() -> None:
    good = [32, 64] * 11 + [32, 48]
    data = charted(good, SIZES)
    assert data["branches"][0]["trend"]["csat_n"]
    found = control(data, "001", "csat")
    (stretch,) = found.stretches
    assert (stretch.kind, found.differs) == ("p", False)
    assert stretch.limits is not None
    assert stretch.limits.center == pytest.approx(80.0)
    reference = signals.p_limits(good[:12], SIZES[:12])
    assert reference.center == pytest.approx(0.8)
    # 60% of 80 is beyond 3σ of that base; of 10 it would not be. The moving average has not seen enough of it.
    assert found.marks == {23: ("beyond",)}
    small = charted([32, 64] * 11 + [32, 6], [40, 80] * 11 + [40, 10])
    assert control(small, "001", "csat").marks == {}


def test_a_share_that_was_always_full_is_not_alarmed_by_one_answer() -> None:
    data = charted([*SIZES[:23], 79], SIZES)
    assert control(data, "001", "csat").marks == {}
    assert 23 in control(charted([*SIZES[:23], 60], SIZES), "001", "csat").marks


def test_a_run_and_a_slow_drift_are_told_by_their_names() -> None:
    lower = [32, 64] * 7 + [29, 58] * 5
    found = control(charted(lower, SIZES), "001", "csat")
    assert "run" in found.marks[21]
    assert "run" not in found.marks.get(20, ())
    assert any("drift" in names for names in found.marks.values())
    smooth = [one for one in found.ewma if one is not None]
    assert len(smooth) == 24
    assert smooth[-1] < 76
    limits = found.stretches[0].limits
    assert limits is not None
    expected, _limits = signals.ewma(
        [100 * x / n for x, n in zip(lower, SIZES, strict=True)], limits.center, (limits.high - limits.center) / 3
    )
    assert smooth == pytest.approx(expected.tolist(), abs=0.01)


def test_other_measures_keep_single_value_limits() -> None:
    data = strict(given(varied(8), policy=QUICK))
    for name in ("nps", "ease", "shops", "profit"):
        found = control(data, "001", name)
        assert {one.kind for one in found.stretches} == {"xmr"}


def test_a_logged_decision_begins_new_limits_and_no_new_line() -> None:
    good = [32, 64] * 6 + [20, 40] * 6
    data = charted(good, SIZES)
    plain = control(data, "001", "csat")
    assert set(range(12, 24)) <= set(plain.marks)
    notes = [Note(SPAN[12], "תור חדש", True, "csat", "1"), Note(SPAN[3], "שיפוץ", mark="2"), Note("1999-01", "x", True)]
    rebased = control(data, "001", "csat", notes=notes)
    assert [(one.first, one.end) for one in rebased.stretches] == [(0, 12), (12, 24)]
    assert rebased.stretches[1].limits is not None
    assert rebased.stretches[1].limits.center == pytest.approx(50.0)
    assert rebased.marks == {}
    assert [note.mark for note in rebased.notes] == ["1", "2"]
    # Another measure is not re-based by it.
    assert len(control(data, "001", "nps", notes=notes[:1]).stretches) == 1
    figure = trend(data, "001", "csat", language="he", notes=notes)
    assert len(figure["data"]) == 1, "the line goes on"
    assert len(figure["layout"]["shapes"]) == 3 + 3 + 2
    assert [one["text"].strip("\u2066\u2067\u2069") for one in figure["layout"]["annotations"]] == ["2", "1"]
    assert "שיפוץ" in figure["data"][0]["hovertext"][3]


def test_limits_begun_anew_wait_for_enough_months() -> None:
    data = charted([32, 64] * 12, SIZES)
    found = control(data, "001", "csat", notes=[Note(SPAN[20], "", True)])
    assert found.stretches[1].limits is None
    assert all(one is None for one in found.ewma[20:])


def test_frozen_limits_hold_for_the_newest_months() -> None:
    data = charted([32, 64] * 12, SIZES)
    found = control(data, "001", "csat", frozen=signals.Limits(50.0, 45.0, 55.0))
    assert all("beyond" in found.marks[place] for place in range(24))


def test_agents_have_charts_of_their_own() -> None:
    units = varied(6)
    agents = [steady("9001", good=20, n=30, branch_code="001")]
    data = strict(given(units, agents, policy=QUICK))
    found = control(data, "9001", "csat", units="agents")
    assert found.stretches[0].kind == "xmr"
    assert np.isclose([value for value in found.values if value is not None], 66.67).all()
    with pytest.raises(KeyError):
        control(data, "9001", "csat")


def test_an_employee_s_chart_says_so() -> None:
    """Whose difference to the bank it is, is in the title."""
    data: dict[str, Any] = {
        "month": "2026-03",
        "settings": {"trend_months": ["2026-02", "2026-03"], "policy": {"signal_points": 12, "signal_run": 8}},
        "organisation": {"trend": {"csat": [80.0, 81.0]}},
        "branches": [{"code": "1", "trend": {"csat": [70.0, 75.0]}}],
        "agents": [{"code": "1", "trend": {"csat": [90.0, 85.0]}}],
    }
    titles = [
        trend(data, "1", "csat", language="en", units="branches")["layout"]["yaxis"]["title"]["text"],
        trend(data, "1", "csat", language="en", units="agents")["layout"]["yaxis"]["title"]["text"],
    ]
    assert ["branch minus" in titles[0], "employee minus" in titles[1]] == [True, True]
