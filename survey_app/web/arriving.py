"""Coming to a survey's page: whether a person opened it, and where somebody who comes back goes on."""

from __future__ import annotations

from typing import Final

from flask import request

from forms.questionnaire.build import Page
from forms.questionnaire.types import TYPES
from survey_app.audit import Actor
from survey_app.commands import tracking
from survey_app.queries.tickets import Ticket
from survey_app.transaction import transaction
from survey_app.web.filling import Filling

#: Headers by which a program says that it fetches ahead and nobody looks yet.
_AHEAD: Final = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")


def is_person() -> bool:
    """Whether a page is asked for to be read: a GET for HTML, not ahead of anybody's looking.

    Scanners and previews of links ask by HEAD, or for anything at all. One that behaves like a browser in every way is
    counted; only answers tell for sure.
    """
    ahead = " ".join(request.headers.get(name, "") for name in _AHEAD).lower()
    return (
        request.environ["REQUEST_METHOD"] == "GET"  # the request itself takes HEAD for GET
        and "text/html" in request.headers.get("Accept", "")
        and not any(word in ahead for word in ("prefetch", "prerender", "preview"))
    )


def note_opening(ticket: Ticket) -> None:
    """Note once that an invited customer opened the survey. Of an anonymous survey nothing is noted."""
    invitation = ticket.invitation
    if invitation is None or ticket.anonymous or invitation.opened_at is not None or not is_person():
        return
    with transaction(Actor.respondent(), "response.opened") as session:
        tracking.opened(session, ticket)


def where_left(filling: Filling) -> Page:
    """The first page with something unanswered; the last where everything was answered."""
    asked = {question.code for question in filling.asked}
    for page in filling.pages:
        open_here = [
            question
            for question in page.questions
            if question.code in asked and TYPES[question.type].asks and question.type != "checkbox"
        ]
        if any(one.code not in filling.answers and one.code not in filling.without for one in open_here):
            return page
    return filling.pages[-1]
