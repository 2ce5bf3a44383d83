"""The rule of teams, and the bonus statement: a weighed score against a target, and never a rank."""

from __future__ import annotations

from typing import Any

import pytest

from reports import bonus
from reports.certificate import Certificate, document
from reports.recognition import team_chance
from translations import speaking


def test_a_team_s_chance_is_the_posterior_s_share_above_the_target() -> None:
    # v = .75·.25/100 = .001875, times .5; the root is 3.062 points, and 4 points above are 1.306 of it: Φ = .9043.
    assert team_chance(84, 50, 75, 100, 80) == pytest.approx(0.9043, abs=0.0005)
    assert team_chance(80, 50, 75, 100, 80) == pytest.approx(0.5)
    assert team_chance(84, 50, 75, 400, 80) > team_chance(84, 50, 75, 100, 80)
    assert (team_chance(84, 0, 75, 100, 80), team_chance(79, 50, 100, 100, 80)) == (1.0, 0.0)


@pytest.mark.parametrize("wrong", [(84, 50, 75, 0, 80), (101, 50, 75, 10, 80), (84, -1, 75, 10, 80)])
def test_the_impossible_is_refused(wrong: tuple[float, float, float, int, float]) -> None:
    with pytest.raises(ValueError, match="percent"):
        team_chance(*wrong)


def agent(code: str, n: int, shrunken: float | None, why: str | None = None) -> dict[str, Any]:
    surveys = {"n": n, "csat": 80.0, "shrunken": shrunken, "low": 70.0, "high": 90.0, "why": why}
    return {"code": code, "name": f"=שם {code}", "branch_name": "נצרת", "surveys": surveys}


def data(*agents: dict[str, Any]) -> dict[str, Any]:
    policy = {"agent_target": 80.0, "agent_surveys": 30}
    minimums = {"surveys": 10}
    return {"month": "2026-10", "agents": list(agents), "settings": {"policy": policy, "minimums": minimums}}


def test_a_statement_needs_its_base_and_compares_nobody() -> None:
    found = bonus.statements(
        data(
            agent("3", 40, 79.9),
            agent("1", 30, 80.0),
            agent("2", 29, 99.0),
            agent("4", 4, None, "few_responses"),
            agent("5", 54, None, "consecutive"),
        ),
        {"1": bonus.Quiz("2026-10-01", 85.0, True)},
    )
    assert [(one.code, one.said, one.gap) for one in found] == [
        ("1", "reached", 0.0), ("2", "no_base", 19.0), ("3", "not_reached", -0.1), ("4", "no_base", None),
        ("5", "hidden", None),
    ]  # fmt: skip
    assert "few" not in str(bonus.STATEMENTS["hidden"][0])  # 54 answers are not too few
    assert found[3].csat is None
    assert found[3].why
    table = bonus.table(found, "2026-10", with_quiz=True)
    assert not {"rank", "place", "median"} & {column.code for column in table.columns}
    assert table.column("quiz") == (85.0, None, None, None, None)
    assert "quiz" not in {column.code for column in bonus.table(found, "2026-10", with_quiz=False).columns}


@pytest.mark.parametrize("language", ["he", "en", "ar", "ru"])
def test_a_certificate_says_whom_for_what_and_by_whom(language: str) -> None:
    with speaking(language):
        given = document(
            Certificate(
                "בנק", "2026-10", "דנה", "נצרת", {"n": 62, "target": 80.0}, "תודה\nרבה", "he", "כל\nהכבוד", "הנהלה"
            )
        )
        team = document(Certificate("בנק", "2026-10", "", "נצרת"))
    assert given["quote"] == "תודה רבה"
    assert "62" in given["sentences"][1]
    assert "דנה" in given["name"]
    assert "נצרת" in team["name"]
    assert (len(team["sentences"]), team["quoted"], team["words"]) == (1, "", "")
    assert given["rtl"] is (language in ("he", "ar"))
