"""Whom an incident hit, from the organisation's own list; and whom its own calls have reached already."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import incident_people as people
from survey_app.commands.imports import lookups
from survey_app.commands.imports.columns import Problem, Refused, Row, column
from survey_app.commands.imports.handler import Handler, Options
from survey_app.commands.imports.report import ADDED, CHANGED, UNCHANGED, Outcome
from survey_app.commands.incident_people import REACHED, Affected
from survey_app.models import Customer, Incident, IncidentPerson
from survey_app.outreach import addresses, phones
from translations import DEFAULT
from translations import gettext as _

_MOST_NAME = 200


@dataclass(frozen=True, kw_only=True)
class AffectedRow(Row):
    """Somebody whom an incident hit: by reference, telephone or e-mail, one of them at least."""

    customer: str = field(
        default="",
        metadata=column("text", "C-10432", "The organisation's reference of the customer", "לקוח", "אסמכתת לקוח"),
    )
    name: str = field(default="", metadata=column("name", "נועה לוי", "Name", "שם"))
    phone: str = field(default="", metadata=column("text", "052-0000000", "Telephone", "טלפון"))
    email: str = field(default="", metadata=column("email", "noa@example.com", "E-mail address", "דוא״ל", "אימייל"))
    language: str = field(
        default="", metadata=column("language", "he", "Language of the message; by default the customer's own", "שפה")
    )
    branch: str = field(
        default="", metadata=column("branch", "461", "Branch: its code, or bank and code", "סניף", "קוד סניף")
    )
    reached: bool = field(
        default=False,
        metadata=column("yes or no", "no", "Whether somebody has spoken with the customer already", "הושג קשר"),
    )
    incident: int | None = field(
        default=None,
        metadata=column("count", "1", "Number of the incident; empty where there is only one open", "אירוע"),
    )


class AffectedHandler(Handler[AffectedRow]):
    """Adds people to an open incident; who is there stays, and is marked reached where the file says so."""

    code = "affected"
    row = AffectedRow

    def __init__(self, session: Session, options: Options) -> None:
        super().__init__(session, options)
        self.branches = lookups.Branches(session)
        self.known = set(session.scalars(select(Customer.ref).where(Customer.ref.is_not(None))))
        self.open = set(session.scalars(select(Incident.id).where(Incident.state == "open")))

    def _incident(self, row: AffectedRow) -> int:
        wanted = self.options.incident or row.incident
        if wanted is None and len(self.open) == 1:
            return next(iter(self.open))
        if wanted is None or wanted not in self.open:
            raise Refused(Problem("incident", _("There is no open incident by this number.")))
        return wanted

    def settle(self, row: AffectedRow) -> AffectedRow:
        self._incident(row)
        problems = []
        if row.branch:
            self.branches.find(row.branch)
        if row.phone and phones.normal(row.phone) is None:
            problems.append(Problem("phone", _("This is no telephone number that can be called.")))
        if not (row.customer or row.phone or row.email):
            problems.append(Problem(None, _("Give a reference, a telephone or an e-mail.")))
        elif row.customer and not (row.phone or row.email or row.customer in self.known):
            problems.append(Problem("customer", _("The feed has told of no customer by this reference.")))
        if len(row.name) > _MOST_NAME or len(row.customer) > addresses.MOST_REF:
            problems.append(Problem("name", _("Write at most %(max)s characters.", max=_MOST_NAME)))
        if problems:
            raise Refused(*problems)
        return row

    def key(self, row: AffectedRow) -> Hashable:
        return self._incident(row), row.customer, phones.normal(row.phone) if row.phone else "", row.email

    def apply(self, session: Session, rows: Sequence[AffectedRow], run_id: int | None) -> list[Outcome]:
        known = _Known(session, rows)
        outcomes = {}
        for row in sorted(rows, key=lambda one: (self._incident(one), one.row)):
            outcomes[row.row] = self._apply_one(session, row, known)
        return [outcomes[row.row] for row in rows]

    def _apply_one(self, session: Session, row: AffectedRow, known: _Known) -> Outcome:
        phone = phones.normal(row.phone) or "" if row.phone else ""
        customer = known.of(row.customer, phone, row.email)
        branch_id = self.branches.find(row.branch).id if row.branch else None
        one = Affected(
            customer_id=customer.id if customer is not None else None,
            branch_id=branch_id,
            language=row.language or (customer.language if customer is not None else "") or DEFAULT,
            name=row.name or (customer.name if customer is not None else ""),
            phone=phone or (customer.phone if customer is not None else ""),
            email=row.email or (customer.email if customer is not None else ""),
        )
        if not one.person:
            # Cleared since the file was looked at: nothing leads to the customer any more.
            return Outcome(row.row, UNCHANGED, "")
        incident = session.get_one(Incident, self._incident(row))
        stands = _standing(session, incident.id, one.person)
        if stands is None:
            people.add(session, incident, [one])
            stands = _standing(session, incident.id, one.person)
            verdict = ADDED
        else:
            verdict = UNCHANGED
        if row.reached and stands is not None and stands.state != REACHED:
            stands.state, stands.how, stands.reached_at = REACHED, "phone", clock.now()
            session.flush()
            verdict = CHANGED if verdict == UNCHANGED else verdict
        return Outcome(row.row, verdict, "")


def _standing(session: Session, incident_id: int, person: str) -> IncidentPerson | None:
    return session.scalar(
        select(IncidentPerson)
        .where(IncidentPerson.incident_id == incident_id, IncidentPerson.person == person)
        .with_for_update()
    )


class _Known:
    """Customers of a batch's rows by reference, telephone and e-mail; an address of several people names nobody."""

    def __init__(self, session: Session, rows: Sequence[AffectedRow]) -> None:
        refs = {row.customer for row in rows if row.customer}
        numbers = {found for row in rows if row.phone and (found := phones.normal(row.phone))}
        mails = {row.email for row in rows if row.email}
        customers = session.scalars(
            select(Customer).where(or_(Customer.ref.in_(refs), Customer.phone.in_(numbers), Customer.email.in_(mails)))
        ).all()
        self._by_ref = {one.ref: one for one in customers if one.ref}
        self._by_address: dict[str, list[Customer]] = {}
        for one in customers:
            for address in filter(None, (one.phone, one.email)):
                self._by_address.setdefault(address, []).append(one)

    def of(self, ref: str, phone: str, email: str) -> Customer | None:
        """The customer whom a row means, where there is exactly one."""
        if ref in self._by_ref:
            return self._by_ref[ref]
        for address in filter(None, (phone, email)):
            found = self._by_address.get(address, [])
            if len(found) == 1:
                return found[0]
        return None
