"""Interactions that another system tells: each is stored once, with the contact last given beside it.

Whatever way they come (a file, a folder, the interface for systems), they come through :func:`receive`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands.upserts import insert_missing
from survey_app.models import NO_AGENT, Agent, Branch, Customer, Interaction, Placement
from survey_app.models.outreach import WAITING
from survey_app.outreach import telling
from survey_app.outreach.faults import Fault
from survey_app.outreach.policy import OPTIONAL_FIELDS
from survey_app.outreach.telling import Told, Wrong
from survey_app.queries.outreach import policy

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
    places = _Places(session, [one for one, _remarks in told.values()])
    found: dict[int, _Placed] = {}
    first: dict[str, _Placed] = {}
    repeats: dict[int, _Placed] = {}
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
    return str(key)[: telling.MOST["key"]] if isinstance(key, str | int) else ""


@dataclass(frozen=True)
class _Placed:
    """One interaction with its branch and agent found."""

    told: Told
    branch_id: int
    agent_id: int
    remarks: tuple[Fault, ...]

    def columns(self, customer_id: int | None) -> dict[str, Any]:
        """What is stored of it; the customer is compared by reference where there is no id yet."""
        told = self.told
        return {
            "key": told.key,
            "customer": told.customer,
            "customer_id": customer_id,
            "branch_id": self.branch_id,
            "agent_id": self.agent_id,
            "channel": told.channel,
            "reason": told.reason,
            "at": told.at,
            **{name: getattr(told, name) for name in OPTIONAL_FIELDS},
        }


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


def _again(placed: _Placed, stored: Mapping[str, Any]) -> Outcome:
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


def _store(session: Session, found: Mapping[int, _Placed], run_id: int | None) -> dict[int, Outcome]:
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


class _Places:
    """The branches and agents that some interactions name, asked for together."""

    def __init__(self, session: Session, told: Sequence[Told]) -> None:
        self._branches: dict[str, list[Branch]] = {}
        self._agents: dict[str, list[tuple[int, Placement | None]]] = {}
        self._find_branches(session, {one.branch for one in told})
        self._find_agents(session, {one.agent for one in told if one.agent})

    def _find_branches(self, session: Session, names: set[str]) -> None:
        if not names:
            return
        pairs = [name.partition("-")[::2] for name in sorted(names) if "-" in name]
        whole = [and_(Branch.bank == bank, Branch.code == code) for bank, code in pairs]
        for branch in session.scalars(select(Branch).where(or_(Branch.code.in_(sorted(names)), *whole))):
            for name in {branch.code, branch.ref} & names:
                self._branches.setdefault(name, []).append(branch)

    def _find_agents(self, session: Session, codes: set[str]) -> None:
        if not codes:
            return
        query = select(Agent.code, Agent.id, Placement).outerjoin(Placement)
        for code, agent_id, placement in session.execute(
            query.where(Agent.code.in_(sorted(codes)), Agent.id != NO_AGENT)
        ):
            self._agents.setdefault(code, []).append((agent_id, placement))

    def place(self, told: Told, remarks: Sequence[Fault]) -> _Placed:
        """The interaction with its places. Raises Wrong for a branch that was not there that day."""
        branch = self._branch(told)
        agent_id, remark = self._agent(told, branch.id)
        return _Placed(replace(told, branch=branch.ref), branch.id, agent_id, (*remarks, *([remark] if remark else [])))

    def _branch(self, told: Told) -> Branch:
        found = self._branches.get(told.branch, [])
        if len(found) != 1:
            choices = ", ".join(sorted(one.ref for one in found))
            values = {"code": told.branch} | ({"choices": choices} if found else {})
            raise Wrong([Fault("branch", "several_branches" if found else "no_branch", values)])
        branch = found[0]
        if branch.opened is not None and told.day < branch.opened:
            raise Wrong([Fault("branch", "branch_not_open_yet", {"date": branch.opened.isoformat()})])
        if branch.closed is not None and told.day >= branch.closed:
            raise Wrong([Fault("branch", "branch_closed", {"date": branch.closed.isoformat()})])
        return branch

    def _agent(self, told: Told, branch_id: int) -> tuple[int, Fault | None]:
        if not told.agent:
            return NO_AGENT, None
        known = self._agents.get(told.agent)
        if known is None:
            return NO_AGENT, Fault("agent", "no_agent", {"code": told.agent})
        for agent_id, placement in known:
            if placement is not None and placement.branch_id == branch_id and placement.holds_on(told.day):
                return agent_id, None
        return NO_AGENT, Fault("agent", "agent_elsewhere", {"code": told.agent})
