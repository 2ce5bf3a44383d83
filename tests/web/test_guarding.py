"""Open links under stuffing: marks on what came oddly, nobody turned away but a flood, and nothing lost by that."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from survey_app import db
from survey_app.commands import abuse
from survey_app.models import AbuseCount, Campaign, Draft, Response, SealedResponse
from tests.support.clocks import FrozenClock
from tests.support.factories import setting
from tests.web.people import Person, invitation, plain

_HIDDEN = re.compile(r'<input type="hidden" name="(shown|response)" value="([^"]*)"')


@pytest.fixture
def visitor(app: Flask, frozen_clock: FrozenClock) -> Person:
    """Somebody at branch 101's open link; somebody else is invited by /s/abc."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        invitation(make, "abc")
    return Person(app, **{"User-Agent": "a browser", "Accept-Language": "he"})


def answer(visitor: Person, frozen: FrozenClock, address: str = "/b/101", *, seconds: int = 60, **fields: Any) -> None:
    """Fill in a whole survey, so many seconds a page."""
    while True:
        shown = dict(_HIDDEN.findall(visitor.text(address)))
        frozen.move_to(frozen.moment + timedelta(seconds=seconds))
        address = visitor.on(address, **(shown | {"pv1": "4", "pv8": "8", "go": "next"} | fields))
        if address.startswith("/thanks"):
            return


def marks() -> list[list[str]]:
    with db.reading() as session:
        return list(session.scalars(select(Response.flags)))


def test_whoever_takes_time_is_not_marked(visitor: Person, frozen_clock: FrozenClock) -> None:
    answer(visitor, frozen_clock)
    answer(visitor, frozen_clock, "/s/abc")
    assert marks() == [[], []]


def test_faster_than_one_can_read(visitor: Person, frozen_clock: FrozenClock) -> None:
    answer(visitor, frozen_clock, seconds=0)
    assert marks() == [["fast"]]


def test_a_moment_that_is_not_ours_says_nothing(visitor: Person, frozen_clock: FrozenClock) -> None:
    answer(visitor, frozen_clock, seconds=0, shown="1.00000000000000000000")
    assert marks() == [["fast"]]


def test_the_field_that_people_do_not_see(visitor: Person, frozen_clock: FrozenClock) -> None:
    page = visitor.text("/b/101")
    trap = re.search(r'<div class="trap" aria-hidden="true">.*?name="topic" tabindex="-1" autocomplete="off"', page)
    assert trap is not None
    answer(visitor, frozen_clock, topic="http://spam.example")
    assert marks() == [["hidden_field"]]
    assert 'name="topic"' not in visitor.text("/s/abc")


def test_the_third_of_a_device_and_the_same_answers_again(visitor: Person, frozen_clock: FrozenClock) -> None:
    for _turn in range(3):
        answer(visitor, frozen_clock)
    assert sorted(marks()) == [[], ["repeated"], ["repeated", "same_device"]]


def test_an_anonymous_answer_keeps_one_mark_and_no_digest(visitor: Person, frozen_clock: FrozenClock) -> None:
    with setting() as make:
        make.session.execute(update(Campaign).values(privacy="anonymous"))
    for _turn in range(3):
        answer(visitor, frozen_clock, seconds=0, topic="x", pv9="משפט ארוך שאיש אחר לא כתב")
    with db.reading() as session:
        digests = session.scalars(select(AbuseCount.digest)).all()
        sealed = [str(tuple(row)) for row in session.execute(select(SealedResponse.__table__))]
        assert len(sealed) == 3
        assert not [one for one in digests if any(one in row for row in sealed)]
        # The answers themselves are counted under no digest: device, stretch of time, and one for each sending.
        assert len(digests) == 2 + 1 + 1 + 3
    assert marks() == []


def test_a_flood_is_told_to_wait_and_loses_nothing(
    visitor: Person, frozen_clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(abuse, "MOST_OF_DEVICE", 2)
    for _turn in range(2):
        visitor.on("/b/101", pv1="4", go="next", **dict(_HIDDEN.findall(visitor.text("/b/101"))))
    shown = dict(_HIDDEN.findall(visitor.text("/b/101?lang=ru")))
    refused = visitor.send("/b/101", pv1="2", go="next", lang="ru", **shown)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert '<html lang="ru"' in refused.text
    assert "подождите несколько минут" in plain(refused.text)
    assert re.search(r'id="pv1-1" value="2" checked', refused.text)
    with db.reading() as session:
        assert len(session.scalars(select(Draft.response_id)).all()) == 2
    frozen_clock.move_to(frozen_clock.moment + timedelta(minutes=10))
    visitor.on("/b/101", pv1="2", go="next", lang="ru", **shown)
