"""The rooms of reaching customers and the pages of one campaign, as tabs: each only for who may open it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from flask import current_app, request, url_for

from survey_app.permissions import may
from survey_app.web import support
from survey_app.web.security import access_of
from translations import lazy_gettext as _l


@dataclass(frozen=True)
class Tab:
    """One tab: the page it leads to, and the pages that belong to it."""

    endpoint: str
    label: Any
    #: Endpoints of other pages that are part of it: whole names, or families of screens.
    also: frozenset[str] = field(default_factory=frozenset)
    #: What its address calls the campaign.
    asks: str = "code"


@dataclass(frozen=True)
class Shown:
    """A tab on a page."""

    label: str
    address: str
    here: bool


#: In the order of the work: what customers came for, who is asked, what was sent, where else, and how good it is.
ROOMS: Final = (
    Tab("campaigns.index", _l("Campaigns"), frozenset({"campaigns", "campaign_plan", "progress"})),
    Tab("feed.index", _l("Visits of customers"), frozenset({"feed", "exclusions", "optouts", "approvals", "tokens"})),
    Tab("outbox.index", _l("Messages"), frozenset({"outbox"})),
    Tab("points.index", _l("Posters and desks"), frozenset({"points", "tablets"})),
    Tab("calls.index", _l("Telephone interviews"), frozenset({"calls", "interviews"})),
    Tab("integrity.index", _l("Data quality"), frozenset({"integrity"})),
    Tab("outreach_rules.show", _l("Rules for all campaigns"), frozenset({"outreach_rules"})),
)
#: Pages of one campaign.
CAMPAIGN: Final = (
    Tab("campaigns.show", _l("Overview"), frozenset({"campaign_plan"})),
    Tab("progress.show", _l("Progress")),
    Tab("progress.selection", _l("Who was asked")),
    Tab("progress.cases", _l("Cases")),
    Tab("outbox.index", _l("Messages"), asks="campaign"),
    Tab("points.index", _l("Posters and desks"), asks="campaign"),
)


def _may_open(endpoint: str) -> bool:
    access, user = access_of(endpoint), support.visitor()
    return access is not None and user is not None and any(may(user, one) for one in access.permissions)


def shown(tabs: Iterable[Tab], code: str = "") -> list[Shown]:
    """Those of some tabs that the reader may open; ``code`` is of the thing that they are about."""
    here = str(request.endpoint)
    return [
        Shown(
            str(tab.label),
            _address(tab, code),
            here == tab.endpoint or not {here, here.partition(".")[0]}.isdisjoint(tab.also),
        )
        for tab in tabs
        if tab.endpoint in current_app.view_functions and _may_open(tab.endpoint)
    ]


def _address(tab: Tab, code: str) -> str:
    values: dict[str, Any] = {tab.asks: code} if code else {}
    return url_for(tab.endpoint, **values)


def rooms() -> list[Shown]:
    """The rooms that the reader may enter; none where there is only one, which needs no tabs."""
    found = shown(ROOMS)
    return found if len(found) > 1 else []


def campaign_pages(code: str) -> list[Shown]:
    """The pages of a campaign that the reader may open; none where there is only one."""
    found = shown(CAMPAIGN, code)
    return found if len(found) > 1 else []
