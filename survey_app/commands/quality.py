"""Quality review of mystery visits: nothing counts before a reviewer approved it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from forms.phrases import PHRASES
from forms.phrases import note as compose_note
from forms.questionnaire.score import score
from forms.questionnaire.types import TYPES
from reports import months
from survey_app import clock
from survey_app.commands import blind, checking, letters, report_versions, visit_events
from survey_app.commands.completing import DAY_TYPES, stated_day
from survey_app.commands.excluding import locked
from survey_app.commands.recording import answers_of, count_in, move, replace_answers
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.kinds import kind_of
from survey_app.models import Assignment, Branch, Correction, Draft, QualityReview, Response, User
from survey_app.models.fieldwork import APPROVED
from survey_app.models.fieldwork import REJECTED as ASSIGNMENT_REJECTED
from survey_app.models.fieldwork import RETURNED as ASSIGNMENT_RETURNED
from survey_app.models.fieldwork import VOIDED as ASSIGNMENT_VOIDED
from survey_app.models.response import COUNTED, PENDING, REJECTED, RETURNED, VOIDED
from survey_app.queries import desk, organisation, questionnaires, seen, settled
from survey_app.queries.desk_facts import rules_of
from survey_app.queries.tickets import in_hindsight
from translations import DEFAULT, format_number
from translations import gettext as _

#: A shopper who is asked has at most so many days to answer.
LONGEST_DAYS: Final = 60


def _assignment(session: Session, response_id: str) -> Assignment | None:
    return session.scalar(
        select(Assignment)
        .where(Assignment.response_id == response_id)
        .options(
            joinedload(Assignment.scenario),
            joinedload(Assignment.programme),
            joinedload(Assignment.branch),
            joinedload(Assignment.shopper),
        )
    )


def context_of(session: Session, response: Response) -> dict[str, Any]:
    """What the rules of a response's questionnaire may ask besides its answers."""
    assignment = _assignment(session, response.id)
    return in_hindsight(response, assignment.scenario.facts if assignment else None)


def _approve(session: Session, response: Response, assignment: Assignment | None) -> None:
    _nothing_awaited(session, response)
    if assignment:
        _enough_judged(session, response)
        assignment.state = APPROVED
    count_in(session, response)


def _nothing_awaited(session: Session, response: Response) -> None:
    """A report of which an answer is still to come, or that came twice, is not approved yet."""
    waiting = [one.question for one in desk.late_items(session, response.id) if one.state == "waiting"]
    if waiting:
        message = _("An answer is still awaited to: %(items)s. Until then the report waits.", items=", ".join(waiting))
        raise UserError(message, [("outcome", message)])
    if any(one.settled_at is None for one in desk.copies(session, response.id)):
        message = _("Another report of this visit came as well. Compare the two first.")
        raise UserError(message, [("outcome", message)])


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
    report_versions.keep(session, response, report_versions.SENT)
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


@dataclass(frozen=True)
class Words:
    """What a decision says to the shopper: own words, ready phrases, the items it is about, and until when."""

    note: str = ""
    #: Codes of :data:`forms.phrases.PHRASES`.
    phrases: Sequence[str] = ()
    #: Codes of questions.
    questions: Sequence[str] = ()
    #: Until when a report that is sent back is to come again; None: as the programme says.
    answer_by: date | None = None


def may_judge(session: Session, reviewer: User, response: Response) -> None:
    """Refuse somebody of the branch or its region, and the shopper: Forbidden."""
    branch = session.get_one(Branch, response.branch_id)
    assignment = _assignment(session, response.id)
    own_visit = assignment is not None and assignment.shopper_id == reviewer.id
    if own_visit or desk.is_near(session, reviewer, branch, response.region_id):
        raise Forbidden(_("A report is reviewed by somebody from outside the branch and its region."))


def review(
    session: Session,
    reviewer: User,
    response_id: str,
    outcome: str,
    note: str = "",
    words: Words | None = None,
    shown: str | None = None,
) -> QualityReview:
    """Judge a report that waits: ``approved`` lets it count; ``returned`` and ``rejected`` need words.

    A report that was sent back and did not come again by its day can be rejected as well. The shopper is written to,
    and of what is decided a share is drawn for a second, blind reading. ``shown``: see :func:`unchanged`.
    """
    words = words or Words(note)
    response = locked(session, response_id)
    assignment = _assignment(session, response_id)
    if not kind_of(response.kind).reviewed:
        raise UserError(_("This response needs no review."))
    overdue = response.state == RETURNED and outcome == "rejected" and _is_overdue(assignment)
    if response.state != PENDING and not overdue:
        raise Conflict(_("This report was already decided."))
    if outcome not in OUTCOMES:
        raise UserError(_("Choose what to do with the report."), [("outcome", outcome)])
    told, asked = _told(response, assignment, outcome, words)
    may_judge(session, reviewer, response)
    unchanged(session, response, shown)
    OUTCOMES[outcome](session, response, assignment)
    judged = QualityReview(
        response_id=response_id,
        reviewer_id=reviewer.id,
        outcome=outcome,
        note=told,
        at=clock.now(),
        phrases=list(words.phrases),
        questions=asked,
    )
    session.add(judged)
    session.flush()
    if assignment is not None:
        _tell_shopper(session, reviewer, assignment, judged, words.answer_by)
    if outcome != "returned":
        blind.draw(session, response, assignment)
    return judged


def unchanged(session: Session, response: Response, shown: str | None) -> None:
    """Conflict, with what has changed, for a held report that looks different from what a form was shown with.

    ``shown``: the stamp of :mod:`survey_app.queries.seen` that came with the form; None: nobody looked at a form.
    """
    said = seen.changed(session, response, shown) if shown is not None else None
    if said is not None:
        raise Conflict(said)


def _is_overdue(assignment: Assignment | None) -> bool:
    """Whether a report is with its shopper for too long. A visit that was cancelled meanwhile is nobody's to judge."""
    if assignment is None or assignment.state != ASSIGNMENT_RETURNED:
        return False
    return assignment.answer_by is not None and assignment.answer_by < clock.today()


def _told(response: Response, assignment: Assignment | None, outcome: str, words: Words) -> tuple[str, list[str]]:
    """The note as the shopper reads it, and the questions that it is about. UserError where something is wrong."""
    definition = questionnaires.definition(response.version)
    language = assignment.shopper.language if assignment is not None and assignment.shopper is not None else DEFAULT
    if unknown := [code for code in words.phrases if code not in PHRASES or outcome not in PHRASES[code].outcomes]:
        raise UserError(_("A phrase does not fit this decision."), [("phrases", unknown[0])])
    if unknown := [code for code in words.questions if code not in definition.by_code]:
        raise UserError(_("There is no question %(code)s in this report.", code=unknown[0]), [("questions", "")])
    told = compose_note(words.phrases, words.note, language)
    if outcome != "approved" and not told:
        raise UserError(_("Say what is missing or wrong, so that the shopper can learn from it."), [("note", "")])
    if outcome == "returned" and words.answer_by is not None:
        _fitting_day(words.answer_by)
    return told, [code for code in definition.by_code if code in set(words.questions)]


def _fitting_day(day: date) -> None:
    if not 0 < (day - clock.today()).days <= LONGEST_DAYS:
        message = _("The day lies between tomorrow and %(days)s days from now.", days=LONGEST_DAYS)
        raise UserError(message, [("answer_by", message)])


def _tell_shopper(
    session: Session, reviewer: User, assignment: Assignment, judged: QualityReview, answer_by: date | None
) -> None:
    """Note the decision in the visit's story, and write to the shopper; the letter itself tells nothing."""
    outcome, shopper_id = judged.outcome, assignment.shopper_id
    if outcome == "returned":
        days = timedelta(days=rules_of(assignment).return_days)
        assignment.answer_by, assignment.decided_at = answer_by or clock.today() + days, None
    else:
        assignment.answer_by, assignment.decided_at = None, judged.at
    visit_events.note(session, assignment, outcome, by=reviewer, shopper=shopper_id)
    if shopper_id is None:
        return
    values = letters.about_visit(assignment)
    if assignment.answer_by is not None:
        values["until"] = assignment.answer_by.isoformat()
    kind = "report_returned" if outcome == "returned" else "report_decided"
    letters.queue(session, shopper_id, kind, f"{kind}-{judged.id}", values)


def extend(session: Session, reviewer: User, response_id: str, day: date) -> Assignment:
    """Give the shopper of a report that was sent back more time. Conflict when it is not with the shopper."""
    response = locked(session, response_id)
    assignment = _assignment(session, response_id)
    if response.state != RETURNED or assignment is None or assignment.state != ASSIGNMENT_RETURNED:
        raise Conflict(_("This report is not with its shopper."))
    may_judge(session, reviewer, response)
    _fitting_day(day)
    assignment.answer_by = day
    session.flush()
    return assignment


def correct(
    session: Session,
    user: User,
    response_id: str,
    question: str,
    typed: Sequence[str],
    reason: str,
    cause: str = report_versions.CORRECTED,
    shown: str | None = None,
) -> Correction:
    """Change one answer of a report with a reason; score, facts and, for the day of the visit, the month follow.

    ``typed`` is what the form sent: one string, several for a question of several choices, none for "not answered".
    What stood before stays as a version of the report; ``cause`` is that of the new one. Conflict for an item on which
    an appeal was decided. ``shown``: see :func:`unchanged`.
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
    may_judge(session, user, response)
    unchanged(session, response, shown)
    decided = settled.items(session, response_id)
    if question in decided:
        raise Conflict(settled_said())
    answers = answers_of(session, response_id)
    stood = {code: answers.get(code) for code in decided}
    before = answers.pop(question, None)
    if value is not None:
        answers[question] = value
    if before == value:
        raise UserError(_("The answer already says this."), [("value", "")])
    report_versions.keep(session, response, report_versions.SENT)
    card = replace_answers(session, response, answers, context_of(session, response))
    if decided:
        now = answers_of(session, response_id)
        if card.voided or any(now.get(code) != value for code, value in stood.items()):
            raise Conflict(_("This would take out an answer on which an appeal was decided."))
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
    report_versions.keep(session, response, cause, user.id)
    checking.again(session, response.id)
    return correction


def settled_said() -> str:
    """Why an item on which an appeal was decided is not corrected."""
    return _("An appeal was decided on this item. Only another appeal can change it.")


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
        assignment.state, assignment.decided_at = ASSIGNMENT_VOIDED, clock.now()
