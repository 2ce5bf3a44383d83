"""The call list: who is handed out to whom, in which order, what follows from each try, and who is never called."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import calling
from survey_app.commands.optouts import opt_out
from survey_app.errors import Conflict, UserError
from survey_app.models import ContactEvent, Customer, Exclusion, Invitation, OptOut
from survey_app.outreach import hours
from survey_app.outreach.calls import OUTCOMES
from survey_app.outreach.dispositions import DISPOSITIONS
from survey_app.outreach.policy import Outreach
from survey_app.transaction import transaction
from tests.commands.calls import called
from tests.commands.together import together
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

pytestmark = [pytest.mark.usefixtures("any_database", "frozen_clock")]
PHONES = [f"+97254100000{place}" for place in range(10)]


@pytest.fixture
def callers(any_database: db.Database) -> tuple[int, int]:
    """Two interviewers, by id."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        return tuple(make.user(email=f"{name}@bank.test", role="interviewer").id for name in "ab")  # type: ignore[return-value]


def take(user: int, *languages: str) -> int | None:
    with transaction(Actor.system("test"), "call.take") as session:
        found = calling.next_call(session, user, languages)
        return found.id if found else None


def close(number: int, user: int, key: str, again_at: datetime | None = None) -> None:
    with transaction(Actor.system("test"), "call.close") as session:
        calling.close(session, number, user, key, again_at)


def stands(number: int) -> Invitation:
    with db.reading() as session:
        return session.get_one(Invitation, number)


def codes(number: int) -> list[tuple[str, int | None]]:
    with db.reading() as session:
        query = select(ContactEvent).where(ContactEvent.invitation_id == number).order_by(ContactEvent.id)
        return [(one.code, one.user_id) for one in session.scalars(query)]


def test_every_outcome_has_a_code_of_the_standard() -> None:
    assert {one.code for one in OUTCOMES.values()} <= DISPOSITIONS.keys()


def test_promised_first_then_least_tried_then_oldest(callers: tuple[int, int]) -> None:
    now = clock.now()
    with setting() as make:
        tried = called(make, phone=PHONES[0], calls=1, created_at=now - timedelta(days=3)).id
        new = called(make, phone=PHONES[1], created_at=now - timedelta(days=1)).id
        old = called(make, phone=PHONES[2], created_at=now - timedelta(days=2)).id
        late = called(make, phone=PHONES[3], calls=3, disposition="2.36", call_after=now - timedelta(hours=1)).id
        later = called(make, phone=PHONES[4], calls=3, disposition="2.36", call_after=now - timedelta(minutes=1)).id
        called(make, phone=PHONES[5], disposition="2.36", call_after=now + timedelta(minutes=1))
    order = []
    for _turn in range(5):
        number = take(callers[0])
        assert number is not None
        order.append(number)
        close(number, callers[0], "refused")
    assert order == [late, later, old, new, tried]
    assert take(callers[0]) is None


def test_one_in_hand_is_given_again_and_to_nobody_else(callers: tuple[int, int]) -> None:
    with setting() as make:
        first = called(make, phone=PHONES[0]).id
    assert take(callers[0]) == take(callers[0]) == first
    assert take(callers[1]) is None


def test_a_hold_that_ended_comes_back_to_the_list(callers: tuple[int, int], frozen_clock: FrozenClock) -> None:
    with setting() as make:
        first = called(make, phone=PHONES[0]).id
    take(callers[0])
    frozen_clock.move_to(frozen_clock.moment + timedelta(minutes=31))
    assert take(callers[1]) == first
    with pytest.raises(Conflict), transaction(Actor.system("test"), "x") as session:
        calling.hold(session, first, callers[0])
    with pytest.raises(Conflict):
        close(first, callers[0], "refused")


def test_two_who_ask_at_once_get_two(callers: tuple[int, int]) -> None:
    with setting() as make:
        users = [*callers, *(make.user(email=f"{n}@bank.test", role="interviewer").id for n in range(4))]
        for phone in PHONES[:6]:
            called(make, phone=phone)
    found = together([lambda user=user: take(user) for user in users])  # type: ignore[misc]
    assert all(isinstance(one, int) for one in found), found
    assert len(set(map(str, found))) == len(users)


def test_two_clicks_of_one_get_one(callers: tuple[int, int]) -> None:
    with setting() as make:
        for phone in PHONES[:3]:
            called(make, phone=phone)
    found = together([lambda: take(callers[0])] * 3)
    assert len(set(map(str, found))) == 1, found


def test_only_in_the_languages_that_are_spoken(callers: tuple[int, int]) -> None:
    with setting() as make:
        called(make, phone=PHONES[0], language="ru")
        arabic = called(make, phone=PHONES[1], language="ar").id
    assert take(callers[0], "he", "ar") == arabic


def test_nobody_is_called_at_night_or_on_the_sabbath(callers: tuple[int, int], frozen_clock: FrozenClock) -> None:
    with setting() as make:
        called(make, phone=PHONES[0])
    for moment in ("2026-11-17 20:30", "2026-11-18 07:00", "2026-11-21 11:00"):
        frozen_clock.move_to(datetime.fromisoformat(moment).replace(tzinfo=clock.TIME_ZONE))
        with pytest.raises(Conflict):
            take(callers[0])


@pytest.mark.parametrize(("reason", "code"), [("opted_out", "2.111"), ("employee", "4.70")])
def test_who_must_not_be_asked_is_found_at_hand_out(callers: tuple[int, int], reason: str, code: str) -> None:
    with setting() as make:
        barred = called(make, phone=PHONES[0], created_at=clock.now() - timedelta(days=1)).id
        free = called(make, phone=PHONES[1]).id
        row = (
            OptOut(address=PHONES[0], at=clock.now(), source="file")
            if reason == "opted_out"
            else Exclusion(reason=reason, address=PHONES[0], since=clock.now())
        )
        make.session.add(row)
    assert take(callers[0]) == free
    assert (stands(barred).state, stands(barred).disposition) == ("revoked", code)
    assert codes(barred) == [(code, None)]


def test_an_open_case_waits_a_day(callers: tuple[int, int], frozen_clock: FrozenClock) -> None:
    with setting() as make:
        one = called(make, phone=PHONES[0]).id
        make.session.add(Exclusion(reason="open_case", address=PHONES[0], since=clock.now(), until=clock.today()))
    assert take(callers[0]) is None
    assert stands(one).state == "ready"
    frozen_clock.move_to(frozen_clock.moment + timedelta(days=1, minutes=1))
    assert take(callers[0]) == one


def test_a_number_that_was_cleared_is_not_handed_out(callers: tuple[int, int]) -> None:
    with setting() as make:
        one = called(make, phone=PHONES[0])
        make.session.get_one(Customer, one.customer_id).phone = ""
        number = one.id
    assert take(callers[0]) is None
    assert stands(number).disposition == "2.21"


def test_tries_pause_and_end(callers: tuple[int, int], frozen_clock: FrozenClock) -> None:
    with setting() as make:
        number = called(make, phone=PHONES[0], expires_at=clock.now() + timedelta(days=30)).id
    for attempt in range(1, 5):
        assert take(callers[0]) == number
        close(number, callers[0], "busy")
        assert stands(number).calls == attempt
        assert take(callers[0]) is None
        again = stands(number).call_after
        if attempt < 4:
            assert again is not None
            assert again >= clock.now() + timedelta(hours=20)
            assert hours.allowed(again, Outreach())
            frozen_clock.move_to(again)
    assert (stands(number).state, stands(number).disposition) == ("revoked", "3.12")
    assert codes(number) == [("3.12", callers[0])] * 4


def test_a_promise_outlives_the_tries(callers: tuple[int, int], frozen_clock: FrozenClock) -> None:
    again = frozen_clock.moment + timedelta(hours=2)
    with setting() as make:
        number = called(make, phone=PHONES[0], calls=3).id
    take(callers[0])
    close(number, callers[0], "later", again)
    assert (stands(number).state, stands(number).call_after) == ("ready", again)
    frozen_clock.move_to(again)
    assert take(callers[1]) == number


@pytest.mark.parametrize(
    "moment", ["2026-11-17 11:00", "2026-11-17 21:00", "2026-11-21 10:00", "2027-03-01 10:00"],
    ids=["past", "night", "sabbath", "after the survey"],
)  # fmt: skip
def test_a_promise_that_cannot_be_kept_is_refused(callers: tuple[int, int], moment: str) -> None:
    with setting() as make:
        number = called(make, phone=PHONES[0]).id
    take(callers[0])
    with pytest.raises(UserError) as refusal:
        close(number, callers[0], "later", datetime.fromisoformat(moment).replace(tzinfo=clock.TIME_ZONE))
    assert [place for place, _message in refusal.value.places] == ["again"]
    assert (stands(number).calls, codes(number)) == (0, [])


@pytest.mark.parametrize("key", [one.key for one in OUTCOMES.values() if one.then == "final" and one.key != "no_more"])
def test_what_is_final_ends_the_case(callers: tuple[int, int], key: str) -> None:
    with setting() as make:
        number = called(make, phone=PHONES[0]).id
    take(callers[0])
    close(number, callers[0], key)
    assert (stands(number).state, stands(number).caller_id, stands(number).call_after) == ("revoked", None, None)
    assert codes(number) == [(OUTCOMES[key].code, callers[0])]


def test_no_more_surveys_ends_every_survey_of_the_customer(callers: tuple[int, int]) -> None:
    with setting() as make:
        number = called(make, phone=PHONES[0]).id
    take(callers[0])
    close(number, callers[0], "no_more")
    assert codes(number) == [("2.111", callers[0])]
    assert stands(number).calls == 1
    with db.reading() as session:
        assert set(session.scalars(select(OptOut.address))) == {PHONES[0], f"ref:ref{PHONES[0]}"}


def test_an_opt_out_elsewhere_takes_the_call_out_of_the_hand(callers: tuple[int, int]) -> None:
    with setting() as make:
        number = called(make, phone=PHONES[0]).id
    take(callers[0])
    with setting() as make:
        opt_out(make.session, [PHONES[0]], "link")
    with pytest.raises(Conflict):
        close(number, callers[0], "later", clock.now() + timedelta(hours=1))


@pytest.mark.parametrize(
    ("column", "value"),
    [("state", "paused"), ("state", "planned"), ("state", "ended"), ("privacy", "anonymous")],
    ids=["paused", "planned", "ended", "anonymous"],
)
def test_a_campaign_that_asks_nobody_gives_no_calls(callers: tuple[int, int], column: str, value: str) -> None:
    with setting() as make:
        number = called(make, phone=PHONES[0]).id
        campaign = make.session.info["campaign"]
        setattr(campaign, column, value)
    assert take(callers[0]) is None
    assert calling.allowed(campaign) == (value != "anonymous")
    if value == "paused":  # what was promised is kept
        with setting() as make:
            make.session.get_one(Invitation, number).disposition = "2.36"
        assert take(callers[0]) == number


def test_not_now_gives_the_call_back(callers: tuple[int, int], frozen_clock: FrozenClock) -> None:
    with setting() as make:
        number = called(make, phone=PHONES[0]).id
    take(callers[0])
    with transaction(Actor.system("test"), "call.back") as session:
        calling.give_back(session, number, callers[0])
    assert take(callers[1]) is None
    frozen_clock.move_to(frozen_clock.moment + timedelta(minutes=5))
    assert take(callers[1]) == number
    assert (stands(number).calls, codes(number)) == (0, [])
