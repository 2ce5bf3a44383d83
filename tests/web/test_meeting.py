"""The meeting on its pages: the room, what is written there, who may come in, and nothing lost on the way."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from survey_app import db
from survey_app.commands import decisions, meeting, responses, stories
from survey_app.commands.decisions import new_id
from survey_app.meeting.agenda import STOPS
from survey_app.models import Decision, Minutes, Story, User
from tests.commands.meetings import MONTH, WORDS, Room, acted
from tests.support.factories import setting
from tests.web.people import Person, plain

pytestmark = pytest.mark.usefixtures("frozen_clock", "database")
HERE = f"/reviews/{MONTH}/meeting"
TEXT = "לבדוק <תור> בסניף"


@pytest.fixture
def room(app: Flask) -> Room:
    found = Room.made(name="בנק", synthetic=True, policy={})
    with setting() as make:
        for user in (found.boss, found.manager, found.other):
            make.session.get_one(User, user.id).language = "en"
    return found


def person(app: Flask, name: str = "boss") -> Person:
    return Person(app).log_in(f"{name}@example.com")


def form_of(room: Room, **more: str) -> dict[str, str]:
    return {"id": new_id(), "text": TEXT, "owner": str(room.manager.id), "due_on": "17.12.2026", "branch": "200"} | more


def test_the_way_through_the_room(app: Flask, room: Room) -> None:
    boss = person(app)
    assert "The meeting has not begun" in boss.words(HERE)
    assert boss.on(f"{HERE}/begin", page=HERE) == f"{HERE}/begin"
    address, seen = boss.get(f"{HERE}/begin").headers["Location"], []
    while True:
        page = boss.text(address)
        seen.append(re.search(r"/meeting/(\w+)", address)[1])  # type: ignore[index]
        assert "New decision" in page
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if following is None:
            break
        address = following[1].replace("&amp;", "&")
    assert list(dict.fromkeys(seen)) == list(STOPS)
    assert len(seen) < 20
    assert f'action="/reviews/{MONTH}/sign"' in page


def test_a_decision_is_one_save_at_every_stop_and_one_however_often_it_is_sent(app: Flask, room: Room) -> None:
    boss = person(app)
    room.begun()
    for stop in STOPS:
        assert f'action="{HERE}/{stop}/decisions' in boss.text(f"{HERE}/{stop}?panel=decision")
    sent = form_of(room)
    for _twice in range(2):
        assert "done=decided" in boss.on(f"{HERE}/apart/decisions", page=f"{HERE}/apart?panel=decision", **sent)
    with db.reading() as session:
        (one,) = session.scalars(select(Decision))
        assert (one.text, one.stop, one.owner_id, one.branch_id) == (
            TEXT,
            "apart",
            room.manager.id,
            room.branches[0].id,
        )
    for path in (f"{HERE}/decisions", f"/reviews/{MONTH}/meeting", "/decisions", f"/decisions/{one.id}"):
        assert "לבדוק &lt;תור&gt; בסניף" in boss.text(path)


def test_a_refused_decision_keeps_what_was_typed(app: Flask, room: Room) -> None:
    boss = person(app)
    room.begun()
    page = f"{HERE}/map?panel=decision"
    for wrong, said in (
        ({"due_on": "31.2.2027"}, "Write a date as day, month and year."),
        ({"due_on": "1.1.2020"}, "Choose a day from today on"),
        ({"owner": ""}, "Choose who does it."),
        ({"branch": "שום סניף"}, "No branch has this code or name."),
    ):
        answer = boss.send(f"{HERE}/map/decisions", page=page, **form_of(room, **wrong))
        assert answer.status_code == 422, wrong
        assert said in plain(answer.text)
        assert "לבדוק &lt;תור&gt; בסניף" in answer.text
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Decision)) == 0


def test_before_the_review_begins_the_room_is_a_rehearsal(app: Flask, room: Room) -> None:
    boss = person(app)
    page = boss.text(f"{HERE}/apart")
    assert "panel=decision" not in page
    answer = boss.send(f"{HERE}/apart/decisions", page=f"{HERE}/apart?panel=decision", **form_of(room))
    assert answer.status_code == 409
    assert "Begin the review first" in plain(answer.text)
    assert "לבדוק &lt;תור&gt; בסניף" in answer.text


def test_minutes_written_over_show_both_texts_and_are_joined(app: Flask, room: Room) -> None:
    boss = person(app)
    room.begun()
    page, send = f"{HERE}/last?panel=minutes", f"{HERE}/last/minutes"
    assert 'name="revision" type="hidden" value="0"' in boss.text(page)
    acted(room.boss, meeting.write, room.boss, MONTH, "last", "של מישהי אחרת", 0)
    answer = boss.send(send, page=page, words="שלי", revision="0")
    assert answer.status_code == 409
    assert "של מישהי אחרת" in answer.text
    assert "שלי</textarea>" in answer.text
    assert 'name="revision" type="hidden" value="1"' in answer.text
    boss.on(send, page=page, words="של שתינו", revision="1")
    with db.reading() as session:
        assert session.get_one(Minutes, (MONTH, "last")).words == "של שתינו"


def test_the_meeting_says_whether_it_worked(app: Flask, room: Room) -> None:
    boss = person(app)
    room.begun()
    one = room.decided(month="2026-09", due_on=room.wanted().due_on)
    fields = {"decision": one.id, "revision": "0", "worked": "partly"}
    boss.on(f"{HERE}/last/worked", page=f"{HERE}/last", **fields)
    boss.on(f"{HERE}/last/worked", page=f"{HERE}/last", **fields)
    again = boss.send(f"{HERE}/last/worked", page=f"{HERE}/last", **(fields | {"worked": "no"}))
    assert again.status_code == 409
    assert "Somebody else changed this decision meanwhile" in plain(again.text)
    assert "It worked in part" in boss.words(f"/decisions/{one.id}")


@pytest.mark.parametrize("path", [HERE, f"{HERE}/last", f"/reviews/{MONTH}/stories", "/decisions/new"])
def test_who_does_not_run_the_meeting_stays_outside(app: Flask, room: Room, path: str) -> None:
    assert person(app, "manager").get(path).status_code == 403
    assert Person(app).get(path).status_code in {302, 303, 401}


@pytest.mark.parametrize(
    "path", [f"{HERE}/lunch", "/reviews/2026-13/meeting", "/reviews/2027-01/meeting/last", "/decisions/x"]
)
def test_what_is_not_there_is_not_found(app: Flask, room: Room, path: str) -> None:
    assert person(app).get(path).status_code == 404


def test_stories_are_chosen_heard_first_and_say_when_they_were_deleted(app: Flask, room: Room) -> None:
    boss = person(app)
    page = f"/reviews/{MONTH}/stories"
    assert WORDS in boss.text(page)
    assert WORDS not in boss.text(f"{page}?q=nothing")
    for response in room.said[:2]:
        boss.on(page, response=response, question="pv9", note="<b>")
    boss.on(f"{page}/first", page=page, response=room.said[1], question="pv9")
    assert WORDS in boss.text(f"{HERE}/story")
    assert "&lt;b&gt;" in boss.text(f"{HERE}/story")
    acted(room.boss, responses.erase, room.said[1])
    assert "The customer's words were deleted." in plain(boss.text(f"{HERE}/story")).replace("&#39;", "'")
    boss.on(f"{page}/out", page=page, response=room.said[1], question="pv9")
    with db.reading() as session:
        assert [one.response_id for one in session.scalars(select(Story))] == [room.said[0]]
    refused = boss.send(page, response=room.few[0], question="pv9")
    assert refused.status_code == 404


def test_a_story_is_brought_from_elsewhere_and_leads_back_to_our_own_pages_only(app: Flask, room: Room) -> None:
    boss = person(app)
    page = f"/reviews/{MONTH}/stories"
    back = f"/reviews/{MONTH}/branches/200"
    assert boss.on(page, response=room.said[0], question="pv9", next=back) == back
    assert boss.on(page, response=room.said[0], question="pv9", next="https://evil.example/") != "https://evil.example/"


def test_the_owner_sees_settles_and_nobody_else_does(app: Flask, room: Room) -> None:
    one = room.decided()
    owner, other = person(app, "manager"), person(app, "other")
    assert "is yours to do" in owner.words("/")
    assert other.get(f"/decisions/{one.id}").status_code == 404
    here = f"/decisions/{one.id}"
    empty = owner.send(f"{here}/outcome", page=here, state="done", outcome="", revision="0")
    assert (empty.status_code, "Write what became of it." in plain(empty.text)) == (422, True)
    owner.on(f"{here}/outcome", page=here, state="done", outcome="התגבור החל", revision="0")
    owner.on(f"{here}/outcome", page=here, state="done", outcome="התגבור החל", revision="0")
    assert "התגבור החל" in owner.text(here)
    assert owner.send(f"{here}/worked", page=here, worked="yes", revision="1").status_code == 403
    boss = person(app)
    stale = boss.send(f"{here}/move", page=here, owner=str(room.other.id), due_on="18.12.2026", revision="0")
    assert stale.status_code == 409
    boss.on(f"{here}/open", page=here, revision="1")
    boss.on(f"{here}/move", page=here, owner=str(room.other.id), due_on="18.12.2026", revision="2")
    assert "18/12/2026" in other.text(here)


def test_lists_are_cut_by_whose_and_by_branch(app: Flask, room: Room) -> None:
    boss = person(app)
    room.decided(text="של סניף 200")
    room.decided(text="של סניף 201", branch_id=room.branches[1].id, owner_id=room.boss.id)
    assert "של סניף 200" in boss.text("/decisions")
    assert "של סניף 200" not in boss.text("/decisions?cut=mine")
    assert "של סניף 201" not in boss.text("/decisions?cut=all&branch=200")
    assert "Nothing is late" in boss.words("/decisions?cut=late")
    assert "של סניף 201" not in person(app, "manager").text("/decisions?cut=all&branch=201")


def test_the_first_page_tells_management_of_the_meeting(app: Flask, room: Room) -> None:
    boss = person(app)
    assert "planned for" in boss.words("/")
    room.begun()
    assert "In review: October 2026" in boss.words("/")
    assert "Monthly meeting" not in person(app, "manager").words("/")


def test_minutes_are_read_by_who_sees_the_whole_organisation(app: Flask, room: Room) -> None:
    room.begun()
    acted(room.boss, meeting.write, room.boss, MONTH, "last", "נאמר על סניף 201", 0)
    acted(room.boss, stories.bring, room.boss, MONTH, room.said[0], "pv9")
    acted(room.boss, decisions.decide, room.boss, room.wanted(text="החלטה של 200"))
    assert "נאמר על סניף 201" in person(app).text(HERE)
    assert "נאמר על סניף 201" not in person(app, "manager").text(f"/reviews/{MONTH}")
