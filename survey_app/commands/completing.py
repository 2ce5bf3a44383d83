"""What must hold before answers become a response: nothing is missing, every answer fits, the day can have been."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from forms.questionnaire import order
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.rules import is_required, is_unfit, not_applicable, walk
from forms.questionnaire.types import TYPES
from survey_app import clock
from survey_app.errors import UserError
from survey_app.queries.tickets import Ticket
from translations import gettext as _
from translations import localised

#: A visit a little before its window is the reviewer's business; one so long before it is a slip in the date.
EARLY: Final = timedelta(days=31)
#: Types of header questions that state when a visit took place.
DAY_TYPES: Final = frozenset({"date", "datetime"})


def complete(definition: Definition, answers: Mapping[str, Any], context: Mapping[str, Any]) -> None:
    """Refuse answers with a gap or a fault: UserError with the place of each; with none where nothing was answered."""
    asked, counting = walk(definition, answers, context)
    faults = []
    for question in asked:
        handler = TYPES[question.type]
        if question.code not in counting:
            if handler.asks and is_required(question, counting, context):
                faults.append((question.code, str(handler.missing)))
        elif is_unfit(question, counting, context) and not not_applicable(question, counting, context):
            faults.append((question.code, localised(question.invalid) or _("This answer does not fit.")))
    if faults:
        raise UserError(_("Some answers are missing or do not fit."), faults)
    if not counting.keys() & answers.keys():
        raise UserError(_("Please answer at least one question before sending."))


def order_seen(ticket: Ticket, answers: Mapping[str, Any]) -> dict[str, Any]:
    """What stood in which order, where chance decided it: it moves answers, so it is kept with them."""
    asked, _counting = walk(ticket.definition, answers, ticket.context)
    found = order.as_shown(ticket.definition, frozenset(question.code for question in asked), ticket.context)
    return {"order": found} if found else {}


def plausible(ticket: Ticket, day: date) -> None:
    """Refuse a day that the visit cannot have been on; where a shopper stated it, with the question to mend."""
    asked = _day_question(ticket.definition)
    places = [(asked, "")] if ticket.assignment is not None and asked else None
    if day > clock.today():
        raise UserError(_("The date of the visit is in the future."), places)
    if ticket.assignment is not None and day < ticket.assignment.window_from - EARLY:
        raise UserError(_("The date of the visit is long before the visit was due."), places)


def _day_question(definition: Definition) -> str | None:
    return next((question.code for question in definition.questions if question.type in DAY_TYPES), None)


def stated_day(definition: Definition, answers: Mapping[str, Any]) -> date | None:
    """The day of the visit as the shopper stated it in the first question that asks for a date."""
    for question in definition.questions:
        if question.type in DAY_TYPES and question.code in answers:
            return date.fromisoformat(str(answers[question.code])[:10])
    return None
