"""How fast a file of historic responses is brought in: 100,000 rows of 20 columns, and taken back again.

Run as a program of its own, in a process of its own, so that its memory is its own. What is counted is checked: facts
must agree with the scores to the last bit, and after the undo nothing may be left.
"""

from __future__ import annotations

import csv
import io
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from sqlalchemy import func, select

from forms.questionnaire import library
from forms.questionnaire.definition import dump
from forms.questionnaire.exchange.history import mapping as mappings
from survey_app import db, files, migrations
from survey_app.audit import Actor
from survey_app.commands import facts
from survey_app.commands import questionnaires as questionnaire_commands
from survey_app.commands.history import keeping, runs, working
from survey_app.db import reading
from survey_app.models import Answer, Branch, ImportRun, Region, Response, Score
from survey_app.queries import history, questionnaires
from survey_app.transaction import transaction
from tests.load.figures import HEAD, Row, table

ROWS, COLUMNS, BRANCHES, YEARS = 100_000, 20, 60, 5
#: Seconds in which all rows must be in, the file read and tried.
LIMIT = 120
SURVEY = "post_visit_branch"
ACTOR = Actor.system("bench")
Result = TypeVar("Result")


def old_file(rows: int) -> bytes:
    """A file like those of other systems: codes, dates of five years, answers, words, and columns nobody wants."""
    drawn = random.Random(7)
    asked = [one for one in library.load(SURVEY).questions if one.options or one.type == "text"]
    header = ["id", "branch", "date", "language", "channel", *(one.code for one in asked)]
    spare = COLUMNS - len(header)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*header, *(f"spare {n}" for n in range(spare))])
    for n in range(rows):
        day = f"{drawn.randrange(1, 29)}/{drawn.randrange(1, 13)}/{2025 - drawn.randrange(YEARS)}"
        answers = [str(drawn.choice(one.options).value) if one.options else "שירות טוב ומהיר" for one in asked]
        writer.writerow([f"R{n}", 100 + drawn.randrange(BRANCHES), day, "he", "sms", *answers, *(["x"] * spare)])
    return text.getvalue().encode()


def _timed(act: Callable[[], Result]) -> tuple[float, Result]:
    begun = time.perf_counter()
    found = act()
    return time.perf_counter() - begun, found


def _count() -> tuple[int, ...]:
    with reading() as session:
        return tuple(session.scalar(select(func.count()).select_from(one)) or 0 for one in (Response, Answer, Score))


def _memory() -> int:
    """The most memory this process has held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure(folder: Path, rows: int = ROWS) -> Iterator[Row]:
    """Bring a file in and take it back, over a database of its own."""
    db.bind(db.Database(f"sqlite:///{folder / 'bench.db'}"))
    files.bind(files.LocalFiles(folder / "files"))
    migrations.upgrade(db.current())
    with transaction(ACTOR, "bench.setting") as session:
        region = Region(name="מרכז")
        session.add_all(Branch(bank="20", code=str(100 + n), name=f"סניף {n}", region=region) for n in range(BRANCHES))
        questionnaire_commands.bring_in(session, dump(library.load(SURVEY)), publish=True)
    content = old_file(rows)
    before = _memory()
    conditions = f"{rows:,} rows × {COLUMNS} columns, {len(content) / 1e6:.1f} MB, {BRANCHES} branches, {YEARS} years"
    read, (source, file_id) = _timed(lambda: keeping.keep(content))
    with transaction(ACTOR, "bench.begin") as session:
        questionnaire = questionnaires.by_code(session, SURVEY)
        run = runs.begin(session, questionnaire, source, filename="old.csv", file_id=file_id, user_id=None)
        matching = mappings.load(run.mapping)
        parts = {name: part if part.role else mappings.Part(mappings.IGNORE) for name, part in matching.columns.items()}
        runs.save(session, run.id, replace(matching, columns=parts, not_asked=mappings.DROP))
        runs.start_trial(session, run.id, queue=False)
        number = run.id
    tried, _nothing = _timed(lambda: working.try_file(number))
    with transaction(ACTOR, "bench.import") as session:
        key = history.trial(session.get_one(ImportRun, number))["key"]
        runs.start_import(session, number, key, queue=False)
    stored, _all = _timed(lambda: working.bring_in(number, turn=1e9))
    counts = _count()
    if counts[0] != rows or read + tried + stored > LIMIT:
        raise RuntimeError(f"{counts[0]} responses in {read + tried + stored:.0f} s; {rows} were due in {LIMIT} s")
    with reading() as session:
        wrong = [one for month in facts.months_with_facts(session) for one in facts.check(session, month)]
    if wrong:
        raise RuntimeError(f"{len(wrong)} facts are not what the scores say")
    memory = f"{_memory() - before} MB over {before} MB"
    with transaction(ACTOR, "bench.undo") as session:
        runs.undo(session, number, also_changed=False)
    undone, _all = _timed(lambda: working.take_back(number, turn=1e9))
    if any(_count()):
        raise RuntimeError("the undo left something")
    made = f"{counts[1]:,} answers, {counts[2]:,} scores"
    yield Row("historic responses: file looked through", conditions, [read], read)
    yield Row("historic responses: dry run", conditions, [tried], tried)
    yield Row("historic responses: import", f"{made}, {memory}", [stored], stored)
    yield Row("historic responses: all three", f"limit {LIMIT} s", [read + tried + stored], read + tried + stored)
    yield Row("historic responses: taken back", conditions, [undone], undone)


def main() -> None:
    """Measure in a folder of its own and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory(prefix="survey-app-bench-") as folder:
        print(table([HEAD, *(row.cells() for row in measure(Path(folder), rows))]))


if __name__ == "__main__":
    main()
