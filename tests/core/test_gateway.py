"""A gateway's template: whatever the words hold, what is sent is well-formed and holds them unchanged."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app import clock
from survey_app.config import Gateway
from survey_app.outgoing.carrier import Later, Outgoing
from survey_app.outgoing.gateway import HttpGateway, at, body, problems, reference, retry_after, signed

JSON = Gateway(url="https://gw.example/send", body='{"to": {to}, "text": {text}, "id": {key}}')
FORM = replace(JSON, body="to={to}&msg={text}&pass={secret}", content_type="application/x-www-form-urlencoded")


def values(text: str) -> dict[str, str]:
    return {"to": "+972541234567", "text": text, "key": "k", "from": "BANK", "secret": text}


@given(st.text(max_size=100))
def test_json_holds_any_words(text: str) -> None:
    assert json.loads(body(JSON, values(text)))["text"] == text


@given(st.text(max_size=100))
def test_a_place_within_a_string_is_part_of_it(text: str) -> None:
    template = replace(JSON, body='{"messages": [{"to": "tel:{to}", "body": "\\"{text}\\"", "n": {"a": {key}}}]}')
    (made,) = json.loads(body(template, values(text)))["messages"]
    assert made == {"to": "tel:+972541234567", "body": f'"{text}"', "n": {"a": "k"}}


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=100))
def test_a_form_holds_any_words(text: str) -> None:
    made = parse_qs(body(FORM, values(text)), keep_blank_values=True, strict_parsing=True)
    assert made == {"to": ["+972541234567"], "msg": [text], "pass": [text]}


def test_a_place_in_the_words_is_not_filled_again() -> None:
    assert json.loads(body(JSON, values("{secret} {to}")))["text"] == "{secret} {to}"


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 0),
        ({"body": '{"to": {to}}'}, 1),
        ({"body": "to={to}&text={text}"}, 1),
        ({"body": "to={to}&text={text}", "content_type": "application/x-www-form-urlencoded; charset=utf-8"}, 0),
        ({"url": "gw.example"}, 1),
        ({"idempotent": True}, 0),
        ({"idempotent": True, "body": '{"to": {to}, "text": {text}}'}, 1),
        ({"headers": "Authorization: Bearer {secret}\n\nX-Key: {key}"}, 0),
        ({"headers": "Authorization Bearer"}, 1),
    ],
)
def test_faults_of_settings_are_told(changes: dict[str, object], count: int) -> None:
    assert len(problems(replace(JSON, **changes))) == count  # type: ignore[arg-type]


def test_a_secret_that_would_break_the_headers_sends_nothing() -> None:
    gateway = HttpGateway(replace(JSON, headers="Authorization: {secret}", secret="a\r\nX-Other: b"))
    assert gateway.send(Outgoing(key="k", to="+972541234567", text="x")) == Later("not_set_up", closed=True)
    gateway.close()


def test_neither_secret_nor_address_shows() -> None:
    shown = repr(replace(JSON, secret="hush", callback_secret="hush")) + repr(Outgoing("k", "+972541234567", "words"))
    for hidden in ("hush", "+972541234567", "words"):
        assert hidden not in shown


@pytest.mark.parametrize(
    ("path", "answer", "expected"),
    [
        ("id", {"id": "a1"}, "a1"),
        ("id", {"id": 17}, "17"),
        ("data.messages.0.id", {"data": {"messages": [{"id": "x"}]}}, "x"),
        ("id", {"id": True}, None),
        ("id", {"other": 1}, None),
        ("id.deeper", {"id": "a1"}, None),
        ("0.id", [], None),
    ],
)
def test_the_gateway_s_name_of_a_message(path: str, answer: object, expected: str | None) -> None:
    assert reference(path, httpx.Response(200, json=answer)) == expected


def test_an_answer_that_is_no_json_has_no_name() -> None:
    assert reference("id", httpx.Response(200, text="OK 123")) is None
    assert at({"a": [1]}, "a.x") is None


def test_how_long_a_gateway_wants_us_to_wait() -> None:
    now = clock.now()
    with clock.moved_to(now.replace(microsecond=0)):
        assert retry_after("120") == timedelta(minutes=2)
        assert retry_after(format_datetime(clock.now() + timedelta(minutes=3), usegmt=True)) == timedelta(minutes=3)
        assert retry_after(format_datetime(clock.now() - timedelta(minutes=3), usegmt=True)) == timedelta()
        assert retry_after("99999999999") == timedelta(hours=12)
        for text in ("", "soon", "-5"):
            assert retry_after(text) is None


@pytest.mark.parametrize(("secret", "signature", "good"), [
    ("k", "0f2d2d7e", False), ("", "", False), ("k", "sha256=", False),
])  # fmt: skip
def test_a_wrong_signature(secret: str, signature: str, good: bool) -> None:
    assert signed(secret, b"body", signature) is good
