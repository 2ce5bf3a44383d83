"""The demo's bank writes to nobody and calls nobody on a Sabbath, a holiday or at night, whenever it is loaded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from survey_app.demo import files
from survey_app.demo.fates import Way, way_of
from survey_app.demo.visits_told import Told, sent_at
from survey_app.outreach.hours import allowed
from survey_app.outreach.policy import Outreach
from translations import LANGUAGES

POLICY = Outreach()
FATES = ("no_answer", "busy", "voicemail", "promised", "refused", "wrong_number", "opted_out", "fresh")
#: Saturday at noon, Sunday before the hours begin, a weekday at noon, and late at night; in UTC.
NOWS = [datetime(2026, 11, day, hour, 24, tzinfo=UTC) for day, hour in ((21, 10), (22, 4), (24, 10), (24, 22))]


def way(number: int, channel: str, fate: str, now: datetime) -> Way:
    visited = now - timedelta(days=3 + number % 9, hours=number % 5)
    told = Told(number, 0, 0, visited, "other", "he", "", channel, fate)
    return way_of(told, f"k{number}", 1.0, sent_at(told, POLICY, now), now, timedelta(days=14))


@pytest.mark.parametrize("now", NOWS, ids=lambda now: f"{now:%a-%H}")
def test_calls_and_promises_are_within_the_hours(now: datetime) -> None:
    calls = 0
    for number in range(240):
        made = way(number, "phone", FATES[number % len(FATES)], now)
        for event, _by_message in made.events:
            calls += 1
            assert event["at"] <= now
            assert allowed(event["at"], POLICY), event
            promised = event.get("call_again_at")
            assert promised is None or (event["at"] < promised and allowed(promised, POLICY)), event
        due = made.invitation["call_after"]
        assert due is None or allowed(due, POLICY)
    assert calls > 200


@pytest.mark.parametrize("now", NOWS, ids=lambda now: f"{now:%a-%H}")
def test_messages_leave_within_the_hours(now: datetime) -> None:
    letters = [
        letter
        for number in range(240)
        for letter in way(number, "sms", ("quiet", "queued", "opened", "failed")[number % 4], now).messages
    ]
    assert {"invitation", "reminder"} == {letter["kind"] for letter in letters}
    for letter in letters:
        assert allowed(letter["send_after"], POLICY), letter
        assert letter["sent_at"] is None or letter["sent_at"] == letter["send_after"] <= now


def test_the_bank_says_in_every_language_how_to_make_sure() -> None:
    document = files.document("reaching")
    assert set(document["verify"]) == set(LANGUAGES)
    assert all(text.endswith(".") and "000-0000100" in text for text in document["verify"].values())
    assert not Outreach(verify=document["verify"]).problems()
