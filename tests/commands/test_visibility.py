"""Who sees whose results: nothing that a reader may not know is anywhere in the report that leaves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.tables import tables
from survey_app import clock, db
from survey_app.errors import NotFound
from survey_app.models import Organisation, Placement, User
from survey_app.permissions import PERMISSIONS, Permission, Role, Scope, scope_of
from survey_app.queries import branches, organisation, reviews
from survey_app.queries.visibility import visible
from tests.commands.acting import SURVEY, Field, shop_answers
from tests.support.factories import setting

MONTH = "2026-10"
OCTOBER = date(2026, 10, 5)
SINCE = date(2026, 1, 1)
#: Names that occur nowhere else, so that finding one in a text means that it leaked.
REGIONS = ["מחוז קוקו", "מחוז בלה"]
TOWNS = ["אלפאוויל", "ביתאוויל", "גמאוויל", "דלתאוויל", "אפסילון", "זטאוויל", "אטאוויל"]
AGENTS = ["אפרסמון", "ברקוניה", "גרגרנית", "דובדבנית", "הדסית", "ורדינון", "זמירון"]
#: The agents whose results each role may see: the second has moved to the third branch.
SHOWN = {"branch_manager": {0}, "region_manager": {0, 1, 2, 4, 6}, "agent": {0}}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[dict[str, Any]]:
    """A bank of seven branches in two regions, with surveys, shops, profit and an agent each; its October report.

    The last branch has too few answers, and an agent has just moved from the second branch to the third.
    """
    path = tmp_path_factory.mktemp("visibility") / "bank.db"
    shutil.copyfile(sqlite_template, path)
    bank = db.Database(f"sqlite:///{path}")
    random = Random(4)
    with db.bound(bank), clock.moved_to(datetime(2026, 11, 17, 12, 0, tzinfo=clock.TIME_ZONE)):
        with setting() as make:
            make.session.add(Organisation(id=1, name={"he": "בנק"}, policy={"draws": 400}, synthetic=False, details={}))
            regions = [make.region(name=name) for name in REGIONS]
            survey = make.questionnaire(SURVEY)
            field = Field.made(make)
            for branch in (field.branch, field.other):
                branch.ranked = False
            users: dict[str, User] = {
                role: make.user(
                    email=f"{role}@example.com",
                    role=role,
                    region=regions[0] if role == Role.REGION_MANAGER else None,
                )
                for role in Role
                if role not in {Role.BRANCH_MANAGER, Role.AGENT}
            }
            places = []
            for number, town in enumerate(TOWNS):
                branch = make.branch(
                    code=f"{7301 + 13 * number}", region=regions[number % 2], name=f"סניף {town}", city=town
                )
                agent = make.agent(code=AGENTS[number], branch=branch, since=SINCE)
                agent.name = f"{AGENTS[number]} ישראלי"
                places.append((branch, agent))
                many = 4 if number == 6 else 211 + 37 * number
                for served, share in ((agent, many // 2), (None, many - many // 2)):
                    make.responses(
                        version=survey,
                        branch=branch,
                        visited_on=OCTOBER,
                        state="counted",
                        answers=[{"pv1": random.choice([1, 3, 4, 5, 5])} for _answer in range(share)],
                        context={"link": "personal"},
                        agent=served,
                    )
                if number == 6:
                    continue
                make.responses(
                    version=field.version,
                    branch=branch,
                    visited_on=OCTOBER,
                    state="counted",
                    answers=[shop_answers("2026-10-05", **{f"A{1 + visit}": "no"}) for visit in range(3)],
                    context={"link": "assignment", "scenario": field.scenario.facts},
                )
                for month in range(1, 11):
                    make.profit(
                        branch=branch,
                        month=f"2026-{month:02d}",
                        revenue=100_003 + 7919 * number + random.randrange(5000),
                        cost=50_000,
                        target=30_000,
                        headcount=4,
                    )
            make.session.get_one(Placement, 2).until = date(2026, 10, 30)
            make.session.add(Placement(agent=places[1][1], branch=places[2][0], since=date(2026, 10, 31)))
            users["branch_manager"] = make.user(email="b@example.com", role="branch_manager", branch=places[0][0])
            users["agent"] = make.user(email="a@example.com", role="agent", agent=places[0][1])
        with db.reading() as session:
            data = reviews.review(session, MONTH).data
        yield {"data": data, "users": users, "places": places, "bank": bank}
    bank.close()


def seen(world: Mapping[str, Any], role: str) -> dict[str, Any]:
    """The report as a role reads it, through JSON and back as the API sends it."""
    with db.bound(world["bank"]), db.reading() as session:
        text = reviews.report_text(visible(session, world["data"], scope_of(world["users"][role])))
        return dict(json.loads(text))


def own_towns(world: Mapping[str, Any], role: str) -> set[str]:
    named = {"branch_manager": {0}, "agent": {0}, "region_manager": {0, 2, 4, 6}}.get(role, set(range(len(TOWNS))))
    return {TOWNS[number] for number in named}


SCOPED = ["branch_manager", "region_manager", "agent"]
WHOLE = [role.value for role in Role if role.value not in SCOPED]


@pytest.mark.parametrize("role", WHOLE)
def test_the_whole_organisation_reads_everything(world: dict[str, Any], role: str) -> None:
    cut = seen(world, role)
    assert cut.pop("scope") == "organisation"
    assert cut == world["data"]


@pytest.mark.parametrize("role", SCOPED)
def test_no_name_code_or_number_of_others_is_anywhere(world: dict[str, Any], role: str) -> None:
    cut = seen(world, role)
    text, numbers = json.dumps(cut, ensure_ascii=False), set(_numbers(cut))
    for number, (branch, agent) in enumerate(world["places"]):
        assert (agent.code in text) is (number in SHOWN[role])
        if TOWNS[number] in own_towns(world, role):
            continue
        assert TOWNS[number] not in text
        assert f'"{branch.code}"' not in text
        row = next(row for row in world["data"]["branches"] if row["code"] == branch.code)
        telling = [
            row["surveys"]["n"] if row["surveys"]["n"] > 10 else None,
            row["surveys"]["csat"],
            row["profit"]["contribution"],
            row["month"]["profit"]["contribution"],
            row["composite"],
            row["service"]["index"],
        ]
        assert not {str(number) for number in telling if number is not None} & numbers, TOWNS[number]


def _numbers(part: Any) -> Iterator[str]:
    """Every number of a document, as text."""
    if isinstance(part, Mapping):
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from _numbers(one)
    elif isinstance(part, int | float) and not isinstance(part, bool):
        yield str(part)


@pytest.mark.parametrize(("role", "regions"), [("branch_manager", []), ("agent", []), ("region_manager", [REGIONS[0]])])
def test_totals_of_regions_are_the_reader_s_own_only(world: dict[str, Any], role: str, regions: list[str]) -> None:
    cut = seen(world, role)
    assert [one["name"] for one in cut["regions"]] == regions
    assert REGIONS[1] not in json.dumps(cut, ensure_ascii=False)


def test_an_unnamed_branch_is_a_place_on_the_map_and_nothing_else(world: dict[str, Any]) -> None:
    cut = seen(world, "branch_manager")
    named = [row for row in cut["branches"] if row["name"] is not None]
    points = [row for row in cut["branches"] if row["name"] is None]
    assert [row["name"] for row in named] == [f"סניף {TOWNS[0]}"]
    assert named[0] == next(row for row in world["data"]["branches"] if row["code"] == named[0]["code"])
    placed = [row for row in world["data"]["branches"] if not row["hidden"]]
    assert len(points) == len(placed) - 1 == 5
    for point in points:
        assert {key for key, value in point.items() if value is not None} == {"service", "profit", "hidden"}
        for axis in ("service", "profit"):
            assert {key for key, value in point[axis].items() if value is not None} == {"index"}
            assert point[axis]["index"] == int(point[axis]["index"])
    assert points == sorted(points, key=lambda point: (point["service"]["index"], point["profit"]["index"]))


def test_the_order_of_points_tells_nothing(world: dict[str, Any]) -> None:
    """Whatever order the report lists branches in, and whatever they are called, the reader gets the same points."""
    data, scope = world["data"], scope_of(world["users"]["branch_manager"])
    first = seen(world, "branch_manager")["branches"]
    for seed in range(5):
        shuffled = Random(seed).sample(data["branches"], len(data["branches"]))
        with db.bound(world["bank"]), db.reading() as session:
            again = visible(session, {**data, "branches": shuffled}, scope)["branches"]
        assert again == first


@pytest.mark.parametrize("role", SCOPED)
def test_agents_are_those_of_the_reader_s_unit(world: dict[str, Any], role: str) -> None:
    cut = seen(world, role)
    assert {row["name"] for row in cut["agents"]} == {f"{AGENTS[number]} ישראלי" for number in SHOWN[role]}


def test_an_agent_sees_only_herself_or_himself(world: dict[str, Any]) -> None:
    cut = seen(world, "agent")
    assert cut["branches"] == []
    assert [row["code"] for row in cut["agents"]] == [AGENTS[0]]


@pytest.mark.parametrize("role", SCOPED)
def test_tables_and_pages_keep_to_the_same_cut(world: dict[str, Any], role: str) -> None:
    mine = own_towns(world, role)
    scope = scope_of(world["users"][role])
    cut = seen(world, role)
    named = {**cut, "branches": [row for row in cut["branches"] if row["name"] is not None]}
    text = repr([table.rows for table in tables(named).values()])
    assert not [town for town in TOWNS if town not in mine and town in text]
    with db.bound(world["bank"]), db.reading() as session:
        for number, (branch, agent) in enumerate(world["places"]):
            may_open = TOWNS[number] in mine and role != "agent"
            if may_open:
                assert branches.detail(session, MONTH, branch.code, scope).branch.id == branch.id
            else:
                with pytest.raises(NotFound):
                    branches.detail(session, MONTH, branch.code, scope)
            shown = agent.code in {row["code"] for row in cut["agents"]}
            if shown:
                assert branches.reader_agent(session, agent.code, scope, MONTH)[0].id == agent.id
            else:
                with pytest.raises(NotFound):
                    branches.reader_agent(session, agent.code, scope, MONTH)
        listed = {branch.city for branch in organisation.branches(session, scope)} & set(TOWNS)
        assert listed == (mine if role != "agent" else set())
        assert organisation.count_branches(session, scope) == len(organisation.branches(session, scope))


SCOPES = st.builds(
    Scope,
    st.sampled_from(["region", "branch", "agent"]),
    region_id=st.none() | st.integers(0, 4),
    branch_id=st.none() | st.integers(0, 12),
    agent_id=st.none() | st.integers(0, 9),
)


@hypothesis.settings(max_examples=40)
@given(scope=SCOPES)
def test_whatever_the_scope_names_are_only_those_it_names(world: dict[str, Any], scope: Scope) -> None:
    with db.bound(world["bank"]), db.reading() as session:
        cut = visible(session, world["data"], scope)
    text = json.dumps(cut, ensure_ascii=False)
    for branch, agent in world["places"]:
        named = scope.names_branch(branch.id, branch.region_id)
        # Whoever is shown an agent reads the agent's branch beside the name.
        beside = any(row["branch"] == branch.code for row in cut["agents"])
        assert (f'"{branch.code}"' in text) <= (named or beside)
        if scope.reach == "agent":
            assert (agent.code in text) is (agent.id == scope.agent_id)


def test_every_role_has_permissions_and_only_readers_read() -> None:
    assert set(PERMISSIONS) == set(Role)
    readers = {role for role in Role if Permission.SEE_REVIEW in PERMISSIONS[role]}
    assert readers == {
        Role.MANAGEMENT, Role.REGION_MANAGER, Role.BRANCH_MANAGER, Role.AGENT, Role.ANALYST, Role.SERVICE_MANAGER,
    }  # fmt: skip
