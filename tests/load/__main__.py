"""``make bench``: every measurement, one table."""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.load import bench_export, bench_questionnaire, bench_report, bench_survey
from tests.load.figures import HEAD, Row, about, table
from tests.load.ground import Installation

#: (branches, months) of the banks that the report is measured on; the survey is measured on the last.
BANKS = ((20, 6), (60, 15))


def main(banks: Sequence[tuple[int, int]] = BANKS) -> None:
    """Make the banks, measure, print."""
    rows: list[Row] = []
    print(about(), flush=True)
    with tempfile.TemporaryDirectory(prefix="survey-app-bench-") as temporary:
        for place, (branches, months) in enumerate(banks):
            folder = Path(temporary) / str(place)
            folder.mkdir()
            installation = Installation(folder)
            print(f"making a bank of {branches} branches, {months} months", file=sys.stderr, flush=True)
            taken, _ = installation.command("demo", "--branches", str(branches), "--months", str(months))
            sizes = ", ".join(f"{count:,} {name}" for name, count in installation.sizes().items())
            print(f"Bank of {branches} branches, {months} months, made in {taken:.1f} s: {sizes}", flush=True)
            measurements = [bench_report.measure(installation)]
            if place == len(banks) - 1:
                measurements.append(bench_survey.measure(installation))
                measurements.append(bench_questionnaire.measure(installation))
                # Last: it fills the bank with responses of its own.
                measurements.append(bench_export.measure(installation))
            for row in itertools.chain.from_iterable(measurements):
                print(f"measured: {row.what}, {row.conditions}", file=sys.stderr, flush=True)
                rows.append(row)
    print()
    print(table([HEAD, *(row.cells() for row in rows)]))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    arguments.add_argument("--bank", nargs=2, type=int, action="append", metavar=("BRANCHES", "MONTHS"))
    chosen = arguments.parse_args().bank
    main([(branches, months) for branches, months in chosen] if chosen else BANKS)
