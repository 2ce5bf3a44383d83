"""When messages may leave: between the organisation's hours, on no Sabbath, holiday or eve of one.

Hours are of the organisation's wall clock and are turned into moments day by day, so that the nights on which the
clock is changed cost or give nobody an hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from survey_app import clock
from survey_app.outreach.policy import Outreach
from translations import lazy_gettext as _l

FRIDAY, SATURDAY = 4, 5
SABBATH, EVE, HOLIDAY = "sabbath", "eve", "holiday"
#: Why nothing is sent on a day: code -> words.
REASONS: Final[Mapping[str, Any]] = {
    SABBATH: _l("Sabbath"),
    EVE: _l("Friday, the eve of the Sabbath"),
    HOLIDAY: _l("A holiday or the eve of one"),
}
#: The longest run of days without sending is a few; a policy that leaves no hour at all is a fault of ours.
_FAR: Final = 400


@dataclass(frozen=True)
class DayWithout:
    """A day on which nothing is sent, and why: a code of :data:`REASONS`."""

    day: date
    reason: str

    @property
    def words(self) -> Any:
        """The reason, in the reader's language."""
        return REASONS[self.reason]


def reason(day: date, policy: Outreach | None = None) -> str:
    """Why nothing is sent on a day: a code of :data:`REASONS`; empty where it is."""
    if clock.is_holiday_or_eve(day):
        return HOLIDAY
    if day.weekday() == SATURDAY:
        return SABBATH
    if day.weekday() == FRIDAY and _friday_end(policy or Outreach()) is None:
        return EVE
    return ""


def window(day: date, policy: Outreach) -> tuple[datetime, datetime] | None:
    """From when until when messages leave on a day, in UTC; the end is no longer in it. None: not at all."""
    if reason(day, policy):
        return None
    start, end = policy.hours
    if day.weekday() == FRIDAY:
        end = _friday_end(policy) or end
    opening, closing = _moment(day, start), _moment(day, end)
    return (opening, closing) if opening < closing else None


def next_moment(moment: datetime, policy: Outreach) -> datetime:
    """The first moment from this one on (aware) at which a message may leave."""
    day = clock.local(moment).date()
    for step in range(_FAR):
        found = window(day + timedelta(days=step), policy)
        if found is not None and moment < found[1]:
            return max(moment, found[0])
    raise ValueError("the hours of sending leave no hour")


def allowed(moment: datetime, policy: Outreach) -> bool:
    """Whether a message may leave at a moment."""
    return next_moment(moment, policy) == moment


def days_without(start: date, end: date, policy: Outreach | None = None) -> list[DayWithout]:
    """The days from ``start`` to ``end``, both included, on which nothing is sent."""
    days = (start + timedelta(days=step) for step in range((end - start).days + 1))
    return [DayWithout(day, why) for day in days if (why := reason(day, policy))]


def _friday_end(policy: Outreach) -> time | None:
    """When sending ends on a Friday, never later than on other days; None where nothing is sent then."""
    if not policy.friday_until:
        return None
    start, end = policy.hours
    friday = min(time.fromisoformat(policy.friday_until), end)
    return friday if friday > start else None


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=clock.TIME_ZONE).astimezone(UTC)
