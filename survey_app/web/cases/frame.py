"""What every page of cases shares: its routes' family, its rooms, and who may be named."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, request

from survey_app.models import Case, User
from survey_app.permissions import ROLE_NAMES, Permission, may, role_of
from survey_app.queries import cases
from survey_app.web.support import current_user, read_session
from translations import lazy_gettext as _l

blueprint = Blueprint("cases", __name__, url_prefix="/cases")

WORKS: Final = Permission.WORK_CASES
LEADS: Final = Permission.LEAD_CASES
#: Rooms: where, what it is called, who has it.
ROOMS: Final[tuple[tuple[str, Any, tuple[Permission, ...]], ...]] = (
    ("cases.index", _l("Customer cases"), (WORKS,)),
    ("promises.index", _l("Promises"), (Permission.KEEP_PROMISES,)),
    ("at_risk.index", _l("Customers at risk"), (WORKS,)),
    ("cases.delegations", _l("Standing in"), (WORKS, Permission.MANAGE_LOOP)),
    ("cases.removals", _l("Scores to take out"), (Permission.REMOVE_SCORES,)),
    ("cases.rules", _l("Rules of cases"), (Permission.MANAGE_LOOP,)),
)


@blueprint.app_template_global("case_rooms")
def rooms() -> list[tuple[str, Any, bool]]:
    """(endpoint, label, whether the page is there) of the rooms beside the list that a reader has."""
    user = current_user()
    return [
        (endpoint, label, request.endpoint == endpoint)
        for endpoint, label, permissions in ROOMS
        if any(may(user, one) for one in permissions)
    ]


def person(user: User | None) -> str:
    """A user's name as staff know it; empty for nobody."""
    return "" if user is None else user.name or user.email


def person_and_role(user: User) -> str:
    """A user's name with the role, for a list to choose from."""
    return f"{person(user)} · {ROLE_NAMES[role_of(user)]}"


def seen(case_id: int) -> cases.Seen:
    """A case as the reader sees it. NotFound for others'."""
    return cases.of(read_session(), case_id, current_user())


def reachable(one: Case) -> bool:
    """Whether the customer can be spoken to at all."""
    return one.consent_withdrawn_at is None and bool(one.phone or one.email)
