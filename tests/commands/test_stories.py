"""Stories of a meeting: customers' words by reference, gone when they are deleted, in signed months too."""

from __future__ import annotations

import pytest

from survey_app.commands import responses, stories
from survey_app.errors import Conflict, NotFound
from survey_app.models import Story
from survey_app.queries import stories_chosen as queries
from tests.commands.meetings import MONTH, WORDS, Room, acted, read
from tests.commands.signing import sign

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.mark.usefixtures("any_database")
def test_words_are_brought_once_and_only_where_the_reader_sees_them() -> None:
    room = Room.made()
    for _twice in range(2):
        acted(room.boss, stories.bring, room.boss, MONTH, room.said[0], "pv9", "תור")
    (one,) = read(queries.chosen, room.boss, MONTH)
    assert (one.told.words if one.told else "", one.note, one.told.satisfied if one.told else None) == (WORDS, "תור", 0)
    for response, question in ((room.few[0], "pv9"), (room.said[0], "pv1"), ("nobody", "pv9")):
        with pytest.raises(NotFound):
            acted(room.boss, stories.bring, room.boss, MONTH, response, question)
    with pytest.raises(NotFound):
        acted(room.other, stories.bring, room.other, MONTH, room.said[1], "pv9")


@pytest.mark.usefixtures("any_database")
def test_words_to_choose_from_are_of_branches_with_enough_answers() -> None:
    room = Room.made()
    found = read(queries.candidates, room.boss, MONTH)
    assert found.total == len(found.rows) > 0
    assert {one.branch.id for one in found.rows} <= {room.branches[0].id, room.branches[1].id}
    assert all(one.satisfied == 0 for one in found.rows)
    assert read(lambda session: queries.candidates(session, room.boss, MONTH, cut="all").total) == 8
    assert read(lambda session: queries.candidates(session, room.boss, MONTH, cut="all", search="ארבעים").total) == 8
    assert read(lambda session: queries.candidates(session, room.boss, MONTH, cut="all", search="100%_").total) == 0


@pytest.mark.usefixtures("database")
def test_a_meeting_hears_five_and_the_first_is_chosen() -> None:
    room = Room.made()
    others = [
        one.response_id for one in read(queries.candidates, room.boss, MONTH).rows if one.response_id not in room.said
    ]
    chosen = (room.said + others)[: stories.MOST]
    for response in chosen:
        acted(room.boss, stories.bring, room.boss, MONTH, response, "pv9")
    if len(room.said + others) > stories.MOST:
        with pytest.raises(Conflict):
            acted(room.boss, stories.bring, room.boss, MONTH, (room.said + others)[stories.MOST], "pv9")
    acted(room.boss, stories.put_first, MONTH, chosen[2], "pv9")
    assert [one.response_id for one in read(queries.chosen, room.boss, MONTH)][:2] == [chosen[2], chosen[0]]
    acted(room.boss, stories.take_out, MONTH, chosen[2], "pv9")
    assert read(queries.keys, MONTH) == {(one, "pv9") for one in chosen if one != chosen[2]}


@pytest.mark.usefixtures("any_database")
def test_words_that_are_deleted_are_deleted_here_in_signed_months_too() -> None:
    room = Room.made()
    acted(room.boss, stories.bring, room.boss, MONTH, room.said[0], "pv9", f"כתב: {WORDS}")
    sign(room.boss)
    with pytest.raises(Conflict):
        acted(room.boss, stories.bring, room.boss, MONTH, room.said[1], "pv9")
    acted(room.boss, responses.erase, room.said[0])
    (gone,) = read(queries.chosen, room.boss, MONTH)
    assert (gone.told, gone.note, gone.why) == (None, "", "deleted")
    assert read(lambda session: session.get_one(Story, (MONTH, room.said[0], "pv9")).note) == ""
    assert read(queries.chosen, room.manager, MONTH) == [], "whose words they were is known to nobody"


@pytest.mark.usefixtures("database")
def test_readers_hear_stories_of_branches_that_they_may_name() -> None:
    room = Room.made()
    acted(room.boss, stories.bring, room.boss, MONTH, room.said[0], "pv9")
    assert len(read(queries.chosen, room.manager, MONTH)) == 1
    assert read(queries.chosen, room.other, MONTH) == []
    assert read(queries.chosen, room.region, MONTH) == []
