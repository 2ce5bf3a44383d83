"""What the survey's pages and the shop's share: a ticket's pages, their forms, and what of a form is worth keeping.

What fills the places of their words is in :mod:`survey_app.web.wording`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from forms.questionnaire import build, rules
from forms.questionnaire.build import Page, PageForm
from forms.questionnaire.definition import Question
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.fields import comment_question, other_question
from forms.questionnaire.paging import FOLLOW_UP
from forms.questionnaire.types import TYPES
from survey_app import db
from survey_app.models import Evidence
from survey_app.queries import evidence, responses
from survey_app.queries.evidence import FILE_TYPES
from survey_app.queries.tickets import Ticket, in_hindsight
from translations import DEFAULT, known


@dataclass(frozen=True)
class Span:
    """Which questions a page asks, counted from 1 among all that this person is asked: the progress that is shown.

    A page that only tells something asks none: its ``last`` is then before its ``first``.
    """

    first: int
    last: int
    total: int


@dataclass(frozen=True)
class Filling:
    """One person filling in one questionnaire: a ticket, the language in use and what was answered so far.

    The follow-up is no part of it: it is offered once the answers are sent, so that nobody's answers wait for it.
    Pages are addressed by their code, which stays the same whatever is answered.
    """

    ticket: Ticket
    language: str
    answers: Mapping[str, Any]
    #: The privacy notice under which it was begun; None before that.
    notice_id: int | None = None

    @property
    def definition(self) -> Definition:
        """The questionnaire."""
        return self.ticket.definition

    @cached_property
    def pages(self) -> list[Page]:
        """The pages that have something to ask, given the answers so far."""
        found = build.pages(self.definition, self.ticket.context, self.answers)
        return [page for page in found if page.code != FOLLOW_UP]

    def page(self, code: str) -> Page | None:
        """The page with a code; None when it has nothing to ask, or there is none."""
        return next((page for page in self.pages if page.code == code), None)

    def page_of(self, code: str) -> Page | None:
        """The page on which a question stands."""
        return next((page for page in self.pages if code in page.codes), None)

    def after(self, page: Page) -> Page | None:
        """The next page that has something to ask; ``page`` itself may have dropped out meanwhile."""
        following = self._order[self._order.index(page.code) + 1 :]
        return next((one for code in following if (one := self.page(code))), None)

    def before(self, page: Page) -> Page | None:
        """The page before, to go back to."""
        earlier = self._order[: self._order.index(page.code)]
        return next((one for code in reversed(earlier) if (one := self.page(code))), None)

    @cached_property
    def _order(self) -> list[str]:
        return [page.code for page in build.pages(self.definition, self.ticket.context)]

    def form(self, page: Page, sent: MultiDict[str, str] | None = None) -> PageForm:
        """The page's form: with what was sent, or with what was saved."""
        return build.open_form(self.definition, page, self.language, self.ticket.context, self.answers, sent)

    @cached_property
    def _walked(self) -> tuple[list[Question], dict[str, Any]]:
        return rules.walk(self.definition, self.answers, self.ticket.context)

    @property
    def counting(self) -> Mapping[str, Any]:
        """The answers so far that count: of questions that are asked."""
        return self._walked[1]

    @cached_property
    def asked(self) -> list[Question]:
        """Every question that this person is to answer, given the answers so far; words that only tell are none."""
        shown = {question.code for question in self._walked[0] if TYPES[question.type].asks}
        return [question for page in self.pages for question in page.questions if question.code in shown]

    @cached_property
    def without(self) -> frozenset[str]:
        """Codes of items that a rule takes out, whatever was answered."""
        context = self.ticket.context
        return frozenset(one.code for one in self.asked if rules.not_applicable(one, self.counting, context))

    def span(self, page: Page) -> Span:
        """The page's share of all questions."""
        earlier = self._order[: self._order.index(page.code)]
        before = {code for one in self.pages if one.code in earlier for code in one.codes}
        first = 1 + sum(question.code in before for question in self.asked)
        here = sum(question.code in page.codes for question in self.asked)
        return Span(first, first + here - 1, len(self.asked))

    def with_answers(self, answers: Mapping[str, Any]) -> Filling:
        """The same person a page later."""
        return replace(self, answers=answers)


def attached(filling: Filling, page: Page) -> Mapping[str, Evidence]:
    """The files that belong to the page's questions, by their ids."""
    if not any(question.type in FILE_TYPES for question in page.questions):
        return {}
    # What this request has just kept is younger than what it reads otherwise.
    with db.reading() as session:
        return evidence.of_response(session, filling.ticket.response_id)


def worth_keeping(form: PageForm) -> dict[str, Any]:
    """What a validated form says, valid or blank (None).

    What cannot be read is left out: a fault in one field never costs the others, nor what was saved before.
    """
    return {code: value for code, value in form.page_answers.items() if code not in form.unread}


def _lines(question: Question) -> list[Question]:
    """What may be written beside a question's answer."""
    comment = [comment_question(question)] if question.points is not None else []
    return comment + ([other_question(question)] if question.others else [])


def was_sent(session: Session, response_id: str, sent: MultiDict[str, str]) -> bool:
    """Whether a page that comes after the sending says what was sent already: a second click, a reload."""
    found = responses.response(session, response_id)
    context = in_hindsight(found.response)
    typed: dict[str, Any] = {}
    for question in found.definition.questions:
        for one in (question, *_lines(question)):
            try:
                value = TYPES[one.type].parse(one, sent.getlist(one.code))
            except ValueError:
                return False
            if value is not None:
                typed[one.code] = value
    counted = rules.kept(found.definition, found.answers, context)
    return rules.kept(found.definition, {**found.answers, **typed}, context) == counted


def spoken(definition: Definition, *wishes: str | None) -> str:
    """The first wish that the questionnaire speaks, else its Hebrew, else whatever it has."""
    offered = list(definition.languages)
    found = next((code for code in map(known, wishes) if code in offered), None)
    return found or (DEFAULT if DEFAULT in offered else offered[0])
