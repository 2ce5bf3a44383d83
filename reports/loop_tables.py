"""Cases and promises by branch, as tables in the active language: pages and files show the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reports import loop_wording as wording
from reports.table import Column, Kind, Table, Value
from translations import format_month, localised
from translations import gettext as _

Row = Mapping[str, Any]
Spec = tuple[str, str, Kind, int, Callable[[Row], Value]]


def _table(name: str, title: str, specs: Sequence[Spec], rows: Sequence[Row]) -> Table:
    columns = tuple(Column(code, heading, kind, digits) for code, heading, kind, digits, _value in specs)
    return Table(name, title, columns, tuple(tuple(value(row) for *_rest, value in specs) for row in rows))


def _model(data: Row, kind: str) -> Row:
    found: Row | None = (data.get("models") or {}).get(kind)
    return found or {}


def _of(key: str) -> Callable[[Row], Value]:
    def value(row: Row) -> Value:
        found: Value = row[key]
        return found

    return value


def _in(key: str, part: str) -> Callable[[Row], Value]:
    def value(row: Row) -> Value:
        found: Value = row[key][part] if row[key] is not None else None
        return found

    return value


def _places(data: Row) -> list[Spec]:
    names = {row["code"]: row["name"] for row in data["branches"] if row["name"] is not None}
    return [
        ("code", _("Branch code"), "text", 0, _of("branch")),
        ("branch", _("Branch"), "text", 0, lambda row: names.get(row["branch"], row["branch"])),
    ]


def _share(key: str, title: str) -> list[Spec]:
    return [
        (key, title, "percent", 0, _in(key, "value")),
        (f"{key}_low", _("%(measure)s, from", measure=title), "percent", 0, _in(key, "low")),
        (f"{key}_high", _("%(measure)s, to", measure=title), "percent", 0, _in(key, "high")),
        (f"{key}_n", _("%(measure)s, number", measure=title), "integer", 0, _in(key, "n")),
        (f"{key}_of", _("%(measure)s, of how many", measure=title), "integer", 0, _in(key, "of")),
    ]


#: Counts that a printed page has room for.
_SHORT = ("opened", "standing", "overdue", "reopened", "repeats")


def _cases(data: Row) -> list[Spec]:
    counts: list[Spec] = [
        (code, wording.measure(code), "integer", 0, _of(code)) for code in ("opened", "standing", "overdue", "closed")
    ]
    times: list[Spec] = [
        (code, _("%(measure)s (median, working hours)", measure=wording.measure(code)), "number", 1,
         _in(code, "median"))
        for code in ("contact", "solve")
    ]  # fmt: skip
    after: list[Spec] = [(code, wording.measure(code), "integer", 0, _of(code)) for code in ("reopened", "repeats")]
    return [
        *_places(data),
        *counts,
        *_share("saved", wording.measure("saved")),
        *times,
        *_share("at_once", wording.measure("at_once")),
        *after,
    ]


def cases(data: Row) -> Table:
    """Cases by branch."""
    title = _("Customers' cases by branch, %(month)s", month=format_month(data["month"]))
    return _table("cases", title, _cases(data), _model(data, "cases").get("branches", []))


def cases_short(data: Row) -> Table:
    """Cases by branch for a printed page: counts, and customers won back as how many of how many."""
    specs: list[Spec] = [
        _places(data)[1],
        *((code, wording.measure(code), "integer", 0, _of(code)) for code in _SHORT),
        (
            "saved",
            wording.measure("saved"),
            "text",
            0,
            lambda row: wording.base(row["saved"]) if row["saved"] else None,
        ),
    ]
    return _table("cases", cases(data).title, specs, _model(data, "cases").get("branches", []))


def promises(data: Row) -> Table:
    """Promises kept by branch, as written down and as customers tell."""
    specs = [
        *_places(data),
        *_share("kept", _("Promises kept")),
        *_share("told", _("Kept, as customers tell")),
    ]
    title = _("Promises kept by branch, %(month)s", month=format_month(data["month"]))
    return _table("promises", title, specs, _model(data, "promises").get("branches", []))


def promise_departments(data: Row) -> Table:
    """Promises kept by department."""
    specs: list[Spec] = [
        ("code", _("Department code"), "text", 0, _of("code")),
        ("department", _("Department"), "text", 0, lambda row: localised(dict(row["name"]))),
        *_share("kept", _("Promises kept")),
    ]
    title = _("Promises kept by department, %(month)s", month=format_month(data["month"]))
    return _table("promise_departments", title, specs, _model(data, "promises").get("departments", []))


def tables(data: Row) -> dict[str, Table]:
    """All of them by name."""
    return {"cases": cases(data), "promises": promises(data), "promise_departments": promise_departments(data)}
