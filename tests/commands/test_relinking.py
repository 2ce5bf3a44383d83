"""None of what is stored leads from an anonymous response to its invitation: an attack, on both engines, is no better
than chance within the branch and month; on a confidential survey the very same attack succeeds.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import select, text

from survey_app import clock, db, seals
from survey_app.audit import Actor
from survey_app.commands import responses, sealing
from survey_app.models import (
    Answer,
    Customer,
    Draft,
    Entry,
    Interaction,
    Invitation,
    Job,
    Message,
    Response,
    SealedResponse,
    Selection,
)
from survey_app.models.outreach import INVITED
from survey_app.queries import sealed
from survey_app.seals import Seals, Unreadable
from survey_app.transaction import transaction
from tests.commands import relinking
from tests.commands.acting import PULSE, SINCE, SURVEY, by_token, differences, keep
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

#: Nights of collection, and answers of a branch in each: as few as are published at all.
NIGHTS, EACH = 6, 5
COUNT = NIGHTS * EACH
FIRST = datetime(2026, 11, 2, 8, 0, tzinfo=clock.TIME_ZONE)
#: How strongly an order may go with the moments of answering. By chance the correlation of 30 ranks has a standard
#: deviation of 0.19; beyond 0.85 lies one in some millions. Which night an answer came in alone would give 0.97.
MOST = 0.85
#: How many of 30 may be right by chance: one is expected, and twelve happen once in some billions.
LUCKY = 12


class World:
    """Two branches whose people answer one after the other over some days, each with a story of her own."""

    def __init__(self, frozen: FrozenClock, questionnaire: str) -> None:
        self.frozen = frozen
        self.questionnaire = questionnaire
        self.branch = 0
        #: What only the test knows: words of each answer -> ticket, and when it was sent.
        self.ticket_of: dict[str, str] = {}
        self.moment_of: dict[str, float] = {}
        self.old_ids: list[str] = []
        self.tokens = self._make()

    def _make(self) -> list[list[str]]:
        tokens = []
        with setting() as make:
            make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
            make.questionnaire(self.questionnaire)
            campaign = make.campaign(self.questionnaire, opens=SINCE)
            for place in range(2):
                branch = make.branch(code=f"10{place}", region=None)
                agents = [make.agent(code=f"A{place}{n}", branch=branch, since=SINCE) for n in range(3)]
                self.branch = branch.id
                tokens.append([self._invite(make, campaign, branch, agents[n % 3], n) for n in range(COUNT + 4)])
        return tokens

    def _invite(self, make: Any, campaign: Any, branch: Any, agent: Any, number: int) -> str:
        """A customer with a visit of her own hour and day, an invitation with a weight, a message that left."""
        self.frozen.move_to(FIRST - timedelta(days=1, minutes=number))
        session, now = make.session, clock.now()
        name = f"{branch.code}-{number}"
        customer = Customer(ref=name, name=f"לקוח {name}", phone=f"+97250000{name.replace('-', '')}", updated_at=now)
        session.add(customer)
        session.flush()
        visit = Interaction(
            key=f"key-{name}", customer_id=customer.id, branch_id=branch.id, agent_id=agent.id, reason=f"r{number % 4}",
            at=now, received_at=now,
        )  # fmt: skip
        session.add(visit)
        session.flush()
        made: Invitation = make.invitation(
            campaign=campaign, branch=branch, visited_on=date(2026, 11, 1), agent=agent, language="he"
        )
        made.customer_id, made.interaction_id, made.channel, made.weight = (
            customer.id,
            visit.id,
            "sms",
            1 + number / 100,
        )
        session.add(
            Selection(
                interaction_id=visit.id, campaign_id=campaign.id, outcome=INVITED, probability=100 / (100 + number),
                invitation_id=made.id, decided_at=now,
            )
        )  # fmt: skip
        session.add(
            Message(
                key=f"m-{name}", campaign_id=campaign.id, invitation_id=made.id, channel="sms", address=customer.phone,
                language="he", state="sent", send_after=now, expires_at=now, created_at=now, sent_at=now,
            )
        )  # fmt: skip
        session.flush()
        return made.token

    def collect(self) -> Iterator[int]:
        """Night after night: everybody of the day has answered when this yields."""
        for night in range(NIGHTS):
            for place in range(EACH):
                for branch, tokens in enumerate(self.tokens):
                    number = night * EACH + place
                    # Neither in the order of the invitations nor against it.
                    self._answer(
                        tokens[(number * 7 + 3) % COUNT], FIRST + timedelta(days=night, minutes=9 * place + branch)
                    )
            yield night

    def _answer(self, token: str, moment: datetime) -> None:
        self.frozen.move_to(moment)
        ticket = by_token(token)
        assert ticket.invitation is not None
        words = f"מילים {ticket.branch.code} {ticket.invitation.id}"
        scale, comment = {PULSE: ("ep1", "ep10"), SURVEY: ("pv1", "pv12")}[self.questionnaire]
        keep(ticket, {scale: 1 + ticket.invitation.id % 5})
        self.frozen.move_to(moment + timedelta(minutes=1))
        keep(ticket, {comment: words})
        with transaction(Actor.respondent(), "response.submit") as session:
            responses.submit(
                session, ticket, language="he", channel=ticket.link,
                presentation={"first": "lowest", "direction": "rtl", "layout": "row"},
            )  # fmt: skip
        self.ticket_of[words], self.moment_of[words] = str(ticket.invitation.id), moment.timestamp()
        self.old_ids.append(ticket.response_id)

    def truth(self) -> tuple[dict[str, str], dict[str, float]]:
        """Response -> its ticket, and its moment, of one branch: by the words that only the test knows to be whose."""
        with db.reading() as session:
            rows = session.execute(
                select(Answer.response_id, Answer.words)
                .join(Response, Response.id == Answer.response_id)
                .where(Answer.words.is_not(None), Response.branch_id == self.branch)
            ).all()
        return (
            {response: self.ticket_of[words] for response, words in rows},
            {response: self.moment_of[words] for response, words in rows},
        )


def by_night(world: World) -> None:
    """The nightly act, some hours after the last answer of the day."""
    world.frozen.move_to(world.frozen.moment + timedelta(hours=14))
    sealing.publish()


@pytest.fixture
def published(any_database: db.Database, frozen_clock: FrozenClock) -> World:
    """Everything was collected and published, night after night."""
    world = World(frozen_clock, PULSE)
    for _night in world.collect():
        by_night(world)
    assert differences() == []
    return world


def test_no_order_of_rows_goes_with_the_order_of_answering(published: World, any_database: db.Database) -> None:
    truth, moments = published.truth()
    assert len(truth) == COUNT
    orders = relinking.Orders(any_database).look()
    assert len(orders) >= 6
    for name, order in orders.items():
        there = [one for one in order if one in truth]
        if len(there) < COUNT:
            assert not there, f"{name} tells some from others"
            continue
        assert abs(relinking.correlation(there, moments)) < MOST, name
        assert relinking.right_by_order(there, truth, moments) < LUCKY, name
        assert relinking.right_by_order(there[::-1], truth, moments) < LUCKY, name


def test_no_two_columns_of_the_whole_database_match(published: World) -> None:
    truth, _moments = published.truth()
    pairs = list(relinking.guessed_by_values(truth))
    assert len(pairs) > 500
    for here, there, right in pairs:
        assert right < 4, f"{here} = {there}: {right:.1f} of {COUNT}"


def test_on_a_confidential_survey_the_same_attack_succeeds(
    any_database: db.Database, frozen_clock: FrozenClock
) -> None:
    """Else it would prove nothing."""
    world = World(frozen_clock, SURVEY)
    for _night in world.collect():
        pass
    truth, moments = world.truth()
    right = {(here, there): count for here, there, count in relinking.guessed_by_values(truth)}
    assert right["response.id", "invitation.response_id"] == COUNT
    assert right["response.submitted_at", "invitation.finished_at"] == COUNT
    if not any_database.is_sqlite:
        orders = relinking.Orders(any_database).look()
        assert relinking.correlation(orders["response: xmin::text::bigint"], moments) > 0.99
        assert relinking.right_by_order(orders["answer: ctid"], truth, moments) == COUNT


def test_all_of_a_branch_and_month_was_written_at_one_moment(published: World, any_database: db.Database) -> None:
    """On PostgreSQL every row says which transaction wrote it: those of the last night wrote all of them."""
    if any_database.is_sqlite:
        with db.reading() as session:
            stored = session.scalars(select(Response.id).order_by(Response.id)).all()
        assert relinking.Orders(any_database).look()["response: as it comes"] == stored, "there is no hidden rowid"
        return
    with db.reading() as session:
        for table, owner in {"response": "id", "answer": "response_id", "score": "response_id"}.items():
            rows = session.execute(
                text(
                    f'SELECT count(DISTINCT t.xmin::text) FROM "{table}" t JOIN response r ON r.id = t.{owner} '  # noqa: S608
                    "WHERE r.branch_id = :branch"
                ),
                {"branch": published.branch},
            )
            assert rows.scalar_one() == 1, table
        used = session.execute(
            text("SELECT count(DISTINCT xmin::text) FROM invitation WHERE branch_id = :branch AND state = 'used'"),
            {"branch": published.branch},
        )
        assert used.scalar_one() == 1, "nor do the tickets say when they were used"


def test_nothing_beside_the_responses_knows_their_ids_nor_the_old_ids_of_tickets(published: World) -> None:
    rows = relinking.tables()
    ids = {row["id"] for row in rows["response"]}
    elsewhere = json.dumps(
        {table: found for table, found in rows.items() if table not in relinking.OF_RESPONSE}, ensure_ascii=False
    )
    assert not [one for one in ids if one in elsewhere]
    everything = json.dumps(rows, ensure_ascii=False)
    assert not [one for one in published.old_ids if one in everything], "the id decided the order of choices"
    for empty in ("draft", "sealed_response", "job", "contact_event"):
        assert rows[empty] == [], empty
    for row in rows["response"]:
        assert "visited_on" not in row
        assert "submitted_at" not in row
        assert "point_id" not in row
        assert (row["agent_id"], row["weight"], row["flags"]) == ("0", "1.0", "[]")
        assert "order" not in row["presentation"]
    for row in rows["invitation"]:
        assert not {"opened_at", "started_at", "finished_at"} & row.keys()
        assert row["disposition"] == ""


def test_the_file_forgets_what_was_deleted(published: World, any_database: db.Database) -> None:
    """On SQLite no page and no log holds a draft, its id or a box any more."""
    if not any_database.is_sqlite:
        with db.reading() as session:
            assert session.scalars(select(Draft)).all() == []
        return
    path = Path(str(any_database.url.database))
    log = Path(f"{path}-wal")
    whole = path.read_bytes() + (log.read_bytes() if log.exists() else b"")
    assert "מילים".encode() in whole, "what was published is there"
    for old in published.old_ids:
        assert old.encode() not in whole


def test_before_the_night_a_box_opens_for_nobody_without_the_key(
    any_database: db.Database, frozen_clock: FrozenClock, tmp_path: Path
) -> None:
    world = World(frozen_clock, PULSE)
    next(world.collect())
    with db.reading() as session:
        boxes = session.scalars(select(SealedResponse)).all()
        assert len(boxes) == 2 * EACH
        assert len({len(str(one.content["box"])) for one in boxes}) == 1, "the length of an answer tells as well"
        assert all(one.readable for one in sealed.waiting(session))
    without = Seals(tmp_path / "nobody")
    for one in boxes:
        with pytest.raises(Unreadable):
            without.open(one.content)
    everything = json.dumps(relinking.tables(), ensure_ascii=False)
    assert "מילים" not in everything
    keys = [json.loads(path.read_text()) for path in seals.keys().folder.glob("*.key")]
    assert len(keys) == 1
    assert keys[0]["key"] not in everything
    assert not [old for old in world.old_ids if old in everything]


def test_who_waits_longer_is_closed_anew_with_another_key(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    """Fewer than can hide among each other wait on: under other ids, written at one moment, in copies of no use."""
    world = World(frozen_clock, PULSE)
    world.tokens = [tokens[: EACH - 1] for tokens in world.tokens]
    for number, tokens in enumerate(world.tokens):
        for place, token in enumerate(tokens):
            world._answer(token, FIRST + timedelta(minutes=10 * place + number))
    with db.reading() as session:
        before = {one.id: one.content for one in session.scalars(select(SealedResponse))}
    for days in (1, 2, 3):
        frozen_clock.move_to(FIRST + timedelta(days=days))
        done = sealing.publish()
        assert (done.published, done.held, done.unreadable) == (0, 2 * (EACH - 1), 0)
    with db.reading() as session:
        after = {one.id: one.content for one in session.scalars(select(SealedResponse))}
    assert not before.keys() & after.keys()
    for box in before.values():
        with pytest.raises(Unreadable):
            seals.keys().open(box)
    assert all(seals.keys().open(box) for box in after.values())
    if not any_database.is_sqlite:
        with db.reading() as session:
            assert session.execute(text("SELECT count(DISTINCT xmin::text) FROM sealed_response")).scalar_one() == 1
    frozen_clock.move_to(clock.start_of(clock.closes_on("2026-11")))
    assert sealing.publish().published == 2 * (EACH - 1)


def test_no_line_is_logged_and_no_entry_written(
    any_database: db.Database, frozen_clock: FrozenClock, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    world = World(frozen_clock, PULSE)
    with db.reading() as session:
        before = session.query(Entry).count()
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as lines:
        for _night in world.collect():
            by_night(world)
    assert lines == []
    said = "".join(capfd.readouterr()) + "".join(record.getMessage() for record in caplog.records)
    with db.reading() as session:
        assert session.query(Entry).count() == before
        assert session.query(Job).count() == 0
        telling = [*session.scalars(select(Response.id)), *session.scalars(select(Invitation.token)), *world.old_ids]
    assert not [one for one in telling if one in said]
