"""The worker's part of incidents: one is proposed when alike cases come, messages leave, what came of them is seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from reports import lexicon
from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import incident_people as people
from survey_app.commands.incidents import CLOSED, DISMISSED, OPEN, PROPOSED, held
from survey_app.commands.upserts import added
from survey_app.db import reading
from survey_app.loop import likeness
from survey_app.loop.likeness import Group, Opened
from survey_app.loop.states import MERGED
from survey_app.loop.subjects import SENSITIVE, SUBJECTS
from survey_app.models import Answer, Branch, Case, Incident
from survey_app.queries.loop import policy
from survey_app.transaction import transaction
from translations import gettext as _
from translations import localised, speaking

ACTOR: Final = Actor.system("incidents")
#: How long after its end an incident's messages are still looked after.
_AFTERWARDS: Final = timedelta(days=4)


def propose() -> int:
    """Propose an incident for every group of cases that one fault explains; how many there were.

    What was decided once is not proposed again: only cases opened after the decision count for the same likeness.
    """
    with reading() as session:
        found = alike(session)
    return sum(_store(group) for group in found)


def alike(session: Session) -> list[Group]:
    """Groups of similar cases that are in no incident yet. Sensitive subjects name a person and are no such fault."""
    rules = policy(session)
    since = clock.now() - timedelta(hours=rules.incident_hours)
    decided = _decided(session, since)
    recent = [
        case
        for case in _cases(session, Case.opened_at >= since, Case.incident_id.is_(None))
        # What somebody looked at and called no incident is none under another likeness either.
        if not any(case.at <= decided[key] for key in likeness.likenesses(case) if key in decided)
    ]
    if len(recent) < rules.incident_cases:
        return []
    return likeness.groups(
        recent,
        _cases(session, Case.opened_at >= since - timedelta(days=likeness.DAYS_BEFORE), Case.opened_at < since),
        least=rules.incident_cases,
        hours=rules.incident_hours,
        passed=_passed(session, since),
    )


def _cases(session: Session, *which: ColumnElement[bool]) -> list[Opened]:
    rows = session.execute(
        select(
            Case.id, Case.opened_at, Case.branch_id, Case.subject, Case.root_cause, Case.words, Case.response_id
        ).where(*which, Case.state != MERGED, Case.subject.not_in(SENSITIVE))
    ).all()
    said = _answers(session, [row.response_id for row in rows if row.response_id is not None])
    return [
        Opened(
            row.id,
            row.opened_at,
            row.branch_id,
            row.subject,
            row.root_cause,
            lexicon.themes(" ".join([row.words, *said.get(row.response_id or "", ())])),
        )
        for row in rows
    ]


def _answers(session: Session, response_ids: Sequence[str]) -> dict[str, list[str]]:
    """What customers wrote, by response."""
    found: dict[str, list[str]] = {}
    for start in range(0, len(response_ids), 500):
        rows: Sequence[Any] = session.execute(
            select(Answer.response_id, Answer.words).where(
                Answer.response_id.in_(response_ids[start : start + 500]), Answer.words.is_not(None)
            )
        ).all()
        for response_id, words in rows:
            found.setdefault(response_id, []).append(words)
    return found


def _decided(session: Session, since: datetime) -> dict[str, datetime]:
    """Likeness -> when somebody last said that its cases are no incident."""
    rows: Sequence[Any] = session.execute(
        select(Incident.key, Incident.closed_at)
        .where(Incident.state == DISMISSED, Incident.closed_at >= since)
        .order_by(Incident.closed_at)
    ).all()
    return {key.rpartition(":")[0]: closed_at for key, closed_at in rows}


def _passed(session: Session, since: datetime) -> dict[str, datetime]:
    """Likeness -> up to when its cases are settled: by an incident that stands, or by the decision about one."""
    rows = session.execute(
        select(Incident.key, Incident.state, Incident.closed_at).where(
            (Incident.state.in_((PROPOSED, OPEN))) | (Incident.closed_at >= since)
        )
    ).all()
    never_again = clock.now() + timedelta(days=1)
    found: dict[str, datetime] = {}
    for key, state, closed_at in rows:
        like = key.rpartition(":")[0]
        until = closed_at if state in (CLOSED, DISMISSED) and closed_at is not None else never_again
        found[like] = max(found.get(like, until), until)
    return found


def _store(group: Group) -> bool:
    """Store a proposal with its cases; False where another worker did."""
    with transaction(ACTOR, "incident.propose", cases=len(group.ids)) as session:
        made = Incident(
            key=f"{group.key}:{group.ids[0]}",
            state=PROPOSED,
            title=_title(session, group),
            subject=group.subject,
            branch_id=group.branch_id,
            began_at=group.began_at,
            created_at=clock.now(),
        )
        if not added(session, made):
            return False
        free = session.scalars(
            select(Case).where(Case.id.in_(group.ids), Case.incident_id.is_(None)).order_by(Case.id).with_for_update()
        ).all()
        for case in free:
            case.incident_id = made.id
        return True


def _title(session: Session, group: Group) -> str:
    """What a proposal is called until somebody calls it otherwise: in the organisation's language."""
    kind, _colon, rest = group.key.partition(":")
    with speaking("he"):
        subject = str(SUBJECTS[group.subject].name)
        if kind == "theme":
            return f"{lexicon.THEMES[rest]}"
        if group.branch_id is not None:
            branch = session.get_one(Branch, group.branch_id)
            return _("%(subject)s: %(branch)s", subject=subject, branch=localised({"he": branch.name}))
        return subject


def deliver() -> None:
    """Put messages of incidents that are being sent in line, and take in what became of those that left."""
    now = clock.now()
    with reading() as session:
        rows = session.execute(
            select(Incident.id, Incident.state, Incident.sent_at)
            .where((Incident.state == OPEN) | ((Incident.state == CLOSED) & (Incident.closed_at >= now - _AFTERWARDS)))
            .order_by(Incident.id)
        ).all()
    for incident_id, state, sent_at in rows:
        if state == OPEN and sent_at is not None:
            _in_batches("incident.queue", incident_id, people.queue_some)
        _in_batches("incident.follow", incident_id, people.follow_some)


def _in_batches(act: str, incident_id: int, step: Callable[[Session, Incident, int], int]) -> None:
    after = -1
    while after:
        with transaction(Actor.respondent(), act) as session:
            incident = held(session, incident_id) if act == "incident.queue" else session.get_one(Incident, incident_id)
            if act == "incident.queue" and incident.state != OPEN:
                return
            after = step(session, incident, max(after, 0))
