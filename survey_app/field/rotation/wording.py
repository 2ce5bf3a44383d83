"""Why a visit has no place, as sentences of the reader's language: for pages and the command line alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from survey_app.field.rotation.explaining import CAUSES, COUNTED, Explained
from translations import gettext as _
from translations import ngettext

#: Reason -> how many shoppers it keeps away, in words.
_COUNTED: Final[Mapping[str, Callable[[int], str]]] = {
    "conflict": lambda n: ngettext("%(num)s has a conflict of interest", "%(num)s have a conflict of interest", n),
    "not_certified": lambda n: ngettext(
        "%(num)s has no certificate that counts", "%(num)s have no certificate that counts", n
    ),
    "locked_out": lambda n: ngettext("%(num)s was here too recently", "%(num)s were here too recently", n),
    "absent": lambda n: ngettext("%(num)s is away", "%(num)s are away", n),
    "not_available": lambda n: ngettext(
        "%(num)s does not work at these hours", "%(num)s do not work at these hours", n
    ),
    "too_far": lambda n: ngettext("%(num)s lives too far away", "%(num)s live too far away", n),
    "full_day": lambda n: ngettext(
        "%(num)s has enough visits on the days that are left",
        "%(num)s have enough visits on the days that are left",
        n,
    ),
    "full_month": lambda n: ngettext(
        "%(num)s has enough visits in this month", "%(num)s have enough visits in this month", n
    ),
    "elsewhere": lambda n: ngettext(
        "%(num)s is far away in the same hours", "%(num)s are far away in the same hours", n
    ),
}


def counted(code: str, count: int) -> str:
    """How many shoppers one reason keeps away."""
    words = _COUNTED.get(code)
    return words(count) if words is not None else f"{count} · {COUNTED[code]}"


def sentences(one: Explained) -> list[str]:
    """Why a visit has no place: the cause and, where it lies with the shoppers, how many for which reason."""
    if one.cause != "nobody":
        return [str(CAUSES[one.cause])]
    whole = sum(one.counts.values())
    lead = ngettext("There is %(num)s shopper, who cannot make it.", "None of the %(num)s shoppers can make it.", whole)
    return [lead, "; ".join(counted(code, count) for code, count in one.counts.items()) + "."]


def against(code: str) -> str:
    """One reason against a shopper, in words."""
    return str(COUNTED.get(code) or CAUSES.get(code) or _("another reason"))
