"""People at a browser without scripts: a customer with an address, and users who log in."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from survey_app.models import Branch, Invitation
from tests.support.factories import PASSWORD, Make

SURVEY = "post_visit_branch"
#: The frozen clock stands on 17 November 2026.
VISITED = date(2026, 11, 15)
SINCE = date(2026, 1, 1)
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
#: What a form says of the state that it was shown with.
_SEEN = re.compile(r'name="seen" value="([^"]*)"')
_TAG = re.compile(r"<[^>]+>")


class Person:
    """One browser. It sends forms as it was shown them: with the page's token, where the page has one."""

    def __init__(self, app: Flask, **headers: str) -> None:
        self.client = app.test_client()
        self.headers = headers

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path, headers=self.headers)

    def text(self, path: str, status: int = 200) -> str:
        """A page's markup."""
        answer = self.get(path)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
        return answer.text

    def words(self, path: str, status: int = 200) -> str:
        """What a page says, without its markup."""
        return plain(self.text(path, status))

    def send(self, path: str, page: str | None = None, **fields: Any) -> TestResponse:
        """Send the form of a page; ``page`` is where it stands when that is not where it is sent."""
        shown = self.get(page or path).text
        token, seen = _TOKEN.search(shown), _SEEN.search(shown)
        told = ({"csrf_token": token[1]} if token else {}) | ({"seen": seen[1]} if seen else {})
        return self.client.post(path, data=told | fields, headers=self.headers)

    def on(self, path: str, **fields: Any) -> str:
        """Send a page and give the address it leads to."""
        answer = self.send(path, **fields)
        assert answer.status_code == 303, (path, answer.status_code, plain(answer.text)[:1500])
        return str(answer.headers["Location"])

    def log_in(self, email: str) -> Person:
        """Log in; gives this person back."""
        assert self.on("/login", email=email, password=PASSWORD) == "/"
        return self


def plain(markup: str) -> str:
    """A page's words, one space between them."""
    return " ".join(_TAG.sub(" ", markup).split())


def branch(make: Make, code: str = "101") -> Branch:
    """A branch whose name mixes scripts and needs escaping."""
    return make.branch(code=code, region=None, name=f"סניף <Azrieli> {code}")


def invitation(make: Make, token: str, *, code: str = SURVEY, language: str = "he") -> Invitation:
    """An invitation with a token that a test can read."""
    make.questionnaire(code)
    invited = make.invitation(
        campaign=make.campaign(code, opens=SINCE), branch=branch(make), visited_on=VISITED, language=language
    )
    invited.token = token
    make.session.flush()
    return invited
