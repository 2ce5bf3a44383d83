"""What a file refers to, looked up once per import: branches, regions and agents by the names that files use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.commands.imports.columns import Problem, Refused
from survey_app.models import NO_AGENT, Agent, Branch, Region
from translations import format_date, isolate
from translations import gettext as _
from translations.spelling import fold


@dataclass(frozen=True)
class KnownBranch:
    """What is needed of a branch to place something there."""

    id: int
    ref: str
    region_id: int
    opened: date | None
    closed: date | None


class Branches:
    """Branches by code and by bank and code."""

    def __init__(self, session: Session) -> None:
        self._by_name: dict[str, list[KnownBranch]] = defaultdict(list)
        #: ``bank-code`` by the branch's id.
        self.by_id: dict[int, str] = {}
        columns = (Branch.id, Branch.bank, Branch.code, Branch.region_id, Branch.opened, Branch.closed)
        for id_, bank, code, region_id, opened, closed in session.execute(select(*columns)):
            known = KnownBranch(id_, f"{bank}-{code}", region_id or 0, opened, closed)
            self._by_name[code].append(known)
            self._by_name[known.ref].append(known)
            self.by_id[id_] = known.ref

    def find(self, reference: str, attribute: str = "branch") -> KnownBranch:
        """The branch a reference names. Raises Refused for an unknown or ambiguous one."""
        found = self._by_name.get(reference, [])
        if len(found) == 1:
            return found[0]
        if not found:
            raise Refused(Problem(attribute, _("There is no branch %(code)s.", code=isolate(reference))))
        choices = ", ".join(sorted(one.ref for one in found))
        raise Refused(
            Problem(
                attribute,
                _("Several banks have a branch %(code)s: %(choices)s.", code=isolate(reference), choices=choices),
            )
        )

    def find_open(self, reference: str, day: date, attribute: str = "branch") -> KnownBranch:
        """The branch a reference names, if it served customers on a day. Raises Refused."""
        branch = self.find(reference, attribute)
        if branch.opened is not None and day < branch.opened:
            message = _("The branch opened on %(date)s only.", date=isolate(format_date(branch.opened)))
            raise Refused(Problem(attribute, message))
        if branch.closed is not None and day >= branch.closed:
            message = _("The branch closed on %(date)s.", date=isolate(format_date(branch.closed)))
            raise Refused(Problem(attribute, message))
        return branch


def regions(session: Session) -> Mapping[str, Region]:
    """Regions by their folded name."""
    return {fold(region.name): region for region in session.scalars(select(Region))}


def agent_ids(session: Session) -> Mapping[str, int]:
    """Ids of agents by code."""
    return {agent.code: agent.id for agent in session.scalars(select(Agent).where(Agent.id != NO_AGENT))}


def find_agent(known: Mapping[str, int], code: str, attribute: str = "agent") -> int:
    """The id of an agent. Raises Refused for an unknown code."""
    if code not in known:
        raise Refused(Problem(attribute, _("There is no agent %(code)s.", code=isolate(code))))
    return known[code]
