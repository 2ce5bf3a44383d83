"""Agents and where they are placed: one row for each time at a branch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from survey_app.commands.imports import lookups
from survey_app.commands.imports.columns import Problem, Refused, Row, column
from survey_app.commands.imports.handler import Handler, Options, assign
from survey_app.commands.imports.report import ADDED, CHANGED, UNCHANGED, Outcome
from survey_app.models import NO_AGENT, Agent, Placement
from translations import format_date, isolate
from translations import gettext as _


@dataclass(frozen=True, kw_only=True)
class AgentRow(Row):
    """An agent's time at one branch."""

    code: str = field(metadata=column("text", "A-1024", "The employee's number", "קוד נציג", "קוד", "מספר עובד"))
    name: str = field(metadata=column("name", "נועה לוי", "Name", "שם", "שם נציג"))
    email: str = field(default="", metadata=column("email", "noa@example.com", "E-mail address", "דוא״ל", "אימייל"))
    branch: str = field(metadata=column("branch", "461", "Branch: its code, or bank and code", "סניף", "קוד סניף"))
    role: str = field(default="", metadata=column("name", "טלר", "Role in the branch, in words", "תפקיד"))
    since: date = field(metadata=column("date", "01/09/2025", "First day at the branch", "מתאריך", "מ", name="from"))
    until: date | None = field(
        default=None,
        metadata=column("date", "31/08/2026", "Last day at the branch; empty while it lasts", "עד תאריך", "עד"),
    )


@dataclass(frozen=True)
class _Stay:
    """A placement as it would stand: from one day to another, both included, by which row (None: stored already)."""

    since: date
    until: date | None
    row: int | None

    def meets(self, other: _Stay) -> bool:
        return (self.until is None or other.since <= self.until) and (other.until is None or self.since <= other.until)


class AgentHandler(Handler[AgentRow]):
    """Adds agents and placements; a placement is known by its agent and its first day."""

    code = "agents"
    row = AgentRow
    whole = True

    def __init__(self, session: Session, options: Options) -> None:
        super().__init__(session, options)
        self.branches = lookups.Branches(session)
        self.stored: dict[str, list[_Stay]] = defaultdict(list)
        placements = select(Agent.code, Placement.since, Placement.until).join(Placement)
        for code, since, until in session.execute(placements):
            self.stored[code].append(_Stay(since, until, None))

    def settle(self, row: AgentRow) -> AgentRow:
        self.branches.find(row.branch)
        if row.until and row.until < row.since:
            raise Refused(Problem("until", _("The last day is before the first.")))
        return row

    def key(self, row: AgentRow) -> Hashable:
        return row.code, row.since

    def screen(self, rows: Sequence[AgentRow]) -> Mapping[int, Problem]:
        by_agent: dict[str, list[AgentRow]] = defaultdict(list)
        for row in rows:
            by_agent[row.code].append(row)
        problems: dict[int, Problem] = {}
        for code, theirs in by_agent.items():
            problems |= _names_apart(theirs)
            problems |= _overlaps([row for row in theirs if row.row not in problems], self.stored[code])
        return problems

    def apply(self, session: Session, rows: Sequence[AgentRow], run_id: int | None) -> list[Outcome]:
        codes = {row.code for row in rows}
        query = select(Agent).where(Agent.code.in_(codes), Agent.id != NO_AGENT).options(selectinload(Agent.placements))
        known = {agent.code: agent for agent in session.scalars(query)}
        outcomes = [self._apply_one(session, row, known) for row in rows]
        session.flush()
        return outcomes

    def _apply_one(self, session: Session, row: AgentRow, known: dict[str, Agent]) -> Outcome:
        agent = known.get(row.code)
        if agent is None:
            agent = known[row.code] = Agent(code=row.code, name=row.name, email=row.email)
            session.add(agent)
        moved = assign(agent, {name: getattr(row, name) for name in ("name", "email") if name in row.given})
        branch_id = self.branches.find(row.branch).id
        placement = next((one for one in agent.placements if one.since == row.since), None)
        if placement is None:
            agent.placements.append(Placement(branch_id=branch_id, role=row.role, since=row.since, until=row.until))
            return Outcome(row.row, ADDED, row.code)
        values: dict[str, Any] = {name: getattr(row, name) for name in ("role", "until") if name in row.given}
        moved += assign(placement, values | {"branch_id": branch_id})
        names = tuple("branch" if name == "branch_id" else name for name in moved)
        return Outcome(row.row, CHANGED if moved else UNCHANGED, row.code, names)


def _names_apart(rows: Sequence[AgentRow]) -> dict[int, Problem]:
    """Rows that give one code another name than the first row of it does."""
    first = rows[0]
    return {
        row.row: Problem("name", _("Row %(row)s gives this code another name.", row=first.row))
        for row in rows[1:]
        if row.name != first.name
    }


def _overlaps(rows: Sequence[AgentRow], stored: Sequence[_Stay]) -> dict[int, Problem]:
    """Rows whose time meets an earlier row's or a stored placement's that no good row replaces."""
    problems: dict[int, Problem] = {}
    while True:
        good = [row for row in rows if row.row not in problems]
        replaced = {row.since for row in good}
        standing = [stay for stay in stored if stay.since not in replaced]
        met = None
        for row in good:
            stay = _Stay(row.since, row.until, row.row)
            met = next((other for other in standing if other.meets(stay)), None)
            if met is not None:
                problems[row.row] = Problem("since", _met(met))
                break
            standing.append(stay)
        if met is None:
            return problems


def _met(stay: _Stay) -> str:
    if stay.row is not None:
        return _("The time overlaps that of row %(row)s.", row=stay.row)
    return _(
        "The time overlaps the placement that begins on %(date)s. Give that one a last day first.",
        date=isolate(format_date(stay.since)),
    )
