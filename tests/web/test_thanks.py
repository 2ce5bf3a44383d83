"""After sending: a call back only by consent, a line of praise, each once and within a day."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from reports.policy import Policy
from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import afterwards, facts
from survey_app.models import Answer, Branch, Customer, Entry, Invitation
from survey_app.queries import comments
from survey_app.transaction import transaction
from survey_app.web import thanking
from tests.support.clocks import FrozenClock
from tests.support.factories import setting
from tests.web.people import Person, invitation, plain

pytestmark = pytest.mark.usefixtures("frozen_clock")

UNHAPPY = {"pv1": "1", "pv8": "2"}
HAPPY = {"pv1": "5", "pv8": "10"}
_HIDDEN = re.compile(r'<input type="hidden" name="(shown|response)" value="([^"]*)"')


@pytest.fixture
def customer(app: Flask) -> Person:
    """Somebody invited by /s/abc."""
    with setting() as make:
        invitation(make, "abc")
    return Person(app, **{"Accept-Language": "he"})


def thanks(customer: Person, answers: dict[str, str]) -> str:
    customer.on("/s/abc", **answers)
    return customer.on("/s/abc/main-2", **answers)


def added() -> dict[str, Any]:
    with db.reading() as session:
        found = session.execute(select(Answer.question, Answer.value, Answer.words))
        return {
            question: value if words is None else words
            for question, value, words in found
            if question not in {"pv1", "pv8"}
        }


def test_only_the_dissatisfied_are_asked_about_a_call_back(customer: Person) -> None:
    text = customer.text(thanks(customer, HAPPY))
    assert "pv_callback" not in text
    assert 'name="pv_praise"' in text


def test_a_call_is_spoken_of_only_where_it_is_offered(customer: Person) -> None:
    here = thanks(customer, HAPPY)
    said = customer.words(f"{here}?lang=en")
    assert "What happens now: the answers are read" in said
    assert "Nobody calls" not in said
    assert "needed only" not in said


def test_what_a_call_back_needs_is_not_called_required(customer: Person) -> None:
    """Without scripts its fields stand there from the beginning, under "only if wanted"."""
    here = thanks(customer, UNHAPPY)
    said = customer.words(f"{here}?lang=en")
    assert "Nobody calls because of them, unless that is asked for here." in said
    assert "(Required)" not in said
    assert said.count("(needed only with a call back)") == 2, "who calls, and the telephone"


def test_a_call_back_needs_a_telephone(customer: Person) -> None:
    here = thanks(customer, UNHAPPY)
    assert "גורם מחוץ לסניף" in customer.words(here)
    answer = customer.send(here, pv_callback="1", pv_callback_recipient="outside")
    assert answer.status_code == 422
    assert '<a href="#callback_phone">' in answer.text
    assert "<title>שגיאה:" in answer.text
    assert added() == {}
    assert customer.on(here, pv_callback="1", pv_callback_recipient="outside", callback_phone="050-2345678")
    assert added() == {"pv_callback": True, "pv_callback_recipient": "outside", "callback_phone": "+972502345678"}
    assert "pv_callback" not in customer.text(here), "once is enough"


def test_a_call_back_names_who_reads_and_says_so_afterwards(customer: Person) -> None:
    here = thanks(customer, UNHAPPY)
    answer = customer.send(here, pv_callback="1", callback_phone="050-2345678")
    assert answer.status_code == 422
    assert '<a href="#pv_callback_recipient-0">' in answer.text, "nobody reads contact whom its owner did not choose"
    customer.on(here, pv_callback="1", pv_callback_recipient="outside", callback_phone="050-2345678")
    assert "גורם מחוץ לסניף" in customer.words(here)


def test_an_invited_customers_telephone_joins_by_the_wish_alone(app: Flask, customer: Person) -> None:
    with setting() as make:
        known = Customer(ref="c1", phone="+972502345678", updated_at=clock.now())
        make.session.add(known)
        make.session.flush()
        make.session.execute(update(Invitation).values(customer_id=known.id))
    here = thanks(customer, UNHAPPY)
    text = customer.text(here)
    assert 'name="callback_phone"' not in text, "what is known is not asked for"
    assert "2345678" not in text, "and not shown to whoever holds the address"
    customer.on(here, pv_praise="תודה")
    assert added() == {"pv_praise": "תודה"}
    customer.on(here, pv_callback="1", pv_callback_recipient="served")
    assert added() == {
        "pv_praise": "תודה", "pv_callback": True, "pv_callback_recipient": "served", "callback_phone": "+972502345678",
    }  # fmt: skip


def test_no_wish_of_the_content_brings_a_telephone(customer: Person) -> None:
    """What is not offered is passed over, whoever sends it."""
    with setting() as make:
        known = Customer(ref="c1", phone="+972502345678", updated_at=clock.now())
        make.session.add(known)
        make.session.flush()
        make.session.execute(update(Invitation).values(customer_id=known.id))
    here = thanks(customer, HAPPY)
    with transaction(Actor.respondent(), "response.afterwards") as session:
        afterwards.add(session, here.split("/")[2], {"pv_callback": True, "pv_praise": "תודה"})
    assert added() == {"pv_praise": "תודה"}


def test_without_consent_no_contact_is_stored(customer: Person) -> None:
    here = thanks(customer, UNHAPPY)
    customer.on(here, callback_phone="050-2345678", pv_callback_recipient="served", pv_praise="תודה לרונית")
    assert added() == {"pv_praise": "תודה לרונית"}
    words = customer.words(here)
    assert "גם התוספת התקבלה" in words
    assert "לרונית" not in words, "the page shows nobody what was written"


def test_no_way_in_stores_contact_without_consent(customer: Person) -> None:
    here = thanks(customer, UNHAPPY)
    given = {"callback_phone": "+972502345678", "pv_callback_recipient": "served", "pv_praise": "תודה"}
    with transaction(Actor.respondent(), "response.afterwards") as session:
        afterwards.add(session, here.split("/")[2], given)
    assert added() == {"pv_praise": "תודה"}


def test_praise_is_passed_on_and_contact_is_not(app: Flask, customer: Person) -> None:
    here = thanks(customer, UNHAPPY)
    wish = {"pv_callback": "1", "pv_callback_recipient": "management", "callback_phone": "0502345678"}
    customer.on(here, pv_praise="תודה לרונית", **wish)
    with setting() as make:
        for role in ("analyst", "privacy_officer"):
            make.user(email=f"{role}@example.com", role=role)
    shown = "/responses/" + here.split("/")[2]
    read = Person(app).log_in("analyst@example.com").words(shown)
    assert "תודה לרונית" in read
    assert "הנהלת הסניף" in read, "whom the customer lets read both"
    assert "2345678" not in read.replace("-", "")
    officer = Person(app).log_in("privacy_officer@example.com")
    assert "050-234-5678" not in officer.words(shown), "not before it is recorded that it was read"
    assert "050-234-5678" in plain(officer.send(f"{shown}/contact", page=shown).text)
    with db.reading() as session:
        (entry,) = session.scalars(select(Entry).where(Entry.act == "contact.read"))
        assert entry.details == {"response": here.split("/")[2]}
    assert Person(app).log_in("analyst@example.com").send(f"{shown}/contact", page="/responses").status_code == 403
    with db.reading() as session:
        (branch_id,) = session.scalars(select(Branch.id))
        said = comments.listed(session, [branch_id], ["2026-11"], Policy()).rows
    assert [comment.words for comment in said] == ["תודה לרונית"], "a telephone number is never among the comments"


def test_nothing_said_is_told(customer: Person) -> None:
    answer = customer.send(thanks(customer, UNHAPPY), pv_praise=" ")
    assert answer.status_code == 422
    assert "עדיין לא סומן ולא נכתב דבר." in plain(answer.text)


def test_what_is_added_moves_no_number_and_leaves_no_entry(customer: Person) -> None:
    here = thanks(customer, UNHAPPY)
    customer.on(here, pv_praise="תודה", pv_callback="1", pv_callback_recipient="served", callback_phone="0502345678")
    with db.reading() as session:
        assert not list(facts.check(session, "2026-11"))
        assert not session.scalars(select(Entry.id).where(Entry.act.startswith("response"))).all()


def test_a_second_line_changes_nothing(customer: Person) -> None:
    here = thanks(customer, HAPPY)
    customer.on(here, pv_praise="ראשונה")
    customer.client.post(here, data={"pv_praise": "שנייה"})
    assert added() == {"pv_praise": "ראשונה"}


def test_after_a_day_the_page_only_thanks(customer: Person, frozen_clock: FrozenClock) -> None:
    here = thanks(customer, UNHAPPY)
    frozen_clock.move_to(clock.now() + timedelta(days=1, minutes=1))
    assert "<form" not in customer.text(here)
    customer.client.post(here, data={"pv_praise": "מאוחר"})
    assert added() == {}


def test_the_language_changes_with_what_is_being_written(customer: Person) -> None:
    here = thanks(customer, UNHAPPY)
    answer = customer.send(here, to="en", pv_praise="תודה לרונית")
    assert '<html lang="en" dir="ltr">' in answer.text
    assert "תודה לרונית</textarea>" in answer.text
    assert added() == {}


def test_thanks_of_nobody(customer: Person, app: Flask) -> None:
    with app.test_request_context():
        unknown = thanking.address("0" * 32)
    assert customer.get(unknown).status_code == 404
    assert customer.get("/thanks/" + "0" * 32).status_code == 404
    assert customer.get("/thanks/for/nothing").status_code == 404
    with setting() as make:
        version = make.questionnaire("branch_mystery_visit")
        (shop,) = make.responses(
            version=version,
            branch=make.branch(code="200", region=None),
            visited_on=clock.today(),
            state="counted",
            answers=[{"A1": "yes"}],
            context={},
        )
    with app.test_request_context():
        shopped = thanking.address(shop)
    assert customer.get(shopped).status_code == 404


def test_an_id_read_by_staff_opens_no_thanks(customer: Person) -> None:
    """Ids of responses stand on the pages of the staff: none of them may speak in the customer's name."""
    here = thanks(customer, UNHAPPY)
    _empty, _word, response_id, secret = here.split("/")
    wish = {"pv_callback": "1", "pv_callback_recipient": "served", "callback_phone": "0502345678", "pv_praise": "זיוף"}
    for guess in (f"/thanks/{response_id}", f"/thanks/{response_id}/{response_id}", f"{here[:-1]}ש", here.upper()):
        assert customer.get(guess).status_code == 404
        assert customer.client.post(guess, data=wish).status_code == 404
    assert added() == {}
    assert secret not in customer.text(here.replace(secret, secret[::-1]), 404)


@pytest.mark.parametrize("address", ["/r/{}", "/r/{}/main-2", "/b/101"])
def test_an_id_alone_is_not_led_to_the_thanks(app: Flask, customer: Person, address: str) -> None:
    """What was sent, sent again, leads to the thanks only from a page that its sender was shown."""
    shown = dict(_HIDDEN.findall(customer.text("/b/101")))
    own = customer.on("/b/101", **shown, **UNHAPPY)
    here = customer.on(own, **UNHAPPY)
    response_id = here.split("/")[2]
    again = address.format(response_id)
    for proof in ({}, {"shown": "1.0"}, {"shown": f"{shown['shown']}0"}):
        answer = customer.client.post(again, data={"response": response_id, **UNHAPPY, **proof})
        assert answer.status_code == 409
        assert "/thanks/" not in answer.text
    answer = customer.client.post(again, data={**shown, **UNHAPPY})
    assert (answer.status_code, answer.headers["Location"]) == (303, here)
