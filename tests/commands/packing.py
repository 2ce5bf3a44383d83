"""A bank whose October goes into files, and what a test does with them."""

from __future__ import annotations

from datetime import date

import pypdfium2
import pytest

from reports import months
from survey_app import clock, contents, db
from survey_app.audit import Actor
from survey_app.commands import packs
from survey_app.models import BranchStatement, Decision, Minutes, Pack, User
from survey_app.transaction import transaction
from tests.commands.acting import SURVEY
from tests.support.factories import setting

MONTH = "2026-10"
ALL = ["pdf", "xlsx", "csv", "json"]
DECIDED, SAID, STATED = "להוסיף עמדה בבאר שבע", "דובר על התור", "הסניף שופץ באוקטובר"
People = dict[str, User]


def bank() -> People:
    """Three branches with surveys and profit in October, and a reader of each reach."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        north = make.region(name="צפון")
        version = make.questionnaire(SURVEY)
        branches = [make.branch(code=f"20{i}", region=north if i else None, name=f"סניף מספר {i}") for i in range(3)]
        for number, branch in enumerate(branches):
            for month in months.span(MONTH, 4):
                make.responses(
                    version=version, branch=branch, visited_on=months.first_day(month).replace(day=5), state="counted",
                    answers=[{"pv1": 5 if n % (number + 2) else 2, "pv10": n % 11} for n in range(40)],
                    context={"link": "personal"},
                )  # fmt: skip
                make.profit(branch=branch, month=month, revenue=1000 + number, cost=700, target=200, headcount=5)
        people = {
            "boss": make.user(email="boss@example.com", role="management"),
            "north": make.user(email="north@example.com", role="region_manager", region=north, language="en"),
            "branch": make.user(email="branch@example.com", role="branch_manager", branch=branches[0]),
            "shopper": make.user(email="shopper@example.com", role="shopper"),
        }
        now = clock.now()
        boss = people["boss"].id
        make.session.add_all(
            [
                Minutes(month=MONTH, stop="story", words=SAID, at=now, by_id=boss),
                Decision(id="d1", month=MONTH, text=DECIDED, owner_id=boss, branch_id=branches[1].id,
                         due_on=date(2026, 12, 1), created_at=now, created_by_id=boss),
                BranchStatement(month=MONTH, branch_id=branches[0].id, words=STATED, at=now, by_id=people["branch"].id),
            ]
        )  # fmt: skip
    return people


@pytest.fixture
def people(database: db.Database) -> People:
    """The bank's people."""
    return bank()


def ask(user: User, formats: list[str] | None = None, language: str = "he", month: str = MONTH) -> str:
    with transaction(Actor.user(user), "pack.ask", month=month) as session:
        return packs.ask(session, user, month, formats or ALL, language).id


def pack_of(pack_id: str) -> Pack:
    with db.reading() as session:
        return session.get_one(Pack, pack_id)


def content(pack_id: str, kind: str) -> bytes:
    return contents.store().read(pack_of(pack_id).files[kind][1])


def words(made: bytes) -> str:
    with pypdfium2.PdfDocument(made) as found:
        return "\n".join(page.get_textpage().get_text_bounded() for page in found)
