"""How customers' cases were solved: saved, how fast, reopened, repeated, and who left afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from reports import months as calendar
from reports.loop import (
    ASKED,
    CaseRow,
    Difference,
    Recovered,
    Share,
    Spread,
    loyalty_effect,
    recovered,
    speed_effect,
)
from reports.rounding import number
from survey_app import clock
from survey_app.commands.fitting.gathering import Inputs, Result, policy_of
from survey_app.loop import hours
from survey_app.loop.hours import WorkingHours
from survey_app.loop.policy import Loop
from survey_app.queries import loop_facts
from survey_app.queries.loop import policy as loop_policy
from survey_app.queries.models import CASES, settings

#: Months after the one in which a case was closed within which somebody who leaves is counted to it.
_FOLLOWED: Final = 3


def gather(session: Session, month: str) -> Inputs:
    """The cases of a year up to the month's end, and the rules of working hours."""
    rules = loop_policy(session)
    return {
        "month": month,
        "settings": settings(CASES, policy_of(session, month)),
        "rules": {"from_hour": rules.from_hour, "until_hour": rules.until_hour,
                  "level_hours": dict(rules.level_hours), "repeat_days": rules.repeat_days},
        "cases": loop_facts.cases(session, month),
        "departures": loop_facts.departures_until(session, month),
    }  # fmt: skip


def fit(given: Inputs) -> Result:
    """Sums of the window, of the organisation and of each branch; over the year what speed and being saved go with."""
    least, level = given["settings"]["least_surveys"], given["settings"]["interval_level"]
    rules = Loop(from_hour=given["rules"]["from_hour"], until_hour=given["rules"]["until_hour"])
    rows = read(given["cases"], given["month"], given["settings"]["survey_window"], rules, given["departures"])
    soon = float(given["rules"]["level_hours"]["agent"])
    of_window = [one for one in rows if one.opened or one.closed or one.standing]
    by_branch: dict[int, list[CaseRow]] = {}
    for one in of_window:
        by_branch.setdefault(one.branch, []).append(one)
    return {
        "settings": given["settings"],
        "window": given["settings"]["survey_window"],
        "least": least,
        "soon": soon,
        "repeat_days": given["rules"]["repeat_days"],
        **_plain(recovered(of_window, level), least=1),
        "speed": _apart(speed_effect(rows, soon, level), least),
        "loyalty": _apart(loyalty_effect(rows, level), least),
        "departures": bool(given["departures"]),
        "branches": [
            {"id": branch, **_plain(recovered(own, level), least)} for branch, own in sorted(by_branch.items())
        ],
    }


def read(cases: Sequence[Sequence[Any]], month: str, window: int, rules: Loop, departures: str) -> list[CaseRow]:
    """The stored cases as the month sees them. Times count the organisation's working hours.

    ``departures``: the last month of which is known who left. Each customer is followed once, from the first case that
    ended, since nobody leaves twice.
    """
    counted, end = rules.hours(), clock.end_of(calendar.last_day(month))
    first = clock.start_of(calendar.first_day(calendar.shift(month, 1 - window))).timestamp()
    followed: set[int] = set()
    found = []
    for one in cases:
        row, closed, (gone, customer) = _row(one, first, end.timestamp(), counted), one[4], one[-2:]
        if departures and customer and customer not in followed and row.how in ASKED:
            followed.add(customer)
            row = replace(row, left=left(gone, calendar.of(_day(closed)), min(departures, month)))
        found.append(row)
    return found


def _row(one: Sequence[Any], first: float, last: float, counted: WorkingHours) -> CaseRow:
    branch, opened, contacted, done, closed, how, reopened, repeat, overdue, contacts, _gone, _customer = one
    standing, recent = not done and not closed, opened >= first
    until = int(done or closed or last)
    return CaseRow(
        branch=branch,
        opened=recent,
        closed=bool(closed) and closed >= first,
        how=how,
        contact=_between(opened, contacted, counted),
        solve=_between(opened, done, counted),
        uncontacted=_between(opened, until, counted) if recent and not contacted else None,
        unsolved=_between(opened, until, counted) if recent and not done else None,
        at_once=(contacts <= 1 and not reopened) if done else None,
        reopened=reopened > 0,
        repeat=bool(repeat),
        standing=standing,
        overdue=standing and bool(overdue),
    )


def _day(moment: int) -> date:
    return clock.local(datetime.fromtimestamp(moment, UTC)).date()


def _between(start: int, end: int, counted: WorkingHours) -> float | None:
    if not end:
        return None
    return hours.between(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC), counted)


def left(gone: str, ended: str, known: str) -> bool | None:
    """Whether a customer left in the three months after the one in which the case ended, all of them months.

    None where that is not over by ``known``, the last month of which is known who left, and where the customer had left
    by the end of the month in which the case ended: who has gone already confirms nothing, and that is no effect of it.
    Such a fixed start and an equal time for everybody is the landmark method.

    Source: Anderson, Cain and Gelber (1983) J Clin Oncol 1:710-719.
    """
    if calendar.shift(ended, _FOLLOWED) > known or (gone and gone <= ended):
        return None
    return bool(gone) and gone <= calendar.shift(ended, _FOLLOWED)


# ---- as JSON ---------------------------------------------------------------------------------------------------------


def _plain(found: Recovered, least: int) -> dict[str, Any]:
    """Counts as they are; shares and medians only where their base is no smaller than ``least``."""
    return {
        **{name: getattr(found, name) for name in ("opened", "standing", "overdue", "closed", "reopened", "repeats")},
        "apart": found.apart,
        "saved": share_of(found.saved, least),
        "at_once": share_of(found.at_once, least),
        "contact": _spread(found.contact, least),
        "solve": _spread(found.solve, least),
    }


def share_of(one: Share | None, least: int) -> dict[str, Any] | None:
    """A share as JSON: its base always, value and interval where the base is enough; None of nothing."""
    if one is None:
        return None
    shown = one.of >= least
    return {"n": one.n, "of": one.of, **{name: number(getattr(one, name)) if shown else None
                                         for name in ("value", "low", "high")}}  # fmt: skip


def _spread(one: Spread | None, least: int) -> dict[str, Any] | None:
    if one is None or one.n < least:
        return None
    return {
        name: value if value is None or isinstance(value, int) else number(value, 1)
        for name, value in asdict(one).items()
    }


def _apart(one: Difference | None, least: int) -> Mapping[str, Any] | None:
    """A difference as JSON; None where either side is too small to be spoken of."""
    if one is None or min(one.first.of, one.second.of) < least:
        return None
    return {
        "first": share_of(one.first, least),
        "second": share_of(one.second, least),
        **{name: number(getattr(one, name)) for name in ("value", "low", "high")},
    }
