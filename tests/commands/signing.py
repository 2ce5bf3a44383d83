"""A bank whose October can be signed, for the tests of reviews and of restatements."""

from __future__ import annotations

from datetime import date

import pytest

from survey_app import db
from survey_app.audit import Actor
from survey_app.commands import reviews
from survey_app.models import Branch, User, Version
from survey_app.transaction import transaction
from tests.commands.acting import SURVEY
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

MONTH = "2026-10"
OCTOBER = date(2026, 10, 5)


@pytest.fixture
def boss(database: db.Database, frozen_clock: FrozenClock) -> User:
    """Management of a bank of three branches with surveys and profit in October."""
    with setting() as make:
        version = make.questionnaire(SURVEY)
        for number in range(3):
            branch = make.branch(code=f"20{number}", region=None)
            make.responses(
                version=version,
                branch=branch,
                visited_on=OCTOBER,
                state="counted",
                answers=[{"pv1": 5 if answer % (number + 2) else 2, "pv10": answer % 11} for answer in range(40)],
                context={"link": "personal"},
            )
            make.profit(branch=branch, month=MONTH, revenue=1000 + number, cost=700, target=200, headcount=5)
        return make.user(email="boss@example.com", role="management")


def sign(user: User, month: str = MONTH) -> str:
    with transaction(Actor.user(user), "review.sign", month=month) as session:
        return reviews.sign(session, user, month).numbers


def answer(number: int, value: int = 1, on: date = OCTOBER) -> list[str]:
    """Late answers of the first branch's customers."""
    with setting() as make:
        return make.responses(
            version=make.session.get_one(Version, 1),
            branch=make.session.get_one(Branch, 1),
            visited_on=on,
            state="counted",
            answers=[{"pv1": value}] * number,
            context={"link": "personal"},
        )
