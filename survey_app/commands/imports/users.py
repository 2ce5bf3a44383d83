"""People who log in. A new one has no password: nobody can log in before one is set."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands.imports import lookups
from survey_app.commands.imports.columns import Problem, Refused, Row, column, gather
from survey_app.commands.imports.handler import Handler, Options, assign
from survey_app.commands.imports.report import ADDED, CHANGED, UNCHANGED, Outcome
from survey_app.models import User
from survey_app.permissions import REACH, Role
from translations import DEFAULT, isolate
from translations import gettext as _
from translations.spelling import fold


@dataclass(frozen=True, kw_only=True)
class UserRow(Row):
    """Somebody who logs in."""

    email: str = field(metadata=column("email", "noa@example.com", "The address to log in with", "דוא״ל", "אימייל"))
    name: str = field(default="", metadata=column("name", "נועה לוי", "Name", "שם"))
    role: str = field(metadata=column("role", "branch_manager", "What the person is here for", "תפקיד", "הרשאה"))
    branch: str = field(default="", metadata=column("branch", "461", "Branch; needed for branch management", "סניף"))
    region: str = field(default="", metadata=column("name", "מרחב דן", "Region; needed for region management", "מרחב"))
    agent: str = field(
        default="", metadata=column("text", "A-1024", "Agent's code; needed for an agent", "קוד נציג", "נציג")
    )
    language: str = field(default=DEFAULT, metadata=column("language", "he", "Language of the interface", "שפה"))


#: What a role is about, by how far it reaches: the column it cannot do without.
_NEEDS: Final[Mapping[str, str]] = {"branch": "branch", "region": "region", "agent": "agent"}


class UserHandler(Handler[UserRow]):
    """Adds users without a password and changes what stands."""

    code = "users"
    row = UserRow

    def __init__(self, session: Session, options: Options) -> None:
        super().__init__(session, options)
        self.branches = lookups.Branches(session)
        self.regions = {name: region.id for name, region in lookups.regions(session).items()}
        self.agents = lookups.agent_ids(session)
        self.new = 0

    def settle(self, row: UserRow) -> UserRow:
        gather(lambda: _has_what_it_needs(row), lambda: self._places(row))
        return row

    def _places(self, row: UserRow) -> dict[str, int | None]:
        """What the row is about, as ids. Raises Refused for what is not here."""
        branch, region_id, agent_id = gather(
            lambda: self.branches.find(row.branch) if row.branch else None,
            lambda: self._region(row.region) if row.region else None,
            lambda: lookups.find_agent(self.agents, row.agent) if row.agent else None,
        )
        return {"branch": branch.id if branch else None, "region": region_id, "agent": agent_id}

    def _region(self, name: str) -> int:
        if fold(name) not in self.regions:
            raise Refused(Problem("region", _("There is no region %(name)s.", name=isolate(name))))
        return self.regions[fold(name)]

    def key(self, row: UserRow) -> Hashable:
        return row.email

    def apply(self, session: Session, rows: Sequence[UserRow], run_id: int | None) -> list[Outcome]:
        query = select(User).where(User.email.in_([row.email for row in rows]))
        known = {user.email: user for user in session.scalars(query)}
        outcomes = [self._apply_one(session, row, known.get(row.email)) for row in rows]
        session.flush()
        self.new += sum(one.verdict == ADDED for one in outcomes)
        return outcomes

    def _apply_one(self, session: Session, row: UserRow, user: User | None) -> Outcome:
        values: dict[str, Any] = {name: getattr(row, name) for name in ("name", "language") if name in row.given}
        values |= {f"{name}_id": id_ for name, id_ in self._places(row).items() if name in row.given}
        values["role"] = row.role
        if user is None:
            session.add(User(email=row.email, created_at=clock.now(), **values))
            return Outcome(row.row, ADDED, row.email)
        names = tuple(name.removesuffix("_id") for name in assign(user, values))
        return Outcome(row.row, CHANGED if names else UNCHANGED, row.email, names)

    def notices(self) -> list[str]:
        if not self.new:
            return []
        return [
            _(
                "New users without a password: %(count)s."
                " Nobody can log in before survey-app user password has set one.",
                count=self.new,
            )
        ]


def _has_what_it_needs(row: UserRow) -> None:
    needed = _NEEDS.get(REACH.get(Role(row.role), ""))
    if needed and not getattr(row, needed):
        raise Refused(Problem(needed, _("The role %(role)s needs this.", role=isolate(row.role))))
