"""Mystery visits: nothing counts before a reviewer from outside approved it, and every correction follows through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from survey_app import db
from survey_app.audit import Actor
from survey_app.commands import quality
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.models import Answer, Assignment, Branch, Correction, Draft, QualityReview, Response, Score, User
from survey_app.permissions import Scope
from survey_app.queries import branches, responses, tickets, worklists
from survey_app.transaction import transaction
from tests.commands.acting import ITEMS, Field, branch_facts, by_visit, differences, send, sent, shop_answers
from tests.support.factories import Make, setting

pytestmark = pytest.mark.usefixtures("database", "frozen_clock")
NOTE = "לא נכתב שם הנציג"


@pytest.fixture
def field(database: db.Database, frozen_clock: object) -> Field:
    """The people and places."""
    with setting() as make:
        return Field.made(make)


@pytest.fixture
def visit(field: Field) -> Assignment:
    """A visit to make."""
    with setting() as make:
        return field.visit(make)


@pytest.fixture
def response(visit: Assignment) -> Response:
    """Its report, sent: everything in order but one item of ten points."""
    return sent(by_visit(visit), shop_answers("2026-11-16", B1="no", A1_comment="השלט שבור"))


def decide(reviewer: User, response: Response, outcome: str, note: str = "") -> QualityReview:
    with transaction(Actor.user(reviewer), "quality.review") as session:
        return quality.review(session, reviewer, response.id, outcome, note)


def correct(user: User, response: Response, question: str, *typed: str, reason: str = "נבדק בקבלה") -> Correction:
    with transaction(Actor.user(user), "quality.correct") as session:
        return quality.correct(session, user, response.id, question, typed, reason)


def state(response: Response) -> tuple[str, str]:
    """The response's and the assignment's."""
    with db.reading() as session:
        assigned = session.scalar(select(Assignment.state).where(Assignment.response_id == response.id))
        return session.get_one(Response, response.id).state, assigned or ""


def totals() -> list[tuple[int, int, int]]:
    with db.reading() as session:
        return list(branch_facts(session, "total").values())


def total(response: Response) -> int | None:
    with db.reading() as session:
        return responses.response(session, response.id).scores.get("branch_mystery_visit:total:1")


def test_what_waits_does_not_count_and_what_is_approved_does(field: Field, response: Response) -> None:
    assert (state(response), totals()) == (("pending", "submitted"), [])
    assert decide(field.reviewer, response, "approved").outcome == "approved"
    score = total(response)
    assert state(response) == ("counted", "approved")
    assert score
    assert totals() == [(1, score, score * score)]
    assert differences() == []


@pytest.mark.parametrize(("outcome", "assigned"), [("rejected", "rejected"), ("returned", "returned")])
def test_what_is_not_approved_needs_a_note_and_does_not_count(
    field: Field, response: Response, outcome: str, assigned: str
) -> None:
    for empty in ("", "  \n"):
        with pytest.raises(UserError) as refused:
            decide(field.reviewer, response, outcome, empty)
        assert refused.value.places[0][0] == "note"
    assert state(response) == ("pending", "submitted")
    decide(field.reviewer, response, outcome, NOTE)
    assert (state(response), totals()) == ((outcome, assigned), [])


def test_a_second_decision_is_a_conflict(field: Field, response: Response) -> None:
    decide(field.reviewer, response, "approved")
    for outcome in ("approved", "rejected", "returned"):
        with pytest.raises(Conflict):
            decide(field.reviewer, response, outcome, NOTE)
    assert state(response) == ("counted", "approved")
    with db.reading() as session:
        assert len(session.scalars(select(QualityReview)).all()) == 1


def test_an_unknown_outcome_and_an_unknown_report_are_refused(field: Field, response: Response) -> None:
    with pytest.raises(UserError):
        decide(field.reviewer, response, "perhaps", NOTE)
    with pytest.raises(NotFound), transaction(Actor.user(field.reviewer), "quality.review") as session:
        quality.review(session, field.reviewer, "0" * 32, "approved")


def test_a_returned_report_is_mended_and_comes_back_under_its_own_id(
    field: Field, visit: Assignment, response: Response
) -> None:
    decide(field.reviewer, response, "returned", NOTE)
    ticket = by_visit(visit)
    with db.reading() as session:
        draft = session.get_one(Draft, response.id)
        assert draft.answers == shop_answers("2026-11-16", B1="no", A1_comment="השלט שבור")
        assert worklists.quality(session) == ([], 0)
        assert [one.id for one in worklists.shops(session, field.shopper.id)] == [visit.id]
    again = sent(ticket, {"B1": "yes", "A1_comment": None, "visit_date": "2026-10-30"})
    assert again.id == response.id
    assert again.month == "2026-10"
    assert again.visited_on == date(2026, 10, 30)
    assert state(response) == ("pending", "submitted")
    assert send(ticket) is not None
    decide(field.reviewer, response, "approved")
    assert totals() == [(1, 10000, 100_000_000)]
    with db.reading() as session:
        assert session.get(Answer, (response.id, "A1_comment")) is None
        assert session.scalars(select(Draft)).all() == []
        assert [one.outcome for one in session.scalars(select(QualityReview).order_by(QualityReview.id))] == [
            "returned",
            "approved",
        ]
    assert differences() == []


REVIEWERS: dict[str, Callable[[Make, Field], User]] = {
    "the branch's manager": lambda make, field: make.user(
        email="manager@example.com", role="branch_manager", branch=field.branch
    ),
    "a reviewer who belongs to the branch": lambda make, field: make.user(
        email="own@example.com", role="quality_reviewer", branch=field.branch
    ),
    "a reviewer of the region": lambda make, field: make.user(
        email="region@example.com", role="quality_reviewer", region=field.branch.region
    ),
    "the shopper": lambda make, field: field.shopper,
}


@pytest.mark.parametrize("who", REVIEWERS)
def test_nobody_judges_or_corrects_what_is_near(field: Field, response: Response, who: str) -> None:
    with setting() as make:
        make.session.add(field.branch)
        near = REVIEWERS[who](make, field)
    with pytest.raises(Forbidden):
        decide(near, response, "approved")
    with pytest.raises(Forbidden):
        correct(near, response, "B1", "yes")
    assert (state(response), totals()) == (("pending", "submitted"), [])


def test_a_reviewer_from_another_branch_of_the_region_may_not_judge_but_one_of_another_region_may(
    field: Field, response: Response
) -> None:
    with setting() as make:
        near = make.user(email="b@example.com", role="quality_reviewer", branch=field.other)
        elsewhere = make.branch(code="900", region=make.region(name="דרום"))
        far = make.user(email="c@example.com", role="quality_reviewer", branch=elsewhere)
    with pytest.raises(Forbidden):
        decide(near, response, "approved")
    assert decide(far, response, "approved")


@pytest.mark.parametrize("approved", [True, False])
def test_a_correction_follows_through_to_score_and_facts(field: Field, response: Response, approved: bool) -> None:
    if approved:
        decide(field.reviewer, response, "approved")
    before = total(response)
    correction = correct(field.reviewer, response, "B1", "yes")
    assert (correction.before, correction.after) == ("no", "yes")
    assert total(response) == 10000 != before
    assert totals() == ([(1, 10000, 100_000_000)] if approved else [])
    assert differences() == []
    correct(field.reviewer, response, "A2", "na")
    assert total(response) == 10000, "an item that does not apply leaves numerator and denominator"
    with db.reading() as session:
        assert session.get_one(Answer, (response.id, "A2")).value == "na"
        assert session.get_one(Answer, (response.id, "A1_comment")).words == "השלט שבור", "comments stay"
    assert differences() == []


@pytest.mark.parametrize(
    ("question", "typed", "error"),
    [
        ("B1", ["maybe"], UserError),
        ("B1", ["no"], UserError),
        ("B3", ["soon"], UserError),
        ("B3", ["-1"], UserError),
        ("visit_date", ["2026-13-01"], UserError),
        ("visit_date", ["2026-11-18"], UserError),
        ("Z9", ["yes"], NotFound),
    ],
)
def test_a_correction_that_makes_no_sense_changes_nothing(
    field: Field, response: Response, question: str, typed: list[str], error: type[UserError]
) -> None:
    decide(field.reviewer, response, "approved")
    before = totals()
    with pytest.raises(error):
        correct(field.reviewer, response, question, *typed)
    assert (totals(), differences()) == (before, [])
    with db.reading() as session:
        assert session.scalars(select(Correction)).all() == []


def test_a_correction_needs_a_reason_and_a_report_that_is_alive(field: Field, response: Response) -> None:
    with pytest.raises(UserError) as refused:
        correct(field.reviewer, response, "B1", "yes", reason=" ")
    assert refused.value.places[0][0] == "reason"
    decide(field.reviewer, response, "rejected", NOTE)
    with pytest.raises(Conflict):
        correct(field.reviewer, response, "B1", "yes")


def test_a_corrected_day_moves_the_month(field: Field, response: Response) -> None:
    decide(field.reviewer, response, "approved")
    correct(field.reviewer, response, "visit_date", "2026-10-31")
    with db.reading() as session:
        moved = session.get_one(Response, response.id)
        assert (moved.month, moved.visited_on) == ("2026-10", date(2026, 10, 31))
        assert {month for month, _branch in branch_facts(session, "total")} == {"2026-10"}
    assert differences() == []


def test_a_visit_honestly_voided_has_no_score_and_needs_no_review(field: Field, visit: Assignment) -> None:
    response = sent(by_visit(visit), shop_answers("2026-11-16", N3=True))
    assert state(response) == ("voided", "voided")
    with pytest.raises(Conflict):
        decide(field.reviewer, response, "approved")
    with db.reading() as session:
        assert session.scalars(select(Score)).all() == []
        assert worklists.quality(session) == ([], 0)
    assert totals() == []


def test_a_correction_may_void_a_counted_visit(field: Field, response: Response) -> None:
    decide(field.reviewer, response, "approved")
    correct(field.reviewer, response, "N3", "y")
    assert state(response) == ("voided", "voided")
    assert (totals(), differences()) == ([], [])


def test_too_little_judged_goes_back(field: Field, visit: Assignment) -> None:
    blank = dict.fromkeys([code for code in ITEMS if code[0] in "ADE"], "na")
    response = sent(by_visit(visit), shop_answers("2026-11-16", **blank))
    with pytest.raises(UserError, match="30%"):
        decide(field.reviewer, response, "approved")
    decide(field.reviewer, response, "returned", NOTE)
    assert state(response) == ("returned", "returned")


def test_a_single_approved_report_is_read_by_its_branch_and_nobody_else(field: Field, response: Response) -> None:
    own, other = Scope("branch", branch_id=field.branch.id), Scope("branch", branch_id=field.other.id)
    region = Scope("region", region_id=field.branch.region_id)
    with db.reading() as session, pytest.raises(NotFound):
        worklists.shop_report(session, response.id, own)
    decide(field.reviewer, response, "approved")
    with db.reading() as session:
        for scope in (own, region, Scope(), None):
            assert worklists.shop_report(session, response.id, scope).card.total == total(response)
        for scope in (other, Scope("region", region_id=99), Scope("agent", agent_id=1)):
            with pytest.raises(NotFound):
                worklists.shop_report(session, response.id, scope)
        (shop,) = branches.detail(session, "2026-11", "101", own).shops
    with transaction(Actor.system("test"), "branch.merge") as writing:
        merged = writing.get_one(Branch, field.branch.id)
        merged.merged_into_id, merged.closed = field.other.id, date(2026, 11, 17)
    with db.reading() as session:
        assert worklists.shop_report(session, response.id, other).card.total == total(response), "it took over"
        assert (shop.response_id, shop.critical_failures) == (response.id, 0)


def test_the_scenario_s_facts_take_items_out(field: Field) -> None:
    with setting() as make:
        plain = make.scenario(code="none", has_appointment=False, has_account=False)
        visit = field.visit(make)
        visit.scenario = plain
    ticket: Any = by_visit(visit)
    assert isinstance(ticket, tickets.Ticket)
    ruled = [one.code for one in ticket.definition.questions if one.na_if and "scenario" in str(one.na_if)]
    response = sent(ticket, shop_answers("2026-11-16"))
    with db.reading() as session:
        stored = {code: session.get_one(Answer, (response.id, code)).value for code in ruled}
    assert ruled
    assert "na" in stored.values()
    assert differences() == []


@pytest.mark.parametrize("day", ["2026-09-20", "2026-12-30"])
def test_a_day_the_visit_cannot_have_been_on_is_refused_at_its_question(visit: Assignment, day: str) -> None:
    with pytest.raises(UserError) as refused:
        sent(by_visit(visit), shop_answers(day))
    assert [code for code, _message in refused.value.places] == ["visit_date"]


def test_a_visit_a_little_before_its_window_is_taken(visit: Assignment) -> None:
    assert sent(by_visit(visit), shop_answers("2026-10-20")).month == "2026-10"
