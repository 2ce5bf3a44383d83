"""Receipts and reasons: from what was counted to what is shown, and why a branch stands where it does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reports.receipts import FIGURES, Receipt, receipt
from reports.why import why
from reports.wording import movement, peer
from tests.reports.banks import MONTH, Simulation, branch, given, shops, unit
from tests.reports.strange import QUICK, SPAN, steady, strict, varied
from translations import speaking


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    return strict(Simulation(branches=40).draw(11)[0])


def steps(found: Receipt, code: str) -> list[str]:
    return [one.value for one in found.steps if one.code == code]


def plain(text: str) -> str:
    return "".join(letter for letter in text if letter not in "\u2066\u2067\u2068\u2069")


def test_a_receipt_leads_from_the_counts_to_what_is_shown(data: dict[str, Any]) -> None:
    row = data["branches"][15]
    with speaking("en"):
        found = receipt(data, row["code"], "csat")
        assert steps(found, "count") == [
            str(row["surveys"]["n"]),
            str(round(row["surveys"]["n"] * row["surveys"]["csat"] / 100)),
        ]
        assert steps(found, "raw") == [found.shown] == [f"{row['surveys']['csat']:.1f}%"]
        assert steps(found, "shrunken") == [f"{row['surveys']['shrunken']:.1f}"]
        assert found.why == ""
        assert any("August 2026" in plain(rule) for rule in found.rules)
        assert "Method 2" in found.rules[-1]


def test_every_figure_of_every_branch_has_a_receipt(data: dict[str, Any]) -> None:
    for row in data["branches"]:
        for figure in FIGURES:
            found = receipt(data, row["code"], figure)
            assert found.shown
            assert len(found.steps) >= 1
            assert all(one.label for one in found.steps)
    for code, figure in (("999", "csat"), ("001", "height")):
        with pytest.raises(KeyError):
            receipt(data, code, figure)


def test_a_place_that_may_not_be_written_is_not_written_in_its_receipt(data: dict[str, Any]) -> None:
    wide = next(row for row in data["branches"] if row["rank"]["wide"])
    told = next(row for row in data["branches"] if not row["rank"]["wide"])
    assert steps(receipt(data, wide["code"], "rank"), "place") == [""]
    assert steps(receipt(data, told["code"], "rank"), "place") == [str(told["rank"]["median"])]


def test_the_parts_of_the_composite_add_up_in_its_receipt(data: dict[str, Any]) -> None:
    row = data["branches"][0]
    with speaking("en"):
        found = receipt(data, row["code"], "composite")
        added = [float(plain(one.value)) for one in found.steps if one.label.startswith("Added")]
    assert len(added) == 3
    assert 100 + sum(added) == pytest.approx(row["composite"], abs=0.2)


def test_what_was_taken_out_stands_in_the_receipt() -> None:
    units = varied(10)
    rows = [
        {"branch": one.code, "n": 24, "others": 6, "effect": float(at - 5), "error": 1.0}
        for at, one in enumerate(units)
    ]
    sds = {"branch": 3.0, "shopper": 4.0, "error": 8.0}
    models = {
        "severity": {"fitted": True, "mean": 76.0, "sds": sds, "branches": rows},
        "casemix": {"fitted": True, "branches": [{"branch": one.code, "adj": -2.5, "variance": 12.0} for one in units]},
    }  # fmt: skip
    policy = replace(QUICK, case_mix=True, profit_against="size_and_area")
    data = strict(replace(given(units, policy=policy), models=models))
    with speaking("en"):
        for figure in ("csat", "shops", "profit"):
            found = receipt(data, "003", figure)
            assert len(steps(found, "adjusted")) == 1, figure
        assert plain(steps(receipt(data, "003", "csat"), "adjusted")[0]) == "-2.5"
        rules = " ".join(receipt(data, "003", "composite").rules)
        assert "mix of visits" in rules
        assert "severity of the shoppers" in rules
        assert "same size and area" in rules


def test_a_month_signed_before_has_receipts_and_reasons_too(data: dict[str, Any]) -> None:
    new = {"peer", "apart", "pulls", "movement"}
    older = {
        **data,
        "settings": {key: value for key, value in data["settings"].items() if key != "adjustments"},
        "branches": [
            {
                **{key: value for key, value in row.items() if key not in new},
                "surveys": {k: v for k, v in row["surveys"].items() if k not in ("adjustment", "index")},
                "shops": {k: v for k, v in row["shops"].items() if k not in ("adjusted", "index")},
                "profit": {k: v for k, v in row["profit"].items() if k != "expected"},
            }
            for row in data["branches"]
        ],
    }
    for row in older["branches"]:
        assert why(older, row["code"]).place
        assert all(receipt(older, row["code"], figure).shown for figure in FIGURES)


def test_why_names_what_pulls_and_what_would_tell_it_apart(data: dict[str, Any]) -> None:
    with speaking("en"):
        best, last = data["branches"][0], data["branches"][-1]
        leading, trailing = why(data, best["code"]), why(data, last["code"])
        assert "Probably in the top quarter" in leading.place[0]
        assert len(leading.up) == 3
        assert leading.down == leading.change == ()
        assert trailing.up == ()
        assert "out of the bottom quarter" in " ".join(trailing.change)
        middle = next(
            row
            for row in data["branches"]
            if row["tier"] == "not_told_apart" and row["pulls"]["surveys"]["relative"] < -3
        )
        told = why(data, middle["code"])
        assert f"{middle['apart']['up']['composite']:.1f} points higher" in " ".join(told.change)
        assert any("Customers' answers lower it" in said for said in told.down)


def test_why_of_a_branch_that_a_gate_holds_back_asks_for_no_more_answers() -> None:
    units = [steady(f"{i:03d}", good=20 + i // 2, score=60 + 2 * i, gap=float(i)) for i in range(1, 17)]
    found = strict(given([*units[:-1], replace(units[-1], critical_open=True)], policy=QUICK))
    row = branch(found, "016")
    assert row["held_back"] == ["critical"]
    row["surveys"]["answers_needed"] = 5
    with speaking("en"):
        said = why(found, "016").change
    assert said[0].startswith("The place itself is high enough to be called leading. ")
    assert not any("more responses" in one for one in said), "answers would not lift the gate"


def test_why_of_a_hidden_branch_says_what_is_missing() -> None:
    few = unit("099", surveys={MONTH: (3, 4)}, facts={"shop_total": {MONTH: shops(80.0)}})
    data = strict(given([few, *varied(8)], policy=QUICK))
    with speaking("en"):
        told = why(data, "099")
    assert told.place[0].startswith("Not enough responses")
    assert any("too few responses" in said for said in told.place)
    assert (told.up, told.down, told.change) == ((), (), ())


def test_why_names_sections_of_the_visit_that_lie_away() -> None:
    def one(at: int) -> Any:
        base = varied(at)[at - 1]
        greeting = {month: shops(50.0 if at == 2 else 80.0, 52.0 if at == 2 else 82.0) for month in SPAN}
        return replace(base, facts={**base.facts, "shop_section.greeting": greeting})

    data = strict(given([one(at) for at in range(1, 9)], policy=QUICK))
    assert branch(data, "002")["shops"]["sections"] == {"greeting": 51.0}
    with speaking("en"):
        said = why(data, "002", {"greeting": "Greeting"}).down
        assert any("Greeting" in one and "51.0" in one for one in said)
        assert not any("greeting" in one.lower() for one in why(data, "002").sentences)


def test_peers_and_movement_in_words() -> None:
    group = {"group": "גדול · מרכז", "of": 12, "median": 3, "low": 1, "high": 5, "wide": False}
    moved = {"before": 9, "now": 4, "places": 5, "measures": ["csat", "shops"]}
    with speaking("en"):
        assert plain(peer(group)) == "Place 3 of the 12 branches of גדול · מרכז; probably between 1 and 5"
        assert "cannot be told" in peer({**group, "wide": True})
        assert (
            movement(moved)
            == "Up from place 9 last month, together with an unusual change: Satisfaction, Mystery shops"
        )
        assert movement({**moved, "places": -2}).startswith("Down")
    assert peer(None) == movement(None) == ""
