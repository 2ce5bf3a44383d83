"""Coarse marks on a response that something about its coming was unusual. They mark; only a person excludes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from translations import lazy_gettext as _l

FLAGS: Final[Mapping[str, Any]] = {
    "fast": _l("Answered faster than the questions can be read"),
    "hidden_field": _l("A field that people do not see was filled in"),
    "burst": _l("One of many within minutes at the same branch"),
    "same_device": _l("One of several from the same device that day"),
    "repeated": _l("Same answers as another response of that day"),
    "straight": _l("The same answer to every scale"),
}
