"""The demo bank: loaded whole through the commands, the same by seed, true effects found again, words that fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from forms.questionnaire import library
from forms.questionnaire.definition import COMMENT
from reports import months as calendar
from survey_app import clock, db, demo
from survey_app.commands import accounts, facts
from survey_app.config import Settings
from survey_app.errors import Conflict, Forbidden
from survey_app.models import (
    Agent,
    AgentFact,
    Answer,
    Assignment,
    Branch,
    BranchFact,
    Campaign,
    Draft,
    Invitation,
    Line,
    MonthlyReview,
    Organisation,
    Placement,
    Profit,
    QualityReview,
    Questionnaire,
    Response,
    Restatement,
    User,
)
from survey_app.models.campaign import ANONYMOUS
from survey_app.permissions import Role
from survey_app.queries import reviews, tickets
from tests.support.demos import Loaded, count, every, load_into
from tests.support.truth import simulate
from translations import LANGUAGES

BRANCHES, MONTHS, SEED = 10, 7, 7
BANK = {"branches": BRANCHES, "months": MONTHS, "seed": SEED}


@pytest.fixture(scope="module")
def loaded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """One small demo bank for all tests of this file, which only read it."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    database, summary = load_into(path, sqlite_template, **BANK)
    yield database, summary
    database.close()


@pytest.fixture
def summary(loaded: Loaded, frozen_clock: object) -> Iterator[demo.Summary]:
    """The small demo bank, bound, at the moment it was loaded."""
    with db.bound(loaded[0]):
        yield loaded[1]


def numbers_of(database: db.Database) -> dict[str, list[tuple[Any, ...]]]:
    """Everything countable in a demo bank: no id of a row that depends on the order of inserts."""
    with db.bound(database), db.reading() as session:
        return {
            "branch": sorted(
                session.execute(
                    select(BranchFact.month, Branch.code, Line.code, BranchFact.n, BranchFact.total, BranchFact.squares)
                    .join(Branch, Branch.id == BranchFact.branch_id)
                    .join(Line, Line.id == BranchFact.line_id)
                ).all()
            ),
            "agent": sorted(
                session.execute(
                    select(AgentFact.month, Agent.code, Line.code, AgentFact.n, AgentFact.total, AgentFact.squares)
                    .join(Agent, Agent.id == AgentFact.agent_id)
                    .join(Line, Line.id == AgentFact.line_id)
                ).all()
            ),
            "profit": sorted(session.execute(select(Profit.month, Profit.revenue, Profit.cost, Profit.target)).all()),
            # An anonymous response has a random id, also in a demo.
            "responses": sorted(
                ("" if privacy == ANONYMOUS else response_id, state, month)
                for response_id, state, month, privacy in session.execute(
                    select(Response.id, Response.state, Response.month, Campaign.privacy).join(
                        Campaign, Campaign.id == Response.campaign_id
                    )
                )
            ),
            "reached": sorted(
                session.execute(
                    select(Invitation.channel, Invitation.disposition, Invitation.state, func.count()).group_by(
                        Invitation.channel, Invitation.disposition, Invitation.state
                    )
                ).all()
            ),
            "words": sorted(
                session.execute(
                    select(Answer.response_id, Answer.question, Answer.words).where(Answer.words.is_not(None))
                ),
                key=str,
            ),
        }


# ---- loading ---------------------------------------------------------------------------------------------------------


def test_facts_are_what_the_answers_say(summary: demo.Summary) -> None:
    with db.reading() as session:
        months = facts.months_with_facts(session)
        differences = [difference for month in months for difference in facts.check(session, month)]
    assert months == [*calendar.span(summary.month, MONTHS), "2026-11"]
    assert differences == []


def test_everything_arrives_once(summary: demo.Summary) -> None:
    assert count(Response) == summary.surveys + summary.shops
    assert count(Branch, Branch.ranked) == summary.branches == BRANCHES
    assert count(Branch, ~Branch.ranked) == 2
    assert count(Agent, Agent.id != 0) == summary.agents == 5 * BRANCHES
    assert count(Assignment, Assignment.state.not_in(["assigned", "open", "claimed", "missed"])) == summary.shops
    with db.reading() as session:
        rows = session.execute(
            select(Campaign.code, func.count())
            .join(Response, Response.campaign_id == Campaign.id)
            .group_by(Campaign.code)
        )
        by_kind = dict(rows.all())
    assert {code for code in by_kind if not code.startswith(("employee_pulse", "internal_service"))} == {
        *("post_visit_branch", "after_visit", "recovery_follow_up", "post_contact_phone", "branch_mystery_visit"),
        *("leaving_customer", "call_listening_form", "executive_field_visit"),
    }
    assert by_kind["post_visit_branch"] + by_kind["after_visit"] > 15 * BRANCHES * MONTHS


def test_the_same_seed_gives_the_same_numbers_and_new_secrets(
    loaded: Loaded, sqlite_template: Path, tmp_path: Path
) -> None:
    told: list[tuple[str, float]] = []
    again, summary = load_into(
        tmp_path / "again.db", sqlite_template, lambda step, share: told.append((step, share)), **BANK
    )
    assert numbers_of(again) == numbers_of(loaded[0])
    again.close()
    assert not {login.password for login in summary.logins} & {login.password for login in loaded[1].logins}
    assert not set(summary.tokens.values()) & set(loaded[1].tokens.values())
    # Progress is told in several steps and never goes back.
    shares = [share for _step, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    assert len({step for step, _share in told}) >= 4


@pytest.mark.postgres
def test_it_loads_into_postgresql_as_well(pg_database: db.Database, frozen_clock: object) -> None:
    summary = demo.load(Settings(), branches=4, months=2, seed=3)
    with db.reading() as session:
        differences = [found for month in facts.months_with_facts(session) for found in facts.check(session, month)]
    assert differences == []
    assert count(Response) == summary.surveys + summary.shops


@pytest.mark.parametrize(("day", "branches", "months"), [(date(2026, 11, 1), 1, 1), (date(2026, 3, 2), 9, 2)])
def test_any_day_and_any_size_will_do(database: db.Database, day: date, branches: int, months: int) -> None:
    with clock.moved_to(datetime(day.year, day.month, day.day, 7, 30, tzinfo=clock.TIME_ZONE)):
        summary = demo.load(Settings(), branches=branches, months=months, seed=5)
        late = every(select(Response.submitted_at).where(Response.submitted_at > clock.now()))
    assert summary.month == calendar.shift(calendar.of(day), -1)
    assert late == []


def test_never_in_production_and_never_over_data(summary: demo.Summary) -> None:
    with pytest.raises(Forbidden):
        demo.load(Settings(production=True))
    before = count(Response)
    with pytest.raises(Conflict):
        demo.load(Settings(), branches=4, months=1)
    assert count(Response) == before


# ---- what is in it ---------------------------------------------------------------------------------------------------


def test_the_bank_is_marked_synthetic(summary: demo.Summary) -> None:
    (organisation,) = every(select(Organisation))
    assert organisation.synthetic
    assert set(organisation.name) == set(LANGUAGES)
    for officer in ("accessibility_coordinator", "privacy_officer"):
        assert organisation.details[officer]["email"].endswith(".example")


def test_branches_open_close_and_merge_within_the_period(summary: demo.Summary) -> None:
    branches = every(select(Branch).options(joinedload(Branch.merged_into), joinedload(Branch.region)))
    first = calendar.first_day(calendar.span(summary.month, MONTHS)[0])
    merged = [branch for branch in branches if branch.merged_into]
    closed = [branch for branch in branches if branch.closed and not branch.merged_into]
    opened = [branch for branch in branches if branch.opened and branch.opened >= first]
    assert (len(merged), len(closed), len(opened)) == (1, 1, 1)
    assert merged[0].merged_into.region is merged[0].region
    assert merged[0].merged_into.closed is None
    for branch in merged + closed:
        assert not every(
            select(Response.id).where(Response.branch_id == branch.id, Response.visited_on >= branch.closed)
        )


def test_nobody_is_served_where_nobody_works(summary: demo.Summary) -> None:
    """Every visit falls on a day on which its branch was open, and whoever served was placed there."""
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    with db.reading() as session:
        placements = {}
        for placement in session.scalars(select(Placement)):
            placements.setdefault(placement.agent_id, []).append(placement)
        rows = session.execute(
            select(Response, Branch)
            .join(Branch, Branch.id == Response.branch_id)
            .where(Response.visited_on.is_not(None))
        ).all()
        for response, branch in rows:
            day = response.visited_on
            assert branch.open_on(day)
            assert days[day.weekday()] not in branch.closed_days
            assert not clock.is_holiday_or_eve(day)
            assert calendar.of(day) == response.month
            assert response.region_id == branch.region_id
            assert response.submitted_at.astimezone(clock.TIME_ZONE).date() >= day
            if response.agent_id:
                assert any(p.branch_id == branch.id and p.holds_on(day) for p in placements[response.agent_id])


def test_each_answer_is_one_that_its_form_could_have_given(summary: demo.Summary) -> None:
    definitions = {code: library.load(code) for code in library.codes()}
    with db.reading() as session:
        rows = session.execute(
            select(Questionnaire.code, Answer.question, Answer.value, Answer.words)
            .join(Response, Response.id == Answer.response_id)
            .join(Campaign, Campaign.id == Response.campaign_id)
            .join(Questionnaire, Questionnaire.id == Campaign.questionnaire_id)
        ).all()
    for code, name, value, words in rows:
        thanks = definitions[code].thanks
        if thanks is not None and thanks.praise is not None and name == thanks.praise.code:
            assert words.strip(), "a line of thanks comes after the form"
            continue
        question = definitions[code].by_code[name.removesuffix(COMMENT)]
        if words is not None:
            assert words.strip()
            assert len(words) <= (question.max_chars or 4000)
        elif question.options:
            for one in value if isinstance(value, list) else [value]:
                assert one in question.by_value or str(one) in question.by_value, (name, value)


def test_visits_stand_as_the_commands_would_have_left_them(summary: demo.Summary) -> None:
    with db.reading() as session:
        rows = session.execute(
            select(Assignment.state, Response.state, QualityReview.outcome)
            .join(Response, Response.id == Assignment.response_id)
            .outerjoin(QualityReview, QualityReview.response_id == Response.id)
        ).all()
        found = Counter(rows)
    assert set(found) <= {
        ("approved", "counted", "approved"),
        ("submitted", "pending", None),
        ("returned", "returned", "returned"),
        ("rejected", "rejected", "rejected"),
        ("voided", "voided", None),
    }
    assert found["submitted", "pending", None] >= 1
    assert found["returned", "returned", "returned"] == 1
    assert found["rejected", "rejected", "rejected"] >= 1
    assert found["approved", "counted", "approved"] > 0.7 * summary.shops


def test_the_shopper_finds_work_and_the_reviewer_too(summary: demo.Summary) -> None:
    with db.reading() as session:
        shopper = session.scalar(select(User).where(User.email == summary.login(Role.SHOPPER).email))
        assert shopper is not None
        own = session.scalars(select(Assignment).where(Assignment.shopper_id == shopper.id)).all()
        to_do = [a for a in own if a.state == "assigned" and a.window_until >= clock.today()]
        assert len(to_do) == 4
        for assignment in to_do:
            assert tickets.by_assignment(session, assignment.id, shopper.id).kind.reviewed
        (sent_back,) = [assignment for assignment in own if assignment.state == "returned"]
        assert session.get(Draft, sent_back.response_id) is not None


def test_the_links_open(summary: demo.Summary) -> None:
    with db.reading() as session:
        for language, token in summary.tokens.items():
            ticket = tickets.by_token(session, token)
            assert (ticket.language, ticket.branch.code) == (language, summary.branch_code)
        assert tickets.open_branch(session, summary.branch_code).definition.code == "post_visit_branch"
    assert set(summary.tokens) == set(LANGUAGES)
    assert count(Invitation, Invitation.token.in_(summary.tokens.values())) == len(LANGUAGES)


def test_one_login_for_each_role_and_none_for_anybody_else(summary: demo.Summary) -> None:
    assert [login.role for login in summary.logins] == list(Role)
    with db.reading() as session:
        entered = accounts.authenticate(session, summary.logins[0].email, summary.logins[0].password)
        assert entered is not None
        assert entered.role == Role.ADMINISTRATOR
        assert accounts.authenticate(session, summary.logins[1].email, summary.logins[0].password) is None
    with_password = every(select(User.email).where(User.password_hash != ""))
    assert sorted(with_password) == sorted(login.email for login in summary.logins)
    assert count(User, User.role == Role.SHOPPER) >= 6


def test_what_is_printed_names_every_way_in(summary: demo.Summary) -> None:
    text = summary.text("http://127.0.0.1:8000")
    for needed in (summary.survey_path, summary.open_path, summary.review_path, "/login"):
        assert f"http://127.0.0.1:8000{needed} " in text
    for login in summary.logins:
        assert f"{login.email} " in text
        assert login.password in text


def test_every_month_but_the_last_is_signed_and_one_is_restated(summary: demo.Summary) -> None:
    span = calendar.span(summary.month, MONTHS)
    assert sorted(every(select(MonthlyReview.month))) == span[:-1]
    (restatement,) = every(select(Restatement))
    assert restatement.month == span[-2]
    assert restatement.responses == 12
    assert restatement.changes
    for review in every(select(MonthlyReview)):
        # At the end of the meeting about it.
        meets = clock.working_day(calendar.shift(review.month, 1), 13)
        assert review.signed_at.astimezone(clock.TIME_ZONE).date() == meets
    with db.reading() as session:
        last = reviews.review(session, summary.month)
    assert last.can_be_signed
    # What was kept out of the month before hides no month of the branch that is shown round.
    (own,) = (row for row in last.data["branches"] if row["code"] == summary.branch_code)
    assert own["month"]["surveys"]["csat"] is not None


def test_the_last_month_has_everything_its_page_shows(summary: demo.Summary) -> None:
    with db.reading() as session:
        data = reviews.review(session, summary.month).data
    shown = [branch for branch in data["branches"] if not branch["hidden"]]
    assert len(shown) >= BRANCHES - 3
    assert {branch["why"] for branch in data["branches"] if branch["hidden"]} >= {"closed", "merged"}
    for branch in shown:
        assert branch["profit"]["contribution"] is not None
        assert branch["shops"]["n"] >= 1
    assert len([branch for branch in shown if branch["profit"]["index"] is not None]) >= len(shown) - 1
    assert data["organisation"]["surveys"]["n"] > 30 * BRANCHES
    assert [agent for agent in data["agents"] if agent["surveys"]["csat"] is not None]
    commented = every(
        select(Answer.words)
        .join(Response, Response.id == Answer.response_id)
        .where(Answer.question == "pv12", Response.month == summary.month)
    )
    assert len(commented) > 3 * BRANCHES


def test_layouts_and_directions_are_those_of_the_pages(summary: demo.Summary) -> None:
    with db.reading() as session:
        told = session.scalars(select(Response.presentation).where(Response.channel != "listening"))
        shown = {(one["direction"], one["layout"]) for one in told}
    assert shown <= {(direction, layout) for direction in ("rtl", "ltr") for layout in ("stack", "row")}
    assert len(shown) == 4


def test_the_whole_method_puts_the_truly_better_branches_higher(summary: demo.Summary) -> None:
    found = simulate(BRANCHES, MONTHS, SEED)
    with db.reading() as session:
        data = reviews.review(session, summary.month).data
    index = {b["code"]: b["service"]["index"] for b in data["branches"] if b["service"]["index"] is not None}
    true = dict(zip(found.truth.codes, found.truth.service[:, MONTHS - 3 : MONTHS].mean(axis=1), strict=True))
    codes = sorted(index)
    assert len(codes) >= BRANCHES - 3
    assert np.corrcoef([index[code] for code in codes], [true[code] for code in codes])[0, 1] > 0.5
