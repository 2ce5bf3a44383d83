"""Which responses of an anonymous questionnaire may stand under which branch: none is told apart in too small a group.

Responses stand under branch and month where enough people answered there. The others are put together with those of
their region and month, then with those of the month, where that makes a group large enough; it is then always of
several branches, so that nobody reads the branch out of what is missing. What fits nowhere is left out.

The groups are made of everything there is before anything is chosen: two files with different filters never differ by
one person's answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple


class Cell(NamedTuple):
    """Where responses came from: a month, a region (0 for none) and a branch."""

    month: str
    region: int
    branch: int


class Group(NamedTuple):
    """What the file says of where a response came from, and of how many responses it says just that."""

    month: str
    region: int | None
    branch: int | None
    size: int


#: From the narrowest to the widest: what stays told of a cell.
_LEVELS: Final[tuple[Callable[[Cell], tuple[str, int | None, int | None]], ...]] = (
    lambda cell: (cell.month, cell.region, cell.branch),
    lambda cell: (cell.month, cell.region, None),
    lambda cell: (cell.month, None, None),
)


def groups(counts: Mapping[Cell, int], least: int) -> dict[Cell, Group]:
    """The group of each cell; a cell whose responses must be left out has none. ``counts``: responses by cell."""
    found: dict[Cell, Group] = {}
    for level in _LEVELS:
        pools: dict[tuple[str, int | None, int | None], list[Cell]] = defaultdict(list)
        for cell in counts:
            if cell not in found:
                pools[level(cell)].append(cell)
        for told, cells in pools.items():
            size = sum(counts[cell] for cell in cells)
            if size >= least:
                found |= dict.fromkeys(cells, Group(*told, size))
    return found


def coarser(told: Mapping[Cell, Group], counts: Mapping[Cell, int], least: int) -> dict[Cell, Group]:
    """The groups in which the answers to one question may stand, made of whole groups of ``told``.

    ``counts``: who answered the question, by cell. A group of which too few did is put together with such others of its
    region and month, then of the month, as cells are by :func:`groups`; what fits nowhere is left out. Since groups are
    never taken apart, whatever is worked out of several questions is still about whole groups.
    """
    answered: dict[Group, int] = defaultdict(int)
    cells: dict[Group, list[Cell]] = defaultdict(list)
    for cell, count in counts.items():
        if cell in told and count:
            answered[told[cell]] += count
            cells[told[cell]].append(cell)
    found: dict[Group, Group] = {}
    for level in _WIDER:
        pools: dict[tuple[str, int | None, int | None], list[Group]] = defaultdict(list)
        for group in answered:
            if group not in found and (place := level(group)) is not None:
                pools[place].append(group)
        for place, members in pools.items():
            size = sum(answered[one] for one in members)
            if size >= least:
                found |= dict.fromkeys(members, Group(*place, size))
    return {cell: made for group, made in found.items() for cell in cells[group]}


#: From the narrowest to the widest: what stays told of a group; None where it tells less already.
_WIDER: Final[tuple[Callable[[Group], tuple[str, int | None, int | None] | None], ...]] = (
    lambda group: (group.month, group.region, group.branch),
    lambda group: (group.month, group.region, None) if group.region is not None else None,
    lambda group: (group.month, None, None),
)
