"""Departments of the demo bank, what others publish, and when its packs are sent."""

from __future__ import annotations

from sqlalchemy.orm import Session

from reports import months as calendar
from survey_app import clock
from survey_app.commands import benchmarks, departments, packs
from survey_app.commands.benchmarks import Published
from survey_app.commands.departments import About
from survey_app.demo import files
from survey_app.demo.bank import Bank
from survey_app.demo.storing import Stored
from survey_app.models import User
from survey_app.permissions import Role

#: A yearly comparison is of the year's first half.
_PUBLISHED = "06"


def store(session: Session, bank: Bank, stored: Stored) -> None:
    """Departments with their heads and reasons, made-up published series, and the plan of packs."""
    texts = files.document("meetings")
    other = User(role=Role.DEPARTMENT_HEAD.value, created_at=clock.now(), **texts["other_head"])
    session.add(other)
    session.flush()
    heads = {"login": stored.users[Role.DEPARTMENT_HEAD].id, "other": other.id, "none": None}
    for code, one in texts["departments"].items():
        departments.add(session, code, About(one["name"], heads[one["head"]]))
        departments.route(session, dict.fromkeys(one["reasons"], code))
    _benchmarks(session, bank, stored)
    for plan in texts["pack_plans"]:
        packs.plan(session, active=True, **plan)


def _benchmarks(session: Session, bank: Bank, stored: Stored) -> None:
    analyst = stored.users[Role.ANALYST].id
    year = bank.months[-1][:4]
    newest = f"{year}-{_PUBLISHED}"
    if newest > bank.months[-1]:
        newest = calendar.shift(newest, -12)
    for one in files.document("meetings")["benchmarks"]:
        about = {name: value for name, value in one.items() if name != "values"}
        series = benchmarks.add(session, benchmarks.About(**about))
        for back, value, n in sorted(one["values"], reverse=True):
            benchmarks.put(session, series.id, Published(calendar.shift(newest, -back), value, n), analyst)
