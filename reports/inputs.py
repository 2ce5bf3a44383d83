"""A report's input as one text and back, so that a signed month can be computed again to the same byte.

The text is canonical JSON: the same input gives the same bytes. Numbers are written as Python writes them, so they come
back exactly; lists and mappings keep their order, because the report's own order may follow it. ``state`` is no part of
it: the same input is read while the month is open and signed when it closes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

from reports.facts import Fact
from reports.policy import Policy
from reports.units import MonthInput, ProfitMonth, Unit

FORMAT: Final = 1
"""Raised when the text is written otherwise; earlier ones stay readable."""

_SERIES: Final = ("facts", "earlier")
_DEFAULTS: Final[Mapping[str, Any]] = {field.name: field.default for field in fields(Unit)}
#: What of a unit is written as it stands, and only where it is not the default.
_PLAIN: Final = tuple(name for name in _DEFAULTS if name not in (*_SERIES, "profit"))
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_Facts = Mapping[str, Mapping[str, Fact]]


def dump(given: MonthInput) -> str:
    """The input as text: a line for the month's settings and one for each unit.

    ValueError for a number that is not finite, TypeError for what is no JSON in ``models``.
    """
    head = {
        "format": FORMAT,
        "month": given.month,
        "policy": given.policy.as_dict(),
        "breaks": {measure: list(begun) for measure, begun in given.breaks.items()},
        "models": given.models,
        "branches": len(given.branches),
        "agents": len(given.agents),
    }
    units = (given.organisation, *given.branches, *given.agents)
    return "\n".join([_encode(head), *(_encode(_unit(unit)) for unit in units), ""])


def load(text: str) -> MonthInput:
    """The input that :func:`dump` wrote. ValueError for anything else."""
    lines = text.removesuffix("\n").split("\n")
    head = json.loads(lines[0])
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise ValueError("this is no input of a report")
    if len(lines) != 2 + head["branches"] + head["agents"]:
        raise ValueError("the input of a report is not whole")
    organisation, *units = (_read(json.loads(line)) for line in lines[1:])
    return MonthInput(
        month=head["month"],
        policy=Policy.from_dict(head["policy"]),
        branches=units[: head["branches"]],
        agents=units[head["branches"] :],
        organisation=organisation,
        breaks=head["breaks"],
        models=head["models"],
    )


def _unit(unit: Unit) -> dict[str, Any]:
    plain = {name: getattr(unit, name) for name in _PLAIN}
    written = {name: value for name, value in plain.items() if value != _DEFAULTS[name]}
    for name in _SERIES:
        series: _Facts = getattr(unit, name)
        if series:
            written[name] = {measure: _facts(months) for measure, months in series.items()}
    if unit.profit:
        written["profit"] = {
            month: (one.revenue, one.cost, one.target, one.headcount) for month, one in unit.profit.items()
        }
    return written


def _facts(months: Mapping[str, Fact]) -> dict[str, tuple[int, int, int]]:
    return {month: (fact.n, fact.total, fact.squares) for month, fact in months.items()}


def _read(written: Mapping[str, Any]) -> Unit:
    found = dict(written)
    for name in _SERIES:
        found[name] = {measure: _series(months) for measure, months in written.get(name, {}).items()}
    found["profit"] = {month: ProfitMonth(*amounts) for month, amounts in written.get("profit", {}).items()}
    return Unit(**found)


def _series(months: Mapping[str, Sequence[int]]) -> dict[str, Fact]:
    return {month: Fact(*parts) for month, parts in months.items()}
