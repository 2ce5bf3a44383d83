"""Scores of the demo bank that somebody asked to take out: one waits for a second person, one was refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands.cases import removals
from survey_app.demo import files
from survey_app.demo.storing import ACTOR, Stored
from survey_app.models import Case, Response, User
from survey_app.models.response import COUNTED
from survey_app.permissions import Role
from survey_app.transaction import transaction

#: How the two cases ended, of which one score is asked for each.
_ABUSIVE: Final = "abusive"
_ENDED: Final = ("not_justified", "partly", _ABUSIVE)


def store(stored: Stored, now: datetime) -> None:
    """Two requests; none where too few cases with a score are over."""
    service, ombudsman = stored.users[Role.SERVICE_MANAGER].id, stored.users[Role.OMBUDSMAN].id
    told = files.document("cases")["removals"]
    with transaction(ACTOR, "demo.removals") as session:
        found = _cases(session, {service, ombudsman})
        for case in found:
            case.outcome = _ABUSIVE
        session.flush()
        if not found:
            return
        with clock.moved_to(now - timedelta(hours=20)):
            removals.ask_removal(session, found[0].id, session.get_one(User, service), told["waiting"])
        for case in found[1:]:
            with clock.moved_to(now - timedelta(days=6)):
                removals.ask_removal(session, case.id, session.get_one(User, ombudsman), told["refused"])
            with clock.moved_to(now - timedelta(days=5)):
                by = session.get_one(User, service)
                removals.decide_removal(session, case.id, by, approve=False, note=told["why"])


def _cases(session: Session, besides: set[int]) -> list[Case]:
    """The newest two that are over, of other owners, whose score counts."""
    return list(
        session.scalars(
            select(Case)
            .join(Response, Response.id == Case.response_id)
            .where(
                Case.state == "closed",
                Case.outcome.in_(_ENDED),
                Case.owner_id.not_in(sorted(besides)),
                Response.state == COUNTED,
            )
            .order_by(Case.opened_at.desc(), Case.id.desc())
            .limit(2)
        )
    )
