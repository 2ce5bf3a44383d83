"""Several workers look at the same interactions at once: nobody is invited twice, nothing is decided twice."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from survey_app import clock, db
from survey_app.commands import selecting
from survey_app.models import Message, Selection
from tests.commands.asking import asks, customer, reasons, visit
from tests.commands.test_selecting import world
from tests.commands.together import together
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock", "any_database")


def test_several_workers_never_ask_the_same_person_twice() -> None:
    with setting() as make:
        branch = world(make)
        asks(make)
        asks(make, code="second")
        for number in range(60):
            # Three visits of one telephone, under two references, spread over the batches.
            phone = f"+97254{number % 20:07d}"
            who = customer(make, f"c{number}", phone=phone)
            visit(make, who, branch, key=f"k{number}", at=clock.now() - timedelta(hours=6, minutes=number))
    done = together([partial(selecting.select_waiting, limit=7) for _worker in range(6)])
    assert [one for one in done if isinstance(one, Exception)] == []
    selecting.select_all()
    with db.reading() as session:
        numbers = session.scalars(select(Message.address)).all()
        assert len(numbers) == len(set(numbers)) == 20
        assert session.scalar(select(func.count()).select_from(Selection)) == 120
    assert set(reasons()) <= {"invited", "capped", "duplicate"}
