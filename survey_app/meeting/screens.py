"""What is projected: every stop of the agenda cut into screens, so that a room of ten looks at one thing at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest
from typing import Any, Final

from survey_app.meeting.agenda import STOPS

#: How many of each fit on one screen in letters that the far end of a table reads.
FITS: Final = {"decisions": 3, "tiers": 4, "changes": 6, "people": 8, "made": 5}


@dataclass(frozen=True)
class Material:
    """Everything that a meeting looks at, in the order in which it does."""

    decisions: Sequence[Any] = ()
    stories: Sequence[Any] = ()
    leading: Sequence[Any] = ()
    trailing: Sequence[Any] = ()
    changed: Sequence[Any] = ()
    #: Branches with an open critical failure, and those probably under the service floor.
    critical: Sequence[Any] = ()
    low: Sequence[Any] = ()
    #: Branches with an overdue case.
    overdue: Sequence[Any] = ()
    excellent: Sequence[Any] = ()
    #: What was decided in this meeting.
    made: Sequence[Any] = ()


@dataclass(frozen=True)
class Screen:
    """One screen: the template that shows it, and its rows by name."""

    part: str
    rows: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def _cut(rows: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Rows in pieces of nearly one size, none larger than ``size``; one empty piece where there are none."""
    pieces = max(1, -(-len(rows) // size))
    short, longer = divmod(len(rows), pieces)
    ends = [piece * short + min(piece, longer) for piece in range(pieces + 1)]
    return [rows[first:last] for first, last in pairwise(ends)]


def _last(m: Material) -> list[Screen]:
    return [Screen("last", {"decisions": rows}) for rows in _cut(m.decisions, FITS["decisions"])]


def _story(m: Material) -> list[Screen]:
    return [Screen("story", {"stories": rows}) for rows in _cut(m.stories, 1)]


def _apart(m: Material) -> list[Screen]:
    pairs = zip_longest(_cut(m.leading, FITS["tiers"]), _cut(m.trailing, FITS["tiers"]), fillvalue=())
    return [Screen("apart", {"leading": leading, "trailing": trailing}) for leading, trailing in pairs]


def _map(m: Material) -> list[Screen]:
    return [Screen("map")]


def _changes(m: Material) -> list[Screen]:
    bank = Screen("bank", {"changed": m.changed})
    return [bank, *(Screen("changes", {"changed": rows}) for rows in _cut(m.changed, FITS["changes"]) if rows)]


def _cases(m: Material) -> list[Screen]:
    people = [Screen("recognition", {"people": rows}) for rows in _cut(m.excellent, FITS["people"])]
    return [Screen("cases", {"overdue": m.overdue, "critical": m.critical, "low": m.low}), *people]


def _decisions(m: Material) -> list[Screen]:
    return [*(Screen("made", {"decisions": rows}) for rows in _cut(m.made, FITS["made"])), Screen("signoff")]


_MAKERS: Final[Mapping[str, Callable[[Material], list[Screen]]]] = {
    "last": _last,
    "story": _story,
    "apart": _apart,
    "map": _map,
    "changes": _changes,
    "cases": _cases,
    "decisions": _decisions,
}


def screens(stop: str, material: Material) -> list[Screen]:
    """The screens of a stop, at least one. KeyError for a stop that there is not."""
    return _MAKERS[stop](material)


@dataclass(frozen=True)
class Way:
    """Where a screen stands, and the (stop, screen from 1) before and after it; screen 0 is a stop's last."""

    at: int
    of: int
    back: tuple[str, int] | None
    on: tuple[str, int] | None


def way(stop: str, at: int, of: int) -> Way:
    """The way from one screen to its neighbours; a screen beyond the last is the last, and so is 0."""
    here = of if at < 1 else min(at, of)
    codes = list(STOPS)
    place = codes.index(stop)
    back = (stop, here - 1) if here > 1 else (codes[place - 1], 0) if place else None
    on = (stop, here + 1) if here < of else (codes[place + 1], 1) if place + 1 < len(codes) else None
    return Way(here, of, back, on)
