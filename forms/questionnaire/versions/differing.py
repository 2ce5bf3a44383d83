"""Differences of two lists: what came, what went, what changed inside, and the fewest that must have changed places."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from forms.questionnaire.versions.telling import ADDED, MOVED, REMOVED, Said, Seen, Teller, tell
from translations import gettext as _


def moved(old: Sequence[Any], new: Sequence[Any]) -> list[Any]:
    """The fewest things that must have changed place among the others, for two orders of the same things."""
    position = {one: index for index, one in enumerate(old)}
    tails: list[int] = []  # the smallest last position of an ascending run of each length
    runs: list[list[Any]] = []
    for one in new:
        at = position[one]
        length = bisect_left(tails, at)
        run = [*(runs[length - 1] if length else []), one]
        tails[length : length + 1] = [at]
        runs[length : length + 1] = [run]
    stayed = set(runs[-1]) if runs else set()
    return [one for one in new if one not in stayed]


def _keys(things: Sequence[Any], key: str) -> dict[tuple[str, str, int], Any]:
    """Things by what identifies them; a draft may hold the same value twice, so each has its number among equals."""
    counts: Counter[tuple[str, str]] = Counter()
    found = {}
    for thing in things:
        name = getattr(thing, key)
        same = (type(name).__name__, str(name))
        found[*same, counts[same]] = thing
        counts[same] += 1
    return found


def _with(subject: str, found: Iterable[Said]) -> Iterator[Said]:
    return ((kind, f"{subject}: {said}") for kind, said in found)


def listed(
    seen: Seen,
    old: Sequence[Any],
    new: Sequence[Any],
    key: str,
    table: Mapping[str, Teller],
    name: Callable[[Any], str],
) -> Iterator[Said]:
    """Differences of two lists of parts: what came, what went, what changed, what changed places."""
    before, after = _keys(old, key), _keys(new, key)
    for one, thing in after.items():
        if one not in before:
            yield ADDED, _("%(what)s: added", what=name(thing))
        else:
            yield from _with(name(before[one]), tell(table, seen, before[one], thing))
    for one, thing in before.items():
        if one not in after:
            yield REMOVED, _("%(what)s: removed", what=name(thing))
    stood = [one for one in before if one in after]
    stands = [one for one in after if one in before]
    if len(stood) > 2 and stands == stood[::-1]:
        yield MOVED, _("%(first)s to %(last)s: the order is turned round", first=name(old[0]), last=name(old[-1]))
        return
    for one in moved(stood, stands):
        yield MOVED, _("%(what)s: in another place", what=name(after[one]))


def merged(old: list[str], new: list[str]) -> list[str]:
    """The newer order of codes, with what is gone from it after what it stood behind."""
    found = list(new)
    for index, code in enumerate(old):
        if code not in new:
            before = next((one for one in reversed(old[:index]) if one in found), None)
            found.insert(found.index(before) + 1 if before is not None else 0, code)
    return found
