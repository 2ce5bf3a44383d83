"""What the parts of a campaign's plan are called, and their values in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from translations import LANGUAGES, isolate, ngettext
from translations import gettext as _
from translations import lazy_gettext as _l

#: Ways to reach a customer, as ``survey_app.outreach.rules.CHANNELS`` names them.
CHANNELS: Final[Mapping[str, Any]] = {
    "sms": _l("SMS"),
    "whatsapp": _l("WhatsApp"),
    "email": _l("E-mail"),
    "phone": _l("Telephone"),
}
#: The parts of a plan, in the order of its steps.
FIELDS: Final[Mapping[str, Any]] = {
    "name": _l("Name of the campaign"),
    "questionnaire": _l("Questionnaire"),
    "opens": _l("First day"),
    "closes": _l("Last day"),
    "invitation_days": _l("Days for which an invitation can be answered"),
    "open_link": _l("Open to everybody at a poster, desk or tablet"),
    "privacy": _l("Privacy"),
    "regions": _l("Regions"),
    "branches": _l("Branches"),
    "reasons": _l("Reasons"),
    "interaction_channels": _l("How the customer came"),
    "delay_hours": _l("Hours to wait after the interaction"),
    "languages": _l("Languages"),
    "channels": _l("Ways to reach customers"),
    "reminder_days": _l("Days until the reminder"),
    "target": _l("Answers that every branch is to reach in three months"),
    "base_rate": _l("Part of the customers invited in any case"),
    "expected_response": _l("Expected part of invitations that is answered"),
    "branch_quota": _l("Most answers of a branch in a month"),
    "agent_quota": _l("Most invitations of one representative's customers in a month"),
    "daily_limit": _l("Most invitations in a day"),
    "detect": _l("Change to be detected, in points"),
    "texts": _l("Words of the messages"),
    "follow_up": _l("Answers that call for a follow-up"),
}
_KINDS: Final[Mapping[str, Any]] = {"confidential": _l("Confidential"), "anonymous": _l("Anonymous")}


def listed(names: Any) -> str:
    """Names one after the other, each in its own direction."""
    return ", ".join(isolate(str(one)) for one in names)


def channel_names(codes: Any) -> str:
    """Channels by name, in their order."""
    return listed(CHANNELS.get(code, code) for code in codes)


def _all_or(words: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: words(value) if value else _("All")


def _limit(value: Any) -> str:
    return _("No limit") if value is None else str(value)


def _percent(value: Any) -> str:
    return f"{round(100 * float(value), 2):g}%"


def _days(value: Any) -> str:
    return _("No reminder") if value is None else ngettext("%(num)s day", "%(num)s days", int(value))


_TOLD: Final[Mapping[str, Callable[[Any], str]]] = {
    "closes": lambda value: str(value) if value else _("Open-ended"),
    "open_link": lambda value: _("Yes") if value else _("No"),
    "privacy": lambda value: str(_KINDS.get(value, value)),
    **dict.fromkeys(("regions", "branches", "reasons", "interaction_channels"), _all_or(listed)),
    "languages": lambda value: (
        listed(LANGUAGES.get(code, code) for code in value) if value else _("All that are complete")
    ),
    "channels": channel_names,
    **dict.fromkeys(("branch_quota", "agent_quota", "daily_limit"), _limit),
    **dict.fromkeys(("base_rate", "expected_response"), _percent),
    "reminder_days": _days,
    # Their own pages show them; here it only counts that they changed.
    "texts": lambda value: _("Own words") if value else _("The default words"),
    "follow_up": lambda value: _("A rule") if value else _("None"),
}


def told(field: str, value: Any) -> str:
    """A value of a part of the plan, in words."""
    return _TOLD.get(field, str)(value)
