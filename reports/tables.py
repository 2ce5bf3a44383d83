"""The monthly report's tables, in the active language: pages and files show the same columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reports import model_tables, opening, wording
from reports.table import Column, Kind, Table, Value
from translations import format_month
from translations import gettext as _

Row = Mapping[str, Any]
Spec = tuple[str, str, Kind, int, Callable[[Row], Value]]
"""Code, title, kind, decimals, and where the value comes from."""


def _at(*path: str) -> Callable[[Row], Value]:
    """The value at a path of keys; None where a step is missing."""

    def value(row: Row) -> Value:
        found: Any = row
        for step in path:
            if found is None:
                return None
            found = found[step]
        plain: Value = found
        return plain

    return value


def _table(name: str, title: str, specs: Sequence[Spec], rows: Sequence[Row]) -> Table:
    columns = tuple(Column(code, heading, kind, digits) for code, heading, kind, digits, _value in specs)
    return Table(name, title, columns, tuple(tuple(value(row) for *_rest, value in specs) for row in rows))


def _place(row: Row) -> Value:
    # A place is written only where its interval is narrow enough to mean something.
    return None if row["rank"]["wide"] in (None, True) else int(row["rank"]["median"])


def _remark(row: Row) -> str:
    parts = [wording.why_hidden(row["why"]), wording.status(row["status"]), *wording.held_back(row["held_back"])]
    return "; ".join(dict.fromkeys(part for part in parts if part))


def _changes(row: Row) -> str:
    return "; ".join(wording.change(found) for found in row["change"])


def _quadrant(row: Row) -> str:
    return wording.quadrant_name(row["quadrant"]) if row["quadrant"] else ""


def _survey_specs(settings: Row, name: str) -> list[Spec]:
    surveys = _("Surveys (%(window)s)", window=opening.window(settings, name))

    def title(text: str) -> str:
        return f"{surveys}: {text}"

    return [
        ("surveys_n", title(_("Number of responses")), "integer", 0, _at("surveys", "n")),
        ("csat", title(_("Satisfaction")), "percent", 1, _at("surveys", "csat")),
        ("csat_low", title(_("Satisfaction, from")), "percent", 1, _at("surveys", "csat_low")),
        ("csat_high", title(_("Satisfaction, to")), "percent", 1, _at("surveys", "csat_high")),
        ("nps", title(_("NPS")), "number", 0, _at("surveys", "nps")),
        ("ease", title(_("Ease")), "number", 1, _at("surveys", "ease")),
    ]


def _shop_specs(settings: Row) -> list[Spec]:
    shops = opening.header(settings, "shops")

    def title(text: str) -> str:
        return f"{shops}: {text}"

    return [
        ("shops_n", title(_("Number of visits")), "integer", 0, _at("shops", "n")),
        ("shop_score", title(_("Score")), "number", 1, _at("shops", "score")),
        ("shop_low", title(_("Score, from")), "number", 1, _at("shops", "low")),
        ("shop_high", title(_("Score, to")), "number", 1, _at("shops", "high")),
        ("critical", title(_("Critical failures")), "integer", 0, _at("shops", "critical_failures")),
    ]


def _profit_specs(settings: Row) -> list[Spec]:
    profit = opening.header(settings, "profit")

    def title(text: str) -> str:
        return f"{profit}: {text}"

    return [
        ("contribution", title(_("Contribution, ILS")), "money", 0, _at("profit", "contribution")),
        ("target", title(_("Target, ILS")), "money", 0, _at("profit", "target")),
        ("profit_percent", title(_("Gap to target, percent of revenue")), "percent", 1, _at("profit", "percent")),
    ]


def ranking(data: Row) -> Table:
    """Every branch of the report in the order of the list, the hidden ones last with their reason."""
    settings = data["settings"]
    specs: list[Spec] = [
        ("place", _("Place"), "integer", 0, _place),
        ("place_low", _("Place, from"), "integer", 0, _at("rank", "low")),
        ("place_high", _("Place, to"), "integer", 0, _at("rank", "high")),
        ("code", _("Branch code"), "text", 0, _at("code")),
        ("name", _("Branch"), "text", 0, _at("name")),
        ("region", _("Region"), "text", 0, _at("region")),
        ("tier", _("Tier"), "text", 0, lambda row: wording.tier(row["tier"], short=True)),
        ("composite", _("Composite index"), "number", 1, _at("composite")),
        ("service", _("Service index"), "number", 1, _at("service", "index")),
        ("service_low", _("Service index, from"), "number", 1, _at("service", "low")),
        ("service_high", _("Service index, to"), "number", 1, _at("service", "high")),
        ("profit_index", _("Profit index"), "number", 1, _at("profit", "index")),
        *_survey_specs(settings, "surveys"),
        *_shop_specs(settings),
        *_profit_specs(settings),
        ("quadrant", _("Quadrant"), "text", 0, _quadrant),
        ("change", _("Change"), "text", 0, _changes),
        ("remark", _("Remark"), "text", 0, _remark),
    ]
    title = _("Branch ranking, %(month)s", month=format_month(data["month"]))
    return _table("ranking", title, specs, data["branches"])


def regions(data: Row) -> Table:
    """The regions' surveys, shops and profit."""
    settings = data["settings"]
    specs: list[Spec] = [
        ("name", _("Region"), "text", 0, _at("name")),
        *_survey_specs(settings, "surveys"),
        *_shop_specs(settings),
        *_profit_specs(settings),
    ]
    title = _("Regions, %(month)s", month=format_month(data["month"]))
    return _table("regions", title, specs, data["regions"])


def agents(data: Row) -> Table:
    """The agents' own numbers, by branch; nobody is ranked against anybody."""
    settings = data["settings"]
    specs: list[Spec] = [
        ("branch", _("Branch code"), "text", 0, _at("branch")),
        ("branch_name", _("Branch"), "text", 0, _at("branch_name")),
        ("code", _("Employee code"), "text", 0, _at("code")),
        ("name", _("Name"), "text", 0, _at("name")),
        *_survey_specs(settings, "agents"),
        ("shrunken", _("Adjusted satisfaction"), "percent", 1, _at("surveys", "shrunken")),
        ("p_target", _("Chance of reaching the target"), "percent", 0, _at("p_target")),
        ("excellent", _("Excellent employee, to be confirmed"), "flag", 0, _at("excellent")),
        ("remark", _("Remark"), "text", 0, lambda row: wording.why(row["surveys"], settings)),
    ]
    title = _("Service employees, %(month)s", month=format_month(data["month"]))
    return _table("agents", title, specs, data["agents"])


def tables(data: Row) -> dict[str, Table]:
    """All tables of a report's data by name."""
    return {
        "ranking": ranking(data),
        "regions": regions(data),
        "agents": agents(data),
        **model_tables.tables(data),
    }
