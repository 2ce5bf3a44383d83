"""Settling a second report of a visit: a reviewer compares the two and keeps the first, or takes answers over."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import checking, quality, report_versions
from survey_app.commands.completing import DAY_TYPES
from survey_app.commands.excluding import locked
from survey_app.commands.recording import answers_of, replace_answers
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.models import Correction, FieldCopy, Response, User
from survey_app.models.response import PENDING
from survey_app.queries import copies, desk, questionnaires
from translations import gettext as _


def settle(
    session: Session,
    reviewer: User,
    copy_id: int,
    taken: Sequence[str] = (),
    reason: str = "",
    shown: str | None = None,
) -> FieldCopy:
    """Settle a copy. ``taken``: codes of the questions whose answer and comment are taken from it, with a reason.

    Each answer that changes is a correction, and the whole is one new version of the report. The copy itself stays.
    Conflict when it is settled already, or when answers are to be taken into a report that was decided.
    """
    found = session.get(FieldCopy, copy_id)
    if found is None:
        raise NotFound(_("There is no such report."))
    response = locked(session, found.response_id) if session.get(Response, found.response_id) else None
    copy = session.scalar(
        select(FieldCopy).where(FieldCopy.id == copy_id).with_for_update().execution_options(populate_existing=True)
    )
    if copy is None or copy.settled_at is not None:
        raise Conflict(_("Somebody else has compared these two reports meanwhile."))
    if response is not None:
        quality.may_judge(session, reviewer, response)
        quality.unchanged(session, response, shown)
    elif desk.is_theirs(session, reviewer, copy):
        raise Forbidden(_("A report is reviewed by somebody from outside the branch and its region."))
    if taken:
        if response is None or response.state != PENDING:
            raise Conflict(_("This report can no longer be corrected."))
        if not reason.strip():
            raise UserError(_("A reason is needed to correct an answer."), [("reason", "")])
        _take(session, reviewer, response, copy, taken, reason.strip())
    copy.settled_at, copy.settled_by_id = clock.now(), reviewer.id
    session.flush()
    if response is not None and response.state == PENDING:
        checking.again(session, response.id)
    return copy


def _take(
    session: Session, reviewer: User, response: Response, copy: FieldCopy, taken: Sequence[str], reason: str
) -> None:
    definition = questionnaires.definition(response.version)
    rows = {one.question.code: one for one in copies.compared(definition, answers_of(session, response.id), copy)}
    if unknown := [code for code in taken if code not in rows or not rows[code].takeable]:
        raise UserError(_("There is no question %(code)s in this report.", code=unknown[0]), [("taken", "")])
    if any(rows[code].question.type in DAY_TYPES for code in taken):
        message = _("The day of the visit is corrected in the report itself: its month may change with it.")
        raise UserError(message, [("taken", message)])
    report_versions.keep(session, response, report_versions.SENT)
    answers = answers_of(session, response.id)
    for code in dict.fromkeys(taken):
        row = rows[code]
        answers[code], answers[row.question.comment_code] = row.theirs, row.their_comment
        session.add(
            Correction(
                response_id=response.id,
                question=code,
                before=row.mine,
                after=row.theirs,
                reason=reason,
                user_id=reviewer.id,
                at=clock.now(),
            )
        )
    kept = {code: value for code, value in answers.items() if value not in (None, "")}
    replace_answers(session, response, kept, quality.context_of(session, response))
    report_versions.keep(session, response, report_versions.COPIED, reviewer.id)
