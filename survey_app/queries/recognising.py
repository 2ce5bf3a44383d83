"""Whom the method's rule proposes for recognition, and on which grounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from reports import months as calendar
from reports.policy import Policy
from reports.recognition import team_chance
from survey_app.models import NO_AGENT, Agent, Recognition
from survey_app.queries import loop, organisation, reviews
from survey_app.queries.recognition import PROPOSED


def due(session: Session, month: str) -> list[dict[str, Any]]:
    """Rows of employees and teams that the rule proposes for a month and that stand there not yet.

    An employee: P(own level ≥ target) ≥ the policy's probability, on enough responses, as the report says it. A team:
    the same rule held to the branch's surveys, without an open critical failure or an overdue case. Whoever was decided
    about within the policy's months is not proposed anew on nearly the same answers.
    """
    data = reviews.review(session, month).data
    policy, target = Policy.of_signed(data["settings"]["policy"]), data["settings"]["policy"]["agent_target"]
    ids = {code: branch_id for branch_id, code in organisation.codes(session).items()}
    agents = dict(session.execute(select(Agent.code, Agent.id)).all())
    wanted = {
        (ids[row["branch"]], agents[row["code"]]): _grounds(row["surveys"], row["p_target"], target)
        for row in data["agents"]
        if row["excellent"] and row["branch"] in ids and row["code"] in agents
    }
    for row in data["branches"]:
        chance = _team(row, data["organisation"]["surveys"]["csat"], policy)
        if chance is not None and row["code"] in ids:
            wanted[ids[row["code"]], NO_AGENT] = _grounds(row["surveys"], 100 * chance, target)
    known = _decided_lately(session, month)
    return [
        {"month": month, "branch_id": branch_id, "agent_id": agent_id, "state": PROPOSED, "grounds": grounds}
        for (branch_id, agent_id), grounds in sorted(wanted.items())
        if (agent_id or -branch_id) not in known
    ]


def _grounds(surveys: Mapping[str, Any], chance: float, target: float) -> dict[str, Any]:
    kept = {name: surveys.get(name) for name in ("n", "csat", "shrunken", "low", "high")}
    return {**kept, "chance": round(chance, 2), "target": target}


def _team(row: Mapping[str, Any], share: float | None, policy: Policy) -> float | None:
    """The chance that a branch reaches the target, where that makes it a team to be proposed."""
    surveys = row["surveys"]
    held_back = row["hidden"] or row["critical_open"] or row["overdue"] or surveys["shrunken"] is None
    if held_back or share is None or surveys["reliability"] is None or surveys["n"] < policy.agent_surveys:
        return None
    chance = team_chance(surveys["shrunken"], surveys["reliability"], share, surveys["n"], policy.agent_target)
    return chance if chance >= policy.agent_probability else None


def _decided_lately(session: Session, month: str) -> set[int]:
    """Agents, and branches below zero, with a row of this month, or with a decision in the months before it."""
    earlier = calendar.span(calendar.shift(month, -1), loop.policy(session).recognition_months - 1)
    rows = session.execute(
        select(Recognition.agent_id, Recognition.branch_id).where(
            or_(
                Recognition.month == month,
                Recognition.month.in_(earlier) & (Recognition.state != PROPOSED),
            )
        )
    )
    return {agent_id or -branch_id for agent_id, branch_id in rows}
