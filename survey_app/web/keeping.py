"""A page that was sent is kept; the last one, where nothing stands against it, makes the response at the same stroke.

Whatever becomes of the sending, the page itself is kept: a sending that fails is undone with everything around it, and
the page is written once more by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import request
from sqlalchemy.orm import Session

from forms.questionnaire.build import Page
from survey_app.audit import Actor
from survey_app.commands import responses
from survey_app.commands.attaching import Files, save_page
from survey_app.commands.evidence import or_gone
from survey_app.commands.holding import Held, hold
from survey_app.commands.merging import Seen
from survey_app.errors import UserError
from survey_app.transaction import transaction
from survey_app.web import guarding
from survey_app.web.filling import Filling
from translations import direction

#: How a browser with scripts says that the numbered scales stood; without scripts nobody knows.
LAYOUTS: Final = frozenset({"row", "stack"})
#: Whether a page of these answers, with this said of its files, may be the last one.
Sound = Callable[[Mapping[str, Any], Mapping[str, list[str]]], bool]


@dataclass(frozen=True)
class Sending:
    """One page on its way in, and what it was shown with."""

    page: Page
    given: Mapping[str, Any]
    files: Files
    seen: Seen | None
    #: Whether the survey is begun by it.
    begins: bool
    #: None for a page that is only to be kept.
    sound: Sound | None


@dataclass(frozen=True)
class Kept:
    """What is saved now, other devices' pages included, and what became of it."""

    filling: Filling
    #: What is said of refused files, by question.
    said: Mapping[str, list[str]]
    #: Whether it was sent; ``response_id`` is empty for an anonymous response.
    sent: bool = False
    response_id: str = ""
    #: Why it could not be sent.
    refusal: UserError | None = None


class _NotSentError(Exception):
    """The sending failed, its cause says why: nothing of it is to stand."""


def keep(filling: Filling, sending: Sending) -> Kept:
    """Save one page, and send all answers where it is the last one.

    Conflict when they were sent before, ``abuse.TooMany`` where too many begin: then nothing is kept.
    """
    with or_gone(sending.files.arrived):
        try:
            return _write(filling, sending)
        except _NotSentError as error:
            cause = error.__cause__
            kept = _write(filling, replace(sending, sound=None))
    if isinstance(cause, UserError):
        return replace(kept, refusal=cause)
    raise cause or RuntimeError("a sending fails for a reason")


def _write(filling: Filling, sending: Sending) -> Kept:
    ticket, page = filling.ticket, sending.page
    with transaction(Actor.respondent(), "response.save") as session:
        if sending.begins:
            guarding.begin(session, ticket)
        held = hold(session, ticket)
        saved, said = save_page(
            session,
            ticket,
            page.questions,
            sending.given,
            filling.language,
            sending.files,
            page=page.code,
            seen=sending.seen,
            held=held,
        )
        kept = Kept(filling.with_answers(dict(saved.answers)), said)
        last = sending.sound is not None and sending.sound(kept.filling.answers, said)
        if not last or kept.filling.after(page) is not None:
            return kept
        try:
            return replace(kept, sent=True, response_id=_send(session, kept.filling, page, held))
        except Exception as error:
            raise _NotSentError from error


def _send(session: Session, filling: Filling, page: Page, held: Held) -> str:
    """Turn the draft into a response; gives its id, empty for an anonymous one."""
    layout = request.form.get("layout", "")
    presentation = {
        "first": "lowest",
        "direction": direction(filling.language),
        "layout": layout if layout in LAYOUTS else "unknown",
    }
    started_at = held.draft.started_at if held.draft is not None else None
    response = responses.submit(
        session,
        filling.ticket,
        language=filling.language,
        channel=filling.ticket.link,
        presentation=presentation,
        flags=guarding.marks(session, filling, page, filling.answers, started_at),
        held=held,
    )
    return response.id if response is not None else ""
