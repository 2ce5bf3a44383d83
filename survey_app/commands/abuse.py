"""Counting what comes from one address or device, so that stuffing shows, without keeping who came.

A counter's key is an HMAC of what is counted with the secret of the day. The secret and every counter are destroyed
when the day is over; nobody can then tell, even with an address in hand, whether it was ever counted. No digest is ever
written anywhere else, so nothing leads from a counter to a response. The counters stand in the database: several web
servers count together.

Nothing here refuses an answer. Marks are soft, for people of one branch share its Wi-Fi and phones of one model look
alike. Where more surveys are *begun* from one address than a full branch begins, its answers are marked and still
taken: one person must not be able to shut a branch's Wi-Fi out. Stopped is only what no crowd of people does.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands.upserts import add_to, insert_missing
from survey_app.errors import UserError
from survey_app.models import AbuseCount, DailySalt, Response
from survey_app.outreach import signs
from survey_app.outreach.flags import BURST, REPEATED, SAME_DEVICE
from survey_app.queries.tickets import OPEN
from survey_app.transaction import transaction
from translations import gettext as _

STARTED, SENT = "started", "sent"
#: The length over which beginnings are counted against their ceiling.
WINDOW: Final = timedelta(minutes=10)
#: Surveys begun in one window at one branch. Above the first from one address (a branch's Wi-Fi), what is sent from
#: there is marked; above the second it is a machine and is stopped, as is one device above the third [policy].
MANY_OF_ADDRESS, MOST_OF_ADDRESS, MOST_OF_DEVICE = 60, 600, 30
#: From this many answers of one device in a day on, they are marked [policy].
DEVICE_LEAST: Final = 3
#: So many answers within ten minutes are never a burst; above it, more than this many times the usual is one [policy].
BURST_LEAST, BURST_TIMES = 8, 4
#: Days over which the usual is reckoned, and the hours of a day in which a branch is taken to serve customers.
USUAL_DAYS, SERVICE_HOURS = 28, 8


class TooMany(UserError):
    """More surveys were begun at once than a branch full of people begins; ``wait`` is in seconds."""

    status = 429

    def __init__(self, message: str, wait: int) -> None:
        super().__init__(message)
        self.wait = wait


def note(
    session: Session,
    kind: str,
    address: str,
    device: str,
    branch_id: int,
    *,
    once: str = "",
    answers: Mapping[str, Any] | None = None,
) -> list[str]:
    """Count one thing that was done and give the marks it earns, see :data:`survey_app.outreach.flags.FLAGS`.

    ``kind`` is :data:`STARTED` or :data:`SENT`. ``device`` is whatever the browser says of itself. With ``once`` the
    same thing done again is not counted again. TooMany for a beginning above the ceiling; roll back then.
    """
    keyed = _Keyed(session)
    return _KINDS[kind](session, keyed, address, f"{device}\x1e{address}", branch_id, once, answers or {})


class _Keyed:
    """Digests under today's secret, and their counters."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.now = clock.now()
        day = clock.today()
        self._expires = clock.end_of(day)
        salt = session.scalar(select(DailySalt.salt).where(DailySalt.day == day))
        if salt is None:
            insert_missing(session, DailySalt, [{"day": day, "salt": secrets.token_hex(32)}], ["day"])
            salt = session.scalars(select(DailySalt.salt).where(DailySalt.day == day)).one()
        self._salt = bytes.fromhex(salt)

    def digest(self, *parts: object) -> str:
        """What stands for these values today, and for nothing tomorrow."""
        return hmac.new(self._salt, "\x1f".join(map(str, parts)).encode(), "sha256").hexdigest()

    def add(self, *digests: str) -> None:
        """Count each once more, in one fixed order, so that two who count the same never wait for each other."""
        rows = [{"digest": one, "count": 1, "expires_at": self._expires} for one in sorted(set(digests))]
        add_to(self._session, AbuseCount, rows, ["digest"], ["count"])

    def counts(self, *digests: str) -> list[int]:
        """How often each was counted."""
        rows = select(AbuseCount.digest, AbuseCount.count).where(AbuseCount.digest.in_(digests))
        found = dict(self._session.execute(rows).all())
        return [int(found.get(one, 0)) for one in digests]

    def bucket(self, length: timedelta, back: int = 0) -> int:
        """The number of the stretch of time that it is now, or of one before."""
        return int(self.now.timestamp() // length.total_seconds()) - back


def _started(
    session: Session,
    keyed: _Keyed,
    address: str,
    device: str,
    branch_id: int,
    once: str,
    answers: Mapping[str, Any],
) -> list[str]:
    window = keyed.bucket(WINDOW)
    keys = (
        keyed.digest(STARTED, "address", branch_id, address, window),
        keyed.digest(STARTED, "device", branch_id, device, window),
    )
    keyed.add(*keys)
    of_address, of_device = keyed.counts(*keys)
    if of_address > MOST_OF_ADDRESS or of_device > MOST_OF_DEVICE:
        ends = (window + 1) * WINDOW.total_seconds()
        message = _(
            "Very many surveys were begun here within a few minutes. What was filled in still stands on this page: "
            "please wait a few minutes and send it again."
        )
        raise TooMany(message, wait=max(1, int(ends - keyed.now.timestamp())))
    return []


def _sent(
    session: Session,
    keyed: _Keyed,
    address: str,
    device: str,
    branch_id: int,
    once: str,
    answers: Mapping[str, Any],
) -> list[str]:
    half = WINDOW / 2
    of_device = keyed.digest(SENT, "device", device)
    here, before = (keyed.digest(SENT, "branch", branch_id, keyed.bucket(half, back)) for back in (0, 1))
    same = _same(keyed, device, branch_id, answers)
    begun = [keyed.digest(STARTED, "address", branch_id, address, keyed.bucket(WINDOW, back)) for back in (0, 1)]
    seen = keyed.digest(SENT, "once", once)
    if not once or keyed.counts(seen) == [0]:
        keyed.add(of_device, here, *([same] if same else []), *([seen] if once else []))
    by_device, now, earlier, alike = keyed.counts(of_device, here, before, same)
    found = []
    if by_device >= DEVICE_LEAST:
        found.append(SAME_DEVICE)
    crowded = max(keyed.counts(*begun)) > MANY_OF_ADDRESS
    recent = now + earlier
    if crowded or (recent > BURST_LEAST and recent > BURST_TIMES * usual(session, branch_id, keyed.now)):
        found.append(BURST)
    if alike > 1:
        found.append(REPEATED)
    return found


_KINDS: Final = {STARTED: _started, SENT: _sent}


def _same(keyed: _Keyed, device: str, branch_id: int, answers: Mapping[str, Any]) -> str:
    """What stands for the answers: over the whole branch where somebody wrote, else only for the same device.

    Two content customers tick the same boxes every day; the same sentence twice, or the same boxes on one phone, they
    do not.
    """
    if not answers:
        return ""
    whose = "" if signs.telling_words(answers) else device
    text = json.dumps(answers, sort_keys=True, ensure_ascii=False, default=str)
    return keyed.digest(SENT, "answers", branch_id, whose, text)


def usual(session: Session, branch_id: int, now: datetime) -> float:
    """How many open-link answers a branch usually has in ten minutes of service. 0 where none are known by the hour.

    Anonymous responses have no hour; a branch with nothing else is held to :data:`BURST_LEAST` alone.
    """
    since = now - timedelta(days=USUAL_DAYS)
    counted = session.scalar(
        select(func.count())
        .select_from(Response)
        .where(
            Response.branch_id == branch_id,
            Response.month >= f"{clock.local(since):%Y-%m}",
            Response.channel == OPEN,
            Response.submitted_at >= since,
        )
    )
    return (counted or 0) / (USUAL_DAYS * SERVICE_HOURS * 6)


def forget() -> None:
    """Destroy what is over, in a transaction of its own; every hour, so that nothing outlasts its day by more."""
    with transaction(Actor.respondent(), "abuse.forget") as session:
        sweep(session)


def sweep(session: Session) -> int:
    """Destroy what is over: secrets of earlier days first, then their counters. Gives how many counters went."""
    session.execute(delete(DailySalt).where(DailySalt.day < clock.today()))
    gone = session.scalars(
        delete(AbuseCount).where(AbuseCount.expires_at <= clock.now()).returning(AbuseCount.digest),
        execution_options={"synchronize_session": False},
    )
    return len(gone.all())
