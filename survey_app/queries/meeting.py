"""The meeting about a month as it is read: its day, its state, its agenda with what was said at each stop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from reports import months as calendar
from reports.policy import Policy
from survey_app import clock
from survey_app.meeting.agenda import STOPS
from survey_app.models import Meeting, Minutes, MonthlyReview, User
from survey_app.models.review import OPEN, SIGNED
from survey_app.queries import organisation, reviews

#: Between open and signed: management began to review the month.
IN_REVIEW: Final = "in_review"


@dataclass(frozen=True)
class Stop:
    """One stop of the agenda: its place from 1, its minutes of time, and what was said there."""

    code: str
    number: int
    #: What it is called, in the active language.
    title: str
    #: How long it may take.
    minutes: int
    words: str
    revision: int
    at: datetime | None
    by: User | None


@dataclass(frozen=True)
class Agenda:
    """The meeting about a month."""

    month: str
    state: str
    #: The day that was set, or else the one that the policy gives.
    meets_on: date
    day_was_set: bool
    begun_at: datetime | None
    begun_by: User | None
    #: The first day on which the review may begin: the month's closing day.
    opens_on: date
    stops: list[Stop]

    @property
    def total_minutes(self) -> int:
        """How long the whole meeting may take."""
        return sum(stop.minutes for stop in self.stops)

    @property
    def can_begin(self) -> bool:
        """Whether the month has closed and nobody reviews it yet."""
        return self.state == OPEN and self.begun_at is None and clock.today() >= self.opens_on


def minutes(session: Session, month: str) -> dict[str, Minutes]:
    """Code of a stop -> what was said there, for stops at which anything was, in the agenda's order."""
    rows = session.scalars(
        select(Minutes).where(Minutes.month == month, Minutes.words != "").options(joinedload(Minutes.by))
    )
    found = {row.stop: row for row in rows}
    return {code: found[code] for code in STOPS if code in found}


def day_of(session: Session, month: str, policy: Policy | None = None) -> date:
    """The day on which management meets about a month: the one that was set, or the policy's working day."""
    found = session.get(Meeting, month)
    if found is not None and found.meets_on is not None:
        return found.meets_on
    settings = policy or organisation.policy(session)
    return clock.working_day(calendar.shift(month, 1), settings.meeting_on_working_day)


def agenda(session: Session, month: str) -> Agenda:
    """The meeting about a month; NotFound for what is no month."""
    month = reviews.parse_month(month)
    policy = organisation.policy(session)
    found = session.get(Meeting, month, options=[joinedload(Meeting.begun_by)])
    rows = {
        row.stop: row
        for row in session.scalars(select(Minutes).where(Minutes.month == month).options(joinedload(Minutes.by)))
    }
    begun = found.begun_at if found else None
    signed = session.scalar(select(MonthlyReview.month).where(MonthlyReview.month == month)) is not None
    stops = []
    for number, (code, title) in enumerate(STOPS.items(), 1):
        row = rows.get(code)
        stops.append(
            Stop(
                code=code,
                number=number,
                title=str(title),
                minutes=policy.stop_minutes[number - 1],
                words=row.words if row else "",
                revision=row.revision if row else 0,
                at=row.at if row else None,
                by=row.by if row else None,
            )
        )
    return Agenda(
        month=month,
        state=SIGNED if signed else IN_REVIEW if begun else OPEN,
        meets_on=day_of(session, month, policy),
        day_was_set=found is not None and found.meets_on is not None,
        begun_at=begun,
        begun_by=found.begun_by if found else None,
        opens_on=clock.closes_on(month, policy.closes_on_working_day),
        stops=stops,
    )


# ---- months that nobody reviewed -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unreviewed:
    """A month that closed and that nobody began to review in time."""

    month: str
    #: The last day on which it would have been in time.
    until: date
    alerted: bool


def review_until(month: str, policy: Policy) -> date:
    """The last day of a month's review: so many working days [policy] after it closed."""
    day, left = clock.closes_on(month, policy.closes_on_working_day), policy.review_within_working_days
    while left:
        day += timedelta(days=1)
        left -= clock.is_working_day(day)
    return day


def unreviewed(session: Session, limit: int = 12) -> list[Unreviewed]:
    """Months with data that closed, whose days of review are over, and that nobody reviews or signed; newest first."""
    policy, today = organisation.policy(session), clock.today()
    rows = {row.month: row for row in session.scalars(select(Meeting))}
    found: list[Unreviewed] = []
    for one in reviews.months(session):
        row = rows.get(one.month)
        if one.signed is not None or (row is not None and row.begun_at is not None):
            continue
        until = review_until(one.month, policy)
        if until < today:
            found.append(Unreviewed(one.month, until, row is not None and row.alerted_at is not None))
        if len(found) == limit:
            break
    return found
