"""How trouble in a definition is told: where, and what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong: ``place`` by codes (``questions.pv5.scale``), ``message`` in the reader's language."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


#: What a check finds.
Problems = Iterator[Problem]


class DefinitionError(ValueError):
    """A document that is no questionnaire. ``problems`` lists everything found, in document order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = list(problems)
