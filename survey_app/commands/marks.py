"""Comments that are not in a branch's hands: marked by its manager, answered by a department. No score changes."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import letters
from survey_app.commands.statements import hold
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.meeting.marks import REASONS
from survey_app.models import CommentMark, Response, User
from survey_app.permissions import Role
from survey_app.queries import departments, organisation, reviews
from survey_app.queries import marks as queries
from survey_app.queries.branches import comments_hidden
from translations import gettext as _

#: Characters of a branch's note and of a department's answer.
LONGEST_NOTE: Final = 500
LONGEST_ANSWER: Final = 1_000


def mark(
    session: Session, user: User, month: str, response_id: str, question: str, reason: str, note: str = ""
) -> CommentMark:
    """Mark a comment of a user's own branch and send it to the department that the reason leads to.

    Marked anew while nobody answered, it goes to the new reason's department; the same mark twice changes nothing.
    NotFound for a comment that is not the branch's or not of the month, Conflict once it was answered or outside the
    preview's days, UserError for a reason that leads nowhere or a note that is too long.
    """
    month = reviews.parse_month(month)
    wanted, text = _reason(session, reason), note.strip()
    if len(text) > LONGEST_NOTE:
        message = _("Write at most %(max)s characters.", max=LONGEST_NOTE)
        raise UserError(message, [("note", message)])
    hold(session, month)
    _own(session, user, month, response_id, question)
    found = _held(session, response_id, question)
    if found is None:
        return _first(session, user, month, response_id, question, (reason, wanted, text))
    if (found.reason, found.note) == (reason, text):
        return found
    if found.answered_at is not None:
        raise Conflict(_("The department has answered already, so the mark stays as it is."))
    found.reason, found.department_id, found.note = reason, wanted, text
    found.at, found.by_id = clock.now(), user.id
    session.flush()
    _tell_head(session, found)
    return found


def _first(
    session: Session, user: User, month: str, response_id: str, question: str, given: tuple[str, int, str]
) -> CommentMark:
    reason, department, text = given
    made = CommentMark(
        response_id=response_id,
        question=question,
        month=month,
        reason=reason,
        department_id=department,
        note=text,
        at=clock.now(),
        by_id=user.id,
    )
    session.add(made)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(_("Somebody marked this comment a moment ago. Open the page again.")) from error
    _tell_head(session, made)
    return made


def unmark(session: Session, user: User, month: str, response_id: str, question: str) -> bool:
    """Take a mark back that nobody answered yet; whether there was one."""
    hold(session, reviews.parse_month(month))
    _own(session, user, month, response_id, question)
    found = _held(session, response_id, question)
    if found is None:
        return False
    if found.answered_at is not None:
        raise Conflict(_("The department has answered already, so the mark stays as it is."))
    session.delete(found)
    session.flush()
    return True


def answer(session: Session, user: User, response_id: str, question: str, words: str) -> CommentMark:
    """Answer a mark for its department; the branch reads it. The same words twice change nothing.

    Conflict where somebody else answered already, NotFound for another department's mark.
    """
    text = words.strip()
    if not text or len(text) > LONGEST_ANSWER:
        empty = not text
        message = _("Write the answer.") if empty else _("Write at most %(max)s characters.", max=LONGEST_ANSWER)
        raise UserError(message, [("words", message)])
    _held(session, response_id, question)
    found = queries.marked(session, user, response_id, question).mark
    if found.answer == text:
        return found
    if found.answered_at is not None and found.answered_by_id != user.id:
        raise Conflict(_("Somebody has answered meanwhile. The answer is shown below."))
    first = found.answered_at is None
    found.answer, found.answered_at, found.answered_by_id = text, clock.now(), user.id
    session.flush()
    if first:
        key = f"mark-{response_id}-{question}"
        letters.queue(session, found.by_id, "mark_answered", key, {"month": found.month})
    return found


def forget_words(session: Session, response_ids: Any) -> None:
    """Empty what people wrote about comments whose own words go; who marked what, and when, stays to be counted."""
    session.execute(
        update(CommentMark).where(CommentMark.response_id.in_(response_ids)).values(note="", answer=""),
        execution_options={"synchronize_session": False},
    )


def _reason(session: Session, reason: str) -> int:
    """The department that a reason leads to."""
    found = departments.routes(session).get(reason) if reason in REASONS else None
    if found is None:
        message = _("Choose what the comment is about.")
        raise UserError(message, [("reason", message)])
    return found.id


def _own(session: Session, user: User, month: str, response_id: str, question: str) -> None:
    missing = NotFound(_("There is no such comment of this branch in this month."))
    if user.branch_id is None:
        raise missing
    policy = organisation.policy(session)
    ids = queries.branch_ids(session, user.branch_id, month)
    if comments_hidden(session, ids, month, policy):
        raise missing
    found, _total = queries.remarks(session, ids, month, policy, limit=1, only=(response_id, question))
    if not found:
        raise missing


def _held(session: Session, response_id: str, question: str) -> CommentMark | None:
    """The mark on a comment, held after its response so that an erasure comes before or after, not in between."""
    session.scalar(select(Response.id).where(Response.id == response_id).with_for_update(read=True))
    return session.scalar(
        select(CommentMark)
        .where(CommentMark.response_id == response_id, CommentMark.question == question)
        .with_for_update(),
        execution_options={"populate_existing": True},
    )


def _tell_head(session: Session, found: CommentMark) -> None:
    """One letter a day to the head of the department, however many comments were marked."""
    head = next((one.head for one in departments.every(session) if one.id == found.department_id), None)
    if head is None or not head.active or head.role != Role.DEPARTMENT_HEAD.value:
        return
    key = f"marks-{head.id}-{clock.today().isoformat()}"
    letters.queue(session, head.id, "marks_waiting", key, {})
