"""Customers who left, as the organisation's file tells: stored once under the file's own key."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.models import Customer, Departure


@dataclass(frozen=True)
class Left:
    """One customer who left: when, from which branch, after how long; ``ref`` is the organisation's reference."""

    key: str = field(repr=False)
    month: str
    branch_id: int
    tenure: str = ""
    ref: str = field(default="", repr=False)


def put(session: Session, left: Left, run_id: int | None = None) -> str:
    """Keep a departure: ``added``, ``changed`` where the file says otherwise than before, or ``unchanged``."""
    customer_id = session.scalar(select(Customer.id).where(Customer.ref == left.ref)) if left.ref else None
    values = {"month": left.month, "branch_id": left.branch_id, "tenure": left.tenure, "customer_id": customer_id}
    stands = session.scalar(select(Departure).where(Departure.key == left.key).with_for_update())
    if stands is None:
        session.add(Departure(key=left.key, import_run_id=run_id, **values))
        session.flush()
        return "added"
    if all(getattr(stands, name) == value for name, value in values.items()):
        return "unchanged"
    for name, value in values.items():
        setattr(stands, name, value)
    session.flush()
    return "changed"
