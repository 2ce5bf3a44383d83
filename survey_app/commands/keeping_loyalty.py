"""What is kept of incidents, gifts, consents and departures, and for how long: contact goes, counts stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.orm import Session

from survey_app.commands import incident_people
from survey_app.commands.keeping import Ends, Rule
from survey_app.models import Customer, Departure, Gift, Incident, IncidentPerson, OfferConsent


def _old_people(session: Session, ends: Ends) -> Select[Any]:
    """People of incidents that were over for as long as contact is kept."""
    known = or_(
        IncidentPerson.name != "", IncidentPerson.phone != "", IncidentPerson.email != "",
        IncidentPerson.customer_id.is_not(None), IncidentPerson.case_id.is_not(None),
    )  # fmt: skip
    return (
        select(IncidentPerson.id)
        .join(Incident, Incident.id == IncidentPerson.incident_id)
        .where(known, Incident.closed_at < ends.contact)
    )


def _cleared_customers() -> Any:
    """Customers whom nothing leads to any more."""
    return select(Customer.id).where(
        Customer.ref.is_(None), Customer.name == "", Customer.phone == "", Customer.email == ""
    )


def _nobody_s_gifts(session: Session, ends: Ends) -> Select[Any]:
    return select(Gift.id).where(Gift.customer_id.in_(_cleared_customers()))


def _clear_gifts(session: Session, ids: Sequence[int]) -> None:
    session.execute(update(Gift).where(Gift.id.in_(ids)).values(customer_id=None))


def _nobody_s_consents(session: Session, ends: Ends) -> Select[Any]:
    return select(OfferConsent.customer_id).where(OfferConsent.customer_id.in_(_cleared_customers()))


def _drop_consents(session: Session, ids: Sequence[int]) -> None:
    session.execute(delete(OfferConsent).where(OfferConsent.customer_id.in_(ids)))


def _old_departures(session: Session, ends: Ends) -> Select[Any]:
    """Departures that still have the file's own key: of cleared customers, and of months as old as contact is kept."""
    month = ends.contact.strftime("%Y-%m")
    return select(Departure.id).where(
        Departure.key.is_not(None),
        or_(Departure.customer_id.in_(_cleared_customers()), Departure.month < month),
    )


def _clear_departures(session: Session, ids: Sequence[int]) -> None:
    session.execute(update(Departure).where(Departure.id.in_(ids)).values(key=None))


RULES: Final = (
    Rule("affected", _old_people, incident_people.forget),
    Rule("gifts", _nobody_s_gifts, _clear_gifts),
    Rule("offer_consents", _nobody_s_consents, _drop_consents),
    Rule("departures", _old_departures, _clear_departures),
)
