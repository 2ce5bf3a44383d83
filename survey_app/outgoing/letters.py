"""Sending letters to people who log in and to customers: every minute, the way that invitations take."""

from __future__ import annotations

import time
from collections import Counter
from hashlib import sha256
from typing import Final

import structlog

from forms.letters import CUSTOMER_LETTERS, MOST_PARTS, compose, compose_to_customer
from forms.messages import parts
from survey_app.audit import Actor
from survey_app.commands import letters
from survey_app.commands.letters import Leased
from survey_app.commands.packs import LETTER as PACK
from survey_app.config import Settings
from survey_app.db import reading
from survey_app.models import Organisation
from survey_app.outgoing import dispatch, packs
from survey_app.outgoing.carrier import Carrier, Later, Outcome, Outgoing, Refused, Sent
from survey_app.transaction import transaction
from translations import localised, speaking

log = structlog.get_logger()
#: Seconds after which a run takes no more: its worker has other work as well, and the next minute comes.
LONGEST: Final = 20.0
#: Users are written to by e-mail; customers also by text message.
CHANNELS: Final = (dispatch.EMAIL, dispatch.SMS)


def every_minute() -> None:
    """The periodic run."""
    run(dispatch.settings_in_use())


def run(settings: Settings, *, seconds: float = LONGEST, carrier: Carrier | None = None) -> Counter[str]:
    """Send what is due; outcome -> letters. What dead workers held is called uncertain first, and stays unsent."""
    swept = 1
    while swept:
        with transaction(Actor.respondent(), "letters.sweep") as session:
            swept = letters.sweep(session)
    counts: Counter[str] = Counter()
    until = time.monotonic() + seconds
    for channel in CHANNELS:
        if carrier is not None or dispatch.set_up(settings, channel):
            _channel(settings, channel, until, counts, carrier)
    return counts


def _channel(settings: Settings, channel: str, until: float, counts: Counter[str], carrier: Carrier | None) -> None:
    way = carrier
    try:
        while time.monotonic() < until:
            with transaction(Actor.respondent(), "letters.lease") as session:
                leased = letters.lease(session, channel)
            if leased is None:
                return
            if way is None:
                way = dispatch.carrier(settings, channel)
            outcome = _handed(way, leased, settings)
            # At once: every moment until this is committed is one in which a dying worker leaves a doubt.
            counts[_mark(leased, outcome)] += 1
            if isinstance(outcome, Later) and outcome.closed:
                log.warning("a carrier does not take letters", channel=channel, reason=outcome.reason)
                return
    finally:
        if way is not None and way is not carrier:
            way.close()


def _handed(way: Carrier, leased: Leased, settings: Settings) -> Outcome:
    outgoing = _outgoing(leased, settings)
    if leased.channel == dispatch.SMS and parts(outgoing.text).count > MOST_PARTS:
        return Refused("too_long")
    return way.send(outgoing)


def _outgoing(leased: Leased, settings: Settings) -> Outgoing:
    with reading() as session:
        found = session.get(Organisation, 1)
        attached = packs.attachments(session, leased.values) if leased.kind == PACK else ()
    with speaking(leased.language):
        org = localised(found.name) if found is not None else ""
    if leased.kind in CUSTOMER_LETTERS:
        token = leased.values.get("token", "")
        link = f"{settings.link_url}/c/{token}" if token else ""
        values = {name: value for name, value in leased.values.items() if name != "token"}
        written = compose_to_customer(leased.kind, values, leased.language, org, link)
    else:
        written = compose(leased.kind, leased.values, leased.language, org, settings.base_url)
    return Outgoing(
        # The Message-ID travels in the open: it is the same for the same letter and tells nothing.
        key=sha256(leased.key.encode()).hexdigest()[:32],
        to=leased.address,
        text=written.text,
        subject=written.subject,
        html=written.html,
        language=leased.language,
        attachments=attached,
    )


def _mark(leased: Leased, outcome: Outcome) -> str:
    with transaction(Actor.respondent(), "letters.end") as session:
        if isinstance(outcome, Sent):
            letters.mark_sent(session, leased)
            return "sent"
        if isinstance(outcome, Later):
            letters.mark_retry(session, leased, outcome.reason, outcome.after)
            return "retried"
        if isinstance(outcome, Refused):
            letters.mark_failed(session, leased, outcome.reason)
            return "failed"
        letters.mark_uncertain(session, leased, outcome.reason)
        return "uncertain"
