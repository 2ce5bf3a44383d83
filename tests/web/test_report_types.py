"""A report of every type as its reviewer reads it: cap, findings, words beside a choice, rankings in their order."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from survey_app import db
from survey_app.commands import questionnaires
from survey_app.models import Response
from tests.commands.acting import by_visit, send
from tests.support.documents import ALL_TYPES, document
from tests.support.factories import setting
from tests.web.people import SINCE, Person, plain

pytestmark = pytest.mark.usefixtures("frozen_clock")

ANSWERS = {
    "sat": 4, "reason": "other", "reason_other": "זהב", "wishes": ["advice", "wait"], "s_clear": 5, "s_kind": 4,
    "day": "2026-11-16", "greeted": "yes", "named": "no", "queue": 2,
}  # fmt: skip


def report(app: Flask, **answers: Any) -> str:
    """The page of a report with these answers."""
    with setting() as make:
        changed = document(ALL_TYPES) | {"kind": "mystery_shop", "critical_cap": 30}
        del changed["follow_up"]
        questionnaires.bring_in(make.session, changed, publish=True)
        visit = make.assignment(
            campaign=make.campaign(ALL_TYPES, opens=SINCE),
            shopper=make.user(email="eye@example.com", role="shopper"),
            branch=make.branch(code="101", region=None),
            scenario=make.scenario(code="s", has_appointment=False, has_account=True),
            window_from=date(2026, 11, 10),
            window_until=date(2026, 11, 20),
        )
        make.user(email="judge@example.com", role="quality_reviewer")
    send(by_visit(visit), ANSWERS | answers)
    with db.reading() as session:
        response_id = session.scalars(select(Response.id)).one()
    return Person(app).log_in("judge@example.com").text(f"/quality/{response_id}")


def test_a_capped_total_says_so_and_what_it_would_have_been(app: Flask) -> None:
    text = report(app, greeted="no", greeted_comment="איש לא פנה")
    total = re.search(r'<p class="total">\s*<b>([\d.]+)</b>', text)
    assert total is not None
    assert total[1] == "30.0"
    assert "42.9" in plain(text), "three of seven points"


def test_a_finding_is_named_and_leads_to_its_item(app: Flask) -> None:
    text = report(app)
    assert '<a href="#item-named">השם לא נאמר.</a>' in text
    assert '<a href="#item-queue">' not in text
    assert "30.0" not in plain(text), "nothing critical failed"


def test_answers_of_every_type_are_worded(app: Flask) -> None:
    text = report(app)
    assert '<ol class="ranks"><li><bdi>ייעוץ ברור</bdi></li><li><bdi>המתנה קצרה</bdi></li></ol>' in text
    assert 'dir="auto">זהב</q>' in text
    assert "ביקור בנושא <bdi>זהב</bdi>?" in text
    assert text.count("עד כמה זה נכון לגבי מי שנתן את השירות?") == 1
    assert 'id="item-s_kind"' in text
    assert 'id="item-people"' not in text, "the words above statements are no item"
