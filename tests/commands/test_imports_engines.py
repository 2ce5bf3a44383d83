"""The same imports on SQLite and on PostgreSQL, from an empty database to facts."""

from __future__ import annotations

from pathlib import Path

from survey_app.commands import facts
from survey_app.commands.imports import documents
from survey_app.db import Database, reading
from survey_app.models import BranchFact
from tests.commands.importing import ACTOR, DATA, bring, counts, number_of, table


def test_from_an_empty_database_to_facts(any_database: Database, tmp_path: Path) -> None:
    documents.run_import("post_visit_branch", actor=ACTOR)
    agents = table(tmp_path, "a.csv", ["code", "name", "branch", "from"], ["A-1", "נועה", "97-101", "01/01/2020"])
    users = table(tmp_path, "u.csv", ["email", "role", "branch"], ["noa@example.com", "branch_manager", "97-101"])
    profits = table(
        tmp_path, "p.csv", ["month", "branch", "revenue", "cost", "target"], ["2026-09", "97-101", "1,000", "1", "2"]
    )
    header = ["response_id", "questionnaire", "branch", "agent", "occurred_on", "pv1", "pv8"]
    rows = [[f"R{n}", "post_visit_branch", "97-101", "A-1", "14/09/2026", n % 5 + 1, n % 11] for n in range(60)]
    files = {
        "branches": (DATA / "register_excerpt.xml", 15),
        "agents": (agents, 1),
        "users": (users, 1),
        "profits": (profits, 1),
        "responses": (table(tmp_path, "r.csv", header, *rows), 60),
    }
    for kind, (path, number) in files.items():
        assert counts(bring(kind, path, dry_run=True)) == (number, 0, 0, 0)
        assert counts(bring(kind, path)) == (number, 0, 0, 0)
        assert counts(bring(kind, path)) == (0, 0, number, 0)
    rows[0][-1] = 10
    assert counts(bring("responses", table(tmp_path, "r2.csv", header, *rows))) == (0, 1, 59, 0)
    assert number_of(BranchFact) == 4
    with reading() as session:
        assert list(facts.check(session, "2026-09")) == []
