"""The right to answer: every way in, and every way it can be closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from survey_app import clock, db
from survey_app.commands import fieldwork, giving, invitations, questionnaires
from survey_app.commands.questionnaires import standing_campaign
from survey_app.errors import Conflict, Gone, NotFound, UserError
from survey_app.models import Assignment, Draft, Invitation, Version
from survey_app.queries import organisation, tickets
from tests.commands.acting import SHOP, SINCE, SURVEY, Field, by_door, by_token, by_visit, keep, send, sent
from tests.support.clocks import MOMENT, FrozenClock
from tests.support.factories import Make, setting

pytestmark = pytest.mark.usefixtures("database", "frozen_clock")
DAY = date(2026, 11, 3)
ANSWER = {"pv1": 5}


def invitation(make: Make, **branch: Any) -> Invitation:
    make.questionnaire(SURVEY)
    there = make.branch(code="101", region=None, **branch)
    return make.invitation(campaign=make.campaign(SURVEY, opens=SINCE), branch=there, visited_on=DAY)


def used(make: Make) -> str:
    found = invitation(make)
    found.state = "used"
    return found.token


def revoked(make: Make) -> str:
    found = invitation(make)
    found.state = "revoked"
    return found.token


def expired(make: Make) -> str:
    found = invitation(make)
    found.expires_at = clock.now()
    return found.token


def last_moment(make: Make) -> str:
    found = invitation(make)
    found.expires_at = clock.now() + timedelta(seconds=1)
    return found.token


def ended(make: Make) -> str:
    found = invitation(make)
    found.campaign.closes = clock.today() - timedelta(days=1)
    return found.token


def not_begun(make: Make) -> str:
    found = invitation(make)
    found.campaign.opens = clock.today() + timedelta(days=1)
    return found.token


def last_day(make: Make) -> str:
    found = invitation(make)
    found.campaign.closes = clock.today()
    return found.token


@pytest.mark.parametrize(
    ("make_token", "error", "status"),
    [
        (lambda make: "unknown", NotFound, 404),
        (lambda make: "", NotFound, 404),
        (used, Conflict, 409),
        (revoked, Gone, 410),
        (expired, Gone, 410),
        (ended, Gone, 410),
        (not_begun, Gone, 410),
    ],
)
def test_a_personal_link_that_leads_nowhere(
    make_token: Callable[[Make], str], error: type[UserError], status: int
) -> None:
    with setting() as make:
        token = make_token(make)
    with pytest.raises(error) as closed:
        by_token(token)
    assert type(closed.value) is error
    assert closed.value.status == status
    assert closed.value.message


@pytest.mark.parametrize("make_token", [last_moment, last_day])
def test_a_personal_link_is_good_to_its_last_moment(make_token: Callable[[Make], str]) -> None:
    with setting() as make:
        token = make_token(make)
    assert sent(by_token(token), ANSWER).state == "counted"


def test_an_invitation_lasts_its_campaign_s_days(frozen_clock: FrozenClock) -> None:
    with setting() as make:
        token = invitation(make).token
    frozen_clock.move_to(MOMENT + timedelta(days=14, seconds=-1))
    by_token(token)
    frozen_clock.move_to(MOMENT + timedelta(days=14))
    with pytest.raises(Gone):
        by_token(token)


def test_a_survey_that_was_never_published_is_not_open_yet() -> None:
    with setting() as make:
        token = invitation(make).token
        make.session.execute(update(Version).values(state="draft", published_at=None))
    with pytest.raises(NotFound):
        by_token(token)


def test_visits_of_the_future_and_questionnaires_of_another_kind_are_not_asked_about() -> None:
    with setting() as make:
        branch = make.branch(code="101", region=None)
        make.questionnaire(SHOP)
        make.questionnaire(SURVEY)
        with pytest.raises(UserError, match="בעתיד"):
            invitations.invite(
                make.session, standing_campaign(make.session, SURVEY), branch, clock.today() + timedelta(1)
            )
        with pytest.raises(UserError):
            invitations.invite(make.session, standing_campaign(make.session, SHOP), branch, DAY)
        with pytest.raises(UserError):
            standing_campaign(make.session, "post_digital")
        assert make.session.scalars(select(Invitation)).all() == []


# ---- a branch's open link


def test_the_open_link_of_a_branch() -> None:
    with setting() as make:
        make.questionnaire(SURVEY)
        for bank in ("10", "20"):
            make.branch(code="7", region=None, bank=bank)
        here = make.branch(code="101", region=None)
        make.branch(code="102", region=None, closed=clock.today(), merged_into=here)
        make.branch(code="103", region=None, closed=date(2026, 12, 31))
        make.branch(code="104", region=None, opened=clock.today() + timedelta(days=1))
    assert by_door("10-7").branch.bank == "10"
    assert by_door(" 20-101 ").branch.code == "101"
    assert by_door("103").branch.code == "103"
    for code, error in (("7", Conflict), ("999", NotFound), ("10-8", NotFound), ("102", Gone), ("104", Gone)):
        with pytest.raises(error):
            by_door(code)
    with db.reading() as session, pytest.raises(Conflict, match="10-7, 20-7"):
        organisation.branch_by_code(session, "7")


def test_no_open_campaign_is_no_open_link() -> None:
    with setting() as make:
        make.branch(code="101", region=None)
        make.questionnaire("employee_pulse")
    with pytest.raises(NotFound):
        by_door("101")
    with setting() as make:
        make.questionnaire(SURVEY)
        make.campaign(SURVEY, opens=SINCE).closes = clock.today() - timedelta(days=1)
    with pytest.raises(Gone):
        by_door("101")


def test_the_ranked_survey_stands_behind_the_open_link() -> None:
    with setting() as make:
        make.branch(code="101", region=None)
        make.questionnaire("post_digital")
    assert by_door("101").definition.code == "post_digital"
    with setting() as make:
        make.questionnaire(SURVEY)
    assert by_door("101").definition.code == SURVEY


def test_an_open_link_s_own_address_leads_only_to_its_own_draft() -> None:
    with setting() as make:
        token = invitation(make).token
    personal = by_token(token)
    keep(personal, ANSWER)
    with db.reading() as session:
        for response_id in (personal.response_id, "f" * 32, "", "x'; --"):
            with pytest.raises(NotFound):
                tickets.by_response(session, response_id)
    sent(personal, {})
    with db.reading() as session, pytest.raises(NotFound):
        tickets.by_response(session, personal.response_id)


def test_a_first_page_sent_twice_is_begun_once() -> None:
    with setting() as make:
        invitation(make)
    shown = by_door("101")
    with db.reading() as session:
        first = tickets.opened(session, "101", shown.response_id)
    keep(first, ANSWER)
    with db.reading() as session:
        second = tickets.opened(session, "101", shown.response_id)
        forged = tickets.opened(session, "101", "../../etc/passwd")
        bound = session.scalars(select(Invitation.response_id)).one()
        taken = tickets.opened(session, "101", bound)
    assert first.response_id == second.response_id == shown.response_id
    assert forged.response_id not in {"../../etc/passwd", shown.response_id}
    assert taken.response_id != bound, "an invitation's own response is reached by its token only"
    sent(second, {})
    with db.reading() as session, pytest.raises(Conflict):
        tickets.opened(session, "101", shown.response_id)


# ---- a shopper's assignment


def test_an_assignment_is_its_shopper_s_own_and_written_once() -> None:
    with setting() as make:
        field = Field.made(make)
        visit = field.visit(make)
        other = make.user(email="other@example.com", role="shopper")
    ticket = by_visit(visit)
    assert ticket.context == {
        "link": "assignment",
        "no_branch": False,
        "today": clock.today().isoformat(),
        "seed": ticket.response_id,
        "scenario": {"has_appointment": False, "has_account": True},
    }
    assert ticket.visited_on is None
    with db.reading() as session:
        for number, shopper in ((visit.id, other.id), (visit.id + 1, field.shopper.id)):
            with pytest.raises(NotFound):
                tickets.by_assignment(session, number, shopper)
    sent(ticket, {"visit_date": "2026-11-16", "A1": "yes"})
    with pytest.raises(Conflict):
        by_visit(visit)
    assert send(ticket) is not None, "the same report again is the same row"


def test_a_cancelled_visit_is_written_no_more() -> None:
    with setting() as make:
        visit = Field.made(make).visit(make)
    ticket = by_visit(visit)
    keep(ticket, {"A1": "yes"})
    with setting() as make:
        giving.cancel(make.session, visit.id)
    for late in (lambda: keep(ticket, {"A2": "no"}), lambda: send(ticket), lambda: by_visit(visit)):
        with pytest.raises(Conflict):
            late()
    with setting() as make:
        assert make.session.scalars(select(Draft)).all() == []
        assert make.session.get_one(Assignment, visit.id).state == "cancelled"
        with pytest.raises(Conflict):
            giving.cancel(make.session, visit.id)


def test_only_a_shopper_is_sent_and_only_to_a_branch_that_is_open() -> None:
    with setting() as make:
        field = Field.made(make)
        closed = make.branch(code="103", region=None, closed=date(2026, 11, 20))
        make.questionnaire(SURVEY)
        good: dict[str, Any] = {
            "campaign": standing_campaign(make.session, SHOP),
            "shopper": field.shopper,
            "branch": field.branch,
            "scenario": field.scenario,
            "window_from": date(2026, 11, 1),
            "window_until": date(2026, 11, 30),
        }
        wrong: list[dict[str, Any]] = [
            {"shopper": field.reviewer},
            {"branch": closed},
            {"window_until": date(2026, 10, 31)},
            {"window_from": date(2026, 10, 1), "window_until": clock.today() - timedelta(days=1)},
            {"campaign": standing_campaign(make.session, SURVEY)},
        ]
        for change in wrong:
            with pytest.raises(UserError):
                fieldwork.assign(make.session, **{**good, **change})
        field.shopper.active = False
        with pytest.raises(UserError):
            fieldwork.assign(make.session, **good)
        assert make.session.scalars(select(Assignment)).all() == []


@pytest.mark.parametrize("moment", [datetime(2026, 11, 30, 21, 59, tzinfo=clock.UTC), MOMENT])
def test_the_open_link_takes_the_day_of_the_organisation(frozen_clock: FrozenClock, moment: datetime) -> None:
    with setting() as make:
        make.branch(code="101", region=None)
        questionnaires.bring_in(make.session, make.questionnaire(SURVEY).definition, publish=True)
    frozen_clock.move_to(moment)
    assert by_door("101").visited_on == clock.local(moment).date()
