"""Interactions that another system tells: each is stored once, with the contact last given beside it.

Whatever way they come (a file, a folder, the interface for systems), they come through :func:`receive`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands.placing import Placed, Places
from survey_app.commands.upserts import insert_missing
from survey_app.models import NO_AGENT, Customer, Interaction
from survey_app.models.outreach import WAITING
from survey_app.outreach import telling
from survey_app.outreach.faults import Fault
from survey_app.outreach.policy import OPTIONAL_FIELDS
from survey_app.outreach.telling import Told, Wrong
from survey_app.queries.outreach import policy
from translations.spelling import broken

#: The most interactions that one transaction takes.
MOST: Final = 500
#: What became of one interaction: stored; here already, the same; not taken.
ADDED, KNOWN, REFUSED = "added", "known", "refused"
_INSERTS: Final[Mapping[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True)
class Refusal:
    """Why an interaction was not taken: its key, and one field with its fault."""

    key: str
    field: str
    fault: Fault

    @property
    def message(self) -> str:
        """In words, in the reader's language."""
        return self.fault.message


@dataclass(frozen=True)
class Outcome:
    """What became of one row: a verdict, what speaks against it, or what of it was left out."""

    key: str
    verdict: str
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Received:
    """What became of some rows, in their order."""

    outcomes: list[Outcome] = field(default_factory=list)

    def count(self, verdict: str) -> int:
        """How many had an outcome."""
        return sum(one.verdict == verdict for one in self.outcomes)

    @property
    def added(self) -> int:
        """How many were stored."""
        return self.count(ADDED)

    @property
    def known(self) -> int:
        """How many were here already, the same."""
        return self.count(KNOWN)

    @property
    def refused(self) -> list[Refusal]:
        """Every fault of every row that was not taken."""
        return [
            Refusal(one.key, fault.field, fault)
            for one in self.outcomes
            if one.verdict == REFUSED
            for fault in one.faults
        ]


def receive(
    session: Session, rows: Iterable[Mapping[str, Any]], *, source: str, import_run_id: int | None = None
) -> Received:
    """Take what was told of visits: each row is a mapping from :data:`telling.FIELDS` to text.

    A key that was told before with the same content is known, and changes nothing; with other content it is refused.
    ``source`` says how it came and is for the caller's audit entry only. At most :data:`MOST` rows.
    """
    given = list(rows)
    if len(given) > MOST:
        raise ValueError(f"{source}: {len(given)} rows are more than one transaction takes")
    approved = policy(session).approved_fields
    outcomes: list[Outcome | None] = [None] * len(given)
    told: dict[int, tuple[Told, list[Fault]]] = {}
    for at, row in enumerate(given):
        try:
            told[at] = telling.read(row, approved=approved)
        except Wrong as wrong:
            outcomes[at] = Outcome(_key(row), REFUSED, tuple(wrong.faults))
    places = Places(session, [one for one, _remarks in told.values()])
    found: dict[int, Placed] = {}
    first: dict[str, Placed] = {}
    repeats: dict[int, Placed] = {}
    for at, (one, remarks) in told.items():
        try:
            placed = places.place(one, remarks)
        except Wrong as wrong:
            outcomes[at] = Outcome(one.key, REFUSED, tuple(wrong.faults))
            continue
        if one.key in first:
            repeats[at] = placed
        else:
            found[at] = first[one.key] = placed
    for at, outcome in _store(session, found, import_run_id).items():
        outcomes[at] = outcome
    for at, placed in repeats.items():
        outcomes[at] = _again(placed, first[placed.told.key].columns(None))
    return Received([one for one in outcomes if one is not None])


def _key(row: Mapping[str, Any]) -> str:
    key = row.get("key")
    readable = isinstance(key, str | int) and not broken(str(key))
    return str(key)[: telling.MOST["key"]] if readable else ""


#: What an interaction told again must share with what is stored, and what each is called in files.
_COMPARED: Final = {
    "customer": "customer",
    "branch_id": "branch",
    "agent_id": "agent",
    "channel": "channel",
    "reason": "reason",
    "at": "at",
    **{name: name for name in OPTIONAL_FIELDS},
}
#: Where nothing is stored, or nothing can be told any more, another value is no contradiction: an agent that is known
#: only by now, an optional field that was approved since, a customer whose contact was cleared.
_MAY_BE_MISSING: Final = {"agent_id": NO_AGENT, "customer": None, **dict.fromkeys(OPTIONAL_FIELDS, "")}


def _again(placed: Placed, stored: Mapping[str, Any]) -> Outcome:
    """What becomes of a key that is here already."""
    now = placed.columns(None)
    differs = [
        name
        for column, name in _COMPARED.items()
        if now[column] != stored[column]
        and not (column in _MAY_BE_MISSING and _MAY_BE_MISSING[column] in (now[column], stored[column]))
    ]
    if differs:
        return Outcome(placed.told.key, REFUSED, (Fault("key", "other_content", {"fields": ", ".join(differs)}),))
    return Outcome(placed.told.key, KNOWN)


def _stored(session: Session, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What is here already under some keys."""
    columns = (
        *(Interaction.key, Interaction.branch_id, Interaction.agent_id, Interaction.channel, Interaction.reason),
        *(Interaction.at, Interaction.tenure, Interaction.age_band),
    )
    query = (
        select(*columns, Customer.ref.label("customer"))
        .outerjoin(Customer, Interaction.customer_id == Customer.id)
        .where(Interaction.key.in_(keys))
    )
    return {row["key"]: dict(row) for row in session.execute(query).mappings()}


def _store(session: Session, found: Mapping[int, Placed], run_id: int | None) -> dict[int, Outcome]:
    """Store what is not here yet. Two that store the same at once agree: one of them finds it here."""
    here = _stored(session, [one.told.key for one in found.values()])
    new = {at: one for at, one in found.items() if one.told.key not in here}
    customers = _customers(session, {one.told.customer for one in new.values()})
    taken: set[str] = set()
    if new:
        now = clock.now()
        values = []
        for one in sorted(new.values(), key=lambda placed: placed.told.key):
            row = one.columns(customers[one.told.customer].id)
            del row["customer"]
            values.append(row | {"state": WAITING, "received_at": now, "import_run_id": run_id})
        table = Interaction.__table__
        insert = _INSERTS[session.get_bind().dialect.name](table)
        # Rows as parameters: the statement is made once, however many there are.
        statement = insert.on_conflict_do_nothing(index_elements=["key"]).returning(table.c.key)
        taken = set(session.execute(statement, values).scalars())
        if len(taken) < len(new):
            here |= _stored(session, [one.told.key for one in new.values() if one.told.key not in taken])
    outcomes: dict[int, Outcome] = {}
    for at, one in found.items():
        if one.told.key in taken:
            _last_given(customers[one.told.customer], one.told)
            outcomes[at] = Outcome(one.told.key, ADDED, one.remarks)
        else:
            outcomes[at] = _again(one, here[one.told.key])
    session.flush()
    return outcomes


def _customers(session: Session, refs: set[str]) -> dict[str, Customer]:
    """The customers of some references, made where they are new, held in one order until the end."""
    if not refs:
        return {}
    ordered = sorted(refs)
    now = clock.now()
    blank = {"name": "", "phone": "", "email": "", "language": "", "updated_at": now}
    there = set(session.scalars(select(Customer.ref).where(Customer.ref.in_(ordered))))
    insert_missing(session, Customer, [{"ref": ref, **blank} for ref in ordered if ref not in there], ["ref"])
    query = select(Customer).where(Customer.ref.in_(ordered)).order_by(Customer.ref).with_for_update()
    return {str(one.ref): one for one in session.scalars(query)}


def _last_given(customer: Customer, told: Told) -> None:
    """The contact last given stands; what is empty this time stays as it was."""
    moved = {
        name: value
        for name in ("name", "phone", "email", "language")
        if (value := getattr(told, name)) and getattr(customer, name) != value
    }
    for name, value in moved.items():
        setattr(customer, name, value)
    if moved:
        customer.updated_at = clock.now()
