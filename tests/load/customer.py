"""A customer without a browser: reads the forms it is shown, answers them, sends them, until it is thanked."""

from __future__ import annotations

import http.client
import random
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import ClassVar
from urllib.parse import urlencode, urljoin, urlsplit

#: More pages than any questionnaire has: a survey that never ends is a fault, not a long measurement.
MOST_PAGES = 40
#: Where a finished survey leads.
THANKED = "/thanks"


@dataclass
class Form:
    """What a page asks: fixed values, choices by name, lines to write in, and the buttons that send it."""

    action: str = ""
    fixed: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def filled(self, chance: random.Random) -> dict[str, str]:
        """One possible answer to it: a choice of each group, and every other line left blank."""
        answers = self.fixed | {name: chance.choice(values) for name, values in self.choices.items()}
        answers |= {name: "היה שירות טוב, תודה" for place, name in enumerate(self.lines) if place % 2}
        return answers | dict(self.buttons[:1])


class FormReader(HTMLParser):
    """Finds the first form of a page that is sent by POST."""

    CHOSEN: ClassVar[frozenset[str]] = frozenset({"radio"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.form: Form | None = None
        self._inside = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        given = {name: value or "" for name, value in attributes}
        if tag == "form" and self.form is None and given.get("method", "").lower() == "post":
            self.form, self._inside = Form(action=given.get("action", "")), True
        elif self._inside and self.form is not None and given.get("name", tag) and "disabled" not in given:
            self._field(self.form, tag, given)

    def _field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "submit" if tag == "button" else "text")
        if tag == "textarea":
            form.lines.append(name)
        elif tag in {"input", "button"} and kind == "submit" and name:
            form.buttons.append((name, given.get("value", "")))
        elif tag == "input" and kind in self.CHOSEN:
            form.choices.setdefault(name, []).append(given.get("value", "on"))
        elif tag == "input" and kind == "hidden":
            form.fixed[name] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """Leave the form."""
        if tag == "form":
            self._inside = False


@dataclass
class Seen:
    """One answer of the server."""

    status: int
    path: str
    body: str


class Customer:
    """One person with one connection that is kept open."""

    def __init__(self, port: int, seed: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._chance = random.Random(seed)
        self.requests = 0

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def get(self, path: str) -> Seen:
        """Open a page."""
        return self._ask("GET", path, None)

    def send(self, path: str, form: dict[str, str]) -> Seen:
        """Send a form, and follow where it leads."""
        return self._ask("POST", path, form)

    def _ask(self, method: str, path: str, sent: dict[str, str] | None) -> Seen:
        headers = {"Accept-Language": "he", "Accept-Encoding": "identity"}
        body = urlencode(sent) if sent is not None else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        self.requests += 1
        if answer.status in {301, 302, 303}:
            onward = urlsplit(urljoin(path, answer.headers["Location"]))
            return self._ask("GET", onward.path + (f"?{onward.query}" if onward.query else ""), None)
        return Seen(answer.status, path, text)

    def answer(self, path: str) -> str:
        """Go through a whole survey; gives the address of the thanks. RuntimeError where it does not end there."""
        seen = self.get(path)
        for _ in range(MOST_PAGES):
            if seen.status != http.client.OK:
                raise RuntimeError(f"{seen.status} from {seen.path}: {seen.body[:400]}")
            if seen.path.startswith(THANKED):
                return seen.path
            reader = FormReader()
            reader.feed(seen.body)
            if reader.form is None:
                raise RuntimeError(f"nothing to answer at {seen.path}")
            target = urljoin(seen.path, reader.form.action) if reader.form.action else seen.path
            seen = self._ask("POST", target, reader.form.filled(self._chance))
        raise RuntimeError(f"no end after {MOST_PAGES} pages, at {seen.path}")
