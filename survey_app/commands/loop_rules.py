"""The organisation's rules of closing the loop: changed as a whole, audited as part of the organisation.

Clocks that run keep the time that they were begun with; a change holds for those that begin afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from survey_app.commands.organisation import stored
from survey_app.errors import Conflict, UserError
from survey_app.loop.policy import Loop
from survey_app.permissions import PERMISSIONS, Permission
from translations import gettext as _

#: Roles whose limit of compensation can be set: those that work cases.
GIVERS = tuple(role.value for role, may in PERMISSIONS.items() if Permission.WORK_CASES in may)


class StaleRules(Conflict):
    """Somebody else changed the rules since the page was made."""


def digest(policy: Loop) -> str:
    """A fingerprint of rules: the same rules have the same one."""
    return sha256(json.dumps(policy.dump(), sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def save(session: Session, values: Mapping[str, Any], *, seen: str) -> Loop:
    """Write rules; what is not named stays. ``seen`` is the :func:`digest` of those that the page showed.

    UserError with the fields that do not fit, StaleRules where somebody else changed them meanwhile. The same rules
    once more change nothing.
    """
    organisation = stored(session)
    before = Loop.load(organisation.loop or {})
    after = Loop.load({**before.dump(), **values})
    if unknown := sorted(set(after.compensation) - set(GIVERS)):
        message = _("The role %(role)s works no cases.", role=unknown[0])
        raise UserError(message, [("compensation", message)])
    if after == before:
        return before
    if seen != digest(before):
        raise StaleRules(_("Meanwhile somebody else changed these rules. Look at what stands now and save once more."))
    organisation.loop = after.dump()
    session.flush()
    return after
