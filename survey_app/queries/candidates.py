"""Who may make a visit, who had best, and why the others may not: for giving by hand, replacing and the job board."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.field.eligibility import CHECKS, Shopper, distance_km, reasons, weekday
from survey_app.field.eligibility import REASONS as ELIGIBILITY
from survey_app.field.rules import Rules
from survey_app.models import Assignment, Branch, Programme
from survey_app.models.fieldwork import WITHOUT_SHOPPER
from survey_app.queries import programmes, shoppers
from translations import lazy_gettext as _l

#: What nobody may pass over, and why anything else may be passed over by coordination.
HARD: Final = frozenset({"conflict", "not_certified", "locked_out"})
#: What a shopper who asks for a visit decides alone: how far to travel and at which hours.
OWN_CHOICE: Final = frozenset({"too_far", "not_available"})
HOLDS_ENOUGH: Final = "holds_enough"
#: Another visit of the same hours is too far away.
ELSEWHERE: Final = "elsewhere"
REASONS: Final[Mapping[str, Any]] = {
    **ELIGIBILITY,
    HOLDS_ENOUGH: _l("has enough open visits"),
    ELSEWHERE: _l("is far away in the same hours"),
}
#: Days of a shopper's past that the rotation looks at.
PAST: Final = timedelta(days=365)
#: What speaks for a shopper: code -> words.
NEAREST, LEAST_LOADED, BEST_ROTATED = "nearest", "least_loaded", "best_rotated"
MERITS: Final[Mapping[str, Any]] = {
    NEAREST: _l("Nearest"),
    LEAST_LOADED: _l("Fewest visits this month"),
    BEST_ROTATED: _l("Best for the rotation"),
}
#: How many names are proposed.
PROPOSED: Final = 3


def rules_of(visit: Assignment) -> Rules:
    """The rules of a visit's programme; the usual ones for a visit of before there were programmes."""
    return programmes.rules(visit.programme) if visit.programme is not None else Rules()


def usable_days(branch: Branch, window_from: date, window_until: date) -> list[date]:
    """Days from today on within a window on which the branch is open; empty when none is left."""
    first = max(window_from, clock.today())
    return [
        day
        for day in shoppers.days_of(first, window_until)
        if branch.open_on(day) and clock.is_working_day(day) and weekday(day) not in branch.closed_days
    ]


def against(who: Shopper, visit: Assignment, rules: Rules, days: Sequence[date]) -> tuple[str, ...]:
    """Why a shopper may not make a visit within these days: what is hard on any of them, what is soft on the best."""
    if not days:
        return ()
    found = [
        reasons(who, shoppers.visit_at(visit.branch, day, visit.hour_from, visit.hour_until), rules) for day in days
    ]
    hard = {code for one in found for code in one if code in HARD}
    soft = min(({code for code in one if code not in HARD} for one in found), key=len)
    full = (HOLDS_ENOUGH,) if who.open_visits >= rules.most_held else ()
    return (*(code for code in CHECKS if code in hard | soft), *full)


@dataclass(frozen=True)
class Candidate:
    """One shopper for one visit."""

    shopper: Shopper
    reasons: tuple[str, ...]
    #: From home to the branch, in kilometres as the crow flies; None where one of them is not known.
    km: float | None
    #: Visits held in the month of the visit.
    load: int
    #: Visits to this branch, and branches visited, in the last year.
    here: int
    branches: int
    merits: tuple[str, ...] = ()

    @property
    def barred(self) -> bool:
        """Whether coordination cannot give the visit to this shopper either."""
        return bool(HARD & set(self.reasons))


def facts(
    session: Session, visit: Assignment, *, only: Iterable[int] | None = None, until: date | None = None
) -> list[Shopper]:
    """What decides where shoppers may go, as if the visit itself were nobody's."""
    last = until or visit.window_until
    programme = visit.programme or Programme(id=0, rules={}, quiz_id=None)
    return shoppers.facts(session, programme, min(visit.window_from, last), last, only=only, without_visit=visit.id)


def candidates(session: Session, visit: Assignment, days: Sequence[date]) -> list[Candidate]:
    """Every active shopper for a visit within these days, but the one who has it; by name. Few statements, always."""
    rules, month = rules_of(visit), f"{visit.window_until:%Y-%m}"
    past = _past(session)
    place = shoppers.visit_at(visit.branch, visit.window_until).place
    return [
        Candidate(
            shopper=one,
            reasons=against(one, visit, rules, days),
            km=distance_km(one.home, place),
            load=one.held_in.get(month, 0),
            here=past[one.id][visit.branch_id],
            branches=len(past[one.id]),
        )
        for one in facts(session, visit, until=days[-1] if days else None)
        if one.id != visit.shopper_id
    ]


def _past(session: Session) -> Mapping[int, Counter[int]]:
    """Shopper -> branch -> visits in the last year."""
    found: defaultdict[int, Counter[int]] = defaultdict(Counter)
    rows = session.execute(
        select(Assignment.shopper_id, Assignment.branch_id, func.count())
        .where(
            Assignment.shopper_id.is_not(None),
            Assignment.state.not_in(WITHOUT_SHOPPER),
            Assignment.window_from >= clock.today() - PAST,
        )
        .group_by(Assignment.shopper_id, Assignment.branch_id)
    )
    for shopper, branch, count in rows:
        if shopper is not None:
            found[shopper][branch] = count
    return found


_FAR: Final = 1e9
#: Merit -> what is smallest for the shopper who has it.
_ORDERS: Final[Mapping[str, Callable[[Candidate], tuple[float, ...]]]] = {
    NEAREST: lambda one: (_FAR if one.km is None else one.km, one.load, one.shopper.id),
    LEAST_LOADED: lambda one: (one.load, _FAR if one.km is None else one.km, one.shopper.id),
    # Never here before, then whoever knows fewest branches: what ties shoppers and branches together most.
    BEST_ROTATED: lambda one: (one.here, one.branches, one.load, one.shopper.id),
}


def proposed(found: Collection[Candidate], most: int = PROPOSED) -> list[Candidate]:
    """Three of those whom nothing stands against: the nearest, the least loaded, the best for the rotation.

    Whoever is best in two ways leaves room for the next nearest.
    """
    fit = [one for one in found if not one.reasons]
    chosen: dict[int, list[str]] = {}
    for merit, order in _ORDERS.items():
        left = [one for one in fit if one.shopper.id not in chosen]
        best = min(fit, key=order, default=None)
        if best is None:
            return []
        if best.shopper.id in chosen:
            chosen[best.shopper.id].append(merit)
        elif left:
            chosen[best.shopper.id] = [merit]
    for one in sorted(fit, key=_ORDERS[NEAREST]):
        if len(chosen) < most:
            chosen.setdefault(one.shopper.id, [])
    by_id = {one.shopper.id: one for one in fit}
    return [replace(by_id[number], merits=tuple(merits)) for number, merits in chosen.items()]
