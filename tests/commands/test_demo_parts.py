"""The demo bank's parts, without a database: its plan, its batches."""

from __future__ import annotations

from survey_app.demo import storing
from survey_app.demo.planning import plan
from tests.support.truth import TODAY, simulate


def test_another_seed_gives_another_bank() -> None:
    one, two = simulate(8, 3, 1), simulate(8, 3, 2)
    assert one.truth.service.tolist() != two.truth.service.tolist()
    assert one.bank.agents[0].name != two.bank.agents[0].name


def test_codes_and_names_stay_apart_in_a_large_bank() -> None:
    bank = plan(500, 2, 1, TODAY)
    codes = [branch.code for branch in (*bank.branches, *bank.units)]
    assert len(set(codes)) == len(codes)
    assert len({branch.name for branch in bank.branches}) == 500
    assert len(bank.agents) == 5 * 500


def test_batches_leave_nothing_out() -> None:
    assert [len(batch) for batch in storing.batches(range(1001))] == [500, 500, 1]
    assert [one for batch in storing.batches(range(7), 3) for one in batch] == list(range(7))
