"""The organisation's rules of reaching customers, as they stand."""

from __future__ import annotations

from sqlalchemy.orm import Session

from survey_app.models import Organisation
from survey_app.outreach.policy import Outreach


def policy(session: Session) -> Outreach:
    """The rules: the organisation's own where it has them, else the defaults."""
    found = session.get(Organisation, 1)
    return Outreach.load((found.outreach if found else None) or {})
