"""What an import says afterwards: counts, changed rows, refused rows with their reasons, and notices."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from translations import gettext as _
from translations import isolate

#: How many changed rows are kept by name; the rest are only counted.
MOST_NAMED: Final = 200

ADDED, CHANGED, UNCHANGED = "added", "changed", "unchanged"


@dataclass(frozen=True)
class Outcome:
    """What became of one row that was taken: ``verdict``, what it is about, and the names of the columns that moved."""

    row: int
    verdict: str
    label: str
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reason:
    """Why a row was refused: the column as the file calls it (None: the row as a whole), and the words."""

    column: str | None
    message: str


@dataclass(frozen=True)
class Refusal:
    """A refused row: where it stands, its cells as they were read (a guess where they could not be), and why."""

    row: int
    cells: tuple[str, ...]
    reasons: tuple[Reason, ...]

    def lines(self) -> list[str]:
        """One line per reason, with row and column."""
        return [
            _("Row %(row)s: %(message)s", row=self.row, message=reason.message)
            if reason.column is None
            else _(
                "Row %(row)s, column %(column)s: %(message)s",
                row=self.row,
                column=isolate(reason.column),
                message=reason.message,
            )
            for reason in self.reasons
        ]


@dataclass
class Summary:
    """Everything an import has to say. Counts are of rows."""

    kind: str
    filename: str
    header: tuple[str, ...] = ()
    dry_run: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    changed: list[Outcome] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    #: Rows left alone because they are not what was asked for (another bank's).
    skipped: int = 0
    notices: list[str] = field(default_factory=list)
    #: Where the refused rows were written.
    refused_file: Path | None = None

    @property
    def exit_code(self) -> int:
        """0: every row was taken; 1: some were refused."""
        return 1 if self.refused else 0

    @property
    def taken(self) -> int:
        """How many rows were added, changed or found as they stand."""
        return sum(self.counts.values())

    def count(self, outcome: Outcome) -> None:
        """Book one taken row."""
        self.counts[outcome.verdict] += 1
        if outcome.verdict == CHANGED and len(self.changed) < MOST_NAMED:
            self.changed.append(outcome)

    def lines(self) -> list[str]:
        """The summary as a person reads it."""
        head = (
            _("Trial run of %(file)s: nothing was written.", file=self.filename)
            if self.dry_run
            else _("Import of %(file)s:", file=self.filename)
        )
        counted = [
            _("Added: %(count)s", count=self.counts[ADDED]),
            _("Changed: %(count)s", count=self.counts[CHANGED]),
            _("Unchanged: %(count)s", count=self.counts[UNCHANGED]),
            _("Refused: %(count)s", count=len(self.refused)),
        ]
        if self.skipped:
            counted.append(_("Other banks' rows, left out: %(count)s", count=self.skipped))
        return [head, *(f"  {line}" for line in counted), *self._changed_lines(), *self.notices]

    def _changed_lines(self) -> list[str]:
        named = [
            "  "
            + _(
                "Row %(row)s changed %(label)s: %(columns)s",
                row=one.row,
                label=isolate(one.label),
                columns=", ".join(one.changed),
            )
            for one in self.changed
        ]
        rest = self.counts[CHANGED] - len(self.changed)
        if rest > 0:
            named.append("  " + _("and %(count)s more", count=rest))
        return named
