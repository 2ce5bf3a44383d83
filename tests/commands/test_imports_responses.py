"""Responses from another system: scored as if given here, known again by their id, corrected with the facts right."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from forms.questionnaire import library
from reports.facts import Fact
from survey_app.commands import facts, responses
from survey_app.db import Database, reading
from survey_app.models import NO_AGENT, AgentFact, Answer, BranchFact, Line, Response
from survey_app.models.response import COUNTED, EXCLUDED, VOIDED
from tests.commands.importing import bring, counts, number_of, places, reasons, stored, table, workbook
from tests.support.clocks import FrozenClock
from tests.support.factories import setting
from translations import speaking

FIXED = ["response_id", "questionnaire", "branch", "agent", "occurred_on", "language", "channel", "weight"]
SURVEY, SHOP, PULSE = "post_visit_branch", "branch_mystery_visit", "employee_pulse"
HEADER = [*FIXED, "pv1", "pv7", "pv8", "pv9"]
ITEMS = [question.code for question in library.load(SHOP).scored_questions]


@pytest.fixture(autouse=True)
def world(database: Database, frozen_clock: FrozenClock) -> None:
    """Two branches, one of them closed since; an agent; three published questionnaires. Today is in November 2026."""
    with setting() as make:
        region = make.region(name="מרחב צפון")
        first = make.branch(code="1", region=region)
        make.branch(code="2", region=None, opened=date(2020, 1, 1), closed=date(2026, 10, 10))
        make.agent(code="A-1", branch=first, since=date(2020, 1, 1))
        for code in (SURVEY, SHOP, PULSE):
            make.questionnaire(code)


def survey(id_: str, *answers: object, branch: str = "1", agent: str = "", day: str = "14/10/2026") -> list[object]:
    return [id_, SURVEY, branch, agent, day, "he", "sms", "", *answers]


def fact(line: str, branch_id: int = 1, month: str = "2026-10") -> Fact:
    """The fact of a line as it stands."""
    with reading() as session:
        rows = session.execute(
            select(BranchFact.n, BranchFact.total, BranchFact.squares)
            .join(Line, Line.id == BranchFact.line_id)
            .where(Line.code == line, BranchFact.branch_id == branch_id, BranchFact.month == month)
        ).all()
    return Fact.sum(Fact(*row) for row in rows)


def differences() -> list[Any]:
    """Where facts are not what the scores say."""
    with reading() as session:
        return [one for month in facts.months_with_facts(session) for one in facts.check(session, month)]


def test_responses_are_scored_and_counted(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "r.csv",
        HEADER,
        survey("R1", "5", "7", "10", "שירות מצוין", agent="A-1"),
        survey("R2", "2", "dk", "6", ""),
        survey("R3", "מרוצה", "4.0", "8", "", day="2026-10-03"),
    )
    assert counts(bring("responses", path)) == (3, 0, 0, 0)
    assert fact(f"{SURVEY}:csat:1") == Fact.of([10000, 0, 10000])
    assert fact(f"{SURVEY}:nps:1") == Fact.of([10000, -10000, 0])
    assert fact(f"{SURVEY}:ease:1") == Fact.of([10000, 5000])
    first = next(one for one in stored(Response) if one.external_id == f"{SURVEY}:R1")
    assert (first.state, first.kind, first.channel, first.weight) == (COUNTED, "customer_survey", "sms", 1.0)
    assert (first.visited_on, first.month, first.region_id) == (date(2026, 10, 14), "2026-10", 1)
    assert first.import_run_id == 1
    words = {one.question: one.words for one in stored(Answer, Answer.response_id == first.id)}
    assert words["pv9"] == "שירות מצוין"
    assert number_of(AgentFact) == 3
    assert differences() == []


def test_twice_is_once_and_a_change_is_a_correction(tmp_path: Path) -> None:
    rows = [survey("R1", "5", "7", "10", "טוב", agent="A-1"), survey("R2", "2", "", "6", "")]
    bring("responses", table(tmp_path, "a.csv", HEADER, *rows))
    assert counts(bring("responses", table(tmp_path, "b.csv", HEADER, *rows))) == (0, 0, 2, 0)
    ids = {one.external_id: one.id for one in stored(Response)}
    rows[1] = survey("R2", "4", "", "9", "תודה", day="01/09/2026")
    summary = bring("responses", table(tmp_path, "c.csv", HEADER, *rows))
    assert counts(summary) == (0, 1, 1, 0)
    assert set(summary.changed[0].changed) == {"occurred_on", "pv1", "pv8", "pv9"}
    assert {one.external_id: one.id for one in stored(Response)} == ids
    assert fact(f"{SURVEY}:csat:1") == Fact.of([10000])
    assert fact(f"{SURVEY}:nps:1", month="2026-09") == Fact.of([10000])
    assert differences() == []


def test_an_excluded_response_stays_out_when_it_is_corrected(tmp_path: Path) -> None:
    bring("responses", table(tmp_path, "a.csv", HEADER, survey("R1", "5", "", "", "")))
    with setting() as make:
        responses.exclude(make.session, stored(Response)[0].id, "בדיקה")
    assert counts(bring("responses", table(tmp_path, "b.csv", HEADER, survey("R1", "1", "", "", "")))) == (0, 1, 0, 0)
    assert stored(Response)[0].state == EXCLUDED
    assert number_of(BranchFact) == 0
    assert differences() == []


def test_what_is_out_of_place_is_refused_with_row_and_column(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "r.csv",
        [*HEADER, "A1", "colour"],
        survey("R1", "6", "7", "11", "", "", ""),
        survey("R2", "0", "", "", "", branch="9"),
        survey("R3", "5", "", "", "", agent="nobody"),
        survey("R4", "5", "", "", "", day="18/11/2026"),
        survey("R5", "5", "", "", "", branch="2", day="10/10/2026"),
        survey("R6", "5", "", "", "", branch="2", day="31/12/2019"),
        survey("R7", "", "", "", ""),
        survey("R8", "5", "", "", "", "1"),
        ["R9", "unknown", "1", "", "14/10/2026", "", "", "", "5"],
        ["R10", SURVEY, "1", "", "14/10/2026", "", "", "0", "5"],
        survey("R11", "5", "", "", "", branch="2", day="09/10/2026"),
        survey("R11", "4", "", "", "", branch="2", day="09/10/2026"),
    )
    with speaking("en"):
        summary = bring("responses", path)
    assert places(summary) == [
        (2, "pv1"),
        (2, "pv8"),
        (3, "branch"),
        (3, "pv1"),
        (4, "agent"),
        (5, "occurred_on"),
        (6, "branch"),
        (7, "branch"),
        (8, None),
        (9, "A1"),
        (10, "questionnaire"),
        (11, "weight"),
        (13, None),
    ]
    said = [message for _row, _column, message in reasons(summary)]
    assert said[0] == "Choose one of the answers listed. (\u20686\u2069)"
    assert said[10] == "There is no published questionnaire \u2068unknown\u2069."
    assert summary.notices == ["These columns are not known and were left out: colour."]
    assert counts(summary) == (1, 0, 0, 11)
    # Nothing of a refused row was written.
    assert (number_of(Response), number_of(Answer)) == (1, 1)
    mended = tmp_path / "r.refused.csv"
    text = mended.read_text("utf-8-sig").replace(",6,7,11,", ",5,7,10,")
    mended.write_text(text, "utf-8")
    # The mended row is added, and the second R11 now corrects the first.
    assert counts(bring("responses", mended)) == (1, 1, 0, 9)


def test_answers_off_the_path_are_refused(tmp_path: Path) -> None:
    """A telephone number without the consent to call back must not come in by file either."""
    header = [*FIXED, "pv1", "pv_callback", "callback_phone"]
    path = table(tmp_path, "r.csv", header, survey("R1", "2", "לא", "050-2345678"), survey("R2", "2", "לא", ""))
    summary = bring("responses", path)
    assert counts(summary) == (1, 0, 0, 1)
    assert places(summary) == [(2, "callback_phone")]
    assert [one.question for one in stored(Answer)] == ["pv1"]


def shop(id_: str, answers: dict[str, str], comment: str = "") -> list[object]:
    return [id_, SHOP, "1", "A-1", "02/10/2026", "he", "", "", *(answers.get(code, "yes") for code in ITEMS), comment]


def best() -> dict[str, str]:
    """The answer to each item that earns all of its points."""
    found = {}
    for question in library.load(SHOP).scored_questions:
        scores = {str(one.value): one.score for one in question.options if one.score is not None}
        found[question.code] = max(scores, key=lambda value: scores[value]) if scores else "0"
    return found


def test_a_shop_by_file_counts_as_approved_and_belongs_to_the_branch(tmp_path: Path) -> None:
    header = [*FIXED, *ITEMS, f"{ITEMS[0]}_comment"]
    path = table(tmp_path, "s.csv", header, shop("S1", best(), "השלט היה מואר"), shop("S2", best() | {"E3": "na"}))
    assert counts(bring("responses", path)) == (2, 0, 0, 0)
    assert fact(f"{SHOP}:total:1") == Fact.of([10000, 10000])
    assert fact(f"{SHOP}:critical:1") == Fact.of([0, 0])
    # The file is the authority on what did not apply: an item it answers counts, whatever the scenario was.
    assert fact(f"{SHOP}:item.E3:1") == Fact.of([10000])
    assert {one.agent_id for one in stored(Response)} == {NO_AGENT}
    assert {one.state for one in stored(Response)} == {COUNTED}
    comments = stored(Answer, Answer.question == f"{ITEMS[0]}_comment")
    assert [one.words for one in comments] == ["השלט היה מואר"]
    assert counts(bring("responses", path)) == (0, 0, 2, 0)
    assert differences() == []


def test_a_voided_shop_counts_nowhere_until_it_is_corrected(tmp_path: Path) -> None:
    [voiding] = [question.code for question in library.load(SHOP).questions if question.voids]
    header = [*FIXED, *ITEMS, voiding]
    bring("responses", table(tmp_path, "a.csv", header, shop("S1", best(), "כן")))
    assert stored(Response)[0].state == VOIDED
    assert number_of(BranchFact) == 0
    bring("responses", table(tmp_path, "b.csv", header, shop("S1", best(), "")))
    assert stored(Response)[0].state == COUNTED
    assert fact(f"{SHOP}:total:1") == Fact.of([10000])
    bring("responses", table(tmp_path, "c.csv", header, shop("S1", best(), "כן")))
    assert stored(Response)[0].state == VOIDED
    assert number_of(BranchFact) == 0
    assert differences() == []


def test_an_anonymous_response_leads_back_to_nobody(tmp_path: Path) -> None:
    first = library.load(PULSE).sections[0].questions[0]
    value = first.options[0].value
    path = table(tmp_path, "p.csv", [*FIXED, first.code], ["P1", PULSE, "1", "A-1", "14/10/2026", "he", "", "", value])
    assert counts(bring("responses", path)) == (1, 0, 0, 0)
    [one] = stored(Response)
    assert (one.visited_on, one.submitted_at, one.agent_id, one.month) == (None, None, NO_AGENT, "2026-10")
    assert one.external_id is not None
    assert "P1" not in one.external_id
    assert counts(bring("responses", path)) == (0, 0, 1, 0)


def test_a_workbook_of_two_questionnaires(tmp_path: Path) -> None:
    header = [*FIXED, "pv1", "pv8", *ITEMS]
    survey_row = ["R1", SURVEY, 1, "A-1", date(2026, 10, 14), "he", "", 1.5, 5, 10]
    shop_row = ["S1", SHOP, 1, "", date(2026, 10, 2), "", "", "", "", "", *(best()[code] for code in ITEMS)]
    path = workbook(tmp_path, "r.xlsx", [header, survey_row, shop_row])
    assert counts(bring("responses", path)) == (2, 0, 0, 0)
    assert {one.weight for one in stored(Response)} == {1.5, 1.0}


def test_a_trial_run_leaves_nothing(tmp_path: Path) -> None:
    path = table(tmp_path, "r.csv", HEADER, survey("R1", "5", "", "", ""), survey("R2", "9", "", "", ""))
    assert counts(bring("responses", path, dry_run=True)) == (1, 0, 0, 1)
    assert (number_of(Response), number_of(BranchFact), number_of(Line)) == (0, 0, 0)
    assert counts(bring("responses", path)) == (1, 0, 0, 1)
