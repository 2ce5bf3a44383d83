"""The opening of the monthly page: what the month can say, and where every branch went. Plain sentences in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reports.control import SERIES, control
from reports.wording import Row, adjustments, measure, smaller_base, value, why_hidden
from translations import format_month, isolate, ngettext
from translations import gettext as _

_OVERALL: Mapping[str, Callable[[Row], str]] = {
    "told_apart": lambda o: _(
        "Probably in the top quarter: %(leading)s; probably in the bottom quarter: %(trailing)s; "
        "no clear difference found: %(others)s",
        leading=value(o["leading"]),
        trailing=value(o["trailing"]),
        others=value(o["not_told_apart"]),
    ),
    "none_told_apart": lambda o: _("This month no branch can be told apart from the others with enough certainty"),
    "no_spread": lambda o: _(
        "This month the branches differ by no more than chance would make them; there is no ranking"
    ),
    "one_branch": lambda o: _("Only one branch has enough data, so there is nothing to compare it with"),
    "none_ranked": lambda o: _("No branch has enough data for a ranking yet"),
    "no_data": lambda o: _("There are no data for this month yet"),
}
_ABSENT: Mapping[str, Callable[[], str]] = {
    "surveys": lambda: _("Surveys do not tell the branches apart and do not count in this month's ranking"),
    "shops": lambda: _("Mystery shops do not tell the branches apart and do not count in this month's ranking"),
    "profit": lambda: _("Profitability does not tell the branches apart and does not count in this month's ranking"),
}
_REFERENCE: Mapping[str, Callable[[str, str], str]] = {
    "previous_months": lambda a, b: _("Index 100 is the mean of %(first)s to %(last)s", first=a, last=b),
    "first_quarter": lambda a, b: _(
        "Index 100 is the mean of the first full quarter, %(first)s to %(last)s", first=a, last=b
    ),
    "available": lambda a, b: _(
        "Index 100 is the mean of the months so far, %(first)s to %(last)s; it will be fixed when a quarter is full",
        first=a,
        last=b,
    ),
    "none": lambda a, b: "",
}


#: Branches that a sentence names; of more it gives the number only.
NAMED = 6


def opening(data: Row) -> list[str]:
    """The sentences that open the page: the finding, who leads and trails, the certainty, what does not count.

    What needs attention comes last; where nothing separates the branches it comes right after the finding instead.
    """
    overall = data["overall"]
    finding = [_OVERALL[overall["code"]](overall)]
    certainty = []
    if overall["code"] in ("told_apart", "none_told_apart") and overall["mean_interval"] is not None:
        certainty.append(
            _(
                "On average a branch's true place lies somewhere among %(width)s places of %(total)s",
                width=value(round(overall["mean_interval"])),
                total=value(overall["ranked"]),
            )
        )
        certainty += [_absent(data, name) for name, used in overall["components"].items() if not used]
    certainty += [
        *smaller_base(data.get("settings", {})),
        *adjustments(data.get("settings", {}), ("surveys", "profit")),
    ]
    if overall["code"] == "told_apart":
        return [*finding, *_apart(data), *certainty, *attention(data)]
    return [*finding, *attention(data), *certainty]


_BASES: Mapping[str, Callable[[Row, Row], bool]] = {
    "surveys": lambda row, least: bool(row["surveys"]["n"] >= least["surveys_to_rank"]),
    "shops": lambda row, least: bool(row["shops"]["n"] >= least["shops_to_rank"]),
    "profit": lambda row, least: bool(row["profit"]["months"] >= least["profit_months"]),
}


def _absent(data: Row, name: str) -> str:
    """Why a component does not count: nobody has a base for it, or it tells nobody apart."""
    rows = [row for row in data.get("branches", ()) if row["name"] is not None and not row["hidden"]]
    if rows and not any(_BASES[name](row, data["settings"]["minimums"]) for row in rows):
        return _(
            "%(name)s: no branch has a large enough base, so it does not count in this month's ranking",
            name=measure(name),
        )
    return _ABSENT[name]()


def _apart(data: Row) -> list[str]:
    """Who leads and who trails, by name, where the reader may see them all and they are few."""
    found = []
    for code, said in _TOLD.items():
        names = [isolate(row["name"]) for row in data.get("branches", ()) if row["tier"] == code and row["name"]]
        if 0 < len(names) == data["overall"][code] <= NAMED:
            found.append(said(", ".join(names)))
    return found


_TOLD: Mapping[str, Callable[[str], str]] = {
    "leading": lambda names: _("Probably in the top quarter: %(names)s", names=names),
    "trailing": lambda names: _("Probably in the bottom quarter: %(names)s", names=names),
}


def attention(data: Row) -> list[str]:
    """What needs attention whoever leads: unusual trends and changes, the floor, cases, what customers wrote."""
    shown = data.get("branches", ())
    rows = [row for row in shown if row["name"] is not None]
    # What unnamed branches did is not known here: a count of the named ones must not read as the organisation's.
    cut = len(rows) < len(shown)
    said = [
        *_trends(data),
        _counted(
            [row for row in rows if row["change"]],
            lambda n: ngettext(
                "%(num)s branch changed more than chance would make it",
                "%(num)s branches changed more than chance would make them",
                n,
            ),
            cut,
        ),
        _floor(data, rows),
        _counted(
            [row for row in rows if row["critical_open"]],
            lambda n: ngettext(
                "%(num)s branch has an open critical failure", "%(num)s branches have an open critical failure", n
            ),
            cut,
        ),
        _counted(
            [row for row in rows if row["overdue"]],
            lambda n: ngettext("%(num)s branch has an overdue case", "%(num)s branches have an overdue case", n),
            cut,
        ),
    ]
    if rows and data["overall"]["code"] in ("none_told_apart", "no_spread"):
        said.append(_("What customers wrote stands on each branch's page, whatever its place"))
    return [one for one in said if one]


def _counted(rows: Sequence[Row], said: Callable[[int], str], cut: bool) -> str:
    """How many branches, and which where they are few; ``cut``: only some branches are named to this reader."""
    if not rows:
        return ""
    counted = said(len(rows))
    if cut:
        counted = _("Of the branches named here, %(said)s", said=counted)
    names = ", ".join(isolate(row["name"]) for row in rows)
    return f"{counted}: {names}" if len(rows) <= NAMED else counted


def _floor(data: Row, rows: Sequence[Row]) -> str:
    count = data["overall"]["under_floor"]
    if not count:
        return ""
    said = ngettext(
        "%(num)s branch is probably under the service floor",
        "%(num)s branches are probably under the service floor",
        count,
    )
    names = [isolate(row["name"]) for row in rows if row["under_floor"]]
    return f"{said}: {', '.join(names)}" if len(names) == count <= NAMED else said


def _trends(data: Row) -> list[str]:
    """Measures of the whole organisation whose last month its control chart calls unusual."""
    if "organisation" not in data or not data["settings"]["trend_months"]:
        return []
    found = []
    for name in SERIES:
        chart = control(data, None, name)
        last, limits = chart.values[-1], chart.stretches[-1].limits
        if last is not None and limits is not None and len(chart.values) - 1 in chart.marks:
            said = _TREND[last >= limits.center]
            found.append(said(measure(name), value(last, 1), value(limits.center, 1)))
    return found


_TREND: Mapping[bool, Callable[[str, str, str], str]] = {
    True: lambda name, now, usual: _(
        "%(measure)s in the whole bank is unusually high: %(now)s, and usually %(usual)s",
        measure=name, now=now, usual=usual,
    ),
    False: lambda name, now, usual: _(
        "%(measure)s in the whole bank is unusually low: %(now)s, and usually %(usual)s",
        measure=name, now=now, usual=usual,
    ),
}  # fmt: skip


def accounting(data: Row) -> list[str]:
    """Where every branch went: all, ranked, and each reason for not being ranked with its count."""
    overall = data["overall"]
    lines = [
        _("Branches: %(count)s", count=value(overall["branches"])),
        _("In the ranking: %(count)s", count=value(overall["ranked"])),
    ]
    for code, count in overall["hidden"].items():
        lines.append(_("%(reason)s: %(count)s", reason=why_hidden(code), count=value(count)))
    return lines


def reference(settings: Row) -> str:
    """Where the indices' 100 comes from."""
    period = settings["reference"]
    if period["chosen"] == "none":
        return ""
    return _REFERENCE[period["chosen"]](_month(period["from"]), _month(period["to"]))


def window(settings: Row, name: str) -> str:
    """A column's window, for its header: the name and the months."""
    length = settings["windows"][name]["months"]
    return ngettext("%(num)s month", "%(num)s months", length)


def header(settings: Row, name: str) -> str:
    """A component's name with its window."""
    return _("%(name)s (%(window)s)", name=measure(name), window=window(settings, name))


def _month(month: Any) -> str:
    return isolate(format_month(month))
