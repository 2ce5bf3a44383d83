"""The dry run: every row of the file is checked and scored, and what would be stored is laid out, ready to import.

What is ready lies in the file store, in the order of months and branches: then a batch adds to few facts, and nothing
tells in which order people answered.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.questionnaire.exchange.history.reading import Fault, Unfit
from survey_app import files
from survey_app.commands.history import refusing
from survey_app.commands.history.checking import Checked, Checker
from survey_app.commands.history.keeping import MOST_KEPT, Line
from survey_app.db import reading
from survey_app.models import Answer, MonthlyReview, Response
from survey_app.queries import organisation
from translations import gettext as _
from translations import isolate

#: Rows looked up in the database together.
BATCH: Final = 500
#: Reasons that are listed with their counts.
MOST_REASONS: Final = 100
_SPOOLED: Final = 4_000_000


class Stopped(Exception):
    """Somebody else goes on with this, or it is no longer wanted."""


@dataclass
class Outcome:
    """What a dry run found. Counts are of rows; ``months`` and ``branches`` of responses that would be added.

    ``measures`` is (count, sum of hundredths) by line code; ``reasons`` how often each was given, and where first.
    """

    added: int = 0
    same: int = 0
    refused: int = 0
    voided: int = 0
    dropped: int = 0
    months: Counter[str] = field(default_factory=Counter)
    branches: Counter[int] = field(default_factory=Counter)
    measures: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    reasons: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def take(self, checked: Checked) -> None:
        """Count a response that would be added."""
        self.added += 1
        self.voided += checked.voided
        self.dropped += checked.dropped
        self.months[checked.month] += 1
        self.branches[checked.branch_id] += 1
        for line, value in checked.lines.items():
            sums = self.measures[line]
            sums[0] += 1
            sums[1] += value

    def refuse(self, row: int, faults: Sequence[Fault]) -> None:
        """Count a refused row."""
        self.refused += 1
        for fault in faults:
            key = fault.column or "", fault.message
            if key in self.reasons:
                self.reasons[key][0] += 1
            elif len(self.reasons) < 10 * MOST_REASONS:
                self.reasons[key] = [1, row]

    def to_json(self) -> dict[str, Any]:
        """As a run's report keeps it."""
        common = sorted(self.reasons.items(), key=lambda item: -item[1][0])[:MOST_REASONS]
        return {
            "added": self.added,
            "same": self.same,
            "refused": self.refused,
            "voided": self.voided,
            "dropped": self.dropped,
            "months": dict(sorted(self.months.items())),
            "branches": len(self.branches),
            "measures": dict(sorted(self.measures.items())),
            "reasons": [[column, message, count, row] for (column, message), (count, row) in common],
        }


@dataclass(frozen=True)
class Tried:
    """A finished dry run, with the ids of what it left in the file store: what is ready, and the refused rows."""

    outcome: Outcome
    prepared: str
    refused: str | None
    signed: list[str]


def tried(checker: Checker, lines: Iterable[Line], progress: Callable[[int], None]) -> Tried:
    """Try every row. ``progress`` is told how many are done, and may end it with an exception; then nothing is left."""
    outcome = Outcome()
    seen: dict[str, int] = {}
    places: list[tuple[str, int, int]] = []
    with (
        tempfile.SpooledTemporaryFile(max_size=_SPOOLED) as ready,
        tempfile.SpooledTemporaryFile(max_size=_SPOOLED) as refused,
    ):
        columns = [column.name for column in checker.source.columns]
        sheet = refusing.Sheet(refused, columns)
        done = 0
        for batch in _batches(lines):
            for line, found in _checked(checker, batch, seen):
                if isinstance(found, Unfit):
                    outcome.refuse(line.row, found.faults)
                    sheet.add(line, found.faults)
                elif found is None:
                    outcome.same += 1
                else:
                    outcome.take(found)
                    places.append((found.month, found.branch_id, ready.tell()))
                    written = json.dumps(found.to_json(), ensure_ascii=False, separators=(",", ":"))
                    ready.write(written.encode() + b"\n")
            done += len(batch)
            progress(done)
        prepared = _in_order(ready, places)
        try:
            kept = sheet.keep() if outcome.refused else None
            return Tried(outcome, prepared, kept, _signed(outcome))
        except BaseException:
            files.store().delete(prepared)
            raise


def _batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    waiting = iter(lines)
    while batch := list(islice(waiting, BATCH)):
        yield batch


def _checked(
    checker: Checker, batch: Sequence[Line], seen: dict[str, int]
) -> Iterator[tuple[Line, Checked | Unfit | None]]:
    """Each row with what it comes to: a response to add, everything against it, None for one that is here already."""
    found: list[tuple[Line, Checked | Unfit]] = []
    for line in batch:
        try:
            checked = checker.check(line)
            first = seen.setdefault(checked.external_id, line.row)
            if first != line.row:
                raise Unfit([Fault(None, _("Row %(row)s of the file is about the same.", row=first))])
            found.append((line, checked))
        except Unfit as unfit:
            found.append((line, unfit))
    with reading() as session:
        here = stored(session, [one.external_id for _line, one in found if isinstance(one, Checked)])
    for line, one in found:
        if isinstance(one, Checked) and one.external_id in here:
            differs = here[one.external_id].differs(one)
            yield line, Unfit([Fault(None, differs)]) if differs else None
        else:
            yield line, one


@dataclass(frozen=True)
class Stored:
    """A response that is here already under the id of a row."""

    branch_id: int
    month: str
    answers: Mapping[str, Any]

    def differs(self, checked: Checked) -> str:
        """What the row says otherwise, in words; empty where it says the same."""
        changed = [
            code
            for code in sorted(self.answers.keys() | checked.answers.keys())
            if self.answers.get(code) != checked.answers.get(code)
        ]
        if changed:
            return _(
                "The response is here already with other answers: %(codes)s.", codes=isolate(", ".join(changed[:5]))
            )
        if (self.branch_id, self.month) != (checked.branch_id, checked.month):
            return _("The response is here already, for another branch or month.")
        return ""


def stored(session: Session, external_ids: Sequence[str]) -> dict[str, Stored]:
    """What is here already, by external id."""
    rows = session.execute(
        select(Response.id, Response.external_id, Response.branch_id, Response.month).where(
            Response.external_id.in_(external_ids)
        )
    ).all()
    if not rows:
        return {}
    given: dict[str, dict[str, Any]] = defaultdict(dict)
    answers = select(Answer.response_id, Answer.question, Answer.value, Answer.words)
    for id_, question, value, words in session.execute(answers.where(Answer.response_id.in_([row[0] for row in rows]))):
        given[id_][question] = value if words is None else words
    return {str(external_id): Stored(branch_id, month, given[id_]) for id_, external_id, branch_id, month in rows}


def _in_order(ready: IO[bytes], places: list[tuple[str, int, int]]) -> str:
    """Keep what is ready in the order of months and branches; returns its id in the store."""
    places.sort()
    with tempfile.SpooledTemporaryFile(max_size=_SPOOLED) as ordered:
        for _month, _branch, at in places:
            ready.seek(at)
            ordered.write(ready.readline())
        ordered.seek(0)
        return files.store().put(ordered, most=MOST_KEPT)  # type: ignore[arg-type]


def _signed(outcome: Outcome) -> list[str]:
    """The signed months whose report would change."""
    with reading() as session:
        policy = organisation.policy(session)
        signed = session.scalars(select(MonthlyReview.month).order_by(MonthlyReview.month)).all()
        return [month for month in signed if outcome.months.keys() & set(policy.needed(month))]
