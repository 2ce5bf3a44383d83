"""Checking the reports that wait, so that their queue can be sorted by risk: reads outside the lock, then writes.

Nothing is decided here. A report is checked again when it, its files or what its phone told have changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands.upserts import insert_or_none
from survey_app.db import reading
from survey_app.field.flag_words import risk
from survey_app.field.flags import Mark, marks
from survey_app.models import Assignment, Evidence, FieldCopy, FieldRecord, ReportCheck, Response, Version
from survey_app.queries.desk import PENDING_REPORT
from survey_app.queries.desk_facts import told
from survey_app.queries.evidence import OF_THE_REPORT
from survey_app.transaction import transaction

#: Reports that are read together, and checked at most in one go: the next minute takes the rest.
BATCH: Final = 100
MOST: Final = 1000


def _seen(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """What a check of each report would be made of now: when it was sent, its field record, files and copies."""

    def counted(model: Any, *conditions: Any) -> Mapping[str, int]:
        rows = select(model.response_id, func.count()).where(model.response_id.in_(ids), *conditions)
        return dict(session.execute(rows.group_by(model.response_id)).all())

    sent = dict(session.execute(select(Response.id, Response.submitted_at).where(Response.id.in_(ids))).all())
    records = counted(FieldRecord)
    files = counted(Evidence, OF_THE_REPORT)
    copies = counted(FieldCopy, FieldCopy.settled_at.is_(None))
    return {
        one: f"{moment.isoformat() if moment else ''} {records.get(one, 0)} {files.get(one, 0)} {copies.get(one, 0)}"
        for one, moment in sent.items()
    }


def _stale(session: Session) -> list[str]:
    """Reports that wait and were not checked as they are now; those of one shopper together, for their history."""
    rows = session.execute(
        select(Response.id, ReportCheck.seen)
        .outerjoin(ReportCheck, ReportCheck.response_id == Response.id)
        .outerjoin(Assignment, Assignment.response_id == Response.id)
        .where(PENDING_REPORT)
        .order_by(ReportCheck.response_id.is_not(None), Assignment.shopper_id, Response.visited_on, Response.id)
    ).all()
    stale: list[str] = []
    for start in range(0, len(rows), 500):
        batch = rows[start : start + 500]
        now = _seen(session, [one.id for one in batch])
        stale.extend(one.id for one in batch if one.seen != now.get(one.id))
        if len(stale) >= MOST:
            break
    return stale[:MOST]


def check_waiting() -> int:
    """Check what was not checked as it is now; gives how many reports that was. Every minute."""
    with reading() as session:
        stale = _stale(session)
    for start in range(0, len(stale), BATCH):
        ids = stale[start : start + BATCH]
        with reading() as session:
            seen, found = _seen(session, ids), found_in(session, ids)
        with transaction(Actor.respondent(), "quality.check") as session:
            there = set(session.scalars(select(Response.id).where(Response.id.in_(ids))))
            for response_id, listed in ((one, found[one]) for one in found if one in there):
                keep(session, response_id, listed, seen[response_id])
    return len(stale)


def found_in(session: Session, ids: Sequence[str]) -> dict[str, list[Mark]]:
    """The marks of some reports, as the checks see them now."""
    reports = session.scalars(
        select(Response)
        .where(Response.id.in_(ids))
        .options(
            joinedload(Response.branch),
            joinedload(Response.version).joinedload(Version.questionnaire),
        )
    ).all()
    return {response_id: marks(one) for response_id, one in told(session, reports).items()}


def keep(session: Session, response_id: str, listed: Sequence[Mark], seen: str) -> None:
    """Write a report's marks down."""
    values = {"risk": risk(listed), "marks": [one.dump() for one in listed], "seen": seen, "at": clock.now()}
    if insert_or_none(session, ReportCheck, {"response_id": response_id, **values}, ["response_id"]) is None:
        check = session.get_one(ReportCheck, response_id)
        for name, value in values.items():
            setattr(check, name, value)


def again(session: Session, response_id: str) -> None:
    """Check one report at once: an act of the desk has just changed it."""
    session.flush()
    for one, listed in found_in(session, [response_id]).items():
        keep(session, one, listed, _seen(session, [one])[one])
