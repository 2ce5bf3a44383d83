"""The databases of tests: at the newest schema, bound, apart from each other, and countable."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import text

from survey_app import db, migrations
from survey_app.audit import Actor
from survey_app.models import Region
from survey_app.transaction import transaction
from tests.support.databases import Queries

Counting = Callable[[], AbstractContextManager[Queries]]


def test_a_database_is_at_the_newest_schema_and_bound(any_database: db.Database) -> None:
    assert db.current() is any_database
    assert not migrations.is_behind(any_database)


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_database_is_a_test_s_own(any_database: db.Database, time: str) -> None:
    with db.reading() as session:
        assert session.query(Region).count() == 0
    with transaction(Actor.system("test"), "test.region") as session:
        session.add(Region(name=f"{time} region"))


def test_queries_are_counted(any_database: db.Database, counting_queries: Counting) -> None:
    with counting_queries() as queries, db.reading() as session:
        session.execute(text("SELECT id FROM region"))
        session.execute(text("SELECT id FROM branch"))
    with db.reading() as session:
        session.execute(text("SELECT id FROM agent"))
    assert list(queries) == ["SELECT id FROM region", "SELECT id FROM branch"]
    assert queries.about("branch") == ["SELECT id FROM branch"]
