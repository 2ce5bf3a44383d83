"""Coarse marks on a response that something about its coming was unusual. They mark; only a person excludes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from translations import lazy_gettext as _l

FAST, HIDDEN_FIELD, BURST, SAME_DEVICE, REPEATED, STRAIGHT = (
    "fast", "hidden_field", "burst", "same_device", "repeated", "straight",
)  # fmt: skip
FLAGS: Final[Mapping[str, Any]] = {
    FAST: _l("Answered faster than the questions can be read"),
    HIDDEN_FIELD: _l("A field that people do not see was filled in"),
    BURST: _l("One of many within minutes at the same branch"),
    SAME_DEVICE: _l("One of several from the same device that day"),
    REPEATED: _l("Same answers as another response of that day"),
    STRAIGHT: _l("The same answer to every scale"),
}
#: Which mark says most: the one that an anonymous response keeps.
STRONGEST: Final = (HIDDEN_FIELD, REPEATED, BURST, SAME_DEVICE, FAST, STRAIGHT)


def kept(found: Collection[str], *, anonymous: bool) -> list[str]:
    """The marks that a response keeps, in a fixed order; an anonymous one keeps the strongest alone.

    Several marks together would tell more about one person's coming than a coarse mark may.
    """
    ordered = [flag for flag in STRONGEST if flag in found]
    return ordered[:1] if anonymous else ordered
