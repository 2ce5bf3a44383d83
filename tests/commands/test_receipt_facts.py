"""What lies behind a figure: states, versions, corrections and appeals of the branch's own window."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import update

from reports.policy import Policy
from reports.receipts import FIGURES
from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.models import Appeal, Correction, Response
from survey_app.queries import receipt_facts
from survey_app.transaction import transaction
from tests.commands.acting import SURVEY
from tests.support.factories import setting

OCTOBER = date(2026, 10, 5)


@pytest.fixture
def branch(any_database: db.Database) -> int:
    """A branch with five answers in October, one of them excluded, one corrected, and one of long ago."""
    with setting() as make:
        version = make.questionnaire(SURVEY)
        boss = make.user(email="boss@example.com", role="management")
        own, other = (make.branch(code=code, region=None) for code in ("101", "102"))
        for place, day, count in ((own, OCTOBER, 5), (own, date(2026, 3, 2), 1), (other, OCTOBER, 2)):
            ids = make.responses(
                version=version,
                branch=place,
                visited_on=day,
                state="counted",
                answers=[{"pv1": 5}] * count,
                context={"link": "personal"},
            )
            if (place, day) == (own, OCTOBER):
                excluded, corrected = ids[0], ids[1]
        make.profit(branch=own, month="2026-10", revenue=10, cost=5, target=2, headcount=1)
        now = clock.now()
        for _again in range(2):
            make.session.add(
                Correction(
                    response_id=corrected, question="pv1", before=4, after=5, reason="r", user_id=boss.id, at=now
                )
            )
        common = {"response_id": corrected, "side": "branch", "filed_by_id": boss.id, "filed_at": now}
        decided = {"state": "decided", "decided_at": now, "decided_by_id": boss.id, "before": 5000}
        make.session.add(Appeal(**common, state="open"))
        make.session.add(Appeal(**common, **decided, after=6000))
        make.session.add(Appeal(**common, **decided, after=5000))
    with transaction(Actor.system("test"), "test.exclude") as session:
        session.execute(update(Response).where(Response.id == excluded).values(state="excluded"))
    return own.id


def behind(branch: int, figure: str) -> list[receipt_facts.Source]:
    with db.reading() as session:
        return receipt_facts.behind(session, [branch], "2026-10", figure, Policy())


def test_counts_of_the_window_and_the_branch_alone(branch: int) -> None:
    (source,) = behind(branch, "csat")
    assert (source.first, source.last) == ("2026-08", "2026-10")
    assert dict(source.states) == {"counted": 4, "excluded": 1}
    assert [(one.questionnaire, one.number, one.n) for one in source.versions] == [(SURVEY, 1, 4)]
    assert source.corrected == 1
    assert dict(source.appeals) == {"changed": 1, "open": 1, "stood": 1}


def test_every_figure_has_its_sources(branch: int) -> None:
    assert set(receipt_facts.SOURCES) == set(FIGURES)
    surveys, shops, profit = behind(branch, "rank")
    assert (surveys.code, shops.code, profit.code) == ("surveys", "shops", "profit")
    assert (dict(shops.states), shops.versions) == ({}, [])
    assert profit.months == ["2026-10"]
    with pytest.raises(KeyError):
        behind(branch, "height")
