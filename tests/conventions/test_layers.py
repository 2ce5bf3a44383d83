"""Imports point down only, and never in a circle."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.conventions import tree

#: Rooms from the top of the house down: a room imports only from its own floor's own room and from lower floors.
FLOORS = (
    ("survey_app.cli",),
    ("survey_app.app",),
    ("survey_app.web", "survey_app.jobs", "survey_app.demo"),
    ("survey_app.outgoing",),
    ("survey_app.commands",),
    ("survey_app.queries", "survey_app.readers"),
    ("survey_app.transaction", "survey_app.migrations"),
    ("survey_app.audit", "survey_app.permissions"),
    ("survey_app.models", "survey_app.files", "survey_app.contents", "survey_app.seals"),
    ("survey_app.outreach", "survey_app.field", "survey_app.meeting", "survey_app.loop"),
    ("survey_app.db", "survey_app.clock", "survey_app.config", "survey_app.kinds", "survey_app.errors"),
    ("forms", "reports"),
    ("translations",),
)
#: Floors between which a room must not reach, although it stands higher.
CLOSED = {("forms", "survey_app"), ("reports", "survey_app"), ("survey_app.demo", "survey_app.web")}
#: Libraries that a room must do without.
WITHOUT = {
    "forms": {"flask", "flask_wtf", "sqlalchemy"},
    "reports": {"flask", "flask_wtf", "sqlalchemy", "wtforms"},
    "translations": {"flask", "flask_babel", "sqlalchemy"},
    "survey_app.commands": {"flask", "huey"},
    "survey_app.queries": {"flask", "huey"},
    "survey_app.models": {"flask"},
}
RANK = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


@dataclass(frozen=True)
class Import:
    """One import: by whom, of what, and whether it happens only for the type checker."""

    module: str
    target: str
    line: int
    typing_only: bool


def imports(module: str, source: ast.Module, known: frozenset[str]) -> Iterator[Import]:
    """Every import of a module, inside functions too; ``from a import b`` names ``a.b`` where that is a module."""
    typing_only = {
        id(inner)
        for node in ast.walk(source)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(source):
        targets: list[str] = []
        if isinstance(node, ast.Import):
            targets = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            targets = [f"{base}.{name.name}" if f"{base}.{name.name}" in known else base for name in node.names]
        for target in targets:
            yield Import(module, target, getattr(node, "lineno", 0), id(node) in typing_only)


def room_of(module: str) -> str | None:
    """The room that a module belongs to; the package's own docstring belongs to none."""
    return next((room for room in RANK if module == room or module.startswith(f"{room}.")), None)


def faults(modules: Mapping[str, ast.Module]) -> list[str]:
    """What a set of modules does against the layers; empty when nothing."""
    known = frozenset(modules)
    found = [f"{module}: give it a place in the layers" for module in modules if not room_of(module) and "." in module]
    edges: dict[str, set[str]] = {module: set() for module in modules}
    for module, source in modules.items():
        room = room_of(module)
        for one in imports(module, source, known):
            place = f"{module}:{one.line} imports {one.target}"
            found.extend(f"{place}, which {room} does without" for _ in _banned(room, one.target))
            other = room_of(one.target)
            if other and room and other != room and (RANK[other] <= RANK[room] or _closed(room, other)):
                found.append(f"{place}: that is not below it")
            if one.target in known and one.target != module and not one.typing_only:
                edges[module].add(one.target)
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as circle:
        found.append("a circle: " + " -> ".join(circle.args[1]))
    return found


def _banned(room: str | None, target: str) -> set[str]:
    return WITHOUT.get(room or "", set()) & {target.split(".", maxsplit=1)[0]}


def _closed(room: str, other: str) -> bool:
    return any(room.startswith(above) and other.startswith(below) for above, below in CLOSED)


def test_imports_point_down() -> None:
    modules = {tree.module_of(name): parsed for name, parsed in tree.sources().items()}
    assert len(modules) > 20
    assert not faults(modules)


@pytest.mark.parametrize(
    ("modules", "said"),
    [
        ({"survey_app.models.a": "from survey_app.commands import b", "survey_app.commands.b": ""}, "not below"),
        ({"reports.a": "import forms.base", "forms.base": ""}, "not below"),
        ({"forms.a": "from survey_app import clock", "survey_app.clock": ""}, "not below"),
        ({"survey_app.commands.a": "def f():\n    from survey_app import jobs", "survey_app.jobs": ""}, "not below"),
        ({"survey_app.commands.a": "import flask"}, "does without"),
        ({"forms.a": "from flask import request"}, "does without"),
        ({"survey_app.attic": ""}, "give it a place"),
        ({"reports.a": "from reports import b", "reports.b": "import reports.a"}, "a circle"),
        ({"reports.a": "from reports import b", "reports.b": "def f():\n    import reports.a"}, "a circle"),
    ],
)
def test_a_wrong_import_is_seen(modules: dict[str, str], said: str) -> None:
    found = faults({name: ast.parse(source) for name, source in modules.items()})
    assert len(found) == 1
    assert said in found[0]


def test_a_type_only_circle_is_none() -> None:
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import reports.b"
    assert not faults({"reports.a": ast.parse(source), "reports.b": ast.parse("import reports.a")})


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("survey_app.models", {"flask", "wtforms", "huey"}),
        ("survey_app.commands", {"flask", "huey"}),
        ("forms", {"flask", "sqlalchemy"}),
        ("reports", {"flask", "sqlalchemy", "plotly"}),
    ],
)
def test_importing_a_room_builds_nothing_above_it(module: str, absent: set[str]) -> None:
    code = f"import {module}, sys; print(sorted({absent!r} & set(sys.modules)))"
    run = subprocess.run((sys.executable, "-c", code), check=True, capture_output=True, text=True, cwd=tree.ROOT)
    assert run.stdout.strip() == "[]"
