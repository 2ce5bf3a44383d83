"""Habits of the Python code that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import pytest

from survey_app.kinds import KINDS
from tests.conventions import tree

Check = Callable[[str, ast.Module], Iterator[str]]

#: The clock itself may read the system's time.
READS_TIME = {"survey_app/clock.py"}
TIME_CALLS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now", "datetime.date.today",
    "time.time", "func.now", "func.current_timestamp", "func.current_date",
}  # fmt: skip
WRITES = {"add", "add_all", "delete", "merge", "bulk_save_objects", "bulk_insert_mappings", "flush"}


def compares_kinds(name: str, source: ast.Module) -> Iterator[str]:
    """Code asks ``kind.reviewed``, never which kind it is."""
    codes = frozenset(KINDS)
    for node in ast.walk(source):
        parts: list[ast.AST] = []
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
        elif isinstance(node, ast.MatchValue):
            parts = [node.value]
        constants = (inner for part in parts for inner in ast.walk(part) if isinstance(inner, ast.Constant))
        yield from (
            f"{name}:{inner.lineno} compares with {inner.value!r}" for inner in constants if inner.value in codes
        )


def reads_the_time(name: str, source: ast.Module) -> Iterator[str]:
    """All code asks the one clock."""
    if name not in READS_TIME:
        yield from (
            f"{name}:{node.lineno} calls {called}" for called, node in tree.calls(source) if called in TIME_CALLS
        )


def commits(name: str, source: ast.Module) -> Iterator[str]:
    """Only ``transaction()`` commits; commands flush."""
    if name.startswith(("survey_app/commands/", "survey_app/web/", "survey_app/queries/", "survey_app/demo/")):
        yield from (
            f"{name}:{node.lineno} calls {called}"
            for called, node in tree.calls(source)
            if called.endswith((".commit", ".rollback"))
        )


def writes_outside_commands(name: str, source: ast.Module) -> Iterator[str]:
    """The web and the queries write no model."""
    if name.startswith(("survey_app/web/", "survey_app/queries/")):
        for called, node in tree.calls(source):
            owner, _, verb = called.rpartition(".")
            if owner.endswith("session") and verb in WRITES:
                yield f"{name}:{node.lineno} calls {called}"


def trusts_markup(name: str, source: ast.Module) -> Iterator[str]:
    """No text becomes markup without escaping; ``Markup(template).format(…)`` escapes what it is given."""
    for called, node in tree.calls(source):
        if called.split(".")[-1] == "Markup" and not (node.args and isinstance(node.args[0], ast.Constant)):
            yield f"{name}:{node.lineno} trusts {ast.unparse(node)}"


def formats_messages(name: str, source: ast.Module) -> Iterator[str]:
    """A message is looked up whole and filled afterwards: an f-string can be in no catalogue."""
    for called, node in tree.calls(source):
        if called.split(".")[-1] in {"_", "_l", "gettext", "lazy_gettext", "ngettext"}:
            texts = node.args[: 2 if called.split(".")[-1] == "ngettext" else 1]
            yield from (
                f"{name}:{node.lineno} formats before translating"
                for text in texts
                if isinstance(text, ast.JoinedStr | ast.BinOp)
                or (isinstance(text, ast.Call) and ast.unparse(text.func).endswith(".format"))
            )


CHECKS: tuple[Check, ...] = (
    compares_kinds,
    reads_the_time,
    commits,
    writes_outside_commands,
    trusts_markup,
    formats_messages,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_code_keeps_its_habits(check: Check) -> None:
    found = [fault for name, source in tree.sources().items() for fault in check(name, source)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("check", "name", "source"),
    [
        (compares_kinds, "forms/a.py", "if kind.code == 'mystery_shop': pass"),
        (compares_kinds, "forms/a.py", "x = kind in ('customer_survey', 'other')"),
        (compares_kinds, "forms/a.py", "match kind:\n    case 'mystery_shop': pass"),
        (reads_the_time, "reports/a.py", "import datetime\nx = datetime.datetime.now(UTC)"),
        (reads_the_time, "survey_app/web/a.py", "x = date.today()"),
        (reads_the_time, "survey_app/queries/a.py", "select(func.now())"),
        (commits, "survey_app/commands/a.py", "session.commit()"),
        (writes_outside_commands, "survey_app/web/a.py", "session.add(Branch())"),
        (writes_outside_commands, "survey_app/queries/a.py", "self.session.delete(x)"),
        (trusts_markup, "survey_app/web/a.py", "Markup(comment)"),
        (trusts_markup, "survey_app/web/a.py", "markupsafe.Markup(f'<b>{name}</b>')"),
        (formats_messages, "survey_app/web/a.py", "_(f'Row {row}')"),
        (formats_messages, "survey_app/web/a.py", "_('Row %s' % row)"),
        (formats_messages, "survey_app/web/a.py", "ngettext('{} row'.format(n), 'rows', n)"),
    ],
)
def test_a_bad_habit_is_seen(check: Check, name: str, source: str) -> None:
    assert len(list(check(name, ast.parse(source)))) == 1


def test_good_habits_pass() -> None:
    good = "Markup('<b>{}</b>').format(name); _('Row %(row)s', row=3); kind.reviewed == True; clock.now()"
    assert not [fault for check in CHECKS for fault in check("survey_app/web/a.py", ast.parse(good))]
