"""How a case is closed, whoever closes it; and whether its customer can be asked if it is solved."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import Final

from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands.cases import log
from survey_app.loop.states import CLOSED, ERASED, NO_CONTACT, WITHDRAWN
from survey_app.models import Case
from survey_app.transaction import REPORTS_CHANGED

#: Bytes of the secret in the address of the customer's own page.
TOKEN_BYTES: Final = 18
#: Ends after which nobody may turn to the customer any more.
FOR_GOOD = frozenset({WITHDRAWN, ERASED})


def may_be_asked(case: Case) -> bool:
    """Whether the customer can be asked if the case is solved: a way to reach her, and her consent."""
    return case.consent_withdrawn_at is None and bool(case.phone or case.email)


def why_not_asked(case: Case) -> str:
    """How a case whose customer cannot be asked is closed."""
    return WITHDRAWN if case.consent_withdrawn_at is not None else NO_CONTACT


def shut(session: Session, case: Case, how: str, by_id: int | None = None) -> None:
    """Close a held case, whatever its state: every clock stops."""
    case.state, case.closed_how, case.closed_at = CLOSED, how, clock.now()
    case.next_step, case.next_on = "", None
    case.escalates_at = case.silent_at = None
    session.info[REPORTS_CHANGED] = True
    log.note(session, case, "closed", by_id, how=how)


def new_token() -> str:
    """The secret of a customer's page."""
    return token_urlsafe(TOKEN_BYTES)


def clear_contact(case: Case) -> None:
    """Let go of who the customer is. The address of the customer's page still tells that it is over, and no more."""
    case.name = case.phone = case.email = case.customer_key = ""
    case.customer_id = None
