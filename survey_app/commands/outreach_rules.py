"""The organisation's rules of reaching customers: changed as a whole, audited as part of the organisation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from survey_app.commands.organisation import stored
from survey_app.errors import Conflict
from survey_app.outreach.policy import Outreach
from translations import gettext as _


class StaleRules(Conflict):
    """Somebody else changed the rules since the page was made."""


def digest(policy: Outreach) -> str:
    """A fingerprint of rules: the same rules have the same one."""
    return sha256(json.dumps(policy.dump(), sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def change(session: Session, values: Mapping[str, Any], *, seen: str) -> Outreach:
    """Write rules; what is not named stays, such as the fields that only the privacy officer approves.

    ``seen`` is the fingerprint of those that the page showed. UserError with the fields that do not fit.
    """
    organisation = stored(session)
    before = Outreach.load(organisation.outreach or {})
    rest = {name: value for name, value in values.items() if name != "approved_fields"}
    after = Outreach.load({**before.dump(), **rest})
    if after == before:
        return before
    if seen != digest(before):
        raise StaleRules(_("Meanwhile somebody else changed these rules. Look at what stands now and save once more."))
    organisation.outreach = after.dump()
    session.flush()
    return after
