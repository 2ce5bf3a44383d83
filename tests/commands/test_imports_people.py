"""Agents with their placements, and users who log in."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from survey_app.commands import accounts
from survey_app.db import Database, reading
from survey_app.models import NO_AGENT, Agent, Entry, Placement, User
from tests.commands.importing import bring, counts, number_of, places, reasons, stored, table, workbook
from tests.support.factories import setting
from translations import speaking

AGENTS = ["code", "name", "email", "branch", "role", "from", "until"]
USERS = ["email", "name", "role", "branch", "region", "agent", "language"]


@pytest.fixture(autouse=True)
def world(database: Database) -> None:
    """Two branches of one bank, and a third whose code another bank uses as well."""
    with setting() as make:
        north = make.region(name="מרחב צפון")
        make.branch(code="1", region=north)
        make.branch(code="2", region=None)
        make.branch(code="3", region=None)
        make.branch(code="3", region=None, bank="31")
        make.agent(code="B-1", branch=make.branch(code="4", region=None), since=date(2020, 1, 1))


def test_agents_and_their_placements(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "a.csv",
        AGENTS,
        ["A-1", "נועה לוי", "Noa@example.com", "1", "טלרית", "01/09/2025", "31/03/2026"],
        ["A-1", "נועה לוי", "noa@example.com", "20-3", "", "01/04/2026", ""],
        ["A-2", 'דן צה"ל', "", "2", "", "2025-01-01", ""],
    )
    assert counts(bring("agents", path)) == (3, 0, 0, 0)
    [noa] = stored(Agent, Agent.code == "A-1")
    assert (noa.name, noa.email) == ("נועה לוי", "noa@example.com")
    stays = stored(Placement, Placement.agent_id == noa.id)
    assert [(one.since, one.until, one.role) for one in stays] == [
        (date(2025, 9, 1), date(2026, 3, 31), "טלרית"),
        (date(2026, 4, 1), None, ""),
    ]
    assert number_of(Agent) == 2 + 1 + 1  # and B-1, and the agent of no agent
    assert counts(bring("agents", path)) == (0, 0, 3, 0)


def test_agents_from_a_workbook_with_hebrew_headings(tmp_path: Path) -> None:
    rows = [["קוד נציג", "שם", "סניף", "מתאריך"], [1024, "נועה לוי", 1, date(2025, 9, 1)]]
    assert counts(bring("agents", workbook(tmp_path, "a.xlsx", rows))) == (1, 0, 0, 0)
    assert stored(Agent, Agent.code == "1024")[0].name == "נועה לוי"


def test_a_stored_placement_is_ended_and_the_next_begun_in_any_order(tmp_path: Path) -> None:
    header = ["code", "name", "branch", "from", "until"]
    moved = table(
        tmp_path,
        "a.csv",
        header,
        ["B-1", "נציג B-1", "1", "01/06/2026", ""],
        ["B-1", "נציג B-1", "4", "01/01/2020", "31/05/2026"],
    )
    summary = bring("agents", moved)
    assert counts(summary) == (1, 1, 0, 0)
    assert summary.changed[0].changed == ("until",)


def test_overlaps_are_refused(tmp_path: Path) -> None:
    header = ["code", "name", "branch", "from", "until"]
    path = table(
        tmp_path,
        "a.csv",
        header,
        ["B-1", "נציג B-1", "1", "01/06/2026", ""],
        ["A-1", "נועה", "1", "01/01/2026", "31/05/2026"],
        ["A-1", "נועה", "2", "31/05/2026", ""],
        ["A-1", "נועה", "2", "01/07/2026", ""],
        ["A-1", "נועה", "1", "01/01/2026", ""],
        ["A-1", "מישהי אחרת", "1", "01/01/2020", "02/01/2020"],
        ["A-3", "דן", "1", "01/02/2020", "31/01/2020"],
    )
    with speaking("en"):
        summary = bring("agents", path)
    assert [(row, column) for row, column in places(summary)] == [
        (2, "from"),
        (4, "from"),
        (6, None),
        (7, "name"),
        (8, "until"),
    ]
    said = {row: message for row, _column, message in reasons(summary)}
    assert "the placement that begins on \u206801/01/2020\u2069" in said[2]
    assert said[4] == "The time overlaps that of row 3."
    assert counts(summary) == (2, 0, 0, 5)


def test_a_refused_ending_keeps_the_stored_placement_in_the_way(tmp_path: Path) -> None:
    header = ["code", "name", "branch", "from", "until"]
    path = table(
        tmp_path,
        "a.csv",
        header,
        ["B-1", "נציג B-1", "99", "01/01/2020", "31/05/2026"],
        ["B-1", "נציג B-1", "1", "01/06/2026", ""],
    )
    assert places(bring("agents", path)) == [(2, "branch"), (3, "from")]


def test_a_branch_must_be_known_and_clear(tmp_path: Path) -> None:
    header = ["code", "name", "branch", "from"]
    path = table(tmp_path, "a.csv", header, ["A", "א", "3", "01/01/2026"], ["B", "ב", "77", "01/01/2026"])
    with speaking("en"):
        said = [message for _row, _column, message in reasons(bring("agents", path))]
    assert said == [
        "Several banks have a branch \u20683\u2069: 20-3, 31-3.",
        "There is no branch \u206877\u2069.",
    ]


def test_users_have_no_password_at_first(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "u.csv",
        USERS,
        ["Maya@example.com", "מאיה", "הנהלת הסניף", "1", "", "", ""],
        ["ron@example.com", "רון", "region_manager", "", "מרחב צפון", "", "en"],
        ["b@example.com", "בני", "agent", "", "", "B-1", "עברית"],
        ["x@example.com", "", "management", "", "", "", ""],
    )
    with speaking("en"):
        summary = bring("users", path)
    assert counts(summary) == (4, 0, 0, 0)
    assert "New users without a password: 4." in summary.notices[0]
    maya, ron, agent, _manager = stored(User)
    assert (maya.email, maya.role, maya.branch_id, maya.language) == ("maya@example.com", "branch_manager", 1, "he")
    assert (ron.region_id, ron.language) == (1, "en")
    assert agent.agent_id not in (None, NO_AGENT)
    with reading() as session:
        assert accounts.authenticate(session, "maya@example.com", "") is None
    assert counts(bring("users", path)) == (0, 0, 4, 0)


def test_a_role_needs_what_it_is_about(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "u.csv",
        USERS,
        ["a@example.com", "", "branch_manager", "", "", "", ""],
        ["b@example.com", "", "region_manager", "1", "", "", ""],
        ["c@example.com", "", "agent", "88", "", "nobody", ""],
        ["d@example.com", "", "king", "", "", "", "xx"],
        ["e@example.com", "", "region_manager", "", "אין כזה", "", ""],
        ["not an address", "", "analyst", "", "", "", ""],
        ["f@example.com", "", "analyst", "", "", "", ""],
        ["F@example.com", "", "shopper", "", "", "", ""],
    )
    summary = bring("users", path)
    assert places(summary) == [
        (2, "branch"),
        (3, "region"),
        (4, "branch"),
        (4, "agent"),
        (5, "role"),
        (5, "language"),
        (6, "region"),
        (7, "email"),
        (9, None),
    ]
    assert counts(summary) == (1, 0, 0, 8 - 1)


def test_a_changed_user_keeps_password_and_what_the_file_is_silent_about(tmp_path: Path) -> None:
    with setting() as make:
        make.user(email="maya@example.com", role="analyst", language="ru")
    [before] = stored(User)
    path = table(tmp_path, "u.csv", ["email", "role", "branch"], ["maya@example.com", "branch_manager", "20-3"])
    summary = bring("users", path)
    assert counts(summary) == (0, 1, 0, 0)
    assert set(summary.changed[0].changed) == {"role", "branch"}
    [after] = stored(User)
    assert (after.password_hash, after.language, after.name) == (before.password_hash, "ru", before.name)
    assert summary.notices == []
    told = [
        one for entry in stored(Entry) for one in entry.changes if one["model"] == "User" and one["verb"] == "changed"
    ]
    assert told[0]["attributes"]["role"] == ["analyst", "branch_manager"]
