"""Incidents of the demo bank: one that is over and measured, one under way, one proposed, one that was none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.db import reading
from survey_app.demo import files
from survey_app.demo.bank import Bank, PlannedBranch
from survey_app.demo.storing import ACTOR, Stored, batches
from survey_app.demo.visits_told import first_day
from survey_app.loop.subjects import SENSITIVE, SUBJECTS
from survey_app.models import (
    Case,
    CaseEvent,
    Customer,
    Incident,
    IncidentPerson,
    Interaction,
    Invitation,
    Line,
    Score,
    User,
)
from survey_app.permissions import Role
from survey_app.transaction import transaction
from translations import speaking

#: Chance of (affected and reached, affected and not reached) by whether the customer is satisfied afterwards: so those
#: who were reached are about 50 points more satisfied than those who were not.
CHANCES: Final = {True: (0.16, 0.04), False: (0.08, 0.26), None: (0.12, 0.09)}
_FULL: Final = 10_000
#: Cases that the open incident and the proposal have, at most.
_OPEN_CASES, _ALIKE = 5, 4
#: What customers whose card stayed in a machine complain of.
_OF_MACHINES: Final = ("digital", "mistake", "information", "fees")
#: What is known of the people of the incident under way, in turn.
_UNDER_WAY: Final = ("reached", "sent", "sent", "reached", "unreachable", "sent", "no_contact", "waiting")


def store(bank: Bank, stored: Stored, show: PlannedBranch, now: datetime) -> None:
    """Every incident with its cases and people."""
    by = stored.users[Role.SERVICE_MANAGER]
    _outage(bank, by)
    _under_way(bank, stored, show, by, now)
    _proposed(now)


def _incident(key: str, text: dict[str, Any], **more: Any) -> Incident:
    return Incident(
        key=key, title=text["title"], words=text.get("words", {}), remedy=text.get("remedy", ""), revision=3, **more
    )


def _outage(bank: Bank, by: User) -> None:
    """The app failed just before the campaign began: who was reached is happier in its answers."""
    began = clock.start_of(first_day(bank) - timedelta(days=3)) + timedelta(hours=8)
    sent = began + timedelta(hours=27)
    random = Random(f"{bank.seed} outage")
    text = files.document("incidents")["outage"]
    with transaction(ACTOR, "demo.incident") as session:
        made = _incident(
            "demo:outage", text, state="closed", subject="digital", began_at=began, ended_at=began + timedelta(hours=9),
            apology_by_id=by.id, created_at=began + timedelta(hours=6), created_by_id=by.id, sent_at=sent,
            closed_at=sent + timedelta(days=6), lesson=text["lesson"],
        )  # fmt: skip
        session.add(made)
        session.flush()
        incident_id = made.id
    rows = []
    for customer, satisfied, branch_id in _answered():
        reached, missed = CHANCES[satisfied]
        drawn = random.random()
        if drawn >= reached + missed:
            continue
        state = "reached" if drawn < reached else random.choice(("sent", "sent", "unreachable", "no_contact"))
        rows.append(_person(incident_id, customer, branch_id, state, sent + timedelta(minutes=random.randint(5, 400))))
    _insert(rows)


def _answered() -> list[tuple[Customer, bool | None, int]]:
    """Customers of the feed, whether they are satisfied, and their branch."""
    with reading() as session:
        said: dict[int | None, int] = dict(
            session.execute(
                select(Invitation.customer_id, Score.value)
                .join(Score, Score.response_id == Invitation.response_id)
                .join(Line, (Line.id == Score.line_id) & (Line.what == "csat"))
                .where(Invitation.interaction_id.is_not(None))
            ).all()
        )
        rows = session.execute(
            select(Customer, Interaction.branch_id)
            .join(Interaction, Interaction.customer_id == Customer.id)
            .order_by(Customer.id)
        ).all()
        return [
            (customer, None if customer.id not in said else said[customer.id] == _FULL, branch_id)
            for customer, branch_id in rows
        ]


def _person(incident_id: int, customer: Customer, branch_id: int, state: str, at: datetime) -> dict[str, Any]:
    how = "" if state == "no_contact" else "sms" if customer.phone else "email"
    return {
        "incident_id": incident_id,
        "person": f"customer:{customer.id}",
        "customer_id": customer.id,
        "case_id": None,
        "branch_id": branch_id,
        "name": customer.name,
        "phone": customer.phone if state != "no_contact" else "",
        "email": customer.email if state != "no_contact" else "",
        "language": customer.language,
        "state": state,
        "how": "phone" if state == "reached" else how,
        "reached_at": at if state == "reached" else None,
    }


def _insert(rows: Sequence[dict[str, Any]]) -> None:
    for batch in batches(rows):
        with transaction(ACTOR, "demo.affected") as session:
            session.execute(insert(IncidentPerson), batch)


def _under_way(bank: Bank, stored: Stored, show: PlannedBranch, by: User, now: datetime) -> None:
    """Cards stayed in the machines of the branch that is shown: its open cases, and customers in every state."""
    text = files.document("incidents")["open"]
    branch_id = stored.branches[show.index].id
    began = now - timedelta(hours=49)
    with transaction(ACTOR, "demo.incident") as session:
        made = _incident(
            "demo:open", text, state="open", subject="digital", branch_id=branch_id, began_at=began,
            apology_by_id=by.id, created_at=now - timedelta(hours=30), created_by_id=by.id,
            sent_at=now - timedelta(hours=26),
        )  # fmt: skip
        session.add(made)
        session.flush()
        cases = _free(session, Case.branch_id == branch_id, Case.subject.in_(_OF_MACHINES))[:_OPEN_CASES]
        _join(session, made, cases, by)
        incident_id = made.id
    with reading() as session:
        customers = session.scalars(
            select(Customer)
            .join(Interaction, Interaction.customer_id == Customer.id)
            .where(Interaction.branch_id == branch_id, Customer.name != "")
            .order_by(Customer.id.desc())
            .limit(5 * len(_UNDER_WAY))
        ).all()
    _insert([
        _person(incident_id, one, branch_id, _UNDER_WAY[at % len(_UNDER_WAY)], now - timedelta(hours=3 + at % 20))
        for at, one in enumerate(dict.fromkeys(customers))
    ])  # fmt: skip


def _free(session: Session, *which: Any) -> list[Case]:
    """Open cases of no incident, newest first."""
    return list(
        session.scalars(
            select(Case)
            .where(
                Case.state.in_(("new", "contacted", "agreed")), Case.incident_id.is_(None),
                Case.subject.not_in(SENSITIVE), *which,
            )
            .order_by(Case.opened_at.desc(), Case.id)
        )
    )  # fmt: skip


def _join(session: Session, incident: Incident, cases: Sequence[Case], by: User) -> None:
    ids = [one.id for one in cases]
    if not ids:
        return
    session.execute(update(Case).where(Case.id.in_(ids)).values(incident_id=incident.id))
    session.execute(
        insert(CaseEvent),
        [
            {"case_id": one, "at": incident.created_at, "by_id": by.id, "kind": "incident", "channel": "",
             "words": "", "details": {"incident": incident.id}}
            for one in ids
        ],
    )  # fmt: skip


def _proposed(now: datetime) -> None:
    """The newest cases of one subject, as the worker would propose them; and a proposal that was none."""
    with transaction(ACTOR, "demo.proposals") as session:
        by_subject: dict[str, list[Case]] = {}
        for one in _free(session):
            by_subject.setdefault(one.subject, []).append(one)
        alike = max(by_subject.values(), key=len, default=[])[:_ALIKE]
        if len(alike) > 1:
            made = Incident(
                key=f"cause:system:{alike[0].subject}:{alike[-1].id}", state="proposed",
                title=_title(alike[0].subject), subject=alike[0].subject, began_at=alike[-1].opened_at,
                created_at=now - timedelta(minutes=40),
            )  # fmt: skip
            session.add(made)
            session.flush()
            session.execute(update(Case).where(Case.id.in_([one.id for one in alike])).values(incident_id=made.id))
        text = files.document("incidents")["dismissed"]
        ended = now - timedelta(days=11)
        session.add(
            _incident(
                "demo:dismissed",
                text,
                state="dismissed",
                subject="waiting",
                began_at=ended - timedelta(days=2),
                created_at=ended - timedelta(days=1),
                closed_at=ended,
            )
        )


def _title(subject: str) -> str:
    with speaking("he"):
        return str(SUBJECTS[subject].name)
