"""Sending what the outbox holds: every minute, as soon as something is queued, and at the command line.

Any number of workers may do so at once, and any of them may die at any moment: what they hold is in the database only.
Of each message three short transactions are written: it is leased (together with others), its sending begins, and what
came of it.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from forms.messages import Values, compose, parts
from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import outbox, reminding
from survey_app.commands.outbox import Leased
from survey_app.config import GATEWAYS, Settings
from survey_app.db import reading
from survey_app.models import Organisation
from survey_app.outgoing.carrier import Carrier, Later, Outcome, Outgoing, Refused, Sent, Unknown
from survey_app.outgoing.gateway import HttpGateway
from survey_app.outgoing.mail import Mail
from survey_app.queries.outreach import policy
from survey_app.transaction import transaction
from translations import format_date, localised, speaking

log = structlog.get_logger()
EMAIL, SMS = "email", "sms"
CHANNELS: Final = (EMAIL, *GATEWAYS)
#: Messages that are taken at once: few enough to be sent well within their lease.
BATCH: Final = 20
#: Seconds after which a run takes no more: its worker has other work as well, and the next minute comes.
LONGEST: Final = 40.0

_bound: Settings | None = None


@dataclass
class Counts:
    """What a run did: outcome -> messages, over all channels and by channel."""

    sent: int = 0
    failed: int = 0
    retried: int = 0
    uncertain: int = 0
    #: Cancelled or put off by the last look.
    held: int = 0
    by_channel: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, channel: str, what: str) -> None:
        """Count one message."""
        setattr(self, what, getattr(self, what) + 1)
        self.by_channel[channel, what] += 1

    @property
    def total(self) -> int:
        """Messages that were handed to a carrier."""
        return self.sent + self.failed + self.retried + self.uncertain


def bind(settings: Settings | None) -> None:
    """Make an installation's settings those of the periodic runs of this process."""
    global _bound  # noqa: PLW0603 - the process has one installation, as it has one clock
    _bound = settings


def settings_in_use() -> Settings:
    """The settings that were bound, else the environment's."""
    return _bound or Settings.load()


def set_up(settings: Settings, channel: str) -> bool:
    """Whether a channel can send at all."""
    if channel == EMAIL:
        return bool(settings.smtp_url and settings.mail_from)
    return channel in settings.gateways


def idempotent(settings: Settings) -> frozenset[str]:
    """Channels whose carrier takes a message with a known key only once."""
    return frozenset(name for name, gateway in settings.gateways.items() if gateway.idempotent)


def carrier(settings: Settings, channel: str) -> Carrier:
    """The carrier of a channel that is set up."""
    if channel == EMAIL:
        return Mail(settings.smtp_url, settings.mail_from)
    return HttpGateway(settings.gateways[channel])


@contextmanager
def writing(act: str) -> Iterator[Session]:
    """One short transaction of the dispatch. It leaves no audit entry: what happened stands in the contact events."""
    with transaction(Actor.respondent(), act) as session:
        yield session


def upkeep(settings: Settings) -> None:
    """Settle what dead workers held, cancel what is stale, queue reminders that are due."""
    known = idempotent(settings)
    acts: tuple[tuple[str, Callable[[Session], int]], ...] = (
        ("outbox.sweep", lambda session: outbox.sweep_leases(session, known)),
        ("outbox.tidy", lambda session: reminding.cancel_stale(session, clock.now())),
        ("outbox.remind", lambda session: reminding.remind(session, clock.now())),
    )
    for name, act in acts:
        done = 1
        while done:
            with writing(name) as session:
                done = act(session)


def run(
    settings: Settings,
    channel: str | None = None,
    limit: int | None = None,
    *,
    seconds: float = LONGEST,
    worker: str | None = None,
) -> Counts:
    """Send what is due, as far as rates, hours, ``limit`` and ``seconds`` allow; returns what became of it."""
    counts = Counts()
    upkeep(settings)
    until = time.monotonic() + seconds
    name = worker or f"{os.getpid()}-{token_hex(3)}"
    for one in (channel,) if channel else CHANNELS:
        if set_up(settings, one):
            _channel(settings, one, name, limit, until, counts)
    return counts


def _channel(settings: Settings, channel: str, worker: str, limit: int | None, until: float, counts: Counts) -> None:
    way = _Way(settings, channel, counts)
    try:
        while way.open and time.monotonic() < until and (limit is None or counts.total < limit):
            most = BATCH if limit is None else min(BATCH, limit - counts.total)
            with writing("outbox.lease") as session:
                taken = outbox.lease(session, channel, worker, most)
            if not taken:
                return
            way.send_all(taken, until)
    finally:
        way.close()


class _Way:
    """One channel during one run: its carrier, and the words that all of its messages share."""

    def __init__(self, settings: Settings, channel: str, counts: Counts) -> None:
        self.open = True
        self._settings, self._channel, self._counts = settings, channel, counts
        self._carrier: Carrier | None = None
        with reading() as session:
            self._words = words_of(session)

    def close(self) -> None:
        if self._carrier is not None:
            self._carrier.close()

    def send_all(self, taken: list[Leased], until: float) -> None:
        """Send some leased messages in turn; what was not begun when the way closes is given back."""
        for place, leased in enumerate(taken):
            if not self.open or time.monotonic() >= until:
                with writing("outbox.release") as session:
                    outbox.release(session, taken[place:])
                return
            with writing("outbox.begin") as session:
                begun = outbox.begin(session, leased)
            if begun:
                self._send(leased)
            else:
                self._counts.add(self._channel, "held")

    def _send(self, leased: Leased) -> None:
        outgoing = compose_for(leased, self._settings, self._words)
        outcome: Outcome
        if leased.channel == SMS and not parts(outgoing.text).fits:
            outcome = Refused("too_long")
        else:
            outcome = self._handed(outgoing)
        # At once: every moment until this is committed is one in which a dying worker leaves a doubt.
        self._end(leased, outcome, outgoing.parts)
        if isinstance(outcome, Later) and outcome.closed:
            self.open = False
            log.warning("a carrier does not take messages", channel=self._channel, reason=outcome.reason)
        self._counts.add(self._channel, _COUNTED[type(outcome)])

    def _end(self, leased: Leased, outcome: Outcome, count: int) -> None:
        with writing("outbox.end") as session:
            _mark(session, leased, outcome, count)

    def _handed(self, outgoing: Outgoing) -> Outcome:
        if self._carrier is None:
            self._carrier = carrier(self._settings, self._channel)
        return self._carrier.send(outgoing)


_COUNTED: Final[Mapping[type, str]] = {Sent: "sent", Refused: "failed", Later: "retried", Unknown: "uncertain"}


def _mark(session: Session, leased: Leased, outcome: Outcome, count: int) -> None:
    if isinstance(outcome, Sent):
        outbox.mark_sent(session, leased, outcome.reference, count)
    elif isinstance(outcome, Later):
        outbox.mark_retry(session, leased, outcome.reason, outcome.after)
    elif isinstance(outcome, Refused):
        outbox.mark_failed(session, leased, outcome.reason)
    else:
        outbox.mark_uncertain(session, leased, outcome.reason)


# ---- words -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Words:
    """What every message of a run says of the organisation: language -> text."""

    names: Mapping[str, Any]
    verify: Mapping[str, str]


def words_of(session: Session) -> Words:
    """The organisation's name and how its messages are verified."""
    found = session.get(Organisation, 1)
    return Words(found.name if found else {}, policy(session).verify)


def compose_for(leased: Leased, settings: Settings, words: Words) -> Outgoing:
    """A leased message in its language, with its personal address."""
    link = f"{settings.link_url}/s/{leased.token}"
    gateway = settings.gateways.get(leased.channel)
    with speaking(leased.language):
        values = Values(
            org=localised(words.names),
            branch=leased.branch,
            date=format_date(leased.visited_on),
            link=link,
            stop_link=f"{link}/stop",
            verify=words.verify.get(leased.language, ""),
            replies=gateway is not None and bool(gateway.callback_secret),
        )
    said = compose(leased.texts, leased.channel, leased.kind, leased.language, values, leased.questionnaire)
    return Outgoing(
        key=leased.key,
        to=leased.address,
        text=said.text,
        subject=said.subject,
        html=said.html,
        language=leased.language,
        sender_name=values.org,
        stop_link=values.stop_link,
        parts=0 if leased.channel == EMAIL else parts(said.text).count,
    )


# ---- by itself -------------------------------------------------------------------------------------------------------


def every_minute() -> None:
    """The periodic run."""
    run(settings_in_use())


def woken(payload: Mapping[str, Any]) -> None:
    """The run that a queued message asked for."""
    run(settings_in_use())
