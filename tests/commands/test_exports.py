"""Responses out: which leave, what stays behind, what the trail keeps; on both databases."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from survey_app import db
from survey_app.audit import Actor
from survey_app.commands import exports, questionnaires, responses
from survey_app.commands.exports import begin
from survey_app.errors import NotFound, UserError
from survey_app.models import Branch, Entry, Response
from survey_app.permissions import Scope
from survey_app.queries.exports import Wish
from survey_app.transaction import transaction
from tests.commands.acting import PULSE, SHOP, SINCE, SURVEY, shop_answers
from tests.commands.shelling import Run, run
from tests.forms.samples import asked, document, question
from tests.support.clocks import FrozenClock
from tests.support.factories import Make, setting

__all__ = ["run"]

OCTOBER, NOVEMBER = date(2026, 10, 5), date(2026, 11, 5)
ANALYST = Actor("user", "user:7", None)
Rows = list[dict[str, str]]


def rows_of(code: str, wish: Wish | None = None, scope: Scope | None = None) -> Rows:
    """The CSV that leaves."""
    with closing(begin(code, "csv", wish or Wish(), actor=ANALYST, scope=scope or Scope())) as outgoing:
        content = b"".join(outgoing.pieces)
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def answer(make: Make, code: str, branch: Branch, answers: Iterable[dict[str, Any]], day: date = OCTOBER) -> list[str]:
    """Counted responses."""
    version = make.questionnaire(code)
    make.campaign(code, opens=SINCE)
    return make.responses(
        version=version,
        branch=branch,
        visited_on=day,
        state="counted",
        answers=list(answers),
        context={"link": "personal", "scenario": {"has_appointment": True, "has_account": True}},
    )


@pytest.fixture
def bank(any_database: db.Database, frozen_clock: FrozenClock) -> list[str]:
    """Two regions, a branch each and one without; surveys of October and November."""
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
        north, south = make.region(name="צפון"), make.region(name="דרום")
        branches = [make.branch(code=code, region=region) for code, region in (("101", north), ("102", south))]
        make.branch(code="103", region=None)
        found = answer(make, SURVEY, branches[0], [{"pv1": 5, "pv9": "תודה"}, {"pv1": "dk"}, {"pv1": 1, "pv10": "no"}])
        return found + answer(make, SURVEY, branches[1], [{"pv1": 4}], NOVEMBER)


# ---- confidential responses


def test_a_confidential_response_leaves_with_its_id(bank: list[str]) -> None:
    rows = rows_of(SURVEY)
    assert [row["response_id"] for row in rows] == sorted(bank)
    row = next(row for row in rows if row["response_id"] == bank[0])
    assert (row["branch"], row["branch_name"], row["region"]) == ("101", "סניף 101", "צפון")
    assert (row["month"], row["occurred_on"], row["state"], row["language"]) == (
        *("2026-10", "2026-10-05", "counted", "he"),
    )
    assert (row["pv1"], row["weight"]) == ("5", "1.0")
    assert "pv9" not in row, "words only where they are asked for"
    assert not any("phone" in name for name in row)


def test_words_leave_with_the_right(bank: list[str]) -> None:
    row = next(row for row in rows_of(SURVEY, Wish(texts=True)) if row["response_id"] == bank[0])
    assert row["pv9"] == "תודה"


@pytest.mark.parametrize(
    ("wish", "count"),
    [
        ({"since": "2026-11"}, 1),
        ({"until": "2026-10"}, 3),
        ({"since": "2026-10", "until": "2026-11"}, 4),
        ({"states": frozenset({"excluded"})}, 1),
        ({"states": frozenset({"excluded", "counted"})}, 4),
    ],
)
def test_a_wish_is_kept(bank: list[str], wish: dict[str, Any], count: int) -> None:
    if "states" in wish:
        with transaction(Actor.system("test"), "response.exclude") as session:
            responses.exclude(session, bank[0], "בדיקה")
    assert len(rows_of(SURVEY, Wish(**wish))) == count


def test_branches_regions_and_the_reader_s_scope_are_kept(bank: list[str]) -> None:
    with db.reading() as session:
        ids = dict(session.execute(select(Branch.code, Branch.id)).all())
        regions = dict(session.execute(select(Branch.code, Branch.region_id)).all())
    assert len(rows_of(SURVEY, Wish(branches=frozenset({ids["102"]})))) == 1
    assert len(rows_of(SURVEY, Wish(regions=frozenset({regions["101"]})))) == 3
    assert len(rows_of(SURVEY, scope=Scope("branch", branch_id=ids["102"]))) == 1
    assert len(rows_of(SURVEY, scope=Scope("region", region_id=regions["101"]))) == 3
    with pytest.raises(UserError):
        rows_of(SURVEY, Wish(branches=frozenset({ids["102"]})), Scope("branch", branch_id=ids["101"]))


def test_a_shop_is_asked_by_its_scenario(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    with setting() as make:
        branch = make.branch(code="101", region=None)
        answer(make, SHOP, branch, [shop_answers("2026-10-05", A1="no", A1_comment="שלט כבוי")])
    (row,) = rows_of(SHOP, Wish(texts=True))
    assert (row["A1"], row["A1_comment"], row["B3"], row["visit_date"]) == ("no", "שלט כבוי", "4", "2026-10-05")


def test_the_trail_keeps_numbers_and_references(bank: list[str]) -> None:
    rows_of(SURVEY, Wish(texts=True, since="2026-10"))
    with db.reading() as session:
        entry = session.scalars(select(Entry).order_by(Entry.id.desc()).limit(1)).one()
    assert entry.act == "responses.export"
    assert entry.details["questionnaire"] == SURVEY
    assert (entry.details["responses"], entry.details["form"], entry.details["words"]) == (4, "csv", True)
    assert "תודה" not in json.dumps([entry.details, entry.changes], ensure_ascii=False)


def test_what_cannot_leave_is_said_and_not_recorded(bank: list[str]) -> None:
    with db.reading() as session:
        before = session.scalar(select(func.count()).select_from(Entry))
    for code, error in ((PULSE, NotFound), (SURVEY, UserError)):
        with pytest.raises(error):
            rows_of(code, Wish(since="2027-01"))
    with setting() as make:
        questionnaires.bring_in(make.session, document(asked(question("q", "int")), code="only_draft"), publish=False)
    with pytest.raises(NotFound):
        rows_of("only_draft")
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Entry)) == (before or 0) + 1, "the draft's own"


def test_a_file_that_nobody_takes_to_the_end_leaves_nothing(bank: list[str], tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for form in ("csv", "xlsx", "sav", "jsonl", "codebook"):
        outgoing = begin(SURVEY, form, Wish(), actor=ANALYST, scope=Scope())
        next(outgoing.pieces)
        outgoing.close()
        assert list(tmp_path.glob("responses-*")) == [], form


def test_a_file_is_read_in_a_fixed_number_of_statements(bank: list[str], counting_queries: Any) -> None:
    with counting_queries() as few:
        rows_of(SURVEY, Wish(texts=True))
    with setting() as make:
        answer(make, SURVEY, make.branch(code="200", region=None), [{"pv1": 3}] * 60)
    with counting_queries() as many:
        assert len(rows_of(SURVEY, Wish(texts=True))) == 64
    assert len(many) == len(few)


# ---- anonymous responses


@pytest.fixture
def staff(any_database: db.Database, frozen_clock: FrozenClock) -> dict[str, int]:
    """Employees' answers of October: a large branch, two small ones of one region, a lone small one of another."""
    sizes = {"201": 20, "202": 5, "203": 4, "204": 3}
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
        north, south = make.region(name="צפון"), make.region(name="דרום")
        for code, count in sizes.items():
            branch = make.branch(code=code, region=south if code == "204" else north)
            given = [{"ep1": 1 + number % 5, "ep10": f"מילים {code}-{number}"} for number in range(count)]
            answer(make, PULSE, branch, given)
            answer(make, PULSE, branch, [{"ep1": 1}] * 10, NOVEMBER)
    return sizes


def test_nobody_stands_in_a_small_group(staff: dict[str, int]) -> None:
    rows = rows_of(PULSE)
    told = Counter((row["region"], row["branch"]) for row in rows)
    assert told == {("צפון", "201"): 20, ("צפון", ""): 9}, "the lone small branch is left out"
    assert {row["month"] for row in rows} == {"2026-10"}, "an open month is not watched"


def test_nothing_leads_back_to_an_anonymous_response(staff: dict[str, int]) -> None:
    rows = rows_of(PULSE, Wish(texts=True))
    columns = {"questionnaire", "month", "branch", "branch_name", "region"}
    assert not {"response_id", "version", "occurred_on", "agent", "language", "channel", "state", "weight"} & set(
        rows[0]
    )
    assert columns <= set(rows[0])
    with db.reading() as session:
        ids = session.scalars(select(Response.id)).all()
    assert not any(one in json.dumps(rows) for one in ids)


def test_free_text_needs_a_larger_group(staff: dict[str, int]) -> None:
    rows = rows_of(PULSE, Wish(texts=True))
    words = {row["branch"]: bool(row["ep10"]) for row in rows}
    assert words == {"201": True, "": False}


def test_no_choice_of_filters_singles_out_a_small_branch(staff: dict[str, int]) -> None:
    with db.reading() as session:
        ids = dict(session.execute(select(Branch.code, Branch.id)).all())
        regions = dict(session.execute(select(Branch.code, Branch.region_id)).all())
    assert len(rows_of(PULSE, Wish(branches=frozenset({ids["201"], ids["202"]})))) == 20
    assert len(rows_of(PULSE, Wish(regions=frozenset({regions["202"]})))) == 29
    for wish in (Wish(branches=frozenset({ids["202"]})), Wish(regions=frozenset({regions["204"]}))):
        with pytest.raises(UserError):
            rows_of(PULSE, wish)
    assert len(rows_of(PULSE, Wish(states=frozenset({"counted", "excluded", "voided"})))) == 29
    assert len(rows_of(PULSE, scope=Scope("branch", branch_id=ids["201"]))) == 20


def test_the_order_is_drawn_anew(staff: dict[str, int]) -> None:
    orders = {tuple(row["ep1"] for row in rows_of(PULSE)) for _ in range(4)}
    assert len(orders) > 1


def test_weights_leave_only_where_many_share_each(staff: dict[str, int]) -> None:
    with transaction(Actor.system("test"), "test.weigh") as session:
        october = session.scalars(select(Response).where(Response.month == "2026-10")).all()
        for place, response in enumerate(october):
            response.weight = 1.0 if place % 2 else 2.0
    assert {row["weight"] for row in rows_of(PULSE)} == {"1.0", "2.0"}
    with transaction(Actor.system("test"), "test.weigh") as session:
        session.get_one(Response, october[0].id).weight = 3.25
    assert "weight" not in rows_of(PULSE)[0]


# ---- the command line


def test_the_command_writes_a_whole_file_or_none(run: Run, tmp_path: Path) -> None:
    with setting() as make:
        answer(make, SURVEY, make.branch(code="101", region=make.region(name="צפון")), [{"pv1": 5}, {"pv1": 2}])
    out = tmp_path / "out.csv"
    done = run("export", "responses", SURVEY, "--out", out, "--branch", "101", "--region", "צפון")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "Responses: 2" in done.stderr
    assert out.read_text(encoding="utf-8-sig").count("\n") == 3
    assert run("export", "responses", SURVEY).stdout.count("\n") == 3
    before = out.read_bytes()
    for wrong in (
        ("nothing",),
        (SURVEY, "--from", "2026-13"),
        (SURVEY, "--branch", "999"),
        (SURVEY, "--region", "מערב"),
        (SURVEY, "--until", "2020-01"),
    ):
        refused = run("export", "responses", *wrong, "--out", out)
        assert (refused.exit_code, refused.stdout) == (2, ""), wrong
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_an_export_can_be_prepared_without_leaving(bank: list[str]) -> None:
    with db.reading() as session:
        export = exports.prepare(session, SURVEY, Wish(), Scope())
        assert (export.count, export.withheld) == (4, 0)
