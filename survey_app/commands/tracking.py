"""What became of an invitation on its customer's way: opened, begun, finished, each noted once.

Confidential campaigns only. Under the anonymous mode nothing is noted: that a case was answered is all its row says.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.models import ContactEvent, Invitation
from survey_app.outreach.dispositions import BEGUN, COMPLETED, DISPOSITIONS, OPENED, REFUSAL
from survey_app.queries.tickets import PHONE, Ticket

#: The channel of an event where the customer came by an address that nobody sent.
LINK: Final = "link"
#: What an opening says nothing new about: cases that are further on, or that refused.
_FURTHER: Final = frozenset({COMPLETED, BEGUN, *(one.code for one in DISPOSITIONS.values() if one.group == REFUSAL)})


def opened(session: Session, ticket: Ticket) -> None:
    """Its first page was shown to a person (the web decides what is no person: see ``survey_app.web.arriving``)."""
    _note(session, ticket, OPENED, {"opened_at": clock.now()}, _FURTHER)


def started(session: Session, ticket: Ticket, held: Invitation | None = None) -> None:
    """Something of it was answered and kept: a page sent empty says nothing yet.

    ``held`` is the invitation's row where the transaction holds it already.
    """
    now = clock.now()
    _note(session, ticket, BEGUN, {"opened_at": now, "started_at": now}, frozenset({COMPLETED}), held)


def finished(session: Session, ticket: Ticket, held: Invitation | None = None) -> None:
    """Its answers were sent. ``held`` is as in :func:`started`."""
    now = clock.now()
    moments = {"opened_at": now, "started_at": now, "finished_at": now}
    _note(session, ticket, COMPLETED, moments, frozenset(), held)


def hold(session: Session, ticket: Ticket) -> Invitation | None:
    """The invitation as it stands now, held until the end of the transaction."""
    if ticket.invitation is None:
        return None
    return session.get(Invitation, ticket.invitation.id, with_for_update=True, populate_existing=True)


def _note(
    session: Session,
    ticket: Ticket,
    code: str,
    moments: dict[str, Any],
    further: frozenset[str],
    held: Invitation | None = None,
) -> None:
    """Note the newest of some moments, and those that were never noted before it; each moment stays as first noted."""
    if ticket.invitation is None or ticket.anonymous:
        return
    stands = held or hold(session, ticket)
    newest = list(moments)[-1]
    if stands is None or getattr(stands, newest) is not None:
        return
    for name, moment in moments.items():
        if getattr(stands, name) is None:
            setattr(stands, name, moment)
    if stands.disposition not in further:
        stands.disposition = code
    channel = PHONE if ticket.mode == PHONE else stands.channel or LINK
    session.add(ContactEvent(invitation_id=stands.id, at=clock.now(), channel=channel, code=code))
    session.flush()
