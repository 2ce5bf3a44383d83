"""How long files are. Past 300 lines a file is looked at for a seam, past 400 it is split.

``python -m tests.conventions.sizes`` lists the former.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.conventions import tree

SOFT, HARD = 300, 400
#: A migration is as long as its schema, and is never opened again.
EXEMPT = "survey_app/migrations/versions/"


def over(lengths: Mapping[str, int], limit: int) -> list[tuple[str, int]]:
    """Files longer than a limit, the longest first."""
    found = [(name, length) for name, length in lengths.items() if length > limit and not name.startswith(EXEMPT)]
    return sorted(found, key=lambda item: -item[1])


def long_files(limit: int) -> list[tuple[str, int]]:
    """Our own source files longer than a limit."""
    return over({name: len(tree.read(name).splitlines()) for name in tree.files(".py", ".html", ".css", ".js")}, limit)


if __name__ == "__main__":
    for name, length in long_files(SOFT):
        print(f"{name}: {length} lines; past {SOFT}, look for a seam")
