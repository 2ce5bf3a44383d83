"""Accounts: who gets one, who gets in, and what a new password ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from survey_app import db
from survey_app.commands import accounts, profile
from survey_app.errors import Conflict, UserError
from survey_app.models import User
from survey_app.permissions import Permission, Role, Scope, may, scope_of
from tests.support.factories import PASSWORD, Make, setting

pytestmark = pytest.mark.usefixtures("database", "frozen_clock")


def let_in(email: str, password: str = PASSWORD) -> User | None:
    with db.reading() as session:
        return accounts.authenticate(session, email, password)


def user(email: str = "noa@example.com", role: str = "management", **more: Any) -> User:
    with setting() as make:
        return make.user(email=email, role=role, **more)


@pytest.mark.parametrize(
    "typed", ["Noa@Example.COM", "  noa@example.com ", "NOA@EXAMPLE.COM\n", "noa@example.com"], ids=repr
)
def test_an_email_is_known_however_it_is_typed(typed: str) -> None:
    made = user(typed)
    assert made.email == "noa@example.com"
    found = let_in(typed)
    assert found is not None
    assert found.id == made.id
    with pytest.raises(Conflict):
        user(typed.upper())


@pytest.mark.parametrize("email", ["", "noa", "noa@", "@example.com", "noa@example", "no a@example.com", "a@b@c.com"])
def test_what_is_no_email_is_refused(email: str) -> None:
    with pytest.raises(UserError) as refused:
        user(email)
    assert refused.value.places[0][0] == "email"


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("noa@example.com", "wrong password"),
        ("noa@example.com", ""),
        ("noa@example.com", PASSWORD + " "),
        ("nobody@example.com", PASSWORD),
        ("", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
    ],
)
def test_who_does_not_get_in(email: str, password: str) -> None:
    user()
    assert let_in(email, password) is None


def test_the_inactive_and_those_without_a_password_do_not_get_in() -> None:
    made = user()
    with setting() as make:
        make.session.get_one(User, made.id).active = False
    assert let_in("noa@example.com") is None
    assert not may(User(role="management", active=False), Permission.SEE_REVIEW)
    with setting() as make:
        make.session.execute(update(User).values(active=True, password_hash=""))
    for password in ("", PASSWORD):
        assert let_in("noa@example.com", password) is None


def test_a_broken_hash_lets_nobody_in() -> None:
    user()
    with setting() as make:
        make.session.execute(update(User).values(password_hash="plain text"))
    assert let_in("noa@example.com", "plain text") is None


class Counting:
    """The real hasher, counting how often it was asked: each time costs the same."""

    def __init__(self, hasher: Any) -> None:
        self.hasher, self.asked = hasher, 0

    def verify(self, hashed: str, password: str) -> Any:
        """Verify as always."""
        self.asked += 1
        return self.hasher.verify(hashed, password)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("noa@example.com", PASSWORD),
        ("noa@example.com", "wrong"),
        ("nobody@example.com", PASSWORD),
        ("empty@example.com", PASSWORD),
        ("gone@example.com", PASSWORD),
    ],
)
def test_everybody_waits_alike(monkeypatch: pytest.MonkeyPatch, email: str, password: str) -> None:
    for one in ("noa", "empty", "gone"):
        user(f"{one}@example.com")
    with setting() as make:
        make.session.execute(update(User).where(User.email == "empty@example.com").values(password_hash=""))
        make.session.execute(update(User).where(User.email == "gone@example.com").values(active=False))
    counting = Counting(accounts._hasher)
    monkeypatch.setattr(accounts, "_hasher", counting)
    let_in(email, password)
    assert counting.asked == 1


def test_a_new_password_ends_the_old_and_every_session() -> None:
    made = user()
    key = made.session_key
    assert len(key) == 16
    with setting() as make:
        changed = profile.change_password(make.session, made.id, "a longer secret")
    assert changed.session_key not in {"", key}
    assert let_in("noa@example.com") is None
    assert let_in("noa@example.com", "a longer secret")
    assert profile.knows_password(changed, "a longer secret")
    assert not profile.knows_password(changed, PASSWORD)


@pytest.mark.parametrize("password", ["short", "123456789"])
def test_a_short_password_is_refused_and_the_old_stays(password: str) -> None:
    made = user()
    with setting() as make, pytest.raises(UserError) as refused:
        profile.change_password(make.session, made.id, password)
    assert refused.value.places[0][0] == "password"
    assert let_in("noa@example.com")
    with setting() as make, pytest.raises(UserError):
        accounts.add_user(make.session, "b@example.com", "management", password=password)


def test_random_passwords_are_long_apart_and_easy_to_read_out() -> None:
    found = {accounts.new_password() for _time in range(200)}
    assert len(found) == 200
    assert all(len(one) >= accounts.LEAST_PASSWORD for one in found)
    assert not set("".join(found)) & set("ilo01ILO")


def test_the_password_made_is_the_one_that_opens() -> None:
    with setting() as make:
        made, secret = accounts.add_user(make.session, "noa@example.com", "analyst")
    assert let_in("noa@example.com", secret)
    assert secret not in made.password_hash
    assert made.name == "noa"


REACHES: dict[str, Callable[[Make], tuple[dict[str, Any], Callable[[User], Scope]]]] = {
    "branch_manager": lambda make: (
        {"branch": make.branch(code="101", region=None)},
        lambda user: Scope("branch", branch_id=1),
    ),
    "region_manager": lambda make: ({"region": make.region(name="צפון")}, lambda user: Scope("region", region_id=1)),
    "agent": lambda make: (
        {"agent": make.agent(code="A1", branch=make.branch(code="101", region=None), since=date(2026, 1, 1))},
        lambda user: Scope("agent", agent_id=user.agent_id),
    ),
}


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_a_role_needs_what_it_is_about(role: str) -> None:
    with setting() as make:
        if role in REACHES:
            with pytest.raises(UserError):
                make.user(email="noa@example.com", role=role)
            about, scope = REACHES[role](make)
        else:
            about, scope = {}, lambda user: Scope()
        made = make.user(email="noa@example.com", role=role, **about)
        assert scope_of(made) == scope(made)


@pytest.mark.parametrize("role", ["", "boss", "Management", "administrator "])
def test_an_unknown_role_is_refused(role: str) -> None:
    with pytest.raises(UserError) as refused:
        user(role=role)
    assert refused.value.places[0][0] == "role"


def test_a_language_is_chosen_among_those_offered() -> None:
    made = user(language="iw")
    assert made.language == "he"
    with setting() as make:
        assert profile.choose_language(make.session, made.id, "ru").language == "ru"
        with pytest.raises(UserError):
            profile.choose_language(make.session, made.id, "xx")
        assert make.session.scalars(select(User.language)).one() == "ru"
