"""Tables and their writers."""

from __future__ import annotations

import csv as standard
import io
import json
from typing import Any

import pytest

from reports.documents import csv
from reports.documents import json as plain
from reports.monthly import compute
from reports.policy import Policy
from reports.table import Column, Table
from tests.reports.banks import Simulation, given, unit
from translations import speaking

TABLE = Table(
    "sample",
    "Sample",
    (Column("name", "=שם"), Column("value", "ערך", "number", 1), Column("yes", "כן", "flag")),
    (
        ("סניף", -12.5, True),
        ("=1+1", None, False),
        ("\u200f+972\u2066", 3, True),
        (" @x", 1e-7, False),
        ("\t1", 0, None),
    ),
)


def test_csv_opens_in_a_spreadsheet_and_runs_nothing() -> None:
    text = csv.write(TABLE)
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(standard.reader(io.StringIO(text.decode("utf-8-sig"), newline="")))
    assert rows == [
        ["'=שם", "ערך", "כן"],
        ["סניף", "-12.5", "1"],
        ["'=1+1", "", "0"],
        ["'+972", "3", "1"],
        ["' @x", "1e-07", "0"],
        ["'\t1", "0", ""],
    ]
    assert csv.write(TABLE, header="code").decode("utf-8-sig").splitlines()[0] == "name,value,yes"


def test_json_is_strict() -> None:
    found = json.loads(plain.write(TABLE))
    assert found["rows"][0] == ["סניף", -12.5, True]
    assert found["columns"][1] == {"code": "value", "title": "ערך", "kind": "number", "digits": 1}
    broken = Table("broken", "", (Column("a", "a", "number"),), ((float("nan"),),))
    with pytest.raises(ValueError, match="JSON"):
        plain.write(broken)


def test_a_table_is_rectangular() -> None:
    with pytest.raises(ValueError, match="row 1"):
        Table("t", "", (Column("a", "a"),), ((1, 2),))
    with pytest.raises(ValueError, match="one code"):
        Table("t", "", (Column("a", "a"), Column("a", "b")), ())
    assert TABLE.column("value") == (-12.5, None, 3, 1e-7, 0)
    assert TABLE.records()[0] == {"name": "סניף", "value": -12.5, "yes": True}
    with pytest.raises(KeyError):
        TABLE.column("other")


@pytest.fixture(scope="module")
def report() -> Any:
    found, _ = Simulation(branches=24).draw(4, Policy(draws=500))
    return compute(given([*found.branches, unit("900")], policy=found.policy))


def test_ranking_table_writes_a_place_only_where_it_means_something(report: Any) -> None:
    table = report.tables["ranking"]
    assert len(table.rows) == 25
    for place, low, high in zip(*(table.column(code) for code in ("place", "place_low", "place_high")), strict=True):
        if low is None:
            assert (place, high) == (None, None)
        else:
            assert (place is not None) == (high - low + 1 <= 12)
    assert table.rows[-1][table.columns.index(next(c for c in table.columns if c.code == "code"))] == "900"
    assert table.column("remark")[-1] != ""


def test_headers_state_their_window(report: Any) -> None:
    with speaking("en"):
        titles = {column.code: column.title for column in report.tables["ranking"].columns}
    assert titles["csat"] == "Surveys (3 months): Satisfaction"
    assert titles["shop_score"] == "Mystery shops (12 months): Score"
    assert titles["contribution"] == "Profitability (12 months): Contribution, ILS"


def test_tables_speak_the_readers_language(report: Any) -> None:
    for language in ("he", "en", "ar", "ru"):
        with speaking(language):
            for table in report.tables.values():
                assert csv.write(table)
                assert plain.write(table)
    with speaking("he"):
        assert report.tables["ranking"].title == "דירוג הסניפים, אוקטובר 2026"
