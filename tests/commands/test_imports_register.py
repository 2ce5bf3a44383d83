"""The Bank of Israel's register of bank branches itself, where the checkout has it beside it."""

from __future__ import annotations

import re
import statistics
import time
from collections import Counter
from pathlib import Path

import pytest

from survey_app import transaction as transactions
from survey_app.commands.imports import engine
from survey_app.models import Branch, ImportRun
from tests.commands.importing import bring, counts, number_of, places, reasons, stored
from translations import speaking

REGISTER = Path(__file__).parents[3] / "shared" / "data"
EDITION = "boi_bank_branches_2025_he"

pytestmark = pytest.mark.usefixtures("database")


# Where the register is not there, an empty list leaves the tests out, and in CI what was left out has failed.
@pytest.fixture(params=sorted(REGISTER.glob(f"{EDITION}.xml")), ids=lambda path: path.suffix)
def xml(request: pytest.FixtureRequest) -> Path:
    """The register as xml."""
    found: Path = request.param
    return found


def test_one_banks_units_all_arrive_with_their_type(xml: Path) -> None:
    summary = bring("branches", xml, bank="20")
    assert counts(summary) == (276, 0, 0, 0)
    units = stored(Branch)
    assert {one.bank for one in units} == {"20"}
    assert Counter((one.type, one.ranked) for one in units) == {
        ("מיוחד", True): 143,
        ("רגיל", True): 7,
        ("יחידת ביצוע", False): 90,
        ("מחלקה", False): 36,
    }
    placed = [one for one in units if one.latitude is not None]
    assert len(placed) > 200
    assert all(29 < (one.latitude or 0) < 34 < (one.longitude or 0) < 36 for one in placed)
    assert all(one.opened for one in units)
    assert counts(bring("branches", xml, bank="20")) == (0, 0, 276, 0)


def test_the_whole_xml_arrives(xml: Path) -> None:
    with speaking("en"):
        summary = bring("branches", xml)
    assert counts(summary) == (1495, 0, 0, 0)
    assert "In 14 rows latitude and longitude were exchanged and have been put right." in summary.notices
    units = stored(Branch)
    assert sum(one.closed is not None for one in units) == 52
    assert all(one.merged_into_ref == "" for one in units)
    assert sum(one.merged_into_id is not None for one in units) == 96
    texts = [text for one in units for text in (one.name, one.address, one.city)]
    assert not [text for text in texts if "\n" in text or re.search('[א-ת]"[א-ת]', text)]
    # Marks that do quote something stay.
    assert sum(one.name == '"חבר"' for one in units) == 2
    assert {one.city for one in units if one.city.startswith("תל אביב")} == {"תל אביב-יפו"}


def test_the_broken_csv_imports_its_good_rows_and_names_the_five_bad_ones(xml: Path, tmp_path: Path) -> None:
    refused = tmp_path / "refused.csv"
    with speaking("en"):
        summary = bring("branches", xml.with_suffix(".csv"), refused_to=refused)
    assert counts(summary) == (1487, 0, 0, 5)
    assert places(summary) == [(row, "Branch_Address") for row in (68, 76, 339, 360, 411)]
    assert all("not doubled" in message for _row, _column, message in reasons(summary))
    assert counts(bring("branches", refused)) == (5, 0, 0, 0)
    assert number_of(Branch) == 1492
    # The same units in the XML say the same of what the reader had guessed.
    again = bring("branches", xml)
    mended = {"14-336", "14-477", "31-336", "31-477", "12-752"}
    assert not mended & {one.label for one in again.changed}
    assert counts(again)[0] == 3


def test_no_transaction_is_long_or_large(xml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[float] = []
    rows: list[int] = []
    original = transactions.transaction

    def timed(*args: object, **details: object) -> object:
        rows.append(int(str(details.get("rows", 0))))
        return _Timed(original(*args, **details), lengths)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "transaction", timed)
    bring("branches", xml)
    assert len(lengths) > 4
    assert max(rows) <= 500
    # The house's limit, in time of this thread; a busy machine may cost the odd one more.
    assert statistics.median(lengths) < 0.2
    [run] = stored(ImportRun)
    assert (run.added, run.refused) == (1495, 0)


class _Timed:
    """A transaction that notes how long it worked."""

    def __init__(self, inner: object, lengths: list[float]) -> None:
        self.inner, self.lengths = inner, lengths

    def __enter__(self) -> object:
        self.began = time.thread_time()
        return self.inner.__enter__()  # type: ignore[attr-defined]

    def __exit__(self, *error: object) -> object:
        done = self.inner.__exit__(*error)  # type: ignore[attr-defined]
        self.lengths.append(time.thread_time() - self.began)
        return done
