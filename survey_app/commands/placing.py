"""The branch and the agent that an interaction names, found among those that there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from survey_app.models import NO_AGENT, Agent, Branch, Placement
from survey_app.outreach.faults import Fault
from survey_app.outreach.policy import OPTIONAL_FIELDS
from survey_app.outreach.telling import Told, Wrong


@dataclass(frozen=True)
class Placed:
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


class Places:
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

    def place(self, told: Told, remarks: Sequence[Fault]) -> Placed:
        """The interaction with its places. Raises Wrong for a branch that was not there that day."""
        branch = self._branch(told)
        agent_id, remark = self._agent(told, branch.id)
        return Placed(replace(told, branch=branch.ref), branch.id, agent_id, (*remarks, *([remark] if remark else [])))

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
