"""The rooms of the fieldwork as tabs: each only for who may open it."""

from __future__ import annotations

from typing import Final

from survey_app.web import outreach_tabs
from survey_app.web.outreach_tabs import Shown, Tab
from translations import lazy_gettext as _l

#: In the order of the work: what is pressing, the visits, the month to come, the rules, the people, their money.
ROOMS: Final = (
    Tab("today.index", _l("Field today"), frozenset({"today"})),
    Tab("fieldwork.index", _l("Visits"), frozenset({"fieldwork", "giving"})),
    Tab("rotation.index", _l("Planning"), frozenset({"rotation", "rotation_visits"})),
    Tab("programmes.index", _l("Programmes"), frozenset({"programmes", "scenarios", "staff_notices", "certificates"})),
    Tab("shoppers.index", _l("Mystery shoppers"), frozenset({"shoppers"})),
    Tab("pay.index", _l("Pay"), frozenset({"pay", "expenses"})),
)
#: Families of screens that belong to the entry of the navigation.
FAMILIES: Final = tuple(sorted(frozenset().union(*(tab.also for tab in ROOMS))))
#: Pages of one programme.
PROGRAMME: Final = (
    Tab("programmes.show", _l("Overview")),
    Tab("programmes.charter", _l("Charter"), frozenset({"programmes.edit_charter"})),
    Tab("programmes.rules", _l("Rules of the fieldwork")),
    Tab("programmes.scenarios", _l("Scenarios")),
    Tab("staff_notices.index", _l("Staff notices"), frozenset({"staff_notices"})),
    Tab("certificates.index", _l("Certificates"), frozenset({"certificates"})),
)


def rooms() -> list[Shown]:
    """The rooms that the reader may enter; none where there is only one, which needs no tabs."""
    found = outreach_tabs.shown(ROOMS)
    return found if len(found) > 1 else []


def programme_pages(code: str) -> list[Shown]:
    """The pages of a programme that the reader may open; none where there is only one."""
    found = outreach_tabs.shown(PROGRAMME, code)
    return found if len(found) > 1 else []
