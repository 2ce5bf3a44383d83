"""Customers whom Dana served: asked, unhappy, called back, asked again; and who carries what is sent to them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import afterwards, recovery_survey
from survey_app.models import (
    Case,
    Customer,
    Invitation,
    Letter,
    LowSignal,
    Message,
)
from survey_app.outgoing.carrier import Outgoing, Sent
from survey_app.transaction import transaction
from tests.commands.acting import by_token, sent
from tests.commands.cases.world import World, at
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

#: 2 of 5, a problem that nobody handled, and a promise that was not kept.
LOW = {"pv1": 2, "pv8": 3, "pv10": "not_handled", "pv11": "not_yet"}
VISITED = date(2026, 11, 15)
PHONE, MAIL = "+972541234567", "ruth@example.com"


class Post:
    """A carrier that takes everything, and keeps what it was given."""

    idempotent = False

    def __init__(self) -> None:
        self.given: list[Outgoing] = []

    def send(self, message: Outgoing) -> Sent:
        self.given.append(message)
        return Sent()

    def close(self) -> None:
        """Nothing is open."""


def invited(world: World, token: str = "abc", **contact: Any) -> str:  # noqa: S107 - the address of a test
    """A customer whom Dana served is asked by text message."""
    with setting() as make:
        customer = Customer(ref=f"C-{token}", name="רות", updated_at=clock.now(),
                            **{"phone": PHONE, "email": "", **contact})  # fmt: skip
        make.session.add(customer)
        campaign = make.campaign("post_visit_branch", opens=date(2026, 1, 1))
        asked = make.invitation(campaign=campaign, branch=world.branch, visited_on=VISITED, agent=world.dana)
        make.session.flush()
        asked.token, asked.customer_id, asked.channel = token, customer.id, "sms"
    return token


def wished(token: str, answers: dict[str, Any], **wish: Any) -> str:
    """The survey is sent, and on the page of thanks a call back is asked for."""
    response = sent(by_token(token), answers)
    with transaction(Actor.respondent(), "response.afterwards") as session:
        afterwards.add(session, response.id, {"pv_callback": True, "pv_callback_recipient": "served", **wish})
    return response.id


def only_case() -> Case:
    with db.reading() as session:
        return session.scalars(select(Case)).one()


def signals() -> dict[str, int]:
    with db.reading() as session:
        return {one.trigger: one.n for one in session.scalars(select(LowSignal)) if one.n}


def hourly() -> None:
    recovery_survey.hourly()


def told() -> list[str]:
    """Kinds of the letters to customers, in order."""
    with db.reading() as session:
        return list(session.scalars(select(Letter.kind).where(Letter.user_id.is_(None)).order_by(Letter.id)))


def recovery_token() -> str:
    with db.reading() as session:
        return session.scalars(select(Invitation.token).join(Case, Case.invitation_id == Invitation.id)).one()


def survey_left(moment_after: timedelta = timedelta(minutes=1)) -> None:
    """The message of the recovery survey leaves."""
    with setting() as make:
        message = make.session.scalars(
            select(Message).join(Case, Case.invitation_id == Message.invitation_id).order_by(Message.id.desc())
        ).first()
        assert message is not None
        message.state, message.sent_at = "sent", clock.now() + moment_after


def surveyed(frozen_clock: FrozenClock) -> World:
    """A bank with both surveys published, on a Tuesday morning at nine."""
    frozen_clock.move_to(at("2026-11-17"))
    world = World.made()
    with setting() as make:
        for code in ("post_visit_branch", "recovery_follow_up"):
            make.questionnaire(code)
            make.campaign(code, opens=date(2026, 1, 1))
    return world
