"""A whole survey as one form for a tablet or a phone: its pages as leaves, and what the device must check by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from forms.questionnaire.build import Page, PageForm, open_form
from forms.questionnaire.fields import QuestionField
from forms.questionnaire.rules import reduce
from forms.questionnaire.types import TYPES
from survey_app.queries.kiosk import TabletTicket, asked_pages
from survey_app.queries.tickets import Ticket
from translations import gettext as _
from translations import localised

#: What the one page of all questions is called.
WHOLE: Final = "kiosk"
#: Rows of the size of a target that are seen at once, with a little scrolling; and how many a type takes by itself.
TALLEST: Final = 9
_ROWS: Final = {"text": 2, "note": 0}


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
    """What stands on the tablet at one time: a page of the survey, or a part of one that is too long to see at once."""

    code: str
    page: Page
    form: PageForm
    asks: tuple[Ask, ...]

    @property
    def heading(self) -> str:
        """Its title in words, or an empty text."""
        return self.page.heading()


def leaves(ticket: TabletTicket, language: str) -> list[Leaf]:
    """The survey's leaves with all its questions, those that hang on answers of other leaves too."""
    found: list[Leaf] = []
    for leaf in whole_pages(ticket, language, asked_pages(ticket.definition, ticket.context), {}):
        parts = enumerate(_parted(leaf.asks), start=1)
        found.extend(Leaf(f"{leaf.code}-{number}", leaf.page, leaf.form, part) for number, part in parts)
    return found


def whole_pages(
    ticket: Ticket,
    language: str,
    pages: Sequence[Page],
    answers: Mapping[str, Any],
    facts_later: frozenset[str] = frozenset(),
) -> list[Leaf]:
    """The same with each page one leaf, however long, and with the answers so far.

    ``facts_later`` are names of facts, such as ``@today``, that the device itself knows better when it is filled in.
    """
    whole = Page(WHOLE, 1, {}, tuple(question for page in pages for question in page.questions))
    form = open_form(ticket.definition, whole, language, ticket.context, answers)
    fields = {one.id: one for one in form}
    pending = frozenset(form.codes) | facts_later
    return [
        Leaf(
            page.code,
            page,
            form,
            tuple(_ask(fields[one.code], ticket, pending) for one in page.questions if one.code in fields),
        )
        for page in pages
    ]


def _parted(asks: Sequence[Ask]) -> Iterator[tuple[Ask, ...]]:
    """A page's questions in parts that fit a tablet. Words that lead statements stay with the first of them."""
    part: list[Ask] = []
    height = 0
    for ask in asks:
        after_words = bool(part) and part[-1].field.type_name == "note"
        if part and not after_words and height + _height(ask) > TALLEST:
            yield tuple(part)
            part, height = [], 0
        part.append(ask)
        height += _height(ask)
    if part:
        yield tuple(part)


def _height(ask: Ask) -> int:
    """How tall a question is, in rows of the size of a target."""
    if ask.field.anchors:
        return 3
    return 1 + (len(ask.field.options) or _ROWS.get(ask.field.type_name, 1))


def _ask(field: QuestionField, ticket: Ticket, pending: frozenset[str]) -> Ask:
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


def _left(rule: Mapping[str, Any] | None, ticket: Ticket, pending: frozenset[str]) -> str:
    """What is left of a rule for the tablet to decide: ``always``, the rule as JSON, or nothing."""
    if rule is None:
        return ""
    left = reduce(rule, {}, ticket.context, pending)
    if isinstance(left, Mapping):
        return json.dumps(left, ensure_ascii=False)
    return "always" if left else ""
