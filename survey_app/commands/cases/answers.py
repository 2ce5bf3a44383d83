"""A case together with the answer that it came from: held in one order, the answer first."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.commands import excluding
from survey_app.commands.cases import log
from survey_app.errors import Conflict
from survey_app.models import Case, Response
from translations import gettext as _


def hold_with_answer(session: Session, case_id: int) -> tuple[Case, Response | None]:
    """A case and its response (None where it has none), both held until the end of the transaction.

    The response comes first, as for whoever erases one. Conflict where it was erased in between.
    """
    known = session.scalar(select(Case.response_id).where(Case.id == case_id))
    response = excluding.locked(session, known) if known else None
    case = log.hold(session, case_id)
    if case.response_id != known:
        raise Conflict(_("Somebody else worked on this case meanwhile. What you wrote is still here: please check it."))
    return case, response
