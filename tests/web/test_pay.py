"""Pay on the screens: a shopper claims, coordination decides and closes, the shopper reads; and who may not."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from survey_app import clock, db
from survey_app.models import Assignment, Evidence, Expense, PayMonth, ShopperProfile
from tests.commands.paying import CAP, FEE, OCTOBER, World, world
from tests.commands.shelling import Run, run
from tests.support.factories import setting
from tests.support.pages import OpenContext, assert_reads_well, log_in
from tests.support.pictures_sent import PDF, picture
from tests.web.people import Person, plain

__all__ = ["run", "world"]

DAY = date(2026, 10, 20)


@pytest.fixture
def visit(world: World) -> int:
    """An approved visit of the shopper's."""
    return world.visit("approved", DAY)


@pytest.fixture
def coordinator(app: Flask, world: World) -> Person:
    """Field coordination, logged in."""
    return Person(app).log_in("coord@example.com")


@pytest.fixture
def shopper(app: Flask, world: World) -> Person:
    """The shopper, logged in."""
    return Person(app).log_in("eye@example.com")


def claimed() -> list[Expense]:
    with db.reading() as session:
        return list(session.scalars(select(Expense).order_by(Expense.claimed)))


def fresh_id(person: Person, visit: int) -> str:
    """The id that the form of a new expense was given."""
    found = re.search(
        r'id="id" name="id" type="hidden" value="([0-9a-f]{32})"', person.text(f"/shops/{visit}/expenses")
    )
    assert found
    return found[1]


def receipt(content: bytes, name: str = "receipt.jpg") -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def test_a_claim_with_its_receipt_is_kept_once_however_often_it_is_pressed(shopper: Person, visit: int) -> None:
    fields = {"id": fresh_id(shopper, visit), "sort": "taxi", "amount": "35,50", "note": ""}
    for _press in range(2):
        onward = shopper.on(f"/shops/{visit}/expenses", **fields, receipt=receipt(picture()))
    (one,) = claimed()
    assert (one.claimed, one.sort, one.state) == (3_550, "taxi", "claimed")
    assert "35.50" in shopper.words(onward)
    with db.reading() as session:
        (kept,) = session.scalars(select(Evidence))
        assert (kept.expense_id, kept.media_type) == (one.id, "image/jpeg")
    for path in (f"/shops/receipts/{kept.id}", f"/shops/receipts/{kept.id}/small"):
        answer = shopper.get(path)
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_claim_is_changed_and_taken_back_until_it_is_decided(shopper: Person, visit: int, world: World) -> None:
    expense_id = fresh_id(shopper, visit)
    shopper.on(f"/shops/{visit}/expenses", id=expense_id, sort="transit", amount="8", note="")
    page = f"/shops/{visit}/expenses?id={expense_id}"
    assert 'value="8"' in shopper.text(page)
    shopper.on(f"/shops/{visit}/expenses", page=page, id=expense_id, sort="transit", amount="16", note="הלוך וחזור")
    assert [one.claimed for one in claimed()] == [1_600]
    shopper.on(f"/shops/expenses/{expense_id}/withdraw", page=page)
    assert claimed() == []


@pytest.mark.parametrize(
    ("fields", "content", "place"),
    [
        ({"sort": "", "amount": "8"}, b"", "sort"),
        ({"sort": "taxi", "amount": "acht"}, b"", "amount"),
        ({"sort": "taxi", "amount": "0"}, b"%PDF", ""),
        ({"sort": "taxi", "amount": "8"}, b"", "receipt"),
        ({"sort": "taxi", "amount": "41"}, b"%PDF", "note"),
        ({"sort": "taxi", "amount": "8"}, b"<svg onload='alert(1)'/>", "receipt"),
        ({"sort": "taxi", "amount": "8"}, b"\xff\xd8\xff broken", "receipt"),
    ],
)
def test_what_cannot_be_claimed_is_said_beside_its_field_and_nothing_is_lost(
    shopper: Person, visit: int, fields: dict[str, str], content: bytes, place: str
) -> None:
    sent = {**fields, "id": fresh_id(shopper, visit)}
    files: dict[str, Any] = {"receipt": receipt(PDF if content == b"%PDF" else content)} if content else {}
    answer = shopper.send(f"/shops/{visit}/expenses", **sent, **files)
    assert answer.status_code == 422
    assert (f'<a href="#{place}">' if place else 'class="summary"') in answer.text
    assert "<title>שגיאה:" in answer.text
    assert f'value="{fields["amount"]}"' in answer.text
    assert claimed() == []
    with db.reading() as session:
        assert session.scalars(select(Evidence)).all() == []


def test_a_claim_without_a_receipt_says_why(shopper: Person, coordinator: Person, visit: int) -> None:
    sent = {"id": fresh_id(shopper, visit), "sort": "taxi", "amount": "20", "note": "הקבלה אבדה"}
    shopper.on(f"/shops/{visit}/expenses", **sent)
    address = f"/pay/expenses/{sent['id']}"
    refused = coordinator.send(address, granted="20", reason="", seen="claimed.0.2000")
    assert refused.status_code == 422
    assert '<a href="#reason">' in refused.text
    onward = coordinator.on(address, granted="20", reason="סביר", seen="claimed.0.2000")
    assert onward == f"/pay/expenses?said=decided&of={sent['id']}"
    said = re.search(r'<p class="note good" role="status">(.+?)</p>', coordinator.text(onward))
    assert said
    assert said[1].count("20.00") == 2
    assert [one.state for one in claimed()] == ["granted"]


def test_what_somebody_else_decided_meanwhile_is_shown_and_not_overwritten(
    coordinator: Person, world: World, visit: int
) -> None:
    expense_id = world.claim(visit, 1_000)
    world.decide(expense_id, 400, "חלק")
    answer = coordinator.send(f"/pay/expenses/{expense_id}", granted="10", reason="", seen="claimed.0.1000")
    assert answer.status_code == 409
    assert claimed()[0].granted == 400
    again = coordinator.send(f"/pay/expenses/{expense_id}", granted="99", reason="x", seen="granted.400.1000")
    assert again.status_code == 422
    assert '<a href="#granted">' in again.text


def test_a_month_is_closed_after_a_last_look_and_only_once(coordinator: Person, world: World, visit: int) -> None:
    world.claim(visit, 1_000)
    assert f"{FEE // 100}.00" in coordinator.words("/pay")
    assert plain(coordinator.text(f"/pay/{OCTOBER}/close")).count("120.00") == 1
    other = world.visit("voided", DAY)
    stale = coordinator.send(f"/pay/{OCTOBER}/close", seen=FEE)
    assert stale.status_code == 409
    assert "240.00" in plain(stale.text)
    onward = [coordinator.on(f"/pay/{OCTOBER}/close", page="/account", seen=2 * FEE) for _press in range(2)]
    assert onward == [f"/pay/{OCTOBER}?said=closed", f"/pay/{OCTOBER}?said=already"]
    for address in onward:
        coordinator.words(address)
    with db.reading() as session:
        assert session.scalars(select(PayMonth.total)).all() == [2 * FEE]
    world.change(other, state="rejected")
    words = coordinator.words("/pay/2026-11")
    assert "-120.00" in words
    assert "-120.00" in coordinator.words(f"/pay/2026-11/shoppers/{world.shopper.id}")


def test_a_later_change_of_a_payroll_number_is_told_and_moves_no_amount(
    coordinator: Person, world: World, visit: int
) -> None:
    coordinator.on(f"/pay/{OCTOBER}/close", seen=FEE)
    before = coordinator.words(f"/pay/{OCTOBER}")
    assert "SHA-256" in before
    with setting() as make:
        make.session.get_one(ShopperProfile, world.shopper.id).payroll_ref = "8002"
    after = coordinator.words(f"/pay/{OCTOBER}")
    assert "SHA-256" not in after
    assert "120.00" in after


def test_the_files_of_a_month(coordinator: Person, visit: int) -> None:
    answer = coordinator.get(f"/pay/{OCTOBER}/files/payroll")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert f"pay-{OCTOBER}-payroll.csv" in answer.headers["Content-Disposition"]
    assert answer.data.startswith(b"\xef\xbb\xbfmonth,payroll_number")
    assert b",1,120.00,0.00,0.00,120.00\r\n" in answer.data
    lines = coordinator.get(f"/pay/{OCTOBER}/files/lines").data.decode("utf-8-sig").splitlines()
    assert lines[0] == "month,payroll_number,name,visit,day,branch_code,branch,sort,amount,note"
    assert ",120.00," in lines[1]
    assert coordinator.get(f"/pay/{OCTOBER}/files/else").status_code == 404


def test_a_fee_is_changed_with_a_reason(coordinator: Person, world: World, visit: int) -> None:
    address = f"/pay/visits/{visit}?month={OCTOBER}"
    assert coordinator.send(address, fee="150", expense_cap="40", reason=" ").status_code == 422
    onward = coordinator.on(address, fee="150", expense_cap="40", reason="ביקור בערב")
    assert onward == f"/pay/{OCTOBER}/shoppers/{world.shopper.id}?said=priced"
    assert 'class="note good" role="status"' in coordinator.text(onward)
    assert "150.00" in coordinator.words(onward)
    nothing = coordinator.on(address, fee="0", expense_cap="40", reason="בלי שכר")
    assert nothing == f"/pay/{OCTOBER}?said=priced", "a shopper without a line in the month has no page of it"
    assert 'class="note good" role="status"' in coordinator.text(nothing)
    coordinator.on(address, fee="150", expense_cap="40", reason="ביקור בערב")
    same = coordinator.send(address, fee="150", expense_cap="40", reason="שוב")
    assert same.status_code == 422
    with db.reading() as session:
        assert session.get_one(Assignment, visit).fee == 15_000


def test_a_shopper_sees_the_own_money_and_nobody_else_s(
    app: Flask, shopper: Person, coordinator: Person, world: World, visit: int
) -> None:
    foreign = world.visit("approved", DAY, shopper=world.other)
    rejected = world.visit("rejected", DAY)
    expense_id = world.claim(foreign, 999)
    world.close(OCTOBER)
    words = shopper.words("/shops/pay")
    assert "120.00" in words
    assert "9.99" not in words
    assert "120.00" in shopper.words(f"/shops/pay/{OCTOBER}")
    assert f"/shops/{rejected}" in shopper.text("/shops/pay")
    for path in (
        f"/shops/{foreign}/expenses",
        "/shops/pay/2026-11",
        "/shops/pay/nonsense",
        "/shops/receipts/" + "0" * 32,
    ):
        assert shopper.get(path).status_code == 404, path
    assert shopper.send(f"/shops/expenses/{expense_id}/withdraw", page="/account").status_code == 404
    for path in ("/pay", f"/pay/{OCTOBER}", "/pay/expenses", f"/pay/expenses/{expense_id}", f"/pay/visits/{visit}"):
        assert shopper.get(path).status_code == 403, path
    assert coordinator.get("/shops/pay").status_code == 403
    for path in ("/pay/2025-01", "/pay/x", "/pay/expenses/unknown", "/pay/visits/999", f"/pay/{OCTOBER}/shoppers/999"):
        assert coordinator.get(path).status_code == 404, path
    assert Person(app).get("/pay").status_code == 302


def test_an_empty_beginning_says_what_comes(shopper: Person, coordinator: Person) -> None:
    for path in ("/pay", "/pay/2026-10", "/pay/expenses", "/pay/expenses?decided=1"):
        assert 'class="empty"' in coordinator.text(path), path
    assert 'class="empty"' in shopper.text("/shops/pay")


def test_the_command_line_lists_closes_and_writes(run: Run, world: World, visit: int) -> None:
    assert run("pay", "months").stdout.splitlines() == ["2026-11\topen\t0\t0.00", "2026-10\topen\t1\t120.00"]
    preview = run("pay", "export", OCTOBER)
    assert (preview.exit_code, "120.0" in preview.stdout) == (1, True)
    for who in ("nobody@example.com", "eye@example.com"):
        assert run("pay", "close", OCTOBER, "--by", who).exit_code == 2
    assert run("pay", "close", OCTOBER, "--by", "coord@example.com").stdout.startswith("2026-10\tclosed\t120.00\t")
    assert run("pay", "close", OCTOBER, "--by", "coord@example.com").exit_code == 2
    assert run("pay", "export", OCTOBER, "--file", "lines").exit_code == 0
    assert run("pay", "months").stdout.splitlines() == ["2026-11\topen\t0\t0.00", "2026-10\tclosed\t1\t120.00"]


@pytest.mark.parametrize(("language", "width"), [("he", 320), ("en", 1280)])
def test_the_screens_read_well(new_context: OpenContext, world: World, visit: int, language: str, width: int) -> None:
    world.claim(visit, CAP + 500, sort="taxi", note="מונית לסניף")
    world.visit("approved", DAY - timedelta(days=40))
    world.close("2026-09")
    with setting() as make:
        for who in (world.coordinator, world.shopper):
            make.session.merge(who).language = language
    who_sees = {
        "coord@example.com": [
            "/pay", "/pay/2026-09", "/pay/2026-10", "/pay/2026-10/close", f"/pay/2026-10/shoppers/{world.shopper.id}",
            "/pay/expenses", f"/pay/expenses/expense-{visit}-{CAP + 500}", f"/pay/visits/{visit}",
        ],
        "eye@example.com": ["/shops/pay", "/shops/pay/2026-09", f"/shops/{visit}/expenses"],
    }  # fmt: skip
    for email, paths in who_sees.items():
        page = new_context(viewport={"width": width, "height": 800}).new_page()
        log_in(page, email)
        for path in paths:
            page.goto(path)
            assert_reads_well(page)
    assert clock.today() == date(2026, 11, 17)
