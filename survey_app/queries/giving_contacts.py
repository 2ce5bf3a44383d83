"""The calendar of contacts that give: what is planned, who would get it, and why others would not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import Session, joinedload

from reports import months as calendar
from survey_app import clock
from survey_app.errors import NotFound
from survey_app.loop.giving import CANCELLED, LEFT_OUT
from survey_app.loop.states import OPEN, WAITING
from survey_app.models import Case, Customer, Departure, Gift, GivingContact, Interaction, OfferConsent, Organisation
from survey_app.queries.loop import policy
from translations import gettext as _

#: Contacts of one month that the calendar shows.
MOST: Final = 400
GIVEN: Final = "given"


@dataclass(frozen=True)
class Audience:
    """Whom a contact is for: how many would get it, and how many not, by the first reason that holds them back."""

    given: int
    left_out: Mapping[str, int]

    @property
    def total(self) -> int:
        """Everybody whom it is meant for."""
        return self.given + sum(self.left_out.values())


def telephone(session: Session) -> str:
    """The organisation's telephone for customers; empty where none was entered."""
    found = session.get(Organisation, 1)
    return str((found.details if found is not None else {}).get("telephone") or "")


def contact(session: Session, contact_id: int) -> GivingContact:
    """One contact. NotFound."""
    found = session.get(GivingContact, contact_id, options=[joinedload(GivingContact.branch)])
    if found is None:
        raise NotFound(_("There is no such contact."))
    return found


def of_month(session: Session, month: str) -> list[GivingContact]:
    """The contacts of a month by their day; cancelled ones last on it."""
    first = calendar.first_day(month)
    until = calendar.first_day(calendar.shift(month, 1))
    return list(
        session.scalars(
            select(GivingContact)
            .where(GivingContact.planned_on >= first, GivingContact.planned_on < until)
            .options(joinedload(GivingContact.branch))
            .order_by(GivingContact.planned_on, GivingContact.state == CANCELLED, GivingContact.id)
            .limit(MOST)
        )
    )


def waiting(session: Session) -> list[GivingContact]:
    """What waits for approval, the next day first."""
    return list(
        session.scalars(
            select(GivingContact)
            .where(GivingContact.state == "planned")
            .options(joinedload(GivingContact.branch))
            .order_by(GivingContact.planned_on, GivingContact.id)
            .limit(MOST)
        )
    )


def given(session: Session, contact_ids: Sequence[int]) -> dict[int, int]:
    """Contact -> how many customers were given it."""
    rows = session.execute(
        select(Gift.contact_id, func.count()).where(Gift.contact_id.in_(contact_ids)).group_by(Gift.contact_id)
    )
    return dict(rows.all())


def tenures(session: Session) -> list[str]:
    """Tenure bands that the feed told of, where it is approved."""
    rows = session.scalars(select(Interaction.tenure).where(Interaction.tenure != "").distinct())
    return sorted(rows)


def last_visit() -> Any:
    """The last interaction of each customer, as a subquery: customer, branch, tenure."""
    place = func.row_number().over(
        partition_by=Interaction.customer_id, order_by=(Interaction.at.desc(), Interaction.id.desc())
    )
    ranked = (
        select(Interaction.customer_id, Interaction.branch_id, Interaction.tenure, place.label("place"))
        .where(Interaction.customer_id.is_not(None))
        .subquery()
    )
    return select(ranked.c.customer_id, ranked.c.branch_id, ranked.c.tenure).where(ranked.c.place == 1).subquery("last")


def holds_back(day: date, giving_days: int) -> Mapping[str, ColumnElement[bool]]:
    """Reason -> the condition on Customer (with OfferConsent joined outside) under which it gets nothing on a day."""
    consent = and_(
        OfferConsent.customer_id.is_not(None), OfferConsent.given_on <= day,
        or_(OfferConsent.withdrawn_on.is_(None), OfferConsent.withdrawn_on > day),
    )  # fmt: skip
    lately = exists().where(Gift.customer_id == Customer.id, Gift.given_on > day - timedelta(days=giving_days))
    troubled = exists().where(Case.customer_id == Customer.id, Case.state.in_((*OPEN, *WAITING)))
    found: dict[str, ColumnElement[bool]] = {
        "no_consent": or_(OfferConsent.customer_id.is_(None), ~consent),
        "no_contact": and_(Customer.phone == "", Customer.email == ""),
        "departed": exists().where(Departure.customer_id == Customer.id),
        "open_case": troubled,
        "capped": lately,
    }
    return {reason: found[reason] for reason in LEFT_OUT}


def meant(about: GivingContact, last: Any) -> list[ColumnElement[bool]]:
    """The conditions on a customer's last visit under which a contact is meant for the customer."""
    found = [last.c.branch_id == about.branch_id] if about.branch_id is not None else []
    return found + ([last.c.tenure == about.tenure] if about.tenure else [])


def audience(session: Session, about: GivingContact) -> Audience:
    """Whom a contact would reach if it were given on its day, or today where that has passed."""
    day, last = max(about.planned_on, clock.today()), last_visit()
    held = holds_back(day, policy(session).giving_days)
    reason = case(*((condition, literal(name)) for name, condition in held.items()), else_=literal(GIVEN))
    classified = (
        select(reason.label("reason"))
        .select_from(Customer)
        .join(last, last.c.customer_id == Customer.id)
        .outerjoin(OfferConsent, OfferConsent.customer_id == Customer.id)
        .where(*meant(about, last))
        .subquery()
    )
    counted: dict[str, int] = dict(
        session.execute(select(classified.c.reason, func.count()).group_by(classified.c.reason)).all()
    )
    return Audience(counted.pop(GIVEN, 0), {name: counted.get(name, 0) for name in LEFT_OUT if counted.get(name)})
