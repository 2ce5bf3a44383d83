"""A small bank in November 2026, made once and copied for every test, and people who log in to it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reports import months
from survey_app import clock, db
from tests.support.clocks import FrozenClock
from tests.support.databases import binding
from tests.support.factories import PASSWORD, Make, setting

#: Branch code -> how many of its thirty answers a month are content. 105 and 106 have a handful of answers, 107 none.
CONTENT = {"101": 28, "102": 25, "103": 18, "104": 9}
MONTHS = months.span("2026-10", 4)
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def answers(content: bool, words: str = "") -> dict[str, Any]:
    """A customer's answers: content or not, perhaps with a comment."""
    given: dict[str, Any] = {"pv1": 5 if content else 2, "pv7": 6 if content else 2, "pv8": 10 if content else 3}
    return given | ({"pv9": words} if words else {})


def make_bank(make: Make) -> None:
    """Two regions, seven branches and a unit without customers; four months of answers and profit."""
    organisation = make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
    organisation.name = {"he": "בנק לבדיקה", "en": "Test Bank"}
    north, south = make.region(name="צפון"), make.region(name="דרום")
    branches = {
        code: make.branch(code=code, region=north if code < "104" else south, name=name, city=name.split()[0])
        for code, name in {
            "101": "חיפה ראשי", "102": "נצרת", "103": "עכו", "104": "באר שבע", "105": "אילת", "106": "דימונה",
            "107": "ערד",
        }.items()
    }  # fmt: skip
    make.branch(code="900", region=south, ranked=False, name="מטה")
    agents = {
        code: make.agent(code=name, branch=branches[code], since=date(2026, 1, 1))
        for code, name in {"101": "A1", "104": "A2"}.items()
    }
    version = make.questionnaire("post_visit_branch")
    make.questionnaire("branch_mystery_visit")
    for month in MONTHS:
        day = months.first_day(month).replace(day=12)
        for code, content in CONTENT.items():
            given = [answers(n < content, "השירות היה <b>אדיב</b>" if n == 0 else "") for n in range(30)]
            make.responses(
                version=version,
                branch=branches[code],
                visited_on=day,
                state="counted",
                answers=given,
                context={"link": "personal"},
                agent=agents.get(code),
            )
    for month in months.span("2026-10", 8):
        for number, branch in enumerate(branches.values()):
            cost = 600_000 + 20_000 * number + 10_000 * ((number + int(month[-2:])) % 3)
            make.profit(branch=branch, month=month, revenue=1_000_000, cost=cost, target=350_000, headcount=8)
    for code in ("105", "106"):
        make.responses(
            version=version,
            branch=branches[code],
            visited_on=date(2026, 10, 5),
            state="counted",
            answers=[answers(True, "מעט מדי")] * 7,
            context={"link": "personal"},
        )
    for email, role, more in (
        ("management", "management", {}),
        ("administrator", "administrator", {}),
        ("region", "region_manager", {"region": north}),
        ("branch", "branch_manager", {"branch": branches["104"]}),
        ("agent", "agent", {"agent": agents["101"]}),
        ("analyst", "analyst", {}),
        ("privacy", "privacy_officer", {}),
        ("shopper", "shopper", {}),
        ("reviewer", "quality_reviewer", {}),
        ("coordinator", "field_coordinator", {}),
    ):
        make.user(email=f"{email}@bank.test", role=role, **more)


@pytest.fixture(scope="session")
def bank_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bank's database, made once for each worker."""
    path = tmp_path_factory.mktemp("bank") / "bank.db"
    shutil.copyfile(sqlite_template, path)
    database = db.Database(f"sqlite:///{path}")
    moment = datetime(2026, 11, 1, 9, tzinfo=clock.TIME_ZONE)
    with db.bound(database), clock.moved_to(moment), setting() as make:
        make_bank(make)
    with database.writer.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture
def database(bank_file: Path, tmp_path: Path) -> Iterator[db.Database]:
    """A copy of the bank."""
    path = tmp_path / "bank.db"
    shutil.copyfile(bank_file, path)
    yield from binding(db.Database(f"sqlite:///{path}"), tmp_path)


@pytest.fixture(autouse=True)
def _november(frozen_clock: FrozenClock) -> None:
    """Every test here plays on the frozen clock: October has closed."""


class Person:
    """Somebody at a browser without scripts: remembers the page's token, as the page itself does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **more: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(path, **more)

    def text(self, path: str, status: int = 200) -> str:
        """A page's markup; the status must be as expected."""
        response = self.client.get(path)
        assert response.status_code == status, (path, response.status_code, response.text[:2000])
        return response.text

    def post(self, page: str, path: str, **fields: Any) -> TestResponse:
        """Send a form that stands on a page."""
        token = TOKEN.search(self.client.get(page).text)
        assert token is not None, f"{page} has no form"
        return self.client.post(path, data={"csrf_token": token[1], **fields})

    def log_in(self, name: str, password: str = PASSWORD, **more: Any) -> TestResponse:
        """Log in by the page."""
        return self.post("/login", "/login", email=f"{name}@bank.test", password=password, **more)


@pytest.fixture
def visitor(app: Flask) -> Person:
    """Somebody who is not logged in."""
    return Person(app.test_client())


@pytest.fixture
def as_(app: Flask) -> Any:
    """``as_("management")``: somebody of that role, logged in."""

    def log_in(name: str) -> Person:
        person = Person(app.test_client())
        assert person.log_in(name).status_code == 303
        return person

    return log_in
