"""How long selection and the pages about it take: 10,000 waiting interactions, a pre-flight over 100,000, a campaign of
25,000 invitations. ``python -m tests.load.bench_selection [postgresql://…]``; without an address, SQLite."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, insert, select

from forms.questionnaire import library
from forms.questionnaire.definition import dump
from survey_app import clock, db, migrations
from survey_app.audit import Actor
from survey_app.commands import questionnaires, selecting
from survey_app.models import Branch, Campaign, Customer, Interaction, Invitation, Message, Questionnaire, Selection
from survey_app.models.campaign import USED
from survey_app.models.outreach import DEALT_WITH, SENT
from survey_app.outreach.rules import Rules
from survey_app.permissions import Scope
from survey_app.queries import campaigns
from survey_app.queries.preflight import preflight
from survey_app.queries.progress import progress
from survey_app.queries.selection import counts, listed
from survey_app.transaction import transaction
from tests.load.figures import HEAD, Row, about, quantile, table

SURVEY = "post_visit_branch"
BRANCHES, WAITING, SEEN, INVITED = 60, 10_000, 100_000, 25_000
ACTOR = Actor.system("bench")
REASONS = ("teller", "loan", "mortgage", "investment", "card")


def main(url: str | None = None) -> None:
    """Make the world, measure, print."""
    with tempfile.TemporaryDirectory(prefix="survey-app-bench-") as folder:
        database = db.Database(url or f"sqlite:///{Path(folder) / 'bench.db'}")
        migrations.upgrade(database)
        db.bind(database)
        print(about())
        print(database.url.get_backend_name())
        _world()
        rows = [_selecting(), *_reading()]
        print(table([HEAD, *(row.cells() for row in rows)]))
        db.bind(None)
        database.close()


def _world() -> None:
    chance, now = random.Random(4), clock.now()
    with transaction(ACTOR, "bench") as session:
        questionnaires.bring_in(session, dump(library.load(SURVEY)), publish=True)
        found = session.scalars(select(Questionnaire).where(Questionnaire.code == SURVEY)).one()
        opens = clock.today() - timedelta(days=60)
        rules = Rules(base_rate=0.2).dump()
        session.add(Campaign(code="bench", questionnaire=found, opens=opens, rules=rules, salt="bench"))
        session.add_all(Branch(bank="20", code=f"{100 + one}", name=f"סניף {one}") for one in range(BRANCHES))
    people = SEEN + WAITING
    for start in range(0, people, 5000):
        with transaction(ACTOR, "bench") as session:
            session.execute(
                insert(Customer),
                [
                    {
                        "ref": f"c{one}",
                        "name": "",
                        "phone": f"+97254{one:07d}",
                        "email": "",
                        "language": "he",
                        "updated_at": now,
                    }
                    for one in range(start, start + 5000)
                ],
            )
    with db.reading() as session:
        ids = list(session.scalars(select(Customer.id).order_by(Customer.id)))
        branches = list(session.scalars(select(Branch.id)))
        campaign = session.scalars(select(Campaign.id).where(Campaign.code == "bench")).one()
    sizes = [chance.lognormvariate(0, 0.8) for _branch in branches]
    for start in range(0, people, 5000):
        rows = []
        for one in range(start, start + 5000):
            # The last ten thousand wait; those before them were decided on in the four weeks before.
            ago = (
                timedelta(minutes=chance.randint(200, 1400))
                if one >= SEEN
                else timedelta(minutes=chance.randint(1441, 40_000))
            )
            rows.append(
                {
                    "key": f"k{one}",
                    "customer_id": ids[one],
                    "branch_id": chance.choices(branches, sizes)[0],
                    "agent_id": 0,
                    "channel": "branch",
                    "reason": chance.choice(REASONS),
                    "at": now - ago,
                    "received_at": now,
                    "state": "waiting" if one >= SEEN else DEALT_WITH,
                    "tenure": "",
                    "age_band": "",
                }
            )
        with transaction(ACTOR, "bench") as session:
            session.execute(insert(Interaction), rows)
    _invited(campaign, chance)


def _invited(campaign: int, chance: random.Random) -> None:
    """25,000 of the interactions of the past became invitations, one in five of them answered."""
    with db.reading() as session:
        past = session.execute(
            select(Interaction.id, Interaction.customer_id, Interaction.branch_id, Interaction.at)
            .where(Interaction.state == DEALT_WITH)
            .order_by(Interaction.id)
            .limit(INVITED)
        ).all()
    for start in range(0, INVITED, 5000):
        part = past[start : start + 5000]
        invitations, messages, selections = [], [], []
        for number, (one, customer, branch, at) in enumerate(part, start=start + 1):
            opened, done = at + timedelta(hours=4), chance.random() < 0.2
            invitations.append(
                {
                    "id": number,
                    "campaign_id": campaign,
                    "token": f"t{number}",
                    "response_id": f"r{number}",
                    "branch_id": branch,
                    "agent_id": 0,
                    "visited_on": at.date(),
                    "language": chance.choice(["he", "ar", "ru"]),
                    "state": USED if done else "ready",
                    "created_at": at,
                    "expires_at": at + timedelta(days=60),
                    "customer_id": customer,
                    "interaction_id": one,
                    "channel": "sms",
                    "weight": 4.0,
                    "disposition": "1.1" if done else "3.19",
                    "opened_at": opened if done else None,
                    "started_at": opened if done else None,
                    "finished_at": opened + timedelta(minutes=4) if done else None,
                    "calls": 0,
                }
            )
            messages.append(
                {
                    "key": f"m{number}",
                    "campaign_id": campaign,
                    "invitation_id": number,
                    "kind": "invitation",
                    "channel": "sms",
                    "address": "+972541234567",
                    "language": "he",
                    "state": SENT,
                    "send_after": at,
                    "attempts": 1,
                    "parts": 2,
                    "expires_at": at + timedelta(days=14),
                    "error": "",
                    "created_at": at,
                    "sent_at": at + timedelta(hours=3),
                }
            )
            selections.append(
                {
                    "interaction_id": one,
                    "campaign_id": campaign,
                    "outcome": "invited",
                    "reason": "",
                    "probability": 0.25,
                    "invitation_id": number,
                    "decided_at": at,
                }
            )
        with transaction(ACTOR, "bench") as session:
            for model, rows in ((Invitation, invitations), (Message, messages), (Selection, selections)):
                session.execute(insert(model), rows)
    if db.current().is_sqlite:
        return
    with transaction(ACTOR, "bench") as session:  # ids were given: the sequence goes on after them
        session.execute(select(func.setval("invitation_id_seq", INVITED)))


def _selecting() -> Row:
    seconds: list[float] = []
    begun = time.perf_counter()
    with db.reading() as session:
        plans = selecting._plans(session)
    print(f"chances of {BRANCHES} branches from 110,000 interactions: {(time.perf_counter() - begun) * 1000:.0f} ms")
    while True:
        start = time.perf_counter()
        found = selecting._select(plans, selecting.BATCH)
        if not found.interactions:
            break
        seconds.append(time.perf_counter() - start)
    with db.reading() as session:
        made = session.scalar(select(func.count()).select_from(Selection)) or 0
        asked = session.scalar(select(func.count()).select_from(Invitation)) or 0
    print(f"{made - INVITED:,} decided, {asked - INVITED:,} invited in {sum(seconds):.1f} s")
    conditions = f"{WAITING:,} waiting in batches of {selecting.BATCH}, one transaction each"
    return Row("select", conditions, seconds, sum(seconds))


def _reading(times: int = 7) -> Iterator[Row]:
    def measured(what: str, conditions: str, act: Callable[[Any, Campaign], object]) -> Row:
        seconds, asked = [], 0
        for _time in range(times):
            with db.reading() as session, _counting() as statements:
                campaign = campaigns.by_code(session, "bench")
                start = time.perf_counter()
                act(session, campaign)
                seconds.append(time.perf_counter() - start)
                asked = len(statements)
        print(f"{what}: {asked} statements, p50 {quantile(seconds, 0.5) * 1000:.0f} ms")
        return Row(what, conditions, seconds, sum(seconds))

    size = f"{INVITED:,}+ invitations, {BRANCHES} branches"
    yield measured("progress", size, lambda session, campaign: progress(session, campaign, Scope()))
    yield measured(
        "preflight",
        "110,000 interactions of 28 days",
        lambda session, campaign: preflight(session, campaign, Rules.load(campaign.rules)),
    )
    yield measured("selection counts", size, lambda session, campaign: counts(session, campaign, Scope()))
    yield measured(
        "selection page",
        "first page of 50",
        lambda session, campaign: listed(session, campaign, Scope(), limit=50, offset=0),
    )


@contextmanager
def _counting() -> Iterator[list[str]]:
    statements: list[str] = []

    def collect(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(db.current().reader, "before_cursor_execute", collect)
    try:
        yield statements
    finally:
        event.remove(db.current().reader, "before_cursor_execute", collect)


if __name__ == "__main__":
    main(*sys.argv[1:2])
