"""The two clocks of a case as its readers see them: the rung's, in working hours, and the complaint's, in days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.loop import hours, levels
from survey_app.loop.hours import WorkingHours
from survey_app.loop.policy import Loop
from survey_app.models import Branch, Case
from survey_app.queries.loop import policy


@dataclass(frozen=True)
class Clocks:
    """What is left of a case's times at a moment. Working hours are those of whoever has it."""

    #: When it rises to the next rung and the working hours until then; None where it does not rise any more.
    rises_at: datetime | None
    rises_in: float | None
    #: By when it has to be solved, working hours left until then; below 0: so many hours late.
    due_at: datetime
    due_in: float
    #: Last day of the complaint's time and calendar days left; below 0: so many days late.
    complaint_on: date
    complaint_in: int

    @property
    def late(self) -> bool:
        """Whether it had to be solved before now."""
        return self.due_in < 0


def counted(session: Session, case: Case, rules: Loop) -> WorkingHours:
    """The working hours that a case's clocks count: on the rungs of the branch, without the branch's closed days.

    A branch whose closed days leave no working day counts as one that is open on all of them.
    """
    if levels.LADDER.index(case.level) > levels.LADDER.index(levels.BRANCH):
        return rules.hours()
    closed = session.get_one(Branch, case.branch_id).closed_days
    return rules.hours() if set(closed) >= hours.WORKING_DAYS else rules.hours(closed)


def of(session: Session, case: Case, rules: Loop | None = None) -> Clocks:
    """The clocks of a case now. ``rules`` where they are at hand already."""
    now, hours_of = clock.now(), counted(session, case, rules or policy(session))
    late = hours.between(case.due_at, now, hours_of)
    return Clocks(
        rises_at=case.escalates_at,
        rises_in=None if case.escalates_at is None else hours.between(now, case.escalates_at, hours_of),
        due_at=case.due_at,
        due_in=-late if case.due_at < now else hours.between(now, case.due_at, hours_of),
        complaint_on=case.complaint_due_on,
        complaint_in=(case.complaint_due_on - clock.today()).days,
    )
