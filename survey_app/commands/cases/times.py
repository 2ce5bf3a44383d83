"""The clocks of one case: the time of its rung, begun and extended; how far it can be put off."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.loop import hours, levels
from survey_app.loop.hours import WorkingHours
from survey_app.loop.policy import Loop
from survey_app.models import Case
from survey_app.queries.case_clocks import counted


def begin(session: Session, case: Case, rules: Loop, *, within: int | None = None) -> None:
    """Begin the present rung's time anew; the last rung has nowhere to rise to.

    ``within``: working hours, where they are fewer than the rung's own.
    """
    if not levels.above(case.level):
        case.escalates_at = None
        return
    count = min(rules.level_hours[case.level], within or rules.level_hours[case.level])
    case.escalates_at = hours.after(clock.now(), count, counted(session, case, rules))


def extend(session: Session, case: Case, rules: Loop) -> None:
    """Give the rung more time, because something moved: its hours from now, or until the next step's day is over.

    Never beyond the rung's hours after the case has to be solved, so that putting off cannot hold a case for ever. A
    clock that stands further off already, since the case rose late, stays there at most. One that has run out, or has
    nowhere to rise to, is left alone.
    """
    if case.escalates_at is None or not levels.above(case.level):
        return
    now, worked = clock.now(), counted(session, case, rules)
    count = rules.level_hours[case.level]
    wanted = hours.after(now, count, worked)
    if case.next_on is not None and case.next_on >= clock.today():
        wanted = max(wanted, end_of_work(case.next_on, worked))
    furthest = max(hours.after(case.due_at, count, worked), case.escalates_at)
    case.escalates_at = min(wanted, furthest)


def end_of_work(day: date, worked: WorkingHours) -> datetime:
    """When work ends on a day, or on the first working day after it."""
    while (found := worked.of(day)) is None:
        day += timedelta(days=1)
    return found[1]
