"""Whom the first page tells of a score that waits: who may decide about it, and not who asked."""

from __future__ import annotations

import pytest

from survey_app import db
from survey_app.commands.cases import ending
from survey_app.queries.removal_requests import to_decide
from tests.commands.cases.test_ending import from_answer
from tests.commands.cases.world import World, at, did
from tests.support.clocks import FrozenClock


@pytest.fixture
def world(database: db.Database, frozen_clock: FrozenClock) -> World:
    """A bank on a Tuesday morning at nine."""
    frozen_clock.move_to(at("2026-11-17"))
    return World.made()


def test_a_score_waits_for_whoever_did_not_ask_until_it_is_decided(world: World) -> None:
    one, _response = from_answer(world)
    world.finished(one, outcome="abusive")

    def told() -> dict[str, int]:
        with db.reading() as session:
            return {name: to_decide(session, world.users[name]) for name in ("service", "ombudsman")}

    assert told() == {"service": 0, "ombudsman": 0}
    did(ending.ask_removal, one, world.users["service"], "איומים על הצוות")
    assert told() == {"service": 0, "ombudsman": 1}
    did(ending.decide_removal, one, world.users["ombudsman"], False, "אין די ראיות")
    assert told() == {"service": 0, "ombudsman": 0}
