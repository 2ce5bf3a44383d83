"""The low steps of giving visits: hold the row, look whether it can be given, hand it over, or to the next in line.

The visit's row is held first and for all of its claims; of shoppers one is held, after it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.commands import letters, visit_events
from survey_app.errors import Conflict, NotFound
from survey_app.field.rules import Rules
from survey_app.models import Assignment, Claim, Draft, User
from survey_app.models.fieldwork import ASSIGNED, CLAIMED, OPEN
from survey_app.models.programme import ACTIVE
from survey_app.permissions import Permission, may
from survey_app.queries import candidates, programmes
from translations import format_date
from translations import gettext as _

ASKED, WAITING, GIVEN, DECLINED, REFUSED, WITHDRAWN = (
    "asked", "waiting", "given", "declined", "refused", "withdrawn",
)  # fmt: skip
#: States of a claim that stands in line.
IN_LINE: Final = (ASKED, WAITING)
#: However late a visit is given, its shopper may say no for so long.
FIRST_WORD: Final = timedelta(hours=12)


class Unfit(Conflict):
    """Something stands against a shopper's making a visit. ``soft``: it may be given all the same."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        said = ", ".join(str(candidates.REASONS[code]) for code in reasons)
        super().__init__(_("This shopper cannot be given the visit: %(reasons)s.", reasons=said))
        self.reasons = reasons
        self.soft = not candidates.HARD & set(reasons)


def locked(session: Session, visit_id: int) -> Assignment:
    """The visit, held until the transaction ends; NotFound where there is none."""
    visit = session.scalar(
        select(Assignment)
        .where(Assignment.id == visit_id)
        .options(joinedload(Assignment.branch, innerjoin=True))
        .with_for_update(of=Assignment)
        .execution_options(populate_existing=True)
    )
    if visit is None:
        raise NotFound(_("There is no such assignment."))
    return visit


def claims(session: Session, visit: Assignment) -> list[Claim]:
    """Who stands in line for a visit, whoever asked first coming first; held until the transaction ends."""
    found = session.scalars(
        select(Claim)
        .where(Claim.assignment_id == visit.id, Claim.state.in_(IN_LINE))
        .order_by(Claim.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return sorted(found, key=lambda one: (one.state != ASKED, one.at, one.id))


def shopper(session: Session, shopper_id: int) -> User:
    """An active mystery shopper, held so that nobody else gives them a visit meanwhile."""
    # The key stays free: whoever only names the shopper in a row of another table need not wait.
    found = session.get(User, shopper_id, with_for_update={"key_share": True}, populate_existing=True)
    if found is None or not may(found, Permission.DO_SHOPS):
        raise Conflict(_("This user is not an active mystery shopper."))
    return found


def renewed(visit: Assignment, rules: Rules) -> tuple[date, date]:
    """The days that a visit gets when it is given now: its own, as far as they are left, or as many new ones."""
    if candidates.usable_days(visit.branch, visit.window_from, visit.window_until):
        return visit.window_from, visit.window_until
    first = max(clock.today(), visit.window_from)
    last = first + timedelta(days=max(rules.slack_days, 1))
    while not candidates.usable_days(visit.branch, first, last) and (last - first).days < _FARTHEST:
        last += timedelta(days=1)
    return first, max(last, visit.window_until)


#: Days within which a branch that is open at all is open once.
_FARTHEST: Final = 31


def check(session: Session, visit: Assignment, who: User, *, passing: frozenset[str] = frozenset()) -> None:
    """Raise where a visit may not be made by this shopper: the branch was not told, or a reason stands against it.

    ``passing``: reasons that are passed over; those of :data:`survey_app.queries.candidates.HARD` never are.
    """
    told_in_time(session, visit)
    days = candidates.usable_days(visit.branch, visit.window_from, visit.window_until)
    facts = candidates.facts(session, visit, only=[who.id])
    stands = candidates.against(facts[0], visit, candidates.rules_of(visit), days) if facts else ()
    left = tuple(code for code in stands if code not in passing - candidates.HARD)
    if left:
        raise Unfit(left)


def told_in_time(session: Session, visit: Assignment) -> None:
    """Raise where the branch's staff were not told by the first day that is left for the visit."""
    if visit.programme_id is None:
        return
    told = programmes.told(session, visit.programme_id).get(visit.branch_id)
    if told is None:
        raise Conflict(
            _(
                "The staff of branch %(branch)s have not been told of the programme yet. Record the notice first.",
                branch=visit.branch.name,
            )
        )
    if told > max(visit.window_from, clock.today()):
        raise Conflict(
            _(
                "The staff of branch %(branch)s are told from %(date)s on. No visit can be made before that day.",
                branch=visit.branch.name,
                date=format_date(told),
            )
        )


def hand(
    session: Session, visit: Assignment, who: User, *, by: User | None, event: str = "given", tell: bool = True,
    note: str = "",
) -> None:  # fmt: skip
    """The visit is this shopper's from now on. ``tell``: a letter says so. What was to be checked is checked."""
    now, rules = clock.now(), candidates.rules_of(visit)
    visit.shopper, visit.shopper_id, visit.state = who, who.id, ASSIGNED
    visit.given_at = now
    visit.handback_until = _handback(visit, rules, now)
    if visit.programme_id is not None:
        visit.fee = visit.fee or rules.fee
        visit.expense_cap = visit.expense_cap or rules.expense_cap
    visit.revision += 1
    for claim in claims(session, visit):
        if claim.shopper_id == who.id:
            claim.state = GIVEN
        elif claim.state == ASKED:
            refuse(session, visit, claim)
    visit_events.note(session, visit, event, by=by, shopper=who, note=note)
    session.flush()
    if tell:
        key = f"visit-given-{visit.id}-{who.id}-{visit.revision}"
        letters.queue(session, who.id, "visit_given", key, letters.about_visit(visit))


def _handback(visit: Assignment, rules: Rules, now: datetime) -> datetime:
    usual = clock.start_of(visit.window_from) - timedelta(hours=rules.handback_hours)
    return max(usual, min(now + FIRST_WORD, clock.end_of(visit.window_until)))


def refuse(session: Session, visit: Assignment, claim: Claim, *, tell: bool = True) -> None:
    """A claim comes to nothing; its shopper hears of it."""
    claim.state = REFUSED
    session.flush()
    if tell:
        key = f"claim-refused-{claim.id}-{visit.revision}"
        letters.queue(session, claim.shopper_id, "claim_refused", key, letters.about_visit(visit))


def free(session: Session, visit: Assignment, *, line: bool = True) -> None:
    """Nobody has the visit any more; what was written of it goes. ``line``: the next who waits for it gets a turn."""
    session.execute(delete(Draft).where(Draft.response_id == visit.response_id))
    visit.shopper, visit.shopper_id, visit.state = None, None, OPEN
    visit.given_at = visit.handback_until = visit.entered_at = visit.left_at = None
    visit.revision += 1
    session.flush()
    if line:
        _next(session, visit)


def _next(session: Session, visit: Assignment) -> None:
    """The first in line who may still make the visit asks for it, or has it where the programme's rule says so."""
    line = list(claims(session, visit))
    for shopper_id in sorted({claim.shopper_id for claim in line}):
        # All of them at once and in one order: two visits that are free again have the same people in line.
        session.get(User, shopper_id, with_for_update={"key_share": True}, populate_existing=True)
    for claim in line:
        try:
            who = shopper(session, claim.shopper_id)
            check(session, visit, who, passing=candidates.OWN_CHOICE)
        except Conflict:
            refuse(session, visit, claim)
            continue
        turn(session, visit, claim, who, tell=True)
        return


def turn(session: Session, visit: Assignment, claim: Claim, who: User, *, tell: bool) -> None:
    """It is this claim's turn: given at once where the programme's rule allows it, else asked of coordination."""
    if by_rule(session, visit, who):
        hand(session, visit, who, by=None, tell=tell)
        claim.state = GIVEN
        session.flush()
        return
    claim.state = ASKED
    visit.shopper, visit.shopper_id, visit.state = who, who.id, CLAIMED
    visit.revision += 1
    visit_events.note(session, visit, "claimed", by=who, shopper=who)
    session.flush()


def by_rule(session: Session, visit: Assignment, who: User) -> bool:
    """Whether a programme gives a visit to whoever asks first, without coordination."""
    rules = candidates.rules_of(visit)
    if visit.programme is None or visit.programme.state != ACTIVE or rules.approval != "auto":
        return False
    if not rules.approval_rating:
        return True
    facts = candidates.facts(session, visit, only=[who.id])
    return bool(facts and (facts[0].rating or 0) >= rules.approval_rating)
