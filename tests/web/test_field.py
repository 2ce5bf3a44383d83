"""The documents of the shopper's app: whose they are, what they tell a phone, and what they demand in words."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask

from forms.questionnaire import library
from forms.questionnaire.definition import Question, dump, load
from survey_app.field.rules import Rules
from survey_app.web.field_sheet import known_of, worded
from tests.commands.acting import SHOP, Field
from tests.web.people import Person
from tests.web.shopping import stand_up

pytestmark = pytest.mark.usefixtures("frozen_clock")

FACTS = re.compile(r'<script type="application/json" id="facts">(.*?)</script>', re.DOTALL)


@pytest.fixture
def field(app: Flask) -> Field:
    """A shopper with two visits."""
    return stand_up(2)


@pytest.fixture
def shopper(app: Flask, field: Field) -> Person:
    """The shopper, logged in."""
    return Person(app).log_in("eye@example.com")


def facts(text: str) -> Any:
    """What a document tells the phone's scripts."""
    found = FACTS.search(text)
    assert found is not None
    return json.loads(found[1])


def test_a_visit_tells_its_phone_where_the_branch_is_and_under_which_id_to_write(shopper: Person, field: Field) -> None:
    told = facts(shopper.text("/shops/1/in/he"))
    assert told["place"] == [32.8, 35.0]
    assert told["position"] is Rules().position
    assert told["round"] == 1
    assert told["voids"] == "N3"
    assert re.fullmatch(r"[0-9a-f]{32}", told["id"])
    assert told["user"] == str(field.shopper.id)


def test_documents_are_their_owners_alone(app: Flask, shopper: Person, field: Field) -> None:
    answer = shopper.get("/shops/1/in/ar")
    assert answer.headers["X-Field-User"] == str(field.shopper.id)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "csrf" not in answer.text  # kept for weeks, so nothing of a session is in it
    stranger = Person(app).log_in("other@example.com")
    assert stranger.get("/shops/1/in/ar").status_code == 404
    assert stranger.get("/shops/1/in/xx").status_code == 404
    assert "סניף" not in stranger.words("/shops/in/he")
    judge = Person(app).log_in("judge@example.com")
    for path in ("/shops/in/he", "/shops/1/in/he", "/shops/app/pages"):
        assert judge.get(path).status_code == 403
    assert Person(app).get("/shops/in/he").status_code == 302


def test_the_list_of_documents_changes_only_with_what_they_show(shopper: Person) -> None:
    first = shopper.get("/shops/app/pages").get_json()
    assert [len(one["addresses"]) for one in first["groups"]] == [4, 4, 4]
    assert first["groups"][-1]["name"] == "start"  # what leads to the visits is fetched after them
    assert shopper.get("/shops/app/pages").get_json() == first
    assert facts(shopper.text("/shops/in/ru"))["release"] == first["groups"][-1]["release"]
    assert facts(shopper.text("/shops/2/in/ru"))["release"] == first["groups"][1]["release"]
    shopper.on("/shops/1/A", go="later", A1="yes")
    changed = shopper.get("/shops/app/pages").get_json()
    differs = [one["name"] for one, other in zip(first["groups"], changed["groups"], strict=True) if one != other]
    assert differs == [first["groups"][0]["name"]]


def test_manifest_and_worker_tell_nothing_of_anybody(app: Flask) -> None:
    nobody = Person(app)
    for language, name in (("he", "סידורים"), ("en", "Errands"), ("ar", "مشاوير"), ("ru", "Дела")):
        manifest = nobody.get(f"/shops/app/plain/{language}.webmanifest").get_json()
        assert manifest["name"] == manifest["short_name"] == name
        assert manifest["start_url"] == manifest["scope"] == "/shops"
        assert {one["purpose"] for one in manifest["icons"]} == {"any", "maskable"}
        for icon in manifest["icons"]:
            answer = nobody.get(icon["src"])
            assert answer.mimetype == "image/png"
            size = int.from_bytes(answer.data[16:20], "big")
            assert icon["sizes"] == f"{size}x{size}"
    assert nobody.get("/shops/app/open/he.webmanifest").get_json()["name"] == "הביקורים שלי"
    assert nobody.get("/shops/app/other/he.webmanifest").status_code == 404
    worker = nobody.get("/shops/worker.js")
    assert worker.headers["Service-Worker-Allowed"] == "/shops"
    assert worker.mimetype == "text/javascript"
    assert "סניף" not in nobody.words("/shops/app/locked/he")


def test_without_scripts_the_list_leads_to_the_servers_own_pages(shopper: Person) -> None:
    text = shopper.text("/shops")
    assert 'href="/shops/1"' in text
    assert 'data-app="/shops/1/in/he"' in text
    assert "עוד לא הוגש דוח ביקור" in shopper.words("/shops?done=1")


def test_low_and_critical_answers_are_told_in_words() -> None:
    definition = library.load(SHOP)
    rules = {code: worded(definition.by_code[code]) for code in ("A1", "D2", "B3", "N1")}
    assert rules["A1"] == {"in": ["A1", ["no"]]}
    assert rules["D2"] == {"in": ["D2", ["no"]]}
    assert rules["B3"] == {"any": [{"all": [{"gt": ["B3", 10]}, {"le": ["B3", 20]}]}, {"gt": ["B3", 20]}]}
    assert rules["N1"] is None
    assert known_of(definition) == {"visit_date": "day", "time_in": "entered", "time_out": "left", "B3": "waited"}


def test_a_partial_answer_is_told_only_where_care_is_due() -> None:
    document = dump(library.load(SHOP))
    assert load(document).by_code["A1"].points
    banded = {"code": "W", "type": "int", "text": {}, "points": 4}
    plain = Question(**banded, bands=library.load(SHOP).by_code["B3"].bands)
    assert worded(plain) == worded(Question(**banded, bands=plain.bands)) is not None
    careful = Question(**banded, bands=plain.bands, critical=True)
    assert worded(careful) != worded(plain)
