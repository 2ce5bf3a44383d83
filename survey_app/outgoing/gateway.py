"""Text messages through any HTTP gateway: what is sent is a template, so that none needs code of its own.

A place in the template is filled as its surroundings want it: JSON text within JSON, percent-encoded within a form or
an address. The secret is filled in like any other place and is never logged nor shown.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import parse_qsl, quote, quote_plus

import httpx

from survey_app import clock
from survey_app.config import Gateway
from survey_app.outgoing.carrier import Later, Outcome, Outgoing, Refused, Sent, Unknown
from translations import gettext as _

# It would write every address it asks, and a gateway's may hold its secret or a customer's number.
logging.getLogger("httpx").setLevel(logging.WARNING)
#: Seconds to connect, and to wait for an answer.
CONNECT, ANSWER = 10.0, 30.0
#: No pause that a gateway asks for is believed beyond this.
LONGEST_AFTER: Final = timedelta(hours=12)
#: Longer references than this are none.
_REFERENCE: Final = 200
_FORM: Final = "application/x-www-form-urlencoded"
_PLACES: Final = ("to", "text", "key", "from", "secret")
_PLACE: Final = re.compile(r"\{(" + "|".join(_PLACES) + r")\}")
#: A JSON string, or a place outside of any.
_JSON: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\{(' + "|".join(_PLACES) + r")\}")
#: Answers that say the gateway certainly took nothing and may later.
_LATER: Final = frozenset({408, 425, 429, 503})
#: Answers about the login or the sender, not about the message.
_NOT_LET_IN: Final = frozenset({401, 402, 403, 404, 405, 407})


class HttpGateway:
    """A carrier over HTTP; one connection serves many messages."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.idempotent = gateway.idempotent
        self._client = httpx.Client(
            timeout=httpx.Timeout(ANSWER, connect=CONNECT), follow_redirects=False, trust_env=False
        )

    def close(self) -> None:
        """Give the connection back."""
        self._client.close()

    def send(self, message: Outgoing) -> Outcome:
        """Hand one message over."""
        try:
            request = self._request(message)
        except (ValueError, httpx.InvalidURL):
            return Later("not_set_up", closed=True)
        try:
            response = self._client.send(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol):
            return Later("unavailable", closed=True)  # not a byte of the message has left
        except httpx.HTTPError:
            # It may have been read whole before the answer was lost.
            return Later("unavailable") if self.idempotent else Unknown("connection_lost")
        return self._outcome(response)

    def _request(self, message: Outgoing) -> httpx.Request:
        values = _values(self._gateway, message)
        headers = dict(_headers(self._gateway, values))
        headers["Content-Type"] = self._gateway.content_type
        return self._client.build_request(
            self._gateway.method,
            fill(self._gateway.url, values, quote_all),
            content=body(self._gateway, values).encode(),
            headers=headers,
        )

    def _outcome(self, response: httpx.Response) -> Outcome:
        code = response.status_code
        if response.is_success:
            return Sent(reference(self._gateway.reference, response))
        if code in _LATER:
            return Later(f"busy {code}", after=retry_after(response.headers.get("Retry-After", "")), closed=code != 408)
        if code in _NOT_LET_IN or response.is_redirect:
            return Later(f"not_let_in {code}", closed=True)
        if code >= 500:
            # Whether it was taken before the fault nobody says; a key makes the question idle.
            return Later(f"unavailable {code}") if self.idempotent else Unknown(f"connection_lost {code}")
        return Refused(f"refused {code}")


def _values(gateway: Gateway, message: Outgoing) -> dict[str, str]:
    return {
        "to": message.to,
        "text": message.text,
        "key": message.key,
        "from": gateway.sender,
        "secret": gateway.secret,
    }


def fill(template: str, values: Mapping[str, str], write: Callable[[str], str]) -> str:
    """A template with its places filled; what stands in other braces stays."""
    return _PLACE.sub(lambda found: write(values[found[1]]), template)


def quote_all(value: str) -> str:
    """A value within an address."""
    return quote(value, safe="")


def body(gateway: Gateway, values: Mapping[str, str]) -> str:
    """The body of a request. Of JSON a place alone becomes a string, one within a string becomes part of it."""
    if gateway.content_type.split(";")[0].strip().lower() == _FORM:
        return fill(gateway.body, values, quote_plus)

    def place(found: re.Match[str]) -> str:
        if found[1]:
            return json.dumps(values[found[1]], ensure_ascii=False)
        return fill(found[0], values, lambda value: json.dumps(value, ensure_ascii=False)[1:-1])

    return _JSON.sub(place, gateway.body)


def _headers(gateway: Gateway, values: Mapping[str, str]) -> list[tuple[str, str]]:
    found = []
    for line in gateway.headers.splitlines():
        name, colon, value = line.partition(":")
        if not line.strip():
            continue
        if not colon:
            raise ValueError("a header is written as Name: value")
        filled = fill(value.strip(), values, str)
        if not filled.isprintable() or not filled.isascii():
            raise ValueError("a header takes one line of plain letters")
        found.append((name.strip(), filled))
    return found


def reference(path: str, response: httpx.Response) -> str | None:
    """The gateway's own name of a message, from its answer; None where there is none at that path."""
    try:
        found = at(response.json(), path)
    except ValueError:
        return None
    return str(found)[:_REFERENCE] if isinstance(found, str | int) and not isinstance(found, bool) else None


def at(document: Any, path: str) -> Any:
    """What stands at a dotted path (``messages.0.id``) of a document; None where nothing does."""
    for step in path.split("."):
        if isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        elif isinstance(document, dict) and step in document:
            document = document[step]
        else:
            return None
    return document


def retry_after(value: str) -> timedelta | None:
    """The pause that an answer asks for, in seconds or until a date; None where it asks for none."""
    text = value.strip()
    if text.isdecimal():
        return min(timedelta(seconds=min(int(text), 10**6)), LONGEST_AFTER)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return max(timedelta(), min(until - clock.now(), LONGEST_AFTER))


def problems(gateway: Gateway) -> list[str]:
    """What is wrong with a gateway's settings, in words; empty when messages can leave."""
    sample = dict.fromkeys(_PLACES, 'a"b\\c\n')
    found = []
    if not re.match(r"https?://[^/]", gateway.url):
        found.append(_("The gateway's address begins with https://."))
    if gateway.content_type.split(";")[0].strip().lower() != _FORM:
        try:
            json.loads(body(gateway, sample))
        except ValueError:
            found.append(
                _("The body is no JSON. Places stand in it without quotation marks: %(body)s", body='{"to": {to}}')
            )
    if not {"to", "text"} <= set(_PLACE.findall(gateway.body + gateway.url)):
        found.append(_("The body names neither {to} nor {text}, or only one of them."))
    if gateway.idempotent and "{key}" not in gateway.body + gateway.url + gateway.headers:
        found.append(_("The gateway is said to know keys, but {key} is not sent to it."))
    try:
        _headers(gateway, dict.fromkeys(_PLACES, "x"))
    except ValueError:
        found.append(_("A header is written as Name: value, one in a line."))
    return found


# ---- reports of the gateway ------------------------------------------------------------------------------------------


def signed(secret: str, content: bytes, signature: str) -> bool:
    """Whether a report is the gateway's own: HMAC-SHA256 of its body, in hexadecimal, with or without ``sha256=``."""
    if not secret:
        return False
    given = signature.strip().lower().removeprefix("sha256=")
    right = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    return hmac.compare_digest(right.encode(), given.encode("utf-8", "replace"))


def report(content: bytes, content_type: str) -> Any:
    """A report as a document, out of JSON or a form. ValueError for anything else."""
    if content_type.split(";", maxsplit=1)[0].strip().lower() == _FORM:
        return dict(parse_qsl(content.decode(), keep_blank_values=True, max_num_fields=100))
    return json.loads(content)
