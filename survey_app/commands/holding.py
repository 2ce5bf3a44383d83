"""A ticket with all that came of it so far, held until the end of the transaction: nobody else writes it meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.commands import tracking
from survey_app.errors import Conflict
from survey_app.models import Assignment, Draft, Invitation, Response
from survey_app.models.campaign import READY
from survey_app.models.fieldwork import WRITABLE
from survey_app.models.response import RETURNED
from survey_app.queries.tickets import Ticket
from translations import gettext as _


@dataclass
class Held:
    """The rows of one ticket; one transaction passes them on, so that each is read once."""

    #: The invitation; None where there is none.
    invitation: Invitation | None = None
    #: What was sent under the ticket.
    response: Response | None = None
    #: What is saved; a page that begins it puts it here.
    draft: Draft | None = None

    @property
    def answered(self) -> Response | None:
        """What was sent and stands; None as well for a report that was sent back."""
        return self.response if self.response is not None and self.response.state != RETURNED else None


def hold(session: Session, ticket: Ticket) -> Held:
    """Hold a ticket, its draft and its response, always in this order.

    So of two devices that send at once the second waits and then sees what the first did. Conflict when the ticket was
    used up or taken back and nothing that was sent shows it.
    """
    invitation = tracking.hold(session, ticket)
    writable = invitation.state == READY if invitation is not None else _is_writable(session, ticket)
    draft = session.get(Draft, ticket.response_id, with_for_update=True, populate_existing=True)
    if invitation is not None and writable:
        # What is sent by an invitation uses it up in the same transaction: there is nothing else to find.
        return Held(invitation, None, draft)
    response = session.get(Response, ticket.response_id, with_for_update=True, populate_existing=True)
    held = Held(invitation, response, draft)
    if held.answered is None and not writable:
        raise used_up(ticket)
    return held


def _is_writable(session: Session, ticket: Ticket) -> bool:
    """Whether a ticket without an invitation's row is still good, holding its assignment; an open link always is."""
    if ticket.assignment is None:
        return ticket.invitation is None
    assigned = select(Assignment.state).where(Assignment.id == ticket.assignment.id).with_for_update()
    return session.scalar(assigned) in WRITABLE


def used_up(ticket: Ticket) -> Conflict:
    """What is said of a ticket that takes no answers any more."""
    if ticket.assignment is not None:
        return Conflict(_("This report was already sent."))
    return Conflict(_("This survey was already answered. Thank you!"))
