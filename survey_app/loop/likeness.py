"""Whether cases that came within hours of each other are one fault that hits many: pure counting, no model.

Cases are alike in one of three ways: the same branch and subject; the same root cause outside the branch; the same
theme of their words. What is usual is no incident: so many must be rare at the pace of the four weeks before, also
among all likenesses that are looked at.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

#: Root causes that lie outside of one employee's and one branch's work.
SHARED_CAUSES: Final = frozenset({"system", "process", "product", "supplier", "policy"})
#: Subjects that say too little to be a likeness by themselves.
VAGUE: Final = frozenset({"other"})
#: So seldom would the usual pace bring as many cases to any likeness at all.
RARE: Final = 0.01
#: Days before, whose pace is the usual one.
DAYS_BEFORE: Final = 28


@dataclass(frozen=True)
class Opened:
    """What of a case tells whom it resembles."""

    id: int
    at: datetime
    branch_id: int
    subject: str
    cause: str = ""
    themes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Cases that are one fault: what they share (``theme:digital``), which they are, and since when."""

    key: str
    ids: tuple[int, ...]
    began_at: datetime
    #: The branch, where all of them are of one; and the commonest subject.
    branch_id: int | None
    subject: str


def likenesses(case: Opened) -> Iterator[str]:
    """Everything under which a case can be counted together with others."""
    if case.subject not in VAGUE:
        yield f"branch:{case.branch_id}:{case.subject}"
    if case.cause in SHARED_CAUSES:
        yield f"cause:{case.cause}:{case.subject}"
    for theme in case.themes:
        yield f"theme:{theme}"


def groups(
    recent: Sequence[Opened], before: Iterable[Opened], *, least: int, hours: int, passed: Mapping[str, datetime]
) -> list[Group]:
    """Groups of at least ``least`` alike cases, the largest first; each case is in one group at most.

    ``recent``: cases of the last ``hours``; ``before``: those of the :data:`DAYS_BEFORE` days before them; ``passed``:
    likeness -> when somebody last decided about it: cases up to then are not proposed again. ValueError for least < 2.
    """
    if least < 2 or hours < 1:
        raise ValueError("a group has two cases at least, within an hour at least")
    usual = Counter(key for case in before for key in likenesses(case))
    found: list[Group] = []
    left = list(recent)
    while True:
        best = _largest(left, usual, least, hours, passed)
        if best is None:
            return found
        found.append(best)
        taken = set(best.ids)
        left = [case for case in left if case.id not in taken]


def _largest(
    cases: Collection[Opened], usual: Mapping[str, int], least: int, hours: int, passed: Mapping[str, datetime]
) -> Group | None:
    alike: dict[str, list[Opened]] = {}
    for case in cases:
        for key in likenesses(case):
            if key not in passed or case.at > passed[key]:
                alike.setdefault(key, []).append(case)
    windows = DAYS_BEFORE * 24 / hours
    chosen = {
        key: found
        for key, found in alike.items()
        if len(found) >= least and at_least(len(found), (usual.get(key, 0) + 0.5) / windows) < RARE / len(alike)
    }
    if not chosen:
        return None
    key = min(chosen, key=lambda one: (-len(chosen[one]), one))
    found = sorted(chosen[key], key=lambda case: (case.at, case.id))
    branches = {case.branch_id for case in found}
    subjects = Counter(case.subject for case in found)
    return Group(
        key=key,
        ids=tuple(case.id for case in found),
        began_at=found[0].at,
        branch_id=branches.pop() if len(branches) == 1 else None,
        subject=min(subjects, key=lambda one: (-subjects[one], one)),
    )


def at_least(count: int, mean: float) -> float:
    """The chance of ``count`` or more where ``mean`` are usual (Poisson). ValueError for a negative or endless mean."""
    if not 0 <= mean < math.inf:
        raise ValueError("a mean is a number from 0")
    term = below = math.exp(-mean) if count > 0 else 0.0
    for number in range(1, count):
        term *= mean / number
        below += term
    return max(0.0, 1.0 - below)
