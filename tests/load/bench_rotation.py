"""How long a month takes to plan: 60 branches with two visits each and 25 shoppers, and larger ones.

``python -m tests.load.bench_rotation`` measures it alone. Every plan is looked through by other means than the
planner's own, and one of each size is made twice: the same month must come out the same. The first size has a limit,
which ends the run when it is passed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Final

from survey_app.field.rotation.explaining import explain
from survey_app.field.rotation.solving import solve
from tests.load.figures import HEAD, Row, about, table
from tests.support.rotation import country, faults

#: (branches, visits a branch, shoppers, months that are tried); the first is the size that is promised.
SIZES: Final = ((60, 2, 25, 5), (60, 2, 10, 2), (120, 2, 50, 1), (200, 2, 80, 1))
#: Seconds that the solver may take, and that a month of the promised size may take as a whole.
SECONDS: Final = 15
MOST: Final = 20.0


def measure(branches: int, visits: int, shoppers: int, months: int) -> Iterator[Row]:
    """Plan months of one size; RuntimeError for one that breaks a rule or comes out another way the second time."""
    taken: list[float] = []
    placed = lacking = 0
    best = True
    for seed in range(1, months + 1):
        month = country(branches, visits, shoppers, seed=seed, seconds=SECONDS)
        began = time.perf_counter()
        solved = solve(month)
        explained = explain(month, solved.planned, solved.unplaced)
        taken.append(time.perf_counter() - began)
        if found := faults(month, list(solved.planned)):
            raise RuntimeError(found[0])
        if len(explained) != len(solved.unplaced) or len(solved.planned) + len(solved.unplaced) != branches * visits:
            raise RuntimeError("a visit has neither a place nor a reason")
        placed, lacking, best = placed + len(solved.planned), lacking + len(solved.unplaced), best and solved.best
        if seed == 1 and not solved.hurried and solve(month).planned != solved.planned:
            raise RuntimeError("the same month came out another way")
    said = f"{placed} placed, {lacking} explained, {'nothing better exists' if best else 'better ones may exist'}"
    yield Row(f"{branches} branches, {shoppers} shoppers", f"{visits} visits each: {said}", taken, sum(taken))


def main() -> None:
    """Measure, print; the exit code is 1 where the promised size took too long."""
    print(about(), flush=True)
    rows = [row for size in SIZES for row in measure(*size)]
    print(table([HEAD, *(row.cells() for row in rows)]))
    if max(rows[0].seconds) > MOST:
        print(
            f"a month of the promised size took {max(rows[0].seconds):.1f} s, more than {MOST:.0f} s", file=sys.stderr
        )
        raise SystemExit(1)


if __name__ == "__main__":
    main()
