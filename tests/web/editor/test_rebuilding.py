"""The library's questionnaires are rebuilt whole through the editor's forms, without scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from forms.questionnaire import library
from forms.questionnaire.definition import dump
from tests.web.editor.conftest import now
from tests.web.editor.rebuilding import rebuild
from tests.web.people import Person


class Fields(HTMLParser):
    """What a browser would send of the form ``filling``, and of the screen's first form for everything else."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self.form, self.select, self.text = "", "", ""
        self.at = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.form = given.get("id") or given.get("class", "")
            self.forms[self.form] = {}
        fields = self.forms.get(self.form, {})
        if given.get("id") == "editor":
            self.at = given["data-at"]
        name = given.get("name", "")
        if tag == "input" and name:
            sort = given.get("type", "text")
            if sort not in {"checkbox", "radio"} or "checked" in given:
                fields[name] = given.get("value", "")
        if tag == "select":
            self.select = name
        if tag == "option" and self.select and ("selected" in given or self.select not in fields):
            fields[self.select] = given.get("value", "")
        if tag == "textarea":
            self.text = name
            fields[name] = ""

    def handle_endtag(self, tag: str) -> None:
        self.form = "" if tag == "form" else self.form
        self.select = "" if tag == "select" else self.select
        self.text = "" if tag == "textarea" else self.text

    def handle_data(self, data: str) -> None:
        if self.text:
            self.forms[self.form][self.text] += data.removeprefix("\n")


class Forms:
    """An author whose browser runs no scripts: fills in what the page holds and sends it."""

    def __init__(self, person: Person, code: str) -> None:
        self.person, self.address = person, f"/questionnaires/{code}/edit"
        self.query = ""
        self.read(person.get(self.address).text)

    def read(self, markup: str) -> None:
        page = Fields(markup)
        self.page, self.at = page, page.at
        self.fields: dict[str, str] = dict(page.forms.get("filling", {}))

    def open(self, at: str) -> None:
        if at != self.at:
            self.query = f"?at={at}"
            self.read(self.person.get(self.address + self.query).text)
            assert self.at == at

    def set(self, name: str, value: Any) -> None:
        if isinstance(value, bool):
            self.fields.pop(name, None)
            self.fields |= {name: "1"} if value else {}
            return
        assert name in self.fields, (name, self.at, sorted(self.fields))
        self.fields[name] = str(value)

    def fill(self, fields: Mapping[str, Any]) -> None:
        for name, value in fields.items():
            self.set(name, value)

    def do(self, what: str, *, maybe: bool = False) -> None:
        sent = MultiDict({**(self.fields or self.page.forms["status"]), "do": what})
        answer = self.person.client.post(self.address + self.query, data=sent)
        if answer.status_code == 303:
            self.query = "?" + answer.headers["Location"].partition("?")[2]
            answer = self.person.get(answer.headers["Location"])
        assert answer.status_code == 200, (what, self.at, answer.status_code, answer.text[-3000:])
        self.read(answer.text)


@pytest.mark.parametrize(("code", "model"), [("fresh", "post_visit_branch"), ("checklist", "branch_mystery_visit")])
def test_a_questionnaire_of_the_library_is_rebuilt_whole(
    code: str, model: str, person: Callable[[str], Person]
) -> None:
    wanted = library.load(model)
    rebuild(Forms(person("first"), code), wanted)
    assert dump(now(code)) == {**dump(wanted), "code": code}
