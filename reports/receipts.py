"""A score receipt: how a branch's figure came about, step by step from what was counted to what is shown.

Pure: made of a month's data alone (``docs/report.md``), in the active language, so a signed month's receipt is of the
numbers that were signed. What lies under the counts (exclusions, appeals, versions) is the application's to add.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reports import opening, wording
from reports.wording import Row, percent, span, value
from translations import format_month, isolate
from translations import gettext as _


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a receipt: what it is, its value as text, and a remark (empty where there is none).

    ``code``: ``count``, ``section`` (its label is the section's code), ``raw``, ``interval``, ``adjusted``,
    ``shrunken``, ``reference``, ``index``, ``part``, ``weight``, ``scale``, ``chance``, ``place`` or ``tier``.
    """

    code: str
    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A figure's receipt: ``shown`` is what the page shows (empty where nothing may be, and ``why`` says so)."""

    figure: str
    title: str
    shown: str
    why: str
    steps: tuple[Step, ...]
    #: Windows, minimums and rules that were in force, as sentences.
    rules: tuple[str, ...]


Steps = Iterator[Step]


def _number(number: float | None, digits: int = 1) -> str:
    return "" if number is None else value(number, digits)


def _share(number: float | None) -> str:
    return "" if number is None else wording.share(number)


def _range(low: float | None, high: float | None, digits: int = 1) -> str:
    return "" if low is None or high is None else span(value(low, digits), value(high, digits))


def _chance(probability: float | None) -> str:
    return "" if probability is None else wording.chance(probability)


def _level(level: float) -> str:
    return _("Interval at %(level)s", level=percent(100 * level))


def _shrunken(block: Row, note: str = "") -> Steps:
    """The belief about a component, and how far its own base carries."""
    if block.get("shrunken") is None:
        return
    yield Step("shrunken", _("Moved toward the bank's mean, by the size of the base"), _number(block["shrunken"]), note)
    if block.get("reliability") is not None:
        yield Step(
            "chance",
            _("Reliability: how much of the differences between branches this base can tell"),
            percent(block["reliability"]),
            wording.reliability(block.get("answers_needed")),
        )


def _csat(row: Row, settings: Row) -> Steps:
    block = row["surveys"]
    yield Step("count", _("Responses that were counted"), value(block["n"]))
    if block["csat"] is None:
        return
    satisfied = round(block["csat"] * block["n"] / 100)
    yield Step("count", _("Of them satisfied (the two highest answers)"), value(satisfied))
    yield Step("raw", _("Share of the satisfied"), _share(block["csat"]))
    yield Step("interval", _level(settings["policy"]["interval_level"]), _range(block["csat_low"], block["csat_high"]))
    if block.get("adjustment") is not None:
        yield Step(
            "adjusted",
            _("Added for the mix of visits"),
            _number(block["adjustment"]),
            _("As if every branch had the same purposes of visit, channels and languages"),
        )
    yield from _shrunken(block, wording.shrinkage(block))


def _nps(row: Row, settings: Row) -> Steps:
    block = row["surveys"]
    if block["nps"] is not None:
        rule = _("Percent of 9 and 10, less percent of 0 to 6")
        yield Step("raw", wording.measure("nps"), _number(block["nps"]), rule)
        level = settings["policy"]["interval_level"]
        yield Step("interval", _level(level), _range(block["nps_low"], block["nps_high"]))


def _ease(row: Row, settings: Row) -> Steps:
    block = row["surveys"]
    if block["ease"] is not None:
        yield Step("raw", wording.measure("ease"), _number(block["ease"]), _("1 to 7, on a scale of 0 to 100"))


def _shops(row: Row, settings: Row) -> Steps:
    block = row["shops"]
    yield Step(
        "count",
        _("Mystery visits that were counted"),
        value(block["n"]),
        _("Of them may still be appealed against: %(count)s", count=value(block["provisional"]))
        if block.get("provisional")
        else "",
    )
    if block["score"] is None:
        return
    for code, mean in block["sections"].items():
        yield Step("section", code, _number(mean))
    yield Step("raw", _("Mean of the visits"), _number(block["score"]))
    yield Step("interval", _level(settings["policy"]["interval_level"]), _range(block["low"], block["high"]))
    if block["critical_failures"]:
        yield Step(
            "count",
            _("Critical failures"),
            value(block["critical_failures"]),
            _("They stand beside the score and do not change it"),
        )
    if block.get("adjusted") is not None:
        yield Step(
            "adjusted",
            _("Without the severity of its shoppers"),
            _number(block["adjusted"]),
            _("As if shoppers of ordinary severity had visited"),
        )
    yield from _shrunken(block)


def _profit(row: Row, settings: Row) -> Steps:
    block = row["profit"]
    yield Step("count", _("Months with profit"), value(block["months"]))
    if block["percent"] is None:
        return
    yield Step("raw", _("Contribution, ILS"), _number(block["contribution"], 0), _("Revenue less direct cost"))
    yield Step("raw", _("Target, ILS"), _number(block["target"], 0))
    yield Step("raw", _("Gap to target, percent of revenue"), _share(block["percent"]))
    if block.get("expected") is not None:
        yield Step(
            "adjusted",
            _("Margin that branches of its size and area have, percent of revenue"),
            _share(block["expected"]),
            _("The ranking counts the gap to this margin instead of the gap to target"),
        )
    if block["shrunken"] is not None:
        yield Step("shrunken", _("Moved toward the bank's mean, by the size of the base"), _share(block["shrunken"]))
    yield from _scaled(settings, "profit", block)
    yield _interval(settings, block["low"], block["high"])


def _scaled(settings: Row, name: str, block: Row) -> Steps:
    """How a component becomes an index."""
    reference = settings["reference"].get(name)
    if reference is None or block.get("index") is None:
        return
    yield Step(
        "reference",
        _("Index 100, and ten points of the index"),
        f"{_number(reference['mean'], 2)}; {_number(reference['tau'], 2)}",
        opening.reference(settings),
    )
    yield Step("index", _("Index: %(name)s", name=wording.measure(name)), _number(block["index"]))


def _interval(settings: Row, low: float | None, high: float | None) -> Step:
    return Step("interval", _level(settings["policy"]["rank_level"]), _range(low, high))


def _parts(row: Row, settings: Row, names: tuple[str, ...]) -> Steps:
    for name in names:
        weight = percent(100 * settings["weights"][name])
        index = _number(row[name].get("index"))
        used = settings["components"].get(name, {"used": True})["used"]
        note = "" if used else _("It does not tell the branches apart this month and does not count")
        if used and not index:
            note = _("Its base is too small to count; what is known of other branches stands in for it")
        yield Step("part", _("Index: %(name)s, weighing %(weight)s", name=_named(name), weight=weight), index, note)


def _named(name: str) -> str:
    return _("Service") if name == "service" else wording.measure(name)


def _service(row: Row, settings: Row) -> Steps:
    yield from _parts(row, settings, ("surveys", "shops"))
    block = row["service"]
    if block["index"] is None:
        return
    yield _scale(settings["reference"]["service_scale"])
    yield Step("index", _("Service index"), _number(block["index"]))
    yield _interval(settings, block["low"], block["high"])
    floor = value(settings["policy"]["service_floor"])
    yield Step("chance", _("Chance that service is at least at the floor of %(floor)s", floor=floor),
               _chance(row["p_service_floor"]))  # fmt: skip


def _scale(scale: float | None) -> Step:
    return Step(
        "scale",
        _("The weighted sum is divided by"),
        _number(scale, 3),
        _("So that ten points are one ordinary difference"),
    )


def _composite(row: Row, settings: Row) -> Steps:
    yield from _parts(row, settings, ("service", "profit"))
    if row["composite"] is None:
        return
    yield _scale(settings["reference"]["composite_scale"])
    for name, pull in (row.get("pulls") or {}).items():
        if pull is not None:
            yield Step("part", _("Added to 100: %(name)s", name=_named(name)), _number(pull["points"]))
    yield Step("index", _("Composite index"), _number(row["composite"]))
    yield _interval(settings, row["composite_low"], row["composite_high"])


def _rank(row: Row, settings: Row) -> Steps:
    place = row["rank"]
    if place["of"] is None:
        return
    yield Step("index", _("Composite index"), _number(row["composite"]))
    draws = value(settings["draws"])
    yield Step("count", _("Draws of what the true values may be"), draws, _("In each of them the branches are ordered"))
    yield Step("count", _("Branches that take part in the ranking"), value(place["of"]))
    yield Step("interval", _level(settings["policy"]["rank_level"]), _range(place["low"], place["high"], 0))
    if place["median"] is not None:
        wide = _("The interval spans too many of the branches, so no place is written")
        told = "" if place["wide"] else value(place["median"])
        yield Step("place", _("Middle place over the draws"), told, wide if place["wide"] else "")
    yield Step("chance", _("Chance of being in the top quarter"), _chance(row["top_quartile"]))
    yield Step("chance", _("Chance of being in the bottom quarter"), _chance(row["bottom_quartile"]))
    held = "; ".join(wording.held_back(row["held_back"]))
    yield Step("tier", _("What is said"), wording.tier(row["tier"]), held)
    if row.get("peer"):
        yield Step("place", _("Among its peers"), wording.peer(row["peer"]))


@dataclass(frozen=True, slots=True)
class _Figure:
    title: Callable[[], str]
    steps: Callable[[Row, Row], Steps]
    shown: Callable[[Row], str]
    #: The block whose reason explains what is not shown, and the window behind it.
    block: str
    windows: tuple[str, ...]


_FIGURES: Mapping[str, _Figure] = {
    "csat": _Figure(
        lambda: wording.measure("csat"), _csat, lambda row: _share(row["surveys"]["csat"]), "surveys", ("surveys",)
    ),
    "nps": _Figure(
        lambda: wording.measure("nps"), _nps, lambda row: _number(row["surveys"]["nps"], 0), "surveys", ("surveys",)
    ),
    "ease": _Figure(
        lambda: wording.measure("ease"), _ease, lambda row: _number(row["surveys"]["ease"]), "surveys", ("surveys",)
    ),
    "shops": _Figure(
        lambda: wording.measure("shops"), _shops, lambda row: _number(row["shops"]["score"]), "shops", ("shops",)
    ),
    "profit": _Figure(
        lambda: wording.measure("profit"), _profit, lambda row: _share(row["profit"]["percent"]), "profit", ("profit",)
    ),
    "service": _Figure(
        lambda: _("Service index"), _service, lambda row: _number(row["service"]["index"]), "", ("surveys", "shops")
    ),
    "composite": _Figure(
        lambda: _("Composite index"), _composite, lambda row: _number(row["composite"]), "",
        ("surveys", "shops", "profit"),
    ),
    "rank": _Figure(lambda: _("Place"), _rank, wording.rank, "", ("surveys", "shops", "profit")),
}  # fmt: skip
FIGURES = tuple(_FIGURES)
"""The figures of a branch that have a receipt."""


def receipt(data: Row, code: str, figure: str) -> Receipt:
    """The receipt of a branch's ``figure``; KeyError for an unknown branch or figure."""
    spec, settings = _FIGURES[figure], data["settings"]
    row = {row["code"]: row for row in data["branches"] if row["code"] is not None}[code]
    why = wording.why(row[spec.block], settings) if spec.block else wording.why_hidden(row["why"])
    shown = spec.shown(row)
    return Receipt(
        figure=figure,
        title=spec.title(),
        shown=shown,
        why=why if row["hidden"] or spec.block else "",
        steps=tuple(spec.steps(row, settings)),
        rules=tuple(_rules(settings, spec.windows)),
    )


def _rules(settings: Row, windows: tuple[str, ...]) -> Iterator[str]:
    """What was in force for these windows: months, minimums, what was taken out, and the version of the method."""
    for name in windows:
        window = settings["windows"][name]
        yield _(
            "%(name)s: counted from %(first)s to %(last)s",
            name=_named(name),
            first=isolate(format_month(window["from"])),
            last=isolate(format_month(window["to"])),
        )
    least: Mapping[str, Any] = settings["minimums"]
    minimums = {
        "surveys": lambda: _(
            "A mean is shown from %(shown)s responses on, and ranks from %(ranks)s on",
            shown=value(least["surveys"]),
            ranks=value(least["surveys_to_rank"]),
        ),
        "shops": lambda: _(
            "A mean of visits is shown from %(shown)s visits on, and ranks from %(ranks)s on",
            shown=value(least["shops"]),
            ranks=value(least["shops_to_rank"]),
        ),
        "profit": lambda: _("Profit ranks from %(months)s months on", months=value(least["profit_months"])),
    }
    yield from (minimums[name]() for name in windows)
    yield from wording.smaller_base(settings)
    yield from wording.adjustments(settings, windows)
    yield _("Method %(version)s, with the settings stored with the month", version=value(settings["method"]))
