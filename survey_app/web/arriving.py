"""Coming to a survey's page: by which address, with which promise, whether a person opened it, and where to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import request, url_for

from forms.questionnaire.build import Page
from forms.questionnaire.types import TYPES
from survey_app.audit import Actor
from survey_app.commands import tracking
from survey_app.models.campaign import ANONYMOUS, CONFIDENTIAL
from survey_app.queries.tickets import Ticket
from survey_app.transaction import transaction
from survey_app.web.filling import Filling
from survey_app.web.robots import is_robot
from translations import lazy_gettext as _l

#: What is promised on the first page, by how the questionnaire treats who answered.
PRIVACY: Final[Mapping[str, Any]] = {
    ANONYMOUS: _l("Anonymous: nothing is kept that could tell who answered."),
    "linked_to_case": _l("Confidential: only those who handle the case see the answers together with it."),
    CONFIDENTIAL: _l("Confidential: name and telephone are kept apart from the answers, unless a call back is wanted."),
}
#: Addresses of a personal link that are no page of its questionnaire; a page of that name gets a point after it.
TAKEN: Final = frozenset({"stop"})
#: Headers by which a program says that it fetches ahead and nobody looks yet.
_AHEAD: Final = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")


@dataclass(frozen=True)
class Way:
    """The addresses of one respondent's pages: an endpoint and the part of the address that names the respondent."""

    endpoint: str
    key: Mapping[str, str]
    #: Nothing is stored under this address yet: it is a branch's door, open to all.
    door: bool = False

    def to(self, page: Page | None = None, **query: str) -> str:
        """The address of a page; without one, of the first."""
        values: dict[str, Any] = {**self.key, **query}
        if page is not None:
            values["page"] = page.code + "." * (page.code in TAKEN)
        return url_for(self.endpoint, **values)


def promise(ticket: Ticket) -> str:
    """The promise of the campaign's mode, which is what is kept, whatever a newer version of the questionnaire says."""
    stated = ticket.definition.anonymity or CONFIDENTIAL
    mode = ANONYMOUS if ticket.anonymous else CONFIDENTIAL if stated == ANONYMOUS else stated
    return str(PRIVACY.get(mode, PRIVACY[CONFIDENTIAL]))


def is_person() -> bool:
    """Whether a page is asked for to be read: a GET for HTML, not ahead of anybody's looking.

    Scanners and previews of links ask by HEAD, or for anything at all, or give their name (``robots``). One that
    behaves like a browser in every way is counted; only answers tell for sure.
    """
    ahead = " ".join(request.headers.get(name, "") for name in _AHEAD).lower()
    return (
        request.environ["REQUEST_METHOD"] == "GET"  # the request itself takes HEAD for GET
        and "text/html" in request.headers.get("Accept", "")
        and not any(word in ahead for word in ("prefetch", "prerender", "preview"))
        and not is_robot(request.headers.get("User-Agent", ""))
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
