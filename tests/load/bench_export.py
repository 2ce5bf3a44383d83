"""How long responses take to leave, and how much memory: a hundred thousand of ten answers, each in a fresh process."""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final
from uuid import UUID

from forms.questionnaire.exchange.answers.formats import FORMS
from survey_app import db
from survey_app.commands import exports
from survey_app.permissions import Scope
from survey_app.queries.exports import Wish
from tests.load.figures import Row
from tests.load.ground import Installation

RESPONSES: Final = 100_000
ANSWERS: Final = 10
QUESTIONNAIRE: Final = "post_visit_branch"
#: What the platform promises of CSV: seconds, and megabytes above what the process had before.
SECONDS, MEGABYTES = 3.0, 100.0
_FORMS: Final = ("csv", "jsonl", "xlsx", "sav")


def measure(installation: Installation, *, responses: int = RESPONSES) -> Iterator[Row]:
    """Write every form once; the memory is told in the conditions."""
    code = _fill(installation.database, responses)
    for form in _FORMS:
        done = subprocess.run(
            (sys.executable, "-m", __name__, str(installation.database), code, form),
            env=installation.environment,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{form}: {done.stderr.decode()[-2000:]}")
        found = json.loads(done.stdout)
        if found["responses"] != responses:
            raise RuntimeError(f"{form}: {found['responses']} responses of {responses}")
        if form == "csv" and (found["seconds"] > SECONDS or found["megabytes"] > MEGABYTES):
            print(f"CSV: over {SECONDS} s or {MEGABYTES} MB", file=sys.stderr)
        size = f"{responses:,} of {ANSWERS} answers, {found['megabytes']:.0f} MB over base"
        yield Row(f"responses as {form}", size, [found["seconds"]], found["seconds"])


def _fill(database: Path, responses: int) -> str:
    """Put responses straight into the tables, as the platform stores them; gives the questionnaire's code."""
    chance = Random(7)
    with closing(sqlite3.connect(database)) as connection, connection:
        version, campaign, kind = connection.execute(
            "SELECT version.id, campaign.id, questionnaire.kind FROM version"
            " JOIN questionnaire ON questionnaire.id = version.questionnaire_id"
            " JOIN campaign ON campaign.code = questionnaire.code WHERE questionnaire.code = ?",
            (QUESTIONNAIRE,),
        ).fetchone()
        for table in ("score", "answer"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 our own names
        connection.execute("DELETE FROM response WHERE version_id = ?", (version,))
        branches = connection.execute("SELECT id, coalesce(region_id, 0) FROM branch WHERE ranked").fetchall()
        (document,) = connection.execute("SELECT definition FROM version WHERE id = ?", (version,)).fetchone()
        scales, questions = json.loads(document)["scales"], []
        for section in json.loads(document)["sections"]:
            questions += [one for one in section["questions"] if one["type"] in {"scale", "single"}]
        asked = [(one["code"], _values(one, scales)) for one in questions[:ANSWERS]]
        asked += [(f"{asked[0][0]}_comment", [])][: ANSWERS - len(asked)]
        ids = sorted(str(UUID(int=chance.getrandbits(128)).hex) for _ in range(responses))
        days = [date(2026, 1, 1) + timedelta(days=number) for number in range(300)]
        connection.executemany(
            "INSERT INTO response (id, campaign_id, version_id, kind, state, branch_id, region_id, agent_id, month,"
            " visited_on, submitted_at, language, channel, weight, presentation, reason)"
            " VALUES (?, ?, ?, ?, 'counted', ?, ?, 0, ?, ?, ?, 'he', 'personal', 1.0, '{}', '')",
            (
                (one, campaign, version, kind, *chance.choice(branches), day.isoformat()[:7], str(day), f"{day} 10:00")
                for one in ids
                for day in (chance.choice(days),)
            ),
        )
        connection.executemany(
            "INSERT INTO answer (response_id, question, value, words) VALUES (?, ?, ?, ?)",
            (
                (one, code, json.dumps(chance.choice(values) if values else None), None if values else "תודה")
                for one in ids
                for code, values in asked
            ),
        )
    return QUESTIONNAIRE


def _values(question: dict[str, object], scales: dict[str, dict[str, list[dict[str, object]]]]) -> list[object]:
    scale = scales.get(str(question.get("scale")), {})
    listed = scale.get("points") or question.get("choices")
    if isinstance(listed, list):
        return [one["value"] for one in listed]
    low, high = int(str(scale["min"])), int(str(scale["max"]))
    return list(range(low, high + 1))


def _peak() -> float:
    """The most memory this process ever had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def alone(database: str, code: str, form: str) -> None:
    """Write one file to nowhere and say what it took; a process of its own, so that the peak is this file's."""
    with db.bound(db.Database(f"sqlite:///{database}")) as bound, db.reading() as session:
        written = FORMS[form]
        export = exports.prepare(session, code, Wish(), Scope())
        written.fits(export.sheet, export.count)  # loads what this form needs
        before, begun = _peak(), time.perf_counter()
        size = sum(len(piece) for piece in written.write(export.sheet, export.records()))
        taken = time.perf_counter() - begun
        print(json.dumps({"responses": export.count, "seconds": taken, "megabytes": _peak() - before, "bytes": size}))
    bound.close()


if __name__ == "__main__":
    alone(*sys.argv[1:4])
