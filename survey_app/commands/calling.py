"""Telephone interviews: handing out calls one by one, and what became of each.

A call is handed to one interviewer for half an hour. On PostgreSQL two who ask at once each get another row, for a row
that somebody is taking is passed over; on SQLite one writes after the other. What was promised comes first. Whoever may
no longer be asked is found out at the moment of handing out, not when the list was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import tracking
from survey_app.commands.optouts import addresses_of, opt_out
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import Campaign, ContactEvent, Customer, Draft, Invitation, User
from survey_app.models.campaign import ANONYMOUS, READY, REVOKED
from survey_app.models.outreach import EMPLOYEE, OPEN_CASE, PHONE
from survey_app.outreach import dispositions, hours, phones
from survey_app.outreach.calls import (
    BROKE_OFF,
    CASE_PAUSE,
    FINAL,
    GIVEN_BACK,
    HOLD,
    NO_MORE,
    NOT_ASKED,
    OUTCOMES,
    PROMISE,
    REFUSED,
    UNAVAILABLE,
    Outcome,
)
from survey_app.outreach.policy import Outreach
from survey_app.queries import calls, exclusions
from survey_app.queries.outreach import policy as outreach_policy
from survey_app.queries.tickets import Ticket
from translations import format_datetime
from translations import gettext as _

#: Customers passed over in one go because they may no longer be asked; the rest come with the next request.
_PASSED = 50


def allowed(campaign: Campaign) -> bool:
    """Whether a campaign may be asked by telephone: never an anonymous one, for an interviewer knows who answers."""
    return campaign.privacy != ANONYMOUS


def next_call(session: Session, user_id: int, languages: Sequence[str] = ()) -> Invitation | None:
    """Hand the next call to an interviewer, or the one still in hand; None when nothing is due.

    Conflict outside the hours in which customers may be called, with when they begin.
    """
    policy, now = outreach_policy(session), clock.now()
    # Somebody who clicks twice gets one call: the second request waits here and then finds the first one's.
    session.execute(select(User.id).where(User.id == user_id).with_for_update())
    in_hand = calls.held_by(session, user_id, now)
    if in_hand is not None:
        return in_hand
    refuse_hours(policy, now)
    for _number in range(_PASSED):
        found = session.scalars(
            calls.waiting(now, languages).limit(1).with_for_update(skip_locked=True, of=Invitation)
        ).first()
        if found is None:
            return None
        if _may_be_asked(session, found, now):
            found.caller_id, found.held_until = user_id, now + HOLD
            session.flush()
            return found
        session.flush()
    return None


def refuse_hours(policy: Outreach, moment: datetime) -> None:
    """Conflict, with when calls may be made again, outside the hours in which customers may be called."""
    begins = hours.next_moment(moment, policy)
    if begins > moment:
        raise Conflict(
            _("Customers are called again from %(moment)s.", moment=format_datetime(clock.local(begins), "short"))
        )


def _may_be_asked(session: Session, invitation: Invitation, now: datetime) -> bool:
    """Whether the customer may still be called; if not, what became of the case is written down."""
    customer = session.get(Customer, invitation.customer_id) if invitation.customer_id is not None else None
    if customer is None or phones.reach(customer.phone) == "none":
        _end(session, invitation, UNAVAILABLE, None, now)
        return False
    reasons = set(exclusions.held_back(session, addresses_of(customer), clock.local(now).date()).values())
    if exclusions.OPTED_OUT in reasons:
        _end(session, invitation, dispositions.OPTED_OUT, None, now)
    elif EMPLOYEE in reasons:
        _end(session, invitation, NOT_ASKED, None, now)
    elif OPEN_CASE in reasons:
        invitation.call_after = now + CASE_PAUSE
    return not reasons


def hold(session: Session, invitation_id: int, user_id: int) -> Invitation:
    """A call in an interviewer's hand, locked and kept for another half hour. Conflict when it is not.

    Kept too long and taken by nobody else, it is still theirs: an interview is not broken off for the clock's sake.
    """
    invitation = _locked(session, invitation_id)
    now = clock.now()
    if invitation.caller_id == user_id and invitation.state == READY and invitation.call_after is not None:
        invitation.held_until = now + HOLD
    calls.refuse_others(invitation, user_id, now)
    session.flush()
    return invitation


def give_back(session: Session, invitation_id: int, user_id: int) -> None:
    """Give a call back untried; it comes around again in five minutes."""
    invitation = _mine(session, invitation_id, user_id)
    invitation.call_after = clock.now() + GIVEN_BACK
    _let_go(invitation)
    session.flush()


def close(session: Session, invitation_id: int, user_id: int, key: str, again_at: datetime | None = None) -> Outcome:
    """Write down what became of a try, and let the call go.

    Not reached: it is tried again after the policy's pause, until its tries are used up. ``again_at`` is when the
    customer asked to be called again. UserError where that is no time to call; Conflict when the call is not theirs.
    """
    outcome = OUTCOMES.get(key)
    if outcome is None:
        raise UserError(_("Choose what became of the call."), [("outcome", _("Choose what became of the call."))])
    invitation = _mine(session, invitation_id, user_id)
    policy, now = outreach_policy(session), clock.now()
    invitation.calls += 1
    if outcome.key == NO_MORE:
        _opt_out(session, invitation, user_id)
    elif outcome.then == FINAL:
        _end(session, invitation, _final_code(session, invitation, outcome), user_id, now)
    elif outcome.then == PROMISE:
        promised = _promised(invitation, policy, now, again_at)
        _log(session, invitation, outcome.code, user_id, now, promised)
        invitation.disposition, invitation.call_after = outcome.code, promised
    else:
        again = hours.next_moment(now + timedelta(hours=policy.call_pause_hours), policy)
        if invitation.calls >= policy.call_tries or again >= _over(invitation):
            _end(session, invitation, outcome.code, user_id, now)
        else:
            _log(session, invitation, outcome.code, user_id, now)
            invitation.disposition, invitation.call_after = outcome.code, again
    _let_go(invitation)
    session.flush()
    return outcome


def answered(session: Session, ticket: Ticket, user_id: int) -> None:
    """The interview was finished and its answers are sent in this transaction."""
    if ticket.invitation is None:
        return
    tracking.finished(session, ticket)
    invitation = _locked(session, ticket.invitation.id)
    invitation.calls += 1
    invitation.call_after = None
    _let_go(invitation)
    _sign(session, invitation, dispositions.COMPLETED, user_id)
    session.flush()


def _final_code(session: Session, invitation: Invitation, outcome: Outcome) -> str:
    """Whoever answered something and then refuses broke off."""
    begun = session.scalar(select(Draft.response_id).where(Draft.response_id == invitation.response_id))
    return BROKE_OFF if outcome.code == REFUSED and begun is not None else outcome.code


def _promised(invitation: Invitation, policy: Outreach, now: datetime, again_at: datetime | None) -> datetime:
    if again_at is None:
        raise _no_time(_("Write when to call again."))
    if again_at <= now:
        raise _no_time(_("This moment has passed. Write one that is still to come."))
    if hours.next_moment(again_at, policy) != again_at:
        raise _no_time(
            _(
                "Customers are called between %(from_hour)s and %(until_hour)s, and on no Sabbath, holiday or eve of "
                "one. Agree on another time.",
                from_hour=policy.from_hour,
                until_hour=policy.until_hour,
            )
        )
    if again_at >= _over(invitation):
        raise _no_time(_("The survey will be over by then. Agree on an earlier time."))
    return again_at


def _no_time(message: str) -> UserError:
    return UserError(message, [("again", message)])


def _over(invitation: Invitation) -> datetime:
    """The moment from which the customer can no longer be asked."""
    closes = invitation.campaign.closes
    return min(invitation.expires_at, clock.end_of(closes)) if closes is not None else invitation.expires_at


def _opt_out(session: Session, invitation: Invitation, user_id: int) -> None:
    """No more surveys: by everything the customer is known by. The event that is logged gets the interviewer's name."""
    customer = session.get_one(Customer, invitation.customer_id)
    opt_out(session, addresses_of(customer), "phone", invitation.campaign_id)
    _sign(session, invitation, dispositions.OPTED_OUT, user_id)


def _sign(session: Session, invitation: Invitation, code: str, user_id: int) -> None:
    """Write the interviewer's name to what was logged for them."""
    logged = session.scalars(
        select(ContactEvent)
        .where(ContactEvent.invitation_id == invitation.id, ContactEvent.code == code)
        .order_by(ContactEvent.id.desc())
        .limit(1)
    ).first()
    if logged is not None:
        logged.user_id, logged.channel = user_id, PHONE


def _end(session: Session, invitation: Invitation, code: str, user_id: int | None, now: datetime) -> None:
    """Nothing more is done about a customer."""
    invitation.state, invitation.disposition, invitation.call_after = REVOKED, code, None
    _let_go(invitation)
    _log(session, invitation, code, user_id, now)


def _log(
    session: Session,
    invitation: Invitation,
    code: str,
    user_id: int | None,
    now: datetime,
    again_at: datetime | None = None,
) -> None:
    session.add(
        ContactEvent(
            invitation_id=invitation.id, at=now, channel=PHONE, code=code, user_id=user_id, call_again_at=again_at
        )
    )


def _let_go(invitation: Invitation) -> None:
    invitation.caller_id = invitation.held_until = None


def _mine(session: Session, invitation_id: int, user_id: int) -> Invitation:
    """A call that this interviewer had last, held; what became of it may be told after the half hour as well."""
    invitation = _locked(session, invitation_id)
    if invitation.caller_id != user_id:
        calls.refuse_others(invitation, user_id, clock.now())
    if invitation.state != READY:
        calls.refuse_others(invitation, user_id, clock.now())
    return invitation


def _locked(session: Session, invitation_id: int) -> Invitation:
    invitation = session.scalar(
        select(Invitation)
        .where(Invitation.id == invitation_id, Invitation.channel == PHONE)
        .with_for_update(of=Invitation)
        .execution_options(populate_existing=True)
    )
    if invitation is None:
        raise NotFound(_("There is no such call."))
    return invitation
