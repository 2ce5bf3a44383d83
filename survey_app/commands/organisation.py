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

_CONTACT: Final = ("name", "telephone", "email")
#: What public pages need to know of the organisation: contacts by part, texts by language, plain values.
DETAILS: Final = (
    *(f"accessibility_coordinator.{part}" for part in _CONTACT),
    *(f"privacy_officer.{part}" for part in _CONTACT),
    *(f"{text}.{language}" for text in ("controller", "address") for language in LANGUAGES),
    "telephone",
    "accessibility_reviewed",
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
    found.details = _detailed(found.details, details or {})
    found.policy = settings
    session.flush()
    return found


def _detailed(known: Mapping[str, Any], changes: Mapping[str, str]) -> dict[str, Any]:
    """The details with changes under their dotted keys."""
    found = {key: dict(value) if isinstance(value, Mapping) else value for key, value in known.items()}
    for key, value in changes.items():
        outer, dot, inner = key.partition(".")
        if dot:
            found[outer] = {**found.get(outer, {}), inner: value}
        else:
            found[outer] = value
    return found
