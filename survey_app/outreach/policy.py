"""The organisation's rules of reaching customers, over all campaigns. Kept in ``Organisation.outreach``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import time
from typing import Any

from survey_app.errors import UserError
from translations import gettext as _

#: Fields of an interaction that say something about a person and wait for the privacy officer's approval.
OPTIONAL_FIELDS = ("tenure", "age_band")


@dataclass(frozen=True, slots=True)
class Outreach:
    """Every [policy] constant of reaching customers. Hours are local, ``HH:MM``; money is in agorot."""

    #: No second invitation to a customer within so many days, whatever the campaign.
    cap_days: int = 90
    #: An interaction older than this is no longer asked about.
    freshest_days: int = 14
    #: Messages leave between these hours only, and on no Sabbath, holiday or eve of one.
    from_hour: str = "09:00"
    until_hour: str = "20:00"
    #: Friday ends earlier: it is the eve of the Sabbath. Empty: nothing is sent on Fridays.
    friday_until: str = ""
    #: How often a telephone number is tried, and the pause between two tries, in hours.
    call_tries: int = 4
    call_pause_hours: int = 20
    #: Days after which name, telephone, e-mail and reference of a customer are cleared.
    contact_days: int = 365
    #: Days after which an interaction that nobody was asked about no longer says whose it was.
    unasked_days: int = 60
    #: Days after which words, files, contact, day and token of a response go; what was counted stays.
    words_days: int = 1095
    #: Days after the last day of a mystery visit after which its photographs and files go.
    evidence_days: int = 730
    #: Days after which a receipt of a shopper's expense goes: what was paid must be provable until then.
    receipts_days: int = 2555
    #: Anonymous responses of one branch and month are published so many at once; fewer wait until the month closes.
    anonymous_least: int = 5
    #: Messages a minute, by channel.
    rate: Mapping[str, int] = field(default_factory=lambda: {"email": 120, "sms": 60, "whatsapp": 60})
    #: What one message (SMS: one part; telephone: one call) costs, in agorot.
    cost: Mapping[str, int] = field(default_factory=lambda: {"email": 0, "sms": 8, "whatsapp": 12, "phone": 900})
    #: Which optional fields of an interaction the privacy officer has approved.
    approved_fields: tuple[str, ...] = ()
    #: How a customer makes sure that a message is the organisation's own: language -> sentence.
    verify: Mapping[str, str] = field(default_factory=dict)
    #: Names and words that must not stand in an invitation, since they would make it an advertisement.
    product_names: tuple[str, ...] = ()
    #: Prefixes of telephones that take calls only, beside those of :data:`survey_app.outreach.phones.CALLS_ONLY`.
    telephone_only_prefixes: tuple[str, ...] = ()

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Outreach:
        """The policy with what an organisation changed. UserError for an unknown name or a value that does not fit."""
        known = {one.name: one for one in fields(cls)}
        values: dict[str, Any] = {}
        for name, value in stored.items():
            if name not in known:
                raise UserError(_("There is no rule %(name)s.", name=name), [(name, "")])
            values[name] = tuple(value) if isinstance(value, list) else value
        policy = cls(**values)
        for name, message in policy.problems():
            raise UserError(message, [(name, message)])
        return policy

    def dump(self) -> dict[str, Any]:
        """Only what differs from the defaults, as JSON keeps it."""
        own, default = asdict(self), asdict(type(self)())
        return {name: list(value) if isinstance(value, tuple) else value
                for name, value in own.items() if value != default[name]}  # fmt: skip

    def problems(self) -> list[tuple[str, str]]:
        """(field, what is wrong with it); empty when the policy can be used."""
        found = [
            (name, _("A whole number from %(least)s to %(most)s is needed.", least=least, most=most))
            for name, (least, most) in _RANGES.items()
            if not isinstance(getattr(self, name), int) or not least <= getattr(self, name) <= most
        ]
        found.extend(
            (name, _("An hour is written as 09:30."))
            for name in ("from_hour", "until_hour", "friday_until")
            if getattr(self, name) and _hour(getattr(self, name)) is None
        )
        start, end = _hour(self.from_hour), _hour(self.until_hour)
        if start is not None and end is not None and start >= end:
            found.append(("until_hour", _("The last hour comes after the first.")))
        if not set(self.approved_fields) <= set(OPTIONAL_FIELDS):
            found.append(("approved_fields", _("There is no such field.")))
        if not all(_PREFIX.fullmatch(prefix) for prefix in self.telephone_only_prefixes):
            found.append(("telephone_only_prefixes", _("A prefix is written as 05484 or +97254.")))
        return found

    @property
    def hours(self) -> tuple[time, time]:
        """From when until when messages leave."""
        return time.fromisoformat(self.from_hour), time.fromisoformat(self.until_hour)


_PREFIX = re.compile(r"0\d{1,9}|\+\d{2,12}", re.ASCII)
_RANGES = {
    "cap_days": (0, 3650),
    "freshest_days": (1, 365),
    "call_tries": (1, 20),
    "call_pause_hours": (1, 240),
    "contact_days": (30, 3650),
    "unasked_days": (7, 3650),
    "words_days": (30, 3650),
    "evidence_days": (30, 3650),
    "receipts_days": (365, 5475),
    "anonymous_least": (1, 100),
}


def _hour(text: str) -> time | None:
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None
