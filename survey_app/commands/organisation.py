"""Setting the organisation up: its name, what public pages say of it, and the method's policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from reports.policy import Policy
from survey_app.errors import UserError
from survey_app.models import Organisation
from translations import LANGUAGES
from translations import gettext as _

#: What public pages need to know of the organisation.
DETAILS: Final = (
    "controller",
    "address",
    "service_phone",
    "accessibility_coordinator",
    "accessibility_email",
    "accessibility_phone",
    "privacy_officer",
    "privacy_email",
    "privacy_phone",
)


def stored(session: Session) -> Organisation:
    """The organisation's row, made when there is none."""
    found = session.get(Organisation, 1, with_for_update=True)
    if found is None:
        found = Organisation(id=1, name={}, synthetic=False, policy={}, details={})
        session.add(found)
    return found


def change(
    session: Session,
    *,
    name: Mapping[str, str] | None = None,
    details: Mapping[str, str] | None = None,
    policy: Mapping[str, Any] | None = None,
) -> Organisation:
    """Change parts of the organisation; what is not given stays. UserError names an unknown key or a wrong value."""
    found = stored(session)
    for language in name or {}:
        if language not in LANGUAGES:
            raise UserError(_("There is no language %(language)s.", language=language))
    for key in details or {}:
        if key not in DETAILS:
            raise UserError(_("There is no detail %(key)s. Details: %(keys)s.", key=key, keys=", ".join(DETAILS)))
    settings = {**found.policy, **(policy or {})}
    try:
        Policy.from_dict(settings)
    except (ValueError, TypeError) as error:
        raise UserError(_("The policy cannot be set: %(reason)s.", reason=error)) from error
    found.name = {**found.name, **(name or {})}
    found.details = {**found.details, **(details or {})}
    found.policy = settings
    session.flush()
    return found
