"""Published series: described with their own wording, kept by hand and by file, beside our numbers, never in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey_app import db
from survey_app.audit import Actor
from survey_app.commands import benchmarks
from survey_app.commands.benchmarks import About, Published
from survey_app.commands.imports import HANDLERS
from survey_app.commands.imports.engine import run_import
from survey_app.commands.imports.handler import Options
from survey_app.errors import NotFound, UserError
from survey_app.queries import benchmarks as queries
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")
ABOUT = About(
    name={"he": "השוואה"},
    publisher="רשות",
    wording="האם היית ממליץ?",
    difference="אצלנו סולם של 0 עד 10",
    measure="nps",
    unit="percent",
)
DATA = {"month": "2026-10", "organisation": {"surveys": {"nps": 31.5, "csat": 78}, "shops": {"score": None}}}


@pytest.fixture
def series(any_database: db.Database) -> int:
    with setting() as make:
        return benchmarks.add(make.session, ABOUT).id


def put(series: int, *values: Published) -> list[str]:
    said = []
    for value in values:
        with setting() as make:
            said.append(benchmarks.put(make.session, series, value, None))
    return said


def test_a_value_is_kept_once_under_its_month(series: int) -> None:
    first = Published("2026-06", 56, 4046)
    said = put(series, first, first, Published("2026-06", 57, 4046), Published("2025-06", 54))
    assert said == ["added", "unchanged", "changed", "added"]
    with db.reading() as session:
        kept = [(one.month, one.value, one.n) for one in queries.find(session, series).values]
    assert kept == [("2025-06", 54, None), ("2026-06", 57, 4046)]
    with setting() as make:
        assert benchmarks.remove(make.session, series, "2026-06")
        assert not benchmarks.remove(make.session, series, "2026-06")


def test_it_stands_beside_our_number_as_far_as_the_month_knows(series: int) -> None:
    with db.reading() as session:
        assert queries.beside(session, DATA) == [], "a series without values says nothing"
    put(series, Published("2024-10", 50), Published("2025-06", 54), Published("2026-06", 56), Published("2026-11", 99))
    with db.reading() as session:
        (one,) = queries.beside(session, DATA)
        assert (one.newest.month, one.newest.value, one.ours) == ("2026-06", 56, 31.5)
        assert one.before is not None
        assert one.before.month == "2025-06"
        (old,) = queries.beside(session, {**DATA, "month": "2026-05"})
        assert old.newest.month == "2025-06"
        assert queries.beside(session, {**DATA, "month": "2024-09"}) == []
    with setting() as make:
        benchmarks.change(make.session, series, About(**{**vars(ABOUT), "active": False}))
    with db.reading() as session:
        assert queries.beside(session, DATA) == []


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"name": {"en": "Name"}}, "name_he"),
        ({"publisher": " "}, "publisher"),
        ({"wording": ""}, "wording"),
        ({"difference": ""}, "difference"),
        ({"measure": "profit"}, "measure"),
        ({"unit": "stars"}, "unit"),
        ({"source": "א" * 501}, "source"),
    ],
)
def test_a_series_without_its_wording_is_refused(database: db.Database, changed: dict[str, object], place: str) -> None:
    with pytest.raises(UserError) as refused, setting() as make:
        benchmarks.add(make.session, About(**{**vars(ABOUT), **changed}))
    assert [name for name, _said in refused.value.places] == [place]


def test_values_that_cannot_be_are_refused(series: int) -> None:
    for value, place in (
        (Published("2026-12", 50), "month"),
        (Published("1989-12", 50), "month"),
        (Published("06/2026", 50), "month"),
        (Published("2026-06", 100.5), "value"),
        (Published("2026-06", float("nan")), "value"),
        (Published("2026-06", 50, 0), "n"),
        (Published("2026-06", 50, 9, "א" * 301), "note"),
    ):
        with pytest.raises(UserError) as refused:
            put(series, value)
        assert [name for name, _said in refused.value.places] == [place], value
    with pytest.raises(NotFound):
        put(series + 1, Published("2026-06", 50))
    put(series, Published("2026-06", 56))
    with pytest.raises(UserError) as refused, setting() as make:
        benchmarks.change(make.session, series, About(**{**vars(ABOUT), "unit": "of_ten"}))
    assert refused.value.places[0][0] == "unit"


def test_a_file_brings_good_rows_and_names_the_others(series: int, tmp_path: Path) -> None:
    file = tmp_path / "values.csv"
    file.write_text(
        "חודש,ערך,מספר משיבים,הערה\n2025-06,54,,\n06/2026,56,4046,סקר\n2024-06,540,,\n2023-06,5,1.5,\n", "utf-8"
    )
    summary = run_import(
        HANDLERS["benchmarks"], file, actor=Actor.system("test"), refused_to=tmp_path / "refused.csv",
        options=Options(series=series),
    )  # fmt: skip
    assert (summary.counts["added"], [one.row for one in summary.refused]) == (2, [4, 5])
    with db.reading() as session:
        assert [one.month for one in queries.find(session, series).values] == ["2025-06", "2026-06"]
