"""What the survey's pages and the shop's share: a ticket's pages, their forms, and what of a form is worth keeping."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from forms.questionnaire import build, rules
from forms.questionnaire.build import Page, PageForm
from forms.questionnaire.definition import Question
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.paging import FOLLOW_UP
from forms.questionnaire.types import TYPES
from survey_app.queries import organisation, responses
from survey_app.queries.tickets import Ticket
from survey_app.web.support import read_session
from translations import DEFAULT, format_date, known

Words = Callable[[str], Markup | str]


@dataclass(frozen=True)
class Span:
    """Which questions a page asks, counted from 1 among all that this person is asked: the progress that is shown."""

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
    def asked(self) -> list[Question]:
        """Every question that this person is asked, given the answers so far."""
        shown = {question.code for question in rules.shown(self.definition, self.answers, self.ticket.context)}
        return [question for page in self.pages for question in page.questions if question.code in shown]

    @cached_property
    def without(self) -> frozenset[str]:
        """Codes of items that a rule takes out, whatever was answered."""
        context = self.ticket.context
        return frozenset(one.code for one in self.asked if rules.not_applicable(one, self.answers, context))

    def span(self, page: Page) -> Span:
        """The page's share of all questions."""
        places = [place for place, question in enumerate(self.asked, start=1) if question.code in page.codes]
        return Span(places[0], places[-1], len(self.asked))

    def with_answers(self, answers: Mapping[str, Any]) -> Filling:
        """The same person a page later."""
        return replace(self, answers=answers)


def worth_keeping(form: PageForm) -> dict[str, Any]:
    """What a validated form says, valid or blank (None).

    What cannot be read is left out: a fault in one field never costs the others, nor what was saved before.
    """
    unread = {one.name for field in form for one in (field, field.comment) if one is not None and one.process_errors}
    return {code: value for code, value in form.page_answers.items() if code not in unread}


def was_sent(session: Session, response_id: str, sent: MultiDict[str, str]) -> bool:
    """Whether a page that comes after the sending says what was sent already: a second click, a reload."""
    found = responses.response(session, response_id)
    typed: dict[str, Any] = {}
    for code, question in found.definition.by_code.items():
        try:
            value = TYPES[question.type].parse(question, sent.getlist(code))
        except ValueError:
            return False
        if value is not None:
            typed[code] = value
    counted = rules.kept(found.definition, found.answers, {})
    return rules.kept(found.definition, {**found.answers, **typed}, {}) == counted


def spoken(definition: Definition, *wishes: str | None) -> str:
    """The first wish that the questionnaire speaks, else its Hebrew, else whatever it has."""
    offered = list(definition.languages)
    found = next((code for code in map(known, wishes) if code in offered), None)
    return found or (DEFAULT if DEFAULT in offered else offered[0])


def words_of(ticket: Ticket, language: str) -> Words:
    """Fills the places of a questionnaire's texts (``{branch}``, ``{org}``, ``{date}``), each kept in its direction."""
    values = {
        "branch": ticket.branch.name,
        "unit": ticket.branch.name,
        "org": organisation.organisation_name(read_session(), language),
        "date": format_date(ticket.visited_on) if ticket.visited_on else "",
    }
    return lambda text: build.render_text(text, values)
