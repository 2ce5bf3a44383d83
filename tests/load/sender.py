"""A worker that sends until nothing is left, and may be told to be killed at a certain point: a process of its own.

:func:`main` is given ``{"database": …, "name": "w1", …}`` and a connection, by which it says when it begins to send.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from sqlalchemy import func, select

from survey_app import clock, db
from survey_app.commands import outbox
from survey_app.config import Gateway, Settings
from survey_app.models import Message
from survey_app.outgoing import dispatch
from survey_app.outgoing.gateway import HttpGateway
from survey_app.outgoing.mail import Mail
from tests.support.clocks import MOMENT

#: Messages are gone once they are in none of these states.
LEFT = ("ready", "sending")


def die() -> None:
    """End at once, as if the power had gone."""
    os.kill(os.getpid(), signal.SIGKILL)


def before(function: Callable[..., Any], strikes: Callable[[], bool]) -> Callable[..., Any]:
    """The function, struck on entry."""

    def call(*given: Any, **more: Any) -> Any:
        if strikes():
            die()
        return function(*given, **more)

    return call


def after(function: Callable[..., Any], strikes: Callable[[], bool]) -> Callable[..., Any]:
    """The function, struck once it is done and before its caller goes on."""

    def call(*given: Any, **more: Any) -> Any:
        done = function(*given, **more)
        if strikes():
            die()
        return done

    return call


#: Point -> (how it strikes, where). What a command wrote is not committed while it is struck.
POINTS: dict[str, tuple[Callable[..., Any], tuple[tuple[Any, str], ...]]] = {
    "before the lease is committed": (after, ((outbox, "lease"),)),
    "after the lease": (before, ((outbox, "begin"),)),
    "before the beginning is committed": (after, ((outbox, "begin"),)),
    "before the first byte": (before, ((Mail, "send"), (HttpGateway, "send"))),
    "after the last byte": (after, ((Mail, "send"), (HttpGateway, "send"))),
    "before the end is committed": (after, ((outbox, "mark_sent"),)),
    "after the end": (after, ((dispatch._Way, "_end"),)),
}


def arm(point: str, number: int) -> None:
    """Be killed when a point is reached for the so-manyth time."""
    how, places = POINTS[point]
    passed = [0]

    def strikes() -> bool:
        passed[0] += 1
        return passed[0] == number

    for owner, name in places:
        setattr(owner, name, how(getattr(owner, name), strikes))


def settings_of(carrier: dict[str, Any]) -> Settings:
    """An installation with one carrier, out of what a worker is told of it."""
    return Settings(
        smtp_url=carrier.get("smtp", ""),
        mail_from="surveys@example.co.il" if carrier.get("smtp") else "",
        gateways={"sms": Gateway(**carrier["sms"])} if carrier.get("sms") else {},
        public_url="https://s.example.co.il",
    )


def main(given: dict[str, Any], said: Connection) -> None:
    """Send until nothing is left."""
    db.bind(db.Database(given["database"]))
    settings = settings_of(given)
    if given.get("point"):
        arm(given["point"], given.get("number", 1))
    pause = threading.Event()
    said.send("sending")
    with clock.moved_to(MOMENT):
        while _left():
            counts = dispatch.run(settings, seconds=600, worker=given["name"])
            if not counts.total:
                pause.wait(0.02)


def _left() -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Message).where(Message.state.in_(LEFT))) or 0
