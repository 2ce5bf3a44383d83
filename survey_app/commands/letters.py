"""Letters to users and to customers as rows: queued with what they are about, leased one by one, never sent twice by
themselves.

ready → sending (leased) → sent; or failed, cancelled, uncertain. A worker takes one letter under a lease, and commits,
before its first byte leaves. Whatever a worker that dies leaves behind may have been sent: it becomes uncertain, is
shown to coordination, and only a person decides about it.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from forms.letters import CUSTOMER_LETTERS, LETTERS, PERSONAL, lacking, lacking_to_customer
from survey_app import clock
from survey_app.commands.upserts import insert_missing, insert_or_none
from survey_app.errors import Conflict, UserError
from survey_app.models import Assignment, Case, Letter, OfferConsent
from survey_app.models.fieldwork import WRITABLE
from survey_app.models.letters import READY
from survey_app.outreach.hours import next_moment
from survey_app.outreach.sending import pause
from survey_app.queries.outreach import policy
from translations import gettext as _

SENDING, SENT, FAILED, UNCERTAIN, CANCELLED = "sending", "sent", "failed", "uncertain", "cancelled"
#: States in which a letter needs no address any more.
OVER: Final = frozenset({SENT, FAILED, CANCELLED})
#: The kind of a contact that gives; its key ends with the customer.
GIFT: Final = "gift"
#: How a letter reaches a customer.
CUSTOMER_CHANNELS: Final = ("sms", "email")
#: How long a worker is believed to be at work on one letter: longer than any one sending may take.
LEASE: Final = timedelta(minutes=5)
#: A letter that could not leave within this time after it was due is about nothing any more.
LATEST: Final = timedelta(days=3)
#: What a person may decide about letters that nobody can know about.
WAS_SENT, SEND_AGAIN, LEAVE = "was_sent", "send_again", "leave"
DECISIONS: Final = (WAS_SENT, SEND_AGAIN, LEAVE)


@dataclass(frozen=True)
class Leased:
    """A letter that a worker holds, with everything its words are made of."""

    letter_id: int
    key: str
    kind: str
    values: Mapping[str, Any]
    attempts: int
    leased_until: datetime
    channel: str
    language: str
    address: str = field(repr=False)


def queue(
    session: Session,
    user_id: int,
    kind: str,
    key: str,
    values: Mapping[str, Any],
    send_after: datetime | None = None,
) -> Letter | None:
    """Put a letter to a user in line; None where one with the same key is there already, in whatever state.

    It leaves at the first moment from ``send_after`` (default: now) that the organisation's hours allow. ``values``:
    days as ``YYYY-MM-DD``, months as ``YYYY-MM``, numbers, names of places; never what its reader alone may know.
    ValueError for a kind that there is not, or values that its words need and do not get.
    """
    row = _row(session, user_id, kind, key, values, send_after)
    found: Letter | None = insert_or_none(session, Letter, row, ("key",))
    return found


def queue_all(session: Session, kind: str, keys: Mapping[int, str], values: Mapping[str, Any]) -> None:
    """The same letter to many: user id -> its key. What is in line already stays as it is."""
    rows = [_row(session, user, kind, key, values) for user, key in sorted(keys.items())]
    insert_missing(session, Letter, rows, ("key",))


def _row(
    session: Session,
    user_id: int,
    kind: str,
    key: str,
    values: Mapping[str, Any],
    send_after: datetime | None = None,
) -> dict[str, Any]:
    if kind not in LETTERS:
        raise ValueError(f"no such letter: {kind}")
    if missing := lacking(kind, values):
        raise ValueError(f"the letter {kind} lacks {sorted(missing)}")
    return {**_waiting(session, key, kind, values, send_after), "user_id": user_id}


def queue_to_customer(
    session: Session,
    *,
    kind: str,
    key: str,
    values: Mapping[str, Any],
    address: str,
    channel: str,
    language: str,
    case_id: int | None = None,
    incident_id: int | None = None,
    send_after: datetime | None = None,
) -> Letter | None:
    """Put a letter to a customer in line; None where one with the same key is there already, in whatever state.

    ``kind``: a code of :data:`forms.letters.CUSTOMER_LETTERS`; ``channel``: ``sms`` or ``email``; ``address``: the
    telephone or the mail address, kept until the letter needs it no more. It leaves in the hours in which customers may
    be written to. ValueError for an unknown kind or channel, no address, a kind about a case without one, or values
    that the words need and do not get.
    """
    if kind not in CUSTOMER_LETTERS:
        raise ValueError(f"no such letter to customers: {kind}")
    if channel not in CUSTOMER_CHANNELS or not address:
        raise ValueError("a letter to a customer needs a channel and an address")
    if CUSTOMER_LETTERS[kind].case and case_id is None:
        raise ValueError(f"the letter {kind} is about a case")
    if missing := lacking_to_customer(kind, values):
        raise ValueError(f"the letter {kind} lacks {sorted(missing)}")
    row = {
        **_waiting(session, key, kind, values, send_after),
        "address": address,
        "channel": channel,
        "language": language,
        "case_id": case_id,
        "incident_id": incident_id,
    }
    found: Letter | None = insert_or_none(session, Letter, row, ("key",))
    return found


def _waiting(
    session: Session, key: str, kind: str, values: Mapping[str, Any], send_after: datetime | None
) -> dict[str, Any]:
    now = clock.now()
    due = next_moment(max(send_after or now, now), policy(session))
    return {
        "key": key,
        "kind": kind,
        "values": dict(values),
        "state": READY,
        "send_after": due,
        "expires_at": due + LATEST,
        "attempts": 0,
        "error": "",
        "created_at": now,
    }


def is_waiting(session: Session, user_id: int, kind: str, number: int) -> bool:
    """Whether a letter of a kind about a visit lies ready for a user, so that it will tell of what is new as well."""
    ready = select(Letter.values).where(Letter.user_id == user_id, Letter.kind == kind, Letter.state == READY)
    return any(values.get("number") == number for values in session.scalars(ready))


def about_visit(visit: Assignment) -> dict[str, Any]:
    """What a letter about a visit says of it: the town, or the branch's name where no town is kept, and the days."""
    return {
        "number": visit.id,
        "place": visit.branch.city or visit.branch.name,
        "from": visit.window_from.isoformat(),
        "until": visit.window_until.isoformat(),
    }


# ---- out of the line -------------------------------------------------------------------------------------------------


def lease(session: Session, channel: str | None = None) -> Leased | None:
    """Take the next letter that is due, of one channel or any; commit before it is sent. None where none is, or outside
    the hours.

    What has lost its object meanwhile (its visit is another's, its user left) is cancelled on the way.
    """
    now = clock.now()
    if next_moment(now, policy(session)) > now:
        return None
    due = [Letter.state == READY, Letter.send_after <= now, *([Letter.channel == channel] if channel else [])]
    while True:
        row = session.scalar(
            select(Letter)
            .where(*due)
            .order_by(Letter.send_after, Letter.id)
            .limit(1)
            .options(joinedload(Letter.user))
            .with_for_update(skip_locked=True, of=Letter)
        )
        if row is None:
            return None
        held = _hindrance(session, row, now)
        if not held:
            break
        _settle(row, CANCELLED, held)
        session.flush()
    row.state, row.leased_until, row.attempts = SENDING, now + LEASE, row.attempts + 1
    session.flush()
    return Leased(
        letter_id=row.id,
        key=row.key,
        kind=row.kind,
        values=_of_case(session, row),
        attempts=row.attempts,
        leased_until=now + LEASE,
        channel=row.channel,
        language=row.user.language if row.user is not None else row.language,
        address=row.user.email if row.user is not None else row.address,
    )


def _of_case(session: Session, row: Letter) -> dict[str, Any]:
    """A letter's values, with the number of its case and the secret of the customer's page, which no letter keeps."""
    if row.case_id is None:
        return dict(row.values)
    case = session.get_one(Case, row.case_id)
    return {**row.values, "number": case.id, "token": case.token}


def _hindrance(session: Session, row: Letter, now: datetime) -> str:
    """Why a letter is not to be sent any more; empty when it is."""
    if row.expires_at <= now:
        return "expired"
    if row.user is not None and not row.user.active:
        return "user_left"
    if row.user is None and not row.address:
        return "no_contact"
    if row.kind == GIFT and not _agreed(session, row):
        return "withdrawn"
    if row.user is None:
        case = session.get(Case, row.case_id) if row.case_id is not None else None
        return "withdrawn" if case is not None and case.consent_withdrawn_at is not None else ""
    if LETTERS[row.kind].about == "visit":
        visit = session.get(Assignment, int(row.values["number"]))
        if visit is None or visit.shopper_id != row.user_id or visit.state not in WRITABLE:
            return "object_lost"
    return ""


def _agreed(session: Session, row: Letter) -> bool:
    """Whether the customer of a contact that gives still agrees to offers: a letter waits for its hours."""
    customer_id = int(row.key.rpartition(":")[2])
    found = session.get(OfferConsent, customer_id)
    return found is not None and (found.withdrawn_on is None or found.withdrawn_on > clock.today())


def mark_sent(session: Session, leased: Leased) -> None:
    """The carrier took it. True whenever it is said, also after the lease ended."""
    row = _locked(session, leased.letter_id)
    if row.state != SENT and (row.state != SENDING or _ours(row, leased)):
        _settle(row, SENT)
        row.sent_at = clock.now()


def mark_retry(
    session: Session, leased: Leased, reason: str, retry_after: timedelta | None = None, *, share: float | None = None
) -> None:
    """The carrier certainly did not take it: another try after a pause, unless it would come too late."""
    row = _locked(session, leased.letter_id)
    if not _ours(row, leased):
        return
    wait = max(pause(row.attempts, random.random() if share is None else share), retry_after or timedelta())
    due = next_moment(clock.now() + wait, policy(session))
    if due >= row.expires_at:
        _settle(row, FAILED, reason)
        return
    _settle(row, READY, reason)
    row.send_after = due


def mark_failed(session: Session, leased: Leased, reason: str) -> None:
    """The carrier will never take it."""
    row = _locked(session, leased.letter_id)
    if _ours(row, leased):
        _settle(row, FAILED, reason)


def mark_uncertain(session: Session, leased: Leased, reason: str) -> None:
    """Nobody can know whether the carrier took it."""
    row = _locked(session, leased.letter_id)
    if _ours(row, leased):
        _settle(row, UNCERTAIN, reason)


def sweep(session: Session, most: int = 500) -> int:
    """Call uncertain what dead workers held, and cancel what nobody could send in time; how many there were."""
    now = clock.now()
    rows = session.scalars(
        select(Letter)
        .where(
            ((Letter.state == SENDING) & (Letter.leased_until < now))
            | ((Letter.state == READY) & (Letter.expires_at <= now))
        )
        .order_by(Letter.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        _settle(row, *((UNCERTAIN, "worker_lost") if row.state == SENDING else (CANCELLED, "expired")))
    session.flush()
    return len(rows)


def decide(session: Session, letter_ids: Collection[int], decision: str) -> int:
    """What a person decides about uncertain letters: they were sent, are sent again, or are left unsent; how many.

    UserError for another decision or none chosen; Conflict where none of them is uncertain any more.
    """
    if decision not in DECISIONS:
        raise UserError(_("Choose what is to become of the messages."))
    if not letter_ids:
        raise UserError(_("Choose at least one message."))
    now = clock.now()
    rows = session.scalars(
        select(Letter)
        .where(Letter.id.in_(set(letter_ids)), Letter.state == UNCERTAIN)
        .order_by(Letter.id)
        .with_for_update()
    ).all()
    if not rows:
        raise Conflict(_("Somebody has decided about these messages already."))
    for row in rows:
        if decision == SEND_AGAIN:
            _settle(row, READY)
            row.send_after = next_moment(now, policy(session))
            row.expires_at = row.send_after + LATEST
        elif decision == WAS_SENT:
            _settle(row, SENT, "decided_sent")
            row.sent_at = now
        else:
            _settle(row, CANCELLED, "decided_unsent")
    session.flush()
    return len(rows)


def _locked(session: Session, letter_id: int) -> Letter:
    return session.get_one(Letter, letter_id, with_for_update=True, populate_existing=True)


def _ours(row: Letter, leased: Leased) -> bool:
    """Whether a worker still holds the letter: nobody else took it up or decided about it."""
    return row.state == SENDING and row.attempts == leased.attempts


def _settle(row: Letter, state: str, reason: str = "") -> None:
    row.state, row.leased_until, row.error = state, None, reason
    if row.user_id is None and state in OVER:
        _let_go(row)


def _let_go(row: Letter) -> None:
    row.address = ""
    row.values = {name: value for name, value in row.values.items() if name not in PERSONAL}


def forget(session: Session, case_id: int) -> int:
    """Cancel what waits for the customer of a case, and let go of every address; how many letters there were.

    For a customer who took the consent back, or whose contact is deleted. What leaves at this very moment may arrive.
    """
    rows = session.scalars(
        select(Letter).where(Letter.case_id == case_id, Letter.address != "").order_by(Letter.id).with_for_update()
    ).all()
    for row in rows:
        if row.state == READY:
            _settle(row, CANCELLED, "withdrawn")
        _let_go(row)
    return len(rows)
