"""Front-end files of others are exactly those their manifest names, with versions, licences and hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conventions import tree

BOOKS = {"manifest.json", "package.json", "package-lock.json"}
OPEN_LICENCES = {"MIT", "OFL-1.1", "MPL-2.0", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC"}


def load(folder: Path, name: str) -> Any:
    """One of a folder's books."""
    return json.loads((folder / name).read_text(encoding="utf-8"))


def faults(folder: Path) -> Iterator[str]:
    """Where a folder and its books disagree."""
    entries = {entry["file"]: entry for entry in load(folder, "manifest.json")["files"]}
    wanted = load(folder, "package.json")["dependencies"]
    locked = load(folder, "package-lock.json")["packages"]
    standing = {path.name for path in folder.iterdir() if path.is_file()} - BOOKS
    yield from (f"{name} is in no manifest" for name in sorted(standing - set(entries)))
    for name, entry in entries.items():
        if name not in standing:
            yield f"{name} is missing"
        elif hashlib.sha256((folder / name).read_bytes()).hexdigest() != entry["sha256"]:
            yield f"{name} is not what its manifest says"
        package = entry["package"]
        if not entry["version"] == wanted[package] == locked[f"node_modules/{package}"]["version"]:
            yield f"{name} is of another version than its lock"
        if entry["licence"] not in OPEN_LICENCES:
            yield f"{name} has the licence {entry['licence']}"
    if any("resolved" in entry for entry in locked.values()):
        yield "the lock names an address"


@pytest.mark.parametrize("folder", tree.FOREIGN)
def test_foreign_files_are_those_of_the_manifest(folder: str) -> None:
    assert not list(faults(tree.ROOT / folder))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in good order."""
    (tmp_path / "a.js").write_text("1", encoding="utf-8")
    entry = {"file": "a.js", "package": "a", "version": "1.0.0", "licence": "MIT"}
    entry["sha256"] = hashlib.sha256(b"1").hexdigest()
    books = {
        "manifest.json": {"files": [entry]},
        "package.json": {"dependencies": {"a": "1.0.0"}},
        "package-lock.json": {"packages": {"node_modules/a": {"version": "1.0.0"}}},
    }
    for name, book in books.items():
        (tmp_path / name).write_text(json.dumps(book), encoding="utf-8")
    return tmp_path


def test_good_order_passes(folder: Path) -> None:
    assert not list(faults(folder))


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("a.js", "1", "2"),
        ("b.js", "", "1"),
        ("package.json", "1.0.0", "1.0.1"),
        ("manifest.json", "MIT", "Proprietary"),
        ("manifest.json", '"a.js"', '"c.js"'),
        ("package-lock.json", '"version"', '"resolved": "somewhere", "version"'),
    ],
)
def test_disorder_is_seen(folder: Path, name: str, before: str, after: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(text.replace(before, after), encoding="utf-8")
    assert list(faults(folder))
