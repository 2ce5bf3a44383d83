"""Amounts of agorot on pages, and the words of pay that several screens share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from markupsafe import Markup

from survey_app.field import expenses, paying
from survey_app.models import pay
from translations import format_number
from translations import lazy_gettext as _l

#: State of an expense -> (words, kind of badge).
STATES: Final[Mapping[str, tuple[Any, str]]] = {
    pay.CLAIMED: (_l("Awaits a decision"), "warn"),
    pay.GRANTED: (_l("Granted"), "good"),
    pay.REFUSED: (_l("Not granted"), "bad"),
}


def amount(agorot: int) -> Markup:
    """An amount with its agorot, the sign of the currency after it; a deduction keeps its minus in front."""
    return Markup('<bdi dir="ltr">{}\u00a0₪</bdi>').format(format_number(agorot / 100, 2))


def sort_name(code: str) -> str:
    """What an expense was for."""
    known = expenses.SORTS.get(code)
    return str(known.name) if known else code


def note(text: str) -> str:
    """A line's note: the coordinator's own words, or ours for a code."""
    return str(paying.NOTES.get(text, text))


#: What templates of pay are given beside their own values.
WORDS: Final[Mapping[str, Any]] = {
    "amount": amount,
    "sort_name": sort_name,
    "note_of": note,
    "line_sorts": paying.SORTS,
    "expense_states": STATES,
}
