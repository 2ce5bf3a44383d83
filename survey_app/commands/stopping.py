"""A customer's own word from a personal link: no more surveys, or that this was a mistake.

Nothing here touches consent to advertising, which is given and taken back elsewhere.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import optouts
from survey_app.errors import NotFound
from survey_app.models import Campaign, ContactEvent, Invitation
from survey_app.models.campaign import ANONYMOUS, READY, REVOKED
from survey_app.outreach.dispositions import OPENED, OPTED_OUT
from survey_app.queries import stopping
from translations import gettext as _

#: How it came: by the page, or by a mail program's one-click button (RFC 8058).
PAGE, ONE_CLICK = "link", "mail"
#: What stands for a case that is open again: under the anonymous mode nothing tells that anybody was there.
_SENT = "3.19"


def stop(session: Session, token: str, source: str = PAGE) -> None:
    """Ask whoever holds a link no more. Twice is once. NotFound for an unknown link.

    Without a contact behind the link there is no address to keep: then its own survey and messages are taken back, and
    the page says no more than that.
    """
    invitation = _held(session, token)
    known = stopping.addresses_behind(session, invitation)
    if known:
        optouts.opt_out(session, known, source, invitation.campaign_id)
        session.refresh(invitation)
    if invitation.state == READY:
        invitation.state, invitation.disposition = REVOKED, OPTED_OUT
        invitation.call_after = invitation.caller_id = invitation.held_until = None
        _note(session, invitation, OPTED_OUT)
    session.flush()


def allow(session: Session, token: str) -> None:
    """Take that back: surveys may come again, and the one behind the link can be answered while it is good."""
    invitation = _held(session, token)
    known = stopping.addresses_behind(session, invitation)
    if known:
        optouts.opt_in(session, known)
    if stopping.is_revoked(invitation):
        anonymous = session.get_one(Campaign, invitation.campaign_id).privacy == ANONYMOUS
        invitation.state, invitation.disposition = READY, _SENT if anonymous else OPENED
        _note(session, invitation, invitation.disposition)
    session.flush()


def _note(session: Session, invitation: Invitation, code: str) -> None:
    channel = invitation.channel or PAGE
    session.add(ContactEvent(invitation_id=invitation.id, at=clock.now(), channel=channel, code=code))


def _held(session: Session, token: str) -> Invitation:
    found = session.scalar(select(Invitation).where(Invitation.token == token).with_for_update())
    if found is None:
        raise NotFound(_("This survey link is not known. Please check that the whole address was copied."))
    return found
