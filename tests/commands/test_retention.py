"""What is kept for how long: contact, words, files and days go, what was counted stays; nothing goes too early."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import responses, retention
from survey_app.models import (
    Answer,
    ContactEvent,
    Customer,
    Entry,
    Exclusion,
    Interaction,
    Invitation,
    Message,
    Response,
    Score,
)
from survey_app.models.outreach import DEALT_WITH
from survey_app.queries.organisation import organisation
from survey_app.transaction import transaction
from tests.commands.acting import PULSE, SINCE, SURVEY, branch_facts, by_token, closing_night, differences, send, sent
from tests.commands.shelling import Run, run
from tests.conventions.tree import ROOT
from tests.support.clocks import MOMENT, FrozenClock
from tests.support.factories import setting

__all__ = ["run"]
VISITED = date(2026, 11, 10)
WORDS = "השירות היה איטי מאוד"
PHONE = "+972500000001"


class Bank:
    """One branch, two customers who were asked and one who was not; one of them answered with words and a telephone."""

    def __init__(self) -> None:
        with setting() as make:
            make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
            branch = make.branch(code="101", region=None)
            make.questionnaire(SURVEY)
            campaign = make.campaign(SURVEY, opens=SINCE)
            session, now = make.session, clock.now()
            self.tokens = []
            for number, asked in enumerate((True, True, False)):
                customer = Customer(ref=f"C{number}", name="לקוח", phone=PHONE, email="c@example.com", updated_at=now)
                session.add(customer)
                session.flush()
                visit = Interaction(
                    key=f"k{number}", customer_id=customer.id, branch_id=branch.id, at=now, received_at=now,
                    state=DEALT_WITH, tenure="5-9", age_band="30-39",
                )  # fmt: skip
                session.add(visit)
                session.flush()
                if asked:
                    made = make.invitation(campaign=campaign, branch=branch, visited_on=VISITED)
                    made.customer_id, made.interaction_id = customer.id, visit.id
                    session.add(
                        Message(
                            key=f"m{number}", campaign_id=campaign.id, invitation_id=made.id, channel="sms",
                            address=PHONE, language="he", state="sent", send_after=now, expires_at=now, created_at=now,
                            sent_at=now, provider_ref=f"p{number}",
                        )
                    )  # fmt: skip
                    session.add(ContactEvent(invitation_id=made.id, at=now, channel="sms", code="3.19"))
                    self.tokens.append(made.token)
            session.add(Exclusion(reason="open_case", address="ref:C0", since=now, until=VISITED + timedelta(days=20)))
            session.add(Exclusion(reason="employee", address="ref:C9", since=now, until=None))
        self.response = sent(by_token(self.tokens[0]), {"pv1": 1, "pv12": WORDS}).id


def rows(model: Any) -> list[Any]:
    with db.reading() as session:
        return list(session.scalars(select(model).order_by(*model.__table__.primary_key.columns)))


@pytest.fixture
def bank(any_database: db.Database, frozen_clock: FrozenClock) -> Bank:
    return Bank()


def later(frozen_clock: FrozenClock, days: int) -> dict[str, int]:
    """The nightly act so many days on; what it cleared."""
    frozen_clock.move_to(MOMENT + timedelta(days=days))
    done = {name: count for name, count in retention.clear().items() if count}
    assert not any(retention.clear().values()), "a second time there is nothing left to do"
    return done


def test_nothing_goes_before_its_time(bank: Bank, frozen_clock: FrozenClock) -> None:
    assert later(frozen_clock, 10) == {}
    assert later(frozen_clock, 59) == {"exclusions": 1}
    assert [one.reason for one in rows(Exclusion)] == ["employee"], "an open end stays"


def test_whoever_was_not_asked_is_forgotten_first(bank: Bank, frozen_clock: FrozenClock) -> None:
    done = later(frozen_clock, 61)
    assert done == {"visits": 1, "customers": 1, "exclusions": 1}
    assert [(one.ref, one.name, one.phone, one.email) for one in rows(Customer)][2] == (None, "", "", "")
    assert [one.ref for one in rows(Customer)] == ["C0", "C1", None]
    unasked = rows(Interaction)[2]
    assert (unasked.customer_id, unasked.tenure, unasked.age_band, unasked.key) == (None, "", "", "k2")
    assert rows(Interaction)[0].tenure == "5-9"


def test_contact_goes_when_the_policy_says_so(bank: Bank, frozen_clock: FrozenClock) -> None:
    later(frozen_clock, 61)
    done = later(frozen_clock, 366)
    assert done == {"visits": 2, "invitations": 2, "messages": 2, "customers": 2}
    assert {(one.ref, one.phone, one.email, one.name) for one in rows(Customer)} == {(None, "", "", "")}
    assert {one.customer_id for one in rows(Invitation)} == {None}
    assert {(one.address, one.provider_ref) for one in rows(Message)} == {("", None)}
    assert [one.words for one in rows(Answer) if one.words] == [WORDS], "words are kept longer"
    trail = str([entry.changes for entry in rows(Entry)])
    assert PHONE not in trail
    assert {entry.details["rule"] for entry in rows(Entry) if entry.act == "retention.clear"} >= {"customers", "visits"}


def test_a_customer_who_came_again_stays(bank: Bank, frozen_clock: FrozenClock) -> None:
    frozen_clock.move_to(MOMENT + timedelta(days=300))
    with setting() as make:
        customer = make.session.get(Customer, 3)
        customer.updated_at = clock.now()
        make.session.add(Interaction(key="again", customer_id=3, branch_id=1, at=clock.now(), received_at=clock.now()))
    later(frozen_clock, 366)
    assert [one.ref for one in rows(Customer)] == [None, None, "C2"]


def test_nobody_is_asked_twice_because_contact_was_cleared(bank: Bank, frozen_clock: FrozenClock) -> None:
    """Contact outlives the time in which a customer is not to be asked again, whatever the shorter number says."""
    with setting() as make:
        organisation(make.session).outreach = {"contact_days": 30, "cap_days": 120}
    assert "invitations" not in later(frozen_clock, 100)
    assert later(frozen_clock, 121)["invitations"] == 2


def test_after_years_words_and_days_go_and_the_numbers_stay(bank: Bank, frozen_clock: FrozenClock) -> None:
    with db.reading() as session:
        before = branch_facts(session, "question.pv1")
    scores = [(one.response_id, one.line_id, one.value) for one in rows(Score)]
    old_tokens = set(bank.tokens)
    assert later(frozen_clock, 1096)["responses"] == 1
    (response,) = rows(Response)
    assert (response.visited_on, response.submitted_at, response.month) == (None, None, "2026-11")
    assert [(one.question, one.value, one.words) for one in rows(Answer)] == [("pv1", 1, None)]
    assert [(one.response_id, one.line_id, one.value) for one in rows(Score)] == scores
    with db.reading() as session:
        assert branch_facts(session, "question.pv1") == before
    assert differences() == []
    used = next(one for one in rows(Invitation) if one.response_id == bank.response)
    assert used.token not in old_tokens
    assert (used.opened_at, used.started_at, used.finished_at) == (None, None, None)


def test_an_anonymous_response_loses_its_words_when_its_month_is_so_old(
    any_database: db.Database, frozen_clock: FrozenClock
) -> None:
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        branch = make.branch(code="101", region=None)
        make.questionnaire(PULSE)
        token = make.invitation(campaign=make.campaign(PULSE, opens=SINCE), branch=branch, visited_on=VISITED).token
    send(by_token(token), {"ep1": 4, "ep10": WORDS})
    closing_night()
    assert later(frozen_clock, 1090) == {}
    assert later(frozen_clock, 1130) == {"responses": 1}
    assert [one.question for one in rows(Answer)] == ["ep1"]
    assert differences() == []


def test_erasing_a_response_lets_its_customer_go_with_the_last_tie(bank: Bank, frozen_clock: FrozenClock) -> None:
    with transaction(Actor.system("test"), "response.erase") as session:
        responses.erase(session, bank.response)
    assert [one.ref for one in rows(Customer)] == [None, "C1", "C2"]
    assert rows(Interaction)[0].customer_id is None
    assert [one.address for one in rows(Message)] == ["", PHONE]
    assert len(rows(ContactEvent)) == 1
    first = rows(Invitation)[0]
    assert first.customer_id is None
    assert first.token not in bank.tokens
    assert differences() == []


def test_the_command_says_what_would_go_and_clears_it_when_asked(
    database: db.Database, frozen_clock: FrozenClock, run: Run
) -> None:
    Bank()
    frozen_clock.move_to(MOMENT + timedelta(days=61))
    told = run("retention")
    assert "visits\t1\n" in told.stdout
    assert "--apply" in told.stderr
    assert rows(Customer)[2].ref == "C2"
    assert "customers\t1\n" in run("retention", "--apply").stdout
    assert rows(Customer)[2].ref is None
    assert set(re.findall(r"^(\w+)\t0$", run("retention").stdout, re.MULTILINE)) == {
        one.name for one in retention.RULES
    }


def test_the_document_lists_every_rule() -> None:
    text = (ROOT / "docs" / "administrators.md").read_text(encoding="utf-8")
    listed = re.findall(
        r"^\| `(\w+)` \|", text.partition("## What is kept for how long")[2].partition("\n## ")[0], re.MULTILINE
    )
    assert listed == [one.name for one in retention.RULES]
