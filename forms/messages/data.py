"""The documents beside this file, read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

_HERE: Final = Path(__file__).parent


@cache
def texts() -> Mapping[str, Any]:
    """What messages say around their question, see ``texts.yaml``."""
    found: dict[str, Any] = yaml.safe_load((_HERE / "texts.yaml").read_text(encoding="utf-8"))
    return found


@cache
def banned() -> Mapping[str, Mapping[str, list[str]]]:
    """Sort of word -> language -> words, see ``banned.yaml``."""
    found: dict[str, dict[str, list[str]]] = yaml.safe_load((_HERE / "banned.yaml").read_text(encoding="utf-8"))
    return found
