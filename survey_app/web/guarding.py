"""Looking after open links: marks for what came in an unusual way, and a stop for machines. No person is turned away.

Three places call it. The page puts ``guard`` into its template (``pages/respond/_guard.html`` draws it); a page that
begins a survey calls :func:`begin` and the last one :func:`marks`, each first of all in its own writing transaction.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import current_app, request
from flask_limiter.util import get_remote_address
from sqlalchemy.orm import Session

from forms.questionnaire.build import Page
from survey_app import clock
from survey_app.commands import abuse
from survey_app.outreach import flags, signs
from survey_app.queries.tickets import OPEN, Ticket
from survey_app.web.filling import Filling

#: The field that people do not see, and the one that says since when the page is shown.
TRAP, SHOWN = "topic", "shown"
_SIGNED: Final = 20


@dataclass(frozen=True)
class Guard:
    """What a page carries: the names of its two fields and the moment it is shown at, signed."""

    shown: str
    #: Only open links have the field that people do not see: a personal link is good for one answer anyway.
    trap: bool
    trap_name: str = TRAP
    shown_name: str = SHOWN


def guard(ticket: Ticket) -> Guard:
    """For the template of a page of questions."""
    return Guard(_mark(ticket, clock.now()), trap=ticket.link == OPEN)


def begin(session: Session, ticket: Ticket) -> None:
    """A survey of an open link is begun. ``abuse.TooMany`` for what only a machine does: show what was sent again."""
    if ticket.link == OPEN and _mode(ticket) == "web":
        abuse.note(session, abuse.STARTED, _address(), _device(), ticket.branch.id)


def marks(
    session: Session, filling: Filling, page: Page, answers: Mapping[str, Any], started_at: datetime | None = None
) -> list[str]:
    """The marks of answers that are about to be sent; ``started_at`` is when their draft was begun."""
    ticket, found = filling.ticket, set[str]()
    if ticket.link == OPEN and _mode(ticket) == "web":
        if request.form.get(TRAP, "").strip():
            found.add(flags.HIDDEN_FIELD)
        # An anonymous response leaves no trace of what it said, not even under the day's secret.
        said = {} if ticket.anonymous else answers
        found.update(
            abuse.note(
                session,
                abuse.SENT,
                _address(),
                _device(),
                ticket.branch.id,
                once=ticket.response_id,
                answers=said,
            )
        )
    if _fast(filling, page, answers, started_at):
        found.add(flags.FAST)
    if signs.is_straight(ticket.definition, answers):
        found.add(flags.STRAIGHT)
    return flags.kept(found, anonymous=ticket.anonymous)


def _fast(filling: Filling, page: Page, answers: Mapping[str, Any], started_at: datetime | None) -> bool:
    """Whether the last page, or everything after the first one, was answered faster than it can be read."""
    shown = _shown(filling.ticket)
    first = filling.pages[0].codes
    alone = page.code == filling.pages[0].code
    if shown is None and alone:
        return _mode(filling.ticket) == "web"  # sent without ever having been shown
    now = clock.now()
    if shown is not None and _quick(filling, page.codes, answers, (now - shown).total_seconds()):
        return True
    if alone or started_at is None:
        return False
    later = {question.code for question in filling.asked} - set(first)
    return _quick(filling, later, answers, (now - started_at).total_seconds())


def _quick(filling: Filling, codes: Collection[str], answers: Mapping[str, Any], seconds: float) -> bool:
    questions = [question for question in filling.asked if question.code in codes]
    return signs.is_fast(questions, answers, filling.language, seconds)


def _mark(ticket: Ticket, moment: datetime) -> str:
    stamp = str(int(moment.timestamp()))
    return f"{stamp}.{_signature(ticket.response_id, stamp)}"


def _signature(response_id: str, stamp: str) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"shown\x1f{response_id}\x1f{stamp}".encode(), "sha256").hexdigest()[:_SIGNED]


def was_shown(response_id: str) -> bool:
    """Whether what was sent comes from a page of this survey: its id alone, which staff may know, proves nothing."""
    return _since(response_id) is not None


def _shown(ticket: Ticket) -> datetime | None:
    """Since when the page that was sent had been shown; None where it does not say so."""
    return _since(ticket.response_id)


def _since(response_id: str) -> datetime | None:
    """Since when the page that was sent had been shown; None where it does not say so with our signature."""
    stamp, _dot, signed = request.form.get(SHOWN, "").partition(".")
    if not stamp.isdecimal() or not hmac.compare_digest(signed.encode(), _signature(response_id, stamp).encode()):
        return None
    return datetime.fromtimestamp(int(stamp), clock.now().tzinfo)


def _mode(ticket: Ticket) -> str:
    return getattr(ticket, "mode", "web")


def _address() -> str:
    return get_remote_address()


def _device() -> str:
    return "\x1e".join(request.headers.get(name, "") for name in ("User-Agent", "Accept-Language"))
