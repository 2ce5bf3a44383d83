"""The opening of the monthly page: what the month can say, and where every branch went. Plain sentences in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reports.wording import Row, measure, smaller_base, value, why_hidden
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


def opening(data: Row) -> list[str]:
    """The sentences that open the page: the finding, the certainty, what does not count, who is under the floor."""
    overall = data["overall"]
    sentences = [_OVERALL[overall["code"]](overall)]
    if overall["code"] in ("told_apart", "none_told_apart") and overall["mean_interval"] is not None:
        sentences.append(
            _(
                "On average a branch's true place lies somewhere among %(width)s places of %(total)s",
                width=value(round(overall["mean_interval"])),
                total=value(overall["ranked"]),
            )
        )
        sentences += [_ABSENT[name]() for name, used in overall["components"].items() if not used]
    sentences += smaller_base(data.get("settings", {}))
    if overall["under_floor"]:
        sentences.append(
            ngettext(
                "%(num)s branch is probably under the service floor",
                "%(num)s branches are probably under the service floor",
                overall["under_floor"],
            )
        )
    return sentences


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
