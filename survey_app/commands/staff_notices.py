"""The staff-notice register: when and how the staff of each branch were told of a programme."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.errors import Conflict, UserError
from survey_app.field.notices import WAYS
from survey_app.models import Branch, Programme, StaffNotice
from survey_app.queries import programmes as queries
from translations import format_date
from translations import gettext as _

LONGEST_NOTE: Final = 500
#: A notice may be planned so far ahead, and be so old.
AHEAD, BACK = timedelta(days=366), timedelta(days=3650)


@dataclass(frozen=True)
class Told:
    """What a notice says, for one branch or for many."""

    told_on: date
    way: str
    names_recorded: bool = False
    note: str = ""

    def problems(self) -> list[tuple[str, str]]:
        """(field, what is wrong with it); empty when it can be recorded."""
        found: list[tuple[str, str]] = []
        today = clock.today()
        if not today - BACK <= self.told_on <= today + AHEAD:
            first, last = format_date(today - BACK), format_date(today + AHEAD)
            found.append(("told_on", _("The date must be between %(min)s and %(max)s.", min=first, max=last)))
        if self.way not in WAYS:
            found.append(("way", _("Choose one of the list.")))
        if len(self.note) > LONGEST_NOTE:
            found.append(("note", _("Write at most %(max)s characters.", max=LONGEST_NOTE)))
        return found


def record(
    session: Session, programme: Programme, branch_ids: Collection[int], told: Told, *, by: int | None
) -> dict[int, str]:
    """Record a notice for each branch: branch id -> ``added``, ``changed`` or ``unchanged``.

    UserError for words that cannot be recorded; Conflict where a visit was given for a day before the new one.
    """
    problems = told.problems()
    if problems:
        raise UserError(problems[0][1], problems)
    wanted = sorted(set(branch_ids))
    if not wanted:
        raise UserError(_("Choose at least one branch."), [("branches", "")])
    there = {one.id: one for one in session.scalars(select(Branch).where(Branch.id.in_(wanted)))}
    if len(there) < len(wanted):
        raise UserError(_("Choose one of the list."), [("branches", "")])
    known = {
        one.branch_id: one
        for one in session.scalars(
            select(StaffNotice)
            .where(StaffNotice.programme_id == programme.id, StaffNotice.branch_id.in_(wanted))
            .order_by(StaffNotice.branch_id)
            .with_for_update()
        )
    }
    visits = queries.first_visits(session, programme.id)
    late = [there[number] for number in wanted if number in visits and visits[number] < told.told_on]
    if late:
        raise Conflict(
            _(
                "Visits were given for days before %(day)s at: %(branches)s. Cancel or move them first.",
                day=format_date(told.told_on),
                branches=", ".join(f"{one.name} ({one.code})" for one in late[:5]),
            ),
            [("told_on", "")],
        )
    return {number: _record(session, programme, number, known.get(number), told, by) for number in wanted}


def _record(
    session: Session, programme: Programme, branch_id: int, notice: StaffNotice | None, told: Told, by: int | None
) -> str:
    values = {
        "told_on": told.told_on,
        "way": told.way,
        "names_recorded": told.names_recorded,
        "note": told.note.strip(),
    }
    if notice is not None and all(getattr(notice, name) == value for name, value in values.items()):
        return "unchanged"
    verdict = "changed"
    if notice is None:
        notice = StaffNotice(programme_id=programme.id, branch_id=branch_id)
        session.add(notice)
        verdict = "added"
    for name, value in values.items():
        setattr(notice, name, value)
    notice.recorded_by_id, notice.recorded_at = by, clock.now()
    session.flush()
    return verdict


def remove(session: Session, programme: Programme, branch_id: int) -> None:
    """Take a notice out that was recorded by mistake; Conflict once a visit was given on the strength of it."""
    notice = session.scalar(
        select(StaffNotice)
        .where(StaffNotice.programme_id == programme.id, StaffNotice.branch_id == branch_id)
        .with_for_update()
    )
    if notice is None:
        return
    if branch_id in queries.first_visits(session, programme.id):
        raise Conflict(_("A visit of this branch was given already: its notice stays. Its day can be corrected."))
    session.delete(notice)
    session.flush()
