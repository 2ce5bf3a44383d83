"""Several processes over one database: SQLite takes their turns, PostgreSQL their locks, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from survey_app import db
from survey_app.models import Campaign, Invitation
from tests.commands.acting import differences
from tests.commands.test_together import counted, tokens
from tests.conventions.tree import ROOT
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")

SENDER = """
import sys
from survey_app import db
from survey_app.audit import Actor
from survey_app.commands import responses
from survey_app.queries import tickets
from survey_app.transaction import transaction

db.bind(db.Database(sys.argv[1]))
for number, token in enumerate(sys.argv[2:]):
    with db.reading() as session:
        ticket = tickets.by_token(session, token)
    with transaction(Actor.respondent(), "response.save") as session:
        responses.save_page(session, ticket, {"pv1": 1 + number % 5}, "he")
    with transaction(Actor.respondent(), "response.submit") as session:
        responses.submit(session, ticket, language="he")
"""


def test_several_processes_over_one_database_lose_nothing(any_database: db.Database) -> None:
    found = tokens(24)
    url = any_database.url.render_as_string(hide_password=False)
    # The clock of other processes is not the test's: their invitations must still be good.
    with setting() as make:
        extend(make.session)
    running = [
        subprocess.Popen([sys.executable, "-c", SENDER, url, *found[start::3]], cwd=ROOT, env={**os.environ})
        for start in range(3)
    ]
    assert [one.wait(timeout=120) for one in running] == [0] * 3
    assert (counted(), differences()) == (24, [])


def extend(session: Session) -> None:
    """Let every invitation and campaign be good whatever today is."""
    session.execute(update(Invitation).values(expires_at=datetime(2100, 1, 1, tzinfo=UTC), visited_on=date(2020, 1, 1)))
    session.execute(update(Campaign).values(opens=date(2000, 1, 1)))
