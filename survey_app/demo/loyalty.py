"""What the demo bank gives, to whom, and who leaves: with effects that the page of loyalty should find again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from reports import months as calendar
from survey_app import clock
from survey_app.db import reading
from survey_app.demo import files
from survey_app.demo.bank import Bank
from survey_app.demo.storing import ACTOR, Stored, batches
from survey_app.models import (
    Customer,
    Departure,
    Gift,
    GivingContact,
    Interaction,
    Invitation,
    Line,
    OfferConsent,
    Organisation,
    Score,
)
from survey_app.permissions import Role
from survey_app.transaction import transaction

#: Tenure bands, and how often each is among customers; the first are newcomers.
BANDS: Final = {"0-1": 0.12, "1-3": 0.22, "3-10": 0.36, "10+": 0.30}
NEW: Final = "0-1"
#: Chance of being a newcomer by whether the customer is satisfied: so newcomers are about 17 points more satisfied.
NEW_OF: Final = {True: 0.17, False: 0.04, None: 0.12}
#: Share of customers with a way to be reached who agreed to contacts that give.
_AGREED: Final = 0.55
#: Share of a branch's customers who leave in three months where it gives nothing; how much less where it gives to all.
LEAVING: Final = 0.35
GENEROUS: Final = -2.5
#: What of that is left for a customer who was given something.
_OWN: Final = 0.75
_FULL: Final = 10_000
#: Months of contacts, and of them the last in which customers leave.
_GIVING_MONTHS, _LAST = 12, 3


def generosity(seed: int, branch: int) -> float:
    """To what share of its customers a branch gives."""
    return 0.05 + 0.9 * Random(f"{seed} giving {branch}").random()


def store(bank: Bank, stored: Stored) -> None:
    """Tenure of visits, consent, the calendar with its gifts, and departures."""
    with transaction(ACTOR, "demo.tenure_approved") as session:
        organisation = session.get_one(Organisation, 1)
        organisation.outreach = {**organisation.outreach, "approved_fields": ["tenure"]}
    known = _customers()
    _tenures(bank, known)
    given = _gifts(bank, stored, known)
    _departures(bank, stored, known, given)


#: (interaction, customer, place of the branch in the plan, whether satisfied; None where there is no answer, contact)
Known = tuple[int, int, int, bool | None, bool]


def _customers() -> list[Known]:
    """Every customer of the feed with one visit."""
    with reading() as session:
        satisfied: dict[int | None, int] = dict(
            session.execute(
                select(Invitation.interaction_id, Score.value)
                .join(Score, Score.response_id == Invitation.response_id)
                .join(Line, (Line.id == Score.line_id) & (Line.what == "csat"))
                .where(Invitation.interaction_id.is_not(None))
            ).all()
        )
        rows = session.execute(
            select(Interaction.id, Interaction.customer_id, Interaction.branch_id, Customer.phone, Customer.email)
            .join(Customer, Customer.id == Interaction.customer_id)
            .order_by(Interaction.id)
        ).all()
        return [
            (
                row.id,
                int(row.customer_id or 0),
                row.branch_id,
                _said(satisfied.get(row.id)),
                bool(row.phone or row.email),
            )
            for row in rows
        ]


def _said(value: int | None) -> bool | None:
    return None if value is None else value == _FULL


def _tenures(bank: Bank, known: Sequence[Known]) -> None:
    random = Random(f"{bank.seed} tenure")
    others = {band: weight for band, weight in BANDS.items() if band != NEW}
    chosen: dict[str, list[int]] = {}
    for interaction, _customer, _branch, satisfied, _contact in known:
        new = random.random() < NEW_OF[satisfied]
        band = NEW if new else random.choices(list(others), list(others.values()))[0]
        chosen.setdefault(band, []).append(interaction)
    for band, ids in chosen.items():
        for batch in batches(ids):
            with transaction(ACTOR, "demo.tenure") as session:
                session.execute(update(Interaction).where(Interaction.id.in_(batch)).values(tenure=band))


def _gifts(bank: Bank, stored: Stored, known: Sequence[Known]) -> set[int]:
    """Consent, contacts and gifts; gives the customers who were given something before the last months."""
    random = Random(f"{bank.seed} gifts")
    places = {branch.id: place for place, branch in enumerate(stored.branches)}
    agreed = [one for one in known if one[4] and random.random() < _AGREED]
    began = calendar.first_day(calendar.shift(calendar.of(bank.today), -_GIVING_MONTHS - 1))
    consents: list[dict[str, Any]] = [
        {
            "customer_id": one[1],
            "given_on": began,
            "withdrawn_on": bank.today - timedelta(days=9) if at % 40 == 7 else None,
        }
        for at, one in enumerate(agreed)
    ]
    for batch in batches(consents):
        with transaction(ACTOR, "demo.consents") as session:
            session.execute(insert(OfferConsent), batch)
    with transaction(ACTOR, "demo.contacts") as session:
        contacts = _contacts(session, bank, stored)
    gifts: list[dict[str, Any]] = []
    early: set[int] = set()
    last = calendar.first_day(calendar.shift(calendar.of(bank.today), -_LAST))
    for _interaction, customer, branch, _satisfied, _contact in agreed:
        share = generosity(bank.seed, places[branch])
        # At most every second month, as the cap wants it.
        for contact_id, day in contacts[random.randint(0, 1) :: 2]:
            if random.random() < share:
                gifts.append({"contact_id": contact_id, "customer_id": customer, "branch_id": branch, "given_on": day})
                if day < last:
                    early.add(customer)
    for batch in batches(gifts):
        with transaction(ACTOR, "demo.gifts") as session:
            session.execute(insert(Gift), batch)
    return early


def _contacts(session: Session, bank: Bank, stored: Stored) -> list[tuple[int, date]]:
    """One contact for each month behind, some that wait, one cancelled; (id, day) of those that were given."""
    texts: list[dict[str, Any]] = files.document("incidents")["contacts"]
    by, other = stored.users[Role.SERVICE_MANAGER].id, stored.users[Role.MANAGEMENT].id
    this = calendar.of(bank.today)
    given = []
    for back in range(_GIVING_MONTHS, -1, -1):
        day = calendar.first_day(calendar.shift(this, -back)) + timedelta(days=9)
        if day >= bank.today:
            continue
        text = texts[back % len(texts)]
        made = _contact(text, f"demo:{back}", day, by, state="sent", approved_by_id=other, sent_at=_noon(day))
        made.tenure = ""
        session.add(made)
        session.flush()
        given.append((made.id, day))
    coming = {
        "approved": (6, texts[0], other), "planned": (13, texts[2], None), "second": (20, texts[1], None),
        "cancelled": (10, texts[3], None),
    }  # fmt: skip
    for name, (days, text, approved_by) in coming.items():
        state = "planned" if name == "second" else name
        day = bank.today + timedelta(days=days)
        # Nothing is planned for a Friday or a Sabbath.
        day += timedelta(days={4: 2, 5: 1}.get(day.weekday(), 0))
        session.add(_contact(text, f"demo:{name}", day, by, state=state, approved_by_id=approved_by, sent_at=None))
    return given


def _contact(text: dict[str, Any], key: str, day: date, by: int, **state: Any) -> GivingContact:
    return GivingContact(
        key=key,
        kind=text["kind"],
        title=text["title"],
        words=text["words"],
        tenure=text.get("tenure", ""),
        planned_on=day,
        created_by_id=by,
        created_at=min(_noon(day - timedelta(days=12)), clock.now()),
        revision=2,
        **state,
    )


def _noon(day: date) -> Any:
    return clock.start_of(day) + timedelta(hours=12)


def long_gone(random: Random, bank: Bank, branches: Sequence[int], lately: int) -> list[dict[str, Any]]:
    """Who left before the last months, about as many each: their contact is cleared, the count stays."""
    return [
        {
            "key": None, "customer_id": None, "branch_id": random.choice(branches), "month": month,
            "tenure": random.choice(list(BANDS)),
        }
        for month in bank.months[:-_LAST]
        for _each in range(round(lately / _LAST * random.uniform(0.8, 1.2)))
    ]  # fmt: skip


def _departures(bank: Bank, stored: Stored, known: Sequence[Known], given: set[int]) -> None:
    """Customers who left in the last months: fewer where the branch gives more, fewer of those given something."""
    random = Random(f"{bank.seed} departures")
    places = {branch.id: place for place, branch in enumerate(stored.branches)}
    months = calendar.span(calendar.shift(calendar.of(bank.today), -1), _LAST)
    rows = []
    for _interaction, customer, branch, _satisfied, contact in known:
        chance = LEAVING * 2.718281828 ** (GENEROUS * generosity(bank.seed, places[branch]))
        if random.random() < chance * (_OWN if customer in given else 1.0) and contact:
            rows.append({
                "key": f"DEMO-L{customer:06d}", "customer_id": customer, "branch_id": branch,
                "month": random.choice(months), "tenure": random.choice(list(BANDS)),
            })  # fmt: skip
    rows += long_gone(random, bank, sorted({one[2] for one in known}), len(rows))
    for batch in batches(rows):
        with transaction(ACTOR, "demo.departures") as session:
            session.execute(insert(Departure), batch)
