"""The last page is kept and sent at one stroke; where the sending fails, the page alone stays."""

from __future__ import annotations

from typing import Any, Final

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DatabaseError

from survey_app import db
from survey_app.models import Draft, Response, Score
from tests.support.factories import setting
from tests.web.people import Person, invitation

pytestmark = pytest.mark.usefixtures("frozen_clock")

CONTENT = {"pv1": "5", "pv2": "cash", "pv5": "5", "pv6": "4", "pv7": "7"}
REST = {"pv10": "no_problem", "pv11": "no", "pv8": "10", "pv9": "הכול היה טוב"}
#: Statements of one whole answer, and a little room: there were 73 before rows were handed on.
MOST: Final = 48


@pytest.fixture
def customer(app: Flask) -> Person:
    """Somebody invited by /s/abc."""
    with setting() as make:
        invitation(make, "abc")
    return Person(app, Accept="text/html")


def rows(model: Any) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_sending_that_fails_leaves_the_page_kept_and_nothing_of_a_response(customer: Person) -> None:
    customer.client.post("/s/abc", data=CONTENT)
    with db.current().writer.begin() as connection:
        connection.execute(text("CREATE TRIGGER full BEFORE INSERT ON score BEGIN SELECT RAISE(ABORT, 'full'); END"))
    try:
        status = customer.client.post("/s/abc/main-2", data=REST).status_code
    except DatabaseError:
        status = 500
    assert status >= 500
    assert (rows(Response), rows(Score)) == (0, 0)
    with db.reading() as session:
        kept = session.scalars(select(Draft)).one().answers
    assert kept.keys() >= CONTENT.keys() | REST.keys()
    with db.current().writer.begin() as connection:
        connection.execute(text("DROP TRIGGER full"))
    assert customer.client.post("/s/abc/main-2", data=REST).status_code == 303
    assert (rows(Response), rows(Draft)) == (1, 0)


def test_a_whole_answer_takes_few_statements(customer: Person) -> None:
    customer.get("/s/abc")  # what is read once for the whole process
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    engines = (db.current().reader, db.current().writer)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        customer.get("/s/abc")
        customer.client.post("/s/abc", data=CONTENT)
        customer.get("/s/abc/main-2")
        sent = customer.client.post("/s/abc/main-2", data=REST)
        customer.get(sent.headers["Location"])
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
    assert rows(Response) == 1
    assert len(asked) <= MOST, "\n".join(asked)
