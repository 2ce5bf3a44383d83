"""The organisation, its policy, regions and branches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from reports.policy import Policy
from survey_app.errors import Conflict, NotFound
from survey_app.models import NO_AGENT, Agent, Branch, Organisation, Placement, Region
from survey_app.permissions import Scope
from translations import DEFAULT, localised
from translations import gettext as _
from translations.spelling import tidy

#: Shown until somebody names the organisation.
UNNAMED: Mapping[str, str] = {"he": "הארגון", "en": "The organisation", "ar": "المؤسّسة", "ru": "Организация"}


#: Quotation marks and hyphens are typed in many ways and searched as any one character.
_ANY_MARK = str.maketrans(dict.fromkeys("\"'״׳”“’´`-־–", "_"))


#: Key of ``session.info``: a session forgets rows that nobody holds, and would read this one again for every name.
_KEPT = "organisation"


def organisation(session: Session) -> Organisation:
    """The organisation of this installation; an unnamed one, not stored, where none was set up yet."""
    found = session.get(Organisation, 1)
    if found is None:
        return Organisation(id=1, name=dict(UNNAMED), synthetic=False, policy={}, details={})
    session.info[_KEPT] = found
    return found


def policy(session: Session) -> Policy:
    """The method's settings: the organisation's own where it has them, else the defaults."""
    return Policy.from_dict(organisation(session).policy)


def organisation_name(session: Session, language: str | None = None) -> str:
    """The organisation's name in a language."""
    return localised(organisation(session).name, language) or UNNAMED[DEFAULT]


def branch_by_code(session: Session, text: str) -> Branch:
    """The branch that a code names: ``101``, or ``20-101`` where several banks use the code.

    NotFound for an unknown code, Conflict for an ambiguous one.
    """
    wanted = text.strip()
    found = session.scalars(select(Branch).where(Branch.code == wanted).options(joinedload(Branch.region))).all()
    if not found and "-" in wanted:
        bank, _dash, code = wanted.partition("-")
        found = session.scalars(
            select(Branch).where(Branch.bank == bank, Branch.code == code).options(joinedload(Branch.region))
        ).all()
    if not found:
        raise NotFound(_("There is no branch %(code)s.", code=wanted))
    if len(found) > 1:
        choices = ", ".join(sorted(branch.ref for branch in found))
        raise Conflict(_("Several banks have a branch %(code)s: %(choices)s.", code=wanted, choices=choices))
    return found[0]


def shortest_code(session: Session, branch: Branch) -> str:
    """What an address names a branch by: its code, or ``bank-code`` where another bank uses the code as well."""
    shared = session.scalar(select(func.count(Branch.id)).where(Branch.code == branch.code)) or 0
    return branch.code if shared <= 1 else branch.ref


def codes(session: Session) -> dict[int, str]:
    """Branch id -> what :func:`shortest_code` names the branch by, for every branch."""
    rows = session.execute(select(Branch.id, Branch.bank, Branch.code)).all()
    uses = Counter(code for _id, _bank, code in rows)
    return {branch_id: code if uses[code] == 1 else f"{bank}-{code}" for branch_id, bank, code in rows}


def in_scope(scope: Scope) -> ColumnElement[bool]:
    """The condition on Branch under which a reader may see a branch by name."""
    return _CONDITIONS[scope.reach](scope)


_CONDITIONS: dict[str, Callable[[Scope], ColumnElement[bool]]] = {
    "organisation": lambda scope: true(),
    "region": lambda scope: Branch.region_id == scope.region_id,
    "branch": lambda scope: Branch.id == scope.branch_id,
    "agent": lambda scope: Branch.id == scope.branch_id,
}


def branches(
    session: Session, scope: Scope, search: str = "", *, limit: int | None = None, offset: int = 0
) -> list[Branch]:
    """The branches a reader may see, by code; ``search`` looks into code, name and city."""
    statement = _searched(select(Branch), scope, search).options(joinedload(Branch.region))
    statement = statement.order_by(func.length(Branch.code), Branch.code, Branch.bank).offset(offset)
    return list(session.scalars(statement.limit(limit) if limit is not None else statement))


def count_branches(session: Session, scope: Scope, search: str = "") -> int:
    """How many branches :func:`branches` would list without a limit."""
    return session.scalar(_searched(select(func.count(Branch.id)), scope, search)) or 0


def _searched(statement: Select[Any], scope: Scope, search: str) -> Select[Any]:
    statement = statement.where(in_scope(scope))
    words = tidy(search)
    if words:
        exact = words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        pattern = f"%{exact.translate(_ANY_MARK)}%"
        statement = statement.where(
            or_(
                Branch.code == words,
                Branch.name.ilike(pattern, escape="\\"),
                Branch.city.ilike(pattern, escape="\\"),
            )
        )
    return statement


def regions(session: Session) -> list[Region]:
    """Every region, by name."""
    return list(session.scalars(select(Region).order_by(Region.name)))


def agents_of(session: Session, branch_id: int, day: date) -> list[Agent]:
    """The agents placed at a branch on a day, by name."""
    return list(
        session.scalars(
            select(Agent)
            .join(Placement)
            .where(
                Placement.branch_id == branch_id,
                Placement.since <= day,
                or_(Placement.until.is_(None), Placement.until >= day),
                Agent.id != NO_AGENT,
            )
            .order_by(Agent.name)
        )
    )


def agent_by_code(session: Session, code: str) -> Agent:
    """The agent with a code; NotFound for an unknown one."""
    found = session.scalar(select(Agent).where(Agent.code == code.strip(), Agent.id != NO_AGENT)) if code else None
    if found is None:
        raise NotFound(_("There is no agent %(code)s.", code=code))
    return found


def placement_on(session: Session, agent_id: int, day: date) -> Placement | None:
    """Where an agent was placed on a day."""
    return session.scalar(
        select(Placement).where(
            Placement.agent_id == agent_id,
            Placement.since <= day,
            or_(Placement.until.is_(None), Placement.until >= day),
        )
    )
