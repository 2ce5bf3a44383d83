"""What became of a case, in the codes of AAPOR, and why an interaction was not asked about.

Source: AAPOR, Standard Definitions: Final Dispositions of Case Codes and Outcome Rates for Surveys, 10th ed. (2023);
codes of specifically named persons reached by internet or message and of telephone surveys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from translations import lazy_gettext as _l

COMPLETE, PARTIAL, REFUSAL, NON_CONTACT = "complete", "partial", "refusal", "non_contact"
OTHER, UNKNOWN, INELIGIBLE = "other", "unknown", "ineligible"
#: Codes that the software gives by itself: a finished survey, and an invitation that waits to be sent.
COMPLETED, NOT_SENT, MISSED = "1.1", "3.10", "3.11"
#: And on the way of a customer: the address was opened, its first page was kept, no more surveys are wanted.
OPENED, BEGUN, OPTED_OUT = "2.20", "1.2", "2.111"


@dataclass(frozen=True)
class Disposition:
    """One AAPOR code: what it is called here and to which term of a response rate it adds."""

    code: str
    name: Any
    #: A term of :func:`reports.sampling.response_rates`; also the words above.
    group: str
    #: Whether nothing more is done about the case.
    final: bool = True


DISPOSITIONS: Final[Mapping[str, Disposition]] = {
    one.code: one
    for one in (
        Disposition("1.1", _l("Completed"), COMPLETE),
        Disposition("1.2", _l("Partly answered"), PARTIAL),
        Disposition("2.11", _l("Refused"), REFUSAL),
        Disposition("2.111", _l("Asked for no more surveys"), REFUSAL),
        Disposition("2.12", _l("Broke off"), REFUSAL),
        Disposition("2.20", _l("Reached, and not answered"), NON_CONTACT, final=False),
        Disposition("2.21", _l("Not available in the time of the survey"), NON_CONTACT),
        Disposition("2.221", _l("Voicemail"), NON_CONTACT, final=False),
        Disposition("2.31", _l("Death or illness"), OTHER),
        Disposition("2.331", _l("No shared language"), OTHER),
        Disposition("2.36", _l("To be called again"), NON_CONTACT, final=False),
        Disposition("3.10", _l("Not sent yet"), UNKNOWN, final=False),
        Disposition("3.11", _l("Could not be sent in time"), UNKNOWN),
        Disposition("3.12", _l("Line busy"), UNKNOWN, final=False),
        Disposition("3.13", _l("No answer on the telephone"), UNKNOWN, final=False),
        Disposition("3.19", _l("Sent, nothing heard"), UNKNOWN, final=False),
        Disposition("3.30", _l("Could not be delivered"), UNKNOWN),
        Disposition("3.90", _l("Not known whether it was sent"), UNKNOWN),
        Disposition("4.10", _l("Was not a customer there"), INELIGIBLE),
        Disposition("4.30", _l("Number not in service"), INELIGIBLE),
        Disposition("4.70", _l("Is not to be asked"), INELIGIBLE),
        Disposition("4.80", _l("Quota was full"), INELIGIBLE),
    )
}

#: Why a campaign left an interaction out: code -> words.
LEFT_OUT: Final[Mapping[str, Any]] = {
    "not_drawn": _l("Was not drawn in the sample"),
    "outside_rules": _l("Does not fit the campaign's rules"),
    "before_first_day": _l("The visit was before the campaign's first day"),
    "capped": _l("Was invited to another survey a short while ago"),
    "opted_out": _l("Asked for no more surveys"),
    "employee": _l("Is an employee"),
    "open_case": _l("Has an open case"),
    "no_contact": _l("No telephone or e-mail that can be used"),
    "duplicate": _l("Another visit of the same customer was chosen"),
    "quota_full": _l("The quota is full"),
    "too_old": _l("The visit was too long ago"),
    "branch_closed": _l("The branch has closed"),
    "language": _l("The survey is not open in the customer's language"),
    "daily_limit": _l("The day's limit of invitations was reached"),
}
