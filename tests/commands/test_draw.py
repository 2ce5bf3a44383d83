"""The draw: the same for ever, honouring every chance, blind to order; and the chances that campaigns learn."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select, update

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import selecting
from survey_app.models import Campaign, Invitation
from survey_app.models.campaign import USED
from survey_app.outreach.rules import Rules
from survey_app.queries import sampling
from survey_app.queries.sampling import Counts, Known, Plan, place_in_draw, responses
from survey_app.transaction import transaction
from tests.commands.acting import SURVEY
from tests.commands.asking import asks, customer, visit
from tests.support.factories import setting

KEYS = [f"bank-2026-{number}" for number in range(20_000)]


def places(salt: str) -> np.ndarray:
    return np.array([place_in_draw(salt, key) for key in KEYS])


@pytest.mark.parametrize("chance", [0.01, 0.1, 0.3, 0.5, 0.9])
def test_every_chance_is_honoured_within_binomial_bounds(chance: float) -> None:
    drawn = int((places("a secret") < chance).sum())
    spread = math.sqrt(len(KEYS) * chance * (1 - chance))
    assert abs(drawn - len(KEYS) * chance) < 4 * spread


def test_places_are_even_and_two_campaigns_draw_independently() -> None:
    one, other = places("a secret"), places("another")
    counts, _edges = np.histogram(one, bins=20, range=(0, 1))
    # Chi-square of 19 degrees: 43.8 is passed once in a thousand.
    assert float(((counts - 1000) ** 2 / 1000).sum()) < 43.8
    assert abs(float(np.corrcoef(one, other)[0, 1])) < 4 / math.sqrt(len(KEYS))
    assert one.min() > 0
    assert one.max() < 1


def test_a_place_is_the_same_for_ever() -> None:
    # Reckoned by hand from HMAC-SHA256: another number would draw other customers than last month's.
    assert place_in_draw("salt", "key") == pytest.approx(0.584541118544, abs=1e-12)
    assert place_in_draw("salt", "key2") != place_in_draw("salt", "key")


def known(cells: dict[tuple[int, str], Counts]) -> Known:
    return Known(cells, 28, 20, {None: 1.0}, 0)


def test_response_is_learned_from_what_was_seen() -> None:
    cells = {
        (1, "loan"): Counts(100, ripe=1000, ripe_answers=300),
        (1, "teller"): Counts(100, ripe=1000, ripe_answers=100),
        (2, "loan"): Counts(100),
    }
    overall, found = responses(known(cells), 0.15)
    assert overall == pytest.approx((400 + 50 * 0.15) / 2050)
    assert found[1, "loan"] == pytest.approx(0.3, abs=0.01)
    assert found[1, "teller"] == pytest.approx(0.1, abs=0.01)
    # A branch never asked before takes what its reason is like elsewhere.
    assert found[2, "loan"] == pytest.approx(0.3, abs=0.02)
    assert responses(known({}), 0.2)[0] == pytest.approx(0.2)


def test_nobody_ever_answering_is_no_proof() -> None:
    _overall, found = responses(known({(1, "loan"): Counts(10, ripe=10_000)}), 0.15)
    assert 0 < found[1, "loan"] < 0.01


def test_a_reason_not_seen_before_is_drawn_like_the_branch_s_most_asked() -> None:
    plan = Plan(0, {(1, "loan"): 0.4, (1, "card"): 0.2, (2, "loan"): 0.1}, {}, 0.15, 0.05, known({}))
    assert plan.chance(1, "new") == 0.4
    assert plan.chance(9, "loan") == 0.05


@pytest.mark.usefixtures("frozen_clock", "any_database")
def test_a_campaign_that_is_behind_asks_more() -> None:
    with setting() as make:
        make.questionnaire(SURVEY)
        branch = make.branch(code="101", region=None)
        asks(make, base_rate=0.01, expected_response=0.5, opens=clock.today() - timedelta(days=60))
        for number in range(200):
            at = clock.now() - timedelta(days=1 + number * 26 / 200)
            visit(make, customer(make, f"c{number}"), branch, key=f"k{number}", at=at)

    def chance() -> float:
        with db.reading() as session:
            campaign = session.scalars(select(Campaign).where(Campaign.code == "autumn")).one()
            return sampling.plan(session, campaign, Rules.load(campaign.rules)).chance(branch.id, "loan")

    behind = chance()
    selecting.select_all()
    with transaction(Actor.system("test"), "test") as session:
        session.execute(update(Invitation).where(Invitation.interaction_id.is_not(None)).values(state=USED))
    assert chance() < behind
