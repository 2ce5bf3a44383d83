"""A number → the sentence a manager reads (METHOD, What a reader sees), in the active language.

Sentences are plain text: a value that a right-to-left line would tear apart (a minus sign, a range, a foreign name)
stands in Unicode isolates. Machine codes of the report are turned into sentences here and nowhere else.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from translations import format_month, format_number, isolate, isolate_ltr, ngettext
from translations import gettext as _

_PLAIN = re.compile(r"[\d.,\u00a0\u202f]+%?")
Row = Mapping[str, Any]


def value(number: float, digits: int = 0) -> str:
    """A number inside a sentence, isolated where it has a sign."""
    text = format_number(number, digits)
    return text if _PLAIN.fullmatch(text) else isolate_ltr(text)


def span(low: str, high: str) -> str:
    """A range from low to high, read left to right wherever it stands."""
    return isolate_ltr(f"{low}–{high}")


def rank(row: Row) -> str:
    """The branch's place with its range, or that the month cannot tell."""
    place = row["rank"]
    if place["of"] is None:
        return _("Not in the ranking")
    if place["wide"] or place["median"] is None:
        return _("This month the branch's place cannot be told")
    return _(
        "Place %(place)s of %(total)s; the true place is probably between %(low)s and %(high)s",
        place=value(place["median"]),
        total=value(place["of"]),
        low=value(place["low"]),
        high=value(place["high"]),
    )


_TIERS: Mapping[str, Callable[[], str]] = {
    "leading": lambda: _("Probably in the top quarter"),
    "trailing": lambda: _("Probably in the bottom quarter"),
    "not_told_apart": lambda: _("No clear difference from the others found (this does not mean average)"),
}
_SHORT_TIERS: Mapping[str, Callable[[], str]] = {
    **_TIERS,
    "not_told_apart": lambda: _("No clear difference from the others found"),
}


def tier(code: str | None, short: bool = False) -> str:
    """The tier in words; ``short`` for a table's cell."""
    words = (_SHORT_TIERS if short else _TIERS).get(code or "")
    return words() if words else ""


_QUADRANTS: Mapping[str, Callable[[str], str]] = {
    "high_high": lambda p: _("A chance of %(p)s that service is high and profitability is high too", p=p),
    "high_low": lambda p: _("A chance of %(p)s that service is high and profitability low", p=p),
    "low_high": lambda p: _("A chance of %(p)s that service is low and profitability high", p=p),
    "low_low": lambda p: _("A chance of %(p)s that service is low and profitability is low too", p=p),
}
_QUADRANT_NAMES: Mapping[str, Callable[[], str]] = {
    "high_high": lambda: _("High service, high profitability"),
    "high_low": lambda: _("High service, low profitability"),
    "low_high": lambda: _("Low service, high profitability"),
    "low_low": lambda: _("Low service, low profitability"),
}


def peer(found: Row | None) -> str:
    """The place inside the peer group; empty where there is no group to speak of."""
    if found is None:
        return ""
    group = isolate(found["group"])
    if found["wide"] or found["median"] is None:
        return _("Among the %(total)s branches of %(group)s its place cannot be told this month",
                 total=value(found["of"]), group=group)  # fmt: skip
    if found["low"] == found["high"]:
        return _("Place %(place)s of the %(total)s branches of %(group)s; hardly any other",
                 place=value(found["median"]), total=value(found["of"]), group=group)  # fmt: skip
    return _(
        "Place %(place)s of the %(total)s branches of %(group)s; probably between %(low)s and %(high)s",
        place=value(found["median"]),
        total=value(found["of"]),
        group=group,
        low=value(found["low"]),
        high=value(found["high"]),
    )


def movement(found: Row | None) -> str:
    """A place that moved with a signal of the branch's own; empty where nothing more than chance can be said."""
    if found is None:
        return ""
    names = ", ".join(measure(code) for code in found["measures"])
    said = {
        True: lambda: _("Up from place %(before)s last month, together with an unusual change: %(measures)s",
                        before=value(found["before"]), measures=names),
        False: lambda: _("Down from place %(before)s last month, together with an unusual change: %(measures)s",
                         before=value(found["before"]), measures=names),
    }  # fmt: skip
    return said[found["places"] > 0]()


def quadrant(code: str | None, probability: float | None) -> str:
    """The quadrant with its probability (0–100), or that none can be named."""
    if code is None or probability is None:
        return _("Cannot be placed in one quadrant")
    return _QUADRANTS[code](chance(probability))


def quadrant_name(code: str) -> str:
    """A quadrant's name, for the chart's corners."""
    return _QUADRANT_NAMES[code]()


def percent(number: float) -> str:
    """A percentage 0–100 without decimals; never "100%" of what is not certain."""
    shown = 99 if 99 < number < 100 else 1 if 0 < number < 1 else number
    return f"{value(shown)}%"


def chance(number: float) -> str:
    """A chance 0–100 that draws told: what they all or none of them show is still not certain."""
    if 1 <= number <= 99:
        return percent(number)
    return _("more than %(share)s", share=percent(99)) if number > 99 else _("less than %(share)s", share=percent(1))


def share(number: float) -> str:
    """A percentage with one decimal, its sign and its mark kept together."""
    text = f"{format_number(number, 1)}%"
    return text if _PLAIN.fullmatch(text) else isolate_ltr(text)


def reliability(answers_needed: int | None) -> str:
    """How many more answers would tell the branch from the others; empty when none are needed or it cannot be said."""
    if not answers_needed:
        return ""
    return ngettext(
        "About %(num)s more response is needed to tell the branch from the others",
        "About %(num)s more responses are needed to tell the branch from the others",
        about(answers_needed),
    )


def about(count: int) -> int:
    """A count rounded up to two significant digits at most: estimates should not look exact."""
    step = 10 ** max(int(math.log10(count)) - (1 if count >= 100 else 0), 0) if count >= 10 else 1
    return math.ceil(count / step) * step


def shrinkage(surveys: Row, toward: str = "bank") -> str:
    """That a small base's score was moved toward the mean of the ``bank`` (an agent's: of the ``branch``).

    Empty when it moved by less than a point.
    """
    raw, moved = surveys.get("csat"), surveys.get("shrunken")
    if raw is not None:
        raw += surveys.get("adjustment") or 0.0
    if raw is None or moved is None or abs(raw - moved) < 1:
        return ""
    digits = 0 if round(raw) != round(moved) else 1
    return _MOVED[toward](surveys["n"], value(raw, digits), value(moved, digits))


_MOVED: Mapping[str, Callable[[int, str, str], str]] = {
    "bank": lambda n, raw, moved: ngettext(
        "%(num)s response only: the score was moved from %(raw)s to %(moved)s, toward the bank's mean",
        "%(num)s responses only: the score was moved from %(raw)s to %(moved)s, toward the bank's mean",
        n,
        raw=raw,
        moved=moved,
    ),
    "branch": lambda n, raw, moved: ngettext(
        "%(num)s response only: the score was moved from %(raw)s to %(moved)s, toward the branch's mean",
        "%(num)s responses only: the score was moved from %(raw)s to %(moved)s, toward the branch's mean",
        n,
        raw=raw,
        moved=moved,
    ),
}


_MEASURES: Mapping[str, Callable[[], str]] = {
    "csat": lambda: _("Satisfaction"),
    "nps": lambda: _("Likelihood to recommend (NPS)"),
    "ease": lambda: _("Ease (CES)"),
    "shops": lambda: _("Mystery shops"),
    "surveys": lambda: _("Surveys"),
    "profit": lambda: _("Profitability"),
}


def measure(code: str) -> str:
    """A measure's or component's name."""
    return _MEASURES[code]()


def change(found: Row) -> str:
    """One unusual change, with the measure and both values."""
    return _(
        "%(measure)s: from %(before)s to %(now)s",
        measure=measure(found["measure"]),
        before=value(found["before"]),
        now=value(found["now"]),
    )


def signal(q: float = 0.10) -> str:
    """What a mark of change means, at the false discovery rate in force."""
    if math.isclose(q, 0.10):
        return _("An unusual change; on average up to one in ten such marks is chance")
    return _("An unusual change; on average up to %(share)s of such marks are chance", share=percent(100 * q))


_HIDDEN: Mapping[str, Callable[[], str]] = {
    "closed": lambda: _("The branch is closed"),
    "merged": lambda: _("The branch was merged into another"),
    "not_ranked": lambda: _("The branch does not take part in the ranking"),
    "opened": lambda: _("The branch opened recently and there are not enough data yet"),
    "no_data": lambda: _("There are no data for the branch"),
    "few_responses": lambda: _("Not enough responses and mystery visits for a ranking"),
    "complementary": lambda: _("Not shown: it would give away another unit with few responses"),
    "consecutive": lambda: _("Not shown: compared with earlier periods it would give away a small group"),
}
_BASES: Mapping[str, Callable[[str, str], str]] = {
    "no_responses": lambda n, least: _("There are no responses in this period"),
    "few_responses": lambda n, least: _("Hidden: too few responses (%(n)s; %(least)s are needed)", n=n, least=least),
    "complementary": lambda n, least: _HIDDEN["complementary"](),
    "consecutive": lambda n, least: _HIDDEN["consecutive"](),
    "no_visits": lambda n, least: _("There are no mystery visits in this period"),
    "few_visits": lambda n, least: _("Hidden: too few mystery visits (%(n)s; %(least)s are needed)", n=n, least=least),
    "no_profit": lambda n, least: _("There are no profit data for this period"),
    "few_months": lambda n, least: _("Profit of too few months (%(n)s; %(least)s are needed)", n=n, least=least),
    "no_revenue": lambda n, least: _("No revenue in this period: there is no index"),
}
_MINIMUMS = {"few_responses": "surveys", "few_visits": "shops", "few_months": "profit_months"}


def why_hidden(code: str | None) -> str:
    """Why a branch has no place in the ranking."""
    return _HIDDEN[code]() if code else ""


def why(block: Row, settings: Row) -> str:
    """Why a block (surveys, shops or profit) shows no numbers; empty when it does."""
    code = block["why"]
    if code is None:
        return ""
    least = settings["minimums"].get(_MINIMUMS.get(code, ""), 0)
    return _BASES[code](value(block.get("n", block.get("months", 0))), value(least))


_GATES: Mapping[str, Callable[[], str]] = {
    "critical": lambda: _("not leading while a confirmed critical failure is open"),
    "overdue": lambda: _("not leading while a case is overdue"),
    "floor": lambda: _("not leading: service may be under the floor"),
}


def held_back(codes: Sequence[str]) -> list[str]:
    """What keeps a branch from being named leading, though its place would allow it."""
    return [_GATES[code]() for code in codes]


_ADJUSTED: Mapping[tuple[str, Any], tuple[str, Callable[[], str]]] = {
    ("case_mix", True): ("surveys", lambda: _(
        "Satisfaction is compared as if every branch had the same mix of visits"
    )),
    ("severity", "on"): ("shops", lambda: _("The severity of the shoppers is taken out of the visits' scores")),
    ("severity", "not_fitted"): ("shops", lambda: _(
        "Raw scores of visits rank: the visits do not tell strict shoppers from weak branches"
    )),
    ("profit", "size_and_area"): ("profit", lambda: _(
        "Profit is held against what branches of the same size and area have"
    )),
}  # fmt: skip


def adjustments(settings: Row, parts: Sequence[str] = ("surveys", "shops", "profit")) -> list[str]:
    """What was taken out of the numbers of these components before branches were compared."""
    found = settings.get("adjustments", {})
    return [said() for (name, state), (part, said) in _ADJUSTED.items() if part in parts and found.get(name) == state]


_STATUS: Mapping[str, Callable[[str, str], str]] = {
    "opened": lambda month, into: _("Opened in %(month)s", month=month),
    "closed": lambda month, into: _("Closed in %(month)s", month=month),
    "merged": lambda month, into: _("Merged in %(month)s into branch %(into)s", month=month, into=into),
}


def status(found: Row | None) -> str:
    """What happened to the branch: opened, closed or merged."""
    if found is None:
        return ""
    return _STATUS[found["code"]](isolate(format_month(found["month"])), isolate(found["into"] or ""))


def sensitivity(row: Row) -> str:
    """The places the branch would have at the other weights of service; empty without a told place."""
    places = [other["median"] for other in row["sensitivity"]]
    if not places or row["rank"]["wide"]:
        return ""
    low, high = min(*places, row["rank"]["median"]), max(*places, row["rank"]["median"])
    if low == high:
        return _("The place stays the same when service weighs more or less")
    return _("Were service to weigh more or less, the place would be %(range)s", range=span(value(low), value(high)))


#: The window that a trend's numbers stand in; satisfaction, NPS and ease share that of the surveys.
_WINDOWS = {"csat": "surveys", "nps": "surveys", "ease": "surveys", "shops": "shops"}


def series_begins(settings: Row, name: str) -> list[str]:
    """The months in which a newer series of a measure begins, oldest first."""
    found: list[str] = settings.get("series", {}).get(name, {}).get("begins", [])
    return found


def series_notes(settings: Row) -> list[str]:
    """What a reader of the trends is told about each that is broken."""
    return [
        _(
            "%(measure)s: a new series begins in %(month)s, because the question or its scale changed its meaning. "
            "The line is broken there; nothing is joined, compared or averaged over the break.",
            measure=measure(name),
            month=", ".join(format_month(month) for month in found["begins"]),
        )
        for name, found in settings.get("series", {}).items()
    ]


def smaller_base(settings: Row) -> list[str]:
    """Which numbers stand on fewer months than their window has, because their series began inside it."""
    return [
        _(
            "%(measure)s counts only from %(month)s on, where its new series begins, so its base is smaller",
            measure=measure(name),
            month=format_month(found["since"]),
        )
        for name, found in settings.get("series", {}).items()
        if settings["windows"][_WINDOWS[name]]["from"] < found["since"]
    ]
