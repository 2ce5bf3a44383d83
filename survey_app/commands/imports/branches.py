"""Branches: a bank's own list, or the Bank of Israel's register."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, aliased

from survey_app.commands.imports import lookups, register
from survey_app.commands.imports.columns import Problem, Refused, Row, column
from survey_app.commands.imports.handler import Handler, Options, assign
from survey_app.commands.imports.parsers import code
from survey_app.commands.imports.report import ADDED, CHANGED, UNCHANGED, Outcome
from survey_app.models import Branch, Region
from translations import gettext as _
from translations import isolate, ngettext
from translations.spelling import fold

#: Where a branch in Israel can be, in degrees: the two ranges do not meet, so exchanged coordinates show.
LATITUDES, LONGITUDES = (29.0, 34.0), (34.0, 36.0)


@dataclass(frozen=True, kw_only=True)
class BranchRow(Row):
    """One branch, or another unit of a bank."""

    bank: str = field(metadata=column("code", "20", "The bank's number", "בנק", "קוד בנק", "Bank_Code"))
    code: str = field(
        metadata=column("code", "461", "The branch's number, unique in its bank", "קוד סניף", "סניף", "Branch_Code")
    )
    name: str = field(metadata=column("name", "לב העיר", "Name", "שם", "שם סניף", "Branch_Name"))
    type: str = field(
        default="",
        metadata=column("text", "רגיל", "Type of unit; it decides ranked where that is empty", "סוג", "Branch_Type"),
    )
    region: str = field(
        default="", metadata=column("name", "מרחב דן", "Region; a new one is made", "מרחב", "אזור ניהול")
    )
    city: str = field(default="", metadata=column("city", "תל אביב-יפו", "Town", "עיר", "יישוב", "City"))
    address: str = field(
        default="", metadata=column("name", "אלנבי 105", "Street and number", "כתובת", "Branch_Address")
    )
    latitude: float | None = field(
        default=None, metadata=column("latitude", "32.0640", "Degrees north", "קו רוחב", "X_Coordinate")
    )
    longitude: float | None = field(
        default=None, metadata=column("longitude", "34.7752", "Degrees east", "קו אורך", "Y_Coordinate")
    )
    hours: str = field(default="", metadata=column("text", "08:30–13:00", "Opening hours in words", "שעות פתיחה"))
    closed_days: list[str] = field(
        default_factory=list,
        metadata=column("weekdays", "יום ו", "Weekdays on which it is closed", "ימי סגירה", "day_closed"),
    )
    size: str = field(default="", metadata=column("text", "large", "Size, for comparing like with like", "גודל"))
    area: str = field(
        default="", metadata=column("text", "periphery", "Kind of area, for comparing like with like", "סוג אזור")
    )
    ranked: bool | None = field(
        default=None, metadata=column("yes or no", "yes", "Whether it takes part in the ranking", "מדורג", "בדירוג")
    )
    opened: date | None = field(
        default=None,
        metadata=column("date", "01/02/1949", "First day", "נפתח", "תאריך פתיחה", "Open_Date", "Date_Open"),
    )
    closed: date | None = field(
        default=None,
        metadata=column(
            "date",
            "31/12/2025",
            "The day from which it is closed",
            "נסגר",
            "תאריך סגירה",
            "Close_Date",
            "Date_Closed",
        ),
    )
    merged_into: str = field(
        default="",
        metadata=column("branch", "20-462", "The branch that took it over", "מוזג לסניף", "Merge_Branch"),
    )

    @property
    def ref(self) -> str:
        """The key that is unique among all banks."""
        return f"{self.bank}-{self.code}"


#: Attributes that go to the model as they are.
_PLAIN: Final = (
    *("name", "type", "city", "address", "latitude", "longitude", "hours", "closed_days", "size", "area"),
    *("opened", "closed"),
)


class BranchHandler(Handler[BranchRow]):
    """Adds and changes branches; a merger into a branch that is not here waits until it is."""

    code = "branches"
    row = BranchRow
    passed_over = register.PASSED_OVER
    asides = register.ASIDES
    whole = True

    def __init__(self, session: Session, options: Options) -> None:
        super().__init__(session, options)
        receiver = aliased(Branch)
        #: Where every merged branch goes, by ref; the file's rows are laid over it.
        self.mergers: dict[str, str] = {}
        for bank, number, waiting, to_bank, to_code in session.execute(
            select(Branch.bank, Branch.code, Branch.merged_into_ref, receiver.bank, receiver.code).outerjoin(
                receiver, Branch.merged_into_id == receiver.id
            )
        ):
            self.mergers[f"{bank}-{number}"] = f"{to_bank}-{to_code}" if to_bank else waiting
        self.known_regions = set(lookups.regions(session))
        self.bank = code(options.bank) if options.bank else None
        self.new_regions: dict[str, str] = {}
        self.exchanged = self.unclosed = 0

    def adapt(self, texts: dict[str, str]) -> dict[str, str]:
        return register.adapt(texts)

    def skips(self, texts: Mapping[str, str]) -> bool:
        return self.bank is not None and "bank" in texts and code(texts["bank"]) != self.bank

    def settle(self, row: BranchRow) -> BranchRow:
        row = self._placed(row)
        if row.merged_into and "-" not in row.merged_into:
            row = replace(row, merged_into=f"{row.bank}-{row.merged_into}")
        problems = []
        if row.merged_into == row.ref:
            problems.append(Problem("merged_into", _("A branch cannot merge into itself.")))
        if row.opened and row.closed and row.closed < row.opened:
            problems.append(Problem("closed", _("It closes before it opens.")))
        if (row.latitude is None) != (row.longitude is None):
            empty = "latitude" if row.latitude is None else "longitude"
            problems.append(Problem(empty, _("Latitude and longitude come together.")))
        if problems:
            raise Refused(*problems)
        if row.region and fold(row.region) not in self.known_regions:
            self.new_regions.setdefault(fold(row.region), row.region)
        self.unclosed += bool(row.merged_into and row.closed is None)
        return row

    def _placed(self, row: BranchRow) -> BranchRow:
        """The row with its coordinates the right way round."""
        north, east = row.latitude, row.longitude
        if north is None or east is None:
            return row
        if not (_within(north, LONGITUDES) and _within(east, LATITUDES)):
            return row
        self.exchanged += 1
        return replace(row, latitude=east, longitude=north)

    def key(self, row: BranchRow) -> Hashable:
        return row.ref

    def screen(self, rows: Sequence[BranchRow]) -> Mapping[int, Problem]:
        goes = dict(self.mergers)
        goes.update({row.ref: row.merged_into for row in rows if "merged_into" in row.given})
        problems = {}
        for row in rows:
            here, seen = goes.get(row.ref, ""), {row.ref}
            while here and here not in seen:
                seen.add(here)
                here = goes.get(here, "")
            if here == row.ref:
                goes[row.ref] = self.mergers.get(row.ref, "")
                problems[row.row] = Problem("merged_into", _("The mergers lead in a circle."))
        return problems

    def apply(self, session: Session, rows: Sequence[BranchRow], run_id: int | None) -> list[Outcome]:
        keys = [(row.bank, row.code) for row in rows]
        query = select(Branch).where(tuple_(Branch.bank, Branch.code).in_(keys))
        known = {branch.ref: branch for branch in session.scalars(query)}
        regions = dict(lookups.regions(session))
        outcomes = [self._apply_one(session, row, known, regions) for row in rows]
        session.flush()
        return outcomes

    def _apply_one(
        self, session: Session, row: BranchRow, known: Mapping[str, Branch], regions: dict[str, Region]
    ) -> Outcome:
        branch = known.get(row.ref)
        values = self._values(session, row, regions)
        if branch is None:
            branch = Branch(bank=row.bank, code=row.code, **values)
            branch.ranked = register.serves_customers(row.type) if row.ranked is None else row.ranked
            branch.merged_into_ref = row.merged_into
            session.add(branch)
            return Outcome(row.row, ADDED, row.ref)
        ranked = row.ranked
        if ranked is None and register.serves_customers(row.type) != register.serves_customers(branch.type):
            ranked = register.serves_customers(row.type) if "type" in row.given else None
        if ranked is not None:
            values["ranked"] = ranked
        moved = assign(branch, values)
        if "merged_into" in row.given and self.mergers.get(row.ref, "") != row.merged_into:
            moved += ("merged_into",)
            branch.merged_into_id, branch.merged_into_ref = None, row.merged_into
        names = tuple("region" if name == "region_id" else name for name in moved)
        return Outcome(row.row, CHANGED if moved else UNCHANGED, row.ref, names)

    def _values(self, session: Session, row: BranchRow, regions: dict[str, Region]) -> dict[str, Any]:
        values: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN if name in row.given}
        if "region" in row.given:
            if row.region and fold(row.region) not in regions:
                regions[fold(row.region)] = region = Region(name=row.region)
                session.add(region)
                session.flush()
            values["region_id"] = regions[fold(row.region)].id if row.region else None
        return values

    def finish(self, session: Session) -> bool:
        waiting = session.scalars(select(Branch).where(Branch.merged_into_ref != "")).all()
        if not waiting:
            return False
        here = {
            f"{bank}-{number}": id_
            for id_, bank, number in session.execute(select(Branch.id, Branch.bank, Branch.code))
        }
        found = [branch for branch in waiting if branch.merged_into_ref in here]
        for branch in found:
            branch.merged_into_id, branch.merged_into_ref = here[branch.merged_into_ref], ""
        return bool(found)

    def notices(self) -> list[str]:
        said = []
        if self.new_regions:
            names = ", ".join(isolate(name) for name in self.new_regions.values())
            said.append(_("New regions: %(names)s.", names=names))
        if self.exchanged:
            said.append(
                ngettext(
                    "In %(num)s row latitude and longitude were exchanged and have been put right.",
                    "In %(num)s rows latitude and longitude were exchanged and have been put right.",
                    self.exchanged,
                )
            )
        if self.unclosed:
            said.append(
                ngettext(
                    "%(num)s unit names the branch that took it over and no closing date.",
                    "%(num)s units name the branch that took them over and no closing date.",
                    self.unclosed,
                )
            )
        return said


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]
