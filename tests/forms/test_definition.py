"""Documents: exact round trip, clear complaints, safe reading."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import fields, replace
from typing import Any

import pytest
import yaml

from forms.questionnaire import document as whole
from forms.questionnaire import library, parts, schema
from forms.questionnaire.definition import DefinitionError, dump, load, read_yaml
from forms.questionnaire.types import TYPES
from tests.forms.samples import asked, document, he, item, question, scored
from translations import speaking


def complaints(data: dict[str, Any]) -> list[str]:
    with speaking("en"), pytest.raises(DefinitionError) as caught:
        load(data)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("code", library.codes())
def test_a_library_document_round_trips_exactly(code: str) -> None:
    data = read_yaml(library.source(code))
    loaded = load(data)
    assert dump(loaded) == data
    assert load(dump(loaded)) == loaded
    assert load(json.loads(json.dumps(dump(loaded)))) == loaded, "through JSON, as the database keeps it"


def test_the_digest_follows_the_content_and_not_the_order_of_keys() -> None:
    data = document(asked(question("a", "scale", scale="sat5")))
    same = dict(reversed(data.items()))
    other = deepcopy(data)
    other["sections"][0]["questions"][0]["text"]["he"] += "!"
    assert load(data).digest == load(same).digest
    assert load(data).digest != load(other).digest
    changed = replace(load(data), code="sample2")
    assert changed.digest != load(data).digest, "a copy does not carry the old fingerprint along"


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (lambda d: d.pop("kind"), "", "the key kind is missing"),
        (lambda d: d.update(titel=he("x")), "", "unknown key 'titel'. Was title meant?"),
        (lambda d: d.update(format=2), "format", "this must be 1"),
        (lambda d: d.update(sections="x"), "sections", "must be a list"),
        (lambda d: d["sections"][0]["questions"][0].update(scale="sat"), "questions.a.scale", "Was sat5 meant?"),
        (lambda d: d["sections"][0]["questions"][0].update(type="slider"), "questions.a.type", "'slider'"),
        (lambda d: d["sections"][0]["questions"][0].update(text="x"), "questions.a.text", "a group of keys"),
        (lambda d: d["sections"][0]["questions"][0]["text"].update(fr="x"), "questions.a.text", "unknown key 'fr'"),
        (lambda d: d["sections"][0]["questions"][1].update(code="a"), "questions.a", "used 2 times"),
        (
            lambda d: d["sections"][0]["questions"][1].update(code="a_comment"),
            "questions.a_comment",
            "kept for the words beside an answer",
        ),
        (lambda d: d["sections"][0]["questions"][1].update(code="a b"), "questions.a b.code", "no valid code"),
        (lambda d: d["sections"].append(d["sections"][0]), "sections.main", "used 2 times"),
        (
            lambda d: d["sections"][0]["questions"][1].update(shown_if={"equals": ["a", 1]}),
            "questions.b.shown_if",
            "unknown key 'equals'",
        ),
        (
            lambda d: d["sections"][0]["questions"][1].update(shown_if={"eq": ["a", 1], "ne": ["a", 2]}),
            "questions.b.shown_if",
            "a rule has one operator",
        ),
        (lambda d: d["scales"]["sat5"]["points"][2].update(score=101), "scales.sat5.points.3.score", "at most 100"),
    ],
)
def test_a_wrong_document_is_refused_with_the_place(change: Any, place: str, words: str) -> None:
    data = deepcopy(document(asked(question("a", "scale", scale="sat5"), question("b", "text"))))
    change(data)
    found = complaints(data)
    assert any(one.startswith(f"{place}: " if place else "") and words in one for one in found), found


def test_every_fault_is_told_at_once() -> None:
    data = deepcopy(document(asked(question("a", "scale", scale="sat5"))))
    data["sections"][0]["questions"][0].update(type="slider", points=0)
    assert len(complaints(data)) == 2


def test_yaml_means_what_an_author_means() -> None:
    data = read_yaml("\ufeffa: no\nb: yes\nc: 2026-01-01\nd: 08:30\ne: 010\nf: 5\ng: true\nh: ~\n".encode())
    assert data == {"a": "no", "b": "yes", "c": "2026-01-01", "d": "08:30", "e": "010", "f": 5, "g": True, "h": None}


def test_other_users_of_yaml_are_not_disturbed() -> None:
    assert yaml.safe_load("a: no") == {"a": False}


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00",
        "שאלון".encode("cp1255"),
        b"a: [1, 2",
        b"- a\n- b\n",
        b"",
        b"a: 1\na: 2\n",
        b"!!python/object/apply:os.system ['true']",
        b"a: &x {b: *x}",
        b"? [a, b]\n: c\n",
        BOMB.encode(),
        b"[" * 5_000,
        b"a: " + b"[" * 200_000 + b"]" * 200_000,
        b"a: " + b"{a: " * 100 + b"1" + b"}" * 100,
        b"a: " + b"x" * 5_000_001,
    ],
    ids=[
        "bytes",
        "encoding",
        "broken",
        "list",
        "empty",
        "twice",
        "tag",
        "itself",
        "key",
        "bomb",
        "deep",
        "deeper than the C library's stack",
        "nested",
        "huge",
    ],
)
def test_a_hostile_or_broken_file_is_refused(content: bytes) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_yaml(content)
    assert all(problem.message for problem in caught.value.problems)


def test_a_fault_in_the_file_names_the_line() -> None:
    with speaking("en"), pytest.raises(DefinitionError, match="line 3, column"):
        read_yaml(b"a: 1\nb: 2\n c: 3\n")


PARTS = {
    "question": parts.Question,
    "section": whole.Section,
    "choice": parts.Choice,
    "band": parts.Band,
    "wording": whole.Wording,
}


@pytest.mark.parametrize(("name", "kind"), PARTS.items())
def test_schema_and_parts_have_the_same_keys(name: str, kind: type) -> None:
    assert set(schema.schema()["$defs"][name]["properties"]) == {one.name for one in fields(kind)}


def test_the_schema_knows_every_key_and_type() -> None:
    top = schema.schema()
    assert set(top["properties"]) == {one.name for one in fields(whole.Questionnaire)}
    assert set(top["properties"]["privacy"]["properties"]) == {one.name for one in fields(whole.Privacy)}
    assert set(top["$defs"]["scale"]["properties"]) == {one.name for one in fields(parts.Scale)} - {"code"}
    assert top["$defs"]["question"]["properties"]["type"]["enum"] == list(TYPES)
    for name, kind in {"follow_up": whole.FollowUp, "confirmation": whole.Confirmation, "thanks": whole.Thanks}.items():
        assert set(top["properties"][name]["properties"]) == {one.name for one in fields(kind)}
    assert set(top["properties"]["automation"]["items"]["properties"]) == {one.name for one in fields(whole.Automation)}


def test_texts_are_named_by_codes() -> None:
    data = document(
        asked(
            question("a", "scale", scale="sat5", hint=he("רמז"), variants={"open_link": he("אחרת")}),
            question("b", "single", choices=[{"value": "x", "text": he("איקס")}, {"value": "y", "text": he("וי")}]),
        ),
        scored("A", item("A1", 5)),
        intro={"text": he("פתיח"), "variants": {"no_branch": he("פתיח אחר")}},
    )
    places = [place for place, _text in load(data).texts()]
    for place in (
        "title",
        "intro.text",
        "intro.variants.no_branch",
        "scales.nps11.anchors.10.text",
        "scales.ynna.extra.na.text",
        "questions.a.text",
        "questions.a.hint",
        "questions.a.variants.open_link",
        "questions.b.choices.y.text",
        "sections.A.title",
        "questions.A1.text",
    ):
        assert places.count(place) == 1, place
    assert "sections.main.title" not in places, "an optional text that is not there is no gap"
