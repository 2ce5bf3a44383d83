"""A signed month is computed again from its stored inputs, and says whether anything is not as it was signed."""

from __future__ import annotations

import json
import zlib

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from survey_app import db
from survey_app.audit import Actor
from survey_app.commands import organisation, reviews
from survey_app.errors import Conflict, NotFound
from survey_app.models import MonthlyReview, SignedInputs, User
from survey_app.models.review import SIGNED
from survey_app.queries import computing
from survey_app.queries.signed import Rerun, rerun
from survey_app.transaction import transaction
from tests.commands.shelling import Run, run
from tests.commands.signing import MONTH, answer, boss, sign
from tests.support.factories import setting
from translations import speaking

__all__ = ["boss", "run"]


def again(month: str = MONTH) -> Rerun:
    """The month computed again."""
    with db.reading() as session:
        return rerun(session, month)


def ready(month: str = MONTH) -> computing.Ready:
    """The month as it stands, computed before anybody signs it."""
    with db.reading() as session:
        return computing.ready(session, month, SIGNED)


def signed_with(user: User, prepared: computing.Ready) -> str:
    with transaction(Actor.user(user), "review.sign", month=MONTH) as session:
        return reviews.sign(session, user, MONTH, prepared).numbers


def test_what_is_written_while_a_month_is_computed_is_computed_again_before_the_lock(boss: User) -> None:
    made: list[computing.Ready] = []

    def make(session: Session) -> computing.Ready:
        made.append(computing.ready(session, MONTH, SIGNED))
        if len(made) == 1:
            answer(12)
        return made[-1]

    found = computing.settled(make)
    assert [found is one for one in made] == [False, True]
    assert signed_with(boss, found) == found.numbers != made[0].numbers


@pytest.mark.parametrize("language", ["he", "en"])
def test_whatever_comes_later_the_stored_inputs_give_the_same_bytes(boss: User, language: str) -> None:
    with speaking(language):
        sign(boss)
    answer(12)
    with transaction(Actor.user(boss), "organisation.policy") as session:
        organisation.change(session, policy={"service_weight": 0.9})
    with speaking("ru"):
        found = again()
    assert found.same
    assert set(found.files) >= {"report.json", "ranking.csv", "regions.csv", "agents.csv"}
    assert all(len(was) == 64 for was, _now in found.files.values())


def test_another_number_in_the_inputs_is_found(boss: User) -> None:
    sign(boss)
    with setting() as make:
        stored = make.session.get_one(SignedInputs, MONTH)
        text = zlib.decompress(stored.inputs).decode()
        assert "1001.0" in text
        stored.inputs = zlib.compress(text.replace("1001.0", "1009.0").encode())
    found = again()
    assert not found.same
    assert not found.inputs_whole
    was, now = found.files["report.json"]
    assert was != now


def test_another_number_in_what_was_signed_is_found(boss: User) -> None:
    sign(boss)
    with setting() as make:
        signed = make.session.get_one(MonthlyReview, MONTH)
        make.session.execute(update(MonthlyReview).values(numbers=signed.numbers.replace("0", "1", 1)))
    found = again()
    assert (found.same, found.numbers_whole, found.inputs_whole) == (False, False, True)


def test_what_cannot_be_computed_again_says_why(boss: User) -> None:
    with pytest.raises(NotFound):
        again()
    sign(boss)
    with setting() as make:
        make.session.get_one(SignedInputs, MONTH).inputs = b"no zlib"
    with pytest.raises(Conflict):
        again()
    with setting() as make:
        make.session.execute(delete(SignedInputs))
    with pytest.raises(Conflict) as refused:
        again()
    assert MONTH in str(refused.value)


def test_what_was_computed_before_the_transaction_is_signed_while_it_is_good(
    boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = ready()
    with monkeypatch.context() as patch:
        patch.delattr(computing, "month_input")  # nothing is read again under the lock
        numbers = signed_with(boss, prepared)
    assert numbers == prepared.report.json
    assert again().same


def test_what_was_computed_before_the_transaction_is_not_signed_when_something_came(boss: User) -> None:
    prepared = ready()
    answer(12, value=5)
    numbers = signed_with(boss, prepared)
    assert numbers != prepared.report.json
    assert (
        json.loads(numbers)["organisation"]["surveys"]["n"] == prepared.report.data["organisation"]["surveys"]["n"] + 12
    )
    assert again().same


def test_another_month_s_report_is_not_signed(boss: User) -> None:
    numbers = signed_with(boss, ready("2026-11"))
    assert json.loads(numbers)["month"] == MONTH


def test_by_the_command_line(boss: User, run: Run) -> None:
    assert run("review", "rerun", MONTH).exit_code == 2
    sign(boss)
    done = run("review", "rerun", MONTH)
    assert done.exit_code == 0, done.output
    assert {line[0] for line in done.stdout.splitlines()[:-1]} == {"="}
    with setting() as make:
        stored = make.session.get_one(SignedInputs, MONTH)
        make.session.execute(update(SignedInputs).values(tables={**stored.tables, "ranking": "0" * 64}))
    done = run("review", "rerun", MONTH)
    assert done.exit_code == 1
    assert "≠ ranking.csv" in done.stdout
