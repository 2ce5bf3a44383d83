"""Quality review of mystery visits: nothing counts before a reviewer approved it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from forms.questionnaire.score import score
from forms.questionnaire.types import TYPES
from reports import months
from survey_app import clock
from survey_app.commands.completing import DAY_TYPES, stated_day
from survey_app.commands.recording import answers_of, count_in, move, replace_answers
from survey_app.commands.responses import locked
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.kinds import kind_of
from survey_app.models import Assignment, Branch, Correction, Draft, QualityReview, Response, User
from survey_app.models.fieldwork import APPROVED
from survey_app.models.fieldwork import REJECTED as ASSIGNMENT_REJECTED
from survey_app.models.fieldwork import RETURNED as ASSIGNMENT_RETURNED
from survey_app.models.fieldwork import VOIDED as ASSIGNMENT_VOIDED
from survey_app.models.response import COUNTED, PENDING, REJECTED, RETURNED, VOIDED
from survey_app.queries import organisation, questionnaires
from survey_app.queries.tickets import in_hindsight
from translations import format_number
from translations import gettext as _


def _assignment(session: Session, response_id: str) -> Assignment | None:
    return session.scalar(
        select(Assignment).where(Assignment.response_id == response_id).options(joinedload(Assignment.scenario))
    )


def context_of(session: Session, response: Response) -> dict[str, Any]:
    """What the rules of a response's questionnaire may ask besides its answers."""
    assignment = _assignment(session, response.id)
    return in_hindsight(response, assignment.scenario.facts if assignment else None)


def _approve(session: Session, response: Response, assignment: Assignment | None) -> None:
    if assignment:
        _enough_judged(session, response)
        assignment.state = APPROVED
    count_in(session, response)


def _enough_judged(session: Session, response: Response) -> None:
    """A report of which too many points were not judged goes back to its shopper [policy]."""
    definition = questionnaires.definition(response.version)
    card = score(definition, answers_of(session, response.id), context_of(session, response))
    limit = organisation.policy(session).shop_na_limit
    if card.na_share > limit:
        message = _(
            "%(share)s%% of the points were not judged. Above %(limit)s%% a report goes back to the shopper.",
            share=format_number(100 * card.na_share),
            limit=format_number(100 * limit),
        )
        raise UserError(message, [("outcome", message)])


def _return(session: Session, response: Response, assignment: Assignment | None) -> None:
    """The shopper goes on where the report ended: its answers are a draft again, its scores count nowhere."""
    if assignment is None:
        raise Conflict(_("A report that came by file cannot be sent back to a shopper."))
    now = clock.now()
    session.add(
        Draft(
            response_id=response.id,
            campaign_id=response.campaign_id,
            version_id=response.version_id,
            branch_id=response.branch_id,
            language=response.language,
            answers=answers_of(session, response.id),
            notice_id=response.notice_id,
            revision=0,
            started_at=now,
            updated_at=now,
        )
    )
    response.state = RETURNED
    assignment.state = ASSIGNMENT_RETURNED


def _reject(session: Session, response: Response, assignment: Assignment | None) -> None:
    response.state = REJECTED
    if assignment:
        assignment.state = ASSIGNMENT_REJECTED


OUTCOMES: Final[Mapping[str, Callable[[Session, Response, Assignment | None], None]]] = {
    "approved": _approve,
    "returned": _return,
    "rejected": _reject,
}


def _may_judge(session: Session, reviewer: User, response: Response) -> None:
    branch = session.get_one(Branch, response.branch_id)
    own_branch = reviewer.branch_id is not None and reviewer.branch_id == branch.id
    own_region = reviewer.region_id is not None and reviewer.region_id == branch.region_id
    assignment = _assignment(session, response.id)
    if own_branch or own_region or (assignment is not None and assignment.shopper_id == reviewer.id):
        raise Forbidden(_("A report is reviewed by somebody from outside the branch and its region."))


def review(session: Session, reviewer: User, response_id: str, outcome: str, note: str = "") -> QualityReview:
    """Judge a report that waits: ``approved`` lets it count; ``returned`` and ``rejected`` need a note."""
    response = locked(session, response_id)
    if not kind_of(response.kind).reviewed:
        raise UserError(_("This response needs no review."))
    if response.state != PENDING:
        raise Conflict(_("This report was already decided."))
    if outcome not in OUTCOMES:
        raise UserError(_("Choose what to do with the report."), [("outcome", outcome)])
    words = note.strip()
    if outcome != "approved" and not words:
        raise UserError(_("Say what is missing or wrong, so that the shopper can learn from it."), [("note", "")])
    _may_judge(session, reviewer, response)
    OUTCOMES[outcome](session, response, _assignment(session, response_id))
    judged = QualityReview(
        response_id=response_id, reviewer_id=reviewer.id, outcome=outcome, note=words, at=clock.now()
    )
    session.add(judged)
    session.flush()
    return judged


def correct(
    session: Session, user: User, response_id: str, question: str, typed: Sequence[str], reason: str
) -> Correction:
    """Change one answer of a report with a reason; score, facts and, for the day of the visit, the month follow.

    ``typed`` is what the form sent: one string, several for a question of several choices, none for "not answered".
    """
    response = locked(session, response_id)
    if response.state not in {PENDING, COUNTED} or not kind_of(response.kind).reviewed:
        raise Conflict(_("This report can no longer be corrected."))
    if not reason.strip():
        raise UserError(_("A reason is needed to correct an answer."), [("reason", "")])
    definition = questionnaires.definition(response.version)
    asked = definition.by_code.get(question)
    if asked is None:
        raise NotFound(_("There is no question %(code)s in this report.", code=question))
    try:
        value = TYPES[asked.type].parse(asked, typed)
    except ValueError as error:
        raise UserError(str(error), [("value", str(error))]) from error
    _may_judge(session, user, response)
    answers = answers_of(session, response_id)
    before = answers.pop(question, None)
    if value is not None:
        answers[question] = value
    if before == value:
        raise UserError(_("The answer already says this."), [("value", "")])
    card = replace_answers(session, response, answers, context_of(session, response))
    if asked.type in DAY_TYPES and value is not None:
        _change_day(session, response, stated_day(definition, answers))
    if card.voided:
        _void(session, response)
    correction = Correction(
        response_id=response_id,
        question=question,
        before=before,
        after=value,
        reason=reason.strip(),
        user_id=user.id,
        at=clock.now(),
    )
    session.add(correction)
    session.flush()
    return correction


def _change_day(session: Session, response: Response, day: date | None) -> None:
    if day is None or day == response.visited_on:
        return
    if day > clock.today():
        raise UserError(_("The date of the visit is in the future."), [("value", "")])
    move(session, response, visited_on=day, month=months.of(day))


def _void(session: Session, response: Response) -> None:
    """The correction says that the visit was no honest one: it has no scores any more and counts nowhere."""
    response.state = VOIDED
    assignment = _assignment(session, response.id)
    if assignment:
        assignment.state = ASSIGNMENT_VOIDED
