"""What a shopper answers after the report: an item that was awaited, or its day that passed without an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from forms.questionnaire.definition import Question
from forms.questionnaire.types import TYPES
from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import checking, report_versions, visit_events
from survey_app.commands.excluding import locked
from survey_app.commands.late_items import ANSWERED, LAPSED, WAITING
from survey_app.commands.recording import answers_of, replace_answers
from survey_app.db import reading
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import Assignment, LateItem
from survey_app.models.response import PENDING
from survey_app.queries import desk, questionnaires
from survey_app.queries.tickets import in_hindsight
from survey_app.transaction import transaction
from translations import gettext as _

ACTOR: Final = Actor.system("late-items")
_BATCH: Final = 200


def answer(
    session: Session, shopper_id: int, assignment_id: int, typed: Mapping[str, Sequence[str]],
    comments: Mapping[str, str] | None = None,
) -> list[LateItem]:  # fmt: skip
    """The shopper answers what was awaited: question code -> what the form sent, and comments by question code.

    What stays empty waits on; an item that lapsed can still be answered while the report waits. UserError with places
    where an answer does not fit or nothing was answered; NotFound where the visit is not theirs.
    """
    visit = session.scalar(
        select(Assignment)
        .where(Assignment.id == assignment_id, Assignment.shopper_id == shopper_id)
        .options(joinedload(Assignment.scenario), joinedload(Assignment.programme))
    )
    if visit is None:
        raise NotFound(_("There is no such assignment."))
    response = locked(session, visit.response_id)
    if response.state != PENDING:
        raise Conflict(_("This report was already decided."))
    definition = questionnaires.definition(response.version)
    items = {one.question: one for one in desk.late_items(session, response.id) if one.state != ANSWERED}
    given, faults = _parsed(definition.by_code, items.keys() & typed.keys(), typed)
    if faults:
        raise UserError(_("Some answers are missing or do not fit."), faults)
    if not given:
        first = next(iter(items), "")
        raise UserError(_("Answer at least one question."), [(first, _("Answer at least one question."))])
    report_versions.keep(session, response, report_versions.SENT)
    answers = answers_of(session, response.id) | given
    for code in given:
        words = (comments or {}).get(code, "").strip()
        if words:
            answers[definition.by_code[code].comment_code] = words
    replace_answers(session, response, answers, in_hindsight(response, visit.scenario.facts))
    now = clock.now()
    for code in given:
        items[code].state, items[code].settled_at = ANSWERED, now
        visit_events.note(session, visit, "answered_later", shopper=shopper_id, note=code)
    report_versions.keep(session, response, report_versions.ANSWERED, shopper_id)
    checking.again(session, response.id)
    return [items[code] for code in given]


def _parsed(
    by_code: Mapping[str, Question], codes: Any, typed: Mapping[str, Sequence[str]]
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Stored values by question code, and what does not fit."""
    given: dict[str, Any] = {}
    faults: list[tuple[str, str]] = []
    for code in sorted(codes):
        try:
            value = TYPES[by_code[code].type].parse(by_code[code], typed[code])
        except ValueError as error:
            faults.append((code, str(error)))
            continue
        if value is not None:
            given[code] = value
    return given, faults


def lapse() -> int:
    """End the waiting for answers whose day has passed: the reviewer decides without them. Gives how many. Hourly."""
    count = 0
    while True:
        with reading() as session:
            ids = session.scalars(
                select(LateItem.id)
                .where(LateItem.state == WAITING, LateItem.due_at <= clock.now())
                .order_by(LateItem.id)
                .limit(_BATCH)
            ).all()
        if not ids:
            return count
        with transaction(ACTOR, "late_items.lapse", items=len(ids)) as session:
            visits = select(LateItem.assignment_id).where(LateItem.id.in_(ids))
            # First, as by everybody: a report that comes again holds its visit and then its items.
            session.execute(
                select(Assignment.id).where(Assignment.id.in_(visits)).order_by(Assignment.id)
                .with_for_update(key_share=True)
            )  # fmt: skip
            for item in session.scalars(
                select(LateItem).where(LateItem.id.in_(ids), LateItem.state == WAITING).order_by(LateItem.id)
                .with_for_update()
            ):  # fmt: skip
                item.state, item.settled_at = LAPSED, clock.now()
                visit_events.note(session, item.assignment_id, "lapsed", note=item.question)
                count += 1
