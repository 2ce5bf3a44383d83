"""The files of the repository, as the checks read them."""

from __future__ import annotations

import ast
import gc
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("survey_app", "forms", "reports", "translations")
#: Files of other people, kept with their licences.
FOREIGN = ("survey_app/static/vendor/", "survey_app/outgoing/posters/fonts/", "tests/browser/")


@lru_cache(maxsize=1)
def every_file() -> tuple[str, ...]:
    """What is or would be committed, as paths from the top: the tracked files and the new ones that nothing ignores."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return tuple(sorted(name for name in listed.split("\0") if name and (ROOT / name).is_file()))


def files(*suffixes: str, under: str | tuple[str, ...] = "") -> list[str]:
    """Our own files with one of the suffixes, below the given folders."""
    folders = (under,) if isinstance(under, str) else tuple(f"{folder}/" for folder in under)
    return [
        name
        for name in every_file()
        if name.endswith(suffixes) and name.startswith(folders) and not name.startswith(FOREIGN)
    ]


def read(name: str) -> str:
    """A file's text."""
    return (ROOT / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def sources() -> dict[str, ast.Module]:
    """The product's Python files, parsed once in a process; nobody changes what is shared here."""
    # Hundreds of thousands of nodes that live as long as the process: neither while they are made nor later is anything
    # of theirs garbage, and every later round of the collector would look at each of them.
    gc.collect()
    gc.disable()
    try:
        return {name: ast.parse(read(name), name) for name in files(".py", under=PACKAGES)}
    finally:
        gc.freeze()
        gc.enable()


def module_of(name: str) -> str:
    """The dotted module name of a Python file."""
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a tree with what is called, as written: ``session.add``, ``print``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield written(node.func), node


def written(node: ast.expr) -> str:
    """An expression as source text; names with dots, which nearly all are, without the long way of ``ast.unparse``."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
        return f"{written(node.value)}.{node.attr}"
    return ast.unparse(node)
