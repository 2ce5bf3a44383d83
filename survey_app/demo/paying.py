"""Expenses of the demo's visits with drawn receipts, their decisions, and months of pay that were closed one by one."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from PIL import Image, ImageDraw
from sqlalchemy import select
from sqlalchemy.orm import Session

from reports import months as calendar
from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import pay, receipts
from survey_app.commands.evidence import Arrived, Sent
from survey_app.db import reading
from survey_app.demo import files
from survey_app.demo.bank import Bank
from survey_app.demo.storing import ACTOR, Stored
from survey_app.models import Assignment, Expense, User
from survey_app.models.fieldwork import APPROVED, SUBMITTED
from survey_app.permissions import Role
from survey_app.queries import expenses as queries
from survey_app.transaction import transaction

#: One visit of so many had an expense; months whose expenses are told, the newest ones.
_EVERY: Final = 5
_MONTHS: Final = 3
#: A month is closed on the 5th of the next; a claim is decided within days.
_CLOSING_DAY: Final = timedelta(days=4, hours=10)
#: The receipts are few and drawn: the same one stands for all of its sort.
_SIZE: Final = (360, 480)


def store(bank: Bank, stored: Stored, now: datetime) -> None:
    """Close every month but the last full one, whose claims wait for the coordinator."""
    coordinator = stored.users[Role.FIELD_COORDINATOR]
    random = Random(f"{bank.seed} pay")
    for month in bank.months:
        moment = clock.start_of(calendar.first_day(calendar.shift(month, 1))) + _CLOSING_DAY
        last = month == bank.months[-1]
        if month in bank.months[-_MONTHS:]:
            _claims(bank, month, coordinator, random, min(moment, now), decide=not last)
        if not last and moment <= now:
            with clock.moved_to(moment), transaction(Actor.user(coordinator), "pay.close", month=month) as session:
                pay.close(session, coordinator, month)


def _claims(bank: Bank, month: str, coordinator: User, random: Random, moment: datetime, *, decide: bool) -> None:
    sorts: list[dict[str, Any]] = files.document("field")["expenses"]
    days = calendar.first_day(month), calendar.last_day(month)
    with reading() as session:
        visits = session.scalars(
            select(Assignment.id)
            .where(Assignment.window_from.between(*days), Assignment.state.in_((APPROVED, SUBMITTED)))
            .order_by(Assignment.id)
        ).all()[::_EVERY]
    for place, number in enumerate(visits):
        told = sorts[place % len(sorts)]
        arrived = _receipt(told["amount"]) if queries.needs_receipt(told["sort"]) else None
        with clock.moved_to(moment - timedelta(days=2)), transaction(ACTOR, "demo.expense") as session:
            visit = session.get_one(Assignment, number)
            expense_id = UUID(int=random.getrandbits(128)).hex
            made = pay.claim(session, visit, expense_id, told["sort"], told["amount"], told["note"])
            if arrived is not None:
                receipts.attach(session, made, arrived)
            if decide:
                _decide(session, coordinator, made, place)


def _decide(session: Session, coordinator: User, made: Expense, place: int) -> None:
    texts = files.document("field")
    looked_at = queries.with_receipts(session, [made])[0]
    refused = place % 6 == 5
    granted = 0 if refused else looked_at.proposed
    reason = texts["refused"] if refused else texts["capped"] if granted < made.claimed else ""
    pay.decide(session, coordinator, made.id, granted, reason)


def _receipt(amount: int) -> Arrived:
    """A receipt that nobody takes for a true one."""
    picture = Image.new("RGB", _SIZE, "#fbf8ec")
    pen = ImageDraw.Draw(picture)
    for line, text in enumerate(("DEMO RECEIPT", "SYNTHETIC", f"NIS {amount / 100:.2f}")):
        pen.text((40, 60 + 70 * line), text, fill="#333333", font_size=34)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=70)
    out.seek(0)
    return receipts.receive(Sent("receipt.jpg", out), 1)
