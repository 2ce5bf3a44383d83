"""A case as its customer sees it: where it stands, who handles it, what was promised and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.errors import NotFound
from survey_app.loop.states import CLOSED, CONFIRMED, DONE, ERASED, MERGED, OPEN, WITHDRAWN
from survey_app.models import Case, Promise
from translations import gettext as _

#: Merged cases in a row; longer chains are taken for a circle.
_CHAIN: Final = 50
#: Ends after which the customer is not asked and nothing is opened again.
_FOR_GOOD: Final = frozenset({WITHDRAWN, ERASED})


@dataclass(frozen=True)
class CustomerCase:
    """One case on the customer's page. ``case`` is the one that a merged case became part of."""

    case: Case
    #: What was promised to the customer and not settled yet, the nearest first.
    promises: tuple[Promise, ...]

    @property
    def where(self) -> str:
        """Where it stands: ``new``, ``again``, ``contacted``, ``agreed``, ``done``, ``solved``, ``closed``,
        ``withdrawn`` or ``erased``.
        """
        case = self.case
        if case.state == CLOSED:
            return {"confirmed": "solved", **{one: one for one in _FOR_GOOD}}.get(case.closed_how, "closed")
        if case.state == CONFIRMED:
            return "solved"
        return "again" if case.state == "new" and case.reopened else case.state

    @property
    def open(self) -> bool:
        """Whether somebody still works on it."""
        return self.case.state in OPEN

    @property
    def may_confirm(self) -> bool:
        """Whether the customer is asked if it is solved."""
        over = self.case.state == CLOSED and self.case.done_at is not None and self.case.confirmed_at is None
        return self.case.state == DONE or (over and self.case.closed_how not in _FOR_GOOD)

    @property
    def may_reopen(self) -> bool:
        """Whether "not solved" opens it again."""
        return not self.open and self.case.closed_how not in _FOR_GOOD

    @property
    def may_withdraw(self) -> bool:
        """Whether there is a consent to be contacted that could be taken back."""
        return self.case.consent_withdrawn_at is None and self.case.closed_how not in _FOR_GOOD

    @property
    def until(self) -> date | None:
        """By when the customer hears from us, where somebody works on it and the day is not over."""
        day = self._until
        return day if day is not None and day >= clock.today() else None

    @property
    def late(self) -> bool:
        """Whether the customer should have heard from us by now."""
        day = self._until
        return day is not None and day < clock.today()

    @property
    def _until(self) -> date | None:
        if not self.open or self.case.consent_withdrawn_at is not None:
            return None
        if self.case.next_on is not None:
            return self.case.next_on
        return clock.local(self.case.escalates_at or self.case.due_at).date()


def by_token(session: Session, token: str) -> CustomerCase:
    """The case of a customer's own address. NotFound for an unknown one."""
    case = _found(session, Case.token == token) if token else None
    for _step in range(_CHAIN):
        if case is None or case.state != MERGED:
            break
        case = _found(session, Case.id == case.merged_into_id)
    if case is None:
        raise NotFound(
            _(
                "There is nothing at this address. Either it was not copied whole,"
                " or the details of the case were deleted."
            )
        )
    promises = session.scalars(
        select(Promise).where(Promise.case_id == case.id, Promise.state == "open").order_by(Promise.due_on, Promise.id)
    )
    return CustomerCase(case, tuple(promises))


def _found(session: Session, condition: object) -> Case | None:
    statement = select(Case).options(joinedload(Case.owner), joinedload(Case.adopted_by), joinedload(Case.branch))
    return session.scalar(statement.where(condition))  # type: ignore[arg-type]
