"""What models of single responses found, as tables in the active language: pages and files show the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reports import loop_tables
from reports import model_wording as wording
from reports.recovery import GROUPS
from reports.table import Column, Kind, Table, Value
from translations import format_month
from translations import gettext as _

Row = Mapping[str, Any]
Spec = tuple[str, str, Kind, int, Callable[[Row], Value]]


def _table(name: str, title: str, specs: Sequence[Spec], rows: Sequence[Row]) -> Table:
    columns = tuple(Column(code, heading, kind, digits) for code, heading, kind, digits, _value in specs)
    return Table(name, title, columns, tuple(tuple(value(row) for *_rest, value in specs) for row in rows))


def _of(key: str) -> Callable[[Row], Value]:
    def value(row: Row) -> Value:
        found: Value = row[key]
        return found

    return value


def _model(data: Row, kind: str) -> Row:
    """What a kind of model found; empty where there is nothing."""
    found: Row | None = (data.get("models") or {}).get(kind)
    return found or {}


def drivers(data: Row) -> Table:
    """The topics by their part in satisfaction, with how each stands."""
    specs: list[Spec] = [
        ("topic", _("Topic"), "text", 0, lambda row: wording.question(data, row)),
        ("code", _("Question code"), "text", 0, _of("code")),
        ("share", _("Part in what goes with satisfaction"), "percent", 0, _of("share")),
        ("share_low", _("Part, from"), "percent", 0, _of("low")),
        ("share_high", _("Part, to"), "percent", 0, _of("high")),
        ("p_top", _("Chance of being the first"), "percent", 0, _of("p_top")),
        ("performance", _("Score of the topic"), "number", 0, _of("performance")),
        ("n", _("Number of responses"), "integer", 0, _of("n")),
    ]
    title = _("What goes with satisfaction, %(month)s", month=format_month(data["month"]))
    return _table("drivers", title, specs, _model(data, "drivers").get("topics", []))


def _standing(measure: str, part: str) -> Callable[[Row], Value]:
    def value(row: Row) -> Value:
        found: Value = row[measure][part] if row[measure] is not None else None
        return found

    return value


def recovery(data: Row) -> Table:
    """Satisfaction and recommendation by what became of the customer's problem."""
    specs: list[Spec] = [
        ("group", _("By the customer's own answer"), "text", 0, lambda row: wording.group(row["code"]))
    ]
    specs.append(("n", _("Number of responses"), "integer", 0, _of("n")))
    for measure, heading, kind in (
        ("top_box", _("Satisfaction"), "percent"),
        ("nps", _("NPS"), "number"),
    ):
        shown: Kind = "percent" if kind == "percent" else "number"
        specs += [
            (measure, heading, shown, 0, _standing(measure, "value")),
            (f"{measure}_low", _("%(measure)s, from", measure=heading), shown, 0, _standing(measure, "low")),
            (f"{measure}_high", _("%(measure)s, to", measure=heading), shown, 0, _standing(measure, "high")),
        ]
    specs.append(("remark", _("Remark"), "text", 0, lambda row: wording.group_why(row["why"])))
    groups = _model(data, "recovery").get("groups", {})
    title = _("Problems and what became of them, %(month)s", month=format_month(data["month"]))
    return _table("recovery", title, specs, [{"code": code, **groups[code]} for code in GROUPS if code in groups])


def mix(data: Row) -> Table:
    """How the answers of the month came, beside the months before it."""
    specs: list[Spec] = [
        ("kind", _("What is compared"), "text", 0, lambda row: wording.mix_kind(row["kind"])),
        ("level", _("Part"), "text", 0, lambda row: wording.mix_level(row["kind"], row["level"])),
        ("before", _("Share in the months before"), "percent", 0, _of("before")),
        ("now", _("Share in the month"), "percent", 0, _of("now")),
        ("n_before", _("Number in the months before"), "integer", 0, _of("n_before")),
        ("n", _("Number in the month"), "integer", 0, _of("n")),
    ]
    title = _("Who answered and how, %(month)s", month=format_month(data["month"]))
    return _table("mix", title, specs, _model(data, "mix").get("organisation", []))


def disagreement(data: Row) -> Table:
    """Branches that customers and mystery visits see differently, each with what is farthest apart."""
    names = {row["code"]: row["name"] for row in data["branches"] if row["name"] is not None}

    def name(row: Row) -> Value:
        return names.get(row["branch"], row["branch"])

    def listed(part: str) -> Callable[[Row], Value]:
        return lambda row: "; ".join(wording.question(data, one, str(name(row))) for one in row[part])

    specs: list[Spec] = [
        ("code", _("Branch code"), "text", 0, _of("branch")),
        ("branch", _("Branch"), "text", 0, name),
        ("seen", _("How it is seen"), "text", 0, wording.disagreement),
        ("csat", _("Satisfaction"), "percent", 1, _of("csat")),
        ("answers", _("Number of responses"), "integer", 0, _of("answers")),
        ("score", _("Score of the visits"), "number", 1, _of("score")),
        ("visits", _("Number of visits"), "integer", 0, _of("visits")),
        ("items", _("Items of the visits"), "text", 0, listed("items")),
        ("questions", _("Questions of the surveys"), "text", 0, listed("questions")),
    ]
    title = _("Surveys and visits apart, %(month)s", month=format_month(data["month"]))
    return _table("disagreement", title, specs, _model(data, "disagreement").get("branches", []))


def tables(data: Row) -> dict[str, Table]:
    """All of them by name; without rows where a model was not made or found nothing."""
    return {
        "drivers": drivers(data),
        "recovery": recovery(data),
        **loop_tables.tables(data),
        "mix": mix(data),
        "disagreement": disagreement(data),
    }
