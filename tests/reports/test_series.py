"""Series: which one a month belongs to, what is shown of those that ended, and the trend that breaks its line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from reports import months, opening, signals, trends, wording
from reports.facts import Fact
from reports.monthly import compute
from reports.policy import Policy
from reports.series import beginnings, belonging
from reports.units import MonthInput, Unit
from tests.reports.banks import MONTH, csat, given, shops, unit
from translations import speaking

LAST = months.span(MONTH, 4)


def belongs(counts: Mapping[str, Sequence[int]], series: Sequence[str] = ("1", "2", "3")) -> str:
    """Series of each month in one text, from responses of each series month by month."""
    by_month = {one: dict(zip(LAST, sizes, strict=True)) for one, sizes in counts.items()}
    return "".join(belonging([one for one in series if one in counts], by_month, LAST).values())


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        ({"1": [9, 9, 9, 9]}, "1111"),
        ({"1": [9, 9, 0, 0], "2": [0, 0, 9, 9]}, "1122"),
        ({"1": [9, 9, 4, 0], "2": [0, 1, 5, 9]}, "1122"),
        ({"1": [9, 9, 9, 1], "2": [0, 0, 9, 9]}, "1122"),
        ({"1": [9, 9, 9, 9], "2": [0, 0, 0, 1]}, "1111"),
        ({"1": [9, 0, 9, 9], "2": [0, 9, 0, 0]}, "1222"),
        ({"1": [0, 0, 0, 0], "2": [0, 0, 9, 9]}, "2222"),
        ({"1": [9, 0, 0, 0], "2": [0, 9, 0, 0], "3": [0, 0, 0, 9]}, "1223"),
        ({"1": [9, 0, 0, 0], "2": [0, 5, 0, 0], "3": [0, 5, 0, 0]}, "1333"),
        ({"1": [0, 0, 0, 0], "2": [0, 0, 0, 0]}, "1111"),
    ],
)
def test_a_month_belongs_to_the_newest_series_with_most_responses(counts: dict[str, list[int]], found: str) -> None:
    assert belongs(counts) == found


def test_where_series_begin() -> None:
    assert beginnings(dict(zip(LAST, "1123", strict=True))) == LAST[2:]
    assert beginnings(dict(zip(LAST, "1111", strict=True))) == []


def broken(since: int = 3, length: int = 24, size: int = 40, **policy: Any) -> MonthInput:
    """Six branches whose satisfaction fell from 90 to 30 percent with a new scale, ``since`` months ago."""
    span = months.span(MONTH, length)
    old, new = span[:-since], span[-since:]
    branches = []
    for i in range(6):
        one = unit(f"10{i}", surveys=dict.fromkeys(span, (min(size * 9 // 10 + i % 3, size), size)))
        low = {month: csat(size * 3 // 10 + i % 3, size) for month in new}
        high = {month: fact for month, fact in one.facts["csat"].items() if month in old}
        branches.append(replace(one, facts={**one.facts, "csat": low}, earlier={"csat": high}))
    found = given(branches, policy=Policy(draws=200, **policy))
    return replace(found, organisation=_whole(found.organisation, branches), breaks={"csat": [new[0]]})


def _whole(organisation: Unit, branches: Sequence[Unit]) -> Unit:
    earlier: dict[str, Fact] = {}
    for one in branches:
        for month, fact in one.earlier["csat"].items():
            earlier[month] = earlier.get(month, Fact()) + fact
    return replace(organisation, earlier={"csat": earlier})


def test_windows_and_comparisons_hold_the_newest_series_alone() -> None:
    found = broken(since=2)
    data = compute(found).data
    for row in data["branches"]:
        assert row["surveys"]["n"] == 80, "two months, and not three"
        assert row["surveys"]["csat"] < 40
        assert not row["change"], "thirty is not compared with ninety"
    assert data["organisation"]["surveys"]["n"] == 480
    without = compute(replace(found, branches=[replace(one, earlier={}) for one in found.branches])).data
    for one, other in zip(data["branches"], without["branches"], strict=True):
        assert {**one, "trend": 0} == {**other, "trend": 0}, "what ended changes nothing but the trend"


def test_the_trend_shows_each_month_in_its_own_series() -> None:
    row = compute(broken()).data["branches"][0]
    assert all(value > 85 for value in row["trend"]["csat"][:-3])
    assert all(value < 40 for value in row["trend"]["csat"][-3:])
    assert len(row["trend"]["csat"]) == 24
    assert None not in row["trend"]["csat"]


def test_small_months_of_an_ended_series_stay_hidden() -> None:
    data = compute(broken(size=9)).data
    assert set(data["branches"][0]["trend"]["csat"]) == {None}
    assert data["organisation"]["trend"]["csat"][0] is not None


def test_what_ended_is_hidden_by_the_same_rule_as_when_it_stood() -> None:
    """Of two branches of a region, one small in a month: the other would be the difference to the region."""
    span = months.span(MONTH, 4)
    sizes = {"101": [40, 5, 40, 40], "102": [40, 40, 40, 40]}
    units = [
        Unit(int(code), code, code, "north", facts={"csat": {span[3]: csat(20, 40)}},
             earlier={"csat": {month: csat(n // 2, n) for month, n in zip(span[:3], counts, strict=False)}})
        for code, counts in sizes.items()
    ]  # fmt: skip
    found = replace(given(units, policy=Policy(draws=200)), breaks={"csat": [span[3]]})
    rows = {row["code"]: row["trend"]["csat"][-4:] for row in compute(found).data["branches"]}
    assert rows["101"][1] is None
    assert rows["102"][1] is None
    assert rows["101"][0] == rows["102"][0] == 50.0


def test_agents_and_visits_have_their_ended_months_too() -> None:
    span = months.span(MONTH, 4)
    branch = Unit(
        1, "101", "א", "north",
        facts={"csat": {span[3]: csat(30, 60)}, "shop_total": {span[3]: shops(50, 50, 50)}},
        earlier={"csat": {span[2]: csat(60, 60)}, "shop_total": {span[2]: shops(90, 90, 90)}},
    )  # fmt: skip
    agents = [
        Unit(i, f"a{i}", "", facts={"csat": {span[3]: csat(10, 20)}}, earlier={"csat": {span[2]: csat(20, 20)}},
             branch_code="101")
        for i in range(1, 4)
    ]  # fmt: skip
    whole = replace(branch, key=0, code="", name="")
    found = MonthInput(MONTH, Policy(draws=200), [branch], agents, whole,
                       breaks={"csat": [span[3]], "shop_total": [span[3]]})  # fmt: skip
    data = compute(found).data
    assert data["branches"][0]["trend"]["shops"][-2:] == [90.0, 50.0]
    assert data["branches"][0]["shops"]["n"] == 3
    assert [one["trend"]["csat"][-2:] for one in data["agents"]] == [[100.0, 50.0]] * 3
    assert set(data["settings"]["series"]) == {"csat", "shops"}


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    return compute(broken(since=6)).data


def test_the_line_is_broken_and_says_so(data: dict[str, Any]) -> None:
    with speaking("en"):
        figure = trends.trend(data, "100", "csat", language="en")
    old, new = figure["data"]
    assert (len(old["x"]), len(new["x"])) == (18, 6)
    assert old["x"][-1] < new["x"][0]
    assert "A new series begins" in new["hovertext"][0]
    assert not any("A new series" in text for text in [*old["hovertext"], *new["hovertext"][1:]])
    (words,) = figure["layout"]["annotations"]
    assert "New series" in words["text"]
    dotted = [shape for shape in figure["layout"]["shapes"] if shape["line"]["dash"] == "dot"]
    assert [shape["x0"] for shape in dotted] == [words["x"]]
    assert old["x"][-1] < words["x"] < new["x"][0]


def test_limits_are_those_of_one_series_and_end_with_it(data: dict[str, Any]) -> None:
    limits = [one for one in trends.trend(data, "100", "csat")["layout"]["shapes"] if one["line"]["dash"] != "dot"]
    months_shown = data["settings"]["trend_months"]
    assert len(limits) == 3, "the newer series has too few months for limits"
    assert {(one["x0"], one["x1"]) for one in limits} == {(f"{months_shown[0]}-01", f"{months_shown[17]}-01")}
    assert min(one["y0"] for one in limits) > 80, "months of thirty percent have no part in them"


def test_frozen_limits_are_the_newest_series_s(data: dict[str, Any]) -> None:
    shapes = trends.trend(data, "100", "csat", frozen=signals.Limits(0, -1000, 1000))["layout"]["shapes"]
    limits = [(one["x0"], one["y0"]) for one in shapes if one["line"]["dash"] != "dot"]
    newest = f"{data['settings']['trend_months'][18]}-01"
    assert limits[3:] == [(newest, 0), (newest, -1000), (newest, 1000)]
    assert all(abs(y) < 1000 for _x, y in limits[:3])


def test_a_measure_that_goes_on_keeps_one_line(data: dict[str, Any]) -> None:
    figure = trends.trend(data, "100", "nps")
    assert len(figure["data"]) == 1
    assert "annotations" not in figure["layout"]


def test_the_reader_is_told_of_the_break_and_of_the_smaller_base() -> None:
    with speaking("en"):
        two, six = compute(broken(since=2)).data, compute(broken(since=6)).data
        assert any("smaller" in said for said in opening.opening(two))
        assert not any("smaller" in said for said in opening.opening(six)), "the whole window is of the newer series"
        assert len(wording.series_notes(six["settings"])) == 1
        del six["settings"]["series"]
        assert wording.series_notes(six["settings"]) == [], "a month signed before series were told"
        assert wording.smaller_base(six["settings"]) == []


@pytest.mark.parametrize("bad", ["a:b", "a:b:c:d", "a::c", ":b:c", ""])
def test_a_policy_names_a_questionnaire_or_a_line(bad: str) -> None:
    with pytest.raises(ValueError, match="neither"):
        Policy(survey_questionnaires=(bad,))


def test_a_policy_s_lines() -> None:
    policy = Policy(survey_questionnaires=("a", "a:csat:2", "b:nps:1"), shop_questionnaires=("s",))
    assert (policy.survey_codes, policy.shop_codes) == (("a", "b"), ("s",))
    assert [policy.pinned(*one) for one in (("a", "csat"), ("a", "nps"), ("b", "nps"))] == ["2", None, "1"]
