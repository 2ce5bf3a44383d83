"""Letters to people who log in: neutral to whoever looks over a shoulder, sent once, never twice by themselves."""

from __future__ import annotations

import re
import signal
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from forms.letters import LETTERS, compose
from survey_app import clock, db
from survey_app.commands import giving, letters
from survey_app.config import Settings
from survey_app.errors import Conflict, UserError
from survey_app.models import Letter
from survey_app.outgoing import letters as outgoing
from survey_app.outgoing.carrier import Later, Outcome, Outgoing, Refused, Sent, Unknown
from tests.commands.boarding import Board, acted
from tests.load import letter_sender
from tests.support.carriers import mail_server
from tests.support.clocks import MOMENT, FrozenClock
from tests.support.processes import ending, started
from translations import LANGUAGES

pytestmark = pytest.mark.usefixtures("frozen_clock")
VALUES: dict[str, Any] = {
    "number": 7, "place": "חיפה", "from": "2026-11-22", "until": "2026-11-26", "month": "2026-11", "count": 3,
    "report": "0a1b",
}  # fmt: skip
#: What would tell a bystander what somebody does: in no subject, no first line, no sender, and in no words either.
TELLING = re.compile(r"סמוי|ביקור|בנק|mystery|shopp|visit|bank|خفي|متسوق|زيارة|тайн|визит|банк", re.IGNORECASE)


def queued(user_id: int, kind: str = "sync_wanted", key: str = "k", **values: Any) -> int:
    letter = acted(letters.queue, user_id, kind, key, {**VALUES, **values})
    assert letter is not None
    return letter.id


def letter_of(number: int) -> Letter:
    with db.reading() as session:
        return session.get_one(Letter, number)


class Stub:
    """A carrier that answers as it is told, and keeps what it was given."""

    idempotent = False

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes, self.given = list(outcomes), list[Outgoing]()

    def send(self, message: Outgoing) -> Outcome:
        self.given.append(message)
        return self.outcomes.pop(0) if self.outcomes else Sent()

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_tells_a_bystander_anything(language: str) -> None:
    written = {kind: compose(kind, VALUES, language, "", "https://s.example.co.il") for kind in LETTERS}
    assert len({one.subject for one in written.values()}) == 1
    assert len({one.text.splitlines()[0] for one in written.values()}) == 1
    for kind, one in written.items():
        said = one.text.replace("https://s.example.co.il", "")
        assert not TELLING.search(one.subject + re.sub(r"/\S+", "", said)), kind
        assert not re.search(r"\{|\bNone\b", one.text), kind
        assert "https://s.example.co.il/" in one.html
    assert len({one.text for one in written.values()}) == len(written)


def test_a_letter_that_lacks_a_value_or_that_nobody_wrote_is_refused_at_once(database: db.Database) -> None:
    board = Board.made(shoppers=1)
    with pytest.raises(ValueError, match="lacks"):
        acted(letters.queue, board.shoppers[0].id, "visit_given", "k", {"number": 1})
    with pytest.raises(ValueError, match="no such"):
        acted(letters.queue, board.shoppers[0].id, "praise", "k", VALUES)


@pytest.mark.usefixtures("any_database")
def test_the_same_is_told_once_and_over_a_real_mail_server() -> None:
    board = Board.made(shoppers=1, organisation=True)
    who = board.shoppers[0]
    number = queued(who.id)
    assert acted(letters.queue, who.id, "sync_wanted", "k", {}) is None
    with mail_server() as server:
        settings = Settings(smtp_url=server.url, mail_from="news@example.co.il", public_url="https://s.example.co.il")
        assert outgoing.run(settings) == {"sent": 1}
        assert not outgoing.run(settings)
        (message,) = server.messages
    assert letter_of(number).state == "sent"
    assert (message["From"], message["To"]) == ("news@example.co.il", who.email)
    assert message["Subject"] == "עדכון בחשבון שלך"
    body = message.get_body(("plain",))
    assert body is not None
    assert "https://s.example.co.il/shops" in body.get_content()


@pytest.mark.parametrize(("point", "left"), [("before", 0), ("after", 1)])
@pytest.mark.usefixtures("any_database")
def test_a_killed_worker_leaves_a_doubt_and_nobody_sends_again_by_himself(point: str, left: int) -> None:
    board = Board.made(shoppers=1)
    number = queued(board.shoppers[0].id)
    url = db.current().url.render_as_string(hide_password=False)
    with mail_server() as server:
        given = {"database": url, "smtp": server.url, "point": point}
        assert ending(started(letter_sender.main, given), 60) == -signal.SIGKILL
        settings = Settings(smtp_url=server.url, mail_from="news@example.co.il")
        assert not outgoing.run(settings), "the lease is another's"
        acted(lambda s: s.execute(update(Letter).values(leased_until=MOMENT - timedelta(minutes=1))))
        assert not outgoing.run(settings)
        assert (letter_of(number).state, letter_of(number).error) == ("uncertain", "worker_lost")
        assert len(server.taken) == left
        with pytest.raises(UserError):
            acted(letters.decide, [number], "perhaps")
        acted(letters.decide, [number], "send_again" if not left else "was_sent")
        outgoing.run(settings)
        with pytest.raises(Conflict):
            acted(letters.decide, [number], "leave")
        assert (letter_of(number).state, len(server.taken)) == ("sent", 1)


def test_what_a_carrier_answers_decides(database: db.Database, frozen_clock: FrozenClock) -> None:
    board = Board.made(shoppers=4)
    numbers = [queued(who.id, key=f"k{who.id}") for who in board.shoppers]
    stub = Stub(Later("busy 451"), Refused("no_recipient 550"), Unknown("connection_lost"), Sent())
    assert outgoing.run(Settings(), carrier=stub) == {"retried": 1, "failed": 1, "uncertain": 1, "sent": 1}
    assert [letter_of(one).state for one in numbers] == ["ready", "failed", "uncertain", "sent"]
    frozen_clock.move_to(MOMENT + timedelta(minutes=5))
    assert outgoing.run(Settings(), carrier=stub) == {"sent": 1}
    assert len({one.key for one in stub.given}) == 4, "the same letter has the same Message-ID"


def test_a_letter_without_its_object_is_not_sent(database: db.Database, frozen_clock: FrozenClock) -> None:
    board = Board.made(shoppers=3)
    gone, left, _third = board.shoppers
    visit = board.visit()
    acted(giving.give, visit, gone.id, by=board.coordinator)
    acted(giving.replace, visit, left.id, by=board.coordinator)
    acted(lambda s: setattr(s.merge(left), "active", False))
    stub = Stub()
    outgoing.run(Settings(), carrier=stub)
    assert [one.to for one in stub.given] == [gone.email], "only that it is theirs no more"
    with db.reading() as session:
        assert sorted(session.scalars(select(Letter.error).where(Letter.state == "cancelled"))) == [
            "object_lost",
            "user_left",
        ]
    late = queued(gone.id)
    frozen_clock.move_to(MOMENT + timedelta(days=4))
    outgoing.run(Settings())
    assert (letter_of(late).state, letter_of(late).error) == ("cancelled", "expired")


def test_nothing_leaves_on_the_sabbath(database: db.Database, frozen_clock: FrozenClock) -> None:
    board = Board.made(shoppers=1)
    saturday = datetime(2026, 11, 21, 12, tzinfo=clock.TIME_ZONE)
    frozen_clock.move_to(saturday)
    number = queued(board.shoppers[0].id)
    stub = Stub()
    outgoing.run(Settings(), carrier=stub)
    assert not stub.given
    assert clock.local(letter_of(number).send_after).date() == datetime(2026, 11, 22, tzinfo=clock.TIME_ZONE).date()
    frozen_clock.move_to(saturday + timedelta(days=1))
    outgoing.run(Settings(), carrier=stub)
    assert len(stub.given) == 1
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Letter).where(Letter.state == "sent")) == 1
