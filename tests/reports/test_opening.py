"""How the month's page opens: what the month can say, who leads, and what needs attention whoever leads."""

from __future__ import annotations

from dataclasses import replace

from reports import opening
from tests.reports.banks import MONTH, csat, given
from tests.reports.strange import QUICK, steady, strict, varied
from translations import speaking


def test_where_nothing_separates_what_needs_attention_comes_first() -> None:
    units = [steady(f"{i:03d}", critical_open=i == 2) for i in range(1, 8)]
    data = strict(given(units, policy=QUICK))
    assert data["overall"]["code"] == "no_spread"
    with speaking("en"):
        said = opening.opening(data)
    assert "no more than chance" in said[0]
    assert said[1].startswith("1 branch has an open critical failure: ")
    assert "002" in said[1]
    assert said[2].startswith("What customers wrote")


def test_who_leads_and_trails_is_named_where_the_reader_may_see_them_all() -> None:
    units = [steady(f"{i:03d}", good=60 + 11 * i, n=200, score=55 + 4 * i, gap=float(i)) for i in range(1, 11)]
    data = strict(given(units, policy=QUICK))
    assert data["overall"]["leading"] == data["overall"]["trailing"] == 3
    with speaking("en"):
        said = opening.opening(data)
        assert [text[:text.index(":")] for text in said[1:3]] == [
            "Probably in the top quarter", "Probably in the bottom quarter",
        ]  # fmt: skip
        assert all(code in said[1] for code in ("008", "009", "010"))
        # A reader who sees one of them is told the numbers alone.
        cut = [row if row["code"] == "010" else {**row, "name": None} for row in data["branches"]]
        assert not any("001" in text or "008" in text for text in opening.opening({**data, "branches": cut}))


def test_a_reader_of_some_branches_is_not_told_their_count_as_everybody_s() -> None:
    units = [steady(f"{i:03d}", critical_open=i in (2, 3)) for i in range(1, 8)]
    data = strict(given(units, policy=QUICK))
    cut = [row if row["code"] == "002" else {**row, "name": None} for row in data["branches"]]
    with speaking("en"):
        said = opening.opening({**data, "branches": cut})
        (one,) = [text for text in said if "critical" in text]
    assert one.startswith("Of the branches named here, 1 branch has an open critical failure: ")


def test_a_component_without_bases_is_not_said_to_tell_nobody_apart() -> None:
    units = [replace(one, profit=dict(list(one.profit.items())[-4:])) for one in varied(10)]
    data = strict(given(units, policy=QUICK))
    assert data["overall"]["components"]["profit"] is False
    with speaking("en"):
        (said,) = [text for text in opening.opening(data) if text.startswith("Profitability")]
    assert "no branch has a large enough base" in said


def test_a_month_of_the_whole_bank_that_is_unusual_is_told() -> None:
    units = varied(8)
    last = [replace(one, facts={**one.facts, "csat": {**one.facts["csat"], MONTH: csat(3, 30)}}) for one in units]
    with speaking("en"):
        assert not any("whole bank" in text for text in opening.opening(strict(given(units, policy=QUICK))))
        said = opening.opening(strict(given(last, policy=QUICK)))
    assert any(text.startswith("Satisfaction in the whole bank is unusually low: 10.0") for text in said)
