"""A campaign's plan as a document: whom it asks, how, how many, and which answers call for a follow-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from survey_app.errors import UserError
from translations import gettext as _

CHANNELS = ("sms", "whatsapp", "email", "phone")


@dataclass(frozen=True, slots=True)
class Rules:
    """The plan of a campaign that invites. Empty tuples and None mean: no limit."""

    #: Languages in which it asks; customers of another of the platform's are then left out. Empty: all that the
    #: questionnaire is complete in. Whoever's language is not known, or none of the platform's, gets the first.
    languages: tuple[str, ...] = ()
    #: Channels in the order in which they are tried for a customer; the first that the contact allows is used.
    channels: tuple[str, ...] = ("sms", "email", "phone")
    #: Whose interactions: codes of branches (``bank-code``), names of regions, reasons and channels of the feed.
    branches: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    interaction_channels: tuple[str, ...] = ()
    #: Hours to wait after the interaction before it is asked about.
    delay_hours: int = 3
    #: Finished answers that every branch is to reach in a rolling three months: the base of METHOD.
    target: int = 30
    #: Which part of the interactions is invited where the target is reached anyway (0–1).
    base_rate: float = 0.1
    #: Expected share of invitations that become answers, until the campaign's own is known (0–1).
    expected_response: float = 0.15
    #: Most finished answers of a branch, and most invitations of an agent's customers, in a month.
    branch_quota: int | None = None
    agent_quota: int | None = None
    #: Most invitations in a day over the whole campaign.
    daily_limit: int | None = None
    #: Days after the invitation on which one reminder is sent; None: no reminder.
    reminder_days: int | None = 3
    #: A change of the share satisfied, in points, that the pre-flight check judges the plan by.
    detect: int = 10
    #: Which answers call for a follow-up: a rule over answers, as ``forms.questionnaire.rules`` reads one. None: none.
    follow_up: Mapping[str, Any] | None = field(default=None)

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Rules:
        """Rules from what a campaign keeps. UserError, with the field named, for what is unknown or does not fit."""
        known = {one.name for one in fields(cls)}
        for name in stored.keys() - known:
            raise UserError(_("There is no rule %(name)s.", name=name), [(name, "")])
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
        }
        rules = cls(**values)
        for name, message in rules.problems():
            raise UserError(message, [(name, message)])
        return rules

    def dump(self) -> dict[str, Any]:
        """The whole plan as JSON keeps it."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    def problems(self) -> list[tuple[str, str]]:
        """(field, what is wrong with it); empty when the plan can be used."""
        found = []
        for name, (least, most) in _WHOLE.items():
            value = getattr(self, name)
            if value is None and name in _OPTIONAL:
                continue
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
                found.append((name, _("A whole number from %(least)s to %(most)s is needed.", least=least, most=most)))
        for name in ("base_rate", "expected_response"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 < value <= 1:
                found.append((name, _("A share above 0 % and up to 100 % is needed.")))
        if not self.channels or not set(self.channels) <= set(CHANNELS):
            found.append(("channels", _("Choose at least one way to reach customers.")))
        return found


_OPTIONAL = frozenset({"branch_quota", "agent_quota", "daily_limit", "reminder_days"})
_WHOLE = {
    "delay_hours": (0, 24 * 14),
    "target": (1, 10_000),
    "branch_quota": (1, 100_000),
    "agent_quota": (1, 100_000),
    "daily_limit": (1, 1_000_000),
    "reminder_days": (1, 30),
    "detect": (1, 60),
}
