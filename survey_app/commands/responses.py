"""Answering: pages are saved as a draft, the last one becomes a response, and later an analyst or the privacy officer
may take it out again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, select, union, update
from sqlalchemy.orm import Session

from reports import months
from survey_app import clock
from survey_app.commands import (
    appeals_gone,
    case_opening,
    evidence,
    field_records,
    late_items,
    merging,
    notices,
    recognition,
    report_versions,
    retention,
    sealing,
    stories,
    tracking,
    visit_events,
)
from survey_app.commands.cases import forgetting
from survey_app.commands.completing import complete, order_seen, plausible, stated_day
from survey_app.commands.excluding import exclude, locked, reinstate
from survey_app.commands.holding import Held, hold, used_up
from survey_app.commands.recording import Finished, count_out, record, replace_answers
from survey_app.commands.upserts import insert_or_none
from survey_app.models import Assignment, Correction, Draft, Listening, QualityReview, Response
from survey_app.models.campaign import USED
from survey_app.models.fieldwork import APPROVED, CANCELLED, SUBMITTED
from survey_app.models.fieldwork import VOIDED as ASSIGNMENT_VOIDED
from survey_app.models.people import NO_AGENT
from survey_app.models.response import COUNTED, EXCLUDED, PENDING, VOIDED
from survey_app.queries import organisation, programmes
from survey_app.queries.evidence import FILE_TYPES
from survey_app.queries.tickets import Ticket, fresh, new_response_id

#: Drafts that nobody finished are destroyed after so many days.
DRAFT_DAYS: Final = 30

__all__ = [
    "Finished", "draft", "erase", "exclude", "locked", "record", "reinstate", "save_page", "submit", "sweep_drafts",
]  # fmt: skip


def draft(session: Session, ticket: Ticket) -> Draft | None:
    """What was saved so far, or None."""
    return session.get(Draft, ticket.response_id)


def save_page(
    session: Session,
    ticket: Ticket,
    answers: Mapping[str, Any],
    language: str,
    *,
    page: str = "",
    seen: merging.Seen | None = None,
    held: Held | None = None,
) -> Draft:
    """Keep one page's answers: question code -> stored value, None where it was left blank.

    Answers of other pages stay as they are, so two devices on one link merge page by page; with ``seen``, what the
    page was shown with, they merge question by question, and :func:`merging.disputed` tells what both answered.
    Conflict when the answers were sent meanwhile: what is sent leaves no draft behind. ``held`` is the ticket where the
    transaction holds it already; the draft is then written when the caller flushes, for it may be sent at once.
    """
    flushes, held = held is None, held or hold(session, ticket)
    if held.answered is not None:
        raise used_up(ticket)
    if held.draft is None:
        first = merging.to_keep(answers, {}, {}, seen) if seen is not None else answers
        first = {code: value for code, value in first.items() if value is not None}
        marks = dict.fromkeys(first, seen.showing) if seen is not None else {}
        held.draft, is_mine = _begun(session, ticket, language, page, first, marks)
        if first:
            tracking.started(session, ticket, held.invitation)
        if is_mine:
            return held.draft
    saved = held.draft
    given = merging.to_keep(answers, saved.answers, saved.marks, seen) if seen is not None else answers
    merged = {**saved.answers, **given}
    if seen is not None:
        changed = {code for code, value in given.items() if value != saved.answers.get(code)}
        saved.marks = {**saved.marks, **dict.fromkeys(changed, seen.showing)}
    saved.page = page or saved.page
    empty, saved.answers = not saved.answers, {code: value for code, value in merged.items() if value is not None}
    if empty and saved.answers:
        tracking.started(session, ticket, held.invitation)
    saved.language = language
    saved.revision += 1
    saved.updated_at = clock.now()
    if flushes:
        session.flush()
    return saved


def submit(
    session: Session,
    ticket: Ticket,
    *,
    language: str,
    channel: str = "link",
    presentation: Mapping[str, Any] | None = None,
    flags: Sequence[str] = (),
    held: Held | None = None,
) -> Response | None:
    """Turn the draft into a response. The same submission twice is the same row, returned again.

    Raises UserError with ``places`` when a required answer is missing or one does not fit, or nothing was answered.
    Returns None for an anonymous response: nothing hands out its id. ``flags`` are coarse marks of
    :data:`survey_app.outreach.flags.FLAGS`; ``held`` is as in :func:`save_page`.
    """
    held = held or hold(session, ticket)
    already, saved = held.response, held.draft
    if held.answered is not None:
        return already
    answers = dict(saved.answers) if saved is not None else {}
    complete(ticket.definition, answers, ticket.context)
    seen = {**(presentation or {}), **order_seen(ticket, answers)}
    notice_id = saved.notice_id if saved is not None else None
    finished = replace(
        _finish(session, ticket, answers, language, channel, seen, notice_id), flags=tuple(sorted(set(flags)))
    )
    if saved is not None:
        session.delete(saved)
    if ticket.anonymous:
        # It becomes a response in a night to come: until then nothing of it stands in any table.
        sealing.seal(session, finished, ticket.response_id)
        _settle(session, ticket, held, None)
        session.flush()
        return None
    if already is not None:
        response = _replace(session, already, finished)
    else:
        # The facts, which others wait for, are written after all that is this ticket's own.
        if ticket.assignment is None:
            _settle(session, ticket, held, None)
        record(session, [finished])
        response = session.get_one(Response, finished.response_id)
        case_opening.answered(session, ticket, response, finished)
    if ticket.assignment is not None:
        _settle(session, ticket, held, response)
    if any(question.type in FILE_TYPES for question in ticket.definition.questions):
        evidence.settle(session, response.id)
    session.flush()
    return response


def _begun(
    session: Session,
    ticket: Ticket,
    language: str,
    page: str,
    answers: Mapping[str, Any],
    marks: Mapping[str, str],
) -> tuple[Draft, bool]:
    """A new draft with its first answers, True; or the one that another device began at this very moment, False."""
    now = clock.now()
    notice = notices.current(session, ticket.version)
    begun = {
        "response_id": ticket.response_id,
        "campaign_id": ticket.campaign.id,
        "version_id": ticket.version.id,
        "branch_id": ticket.branch.id,
        "language": language,
        "answers": dict(answers),
        "notice_id": notice.id if notice is not None else None,
        "point_id": ticket.point.id if ticket.point is not None else None,
        "page": page,
        "marks": dict(marks),
        "revision": 1,
        "started_at": now,
        "updated_at": now,
    }
    mine = insert_or_none(session, Draft, begun, ["response_id"])
    if mine is not None:
        return mine, True
    return session.get_one(Draft, ticket.response_id, with_for_update=True, populate_existing=True), False


def _open_month(session: Session, month: str) -> str:
    """A month, or the first one after it that has not closed: what was told of a month never grows by a few answers."""
    working_day = organisation.policy(session).closes_on_working_day
    while clock.closes_on(month, working_day) <= clock.today():
        month = months.shift(month, 1)
    return month


def _finish(
    session: Session,
    ticket: Ticket,
    answers: Mapping[str, Any],
    language: str,
    channel: str,
    presentation: Mapping[str, Any],
    notice_id: int | None,
) -> Finished:
    now = clock.now()
    day = ticket.visited_on or stated_day(ticket.definition, answers) or clock.today()
    plausible(ticket, day)
    names_kept = not ticket.kind.reviewed or programmes.records_names(session, ticket.assignment)
    as_stored = fresh(ticket) if ticket.anonymous else ticket
    return Finished(
        response_id=as_stored.response_id,
        campaign_id=ticket.campaign.id,
        version=ticket.version,
        branch_id=ticket.branch.id,
        region_id=ticket.branch.region_id or 0,
        agent_id=as_stored.agent_id if names_kept else NO_AGENT,
        month=_open_month(session, months.of(day)) if ticket.anonymous else months.of(day),
        visited_on=None if ticket.anonymous else day,
        submitted_at=None if ticket.anonymous else now,
        state=PENDING if ticket.kind.reviewed else COUNTED,
        language=language,
        channel=channel,
        mode=as_stored.mode,
        point_id=as_stored.point.id if as_stored.point is not None else None,
        # A weight tells of which branch and reason a customer was drawn: an anonymous response has none.
        weight=ticket.invitation.weight if ticket.invitation and not ticket.anonymous else 1.0,
        presentation=presentation,
        notice_id=notice_id,
        answers=answers,
        context=ticket.context,
    )


def _replace(session: Session, response: Response, finished: Finished) -> Response:
    """A report that was sent back comes in again under its own id."""
    session.execute(
        update(Response)
        .where(Response.id == response.id)
        .values(
            month=finished.month,
            visited_on=finished.visited_on,
            submitted_at=finished.submitted_at,
            language=finished.language,
            version_id=finished.version.id,
            presentation=dict(finished.presentation),
            notice_id=finished.notice_id,
            state=PENDING,
        )
    )
    session.refresh(response)
    card = replace_answers(session, response, finished.answers, finished.context)
    if card.voided:
        response.state = VOIDED
        session.flush()
    return response


def _settle(session: Session, ticket: Ticket, held: Held, response: Response | None) -> None:
    if held.invitation is not None:
        held.invitation.state = USED
        if ticket.anonymous:
            # The id was the seed of what stood in which order. With it the order that is kept would lead back here.
            held.invitation.response_id = new_response_id()
        tracking.finished(session, ticket, held.invitation)
    if ticket.assignment is not None:
        assignment = session.get_one(Assignment, ticket.assignment.id)
        voided = response is not None and response.state == VOIDED
        assignment.state, assignment.decided_at = (ASSIGNMENT_VOIDED, clock.now()) if voided else (SUBMITTED, None)
        visit_events.note(session, assignment, "voided" if voided else "submitted", shopper=assignment.shopper_id)
        if response is not None:
            late_items.open(session, response)


def sweep_drafts(session: Session) -> int:
    """Destroy drafts of the public that were left alone for long, files included; returns how many.

    Shoppers' drafts and those of who listens stay.
    """
    before = clock.now() - timedelta(days=DRAFT_DAYS)
    kept_ids = union(select(Assignment.response_id), select(Listening.response_id))
    gone = session.scalars(
        delete(Draft).where(Draft.updated_at < before, Draft.response_id.not_in(kept_ids)).returning(Draft.response_id)
    )
    ids = gone.all()
    evidence.destroy_of(session, ids)
    return len(ids)


def erase(session: Session, response_id: str) -> None:
    """Erase a response with its answers, scores and reviews; the facts are subtracted. Only the audit entry remains."""
    response = locked(session, response_id)
    count_out(session, response, EXCLUDED)
    session.execute(delete(QualityReview).where(QualityReview.response_id == response_id))
    report_versions.forget(session, [response_id])
    session.execute(delete(Correction).where(Correction.response_id == response_id))
    # A visit that is paid for stays so: it was made, whatever is kept of its report.
    unpaid = Assignment.state.not_in((APPROVED, ASSIGNMENT_VOIDED))
    session.execute(update(Assignment).where(Assignment.response_id == response_id, unpaid).values(state=CANCELLED))
    session.execute(delete(Draft).where(Draft.response_id == response_id))
    evidence.destroy_of(session, [response_id])
    field_records.forget(session, [response_id])
    appeals_gone.forget(session, [response_id])
    stories.forget(session, [response_id])
    recognition.forget(session, [response_id])
    forgetting.forget(session, [response_id])
    retention.let_go(session, response_id)
    session.delete(response)
    session.flush()
