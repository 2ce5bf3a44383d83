"""What a tablet sends: once whatever happens, under its own version and day, kept aside where it cannot be taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.definition import dump
from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import kiosk, points, questionnaires
from survey_app.commands.kiosk import ASIDE, RECEIVED
from survey_app.errors import NotFound, UserError
from survey_app.models import (
    Answer,
    Branch,
    Campaign,
    CollectionPoint,
    Draft,
    Response,
    SetAside,
    TabletReceipt,
    Version,
)
from survey_app.models.campaign import ANONYMOUS, ENDED
from survey_app.permissions import Scope
from survey_app.queries import points as queries
from survey_app.queries import questionnaires as stored
from survey_app.transaction import transaction
from tests.commands.acting import SINCE, SURVEY
from tests.commands.together import together
from tests.support.factories import setting
from translations import LANGUAGES

ID, SEED = "a" * 32, "b" * 32


@dataclass(frozen=True)
class Stand:
    """A tablet at branch 101, and a second one at 102."""

    branch: Branch
    point: CollectionPoint
    other: CollectionPoint
    campaign: Campaign
    version: Version


def stand(*, privacy: str = "confidential") -> Stand:
    with setting() as make:
        branches = [make.branch(code=code, region=None) for code in ("101", "102")]
        version = make.questionnaire(SURVEY)
        campaign = make.campaign(SURVEY, opens=SINCE)
        campaign.open_link, campaign.privacy = True, privacy
        made = [points.create(make.session, branch=one, campaign=campaign, kind="kiosk") for one in branches]
        return Stand(branches[0], made[0], made[1], campaign, version)


@pytest.fixture
def there(any_database: db.Database, frozen_clock: Any) -> Stand:
    return stand()


def body(**changes: Any) -> dict[str, Any]:
    given = {
        "id": ID,
        "version": 1,
        "seed": SEED,
        "language": "he",
        "age": 0,
        "layout": "row",
        "point": "",
        "answers": {"pv1": ["4"], "pv9": ["יותר דלפקים"]},
    }
    return {**given, **changes}


def take(there: Stand, sent: Any) -> str:
    with transaction(Actor.respondent(), "response.kiosk") as session:
        return kiosk.take(session, there.point.id, sent)


def number(model: Any) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def only() -> Response:
    with db.reading() as session:
        return session.scalars(select(Response)).one()


def aside() -> SetAside:
    with db.reading() as session:
        return session.scalars(select(SetAside)).one()


def test_answers_become_a_response_of_the_tablet(there: Stand) -> None:
    assert take(there, body(age=3600)) == RECEIVED
    found = only()
    assert (found.id, found.mode, found.point_id, found.channel) == (ID, "kiosk", there.point.id, "open")
    assert (found.language, found.visited_on) == ("he", clock.today())
    assert found.presentation["layout"] == "row"
    with db.reading() as session:
        said = {row.question: row.words for row in session.execute(select(Answer.question, Answer.words))}
    assert said["pv9"] == "יותר דלפקים"
    assert number(Draft) == 0


def test_the_same_id_five_times_at_once_is_one_response(there: Stand) -> None:
    assert together([partial(take, there, body())] * 5) == [RECEIVED] * 5
    assert (number(Response), number(Draft), number(SetAside)) == (1, 0, 0)
    assert take(there, body(answers={"pv1": ["1"]})) == RECEIVED  # later, and other: the first stands
    assert number(Answer) == 2


def test_what_waited_counts_for_the_day_on_which_it_was_given(there: Stand) -> None:
    take(there, body(age=3 * 24 * 3600))
    assert only().visited_on == clock.today() - timedelta(days=3)


def test_a_clock_that_is_years_wrong_is_not_believed(there: Stand) -> None:
    take(there, body(age=10**12))
    assert only().visited_on == clock.today() - kiosk.OLDEST


def test_an_older_version_finishes_under_its_own(there: Stand) -> None:
    with setting() as make:
        newer = dump(_definition(there))
        newer["notice"]["he"] = "לא נבקש סיסמה."
        version, _new = questionnaires.bring_in(make.session, newer, publish=True)
    assert version.number == 2
    assert take(there, body()) == RECEIVED
    assert only().version_id == there.version.id
    assert take(there, body(id="c" * 32, version=2)) == RECEIVED
    assert take(there, body(id="d" * 32, version=9)) == ASIDE
    assert aside().reason == "version"


def _definition(there: Stand) -> Definition:
    return stored.definition(there.version)


@pytest.mark.parametrize(
    "answers",
    [{}, {"pv1": ["9"]}, {"pv1": ["4"], "pv9": ["x" * 5000]}, {"nothing": ["1"]}],
    ids=["nothing", "no such choice", "too long", "no such question"],
)
def test_what_does_not_fit_is_kept_aside_and_not_lost(there: Stand, answers: dict[str, list[str]]) -> None:
    assert take(there, body(answers=answers)) == ASIDE
    assert take(there, body(answers=answers)) == ASIDE
    assert (number(Response), number(Draft)) == (0, 0)
    assert (aside().reason, aside().content["answers"]) == ("faulty", answers)


def test_too_late_is_kept_aside_until_staff_take_it(there: Stand, frozen_clock: Any) -> None:
    with transaction(Actor.system("test"), "x") as session:
        session.get_one(Campaign, there.campaign.id).state = ENDED
    assert take(there, body(age=24 * 3600)) == ASIDE
    given_on = clock.today() - timedelta(days=1)
    assert aside().reason == "closed"
    with transaction(Actor.system("test"), "point.take_aside") as session:
        assert kiosk.take_aside(session, ID) == RECEIVED
    assert (only().visited_on, number(SetAside)) == (given_on, 0)
    assert take(there, body()) == RECEIVED
    with pytest.raises(NotFound), transaction(Actor.system("test"), "point.take_aside") as session:
        kiosk.take_aside(session, ID)


def test_what_was_given_before_the_point_was_retired_comes_in_time(there: Stand) -> None:
    with transaction(Actor.system("test"), "point.retire") as session:
        points.retire(session, there.point.id)
    assert take(there, body(age=60)) == RECEIVED
    assert take(there, body(id="c" * 32, age=0)) == ASIDE


def test_a_tablet_that_moved_sends_for_the_point_it_stood_at(there: Stand) -> None:
    assert take(there, body(point=there.other.code)) == RECEIVED
    assert only().point_id == there.other.id
    assert take(there, body(id="c" * 32, point="999999")) == RECEIVED


def test_an_id_of_somebody_else_s_is_not_written_to(there: Stand) -> None:
    with setting() as make:
        invited = make.invitation(campaign=there.campaign, branch=there.branch, visited_on=clock.today())
    assert take(there, body(id=invited.response_id)) == ASIDE
    assert aside().reason == "taken_id"
    assert number(Response) == 0


@pytest.mark.usefixtures("frozen_clock")
def test_an_anonymous_response_is_taken_once_and_leads_nowhere(any_database: db.Database) -> None:
    there = stand(privacy=ANONYMOUS)
    assert together([partial(take, there, body())] * 5) == [RECEIVED] * 5
    with db.reading() as session:
        receipt = session.scalars(select(TabletReceipt)).one()
        sealed = session.execute(select(func.count()).select_from(db.Base.metadata.tables["sealed_response"])).scalar()
        assert session.get(Response, ID) is None
    assert (sealed, number(Draft)) == (1, 0)
    assert ID not in receipt.digest
    with transaction(Actor.system("test"), "x") as session:
        assert kiosk.sweep_receipts(session) == 0
    with clock.moved_to(clock.now() + timedelta(days=150)), transaction(Actor.system("test"), "x") as session:
        assert kiosk.sweep_receipts(session) == 1


@pytest.mark.usefixtures("frozen_clock")
def test_what_is_kept_aside_of_an_anonymous_campaign_has_no_day(any_database: db.Database) -> None:
    there = stand(privacy=ANONYMOUS)
    assert take(there, body(answers={})) == ASIDE
    assert "day" not in aside().content
    assert "age" not in aside().content


@pytest.mark.parametrize("sent", [None, [], "x", {}], ids=["nothing", "a list", "words", "empty"])
def test_what_is_no_answer_at_all_is_refused(there: Stand, sent: Any) -> None:
    with pytest.raises(UserError):
        take(there, sent)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "x"),
        ("id", "A" * 32),
        ("seed", 1),
        ("version", "x"),
        ("version", 0),
        ("age", "x"),
        ("age", float("inf")),
        ("language", "xx"),
        ("answers", []),
        ("answers", {"a": ["x" * 30_000]}),
        ("answers", {str(one): ["x"] for one in range(600)}),
        ("answers", {"a": ["x"] * 101}),
    ],
    ids=range(12),
)
def test_what_no_tablet_sends_is_refused_whole(there: Stand, name: str, value: Any) -> None:
    with pytest.raises(UserError):
        take(there, body(**{name: value}))
    assert (number(Response), number(SetAside)) == (0, 0)


def test_staff_see_what_is_kept_aside_at_their_branches_and_delete_it(there: Stand) -> None:
    take(there, body(answers={}))
    with db.reading() as session:
        assert queries.count_set_aside(session, Scope()) == len(queries.set_aside(session, Scope())) == 1
        assert queries.count_set_aside(session, Scope("branch", branch_id=there.other.branch_id)) == 0
    with transaction(Actor.system("test"), "point.drop_aside") as session:
        kiosk.drop_aside(session, ID)
        kiosk.drop_aside(session, ID)
    assert number(SetAside) == 0


def test_a_questionnaire_that_needs_contact_has_no_tablet(there: Stand) -> None:
    with setting() as make:
        needy = dump(_definition(there))
        needy["code"] = "needy"
        needy["sections"][0]["questions"].append(
            {"code": "needs_phone", "type": "phone", "text": dict.fromkeys(LANGUAGES, "x"), "required": True}
        )
        questionnaires.bring_in(make.session, needy, publish=True)
        campaign = make.campaign("needy", opens=SINCE)
        campaign.open_link = True
    for kind, fine in (("poster", True), ("kiosk", False)):
        with transaction(Actor.system("test"), "point.create") as session:
            chosen = {"branch": there.branch, "campaign": campaign, "kind": kind}
            if fine:
                points.create(session, **chosen)
            else:
                with pytest.raises(UserError, match="needs_phone"):
                    points.create(session, **chosen)
