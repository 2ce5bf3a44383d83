"""Fact arithmetic: a count, a sum and a sum of squares, all integers, so that adding is exact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

UNIT = 100
"""Score values are integer hundredths: 10000 is a full score of 100."""

FULL = 100 * UNIT


@dataclass(frozen=True, slots=True)
class Fact:
    """``n`` responses, the ``total`` of their values and of their ``squares``, in integer hundredths."""

    n: int = 0
    total: int = 0
    squares: int = 0

    @classmethod
    def of(cls, values: Iterable[int]) -> Fact:
        """The fact of single values (integer hundredths)."""
        kept = list(values)
        return cls(len(kept), sum(kept), sum(value * value for value in kept))

    @classmethod
    def sum(cls, facts: Iterable[Fact]) -> Fact:
        """The fact of all the responses together."""
        n = total = squares = 0
        for fact in facts:
            n, total, squares = n + fact.n, total + fact.total, squares + fact.squares
        return cls(n, total, squares)

    def __add__(self, other: Fact) -> Fact:
        return Fact(self.n + other.n, self.total + other.total, self.squares + other.squares)

    def __sub__(self, other: Fact) -> Fact:
        return Fact(self.n - other.n, self.total - other.total, self.squares - other.squares)

    def __bool__(self) -> bool:
        return self.n != 0

    @property
    def mean(self) -> float:
        """Mean on the scale 0–100 (NPS −100…100); ValueError on an empty fact."""
        if self.n <= 0:
            raise ValueError("the mean of no responses")
        return self.total / self.n / UNIT

    @property
    def deviations(self) -> float:
        """Sum of squared deviations from the mean, in squared points of 0–100; exact until the last division."""
        if self.n <= 0:
            raise ValueError("the deviations of no responses")
        return (self.n * self.squares - self.total * self.total) / self.n / (UNIT * UNIT)

    @property
    def variance(self) -> float:
        """Sample variance (n − 1) in squared points of 0–100; ValueError under two responses."""
        if self.n < 2:
            raise ValueError("a variance needs two responses")
        return self.deviations / (self.n - 1)

    @property
    def share(self) -> tuple[int, int]:
        """(successes, n) of a top-box line, whose values are 0 or 10000."""
        return self.total // FULL, self.n

    @property
    def parts(self) -> tuple[int, int, int]:
        """(promoters, passives, detractors) of an NPS line, whose values are −10000, 0 or 10000."""
        extreme, balance = self.squares // (FULL * FULL), self.total // FULL
        return (extreme + balance) // 2, self.n - extreme, (extreme - balance) // 2


NONE = Fact()


def window(facts: Mapping[str, Fact], months: Iterable[str]) -> Fact:
    """The fact of a window: the sum over its months, absent months counting nothing."""
    return Fact.sum(facts[month] for month in months if month in facts)


def too_few(fact: Fact, least: int) -> bool:
    """Whether there are fewer responses than a mean may be shown for."""
    return fact.n < least
