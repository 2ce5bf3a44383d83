"""The certificate of a recognition as a document to print: every text ready to set, in the active language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from translations import current_language, direction, format_date, format_month, format_number, isolate, ngettext
from translations import gettext as _


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says. ``name`` is empty for a whole team; words of people are empty where nobody wrote any."""

    organisation: str
    month: str
    name: str
    branch: str
    #: As it was proposed: ``n``, ``shrunken``, ``low``, ``high``, ``target``; empty where it was proposed by hand.
    grounds: Mapping[str, Any] = field(default_factory=dict)
    quote: str = ""
    quote_language: str = "he"
    words: str = ""
    signed_by: str = ""
    office: str = ""
    decided_on: date | None = None
    synthetic: bool = False


def document(one: Certificate) -> dict[str, Any]:
    """The certificate in the active language, for :mod:`reports.documents.pdf`."""
    team = not one.name
    return {
        "language": current_language(),
        "rtl": direction() == "rtl",
        "title": _("Certificate of recognition"),
        "organisation": isolate(one.organisation),
        "given": _("This certificate is given to the team of") if team else _("This certificate is given to"),
        "name": isolate(one.branch if team else one.name),
        "place": format_month(one.month) if team else f"{isolate(one.branch)} · {format_month(one.month)}",
        "sentences": _sentences(one, team),
        "quoted": _("A customer wrote") if one.quote else "",
        # Line breaks are the customer's own; a certificate sets them as spaces.
        "quote": " ".join(one.quote.split()),
        "quote_language": one.quote_language,
        "quote_rtl": direction(one.quote_language) == "rtl",
        "words": isolate(" ".join(one.words.split())) if one.words.strip() else "",
        "signed": isolate(one.signed_by) if one.signed_by else "",
        "office": one.office,
        "on": format_date(one.decided_on) if one.decided_on is not None else "",
        "synthetic": _("Synthetic data: no person and no bank behind it is real.") if one.synthetic else "",
    }


def _sentences(one: Certificate, team: bool) -> list[str]:
    thanks = (
        _("For service that customers speak well of, together and all month long.")
        if team
        else _("For service that customers speak well of, again and again.")
    )
    n = one.grounds.get("n")
    if not n:
        return [thanks]
    based = ngettext(
        "%(num)s customer answered; the satisfaction target of %(target)s is almost certainly reached.",
        "%(num)s customers answered; the satisfaction target of %(target)s is almost certainly reached.",
        int(n),
        target=isolate(format_number(one.grounds["target"]) + "%"),
    )
    return [thanks, based]
