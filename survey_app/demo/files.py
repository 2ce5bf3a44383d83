"""The demo's own data files: read once, never changed."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_FOLDER = files(__package__) / "data"


@cache
def document(name: str) -> Any:
    """A YAML file of the demo's data, by its name without the ending."""
    return yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


@cache
def rows(name: str) -> list[dict[str, str]]:
    """A CSV file of the demo's data, by its name without the ending: one mapping a row."""
    return list(csv.DictReader((_FOLDER / f"{name}.csv").read_text(encoding="utf-8").splitlines()))
