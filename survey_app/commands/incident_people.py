"""Whom an incident hit: gathered once each, written to, and marked when they were reached. Sent is not reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import letters
from survey_app.commands.upserts import insert_missing
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import Case, CaseEvent, Customer, Incident, IncidentPerson, Interaction, Letter, User
from survey_app.permissions import ROLE_NAMES, role_of
from translations import DEFAULT, LANGUAGES, speaking
from translations import gettext as _

WAITING, SENT, REACHED = "waiting", "sent", "reached"
UNREACHABLE, NO_CONTACT = "unreachable", "no_contact"
#: How somebody can be reached: by the messages that leave here, or by a person.
BY_PERSON: Final = ("phone", "branch")
#: People that one transaction takes.
BATCH: Final = 200
_FURTHEST: Final = timedelta(days=31)


@dataclass(frozen=True)
class Affected:
    """Somebody whom the incident hit, in stored spelling."""

    customer_id: int | None = None
    case_id: int | None = None
    branch_id: int | None = None
    language: str = DEFAULT
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)

    @property
    def person(self) -> str:
        """Who it is, once in an incident: a known customer, else the contact, else the case."""
        if self.customer_id is not None:
            return f"customer:{self.customer_id}"
        return self.phone or self.email or (f"case:{self.case_id}" if self.case_id is not None else "")


def add(session: Session, incident: Incident, affected: Sequence[Affected]) -> None:
    """Put people among those affected; who is there stays as they are. ValueError for somebody without any trace."""
    rows = []
    for one in affected:
        if not one.person:
            raise ValueError("somebody affected has a customer, a contact or a case")
        rows.append({
            "incident_id": incident.id,
            "person": one.person,
            "customer_id": one.customer_id,
            "case_id": one.case_id,
            "branch_id": one.branch_id,
            "name": one.name,
            "phone": one.phone,
            "email": one.email,
            "language": one.language if one.language in LANGUAGES else DEFAULT,
            "state": WAITING if one.phone or one.email else NO_CONTACT,
            "how": "",
        })  # fmt: skip
    insert_missing(session, IncidentPerson, rows, ("incident_id", "person"))


def add_case(session: Session, incident: Incident, case: Case) -> None:
    """The customer of a case; with no contact where the customer took the consent back."""
    silent = case.consent_withdrawn_at is not None
    add(session, incident, [
        Affected(
            customer_id=case.customer_id,
            case_id=case.id,
            branch_id=case.branch_id,
            language=case.language,
            name="" if silent else case.name,
            phone="" if silent else case.phone,
            email="" if silent else case.email,
        )
    ])  # fmt: skip


def add_visitors(session: Session, incident: Incident, branch_id: int, since: date, until: date, after: int = 0) -> int:
    """The next customers whom the feed told of at a branch between two days, both included; the last one's id, 0 at
    the end.

    The caller goes on from there in another transaction. UserError for days that do not follow each other, or that
    span more than a month.
    """
    if until < since or until - since > _FURTHEST:
        raise UserError(_("Choose a first and a last day, at most a month apart."), [("until", "")])
    came = exists().where(
        Interaction.customer_id == Customer.id,
        Interaction.branch_id == branch_id,
        Interaction.at >= clock.start_of(since),
        Interaction.at < clock.start_of(until + timedelta(days=1)),
    )
    found = session.scalars(select(Customer).where(Customer.id > after, came).order_by(Customer.id).limit(BATCH)).all()
    add(session, incident, [of_customer(one, branch_id) for one in found])
    return found[-1].id if len(found) == BATCH else 0


def of_customer(customer: Customer, branch_id: int | None) -> Affected:
    """A customer as somebody affected."""
    return Affected(
        customer_id=customer.id,
        branch_id=branch_id,
        language=customer.language or DEFAULT,
        name=customer.name,
        phone=customer.phone,
        email=customer.email,
    )


def mark(
    session: Session, person_id: int, state: str, how: str, by: User, incident_id: int | None = None
) -> IncidentPerson:
    """A person says that somebody was reached, or cannot be. Said again, the first one stands.

    Conflict where the incident is no incident any more; UserError for another state or way.
    """
    found = session.scalar(
        select(IncidentPerson)
        .where(IncidentPerson.id == person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None or incident_id not in (None, found.incident_id):
        raise NotFound(_("There is nobody like this in the incident."))
    if state not in (REACHED, UNREACHABLE) or (state == REACHED and how not in BY_PERSON):
        raise UserError(_("Choose one of the list."))
    if session.get_one(Incident, found.incident_id).state == "dismissed":
        raise Conflict(_("This incident is in another state by now: this cannot be done to it."))
    if found.state != REACHED:
        _settle(found, state, how, by.id)
    return found


def _settle(found: IncidentPerson, state: str, how: str, by_id: int | None = None) -> None:
    found.state, found.how, found.reached_by_id = state, how or found.how, by_id
    found.reached_at = clock.now() if state == REACHED else None


# ---- the messages ----------------------------------------------------------------------------------------------------


def ways(person: IncidentPerson) -> list[tuple[str, str]]:
    """(channel, address) by which somebody can be written to, the first one first."""
    return [(channel, address) for channel, address in (("sms", person.phone), ("email", person.email)) if address]


def letter_key(person: IncidentPerson, channel: str) -> str:
    """What a message is known by: nobody gets the same by one channel twice."""
    return f"incident:{person.incident_id}:{person.id}:{channel}"


def signed(by: User, language: str) -> str:
    """Who apologises: name and role, in the reader's language."""
    with speaking(language):
        return f"{by.name or by.email}, {ROLE_NAMES[role_of(by)]}"


def queue_some(session: Session, incident: Incident, after: int = 0) -> int:
    """Put the next messages in line; the last person's id, 0 where nobody is left."""
    wanted = (
        IncidentPerson.incident_id == incident.id,
        IncidentPerson.id > after,
        IncidentPerson.state == WAITING,
        IncidentPerson.how == "",
    )
    waiting = _held(session, wanted)
    by = session.get_one(User, incident.apology_by_id)
    for person in waiting:
        _queue(session, incident, by, person, ways(person))
    session.flush()
    return waiting[-1].id if len(waiting) == BATCH else 0


def _held(session: Session, wanted: Sequence[ColumnElement[bool]]) -> Sequence[IncidentPerson]:
    """The next people; those whom somebody holds are left to the next minute."""
    some = select(IncidentPerson).where(*wanted).order_by(IncidentPerson.id).limit(BATCH)
    return session.scalars(some.with_for_update(skip_locked=True).execution_options(populate_existing=True)).all()


def _queue(
    session: Session, incident: Incident, by: User, person: IncidentPerson, left: Sequence[tuple[str, str]]
) -> None:
    if not left:
        _settle(person, NO_CONTACT if not person.how else UNREACHABLE, person.how)
        return
    channel, address = left[0]
    language = person.language if incident.words.get(person.language) else DEFAULT
    letters.queue_to_customer(
        session,
        kind="incident",
        key=letter_key(person, channel),
        values={"text": incident.words.get(language, ""), "by": signed(by, language)},
        address=address,
        channel=channel,
        language=language,
        case_id=person.case_id,
        incident_id=incident.id,
    )
    person.how = channel


#: What became of a letter -> what is known of the person; whatever is not here is still under way.
_KNOWN: Final[Mapping[str, str]] = {"sent": SENT, "failed": UNREACHABLE, "cancelled": UNREACHABLE}


def follow_some(session: Session, incident: Incident, after: int = 0) -> int:
    """Take in what became of messages, and whom somebody reached about their case; the last person's id, 0 at the end.

    A message that failed is tried by the other channel, where there is one.
    """
    wanted = (
        IncidentPerson.incident_id == incident.id,
        IncidentPerson.id > after,
        IncidentPerson.state.in_((WAITING, SENT)),
    )
    under_way = _held(session, wanted)
    keys = {letter_key(one, one.how): one for one in under_way if one.how and one.state == WAITING}
    states: dict[str, str] = dict(session.execute(select(Letter.key, Letter.state).where(Letter.key.in_(keys))).all())
    talked = _talked(session, incident, [one.case_id for one in under_way if one.case_id is not None])
    by = session.get(User, incident.apology_by_id) if incident.apology_by_id is not None else None
    for key, person in keys.items():
        state = _KNOWN.get(states.get(key, ""))
        if state == UNREACHABLE and by is not None and incident.state == "open":
            tried = [channel for channel, _address in ways(person)].index(person.how)
            _queue(session, incident, by, person, ways(person)[tried + 1 :])
        elif state is not None:
            _settle(person, state, person.how)
    for person in under_way:
        channel = talked.get(person.case_id or 0)
        if channel is not None:
            person.state, person.how, person.reached_at = REACHED, channel[0], channel[1]
    session.flush()
    return under_way[-1].id if len(under_way) == BATCH else 0


def _talked(session: Session, incident: Incident, case_ids: Sequence[int]) -> dict[int, tuple[str, datetime]]:
    """Case -> how and when its customer was reached by whoever handles it, since the incident is one."""
    rows: Sequence[Any] = session.execute(
        select(CaseEvent.case_id, CaseEvent.channel, CaseEvent.at)
        .where(
            CaseEvent.case_id.in_(case_ids),
            CaseEvent.kind == "contacted",
            CaseEvent.reached.is_(True),
            CaseEvent.at >= incident.created_at,
        )
        .order_by(CaseEvent.at.desc())
    ).all()
    return {case_id: (channel, at) for case_id, channel, at in rows}


def forget_case(session: Session, case_id: int) -> None:
    """Let go of whom a case brought to incidents: its customer's contact is deleted, or is not to be used any more.

    The caller holds the case, and then cancels what waits in line by :func:`letters.forget`: in this order, so that
    nothing is put there in between.
    """
    forget(session, session.scalars(select(IncidentPerson.id).where(IncidentPerson.case_id == case_id)).all())


def forget(session: Session, person_ids: Sequence[int]) -> None:
    """Let go of who people were; that there was somebody, and whether they were reached, stays."""
    for one in session.scalars(
        select(IncidentPerson).where(IncidentPerson.id.in_(person_ids)).order_by(IncidentPerson.id).with_for_update()
    ):
        one.person, one.customer_id, one.case_id = f"gone:{one.id}", None, None
        one.name = one.phone = one.email = ""
        if one.state == WAITING:
            one.state = NO_CONTACT
    session.flush()
