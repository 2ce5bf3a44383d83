"""Answering: drafts page by page, sending once, what stops it, and what of the answers counts."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import questionnaires, responses
from survey_app.errors import Conflict, UserError
from survey_app.models import Answer, Campaign, Draft, Entry, Invitation, Response, Score
from survey_app.queries import responses as queries
from survey_app.queries import tickets
from survey_app.transaction import transaction
from tests.commands.acting import SINCE, SURVEY, by_door, by_token, keep, send, sent
from tests.forms.samples import asked, document, question
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")
DAY = date(2026, 11, 3)
#: The second question is only asked of the dissatisfied, and then demanded of them.
SAMPLE = document(
    asked(
        question("q1", "scale", scale="sat5", measure="csat"),
        question("why", "text", max_chars=500, required=True, shown_if={"le": ["q1", 2]}),
        question("q3", "scale", scale="nps11", measure="nps"),
    )
)


def invited(**more: str) -> str:
    """One branch, one published survey, one invitation; gives its token."""
    with setting() as make:
        branch = make.branch(code="101", region=make.region(name="צפון"))
        questionnaires.bring_in(make.session, SAMPLE, publish=True)
        campaign = make.campaign("sample", opens=SINCE)
        return make.invitation(campaign=campaign, branch=branch, visited_on=DAY, **more).token


def count(model: type[Response] | type[Draft] | type[Answer] | type[Score]) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_two_devices_merge_page_by_page(any_database: db.Database) -> None:
    token = invited()
    phone, desk = by_token(token), by_token(token)
    keep(phone, {"q1": 1, "why": "איטי"})
    assert keep(desk, {"q3": 9}) == {"q1": 1, "why": "איטי", "q3": 9}
    assert keep(phone, {"q1": 2, "why": None}) == {"q1": 2, "q3": 9}, "what was left blank is taken out"
    with db.reading() as session:
        draft = session.get_one(Draft, phone.response_id)
        assert (draft.revision, draft.language) == (3, "he")


def test_a_sent_survey_is_one_row_however_often_it_is_sent(any_database: db.Database) -> None:
    ticket = by_token(invited())
    first = sent(ticket, {"q1": 5})
    again = send(ticket)
    assert again is not None
    assert again.id == first.id == ticket.response_id
    assert (count(Response), count(Answer), count(Draft)) == (1, 1, 0)
    with pytest.raises(Conflict):
        keep(ticket, {"q1": 1})
    assert count(Draft) == 0, "a page that arrives late leaves nothing behind"


def test_a_response_knows_where_and_when(any_database: db.Database) -> None:
    ticket = by_token(invited(language="ar"))
    with db.reading() as session:
        response = session.get_one(Response, sent(ticket, {"q1": 5}).id)
        assert response.month == "2026-11"
        assert response.visited_on == DAY
        assert response.submitted_at == clock.now()
        assert response.region_id == ticket.branch.region_id
        assert (response.state, response.kind, response.channel, response.agent_id) == (
            "counted",
            "customer_survey",
            "personal",
            0,
        )
    assert ticket.language == "ar"


def test_a_missing_required_answer_is_named_and_nothing_is_lost(database: db.Database) -> None:
    ticket = by_token(invited())
    with pytest.raises(UserError) as refused:
        send(ticket, {"q1": 2})
    assert [place for place, _message in refused.value.places] == ["why"]
    assert (count(Response), count(Draft)) == (0, 1)
    assert sent(ticket, {"why": "איטי"}).state == "counted"


@pytest.mark.parametrize("answers", [None, {}, {"q1": None}, {"why": "נשאר מעמוד שהוסתר"}])
def test_nothing_answered_is_not_sent(database: db.Database, answers: dict[str, str | None] | None) -> None:
    ticket = by_token(invited())
    with pytest.raises(UserError, match="לפחות"):
        send(ticket, answers)
    assert count(Response) == 0
    assert by_token(ticket.invitation.token if ticket.invitation else "").response_id == ticket.response_id


def test_answers_of_hidden_questions_are_dropped(database: db.Database) -> None:
    ticket = by_token(invited())
    keep(ticket, {"q1": 1, "why": "איטי מאוד"})
    response = sent(ticket, {"q1": 5})
    with db.reading() as session:
        answers = session.execute(select(Answer.question, Answer.value, Answer.words)).all()
        assert [tuple(row) for row in answers] == [("q1", 5, None)]
        assert session.scalars(select(Score.value).where(Score.response_id == response.id)).all() == [10000, 10000]


def test_words_stand_apart_from_values(database: db.Database) -> None:
    sent(by_token(invited()), {"q1": 2, "why": "איטי מאוד", "q3": "dk"})
    with db.reading() as session:
        rows = session.execute(select(Answer.question, Answer.value, Answer.words).order_by(Answer.question))
        assert [tuple(row) for row in rows] == [("q1", 2, None), ("q3", "dk", None), ("why", None, "איטי מאוד")]


def test_a_respondent_leaves_no_entry(any_database: db.Database) -> None:
    token = invited()
    with db.reading() as session:
        before = session.scalar(select(func.count()).select_from(Entry))
    sent(by_token(token), {"q1": 5})
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Entry)) == before


def test_a_survey_is_finished_under_the_version_it_was_begun_with(any_database: db.Database) -> None:
    token = invited()
    keep(by_token(token), {"q1": 4})
    changed = document(*SAMPLE["sections"], asked(question("q9", "scale", scale="sat5"), code="more"))
    with transaction(Actor.system("test"), "questionnaire.publish") as session:
        _version, verdict = questionnaires.bring_in(session, changed, publish=True)
    assert verdict == "added"
    ticket = by_token(token)
    assert ticket.version.number == 1
    response = sent(ticket, {"q9": 5, "q3": 9})
    with db.reading() as session:
        assert session.get_one(Response, response.id).version.number == 1
        assert set(session.scalars(select(Answer.question))) == {"q1", "q3"}
    assert by_door("101").version.number == 2


def test_the_open_link_stores_nothing_before_its_first_page(any_database: db.Database) -> None:
    invited()
    first, second = by_door("101"), by_door("101")
    assert first.response_id != second.response_id
    assert count(Draft) == 0
    keep(first, {"q1": 4})
    with db.reading() as session:
        mine = tickets.by_response(session, first.response_id)
    assert (mine.branch.code, mine.link, mine.visited_on) == ("101", "open", clock.today())
    assert sent(mine, {"q3": 10}).channel == "open"
    with db.reading() as session, pytest.raises(Conflict):
        tickets.by_response(session, first.response_id)


def test_an_open_link_s_day_is_the_day_it_was_begun(database: db.Database, frozen_clock: FrozenClock) -> None:
    invited()
    frozen_clock.move_to(datetime(2026, 11, 30, 23, 50, tzinfo=clock.TIME_ZONE))
    ticket = by_door("101")
    keep(ticket, {"q1": 4})
    frozen_clock.move_to(datetime(2026, 12, 1, 0, 10, tzinfo=clock.TIME_ZONE))
    with db.reading() as session:
        ticket = tickets.by_response(session, ticket.response_id)
    assert sent(ticket, {}).month == "2026-11"


def test_an_invitation_withdrawn_meanwhile_takes_no_answers(any_database: db.Database) -> None:
    ticket = by_token(invited())
    with transaction(Actor.system("test"), "invitation.revoke") as session:
        session.scalars(select(Invitation)).one().state = "revoked"
    with pytest.raises(Conflict):
        keep(ticket, {"q1": 5})
    with pytest.raises(Conflict):
        send(ticket)
    assert (count(Response), count(Draft)) == (0, 0)


def test_drafts_of_the_public_are_destroyed_after_a_month(database: db.Database, frozen_clock: FrozenClock) -> None:
    ticket = by_token(invited())
    keep(ticket, {"q1": 4})
    for days, left in ((30, 1), (31, 0)):
        frozen_clock.move_to(datetime(2026, 11, 17, 12, 1, tzinfo=clock.TIME_ZONE) + timedelta(days=days - 0.01))
        with transaction(Actor.respondent(), "draft.sweep") as session:
            responses.sweep_drafts(session)
        assert count(Draft) == left


def test_the_shipped_survey_scores_its_three_measures(database: db.Database) -> None:
    with setting() as make:
        branch = make.branch(code="101", region=None)
        make.questionnaire(SURVEY)
        token = make.invitation(campaign=make.campaign(SURVEY, opens=SINCE), branch=branch, visited_on=DAY).token
        assert make.session.scalars(select(Campaign.open_link)).one()
    ticket = by_token(token)
    measures = {one.measure: one.code for one in ticket.definition.questions if one.measure}
    response = sent(ticket, {measures["csat"]: 5, measures["ces"]: 4, measures["nps"]: 6})
    with db.reading() as session:
        scores = queries.response(session, response.id).scores
    assert scores["post_visit_branch:csat:1"] == 10000
    assert scores["post_visit_branch:ease:1"] == 5000
    assert scores["post_visit_branch:nps:1"] == -10000
    assert response.region_id == 0
