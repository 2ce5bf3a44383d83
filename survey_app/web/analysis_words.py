"""Words of the analyst's page: breaks, their groups, columns of answers, and its tables as files."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final

from forms.campaign_names import CHANNELS as REACHED
from forms.points import KINDS as POINTS
from forms.questionnaire.parts import Question
from forms.questionnaire.types import display
from reports.analysis import COMPOSITE, PROFIT, SHOPS, SURVEYS
from reports.crosstab import Group
from reports.suppression import COMPLEMENTARY, EMPTY, FEW
from reports.table import Column, Table, Value
from survey_app.queries import analysis_questions as asked
from survey_app.queries.analysis_cross import Crosstab
from translations import LANGUAGES, current_language, format_month, localised
from translations import gettext as _
from translations import lazy_gettext as _l

BREAKS: Final[Mapping[str, Any]] = {
    asked.REGION: _l("Region"),
    asked.TYPE: _l("Type of branch"),
    asked.SIZE: _l("Size of branch"),
    asked.AREA: _l("Area of branch"),
    asked.PURPOSE: _l("Reason for the visit"),
    asked.CHANNEL: _l("How the survey reached the customer"),
    asked.LANGUAGE: _l("Language of the answers"),
    asked.MODE: _l("How it was filled in"),
    asked.TENURE: _l("How long somebody has been a customer"),
}
#: Columns that tell several answers together.
TOGETHER: Final[Mapping[str, Any]] = {
    asked.SATISFIED: _l("Satisfied (top two)"),
    asked.PROMOTERS: _l("Promoters (9–10)"),
    asked.PASSIVES: _l("Passives (7–8)"),
    asked.DETRACTORS: _l("Detractors (0–6)"),
}
MEASURES: Final[Mapping[str, Any]] = {
    COMPOSITE: _l("Service and profit together"),
    SURVEYS: _l("Surveys"),
    SHOPS: _l("Mystery shops"),
    PROFIT: _l("Profit"),
}
#: What uses and outputs of the frontier are called.
PARTS: Final[Mapping[str, Any]] = {
    "cost": _l("Direct cost, ILS"),
    "headcount": _l("Full-time posts"),
    "revenue": _l("Revenue, ILS"),
}
_MODES: Final[Mapping[str, Any]] = {
    "web": _l("By the customer, on a screen"),
    "phone": _l("By an interviewer, by telephone"),
    "kiosk": _l("On the branch's tablet"),
}
_LINKS: Final[Mapping[str, Any]] = {
    "personal": _l("Personal link"),
    "open": _l("Open link"),
    "file": _l("From a file"),
    "shop": _l("Mystery visit"),
    "assignment": _l("Mystery visit"),
    "listening": _l("Listening"),
}
_CHANNELS: Final[Mapping[str, Any]] = {**_LINKS, **POINTS, **REACHED}
_WHY: Final[Mapping[int, Any]] = {
    EMPTY: _l("No answers"),
    FEW: _l("Too few answers"),
    COMPLEMENTARY: _l("Hidden so that a small group cannot be worked out"),
}


_PLACE: Final = re.compile(r"\{(\w+)\}")


def _coded(names: Mapping[str, Any]) -> Callable[[Crosstab, Hashable], str]:
    return lambda found, key: str(names.get(str(key), key))


def _choice(found: Crosstab, key: Hashable) -> str:
    return option(found.labels, key) if found.labels is not None else str(key)


_GROUPS: Final[Mapping[str, Callable[[Crosstab, Hashable], str]]] = {
    asked.PURPOSE: _choice,
    asked.CHANNEL: _coded(_CHANNELS),
    asked.LANGUAGE: _coded(LANGUAGES),
    asked.MODE: _coded(_MODES),
}


def option(question: Question, value: Hashable) -> str:
    """One of a question's answers in words."""
    if isinstance(value, (str, int)):
        return str(display(question, value, current_language()))
    return str(value)


def words(question: Question) -> str:
    """A question's text in the reader's language, as plain text; what an invitation would fill in is left out."""
    return _PLACE.sub("…", localised(dict(question.text)))


def group(found: Crosstab, key: Hashable) -> str:
    """What a group of a break is called."""
    if key == "":
        return _("Not known")
    named = _GROUPS.get(found.by)
    return named(found, key) if named is not None else str(key)


def why(row: Group) -> str:
    """Why a group is hidden."""
    return str(_WHY[row.why])


def titles(found: Crosstab) -> list[str]:
    """Headings of the columns of answers."""
    return [
        str(TOGETHER[column.name]) if column.name else option(found.asked.question, column.value)
        for column in found.columns
    ]


def mean_title(question: Question) -> str:
    """What the mean of a question's numbers is."""
    return _("NPS") if question.measure in ("nps", "enps") else _("Mean")


def period(months: Sequence[str]) -> str:
    """A quarter by its months."""
    return _("%(first)s to %(last)s", first=format_month(months[0]), last=format_month(months[-1]))


def crosstab(found: Crosstab) -> Table:
    """The table for a spreadsheet: one row for each group and answer that is shown, and one for each hidden group."""
    shown = (
        Column("group", str(BREAKS[found.by])),
        Column("n", _("Number of responses"), "integer"),
        Column("effective", _("Effective number"), "number", 1),
        Column("answer", _("Answer")),
        Column("share", _("Percent"), "percent", 1),
        Column("low", _("Percent, from"), "percent", 1),
        Column("high", _("Percent, to"), "percent", 1),
        Column("remark", _("Remark")),
    )
    rows: list[tuple[Value, ...]] = []
    for place, one in enumerate((*found.groups, found.whole)):
        name = _("All together") if place == len(found.groups) else group(found, one.key)
        if not one.shown:
            rows.append((name, None, None, None, None, None, None, why(one)))
            continue
        parts = list(zip(titles(found), one.shares, strict=True))
        rows += [(name, one.n, one.effective, title, part.percent, part.low, part.high, "") for title, part in parts]
        if one.mean is not None:
            mean = one.mean
            title = mean_title(found.asked.question)
            rows.append((name, one.n, one.effective, title, mean.percent, mean.low, mean.high, ""))
    return Table("crosstab", words(found.asked.question), shown, tuple(rows))


def rank_sets(rows: Sequence[Mapping[str, Any]], measure: str) -> Table:
    """Rank sets for a spreadsheet."""
    shown = (
        Column("code", _("Branch code")),
        Column("name", _("Branch")),
        Column("estimate", _("Measured"), "number", 2),
        Column("error", _("Standard error"), "number", 2),
        Column("low", _("Place, from"), "integer"),
        Column("high", _("Place, to"), "integer"),
    )
    body = tuple((row["branch"], row["name"], row["estimate"], row["error"], row["low"], row["high"]) for row in rows)
    return Table("rank-sets", str(MEASURES[measure]), shown, body)


def efficiency(found: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Table:
    """The frontier for a spreadsheet."""
    shown = (
        Column("code", _("Branch code")),
        Column("name", _("Branch")),
        Column("score", _("Efficiency, percent"), "percent", 1),
        *(Column(code, str(PARTS[code]), "number", 1) for code in (*found["inputs"], *found["outputs"])),
        Column("target", _("Revenue of the comparison, ILS"), "money"),
        Column("peers", _("Compared with")),
        Column("reference", _("An example for others"), "flag"),
    )
    body = tuple(
        (
            *(row["branch"], row["name"], row["score"], *row["used"], *row["made"], row["target"]),
            ", ".join(f"{names.get(peer['branch'], peer['branch'])} {peer['share']:.0f}%" for peer in row["peers"]),
            row["reference"],
        )
        for row in rows
    )
    return Table("efficiency", _("Efficiency of branches"), shown, body)


def link(found: Mapping[str, Any]) -> Table:
    """The link for a spreadsheet."""
    shown = (
        Column("direction", _("Direction")),
        Column("lag", _("Months later"), "integer"),
        Column("slope", _("Slope"), "number", 2),
        Column("low", _("Slope, from"), "number", 2),
        Column("high", _("Slope, to"), "number", 2),
        Column("p", _("p-value"), "number", 4),
        Column("branches", _("Branches"), "integer"),
        Column("n", _("Branch-months"), "integer"),
    )
    names = {"forward": _("Profit after service"), "reverse": _("Service after profit")}
    body = tuple(
        (names[way], row["lag"], row["slope"], row["low"], row["high"], row["p"], row["branches"], row["n"])
        for way in ("forward", "reverse")
        for row in found[way]
    )
    return Table("link", _("Service and profit"), shown, body)
