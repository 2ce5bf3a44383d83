"""Points of open collection: made once, found by their code, counted, retired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.cli import main
from survey_app.commands import points
from survey_app.errors import Conflict, Gone, NotFound, UserError
from survey_app.models import Agent, Branch, Campaign, CollectionPoint, Entry, Region
from survey_app.models.campaign import ANONYMOUS, ENDED
from survey_app.outreach import codes
from survey_app.permissions import Scope
from survey_app.queries import points as queries
from survey_app.queries import tickets
from survey_app.transaction import transaction
from tests.commands.acting import PULSE, SHOP, SINCE, SURVEY, send
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")


@dataclass(frozen=True)
class World:
    """Two branches in two regions, an agent at the first, and the visit's open campaign."""

    first: Branch
    second: Branch
    region: Region
    agent: Agent
    campaign: Campaign


def world(*, privacy: str = "confidential") -> World:
    with setting() as make:
        region, other = make.region(name="צפון"), make.region(name="דרום")
        first, second = make.branch(code="101", region=region), make.branch(code="102", region=other)
        agent = make.agent(code="7001", branch=first, since=SINCE)
        make.questionnaire(SURVEY)
        campaign = make.campaign(SURVEY, opens=SINCE)
        campaign.open_link = True
        campaign.privacy = privacy
        return World(first, second, region, agent, campaign)


@pytest.fixture
def there(any_database: db.Database) -> World:
    return world()


def made(there: World, **changes: Any) -> CollectionPoint:
    wanted: dict[str, Any] = {"branch": there.first, "campaign": there.campaign, "kind": "poster", **changes}
    with transaction(Actor.system("test"), "point.create") as session:
        return points.create(session, **wanted)


def act(command: Any, *arguments: Any) -> Any:
    with transaction(Actor.system("test"), "point.test") as session:
        return command(session, *arguments)


def test_a_point_is_found_by_its_code_however_it_is_written(there: World) -> None:
    point = made(there, label="  כניסה   ראשית ")
    assert point.label == "כניסה ראשית"
    assert point.token is None
    with db.reading() as session:
        for text in (point.code, codes.grouped(point.code), f" {point.code} "):
            found = queries.by_code(session, text)
            assert found is not None
            assert found.id == point.id
        assert queries.by_code(session, point.code[::-1] + "0") is None
        assert queries.by_code(session, "101") is None


def test_a_code_is_never_a_branch_s(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = "48291" + codes.check_digit("48291")
    behind_bank = "20777" + codes.check_digit("20777")
    with setting() as make:
        make.branch(code=taken, region=None)
        make.branch(code=behind_bank[2:], region=None)
    offered = iter([taken, behind_bank, "57300" + codes.check_digit("57300")])
    monkeypatch.setattr(codes, "mint", lambda is_taken: next(code for code in offered if not is_taken(code)))
    assert made(there).code == "57300" + codes.check_digit("57300")


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"kind": "banner"}, "kind"),
        ({"label": "x" * 81}, "label"),
        ({"kind": "poster", "agent": True}, "agent"),
        ({"kind": "desk", "agent": True, "second": True}, "agent"),
        ({"closed": True}, "branch"),
        ({"over": True}, "campaign"),
        ({"shut": True}, "campaign"),
    ],
    ids=["kind", "label", "agent of a wall", "agent elsewhere", "closed", "ended", "not open"],
)
def test_a_point_that_cannot_be_is_refused_beside_its_field(there: World, changes: dict[str, Any], place: str) -> None:
    changes = dict(changes)
    with setting() as make:
        campaign, first = make.session.merge(there.campaign), make.session.merge(there.first)
        campaign.state = ENDED if changes.pop("over", False) else campaign.state
        campaign.open_link = not changes.pop("shut", False)
        first.closed = clock.today() if changes.pop("closed", False) else None
    wanted = {"branch": there.second if changes.pop("second", False) else first, "campaign": campaign}
    if changes.pop("agent", False):
        wanted["agent_id"] = there.agent.id
    with pytest.raises(UserError) as refused:
        made(there, **wanted, **changes)
    assert [one for one, _said in refused.value.places] == [place]


def test_a_desk_stand_s_answers_count_for_its_representative(there: World) -> None:
    point = made(there, kind="desk", agent_id=there.agent.id)
    with db.reading() as session:
        ticket = tickets.open_branch(session, point.code)
    response = send(ticket, {"pv1": 4})
    assert response is not None
    assert (response.agent_id, response.point_id, response.mode) == (there.agent.id, point.id, "web")


def test_of_questionnaires_for_staff_or_shoppers_there_is_no_poster(there: World) -> None:
    with setting() as make:
        make.questionnaire(PULSE)
        make.questionnaire(SHOP)
        campaigns = [make.campaign(code, opens=SINCE) for code in (PULSE, SHOP)]
        for campaign in campaigns:
            campaign.open_link = True
    for campaign in campaigns:
        with pytest.raises(UserError, match=campaign.code):
            made(there, campaign=campaign)
    with db.reading() as session:
        assert [one.code for one in queries.campaigns(session)] == [SURVEY]


def test_many_points_asked_twice_are_made_once(there: World) -> None:
    with setting() as make:
        gone = make.branch(code="103", region=None, closed=clock.today() - timedelta(days=1))

    def many() -> points.Made:
        with transaction(Actor.system("test"), "point.create_many") as session:
            return points.create_many(
                session, [there.first, there.second, gone], campaign=there.campaign, kind="poster", label="כניסה"
            )

    first, second = many(), many()
    assert (len(first.points), len(first.had), len(first.closed)) == (2, 0, 1)
    assert (len(second.points), len(second.had), len(second.closed)) == (0, 2, 1)
    act(points.retire, first.points[0].id)
    assert len(many().points) == 1
    with pytest.raises(UserError), transaction(Actor.system("test"), "x") as session:
        points.create_many(session, [there.first], campaign=there.campaign, kind="desk")


def test_retired_is_for_good_and_said_once(there: World) -> None:
    point = act(points.retire, made(there).id)
    with pytest.raises(Conflict):
        act(points.retire, point.id)
    with db.reading() as session:
        found = queries.by_code(session, point.code)
        assert found is not None
        with pytest.raises(Gone):
            queries.refuse_retired(found)
        with pytest.raises(Gone):
            tickets.open_branch(session, point.code)


def test_a_tablet_s_secret_is_renewed_and_stands_in_no_audit_entry(there: World) -> None:
    point = made(there, kind="kiosk")
    before = point.token
    assert before is not None
    after = act(points.renew, point.id).token
    with db.reading() as session:
        with pytest.raises(NotFound):
            queries.by_token(session, before)
        assert queries.by_token(session, after).id == point.id
        with pytest.raises(NotFound):
            queries.by_token(session, "")
        told = "".join(str(one.changes) + str(one.details) for one in session.query(Entry))
    assert before not in told
    assert after not in told
    with pytest.raises(UserError):
        act(points.renew, made(there).id)


def test_a_tablet_s_report_is_written_when_it_is_news(there: World, frozen_clock: Any) -> None:
    point = made(there, kind="kiosk")
    act(points.report, point.id, 3)
    with db.reading() as session:
        found = queries.point(session, point.id, Scope())
        assert (found.held, found.seen_at) == (3, clock.now())
        assert not points.is_news(found, 3, clock.now() + timedelta(seconds=10))
        assert points.is_news(found, 2, clock.now())
        assert points.is_news(found, 3, clock.now() + timedelta(minutes=1))
    act(points.report, point.id, -5)
    with db.reading() as session:
        assert queries.point(session, point.id, Scope()).held == 0


def test_responses_are_counted_by_point(there: World) -> None:
    point, other = made(there), made(there, branch=there.second)
    for _time in range(3):
        with db.reading() as session:
            ticket = tickets.open_branch(session, point.code)
        send(ticket, {"pv1": 4})
    with db.reading() as session:
        rows = queries.listed(session, Scope(), queries.Filters())
        assert dict(queries.brought_in(session, rows)) == {point.id: 3, other.id: 0}


def test_of_an_anonymous_campaign_nobody_counts_by_point(any_database: db.Database) -> None:
    there = world(privacy=ANONYMOUS)
    point = made(there)
    with db.reading() as session:
        assert dict(queries.brought_in(session, [queries.point(session, point.id, Scope())])) == {point.id: None}


def test_a_list_is_narrowed_and_a_branch_sees_its_own(there: World) -> None:
    wall = made(there, label="כניסה")
    desk = made(there, kind="desk", branch=there.second)
    act(points.retire, desk.id)

    def ids(scope: Scope = Scope(), **filters: str) -> list[int]:  # noqa: B008 - frozen
        with db.reading() as session:
            found = queries.listed(session, scope, queries.Filters(**filters))
            assert queries.count(session, scope, queries.Filters(**filters)) == len(found)
            return [one.id for one in found]

    assert ids() == [wall.id, desk.id]
    assert ids(search="כניסה") == ids(search=codes.grouped(wall.code)) == ids(search="101") == [wall.id]
    assert ids(kind="desk") == ids(state="retired") == [desk.id]
    assert ids(campaign=SURVEY, state="live") == [wall.id]
    assert ids(search="100%") == ids(campaign="nothing") == []
    assert ids(Scope("branch", branch_id=there.second.id)) == [desk.id]
    with db.reading() as session, pytest.raises(NotFound):
        queries.point(session, wall.id, Scope("branch", branch_id=there.second.id))


def test_the_command_line_makes_lists_prints_and_retires(database: db.Database, tmp_path: Any) -> None:
    world()

    def run(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(main, ["point", *arguments, "--database", str(database.url)])
        assert done.exit_code == code, done.output
        db.bind(database)
        return done.stdout

    code = run("add", "101", SURVEY, "desk", "--agent", "7001", "--label", "3").split("\t")[0]
    assert len(run("add-all", SURVEY, "kiosk").splitlines()) == 2
    assert run("add-all", SURVEY, "kiosk") == ""
    out = tmp_path / "posters.pdf"
    run("print", str(out), "--size", "tent", "--second", "ar")
    assert out.read_bytes().startswith(b"%PDF")
    run("print", str(out), "--language", "ru", "--second", "ar", code=2)
    assert run("retire", code).strip() == code
    assert "retired" in run("list", "--search", code)
    run("retire", code, code=2)
    run("retire", "999 999", code=2)
    run("add", "101", "nothing", "poster", code=2)
