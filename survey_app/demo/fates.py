"""What became of one visit in the feed, as the rows that the commands would have left: pure, row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from survey_app.demo.visits_told import Told
from survey_app.models.campaign import READY, REVOKED, USED
from survey_app.models.outreach import (
    CANCELLED,
    DELIVERED,
    FAILED,
    INVITATION,
    PHONE,
    REMINDER,
    SENDING,
    SENT,
    UNCERTAIN,
)
from survey_app.models.outreach import READY as WAITS
from survey_app.outreach.hours import allowed, next_moment
from survey_app.outreach.policy import Outreach

#: Nobody is written to or called outside these hours.
_POLICY: Final = Outreach()
#: Days after the invitation on which the one reminder left, and the parts of a text message in two languages' letters.
_REMINDED: Final = timedelta(days=3)
_PARTS: Final = 2
_NEVER: Final = {"opened_at": None, "started_at": None, "finished_at": None}
_NO_CALL: Final = {"calls": 0, "call_after": None, "caller_id": None, "held_until": None}


@dataclass
class Way:
    """One visit with everything that is stored of what became of it."""

    told: Told
    key: str
    chance: float
    decided_at: datetime | None = None
    invitation: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    #: Events, each with whether it is about the first message.
    events: list[tuple[dict[str, Any], bool]] = field(default_factory=list)
    opted_out_at: datetime | None = None

    @property
    def invited(self) -> bool:
        """Whether it was drawn and nothing was in the way."""
        return bool(self.invitation)

    @property
    def drawn(self) -> bool:
        """Whether it came to a draw at all."""
        return self.invited or self.told.left_out == "not_drawn"

    @property
    def left_in_the_middle(self) -> bool:
        """Whether a page was kept and the answers were never sent."""
        return self.invited and bool(self.invitation["started_at"]) and not self.invitation["finished_at"]

    def event(self, code: str, at: datetime, *, by_message: bool = False, **more: Any) -> None:
        """Note an event."""
        self.events.append(({"at": at, "channel": self.told.channel, "code": code, **more}, by_message))

    def message(self, state: str, at: datetime, kind: str = INVITATION, **more: Any) -> None:
        """Add a message."""
        arrived = state in {SENT, DELIVERED}
        self.messages.append(
            {
                "kind": kind,
                "channel": self.told.channel,
                "address": self.told.email or self.told.phone,
                "language": self.told.language,
                "state": state,
                "send_after": at,
                "expires_at": at + timedelta(days=5),
                "attempts": int(state not in {WAITS, CANCELLED}),
                "lease": None,
                "leased_until": None,
                "begun_at": at if state not in {WAITS, CANCELLED} else None,
                "provider_ref": f"demo-{self.key}-{kind}" if arrived else None,
                "parts": _PARTS if self.told.channel == "sms" else 0,
                "error": "",
                "created_at": at - timedelta(hours=1),
                "sent_at": at if arrived else None,
                "delivered_at": at + timedelta(seconds=40) if state == DELIVERED else None,
                **more,
            }
        )


def way_of(told: Told, key: str, chance: float, sent: datetime, now: datetime, valid: timedelta) -> Way:
    """The rows of one visit. ``sent`` is when its invitation leaves."""
    way = Way(told, key, chance)
    if told.fate == "waiting":
        return way
    way.decided_at = min(told.at + timedelta(hours=3, minutes=1), now)
    if told.left_out:
        return way
    way.invitation = {
        "state": READY,
        "created_at": way.decided_at,
        "expires_at": way.decided_at + valid,
        "disposition": "3.10",
        **_NEVER,
        **_NO_CALL,
    }
    random = Random(f"{told.number} fate")
    if told.channel == PHONE:
        _called(way, random, now)
    elif sent > now or told.fate == "queued":
        _queued(way, random, max(sent, now + timedelta(minutes=random.randint(1, 240))), now)
    else:
        _FATES[told.fate](way, random, sent, now)
    return way


def last_moment(moment: datetime) -> datetime:
    """A moment up to this one at which people may be reached."""
    while not allowed(moment, _POLICY):
        moment -= timedelta(hours=1)
    return moment


def _queued(way: Way, random: Random, sent: datetime, now: datetime) -> None:
    way.message(WAITS, next_moment(sent, _POLICY))


def _heard(way: Way, sent: datetime, code: str, random: Random) -> None:
    way.message(DELIVERED if random.random() < 0.8 else SENT, sent)
    way.event("3.19", sent, by_message=True)
    way.invitation["disposition"] = code


def _reminded(way: Way, sent: datetime, now: datetime) -> None:
    if (again := next_moment(sent + _REMINDED, _POLICY)) < now:
        way.message(SENT, again, REMINDER)


def _answered(way: Way, random: Random, sent: datetime, now: datetime) -> None:
    done = way.told.submitted_at or now
    began = max(done - timedelta(minutes=random.randint(1, 5)), sent)
    _heard(way, sent, "1.1", random)
    _reminded(way, sent, began)
    way.event("2.20", began)
    way.event("1.2", began)
    way.event("1.1", done)
    way.invitation |= {"state": USED, "opened_at": began, "started_at": began, "finished_at": done}


def _quiet(way: Way, random: Random, sent: datetime, now: datetime) -> None:
    _heard(way, sent, "3.19", random)
    _reminded(way, sent, now)


def _opened(way: Way, random: Random, sent: datetime, now: datetime) -> None:
    at = min(sent + timedelta(minutes=random.randint(2, 900)), now)
    _heard(way, sent, "2.20", random)
    _reminded(way, sent, now)
    way.event("2.20", at)
    way.invitation["opened_at"] = at


def _begun(way: Way, random: Random, sent: datetime, now: datetime) -> None:
    at = min(sent + timedelta(minutes=random.randint(2, 900)), now)
    _heard(way, sent, "1.2", random)
    way.event("2.20", at)
    way.event("1.2", at)
    way.invitation |= {"opened_at": at, "started_at": at}


def _failed(way: Way, random: Random, sent: datetime, now: datetime) -> None:
    way.message(
        FAILED,
        sent,
        attempts=1 + random.randint(0, 3),
        error=random.choice(("no_recipient 550", "undelivered", "refused")),
    )
    way.event("3.30", sent, by_message=True)
    way.invitation["disposition"] = "3.30"


def _uncertain(way: Way, random: Random, sent: datetime, now: datetime) -> None:
    way.message(UNCERTAIN, sent, error="connection_lost")
    way.event("3.90", sent, by_message=True)
    way.invitation["disposition"] = "3.90"


def _opted_out(way: Way, random: Random, sent: datetime, now: datetime) -> None:
    at = min(sent + timedelta(minutes=random.randint(1, 300)), now)
    _heard(way, sent, "2.111", random)
    way.event("2.111", at)
    way.invitation["state"] = REVOKED
    way.opted_out_at = at


def _expired(way: Way, random: Random, sent: datetime, now: datetime) -> None:
    """The carrier was down for days: what could not leave in time was taken back."""
    way.message(CANCELLED, sent, error="expired")


_FATES: Final[Mapping[str, Callable[[Way, Random, datetime, datetime], None]]] = {
    "answered": _answered,
    "quiet": _quiet,
    "opened": _opened,
    "begun": _begun,
    "failed": _failed,
    "uncertain": _uncertain,
    "opted_out": _opted_out,
    "expired": _expired,
}
#: What an interviewer noted last: the code, and whether the case is over.
_NOTED: Final = {
    "no_answer": ("3.13", False),
    "busy": ("3.12", False),
    "voicemail": ("2.221", False),
    "promised": ("2.36", False),
    "refused": ("2.11", True),
    "wrong_number": ("4.30", True),
    "opted_out": ("2.111", True),
}


def _called(way: Way, random: Random, now: datetime) -> None:
    """A customer who is called: not yet, tried, promised to be called again, or done with."""
    due = min((way.decided_at or now) + timedelta(hours=18), now - timedelta(minutes=random.randint(1, 600)))
    due = last_moment(due)
    way.invitation["call_after"] = due
    if way.told.fate not in _NOTED:
        return
    code, over = _NOTED[way.told.fate]
    tries = 1 if over else random.randint(1, 3)
    # Half of the promises are due, the others later today and tomorrow.
    again = _around(now, random.choice((-90, -20, 45, 180, 1440))) if way.told.fate == "promised" else None
    last = last_moment(min(now, again or now) - timedelta(hours=random.randint(1, 30)))
    for earlier in range(tries - 1, 0, -1):
        way.event("3.13", last_moment(last - timedelta(days=earlier, minutes=random.randint(10, 200))))
    way.event(code, last, call_again_at=again)
    way.invitation |= {
        "disposition": code,
        "calls": tries,
        "call_after": None if over else again or _around(now, random.choice((-60, 240, 900))),
        "state": REVOKED if over else READY,
    }
    if way.told.fate == "opted_out":
        way.opted_out_at = last


def _around(now: datetime, minutes: int) -> datetime:
    """So many minutes before or after now, moved on in the same direction into the hours of calling."""
    moment = now + timedelta(minutes=minutes)
    return last_moment(moment) if minutes < 0 else next_moment(moment, _POLICY)


def lease_one(way: Way, now: datetime) -> None:
    """Let a message that waits be in a worker's hand."""
    way.messages[0] |= {"state": SENDING, "lease": "demo", "leased_until": now + timedelta(minutes=5), "attempts": 1}
