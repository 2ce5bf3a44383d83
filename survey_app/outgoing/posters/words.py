"""What stands on a poster, in one language. No offer, no prize, no product: a question, and how to answer it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from survey_app.outreach import codes
from translations import gettext as _
from translations import speaking


@dataclass(frozen=True)
class Words:
    """The words of one language."""

    language: str
    organisation: str
    headline: str
    scan: str
    by_hand: str
    minutes: str
    safe: str
    privacy: str
    verify: str
    synthetic: str
    stick: str
    fold: str
    #: What the QR code is, for who does not see it.
    alt: str

    def as_data(self, address: str, code: str) -> Mapping[str, str]:
        """The words as the page's template takes them, the picture's with the point's own address and code."""
        return {**asdict(self), "alt": self.alt % {"address": address, "code": codes.grouped(code)}}


def words(language: str, *, organisation: str, anonymous: bool, synthetic: bool, verify: str) -> Words:
    """The words of a language."""
    with speaking(language):
        return Words(
            language=language,
            organisation=organisation,
            headline=_("How was the service?"),
            scan=_("Scan with the phone's camera"),
            by_hand=_("Or type this address and code in a browser:"),
            minutes=_("A few questions, about two minutes."),
            safe=_("We will not ask for a password or an account number."),
            privacy=_("Anonymous: nothing is kept that could tell who answered.")
            if anonymous
            else _("Confidential: name and telephone are kept apart from the answers, unless a call back is wanted."),
            verify=verify,
            synthetic=_("Demonstration: a fictional bank. All names, answers and numbers are made up.")
            if synthetic
            else "",
            stick=_("Stick this strip to the back"),
            fold=_("Foot. Cut along the solid marks, fold along the dashed ones."),
            alt=_("QR code of the survey: %(address)s, code %(code)s", address="%(address)s", code="%(code)s"),
        )
