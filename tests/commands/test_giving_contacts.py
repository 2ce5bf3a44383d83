"""Contacts that give: planned, approved by another, given to who agreed and within the cap; who left; newcomers."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import giving_contacts, giving_out, letters
from survey_app.commands.giving_contacts import Wanted
from survey_app.commands.imports import HANDLERS
from survey_app.commands.imports.engine import run_import
from survey_app.commands.imports.report import Summary
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.models import (
    Customer,
    Departure,
    Gift,
    GivingContact,
    Interaction,
    Invitation,
    Letter,
    OfferConsent,
    Organisation,
)
from survey_app.permissions import Scope
from survey_app.queries import giving_contacts as queries
from survey_app.queries import loyalty
from survey_app.transaction import transaction
from tests.commands.cases.world import World
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

TODAY = date(2026, 11, 17)
WORDS = {"he": "כל העמלות מופיעות במסך אחד באפליקציה.", "en": "All fees stand on one screen of the app."}


@pytest.fixture
def world(any_database: db.Database, frozen_clock: FrozenClock) -> World:
    made = World.made()
    with setting() as make:
        made.user(make, "management", "management")
    return made


def did(act: Any, *arguments: Any, **more: Any) -> Any:
    with transaction(Actor.system("test"), "giving_contact.test") as session:
        return act(session, *arguments, **more)


def wanted(**more: Any) -> Wanted:
    return Wanted(**{"kind": "tip", "title": "עמלות", "planned_on": TODAY, "words": WORDS, **more})


def planned(world: World, **more: Any) -> GivingContact:
    made: GivingContact = did(giving_contacts.plan, world.users["service"], giving_contacts.new_key(), wanted(**more))
    return made


def approved(world: World, **more: Any) -> int:
    made = planned(world, **more)
    did(giving_contacts.approve, made.id, world.users["management"], made.revision)
    return made.id


def stored(contact_id: int) -> GivingContact:
    with db.reading() as session:
        return session.get_one(GivingContact, contact_id)


def customer(world: World, ref: str, *, agreed: bool = True, tenure: str = "", **contact: str) -> int:
    """A customer who came yesterday."""
    with setting() as make:
        row = Customer(ref=ref, language="en", updated_at=clock.now(), **({"phone": f"+97250{ref}"} | contact))
        make.session.add(row)
        make.session.flush()
        at = clock.now() - timedelta(days=1)
        make.session.add(
            Interaction(key=ref, customer_id=row.id, branch_id=world.branch.id, at=at, received_at=at, tenure=tenure)
        )
        if agreed:
            make.session.add(OfferConsent(customer_id=row.id, given_on=TODAY - timedelta(days=30)))
        return row.id


def given() -> list[int | None]:
    with db.reading() as session:
        return list(session.scalars(select(Gift.customer_id).order_by(Gift.customer_id)))


def test_only_who_agreed_and_can_be_reached_gets_it_once(world: World, frozen_clock: FrozenClock) -> None:
    good = customer(world, "1000001")
    mailed = customer(world, "1000002", phone="", email="x@example.com")
    customer(world, "1000003", agreed=False)
    customer(world, "1000004", phone="")
    troubled = customer(world, "1000005")
    world.opened("a", customer_id=troubled)
    gone = customer(world, "1000006")
    refused = customer(world, "1000007")
    with setting() as make:
        make.session.add(Departure(key="d", customer_id=gone, branch_id=world.branch.id, month="2026-10"))
    did(giving_contacts.withdraw, refused, TODAY)
    contact = planned(world)
    with db.reading() as session:
        audience = queries.audience(session, contact)
    assert (audience.given, audience.left_out) == (
        2, {"no_consent": 2, "no_contact": 1, "departed": 1, "open_case": 1},
    )  # fmt: skip
    assert giving_out.hourly() == 0, "nothing is given that nobody approved"
    did(giving_contacts.approve, contact.id, world.users["management"], contact.revision)
    assert giving_out.hourly() == 2
    assert giving_out.hourly() == 0
    assert giving_out.give(contact.id) == 0
    assert given() == [good, mailed]
    assert stored(contact.id).state == "sent"
    with db.reading() as session:
        letters = session.scalars(select(Letter).where(Letter.kind == "gift").order_by(Letter.id)).all()
    assert [(one.channel, one.language, one.values["text"]) for one in letters] == [
        ("sms", "en", WORDS["en"]), ("email", "en", WORDS["en"]),
    ]  # fmt: skip


def test_what_waits_for_its_hours_does_not_leave_once_the_consent_is_taken_back(
    world: World, frozen_clock: FrozenClock
) -> None:
    still, refuses = customer(world, "1000021"), customer(world, "1000022")
    frozen_clock.move_to(clock.start_of(TODAY) + timedelta(hours=23))
    approved(world)
    assert giving_out.hourly() == 2
    frozen_clock.move_to(clock.now() + timedelta(hours=11))
    did(giving_contacts.withdraw, refuses, clock.today())
    taken = [did(letters.lease), did(letters.lease)]
    assert [one.key.rpartition(":")[2] if one else None for one in taken] == [str(still), None]
    with db.reading() as session:
        (other,) = session.scalars(select(Letter).where(Letter.state == "cancelled"))
    assert (other.address, other.error, "text" in other.values) == ("", "withdrawn", False)


def test_the_cap_holds_between_contacts(world: World, frozen_clock: FrozenClock) -> None:
    one = customer(world, "1000011")
    first, second = approved(world), approved(world, title="עוד אחד")
    assert giving_out.hourly() == 1, "of two contacts of a day one is given"
    assert (stored(first).state, stored(second).state) == ("sent", "sent")
    frozen_clock.move_to(clock.now() + timedelta(days=59))
    approved(world, planned_on=clock.today())
    assert giving_out.hourly() == 0
    frozen_clock.move_to(clock.now() + timedelta(days=1))
    approved(world, planned_on=clock.today())
    assert giving_out.hourly() == 1
    assert given() == [one, one]


def test_for_one_branch_and_one_band(world: World) -> None:
    customer(world, "1000021", tenure="0-1")
    old = customer(world, "1000022", tenure="10+")
    with setting() as make:
        other = make.branch(code="102", region=None)
    approved(world, branch_id=other.id)
    assert giving_out.hourly() == 0
    approved(world, branch_id=world.branch.id, tenure="10+")
    assert giving_out.hourly() == 1
    assert given() == [old]


def test_somebody_else_approves_and_a_change_needs_it_again(world: World) -> None:
    contact = planned(world)
    with pytest.raises(Forbidden):
        did(giving_contacts.approve, contact.id, world.users["service"], contact.revision)
    with pytest.raises(Conflict):
        did(giving_contacts.approve, contact.id, world.users["management"], 7)
    did(giving_contacts.approve, contact.id, world.users["management"], contact.revision)
    did(giving_contacts.approve, contact.id, world.users["management"], contact.revision)
    changed = did(
        giving_contacts.change, contact.id, world.users["management"], wanted(title="אחר"), contact.revision + 1
    )
    assert (changed.state, changed.approved_by_id) == ("planned", None)
    with pytest.raises(Forbidden):
        did(giving_contacts.approve, contact.id, world.users["management"], changed.revision)
    did(giving_contacts.cancel, contact.id)
    did(giving_contacts.cancel, contact.id)
    with pytest.raises(Conflict):
        did(giving_contacts.change, contact.id, world.users["service"], wanted(), stored(contact.id).revision)
    with pytest.raises(NotFound):
        did(giving_contacts.cancel, 99)


def test_only_a_benefit_advertises_and_says_so(world: World) -> None:
    customer(world, "1000031")
    advertising = {"he": "הטבה מיוחדת: הנחה בעמלות", "en": "A special discount"}
    with pytest.raises(UserError) as refused:
        planned(world, words=advertising)
    assert {name for name, _why in refused.value.places} == {"words_he", "words_en"}
    benefit = planned(world, kind="benefit", words=advertising)
    with pytest.raises(UserError, match=r"telephone|טלפון"):
        did(giving_contacts.approve, benefit.id, world.users["management"], benefit.revision)
    with setting() as make:
        make.session.get_one(Organisation, 1).details = {"telephone": "03-0000000"}
    did(giving_contacts.approve, benefit.id, world.users["management"], benefit.revision)
    assert giving_out.hourly() == 1
    with db.reading() as session:
        text = session.scalars(select(Letter).where(Letter.kind == "gift")).one().values["text"]
    assert text == "Advertisement: A special discount\nTo stop: 03-0000000"


def test_what_cannot_be_planned(world: World) -> None:
    with pytest.raises(UserError) as refused:
        planned(world, kind="x", title="", planned_on=TODAY - timedelta(days=1), words={"en": "{x}"}, branch_id=99)
    assert {name for name, _why in refused.value.places} == {
        "kind", "title", "planned_on", "words_he", "words_en", "branch",
    }  # fmt: skip
    key = giving_contacts.new_key()
    twice = {did(giving_contacts.plan, world.users["service"], key, wanted()).id for _time in range(2)}
    assert len(twice) == 1


def bring(kind: str, folder: Path, text: str) -> Summary:
    path = folder / f"{kind}.csv"
    path.write_text(text, encoding="utf-8")
    return run_import(HANDLERS[kind], path, actor=Actor.system("test"))


def test_consents_come_by_file_and_a_refusal_is_not_undone(world: World, tmp_path: Path) -> None:
    one = customer(world, "1000041", agreed=False)
    text = "customer,given_on,withdrawn_on\n1000041,01/03/2026,15/10/2026\nC-0,01/03/2026,\n1000041,01/03/2027,\n"
    summary = bring("consents", tmp_path, text)
    assert (summary.counts["added"], [found.row for found in summary.refused]) == (1, [3, 4])
    older = bring("consents", tmp_path, "customer,given_on\n1000041,01/04/2026\n")
    assert older.counts["unchanged"] == 1
    with db.reading() as session:
        assert session.get_one(OfferConsent, one).withdrawn_on == date(2026, 10, 15)
    newer = bring("consents", tmp_path, "customer,given_on\n1000041,01/11/2026\n")
    assert newer.counts["changed"] == 1
    with db.reading() as session:
        assert session.get_one(OfferConsent, one).withdrawn_on is None


def test_departures_come_once_and_tenure_only_where_approved(world: World, tmp_path: Path) -> None:
    one = customer(world, "1000051")
    text = "key,month,branch,tenure,customer\nD1,2026-10,101,5-10,1000051\nD2,2027-01,101,,\nD3,2026-09,999,,\n"
    summary = bring("departures", tmp_path, text)
    assert (summary.counts["added"], [found.row for found in summary.refused]) == (1, [3, 4])
    assert summary.notices, "what was left out is said"
    with db.reading() as session:
        kept = session.scalars(select(Departure)).one()
    assert (kept.customer_id, kept.tenure, kept.month) == (one, "", "2026-10")
    again = bring("departures", tmp_path, "key,month,branch,tenure,customer\nD1,2026-09,101,,1000051\n")
    assert again.counts["changed"] == 1


def test_balance_counts_gifts_and_failures_of_what_the_reader_sees(world: World) -> None:
    with setting() as make:
        other = make.branch(code="102", region=None)
        make.session.add(
            GivingContact(
                key="k",
                kind="tip",
                title="x",
                planned_on=date(2026, 10, 5),
                state="sent",
                created_by_id=world.id("service"),
                created_at=clock.now(),
            )
        )
        make.session.flush()
        contact = make.session.scalars(select(GivingContact)).one()
        for branch in (world.branch, other, other):
            make.session.add(Gift(contact_id=contact.id, branch_id=branch.id, given_on=date(2026, 10, 5)))
    with clock.moved_to(clock.start_of(date(2026, 10, 8))):
        world.opened("a")
        world.opened("b", phone="+972500000082")
    with db.reading() as session:
        everything = loyalty.balances(session, Scope(), "2026-10")
        own = loyalty.balances(session, Scope("branch", branch_id=world.branch.id), "2026-10")
        retention = loyalty.retention(session, "2026-10")
    assert [(row.branch.code, row.balance.given, row.balance.failures, row.balance.ratio) for row in everything] == [
        ("101", 1, 2, 0.5), ("102", 2, 0, None),
    ]  # fmt: skip
    assert [row.branch.code for row in own] == ["101"]
    assert (retention.departures, retention.giving, retention.difference) == (0, None, None)


def test_newcomers_are_compared_only_where_tenure_is_approved(world: World) -> None:
    with setting() as make:
        version = make.questionnaire("post_visit_branch")
        make.campaign("post_visit_branch", opens=date(2026, 1, 1))
        bands = ["0-1"] * 12 + ["5-10"] * 15
        ids = make.responses(
            version=version, branch=world.branch, visited_on=date(2026, 11, 2), state="counted",
            answers=[{"pv1": 5 if place < 11 or place > 20 else 2, "pv8": 10} for place in range(len(bands))],
            context={"link": "personal", "no_branch": False, "today": "2026-11-02"},
        )  # fmt: skip
        campaign = make.session.scalars(select(Invitation.campaign_id)).first() or 1
        for place, (band, response_id) in enumerate(zip(bands, ids, strict=True)):
            visit = Interaction(
                key=f"v{place}", branch_id=world.branch.id, at=clock.now(), received_at=clock.now(), tenure=band
            )
            make.session.add(visit)
            make.session.flush()
            make.session.add(
                Invitation(
                    campaign_id=campaign,
                    token=f"t{place}",
                    response_id=response_id,
                    branch_id=world.branch.id,
                    visited_on=date(2026, 11, 2),
                    language="he",
                    interaction_id=visit.id,
                    created_at=clock.now(),
                    expires_at=clock.now(),
                    state="used",
                )
            )
    with db.reading() as session:
        assert not loyalty.compared(session, Scope(), "2026-11").approved
    with setting() as make:
        make.session.get_one(Organisation, 1).outreach = {"approved_fields": ["tenure"]}
    with db.reading() as session:
        found = loyalty.compared(session, Scope(), "2026-11")
    satisfied = found.measures["csat"]
    assert satisfied.new is not None
    assert satisfied.existing is not None
    assert satisfied.difference is not None
    assert (satisfied.new.n, satisfied.existing.n) == (12, 15)
    assert satisfied.difference.low > 0, "newcomers are better off"
    assert [(one.name, one.new) for one in found.bands] == [("0-1", True), ("5-10", False)]
