"""Charts: right for Hebrew, silent about who may not be named, and sending nothing anywhere."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from reports import charts, figures, signals, wording
from reports.monthly import compute
from reports.policy import Policy
from tests.reports.banks import MONTH, Simulation, csat, given
from translations import PDI, RLI, speaking


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    found, _ = Simulation(branches=30, per_month=30).draw(9, Policy(draws=500))
    odd = replace(found.branches[0], name='<b>"סניף" & Co</b>')
    series = dict(odd.facts["csat"])
    series[MONTH] = csat(3, 30)
    odd = replace(odd, facts={**odd.facts, "csat": series})
    return compute(given([odd, *found.branches[1:]], policy=found.policy)).data


def texts(value: Any) -> list[str]:
    """Every string of a figure."""
    if isinstance(value, dict):
        return [text for child in value.values() for text in texts(child)]
    if isinstance(value, list):
        return [text for child in value for text in texts(child)]
    return [value] if isinstance(value, str) else []


def every(data: dict[str, Any], language: str = "he") -> list[dict[str, Any]]:
    drawn = [figures.quadrant(data, language=language), figures.rank_intervals(data, language=language)]
    drawn += [figures.trend(data, "002", measure, language=language) for measure in ("csat", "nps", "profit", "shops")]
    return [*drawn, figures.trend(data, None, "csat", language=language)]


def test_nothing_is_sent_to_a_cloud(data: dict[str, Any]) -> None:
    for figure in every(data):
        config = figure["config"]
        assert config["showSendToCloud"] is False
        assert config["plotlyServerURL"] == ""
        assert "sendChartToCloud" in config["modeBarButtonsToRemove"]
        assert not re.search(r"https?:|plot\.ly|chart-studio", json.dumps(figure, allow_nan=False))


def test_every_hebrew_line_is_isolated(data: dict[str, Any]) -> None:
    for figure in every(data):
        for text in texts([figure["data"], figure["layout"]]):
            for part in text.split("<br>"):
                if re.search("[א-ת]", part):
                    assert part.startswith(RLI), part
                    assert part.endswith(PDI), part
                    assert sum(map(part.count, "\u2066\u2067\u2068")) == part.count(PDI)


def test_axes_follow_the_direction(data: dict[str, Any]) -> None:
    for language, side in (("he", "right"), ("ar", "right"), ("en", "left"), ("ru", "left")):
        for figure in every(data, language):
            assert figure["layout"]["yaxis"]["side"] == side
            assert figure["layout"]["legend"]["xanchor"] == side
            assert figure["config"]["locale"] == language
            assert "Rubik" in figure["layout"]["hoverlabel"]["font"]["family"]


def test_quadrant_chart_holds_every_ranked_branch_once(data: dict[str, Any]) -> None:
    figure = figures.quadrant(data)
    codes = [code for trace in figure["data"] for code in trace["customdata"]]
    assert sorted(codes) == sorted(row["code"] for row in data["branches"] if not row["hidden"])
    assert len({trace["marker"]["symbol"] for trace in figure["data"]}) == len(figure["data"]), "told without colour"
    for trace in figure["data"]:
        assert all(reach >= 0 for bar in ("error_x", "error_y") for reach in trace[bar]["array"])
        assert all(reach >= 0 for bar in ("error_x", "error_y") for reach in trace[bar]["arrayminus"])
    across, along = figure["layout"]["shapes"]
    assert (across["x0"], across["x1"], along["y0"], along["y1"]) == (100, 100, 100, 100)


def test_unnamed_points_tell_nothing_but_their_place(data: dict[str, Any]) -> None:
    figure = figures.quadrant(data, named={"002"})
    unnamed, own = figure["data"]
    assert own["customdata"] == ["002"]
    assert "customdata" not in unnamed
    assert len(unnamed["x"]) == 29
    assert list(zip(unnamed["x"], unnamed["y"], strict=True)) == sorted(zip(unnamed["x"], unnamed["y"], strict=True))
    text = json.dumps(figure, ensure_ascii=False)
    for row in data["branches"]:
        assert (row["name"] in text) == (row["code"] == "002")
    places = figures.rank_intervals(data, named={"002"})
    assert [code for trace in places["data"] for code in trace["customdata"]] == ["002"]
    assert places["layout"]["yaxis"]["tickvals"] == ["002"]


def test_names_are_no_markup(data: dict[str, Any]) -> None:
    text = json.dumps(figures.quadrant(data), ensure_ascii=False)
    assert "<b>" not in text
    assert "&lt;b&gt;" in text


def test_a_place_that_may_not_be_written_has_no_mark(data: dict[str, Any]) -> None:
    figure = figures.rank_intervals(data)
    rows = {row["code"]: row for row in data["branches"]}
    for trace in figure["data"]:
        for code, size in zip(trace["customdata"], trace["marker"]["size"], strict=True):
            assert (size == 1) == rows[code]["rank"]["wide"]


def test_trend_marks_what_is_beyond_frozen_limits(data: dict[str, Any]) -> None:
    figure = figures.trend(data, "001", "csat")
    (series,) = figure["data"]
    assert len(series["x"]) == 24
    assert series["x"][-1] == "2026-10-01"
    assert len(figure["layout"]["shapes"]) == 3
    assert series["marker"]["symbol"][-1] == "diamond"
    wide = figures.trend(data, "001", "csat", frozen=signals.Limits(0, -1000, 1000))
    assert [shape["y0"] for shape in wide["layout"]["shapes"]] == [0, -1000, 1000]


def test_short_series_are_drawn_minus_the_bank_and_without_limits() -> None:
    found, _ = Simulation(branches=6, length=8, per_month=40).draw(2, Policy(draws=200))
    data = compute(found).data
    figure = figures.trend(data, "001", "csat")
    assert figure["layout"]["shapes"] == []
    row = next(row for row in data["branches"] if row["code"] == "001")
    difference = row["trend"]["csat"][-1] - data["organisation"]["trend"]["csat"][-1]
    assert figure["data"][0]["y"][-1] == pytest.approx(difference, abs=0.01)
    assert figure["data"][0]["y"][0] is None


def test_unknown_branch_or_measure(data: dict[str, Any]) -> None:
    with pytest.raises(KeyError):
        figures.trend(data, "999", "csat")
    with pytest.raises(KeyError):
        figures.trend(data, "001", "height")


def test_an_empty_month_draws_empty_axes() -> None:
    data = compute(given([])).data
    for figure in (figures.quadrant(data), figures.rank_intervals(data), figures.trend(data, None, "csat")):
        assert all(not any(y is not None for y in trace["y"]) for trace in figure["data"])
        json.dumps(figure, allow_nan=False)


def test_many_branches_do_not_become_a_cloud() -> None:
    found, _ = Simulation(branches=90).draw(3, Policy(draws=300))
    figure = figures.quadrant(compute(found).data)
    for trace in figure["data"]:
        assert ("error_x" in trace) == (trace["marker"]["symbol"] != "circle")


@pytest.mark.parametrize(("language", "first"), [("he", -1), ("ar", -1), ("en", 0)])
def test_the_legend_begins_with_the_leading_in_reading_order(data: dict[str, Any], language: str, first: int) -> None:
    chart = figures.quadrant(data, language=language)
    named = sorted(chart["data"], key=lambda trace: trace["legendrank"])
    with speaking(language):
        assert charts.line(wording.tier("leading", short=True)) == named[first]["name"]
