"""What a carrier of messages is to the dispatch: something that is given a message and says what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True)
class Attachment:
    """A file that travels with an e-mail."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Outgoing:
    """One message, ready to be handed over. Neither words nor addresses show when it is printed."""

    key: str
    to: str = field(repr=False)
    text: str = field(repr=False)
    subject: str = field(default="", repr=False)
    html: str = field(default="", repr=False)
    language: str = "he"
    #: The name beside the sender's address.
    sender_name: str = ""
    #: Where one tap, or a mail program by itself, ends invitations.
    stop_link: str = field(default="", repr=False)
    parts: int = 0
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Sent:
    """The carrier took it, and calls it so."""

    reference: str | None = None


@dataclass(frozen=True)
class Refused:
    """The carrier will never take it; ``reason`` as :mod:`survey_app.outreach.sending` keeps one."""

    reason: str


@dataclass(frozen=True)
class Later:
    """The carrier certainly did not take it, and may later."""

    reason: str
    after: timedelta | None = None
    #: It is about the carrier, not about this message: the others need not be tried now.
    closed: bool = False


@dataclass(frozen=True)
class Unknown:
    """Nobody can know whether the carrier took it."""

    reason: str


Outcome = Sent | Refused | Later | Unknown


class Carrier(Protocol):
    """Mail server or gateway."""

    #: Whether it takes a message with a known key only once, so that an unclear sending may be tried again.
    idempotent: bool

    def send(self, message: Outgoing) -> Outcome:
        """Hand one message over. Never raises for anything that the other side does."""

    def close(self) -> None:
        """Give the connection back."""
