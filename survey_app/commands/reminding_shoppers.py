"""What is done by itself: reminders before a visit's or a certificate's last day, and no-shows after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import giving, letters, visit_events
from survey_app.db import reading
from survey_app.errors import UserError
from survey_app.models import Assignment, Draft, FieldDevice, Letter, VisitEvent
from survey_app.models.fieldwork import ASSIGNED, CLAIMED, OPEN, RETURNED
from survey_app.queries import candidates, certificates
from survey_app.transaction import transaction

ACTOR: Final = Actor.system("fieldwork")
#: Visits that one transaction takes up.
BATCH: Final = 100
#: Days after the last day of a visit until which its report may still be on a phone without a connection.
GRACE_DAYS: Final = 2
#: Days after which a phone that was not heard of any more brings nothing: it is lost, or the app was removed from it.
SILENT_DAYS: Final = 14
#: The longest of all programmes' days before the end on which a reminder may be due, see ``Rules.remind_days``.
_LONGEST: Final = timedelta(days=30)
#: Days before a report that was sent back is due, at which its shopper is reminded.
_RETURN_DAYS: Final = 1
#: How long before a certificate runs out its shopper is told.
_CERTIFICATE: Final = timedelta(days=14)


def hourly() -> None:
    """Everything that is due by now, in short transactions."""
    _each(_lapsing, "fieldwork.miss", _miss, ACTOR)
    # A reminder stands in the visit's own story and needs no entry beside it.
    _each(_to_remind, "fieldwork.remind", remind, Actor.respondent())
    _tell_ending()


def _each(
    find: Callable[[Session, int], list[int]], act: str, do: Callable[[Session, int], None], actor: Actor
) -> None:
    """One act for each visit found, some hundred at a time, those with greater ids after."""
    above = 0
    while True:
        with reading() as session:
            found = find(session, above)
        if not found:
            return
        above = found[-1]
        for number in found:
            try:
                with transaction(actor, act, assignment=number) as session:
                    do(session, number)
            except UserError:
                continue  # somebody was faster: it is reported, given back or cancelled


# ---- no-shows --------------------------------------------------------------------------------------------------------


def _lapsing(session: Session, above: int) -> list[int]:
    """Visits that nobody made: nobody had them, or nothing speaks for a report that is only on its way."""
    today = clock.today()
    on_its_way = or_(
        Assignment.entered_at.is_not(None),
        exists().where(Draft.response_id == Assignment.response_id),
        exists().where(
            FieldDevice.user_id == Assignment.shopper_id,
            or_(FieldDevice.reports > 0, FieldDevice.files > 0),
            FieldDevice.seen_at >= clock.now() - timedelta(days=SILENT_DAYS),
        ),
    )
    nobodys = and_(Assignment.state.in_((OPEN, CLAIMED)), Assignment.window_until < today)
    unmade = and_(
        Assignment.state == ASSIGNED, Assignment.window_until < today - timedelta(days=GRACE_DAYS), ~on_its_way
    )
    return list(
        session.scalars(
            select(Assignment.id)
            .where(or_(nobodys, unmade), Assignment.programme_id.is_not(None), Assignment.id > above)
            .order_by(Assignment.id)
            .limit(BATCH)
        )
    )


def _miss(session: Session, number: int) -> None:
    giving.mark_missed(session, number)


# ---- reminders -------------------------------------------------------------------------------------------------------


def _to_remind(session: Session, above: int) -> list[int]:
    """Visits that may be due for a reminder today; which are, their programmes' rules say."""
    today = clock.today()
    rows = session.scalars(
        select(Assignment)
        .where(
            or_(
                and_(Assignment.state == ASSIGNED, Assignment.window_until.between(today, today + _LONGEST)),
                and_(Assignment.state == RETURNED, Assignment.answer_by == today + timedelta(days=_RETURN_DAYS)),
            ),
            Assignment.programme_id.is_not(None),
            Assignment.id > above,
            ~exists().where(
                VisitEvent.assignment_id == Assignment.id,
                VisitEvent.kind == "reminded",
                VisitEvent.at >= clock.start_of(today),
            ),
        )
        .order_by(Assignment.id)
        .limit(BATCH)
        .options(joinedload(Assignment.programme))
    )
    found = list(rows)
    due = [one.id for one in found if _is_due(one, today)]
    # Further pages may hold some although this one holds none.
    return due or (_to_remind(session, found[-1].id) if len(found) == BATCH else [])


def _is_due(visit: Assignment, today: date) -> bool:
    if visit.state == RETURNED:
        return True
    if visit.given_at is not None and clock.local(visit.given_at).date() == today:
        return False  # it was given today, and the letter about that is reminder enough
    return (visit.window_until - today).days in candidates.rules_of(visit).remind_days


def remind(session: Session, number: int, by: int | None = None) -> None:
    """Remind a visit's shopper, once a day at most. Nothing happens where the visit is not to be made any more."""
    visit = session.scalar(
        select(Assignment)
        .where(Assignment.id == number, Assignment.state.in_((ASSIGNED, RETURNED)))
        .options(joinedload(Assignment.branch, innerjoin=True))
        .with_for_update(of=Assignment)
    )
    if visit is None or visit.shopper_id is None:
        return
    today = clock.today()
    key = f"visit-remind-{visit.id}-{visit.shopper_id}-{today.isoformat()}"
    values = letters.about_visit(visit)
    if visit.state == RETURNED:
        values["until"] = (visit.answer_by or visit.window_until).isoformat()
    kind = "report_returned" if visit.state == RETURNED else "visit_remind"
    if letters.queue(session, visit.shopper_id, kind, key, values) is not None:
        visit_events.note(session, visit, "reminded", by=by, shopper=visit.shopper_id)


# ---- certificates ----------------------------------------------------------------------------------------------------


def _tell_ending() -> None:
    """Tell of certificates that run out soon, once of each."""
    with reading() as session:
        found = [(one.id, one.shopper_id, one.good_until) for one in certificates.ending(session, _CERTIFICATE)]
        keys = [f"certificate-{number}" for number, _shopper, _until in found]
        told = set(session.scalars(select(Letter.key).where(Letter.key.in_(keys))))
    for key, (_number, shopper, until) in zip(keys, found, strict=True):
        if key not in told and until is not None:
            with transaction(Actor.respondent(), "certificate.remind") as session:
                letters.queue(session, shopper, "certificate_ending", key, {"until": until.isoformat()})
