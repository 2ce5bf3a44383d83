"""How trouble in a definition is told: where, and what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from translations import isolate_ltr


class Problem(NamedTuple):
    """One thing that is wrong: ``place`` by codes (``questions.pv5.scale``), ``message`` in the reader's language."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class Quoting(str):
    """A message that ends in another program's own English words, so that a page can mark them as English."""

    __slots__ = ("intro", "quoted")

    intro: str
    quoted: str

    def __new__(cls, intro: str, quoted: str) -> Quoting:
        """``intro`` in the reader's language, then ``quoted``."""
        said = super().__new__(cls, f"{intro} {isolate_ltr(quoted)}")
        said.intro, said.quoted = intro, quoted
        return said


#: What a check finds.
Problems = Iterator[Problem]


class DefinitionError(ValueError):
    """A document that is no questionnaire. ``problems`` lists everything found, in document order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = list(problems)
