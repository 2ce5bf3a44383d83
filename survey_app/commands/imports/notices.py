"""The staff-notice register as a file: when and how the staff of each branch were told of a programme."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.commands import staff_notices
from survey_app.commands.imports import lookups
from survey_app.commands.imports.columns import Problem, Refused, Row, column
from survey_app.commands.imports.handler import Handler, Options
from survey_app.commands.imports.report import ADDED, CHANGED, UNCHANGED, Outcome
from survey_app.commands.staff_notices import Told
from survey_app.models import Programme
from survey_app.models.programme import CLOSED
from survey_app.queries import programmes
from translations import format_date, isolate
from translations import gettext as _

_VERDICTS = {"added": ADDED, "changed": CHANGED, "unchanged": UNCHANGED}


@dataclass(frozen=True, kw_only=True)
class NoticeRow(Row):
    """One branch's notice."""

    branch: str = field(metadata=column("branch", "461", "Branch", "סניף", "קוד סניף"))
    told_on: date = field(
        metadata=column("date", "01/11/2026", "First day of visits: staff were told by then", "תאריך יידוע", "תאריך")
    )
    way: str = field(default="letter", metadata=column("way", "letter", "How they were told", "אופן היידוע", "אופן"))
    names_recorded: bool = field(
        default=False,
        metadata=column("yes or no", "no", "Whether the notice says that reports name employees", "שמות בדוחות"),
    )
    note: str = field(default="", metadata=column("text", "חוזר 17", "Note", "הערה"))
    programme: str = field(
        default="",
        metadata=column("text", "branches", "Code of the programme; empty where there is only one", "תוכנית"),
    )


class NoticeHandler(Handler[NoticeRow]):
    """Records notices; a branch that has one already gets the file's."""

    code = "notices"
    row = NoticeRow

    def __init__(self, session: Session, options: Options) -> None:
        super().__init__(session, options)
        self.branches = lookups.Branches(session)
        self.programmes = {one.code: one.id for one in programmes.every(session) if one.state != CLOSED}
        self.visits = {number: programmes.first_visits(session, number) for number in self.programmes.values()}

    def _programme(self, row: NoticeRow) -> int:
        wanted = self.options.programme or row.programme
        if not wanted and len(self.programmes) == 1:
            return next(iter(self.programmes.values()))
        if not wanted:
            codes = ", ".join(sorted(self.programmes)) or "-"
            raise Refused(Problem("programme", _("Name the programme. Programmes: %(codes)s.", codes=codes)))
        if wanted not in self.programmes:
            message = _("There is no programme %(code)s that takes notices.", code=isolate(wanted))
            raise Refused(Problem("programme", message))
        return self.programmes[wanted]

    def settle(self, row: NoticeRow) -> NoticeRow:
        programme, branch = self._programme(row), self.branches.find(row.branch)
        problems = _told(row).problems()
        if problems:
            raise Refused(*(Problem(name, message) for name, message in problems))
        first = self.visits[programme].get(branch.id)
        if first is not None and first < row.told_on:
            message = _("A visit was given there for %(day)s, which is before.", day=isolate(format_date(first)))
            raise Refused(Problem("told_on", message))
        return row

    def key(self, row: NoticeRow) -> Hashable:
        return self._programme(row), self.branches.find(row.branch).id

    def apply(self, session: Session, rows: Sequence[NoticeRow], run_id: int | None) -> list[Outcome]:
        groups: defaultdict[tuple[int, Told], list[NoticeRow]] = defaultdict(list)
        for row in rows:
            groups[self._programme(row), _told(row)].append(row)
        outcomes: list[Outcome] = []
        # Rows are locked in one order, whatever the order of the file.
        for (number, told), same in sorted(groups.items(), key=lambda one: (one[0][0], self._first(one[1]))):
            programme = session.scalars(select(Programme).where(Programme.id == number)).one()
            ids = {self.branches.find(row.branch).id: row for row in same}
            verdicts = staff_notices.record(session, programme, list(ids), told, by=self.options.user_id)
            outcomes += [Outcome(ids[one].row, _VERDICTS[said], ids[one].branch) for one, said in verdicts.items()]
        return sorted(outcomes, key=lambda one: one.row)

    def _first(self, rows: Sequence[NoticeRow]) -> int:
        return min(self.branches.find(row.branch).id for row in rows)


def _told(row: NoticeRow) -> Told:
    return Told(row.told_on, row.way, row.names_recorded, row.note)
