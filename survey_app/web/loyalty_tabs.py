"""The rooms of loyalty as tabs: incidents, contacts that give, and what goes with staying; each for who may open it."""

from __future__ import annotations

from typing import Final

from survey_app.web import outreach_tabs
from survey_app.web.outreach_tabs import Shown, Tab
from translations import lazy_gettext as _l

ROOMS: Final = (
    Tab("loyalty.show", _l("Loyalty")),
    Tab("incidents.index", _l("Incidents"), frozenset({"incidents"})),
    Tab("giving_contacts.index", _l("Giving contacts"), frozenset({"giving_contacts"})),
    Tab("leaving.index", _l("Why customers go"), frozenset({"leaving"})),
)
#: Families of screens that belong to the entry of the navigation.
FAMILIES: Final = ("incidents", "giving_contacts", "leaving")


def rooms() -> list[Shown]:
    """The rooms that the reader may enter; none where there is only one, which needs no tabs."""
    found = outreach_tabs.shown(ROOMS)
    return found if len(found) > 1 else []
