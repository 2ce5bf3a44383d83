"""Who is not to be asked: opted out, an employee, or somebody with an open case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlalchemy.orm import Session

from survey_app.loop.states import DONE, OPEN
from survey_app.models import Agent, Case, Customer, Exclusion, OptOut, User
from survey_app.models.outreach import EMPLOYEE, EXCLUSION_REASONS, OPEN_CASE
from survey_app.outreach import addresses
from survey_app.permissions import Role

#: Why an address is held back, the weightiest first; codes of :data:`survey_app.outreach.dispositions.LEFT_OUT`.
OPTED_OUT: Final = "opted_out"
#: States of a case whose customer is asked nothing but whether it is solved.
UNSOLVED: Final = (*sorted(OPEN), DONE)
REASONS: Final = (OPTED_OUT, EMPLOYEE, OPEN_CASE)


def held_back(session: Session, known: Iterable[str], day: date) -> dict[str, str]:
    """Those of some addresses that are not to be asked on a day: address → reason.

    Addresses are in their stored spelling (:mod:`survey_app.outreach.addresses`). The e-mail addresses of agents and
    of staff who log in count as employees' without being in any list.
    """
    wanted = sorted(set(known))
    if not wanted:
        return {}
    query = select(Exclusion.address, Exclusion.reason).where(Exclusion.address.in_(wanted), _holds_on(day))
    # "employee" comes last and stands.
    rows = session.execute(query.order_by(Exclusion.reason.desc())).all()
    found: dict[str, str] = {**_with_cases(session, wanted), **dict(rows)}
    mails = [one for one in wanted if "@" in one]
    if mails:
        found |= dict.fromkeys(_staff(session, mails), EMPLOYEE)
    found |= dict.fromkeys(opted_out(session, wanted), OPTED_OUT)
    return found


def _with_cases(session: Session, wanted: list[str]) -> dict[str, str]:
    """Addresses of customers who wait for us to solve something: nobody asks them how good the service is."""
    reference = literal(addresses.REF) + Customer.ref
    rows = session.execute(
        select(Case.phone, Case.email, reference)
        .outerjoin(Customer, Customer.id == Case.customer_id)
        .where(Case.state.in_(UNSOLVED), or_(Case.phone.in_(wanted), Case.email.in_(wanted), reference.in_(wanted)))
    )
    there = {address for row in rows for address in row if address}
    return dict.fromkeys(sorted(there & set(wanted)), OPEN_CASE)


def opted_out(session: Session, known: Iterable[str]) -> set[str]:
    """Those of some addresses that asked for no more surveys."""
    return set(session.scalars(select(OptOut.address).where(OptOut.address.in_(sorted(set(known))))))


def _holds_on(day: date) -> ColumnElement[bool]:
    return or_(Exclusion.until.is_(None), Exclusion.until >= day)


def _staff(session: Session, mails: list[str]) -> list[str]:
    agents = session.scalars(select(func.lower(Agent.email)).where(func.lower(Agent.email).in_(mails)))
    users = session.scalars(select(User.email).where(User.email.in_(mails), User.role != Role.SHOPPER, User.active))
    return [*agents, *users]


@dataclass(frozen=True)
class Listed:
    """One list in numbers: addresses that hold today, and those whose time is over."""

    reason: str
    holding: int
    over: int


def lists(session: Session, day: date) -> list[Listed]:
    """Every list of exclusions."""
    counts = {
        reason: (int(total), int(holding or 0))
        for reason, total, holding in session.execute(
            select(
                Exclusion.reason,
                func.count(),
                func.count().filter(_holds_on(day)),
            ).group_by(Exclusion.reason)
        )
    }
    return [Listed(one, counts.get(one, (0, 0))[1], counts.get(one, (0, 0))[0] - counts.get(one, (0, 0))[1])
            for one in EXCLUSION_REASONS]  # fmt: skip


def own_staff(session: Session) -> int:
    """How many e-mail addresses of agents count as employees' by themselves."""
    return session.scalar(select(func.count(Agent.email.distinct())).where(Agent.email != "")) or 0


def page(session: Session, reason: str, *, search: str = "", limit: int, offset: int) -> tuple[list[Exclusion], int]:
    """A list's addresses, the newest first, and how many there are. ``search`` is an address in stored spelling."""
    mine = [Exclusion.reason == reason, *([Exclusion.address == search] if search else [])]
    total = session.scalar(select(func.count()).select_from(Exclusion).where(*mine)) or 0
    rows = session.scalars(select(Exclusion).where(*mine).order_by(Exclusion.id.desc()).limit(limit).offset(offset))
    return list(rows), total


def opt_outs(session: Session, *, search: str = "", limit: int, offset: int) -> tuple[list[OptOut], int]:
    """Addresses that asked for no more surveys, the newest first, and how many there are."""
    mine = [OptOut.address == search] if search else []
    total = session.scalar(select(func.count()).select_from(OptOut).where(*mine)) or 0
    rows = session.scalars(
        select(OptOut).where(*mine).order_by(OptOut.at.desc(), OptOut.address).limit(limit).offset(offset)
    )
    return list(rows), total
