"""Why a branch stands where it stands, for its manager: what pulls it up, what down, and what would tell it apart.

Plain sentences in the active language, made of a month's data alone. They speak of the method's numbers, never of
causes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from reports import wording
from reports.wording import Row, measure, value
from translations import gettext as _
from translations import isolate

LEAST = 0.5
"""Points of the composite index under which a component is not spoken of."""

SECTION = 3.0
"""Points from the bank's mean under which a section of the visit is not spoken of."""

SECTIONS = 3
"""Sections that are spoken of, the farthest from the bank's mean."""


@dataclass(frozen=True, slots=True)
class Why:
    """Sentences in the order in which they are read; any part may be empty."""

    #: Where the branch stands, or why it has no place.
    place: tuple[str, ...]
    #: What raises it against the other branches, and what lowers it, the strongest first.
    up: tuple[str, ...]
    down: tuple[str, ...]
    #: What would have to change for it to be told apart.
    change: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.place, *self.up, *self.down, *self.change)


def why(data: Row, code: str, names: Mapping[str, str] | None = None) -> Why:
    """Why the branch stands where it does; KeyError for a branch that the data do not hold or do not name.

    ``names``: what sections of the visit are called, by code; those without a name are not spoken of.
    """
    row = {row["code"]: row for row in data["branches"] if row["code"] is not None}[code]
    if row["hidden"]:
        return Why((wording.why_hidden(row["why"]), *_missing(row, data["settings"])), (), (), ())
    pulls = sorted(_pulls(data, row), key=lambda one: -abs(one[0]))
    parts = [(own - whole, _section(names[part], own, whole)) for part, own, whole in sections(data, row)
             if names and part in names]  # fmt: skip
    pulls += parts[:SECTIONS]
    return Why(
        place=tuple(part for part in (_place(row), *_gates(row), *_missing(row, data["settings"])) if part),
        up=tuple(said for points, said in pulls if points > 0),
        down=tuple(said for points, said in pulls if points < 0),
        change=tuple(_change(data, row)),
    )


def _place(row: Row) -> str:
    """The place and the tier; a tier alone where no place is written."""
    told = wording.tier(row["tier"])
    return told if row["rank"]["wide"] else f"{wording.rank(row)}. {told}"


def _gates(row: Row) -> list[str]:
    held = wording.held_back(row["held_back"])
    return [_("Its place would let it lead; %(reasons)s", reasons="; ".join(held))] if held else []


def _missing(row: Row, settings: Row) -> Iterator[str]:
    """Bases that are missing or too small."""
    for name in ("surveys", "shops", "profit"):
        said = wording.why(row[name], settings)
        if said:
            yield _("%(name)s: %(reason)s", name=measure(name), reason=said)


_UP: Mapping[str, Callable[[str], str]] = {
    "surveys": lambda p: _("Customers' answers raise it by %(points)s points against the other branches", points=p),
    "shops": lambda p: _("Mystery visits raise it by %(points)s points against the other branches", points=p),
    "profit": lambda p: _("Profitability raises it by %(points)s points against the other branches", points=p),
}
_DOWN: Mapping[str, Callable[[str], str]] = {
    "surveys": lambda p: _("Customers' answers lower it by %(points)s points against the other branches", points=p),
    "shops": lambda p: _("Mystery visits lower it by %(points)s points against the other branches", points=p),
    "profit": lambda p: _("Profitability lowers it by %(points)s points against the other branches", points=p),
}


def _pulls(data: Row, row: Row) -> Iterator[tuple[float, str]]:
    """(points, sentence) of each component that moves the composite index, with what stands behind it."""
    for name, pull in (row.get("pulls") or {}).items():
        if pull is None or abs(pull["relative"]) < LEAST:
            continue
        points = pull["relative"]
        said = (_UP if points > 0 else _DOWN)[name](value(abs(points), 1))
        behind = _BEHIND[name](data, row)
        yield points, f"{said} ({behind})" if behind else said


def _surveys(data: Row, row: Row) -> str:
    own, whole = row["surveys"]["csat"], data["organisation"]["surveys"]["csat"]
    if own is None or whole is None:
        return ""
    return _("satisfied: %(own)s; in the whole bank: %(whole)s", own=wording.share(own), whole=wording.share(whole))


def _shops(data: Row, row: Row) -> str:
    own, whole = row["shops"].get("adjusted"), data["organisation"]["shops"]["score"]
    if own is None:
        own = row["shops"]["score"]
    if own is None or whole is None:
        return ""
    return _("score: %(own)s; in the whole bank: %(whole)s", own=value(own, 1), whole=value(whole, 1))


def _profit(data: Row, row: Row) -> str:
    gap, expected = row["profit"]["percent"], row["profit"].get("expected")
    if gap is None:
        return ""
    if expected is not None:
        return _("branches of its size and area have a margin of %(margin)s", margin=wording.share(expected))
    return _("gap to target: %(gap)s of revenue", gap=wording.share(gap))


_BEHIND: Mapping[str, Callable[[Row, Row], str]] = {"surveys": _surveys, "shops": _shops, "profit": _profit}


def sections(data: Row, row: Row) -> list[tuple[str, float, float]]:
    """Sections of the visit that lie away from the bank's mean: (code, own, bank's), the farthest first."""
    whole = data["organisation"]["shops"]["sections"]
    found = [
        (code, own, whole[code])
        for code, own in row["shops"]["sections"].items()
        if own is not None and whole.get(code) is not None and abs(own - whole[code]) >= SECTION
    ]
    return sorted(found, key=lambda one: (-abs(one[1] - one[2]), one[0]))


def _section(name: str, own: float, whole: float) -> str:
    return _(
        "In visits, %(section)s: %(own)s; in the whole bank: %(whole)s",
        section=isolate(name),
        own=value(own, 1),
        whole=value(whole, 1),
    )


def _change(data: Row, row: Row) -> Iterator[str]:
    """What would tell the branch apart, on the bases it has."""
    apart = row.get("apart")
    if apart is None:
        if data["overall"]["code"] == "no_spread":
            yield _(
                "This month the branches differ by no more than chance would make them; nothing would tell it apart"
            )
        return
    up, down = apart["up"], apart["down"]
    if down["composite"] > 0:
        yield _(
            "To be out of the bottom quarter with enough certainty its index would have to be %(points)s points higher",
            points=value(down["composite"], 1),
        )
        yield from _alone(down, _RISES)
        return
    if up is not None and row["tier"] != "leading" and not row["held_back"]:
        yield _(
            "To be called leading its index would have to be %(points)s points higher, all others staying as they are",
            points=value(up["composite"], 1),
        )
        yield from _alone(up, _RISES)
    if row["held_back"]:
        yield _(
            "The place itself is high enough to be called leading. %(reasons)s",
            reasons="; ".join(wording.held_back(row["held_back"])),
        )
    if row["tier"] != "leading":
        yield _(
            "It would be called trailing if its index were %(points)s points lower", points=value(-down["composite"], 1)
        )
    if row["tier"] == "not_told_apart" and not row["held_back"]:
        more = wording.reliability(row["surveys"].get("answers_needed"))
        if more:
            yield more


_RISES: Mapping[str, Callable[[str], str]] = {
    "csat": lambda p: _("by satisfaction alone: %(points)s percentage points more", points=p),
    "shops": lambda p: _("by mystery visits alone: %(points)s points more", points=p),
    "profit": lambda p: _("by profitability alone: %(points)s percent of revenue more", points=p),
}


def _alone(move: Row, ways: Mapping[str, Callable[[str], str]]) -> Iterator[str]:
    """The ways to do it by one component, and that some cannot."""
    told = [said(value(move[name], 1)) for name, said in ways.items() if move[name] is not None]
    if told:
        yield _("This could be reached %(ways)s", ways=isolate("; ".join(told)))
    else:
        yield _("No single component can do that on the present bases")
