"""What a campaign comes to before it opens: held against what selection then does, on both engines."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from reports.whole_numbers import whole
from survey_app import clock, db
from survey_app.commands import selecting
from survey_app.models import Campaign, Exclusion, Interaction, Invitation, Message, OptOut, Selection
from survey_app.outreach.rules import Rules
from survey_app.queries.preflight import Preflight, preflight
from tests.commands.acting import SURVEY
from tests.commands.asking import asks, customer, reasons, visit
from tests.support.factories import Make, setting

pytestmark = pytest.mark.usefixtures("frozen_clock", "any_database")


def foreseen(code: str = "autumn", **changes: Any) -> Preflight:
    with db.reading() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.code == code)).one()
        rules = Rules.load({**campaign.rules, **changes})
        return preflight(session, campaign, rules)


def world(make: Make, **rules: Any) -> Any:
    make.questionnaire(SURVEY)
    asks(make, **rules)
    return make.branch(code="101", region=make.region(name="צפון"))


def crowd(make: Make, branch: Any, number: int, *, prefix: str = "c", days: int = 28, **more: Any) -> None:
    """Customers whose visits are spread evenly over the days before now."""
    for place in range(number):
        at = clock.now() - timedelta(days=days * (place + 0.5) / number)
        visit(make, customer(make, f"{prefix}{place}"), branch, key=f"{prefix}{place}", at=at, **more)


def test_without_interactions_nothing_is_promised() -> None:
    with setting() as make:
        world(make)
    found = foreseen()
    assert not found.known
    assert (found.interactions, found.total.invitations, found.total.answers, found.cost) == (0, 0, 0, 0)
    assert (found.branches, found.channels, found.left_out) == ((), (), {})
    assert (found.response, found.response_from, found.share, found.share_from) == (0.15, 0, 0.5, 0)
    assert [one.day for one in found.days_without] == [date(2026, 11, day) for day in (20, 21, 27, 28)]


def test_a_small_branch_gives_all_and_a_large_one_what_it_needs() -> None:
    with setting() as make:
        small = world(make, base_rate=0.05, expected_response=0.2)
        large = make.branch(code="102", region=None)
        crowd(make, small, 28, prefix="s")
        crowd(make, large, 560, prefix="l")
    few, many = foreseen().branches
    assert (few.code, many.code) == ("101", "102")
    assert few.interactions == pytest.approx(28, rel=0.05)
    assert few.invitations == pytest.approx(few.interactions)
    assert few.answers == pytest.approx(few.interactions * 0.2 * 91 / 28)
    assert (few.base_reached, few.target_reached, few.change_seen) == (False, False, False)
    # The target and its margin: 30 + √30 answers in three months.
    assert many.answers == pytest.approx(30 + 30**0.5, rel=0.02)
    assert many.base_reached
    assert few.half_width is not None
    assert many.half_width is not None
    assert few.half_width > many.half_width > 0.1


def test_what_it_foresees_is_what_then_happens() -> None:
    with setting() as make:
        branch = world(make, reasons=("loan",), languages=("he", "ru"))
        closed = make.branch(code="103", region=None, closed=date(2026, 11, 17))
        crowd(make, branch, 40, days=10)
        crowd(make, branch, 3, prefix="other", days=10, reason="card")
        crowd(make, closed, 4, prefix="closed", days=10)
        at = clock.now() - timedelta(days=2)
        for number in range(5):
            visit(make, customer(make, f"n{number}", phone=""), branch, key=f"n{number}", at=at)
            visit(make, customer(make, f"p{number}", phone=f"+9723900123{number}"), branch, key=f"p{number}", at=at)
            visit(make, customer(make, f"a{number}", language="ar"), branch, key=f"a{number}", at=at)
        for number, (model, values) in enumerate(
            [(OptOut, {"source": "link", "at": at})]
            + [(Exclusion, {"reason": reason, "since": at}) for reason in ("employee", "open_case")]
        ):
            make.session.add(model(address=f"ref:c{number}", **values))
    # Ten days stand for 28.
    found, scale = foreseen(), 28 / foreseen().days
    selecting.select_all()
    happened = reasons()
    expected = {reason: round(count / scale) for reason, count in found.left_out.items()}
    assert expected == {reason: count for reason, count in happened.items() if reason != "invited"}
    assert round(found.total.invitations / scale) == happened["invited"]
    with db.reading() as session:
        rows = session.execute(select(Invitation.channel, func.count()).group_by(Invitation.channel))
        assert {one.channel: round(one.invitations / scale) for one in found.channels} == {
            row[0]: row[1] for row in rows
        }


def test_it_writes_nothing() -> None:
    with setting() as make:
        crowd(make, world(make), 20)
    foreseen()
    with db.reading() as session:
        for model in (Invitation, Message, Selection):
            assert session.scalar(select(func.count()).select_from(model)) == 0


def test_cost_by_channel_with_parts_reminders_and_calls() -> None:
    with setting() as make:
        branch = world(make, expected_response=0.25)
        crowd(make, branch, 28)
        for place in range(28):
            at = clock.now() - timedelta(days=place + 0.5)
            visit(make, customer(make, f"p{place}", phone=f"+97239{place:06d}"), branch, key=f"p{place}", at=at)
    found = {one.channel: one for one in foreseen().channels}
    sms, phone = found["sms"], found["phone"]
    assert sms.parts in {1, 2}
    assert sms.again == pytest.approx(sms.invitations * 0.75)
    assert sms.cost == pytest.approx((sms.invitations + sms.again) * 8 * sms.parts, rel=0.3)
    assert phone.cost == pytest.approx(phone.invitations * 4 * 900)
    assert foreseen(reminder_days=None).channels[0].again == 0


def test_limits_lower_what_is_foreseen() -> None:
    with setting() as make:
        branch = world(make)
        agent = make.agent(code="A1", branch=branch, since=date(2026, 1, 1))
        crowd(make, branch, 100, agent_id=agent.id)
    free = foreseen()
    assert free.total.invitations == pytest.approx(100, rel=0.05)
    assert foreseen(agent_quota=10).total.invitations == pytest.approx(10)
    assert foreseen(agent_quota=10).left_out["quota_full"] == pytest.approx(90, rel=0.06)
    assert foreseen(branch_quota=3).total.answers == pytest.approx(3 * 91 / 28)
    assert foreseen(daily_limit=1).total.invitations == pytest.approx(28, rel=0.1)


def test_several_visits_of_one_customer_are_one_invitation() -> None:
    with setting() as make:
        branch = world(make)
        who = customer(make, "c1")
        for number in range(4):
            visit(make, who, branch, key=f"k{number}", at=clock.now() - timedelta(days=27 - number))
    found = foreseen()
    assert found.total.invitations == pytest.approx(1, rel=0.05)
    assert found.left_out == {"capped": pytest.approx(3, rel=0.05)}


def test_another_open_campaign_is_named_and_whom_it_invited_is_reckoned_as_capped() -> None:
    with setting() as make:
        branch = world(make, reasons=("loan", "card"))
        other = asks(make, code="other", reasons=("loan", "deposit"))
        asks(make, code="elsewhere", reasons=("mortgage",))
        asks(make, code="over").closes = date(2026, 11, 2)
        crowd(make, branch, 28)
        make.session.flush()
        met = make.session.scalars(select(Interaction).order_by(Interaction.id).limit(7)).all()
        for one in met:
            sent = make.invitation(campaign=other, branch=branch, visited_on=clock.local(one.at).date())
            sent.customer_id, sent.created_at = one.customer_id, clock.now() - timedelta(hours=1)
    found = foreseen()
    (beside,) = found.beside
    assert (beside.code, beside.branches, beside.reasons, beside.invited) == ("other", 1, ("loan",), 7)
    assert found.left_out["capped"] == pytest.approx(7, rel=0.05)


@pytest.mark.parametrize("parts", [[188.4, 93.4, 81.4], [0.5, 0.5, 0.5], [3.0], [], [0.2, 0.3, 99.9]])
def test_whole_numbers_add_up(parts: list[float]) -> None:
    found = whole(parts)
    assert sum(found) == round(sum(parts))
    assert all(abs(one - part) < 1 for one, part in zip(found, parts, strict=True))
