"""Pages of the voice of the customer and of listening: who may open them, and what a browser without scripts can do."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from survey_app.db import reading
from survey_app.models import Listening, Promise, Response, Story, VoiceMessage, VoiceTag
from tests.commands.test_voices import World
from tests.support.factories import setting
from tests.web.people import Person, plain

pytestmark = pytest.mark.usefixtures("frozen_clock", "database")


@pytest.fixture
def world(app: Flask) -> World:
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
    found = World.made()
    with setting() as make:
        make.user(email="service@example.com", role="service_manager")
        make.user(email="agent@example.com", role="shopper")
    return found


def person(app: Flask, name: str) -> Person:
    return Person(app).log_in(f"{name}@example.com")


def count(*tables: type) -> list[int]:
    with reading() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def test_each_reader_opens_what_is_theirs(app: Flask, world: World) -> None:
    pages = ("/voices", "/voices/themes", "/listen", "/voices/import")
    names = ("boss", "manager", "analyst", "service", "agent")
    opened = {name: [person(app, name).get(path).status_code for path in pages] for name in names}
    assert opened == {
        "boss": [200, 200, 200, 403],
        "manager": [200, 200, 200, 403],
        "analyst": [200, 200, 403, 200],
        "service": [200, 200, 200, 200],
        "agent": [403, 403, 403, 403],
    }


def test_a_piece_is_tagged_found_by_its_tag_and_brought_to_the_meeting(app: Flask, world: World) -> None:
    boss = person(app, "boss")
    key = {"source": "message", "ref": "1", "question": "", "next": "/voices?source=message", "at": "piece1"}
    assert boss.send("/voices/tag", page="/voices", tag="", **key).status_code == 422
    led = boss.on("/voices/tag", page="/voices", tag="#עמלות", **key)
    assert led == "/voices?source=message&done=tagged#piece1"
    assert boss.text("/voices?tag=עמלות").count('name="tag" value="עמלות"') == 1, "the button that takes it off"
    for _twice in range(2):
        boss.on("/voices/bring", page="/voices", month="2026-10", note="למה", **key)
    refused = boss.send("/voices/bring", page="/voices", month="2026-10", **(key | {"ref": "2"}))
    assert refused.status_code == 422
    assert count(VoiceTag, Story) == [1, 1]
    assert "[…]" in boss.words("/reviews/2026-10/stories")
    boss.on("/voices/untag", page="/voices", tag="עמלות", **(key | {"next": "//evil.example"}))
    assert count(VoiceTag) == [0]
    manager = person(app, "manager")
    assert manager.send("/voices/bring", page="/voices", month="2026-10", **key).status_code == 403
    assert manager.send("/voices/tag", page="/voices", tag="x", **(key | {"ref": "4"})).status_code == 404


def test_a_visit_is_written_down_page_by_page_and_sent_once(app: Flask, world: World) -> None:
    manager = person(app, "manager")
    shown = manager.text("/listen/new")
    minted = re.search(r'name="id"[^>]*value="([0-9a-f]{32})"', shown)
    assert minted
    given = {"id": minted[1], "way": "visit", "branch": "201", "heard_on": "16.11.2026", "go": "begin"}
    assert manager.send("/listen/new", **(given | {"way": ""})).status_code == 422
    for _twice in range(2):
        led = manager.on("/listen/new", **given)
    page = manager.get(led).headers["Location"]
    assert manager.on(page, go="later", fv3="לקוחה סיפרה על תור") == "/listen?done=kept"
    assert "לקוחה סיפרה" in manager.text(page)
    assert person(app, "boss").get(page).status_code == 404
    answers = {"fv3": "לקוחה סיפרה על תור", "fv5": "yes", "fv6": "לתקן", "fv7": "1.12.2026"}
    for _page in range(6):
        page = manager.on(page, go="next", **answers)
        if page.endswith("/done"):
            break
    said = manager.words(page)
    assert "לתקן" in said
    assert manager.get(led).headers["Location"] == page, "the way back leads to what came of it"
    assert count(Listening, Promise) == [1, 1]
    with reading() as session:
        assert session.get_one(Response, minted[1]).visited_on.isoformat() == "2026-11-16"


def test_a_file_of_messages_says_what_it_took_and_what_not(app: Flask, world: World) -> None:
    service = person(app, "service")

    def bring(content: bytes, name: str = "m.csv") -> str:
        return plain(service.send("/voices/import", file=(io.BytesIO(content), name)).text)

    good = "key,written_on,words\nN1,14/10/2026,שלום\n".encode()
    bring(good)
    bring(good + "N2,14/10/2031,עתיד\n".encode())
    assert count(VoiceMessage) == [5]
    for wrong in (b"", b"\x89PNG....", b"a,b\n1,2\n"):
        assert service.send("/voices/import", file=(io.BytesIO(wrong), "m.csv")).status_code == 422
    assert service.send("/voices/import").status_code == 422
    service.on("/voices/erase", page="/voices", ref="1", source="message", question="")
    assert count(VoiceMessage) == [4]
