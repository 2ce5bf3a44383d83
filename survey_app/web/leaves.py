"""A whole survey as one form for a tablet: its pages as leaves, and what the tablet must check by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from forms.questionnaire.build import Page, PageForm, open_form
from forms.questionnaire.fields import QuestionField
from forms.questionnaire.rules import reduce
from forms.questionnaire.types import TYPES
from survey_app.queries.kiosk import TabletTicket, asked_pages
from translations import gettext as _
from translations import localised

#: What the one page of all questions is called.
WHOLE: Final = "kiosk"


@dataclass(frozen=True)
class Ask:
    """One question with what a tablet needs to judge its answer without the server."""

    field: QuestionField
    #: Why it may not be left out: ``always``, a rule as JSON, or nothing.
    needed: str
    #: The rule as JSON that an answer must meet, or nothing.
    valid: str
    missing: str
    invalid: str
    least: float | int | None
    most: float | int | None


@dataclass(frozen=True)
class Leaf:
    """One page of the survey. Iterated, it gives its fields, as the templates of questions expect a form to."""

    page: Page
    form: PageForm
    asks: tuple[Ask, ...]

    def __iter__(self) -> Iterator[QuestionField]:
        return iter([one.field for one in self.asks])

    @property
    def codes(self) -> list[str]:
        """The codes of its questions."""
        return [one.field.id for one in self.asks]

    @property
    def heading(self) -> str:
        """Its title in words, or an empty text."""
        return self.page.heading()


def leaves(ticket: TabletTicket, language: str) -> list[Leaf]:
    """The survey's pages with all their questions, those that hang on answers of other pages too."""
    pages = asked_pages(ticket.definition, ticket.context)
    questions = tuple(question for page in pages for question in page.questions)
    whole = Page(WHOLE, 1, {}, questions)
    form = open_form(ticket.definition, whole, language, ticket.context, {})
    fields = {one.id: one for one in form}
    pending = frozenset(form.codes)
    return [
        Leaf(page, form, tuple(_ask(fields[one.code], ticket, pending) for one in page.questions if one.code in fields))
        for page in pages
        if any(one.code in fields for one in page.questions)
    ]


def _ask(field: QuestionField, ticket: TabletTicket, pending: frozenset[str]) -> Ask:
    question = field.question
    needed = "always" if question.required else _left(question.required_if, ticket, pending)
    valid = _left(question.valid_if, ticket, pending)
    return Ask(
        field=field,
        needed=needed,
        valid=valid if valid != "always" else "",
        missing=str(field.handler.missing) if TYPES[question.type].asks else "",
        invalid=localised(question.invalid) or _("This answer does not fit."),
        least=question.min,
        most=question.max,
    )


def _left(rule: Mapping[str, Any] | None, ticket: TabletTicket, pending: frozenset[str]) -> str:
    """What is left of a rule for the tablet to decide: ``always``, the rule as JSON, or nothing."""
    if rule is None:
        return ""
    left = reduce(rule, {}, ticket.context, pending)
    if isinstance(left, Mapping):
        return json.dumps(left, ensure_ascii=False)
    return "always" if left else ""
