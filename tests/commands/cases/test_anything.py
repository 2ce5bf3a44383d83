"""Anything may happen to cases in any order, refused or not; what must hold afterwards always holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from survey_app import clock, db
from survey_app.commands import delegations
from survey_app.commands.cases import clocks, ending, moving, working
from survey_app.errors import UserError
from survey_app.loop.levels import LADDER
from survey_app.loop.states import OPEN
from survey_app.loop.subjects import SUBJECTS
from survey_app.models import Case, User
from tests.commands.cases.world import World, at, did
from tests.support.clocks import FrozenClock

STEPS = 60
CHANNELS = ("phone", "branch", "email")


class Anything:
    """A die that says what happens next to which case, by whom."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.die, self.opened = world, Random(seed), [world.opened("first")]
        self.refused = 0

    def who(self) -> User:
        return self.die.choice(list(self.world.users.values()))

    def which(self) -> int:
        return self.die.choice(self.opened)

    def step(self, frozen: FrozenClock) -> str:
        """One more thing happens; a refusal is an outcome as well."""
        name, act = self.die.choice(ACTS)
        try:
            act(self)
        except UserError:
            self.refused += 1
        frozen.move_to(clock.now() + timedelta(hours=self.die.choice((0, 1, 5, 30))))
        return name

    def more(self) -> None:
        key = self.die.choice(("first", "second", f"new{len(self.opened)}"))
        self.opened.append(
            self.world.opened(
                key,
                subject=self.die.choice(list(SUBJECTS)),
                agent_id=self.die.choice((0, self.world.dana.id, self.world.eran.id)),
                wanted=self.die.choice(("", "served", "management", "outside")),
                phone=self.die.choice(("", "+972500000001", "+972500000002")),
            )
        )

    def away(self) -> None:
        day = clock.today()
        until = day + timedelta(days=self.die.randrange(2))
        did(delegations.hand_over, None, self.who().id, self.who().id, day, until)

    def called(self) -> None:
        more = {"channel": self.die.choice(CHANNELS), "reached": self.die.random() < 0.7, "words": "שיחה"}
        next_on = self.die.choice((None, clock.today() + timedelta(days=40)))
        did(working.contact, self.which(), self.who().id, **more, next_step="לחזור", next_on=next_on)

    def finished(self) -> None:
        outcome = self.die.choice(("justified", "abusive", ""))
        did(working.finish, self.which(), self.who().id, outcome=outcome, root_cause="care", lesson="לקח")


def _does(act: Callable[..., Any], *places: Callable[[Anything], Any], **more: Any) -> Callable[[Anything], Any]:
    return lambda any_: did(act, any_.which(), *(place(any_) for place in places), **more)


def _user(any_: Anything) -> User:
    return any_.who()


def _id(any_: Anything) -> int:
    return any_.who().id


def _says(*choices: Any) -> Callable[[Anything], Any]:
    return lambda any_: any_.die.choice(choices)


ACTS: list[tuple[str, Callable[[Anything], Any]]] = [
    ("more", Anything.more),
    ("away", Anything.away),
    ("called", Anything.called),
    ("called", Anything.called),
    ("finished", Anything.finished),
    ("finished", Anything.finished),
    ("tick", lambda any_: clocks.tick()),
    ("tick", lambda any_: clocks.tick()),
    ("hourly", lambda any_: clocks.hourly()),
    ("agree", _does(working.agree, _id, solution="פתרון", next_step="", next_on=None)),
    ("confirm", _does(ending.confirm)),
    ("close", _does(ending.close, _says("unconfirmed", "no_contact", "confirmed", "withdrawn"), _id)),
    ("reopen", _does(ending.reopen, _says("עוד לא", "")),),
    ("reopen_by", _does(ending.reopen, _says("עוד לא", ""), _id)),
    ("check", _does(ending.check, _user, _says("good", "again"), _says("הערה", ""))),
    ("withdraw", _does(ending.withdraw_consent)),
    ("erase", _does(ending.erase_contact, _id)),
    ("assign", _does(moving.assign, _id, _id)),
    ("adopt", _does(moving.adopt, _user)),
    ("merge", _does(moving.merge, lambda any_: any_.which(), _id)),
    ("subject", _does(working.set_subject, _id, _says(*SUBJECTS))),
    ("give", _does(working.compensate, _user, _says(0, 5_000, 100_000))),
    ("not_me", _does(working.claim_not_me, _user, _says("לא אני"))),
    ("decide", _does(working.decide_not_me, _user, _says(None, 1, 2), _says(True, False))),
]  # fmt: skip


def faults(before: dict[int, str]) -> list[str]:
    """What must not be, of the cases as they stand; ``before`` holds their rungs from the last look."""
    found = []
    with db.reading() as session:
        for one in session.scalars(select(Case).order_by(Case.id)):
            owner = session.get(User, one.owner_id) if one.owner_id else None
            rules = {
                "named": owner is not None
                and one.open
                and SUBJECTS[one.subject].sensitive
                and owner.agent_id is not None
                and owner.agent_id == one.agent_id,
                "fell": one.owner_id is not None
                and LADDER.index(one.level) < LADDER.index(before.get(one.id, one.level)),
                "clock of a case that is over": one.state not in OPEN and one.escalates_at is not None,
                "contact after consent": one.consent_withdrawn_at is not None and bool(one.phone or one.name),
                "confirmed by nobody": (one.closed_how == "confirmed") and one.confirmed_at is None,
                "step without work": one.state not in OPEN and one.state != "merged" and bool(one.next_step),
                "never contacted": one.state in ("contacted", "agreed") and one.contacted_at is None,
                "no lesson": one.state in ("done", "confirmed") and not one.lesson,
                "merged in a circle": _circle(session.get, one),
            }
            found += [f"case {one.id}: {name}" for name, broken in rules.items() if broken]
            if owner is not None:
                before[one.id] = one.level
    return found


def _circle(get: Callable[..., Any], one: Case) -> bool:
    seen: set[int] = set()
    here: Case | None = one
    while here is not None and here.merged_into_id is not None:
        if here.id in seen:
            return True
        seen.add(here.id)
        here = get(Case, here.merged_into_id)
    return False


@pytest.mark.parametrize("seed", range(2))
def test_whatever_happens_to_cases_what_must_hold_holds(
    database: db.Database, frozen_clock: FrozenClock, seed: int
) -> None:
    frozen_clock.move_to(at("2026-11-17"))
    anything = Anything(World.made(), seed)
    levels: dict[int, str] = {}
    story = []
    for _step in range(STEPS):
        story.append(anything.step(frozen_clock))
        assert not faults(levels), story[-5:]
    assert 0 < anything.refused < STEPS
