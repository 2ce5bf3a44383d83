"""Whether a branch's numbers moved after a decision about it: against limits that the months before it set.

"Moved" is not "because of": the sentences say what is seen and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reports import signals, wording
from translations import gettext as _

#: The measures that are looked at.
MEASURES: Final = ("csat", "shops")
UP, DOWN, WITHIN, EARLY, FEW = "up", "down", "within", "early", "few"


@dataclass(frozen=True)
class Effect:
    """What became of one measure: its mean before, its newest month after, and what that is."""

    measure: str
    code: str
    before: float | None = None
    now: float | None = None


def effect(
    measure: str, months: Sequence[str], values: Sequence[float | None], decided: str, policy: Mapping[str, Any]
) -> Effect:
    """What became of a measure after the month under review in which something was decided.

    The limits are those of the branch's own months up to then, as of METHOD's charts of single values; under
    ``signal_points`` of them nothing is said. ``signal_run`` months on one side count as a point outside does.
    """
    known = [(month, value) for month, value in zip(months, values, strict=True) if value is not None]
    before = [value for month, value in known if month <= decided]
    after = [value for month, value in known if month > decided]
    if not after:
        return Effect(measure, EARLY)
    if len(before) < policy["signal_points"]:
        return Effect(measure, FEW, now=after[-1])
    limits = signals.xmr_limits(before)
    run = after[-policy["signal_run"] :]
    whole = len(run) == policy["signal_run"]
    if after[-1] > limits.high or (whole and min(run) > limits.center):
        code = UP
    elif after[-1] < limits.low or (whole and max(run) < limits.center):
        code = DOWN
    else:
        code = WITHIN
    return Effect(measure, code, limits.center, after[-1])


def of_branch(row: Mapping[str, Any], settings: Mapping[str, Any], decided: str) -> list[Effect]:
    """The effects on a branch's row of a report, in the order of :data:`MEASURES`."""
    found = []
    for measure in MEASURES:
        begun = wording.series_begins(settings, measure)
        months, values = settings["trend_months"], row["trend"][measure]
        first = months.index(begun[-1]) if begun and begun[-1] in months else 0
        found.append(effect(measure, months[first:], values[first:], decided, settings["policy"]))
    return found


_SAID: Final[Mapping[str, Callable[[str, str, str], str]]] = {
    UP: lambda name, was, now: _(
        "%(measure)s: %(now)s, above what was usual before the decision (mean %(was)s)", measure=name, now=now, was=was
    ),
    DOWN: lambda name, was, now: _(
        "%(measure)s: %(now)s, below what was usual before the decision (mean %(was)s)", measure=name, now=now, was=was
    ),
    WITHIN: lambda name, was, now: _(
        "%(measure)s: %(now)s, within what was usual before the decision (mean %(was)s)", measure=name, now=now, was=was
    ),
    EARLY: lambda name, was, now: _("%(measure)s: no month after the decision yet", measure=name),
    FEW: lambda name, was, now: _(
        "%(measure)s: %(now)s; too few months before the decision to say whether that is a change",
        measure=name,
        now=now,
    ),
}


def _plain(number: float) -> str:
    return wording.value(number, 1)


def told(found: Effect) -> str:
    """An effect in words."""
    shown = wording.share if found.measure == "csat" else _plain
    was, now = (shown(one) if one is not None else "" for one in (found.before, found.now))
    return _SAID[found.code](wording.measure(found.measure), was, now)
