"""Codes of a month's pack -> words, in the active language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from translations import gettext as _

Words = Mapping[str, Callable[[], str]]

GROUPS: Final[Words] = {
    "no_problem": lambda: _("No problem"),
    "handled": lambda: _("A problem that was handled"),
    "not_handled": lambda: _("A problem that was not handled"),
    "not_reported": lambda: _("A problem that was not reported"),
}
WARNINGS: Final[Words] = {
    "mode": lambda: _("Way of answering"),
    "channel": lambda: _("Channel of the visit"),
    "language": lambda: _("Language of the answers"),
    "rate": lambda: _("Response rate"),
}
STATES: Final[Words] = {
    "open": lambda: _("Open"),
    "late": lambda: _("Late"),
    "done": lambda: _("Done"),
    "dropped": lambda: _("Dropped"),
}
WORKED: Final[Words] = {
    "yes": lambda: _("It worked"),
    "partly": lambda: _("It worked in part"),
    "no": lambda: _("It did not work"),
}
BETTER: Final[Words] = {
    "surveys": lambda: _("Customers rate it higher than mystery shops do"),
    "visits": lambda: _("Mystery shops rate it higher than customers do"),
}
COMPONENTS: Final[Words] = {
    "surveys": lambda: _("Surveys"),
    "shops": lambda: _("Mystery shops"),
    "service": lambda: _("Service"),
    "profit": lambda: _("Profitability"),
}


def said(words: Words, code: str | None) -> str:
    """The words of a code; a code that is not known stands for itself."""
    found = words.get(code or "")
    return found() if found else code or ""
