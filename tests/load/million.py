"""A large bank, made fast: branches and service employees, years of profit, and as many responses as wanted.

Responses are made by the program, their answers, scores and facts by the database itself, in a few statements: what the
product would take hours for takes minutes. The rows are those that the product would have written, and
:func:`tests.load.bench_million.verify` has the product compare them.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import Connection, insert, select, text

from forms.questionnaire import library
from forms.questionnaire.definition import dump
from reports import months as calendar
from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import accounts, lines, questionnaires
from survey_app.models import Agent, Branch, Organisation, Placement, Profit, Region, Response
from survey_app.transaction import transaction

SURVEY, SHOP = "post_visit_branch", "branch_mystery_visit"
REGIONS, PER_BRANCH = 8, 10
PASSWORD = secrets.token_urlsafe(12)
BATCH = 20_000
#: Question -> the answers of a content and of another customer, by chance one of each list.
ANSWERS = {
    "pv1": (("4", "5"), ("1", "2", "3")),
    "pv2": (('"deposit"', '"advice"'), ('"problem"', '"other"')),
    "pv3": (('"lt5"', '"5to10"'), ('"10to20"', '"gt20"')),
    "pv4": (('"yes"',), ('"no"',)),
    "pv5": (("4", "5"), ("2", "3")),
    "pv6": (("4", "5"), ("2", "3")),
    "pv7": (("6", "7"), ("2", "4")),
    "pv8": (("9", "10"), ("3", "7")),
    "pv10": (('"no_problem"',), ('"reported_not_handled"',)),
    "pv11": (('"no"',), ('"yes"',)),
}
#: Line -> the question it scores and how, in hundredths; ``{v}`` is the answer as a number.
SCORES = {
    "csat": ("pv1", "CASE WHEN {v} >= 4 THEN 10000 ELSE 0 END"),
    "nps": ("pv8", "CASE WHEN {v} >= 9 THEN 10000 WHEN {v} <= 6 THEN -10000 ELSE 0 END"),
    "ease": ("pv7", "CAST(ROUND(({v} - 1) * 10000.0 / 6) AS INTEGER)"),
    "question.pv1": ("pv1", "({v} - 1) * 2500"),
    "question.pv5": ("pv5", "({v} - 1) * 2500"),
    "question.pv6": ("pv6", "({v} - 1) * 2500"),
}
SHOP_LINES = ("total", "critical", *(f"section.{section}" for section in "ABCDEF"))


@dataclass(frozen=True)
class Size:
    """How large the bank is."""

    responses: int
    branches: int = 500
    months: int = 36

    @property
    def agents(self) -> int:
        """Service employees."""
        return self.branches * PER_BRANCH


def seed(size: Size, *, rng_seed: int = 7) -> None:
    """Fill the bound, migrated and empty database."""
    rng = np.random.default_rng(rng_seed)
    with transaction(Actor.system("bench"), "bench.seed") as session:
        session.add(
            Organisation(id=1, name={"he": "בנק המדידה", "en": "Bench Bank"}, synthetic=True, policy={}, details={})
        )
        regions = [Region(name=f"מרחב {number}") for number in range(1, REGIONS + 1)]
        session.add_all(regions)
        session.flush()
        for code, whats in ((SURVEY, list(SCORES)), (SHOP, SHOP_LINES)):
            version, _new = questionnaires.bring_in(session, dump(library.load(code)), publish=True)
            lines.known(session, version.questionnaire_id, {f"{code}:{what}:1" for what in whats})
        session.execute(insert(Branch), [_branch(number, regions) for number in range(size.branches)])
        branches = session.scalars(select(Branch).order_by(Branch.id)).all()
        accounts.add_user(session, "boss@bench.example", "management", password=PASSWORD)
        accounts.add_user(session, "branch@bench.example", "branch_manager", branch=branches[0], password=PASSWORD)
        homes = {branch.id: branch.region_id for branch in branches}
    months = calendar.span(clock.last_full_month(), size.months)
    with db.current().writer.begin() as connection:
        connection.execute(insert(Agent), [{"code": f"N{at}", "name": f"נציג {at}"} for at in range(size.agents)])
        agents = list(connection.scalars(select(Agent.id).where(Agent.id != 0).order_by(Agent.id)))
        ids = list(homes)
        placed = [
            {"agent_id": agent, "branch_id": ids[at // PER_BRANCH], "since": date(2015, 1, 1)}
            for at, agent in enumerate(agents)
        ]
        connection.execute(insert(Placement), placed)
        connection.execute(insert(Profit), list(_profit(ids, months, rng)))
        for batch in _responses(connection, size, homes, agents, months, rng):
            connection.execute(insert(Response), batch)
        Filling(connection).fill()


def _branch(number: int, regions: Sequence[Region]) -> dict[str, object]:
    return {
        "bank": "77",
        "code": f"{100 + number}",
        "name": f"סניף {100 + number}",
        "region_id": regions[number % REGIONS].id,
        "ranked": True,
        "size": ("קטן", "בינוני", "גדול")[number % 3],
        "area": ("מרכז", "צפון", "דרום")[number // 3 % 3],
    }


def _profit(branches: Sequence[int], months: Sequence[str], rng: np.random.Generator) -> Iterator[dict[str, object]]:
    level = rng.normal(0, 0.04, len(branches))
    for month in months:
        gap = level + rng.normal(0, 0.03, len(branches))
        for place, branch in enumerate(branches):
            yield {
                "month": month,
                "branch_id": branch,
                "revenue": 100_000_000,
                "cost": int(60_000_000 - 100_000_000 * gap[place]),
                "target": 40_000_000,
                "headcount": 8,
            }


def _responses(
    connection: Connection,
    size: Size,
    homes: dict[int, int | None],
    agents: Sequence[int],
    months: Sequence[str],
    rng: np.random.Generator,
) -> Iterator[list[dict[str, object]]]:
    """Surveys spread over branches, employees and months, and a mystery visit of each branch in each month."""
    found = connection.execute(
        text(
            "SELECT q.code, v.id AS version, c.id AS campaign FROM questionnaire q "
            "JOIN version v ON v.questionnaire_id = q.id JOIN campaign c ON c.questionnaire_id = q.id"
        )
    )
    about = {row.code: (row.version, row.campaign) for row in found}
    chance = random.Random(7)
    branches = list(homes)

    def row(code: str, month: str, branch: int, agent: int, kind: str) -> dict[str, object]:
        version, campaign = about[code]
        return {
            "id": f"{chance.getrandbits(128):032x}",
            "campaign_id": campaign,
            "version_id": version,
            "kind": kind,
            "state": "counted",
            "branch_id": branch,
            "region_id": homes[branch] or 0,
            "agent_id": agent,
            "month": month,
            "visited_on": calendar.first_day(month),
            "language": "he",
        }

    for place, month in enumerate(months):
        each = size.responses * (place + 1) // len(months) - size.responses * place // len(months)
        where = rng.integers(0, len(branches), each)
        who = where * PER_BRANCH + rng.integers(0, PER_BRANCH, each)
        rows = [row(SHOP, month, branch, 0, "mystery_shop") for branch in branches]
        rows += [
            row(SURVEY, month, branches[at], agents[agent], "customer_survey")
            for at, agent in zip(where.tolist(), who.tolist(), strict=True)
        ]
        rows.sort(key=lambda one: str(one["id"]))
        for start in range(0, len(rows), BATCH):
            yield rows[start : start + BATCH]


class Filling:
    """Answers, scores and facts of responses that stand, made by the database."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.sqlite = connection.dialect.name == "sqlite"
        #: A share from 0 up to 1, anew for each row.
        self.chance = "((random() & 1048575) / 1048576.0)" if self.sqlite else "random()"
        rows = self.run("SELECT q.code, l.what, l.id FROM line l JOIN questionnaire q ON q.id = l.questionnaire_id")
        self.lines = {(code, what): line for code, what, line in rows}

    def run(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        """Run one statement; rows where it gives any."""
        result = self.connection.execute(text(statement), values)
        return [tuple(row) for row in result] if result.returns_rows else []

    def fill(self) -> None:
        """Everything of every response."""
        if not self.sqlite:
            # The rows fit by how they are made: keys to other tables need not be looked up ten million times.
            self.run("SET LOCAL session_replication_role = replica")
        self.run("DROP INDEX ix_score_line_id")
        self.run("CREATE TEMPORARY TABLE mood (response_id VARCHAR PRIMARY KEY, good INTEGER NOT NULL)")
        self.run(
            "INSERT INTO mood SELECT r.id, "  # noqa: S608 our own words
            f"CASE WHEN {self.chance} < 0.7 + (r.branch_id % 23) / 100.0 THEN 1 ELSE 0 END "
            "FROM response r WHERE r.kind <> 'mystery_shop' ORDER BY r.id"
        )
        self._answers()
        self._survey_scores()
        self._shop_scores()
        self.run("DROP TABLE mood")
        self.run("CREATE INDEX ix_score_line_id ON score (line_id)")
        self._facts()

    def _answers(self) -> None:
        cast = "" if self.sqlite else "::json"
        for question, moods in ANSWERS.items():
            chosen = " ".join(
                f"WHEN {good} THEN CASE WHEN {self.chance} < 0.5 THEN '{texts[0]}' ELSE '{texts[-1]}' END"
                for good, texts in ((1, moods[0]), (0, moods[1]))
            )
            self.run(
                "INSERT INTO answer (response_id, question, value) "  # noqa: S608 our own words
                f"SELECT response_id, '{question}', (CASE good {chosen} END){cast} FROM mood ORDER BY response_id"
            )

    def _survey_scores(self) -> None:
        number = "a.value" if self.sqlite else "CAST(CAST(a.value AS TEXT) AS INTEGER)"
        for what, (question, scored) in SCORES.items():
            self.run(
                "INSERT INTO score (response_id, line_id, value) "  # noqa: S608 our own words
                f"SELECT a.response_id, :line, {scored.format(v=number)} FROM answer a WHERE a.question = :question",
                line=self.lines[SURVEY, what],
                question=question,
            )

    def _shop_scores(self) -> None:
        for what in SHOP_LINES:
            scored = f"CAST(6500 + (r.branch_id % 17) * 100 + {self.chance} * 1500 AS INTEGER)"
            if what == "critical":
                scored = f"CASE WHEN {self.chance} < 0.01 THEN 10000 ELSE 0 END"
            self.run(
                f"INSERT INTO score (response_id, line_id, value) SELECT r.id, :line, {scored} "  # noqa: S608 ours
                "FROM response r WHERE r.kind = 'mystery_shop'",
                line=self.lines[SHOP, what],
            )

    def _facts(self) -> None:
        sums = "count(*), sum(s.value), sum(CAST(s.value AS BIGINT) * s.value)"
        source = "FROM score s JOIN response r ON r.id = s.response_id"
        self.run(
            "INSERT INTO branch_fact (month, branch_id, region_id, line_id, n, total, squares) "
            f"SELECT r.month, r.branch_id, r.region_id, s.line_id, {sums} {source} "
            "GROUP BY r.month, r.branch_id, r.region_id, s.line_id"
        )
        self.run(
            "INSERT INTO agent_fact (month, agent_id, branch_id, line_id, n, total, squares) "
            f"SELECT r.month, r.agent_id, r.branch_id, s.line_id, {sums} {source} "
            "JOIN line l ON l.id = s.line_id WHERE r.agent_id <> 0 AND l.headline "
            "GROUP BY r.month, r.agent_id, r.branch_id, s.line_id"
        )
        if not self.sqlite:
            self.run("ANALYZE")
