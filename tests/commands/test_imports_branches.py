"""Branches from a bank's own list and from the register's excerpt, broken where the register is."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import db
from survey_app.commands.imports import engine
from survey_app.commands.imports.branches import BranchHandler, BranchRow
from survey_app.commands.imports.report import Outcome
from survey_app.db import reading
from survey_app.models import Branch, Entry, ImportRun, Region
from survey_app.readers import Unreadable
from tests.commands.importing import DATA, bring, counts, number_of, places, reasons, stored, table, workbook, write
from translations import speaking

pytestmark = pytest.mark.usefixtures("database")

XML, CSV = DATA / "register_excerpt.xml", DATA / "register_excerpt.csv"


def branch(ref: str) -> Branch:
    bank, code = ref.split("-")
    [found] = stored(Branch, Branch.bank == bank, Branch.code == code)
    return found


def facts_of(one: Branch) -> tuple[object, ...]:
    return tuple(
        getattr(one, name.key) for name in Branch.__table__.columns if name.key not in {"id", "merged_into_id"}
    )


def test_the_xml_brings_every_unit_with_its_type() -> None:
    summary = bring("branches", XML)
    assert counts(summary) == (15, 0, 0, 0)
    assert summary.exit_code == 0
    ranked = {one.type: one.ranked for one in stored(Branch)}
    assert ranked == {"רגיל": True, "מיוחד": True, "מחלקה": False, "יחידת ביצוע": False}


def test_names_are_typeset_and_a_town_has_one_spelling() -> None:
    bring("branches", XML)
    north = branch("97-102")
    assert (north.name, north.city, north.address) == ("צפון ת״א", "תל אביב-יפו", "שד׳ המשל 20")
    assert branch("97-101").city == north.city
    assert branch("97-101").address == "רחוב המשל 10"


def test_coordinates_stand_the_right_way_round() -> None:
    with speaking("en"):
        summary = bring("branches", XML)
    assert (branch("97-101").latitude, branch("97-101").longitude) == (32.064, 34.7752)
    assert (branch("97-103").latitude, branch("97-103").longitude) == (32.81, 34.999)
    assert (branch("98-101").latitude, branch("98-101").longitude) == (32.015, 34.78)
    assert branch("98-102").latitude is None
    assert "In 2 rows latitude and longitude were exchanged and have been put right." in summary.notices


def test_closing_days_dates_and_mergers() -> None:
    bring("branches", XML)
    closed = branch("97-104")
    assert (closed.opened, closed.closed) == (date(2003, 3, 3), date(2024, 6, 30))
    assert closed.closed_days == ["fri"]
    # A merger within the bank, one without its bank's number, one into another bank, one into a bank as a whole.
    targets = {"97-104": "97-103", "97-110": "97-107", "98-102": "97-105", "98-101": None}
    with reading() as session:
        for source, target in targets.items():
            bank, code = source.split("-")
            one = session.scalars(select(Branch).where(Branch.bank == bank, Branch.code == code)).one()
            assert (one.merged_into.ref if one.merged_into else None) == target
            assert one.merged_into_ref == ""


def test_the_csv_says_the_same_as_the_xml_but_for_its_broken_rows() -> None:
    bring("branches", XML)
    before = {one.ref: facts_of(one) for one in stored(Branch)}
    summary = bring("branches", CSV, refused_to=Path(db.current().url.database or "").with_name("refused.csv"))
    assert counts(summary) == (0, 0, 13, 2)
    assert {one.ref: facts_of(one) for one in stored(Branch)} == before


def test_the_broken_rows_are_named_with_their_column(tmp_path: Path) -> None:
    with speaking("en"):
        summary = bring("branches", CSV, refused_to=tmp_path / "refused.csv")
        [first, *_rest] = summary.refused[0].lines()
    assert summary.exit_code == 1
    assert places(summary) == [(11, "Branch_Address"), (12, "Branch_Address")]
    assert all("not doubled" in message for _row, _column, message in reasons(summary))
    assert first.startswith("Row 11, column \u2068Branch_Address\u2069: A quotation mark")


def test_the_refused_rows_can_be_mended_and_imported(tmp_path: Path) -> None:
    source = tmp_path / "branches.csv"
    source.write_bytes(CSV.read_bytes())
    summary = bring("branches", source)
    refused = tmp_path / "branches.refused.csv"
    assert summary.refused_file == refused
    assert refused.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(refused.read_text("utf-8-sig"))))
    assert [row["Branch_Address"] for row in rows] == ['ד"נ הדגמה, א"ת תלפיות', 'נתב"ג, ת"ד 7']
    again = bring("branches", refused)
    assert counts(again) == (2, 0, 0, 0)
    assert number_of(Branch) == 15
    assert counts(bring("branches", XML)) == (0, 0, 15, 0)


def test_a_file_being_mended_is_never_written_over(tmp_path: Path) -> None:
    source = tmp_path / "b.csv"
    source.write_bytes(CSV.read_bytes())
    names = [file.name for _time in range(3) if (file := bring("branches", source).refused_file)]
    assert names == ["b.refused.csv", "b.refused-2.csv", "b.refused-3.csv"]
    broken = write(tmp_path, "b.refused-2.csv", CSV.read_text("utf-8-sig"))
    assert bring("branches", broken).refused_file == tmp_path / "b.refused-4.csv"


def test_the_refused_file_holds_no_formula_and_loses_nothing(tmp_path: Path) -> None:
    """What a spreadsheet would compute is guarded on the way out and comes back in as it was."""
    hours = "=HYPERLINK(1)"
    header = ["bank", "code", "name", "hours", "address", "latitude", "longitude"]
    source = table(tmp_path, "b.csv", header, [20, "", "א", hours, "@home", "-12.5", "+34"])
    bring("branches", source)
    refused = tmp_path / "b.refused.csv"
    [row] = csv.DictReader(io.StringIO(refused.read_text("utf-8-sig")))
    assert (row["hours"], row["address"], row["latitude"]) == (f"'{hours}", "'@home", "-12.5")
    refused.write_text(refused.read_text("utf-8-sig").replace(",20,,", ",20,7,"), "utf-8")
    assert counts(bring("branches", refused)) == (1, 0, 0, 0)
    assert (branch("20-7").hours, branch("20-7").address, branch("20-7").latitude) == (hours, "@home", -12.5)


def test_one_bank_only(tmp_path: Path) -> None:
    summary = bring("branches", CSV, bank="098")
    assert counts(summary) == (2, 0, 0, 0)
    assert summary.skipped == 13
    assert summary.refused_file is None
    with speaking("en"), pytest.raises(Unreadable, match="no row of bank"):
        bring("branches", XML, bank="55")


def test_twice_is_once() -> None:
    bring("branches", XML)
    entries = number_of(Entry)
    assert counts(bring("branches", XML)) == (0, 0, 15, 0)
    runs = stored(ImportRun)
    assert [(run.added, run.changed, run.unchanged, run.refused) for run in runs] == [(15, 0, 0, 0), (0, 0, 15, 0)]
    assert all(run.finished_at for run in runs)
    # Only the run's beginning and end are entered: nothing was written between them.
    assert number_of(Entry) == entries + 2


def test_a_trial_run_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "b.csv",
        ["bank", "code", "name", "region"],
        [20, 1, "אחת", "צפון"],
        [20, 2, "שתיים", "צפון"],
        [20, "", "?", ""],
    )
    trial = bring("branches", path, dry_run=True)
    assert (number_of(Branch), number_of(Region), number_of(ImportRun), number_of(Entry)) == (0, 0, 0, 0)
    assert list(tmp_path.glob("*.refused*")) == []
    real = bring("branches", path)
    assert counts(trial) == counts(real) == (2, 0, 0, 1)
    assert reasons(trial) == reasons(real)
    assert trial.notices == real.notices
    assert number_of(Branch) == 2


def test_regions_are_made_and_a_change_of_region_is_recorded(tmp_path: Path) -> None:
    header = ["bank", "code", "name", "region", "closed"]
    bring("branches", table(tmp_path, "a.csv", header, [20, 1, "אחת", "צפון", ""], [20, 2, "שתיים", " צפון ", ""]))
    assert [region.name for region in stored(Region)] == ["צפון"]
    with speaking("en"):
        summary = bring(
            "branches",
            table(tmp_path, "b.csv", header, [20, 1, "אחת", "דרום", "31/12/2026"], [20, 2, "שתיים", "צפון", ""]),
        )
    assert counts(summary) == (0, 1, 1, 0)
    assert summary.changed[0].changed == ("closed", "region")
    assert "New regions: \u2068דרום\u2069." in summary.notices
    [change] = [
        one for entry in stored(Entry) for one in entry.changes if one["model"] == "Branch" and one["verb"] == "changed"
    ]
    assert change["attributes"]["region_id"] == [1, 2]
    assert change["attributes"]["closed"] == [None, "2026-12-31"]


def test_columns_that_a_file_has_not_stay_as_they_are(tmp_path: Path) -> None:
    bring("branches", XML)
    before = facts_of(branch("97-103"))
    path = table(tmp_path, "b.csv", ["קוד בנק", "קוד סניף", "שם", "בדירוג"], ["97", "103", "קרית הדגמה", "לא"])
    assert counts(bring("branches", path)) == (0, 1, 0, 0)
    after = branch("97-103")
    assert after.ranked is False
    assert [one for one in zip(before, facts_of(after), strict=True) if one[0] != one[1]] == [(True, False)]
    # What an administrator decided stands when the register comes again.
    assert counts(bring("branches", XML)) == (0, 0, 15, 0)
    assert branch("97-103").ranked is False


def test_a_merger_waits_for_its_branch(tmp_path: Path) -> None:
    header = ["bank", "code", "name", "merged_into"]
    bring("branches", table(tmp_path, "a.csv", header, [20, 1, "אחת", "2"]))
    assert (branch("20-1").merged_into_id, branch("20-1").merged_into_ref) == (None, "20-2")
    assert counts(bring("branches", table(tmp_path, "a2.csv", header, [20, 1, "אחת", "20-2"]))) == (0, 0, 1, 0)
    bring("branches", table(tmp_path, "b.csv", header, [20, 2, "שתיים", ""]))
    assert (branch("20-1").merged_into_id, branch("20-1").merged_into_ref) == (branch("20-2").id, "")
    circle = bring("branches", table(tmp_path, "c.csv", header, [20, 2, "שתיים", "1"], [20, 3, "שלוש", "3"]))
    assert places(circle) == [(2, "merged_into"), (3, "merged_into")]
    assert branch("20-2").merged_into_id is None


def test_every_fault_of_a_row_is_said_at_once(tmp_path: Path) -> None:
    header = ["bank", "code", "name", "latitude", "longitude", "opened", "closed", "closed_days"]
    path = table(
        tmp_path,
        "b.csv",
        header,
        [20, "", "", "", "", "", "", ""],
        [20, 1, "א", 32.1, "", "", "", ""],
        [20, 2, "ב", "north", "", "31/02/2020", "", "כל יום"],
        [20, 3, "ג", "", "", "01/01/2020", "31/12/2019", ""],
        [20, 4, "ד", "", "", "", "", ""],
        ["020", "04", "ד׳", "", "", "", "", ""],
    )
    summary = bring("branches", path)
    assert places(summary) == [
        (2, "code"),
        (2, "name"),
        (3, "longitude"),
        (4, "latitude"),
        (4, "closed_days"),
        (4, "opened"),
        (5, "closed"),
        (7, None),
    ]
    assert [one.code for one in stored(Branch)] == ["4"]


def test_unknown_columns_are_said_and_missing_ones_refused(tmp_path: Path) -> None:
    with speaking("en"):
        summary = bring("branches", table(tmp_path, "a.csv", ["bank", "code", "name", "colour"], [20, 1, "א", "red"]))
        assert summary.notices == ["These columns are not known and were left out: colour."]
        with pytest.raises(Unreadable, match=r"missing: bank \(בנק\), name \(שם\)"):
            bring("branches", table(tmp_path, "b.csv", ["code", "city"], [1, "חיפה"]))
        other = table(tmp_path, "c.csv", ["month", "branch", "revenue", "cost", "target"], ["2026-10", 1, 1, 1, 1])
        with pytest.raises(Unreadable, match="another kind: profits"):
            bring("branches", other)
        with pytest.raises(Unreadable, match="mean the same"):
            bring("branches", table(tmp_path, "d.csv", ["bank", "code", "קוד סניף", "name"], [20, 1, 1, "א"]))
        with pytest.raises(Unreadable, match="has no rows"):
            bring("branches", table(tmp_path, "e.csv", ["bank", "code", "name"]))
    assert number_of(ImportRun) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1255"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    path = table(tmp_path, "b.csv", ["בנק", "סניף", "שם"], [20, 1, 'מרכז פ"ת'], encoding=encoding)
    assert counts(bring("branches", path)) == (1, 0, 0, 0)
    assert branch("20-1").name == "מרכז פ״ת"


def test_a_workbook(tmp_path: Path) -> None:
    header = ["bank", "code", "name", "latitude", "longitude", "ranked", "opened"]
    rows = [
        header,
        [20, 461, "לב העיר", 32.064, 34.7752, True, date(2020, 1, 2)],
        [20, 462, "", None, None, None, None],
    ]
    summary = bring("branches", workbook(tmp_path, "b.xlsx", rows, top=1))
    assert counts(summary) == (1, 0, 0, 1)
    assert places(summary) == [(4, "name")]
    one = branch("20-461")
    assert (one.latitude, one.longitude, one.ranked, one.opened) == (32.064, 34.7752, True, date(2020, 1, 2))
    assert summary.refused_file == tmp_path / "b.refused.csv"


def test_what_the_database_refuses_costs_its_row_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No check in the code stands in for the database's own: here one is taken away."""
    monkeypatch.setattr(BranchHandler, "_placed", lambda self, row: row)
    original = BranchHandler.apply

    def careless(self: BranchHandler, session: Session, rows: list[object], run_id: int | None) -> object:
        outcomes = original(self, session, rows, run_id)  # type: ignore[arg-type]
        for one in session.scalars(select(Branch).where(Branch.code == "57")):
            one.closed, one.opened = date(2000, 1, 1), date(2001, 1, 1)
        session.flush()
        return outcomes

    monkeypatch.setattr(BranchHandler, "apply", careless)
    rows = [[20, code, f"סניף {code}"] for code in range(1, 101)]
    summary = bring("branches", table(tmp_path, "b.csv", ["bank", "code", "name"], *rows))
    assert counts(summary) == (99, 0, 0, 1)
    assert places(summary) == [(58, None)]
    assert number_of(Branch) == 99


@pytest.mark.parametrize(
    ("seconds_a_row", "sizes"),
    [(2**-13, [50, 100, 200, 400, 500, 250]), (2**-10, [50, *[81] * 17, 73]), (2**-6, [50, *[20] * 72, 10])],
)
def test_transactions_fit_the_speed_of_the_database(
    seconds_a_row: float, sizes: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows in one transaction, by how long a row takes: never more than 500, and about 80 ms once that is known."""
    found: list[int] = []
    original = BranchHandler.apply

    def counting(self: BranchHandler, session: Session, rows: list[BranchRow], run_id: int | None) -> list[Outcome]:
        found.append(len(rows))
        return original(self, session, rows, run_id)

    monkeypatch.setattr(BranchHandler, "apply", counting)
    monkeypatch.setattr(engine, "perf_counter", lambda: sum(found) * seconds_a_row)
    rows = [[20, code, f"סניף {code}"] for code in range(1, 1501)]
    assert counts(bring("branches", table(tmp_path, "b.csv", ["bank", "code", "name"], *rows))) == (1500, 0, 0, 0)
    assert found == sizes
