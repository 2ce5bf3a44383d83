"""Before the meeting about a month: its day, when branch managers are given their preview, and what they answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from reports import months as calendar
from survey_app import clock
from survey_app.models import Branch, BranchStatement, Meeting, MonthlyReview, User
from survey_app.permissions import Role
from survey_app.queries import organisation
from survey_app.queries.meeting import day_of

#: Characters of a branch's answer.
LONGEST: Final = 500


@dataclass(frozen=True)
class Window:
    """Between the preview of a month and its meeting: what a branch may still do."""

    month: str
    #: The day of the meeting: as it was set, or as the policy gives it.
    meets_on: date
    #: The day on which branch managers are given their preview.
    opens_on: date
    #: When they were told.
    told_at: datetime | None
    #: Whether the meeting began, or the month was signed.
    over: bool

    @property
    def late(self) -> bool:
        """Whether the meeting's day is over and it has not begun."""
        return not self.over and clock.today() > self.meets_on

    @property
    def open(self) -> bool:
        """Whether branches may answer and mark comments today."""
        return not self.over and clock.today() >= self.opens_on


def window(session: Session, month: str) -> Window:
    """When the preview of a month opens and whether it is over."""
    policy = organisation.policy(session)
    meeting = session.get(Meeting, month)
    meets_on = day_of(session, month, policy)
    signed = session.scalar(select(MonthlyReview.month).where(MonthlyReview.month == month)) is not None
    return Window(
        month=month,
        meets_on=meets_on,
        opens_on=_working_days_before(meets_on, policy.preview_working_days),
        told_at=meeting.previewed_at if meeting is not None else None,
        over=signed or (meeting is not None and meeting.begun_at is not None),
    )


def _working_days_before(day: date, number: int) -> date:
    left = number
    while left:
        day -= timedelta(days=1)
        left -= clock.is_working_day(day)
    return day


def statement(session: Session, month: str, branch_id: int) -> BranchStatement | None:
    """What one branch wrote about a month, also where it took its words back (they are empty then)."""
    return session.get(BranchStatement, (month, branch_id), options=[joinedload(BranchStatement.by, innerjoin=True)])


def statements(session: Session, month: str) -> dict[int, BranchStatement]:
    """Branch id -> what its manager wrote about a month, with who wrote it; branches that wrote nothing are absent.

    Of the whole organisation: show those of branches that the reader may see by name.
    """
    rows = session.scalars(
        select(BranchStatement)
        .where(BranchStatement.month == month, BranchStatement.words != "")
        .order_by(BranchStatement.branch_id)
        .options(joinedload(BranchStatement.by, innerjoin=True))
    )
    return {row.branch_id: row for row in rows}


def managers(session: Session, month: str, above: int, limit: int) -> list[int]:
    """Users who are told of the preview: managers of ranked branches that were open in the month; in order of their

    ids, those greater than ``above``.
    """
    first, last = calendar.first_day(month), calendar.last_day(month)
    rows = session.scalars(
        select(User.id)
        .join(Branch, Branch.id == User.branch_id)
        .where(User.role == Role.BRANCH_MANAGER.value, User.active, User.id > above)
        .where(Branch.ranked, (Branch.opened.is_(None)) | (Branch.opened <= last))
        .where((Branch.closed.is_(None)) | (Branch.closed > first))
        .order_by(User.id)
        .limit(limit)
    )
    return list(rows)
