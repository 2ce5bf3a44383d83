"""What may still be said once a survey is sent: a wish to be called back, and a line of praise.

Both stand on the page of thanks. Their sender alone has its address (``survey_app.web.thanking``), and may add each
once and within a day; contact joins the answers only by that wish.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, defer, joinedload

from forms.questionnaire.build import Page, pages
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.paging import FOLLOW_UP, thanks_page
from forms.questionnaire.rules import evaluate
from survey_app import clock
from survey_app.errors import NotFound
from survey_app.kinds import kind_of
from survey_app.loop.levels import REGION, WANTED, above
from survey_app.models import Answer, Case, Customer, Invitation, Response, Version
from survey_app.models.campaign import ANONYMOUS
from survey_app.outreach.rules import Rules
from survey_app.queries import questionnaires
from survey_app.queries.tickets import OPEN, PERSONAL, in_hindsight
from translations import gettext as _

#: How long after sending something may be added.
OFFERED: Final = timedelta(days=1)
#: Nobody knows a telephone of whoever came by an open link: one is asked for.
CONTEXT: Final[Mapping[str, Any]] = {"link": OPEN, "no_branch": False}
#: The telephone of an invited customer stands apart from the answers, and joins them by the wish alone.
KNOWN: Final[Mapping[str, Any]] = {**CONTEXT, "link": PERSONAL}


@dataclass(frozen=True)
class Afterwards:
    """A response that was sent: its questionnaire, its answers, and the pages that are still offered."""

    response: Response
    definition: Definition
    answers: dict[str, Any]
    #: The follow-up, the line of praise, or neither.
    pages: tuple[Page, ...]
    #: What the rules of these pages may ask: whether a telephone is known.
    context: Mapping[str, Any] = field(default_factory=lambda: CONTEXT)

    @property
    def added(self) -> bool:
        """Whether something was added already."""
        return bool(_codes(self.definition) & self.answers.keys())


def _codes(definition: Definition) -> set[str]:
    follow_up = definition.follow_up.questions if definition.follow_up else ()
    praise = thanks_page(definition)
    return {question.code for question in (*follow_up, *(praise.questions if praise else ()))}


def offered(
    definition: Definition, answers: Mapping[str, Any], context: Mapping[str, Any] = CONTEXT
) -> tuple[Page, ...]:
    """The pages a finished survey still offers, given its answers: each only until it was used."""
    follow_up = [page for page in pages(definition, context, answers) if page.code == FOLLOW_UP]
    praise = thanks_page(definition)
    found = [*follow_up, *([praise] if praise else [])]
    return tuple(page for page in found if not page.codes & answers.keys())


def after(session: Session, response_id: str) -> Afterwards:
    """What is offered after a response was sent. NotFound for an unknown id and for what no customer sent."""
    response = session.scalar(
        select(Response)
        .where(Response.id == response_id)
        .options(
            joinedload(Response.campaign),
            joinedload(Response.branch),
            joinedload(Response.version).options(defer(Version.definition), joinedload(Version.questionnaire)),
        )
    )
    if response is None or not kind_of(response.kind).public or response.campaign.privacy == ANONYMOUS:
        raise NotFound(_("There is nothing at this address."))
    rows = session.execute(select(Answer.question, Answer.value, Answer.words).where(Answer.response_id == response_id))
    answers = {question: words if words is not None else value for question, value, words in rows}
    definition = _widened(questionnaires.definition(response.version), response, answers)
    sent = response.submitted_at
    in_time = sent is not None and clock.now() - sent < OFFERED and response.external_id is None
    context = KNOWN if telephone_of(session, response_id) else CONTEXT
    return Afterwards(response, definition, answers, offered(definition, answers, context) if in_time else (), context)


def _widened(definition: Definition, response: Response, answers: Mapping[str, Any]) -> Definition:
    """The questionnaire with its call back offered also where the campaign's own rule calls for a follow-up."""
    follow_up = definition.follow_up
    rule = Rules.load(response.campaign.rules).follow_up if response.campaign.rules else None
    if follow_up is None or rule is None or follow_up.consent.shown_if is None:
        return definition
    if not evaluate(rule, answers, in_hindsight(response)):
        return definition
    return replace(definition, follow_up=replace(follow_up, consent=replace(follow_up.consent, shown_if=None)))


def telephone_of(session: Session, response_id: str) -> str:
    """The telephone of the customer whose invitation became a response; empty where none is known."""
    found = session.scalar(
        select(Customer.phone)
        .join(Invitation, Invitation.customer_id == Customer.id)
        .where(Invitation.response_id == response_id)
    )
    return found or ""


def heard_as_chosen(session: Session, response_id: str) -> bool:
    """Whether the case of a response is where its customer wished it: not so where it accuses who was to read it, or
    where nobody is there. Outside the branch is every rung above it."""
    found = session.execute(select(Case.level, Case.wanted).where(Case.response_id == response_id)).first()
    if found is None:
        return False
    wished = WANTED[found.wanted]
    return found.level == wished or (wished == REGION and found.level in above(REGION))


def contact_codes(definition: Definition, answers: Mapping[str, Any]) -> frozenset[str]:
    """Questions about contact whose answers may be read beside the others: those of a call-back that was asked for."""
    follow_up = definition.follow_up
    if follow_up is None or answers.get(follow_up.consent.code) is not True:
        return frozenset()
    return frozenset(question.code for question in follow_up.questions)
