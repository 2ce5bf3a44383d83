"""How long the printed pages of a bank's branches take: one PDF of 60, and a ZIP of 60."""

from __future__ import annotations

import sys
import time

from survey_app.outgoing import posters
from survey_app.outreach import codes
from translations import LANGUAGES

BRANCHES = 60
#: Seconds that somebody waits at a button.
LIMIT = 10


def batch() -> posters.Batch:
    """Sixty branches with names of both scripts."""
    some = []
    for number in range(BRANCHES):
        digits = f"{10_000 + number * 997}"
        code = digits + codes.check_digit(digits)
        link = f"https://survey.example.co.il/b/{code}"
        name = f"סניף Azrieli {number}"
        some.append(posters.Poster(code, link, "survey.example.co.il/b", name, f"{number} · A", False))
    return posters.Batch(some, dict.fromkeys(LANGUAGES, "בנק לבדיקה"), True, {})


def main() -> int:
    """Print a line for each format; 1 where one took too long."""
    late = 0
    for size in posters.SIZES:
        look = posters.Look(size, "he", "ar")
        for name, make in (("pdf", posters.pdf), ("zip", posters.zipped)):
            began = time.perf_counter()
            made = make(batch(), look)
            took = time.perf_counter() - began
            late += took > LIMIT
            print(f"{BRANCHES} branches, {size} {name}: {took:.2f} s, {len(made) / 1024:.0f} kB")
    return int(late > 0)


if __name__ == "__main__":
    sys.exit(main())
