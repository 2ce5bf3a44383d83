"""Codes of a month's pack -> words, in the active language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from translations import gettext as _

Words = Mapping[str, Callable[[], str]]

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
