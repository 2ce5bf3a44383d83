"""Which answers call for somebody, whose words accuse, and what is counted where nobody asked to be called."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from forms.questionnaire import library
from survey_app import db
from survey_app.loop import triggers
from survey_app.loop.accusations import accused_of
from survey_app.models import Case, LowSignal
from survey_app.queries import low_signals
from tests.commands.acting import by_door, by_token, closing_night, send, sent
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

CONTEXT = {"link": "personal", "no_branch": False, "today": "2026-11-17"}
#: A campaign's own rule: whoever found the visit not simple.
RULE = {"le": ["pv1", 3]}


@pytest.mark.parametrize(
    ("answers", "rule", "expected"),
    [
        ({"pv1": 5, "pv8": 10}, None, ()),
        ({"pv1": 2}, None, ("low_score",)),
        ({"pv1": 5, "pv8": 6}, None, ("low_score",)),
        ({"pv1": 5, "pv10": "not_reported"}, None, ("problem",)),
        ({"pv1": 1, "pv10": "not_handled", "pv11": "not_yet"}, None, ("promise", "problem", "low_score")),
        # Nothing was promised: that is no broken promise.
        ({"pv1": 5, "pv10": "no_problem", "pv11": "no"}, None, ()),
        ({"pv1": 2, "pv10": "handled", "pv11": "no"}, None, ("low_score",)),
        ({"pv1": 3}, RULE, ("rule",)),
        ({"pv1": 2}, RULE, ("low_score",)),
        ({"pv1": 4, "pv8": 0}, RULE, ()),
    ],
    ids=[
        "content",
        "low",
        "detractor",
        "unreported",
        "everything",
        "unpromised",
        "unpromised_low",
        "by_rule",
        "rule_and_low",
        "rule_says_no",
    ],
)
def test_which_answers_call_for_somebody(
    answers: dict[str, Any], rule: dict[str, Any] | None, expected: tuple[str, ...]
) -> None:
    definition = library.load("post_visit_branch")
    assert triggers.found(definition, answers, CONTEXT, rule) == expected
    assert triggers.subject(expected) in {"promise", "mistake", "service", "other"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("הפקידה לחצה עליי לחתום", "pressure"),
        ("והפליה ברורה כלפיי", "discrimination"),
        ("דיברו בקול ומסרו את הפרטים שלי", "privacy"),
        ("הוא שיקר לי", "misconduct"),
        ("They forced me to sign", "pressure"),
        ("the clerk shared my details", "privacy"),
        ("الموظف هدّدني", "misconduct"),
        ("كان هناك تمييز ضدي", "discrimination"),
        ("Мне навязали страховку", "pressure"),
        ("сотрудник меня оскорбил", "misconduct"),
        ("כל מיני דברים באפליקציה, ליד הדלפק", ""),
        ("שירות איום ונורא, חיכיתי שעה", ""),
        ("I forgot my card", ""),
        ("طلبت كشف حساب وانتظرت", ""),
        ("Очень долго ждал", ""),
        ("", ""),
    ],
)
def test_words_that_accuse(words: str, expected: str) -> None:
    assert accused_of([words]) == expected


def test_an_anonymous_low_answer_is_counted_in_its_night_and_no_case_comes_of_it(
    any_database: db.Database, frozen_clock: FrozenClock
) -> None:
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
        branch = make.branch(code="101", region=None)
        make.questionnaire("post_visit_branch")
        campaign = make.campaign("post_visit_branch", opens=date(2026, 1, 1))
        campaign.privacy, campaign.open_link = "anonymous", True
    for _customer in range(5):
        assert send(by_door("101"), {"pv1": 1, "pv8": 0}) is None
    assert counts() == {}
    closing_night()
    assert counts() == {"low_score": 5}
    with db.reading() as session:
        assert session.scalars(select(Case)).all() == []
        month = session.scalars(select(LowSignal.month)).one()
        assert low_signals.of_month(session, [branch.id], month) == 5
        assert low_signals.of_month(session, [branch.id], "2026-01") == 0


def test_the_follow_up_of_a_case_and_employees_leave_no_signal(
    database: db.Database, frozen_clock: FrozenClock
) -> None:
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
        branch = make.branch(code="101", region=None)
        make.questionnaire("recovery_follow_up")
        campaign = make.campaign("recovery_follow_up", opens=date(2026, 1, 1))
        token = make.invitation(campaign=campaign, branch=branch, visited_on=date(2026, 11, 15)).token
    sent(by_token(token), {"rf1": "no", "rf8": 1})
    assert counts() == {}


def counts() -> dict[str, int]:
    with db.reading() as session:
        return {one.trigger: one.n for one in session.scalars(select(LowSignal))}
