"""Items that can only be answered later, such as a promised call-back: until then their visit is not approved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from forms.questionnaire.definition import Question
from forms.questionnaire.rules import not_applicable, walk
from survey_app import clock
from survey_app.commands.recording import answers_of
from survey_app.commands.upserts import insert_or_none
from survey_app.models import Assignment, LateItem, Response
from survey_app.models.response import PENDING
from survey_app.queries import desk, questionnaires
from survey_app.queries.desk_facts import rules_of
from survey_app.queries.tickets import in_hindsight

WAITING, ANSWERED, LAPSED = "waiting", "answered", "lapsed"


def _visit(session: Session, response_id: str) -> Assignment | None:
    return session.scalar(
        select(Assignment)
        .where(Assignment.response_id == response_id)
        .options(joinedload(Assignment.scenario), joinedload(Assignment.programme))
    )


def _context(response: Response, visit: Assignment) -> dict[str, Any]:
    return in_hindsight(response, visit.scenario.facts)


def _awaited(response: Response, visit: Assignment, answers: Mapping[str, Any]) -> list[Question]:
    """Items that are answered later and were not answered yet, and that no rule takes out."""
    definition, context = questionnaires.definition(response.version), _context(response, visit)
    asked, counting = walk(definition, answers, context)
    return [
        one
        for one in asked
        if one.answered_later and one.code not in counting and not not_applicable(one, counting, context)
    ]


def open(session: Session, response: Response) -> list[LateItem]:  # noqa: A001 - never called without its module
    """At the sending of a report: wait for what is answered later. The same report twice opens nothing twice.

    What a report that comes again answers is settled; a visit that was voided awaits nothing.
    """
    visit = _visit(session, response.id)
    if visit is None:
        return []
    session.flush()
    there = {one.question: one for one in desk.late_items(session, response.id)}
    awaited = {one.code for one in _awaited(response, visit, answers_of(session, response.id))}
    if response.state != PENDING:
        awaited = set()
    now = clock.now()
    for code, item in there.items():
        if item.state == WAITING and code not in awaited:
            item.state, item.settled_at = ANSWERED, now
    due = now + timedelta(days=rules_of(visit).late_days)
    opened = []
    for code in sorted(awaited - there.keys()):
        row = {"response_id": response.id, "assignment_id": visit.id, "question": code, "due_at": due, "state": WAITING}
        found = insert_or_none(session, LateItem, row, ["response_id", "question"])
        opened += [found] if found is not None else []
    session.flush()
    return opened
