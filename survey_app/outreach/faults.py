"""What may be wrong with something that another system told, as codes with values: said in each reader's language."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Self

from translations import format_date, isolate
from translations import lazy_gettext as _l


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, or that was left out: the field it is about, and a code of :data:`WORDS`.

    ``values`` fill the words, a ``date`` as ISO writes it. None of them is a person's name or contact.
    """

    field: str
    code: str
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def message(self) -> str:
        """In words, in the reader's language."""
        text = str(WORDS[self.code])
        return text % {name: _shown(name, value) for name, value in self.values.items()} if self.values else text

    def to_json(self) -> list[Any]:
        """As a file of refused rows keeps it."""
        return [self.field, self.code, dict(self.values)]

    @classmethod
    def from_json(cls, kept: list[Any]) -> Self:
        """Back from there."""
        return cls(*kept)


def _shown(name: str, value: Any) -> str:
    return isolate(format_date(date.fromisoformat(value)) if name == "date" else value)


#: Every code and its words. Refusals first, then what is only remarked on: the rest of the row was taken.
WORDS: Final[Mapping[str, Any]] = {
    "missing": _l("This must be filled in."),
    "too_long": _l("This is longer than %(most)s characters."),
    "not_text": _l("This must be text."),
    "not_object": _l("Each interaction is an object with named fields."),
    "not_a_case": _l("Each case is an object with named fields."),
    "unknown_code": _l("Send one of: %(choices)s."),
    "unknown_field": _l("There is no field %(name)s."),
    "forbidden_field": _l(
        "The field %(name)s may not be sent: balances, segments, income, credit, addresses"
        " and numbers of accounts and identity are never kept."
    ),
    "not_a_code": _l(
        "Send a short code: at most 40 characters and four words, of letters, digits, spaces, - _ and /,"
        " with no amount, long number or anything about the person."
    ),
    "not_a_band": _l("Send a band such as 25-34, 65+ or <1, and no exact number or free text."),
    "identity_number": _l(
        "This may be an identity number, which is never kept. Send a reference of your own,"
        " with a letter before it: C-10432."
    ),
    "not_a_moment": _l("Write date and time like %(example)s, or with a zone."),
    "no_such_moment": _l("There is no such date. The day stands before the month."),
    "in_the_future": _l("The time is in the future."),
    "too_old": _l("The time is more than %(days)s days ago."),
    "no_branch": _l("There is no branch %(code)s."),
    "several_branches": _l("Several banks have a branch %(code)s: %(choices)s."),
    "branch_not_open_yet": _l("The branch opened on %(date)s only."),
    "branch_closed": _l("The branch closed on %(date)s."),
    "other_content": _l("This key was told before with something else: %(fields)s."),
    "contradicts": _l("The row contradicts what is stored already."),
    "no_address": _l("Give a reference, a telephone or an e-mail."),
    "not_a_phone": _l("This is no telephone number."),
    "not_an_email": _l("This is no e-mail address."),
    "not_a_day": _l("Write a date like %(example)s."),
    "passed_day": _l("The last day is over already."),
    "unreadable": _l("The row cannot be read: %(reason)s"),
    "no_agent": _l("There is no agent %(code)s. It was stored without an agent."),
    "agent_elsewhere": _l("The agent %(code)s was not placed there that day. It was stored without an agent."),
    "phone_left_out": _l("The telephone cannot be read. It was stored without it."),
    "email_left_out": _l("The e-mail address cannot be read. It was stored without it."),
    "language_left_out": _l("The language is not known. It was stored without it."),
    "not_approved": _l("The field %(name)s was not approved by the privacy officer and was not stored."),
}
