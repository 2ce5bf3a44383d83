"""What the page of loyalty is made of: contacts that gave against failures, who left, new and existing customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, case, exists, func, literal, select
from sqlalchemy.orm import Session

from reports import loyalty
from reports import months as calendar
from reports.loyalty import Association, Balance, Newcomers, Share
from survey_app import clock
from survey_app.loop.states import ABUSIVE, MERGED, NOT_JUSTIFIED
from survey_app.models import (
    Branch,
    Case,
    Departure,
    Gift,
    Interaction,
    Invitation,
    LowSignal,
    OfferConsent,
    Promise,
    Response,
    Score,
)
from survey_app.models.response import COUNTED
from survey_app.permissions import Scope
from survey_app.queries import organisation
from survey_app.queries.facts import receivers
from survey_app.queries.lines import report_lines
from survey_app.queries.loop import policy as loop_policy
from survey_app.queries.organisation import in_scope
from survey_app.queries.outreach import policy as outreach_policy

#: Months that are looked at, and how many of the last of them are asked for who left: what gave comes before.
MONTHS: Final = 12
LEAVING: Final = 3
#: A branch with fewer known customers says nothing about how many of them leave.
LEAST_CUSTOMERS: Final = 30
#: Measure -> the least score in hundredths that counts as good: satisfied (4–5), would recommend (9–10), easy (4–5).
GOOD: Final[Mapping[str, int]] = {"csat": 10_000, "nps": 10_000, "ease": 7_500}
_BROKEN: Final = "broken"


@dataclass(frozen=True)
class Row:
    """One branch of the table of balance."""

    branch: Branch
    balance: Balance


@dataclass(frozen=True)
class Retention:
    """Who left: how many by the file, and how that goes with what branches gave and where they failed."""

    departures: int
    customers: int
    branches: int
    giving: Association | None
    failing: Association | None
    #: Customers who had agreed to contacts: the shares that left of those given one and of those given none.
    given_to: Share | None
    not_given: Share | None
    difference: Share | None


@dataclass(frozen=True)
class Band:
    """One tenure band: whether its customers are new ones, and how satisfied; None where it is not shown."""

    name: str
    new: bool
    n: int
    satisfied: Share | None


@dataclass(frozen=True)
class Compared:
    """New against existing customers by measure, and satisfaction by band."""

    approved: bool
    measures: Mapping[str, Newcomers]
    bands: Sequence[Band]
    months: Sequence[str]


def window(month: str) -> list[str]:
    """The months that a page about a month looks at."""
    return calendar.span(month, MONTHS)


def balances(session: Session, scope: Scope, month: str) -> list[Row]:
    """Contacts that gave and failures of every branch that a reader may see by name, over the window, worst first.

    Branches that were taken over count for the one that has them.
    """
    months = window(month)
    branches = {one.id: one for one in session.scalars(select(Branch))}
    counted = _counted(session, months, receivers(branches.values(), month))
    rows = [
        Row(branch, counted.get(branch.id, Balance(0, 0, 0, 0)))
        for branch in session.scalars(select(Branch).where(in_scope(scope), Branch.ranked))
        if branch.open_on(calendar.first_day(month)) or branch.id in counted
    ]
    return sorted(rows, key=lambda one: (_place(one.balance), one.branch.name, one.branch.id))


def _place(one: Balance) -> tuple[float, int]:
    return (one.ratio if one.ratio is not None else float("inf"), -one.failures)


def _counted(session: Session, months: Sequence[str], owners: Mapping[int, int]) -> dict[int, Balance]:
    since, until = _ends(months)
    days = calendar.first_day(months[0]), calendar.last_day(months[-1])
    bad = Case.state != MERGED, Case.outcome.not_in((NOT_JUSTIFIED, ABUSIVE))
    sources = {
        "given": select(Gift.branch_id, func.count()).where(Gift.given_on.between(*days)).group_by(Gift.branch_id),
        "cases": select(Case.branch_id, func.count())
        .where(Case.opened_at >= since, Case.opened_at < until, *bad)
        .group_by(Case.branch_id),
        "promises": select(Promise.branch_id, func.count())
        .where(Promise.state == _BROKEN, Promise.due_on.between(*days))
        .group_by(Promise.branch_id),
        "signals": select(LowSignal.branch_id, func.sum(LowSignal.n))
        .where(LowSignal.month.in_(months))
        .group_by(LowSignal.branch_id),
    }
    found: dict[int, dict[str, int]] = {}
    for name, statement in sources.items():
        rows: Sequence[Any] = session.execute(statement).all()
        for branch_id, n in rows:
            own = found.setdefault(owners.get(branch_id, branch_id), dict.fromkeys(sources, 0))
            own[name] += int(n)
    return {branch_id: Balance(**own) for branch_id, own in found.items()}


def _ends(months: Sequence[str]) -> tuple[datetime, datetime]:
    """The first moment of the first month, and the first after the last one."""
    first, after = calendar.first_day(months[0]), calendar.first_day(calendar.shift(months[-1], 1))
    return clock.start_of(first), clock.start_of(after)


def retention(session: Session, month: str) -> Retention:
    """How what branches gave, and where they failed, goes with who left afterwards; of the whole organisation.

    Contacts and failures are those before the last :data:`LEAVING` months, departures those of these months, each to
    100 customers whom the feed told of: a contact that nobody could get any more because they had left counts for
    nothing. Only departures of these very customers count to a branch: of others it is not known how many there are,
    and a branch of which the feed tells little would seem to give much and lose many.
    """
    months = window(month)
    before, after = months[:-LEAVING], months[-LEAVING:]
    owners = receivers(session.scalars(select(Branch)).all(), month)
    counted = _counted(session, before, owners)
    departures = session.scalar(select(func.count(Departure.id)).where(Departure.month.in_(after))) or 0
    known, left = _customers(session, months, after, owners)
    branches = sorted(one for one, n in known.items() if n >= LEAST_CUSTOMERS)
    rates = [100 * left.get(one, 0) / known[one] for one in branches]

    def goes(name: str) -> Association | None:
        own = [100 * getattr(counted.get(one, Balance(0, 0, 0, 0)), name) / known[one] for one in branches]
        return loyalty.association(own, rates) if any(rates) else None

    given, ungiven = _by_gift(session, before, after)
    least = organisation.policy(session).least_surveys
    return Retention(
        departures=departures,
        customers=sum(known.values()),
        branches=len(branches),
        giving=goes("given"),
        failing=goes("failures"),
        given_to=loyalty.of(*given, least) if departures else None,
        not_given=loyalty.of(*ungiven, least) if departures else None,
        difference=loyalty.apart(given, ungiven, least) if departures else None,
    )


def _customers(
    session: Session, months: Sequence[str], after: Sequence[str], owners: Mapping[int, int]
) -> tuple[dict[int, int], dict[int, int]]:
    """Branch -> customers whom the feed told of there since the window began, and how many of them left afterwards.

    Whoever had left before is in neither. A branch that took another over has the customers of both, each once.
    """
    since, _until = _ends(months)
    at = Interaction.branch_id
    owner = case(dict(owners), value=at, else_=at) if owners else at
    gone = (
        select(Departure.customer_id, func.min(Departure.month).label("month"))
        .where(Departure.customer_id.is_not(None), Departure.month <= after[-1])
        .group_by(Departure.customer_id)
        .subquery()
    )
    seen = (
        select(owner.label("branch"), Interaction.customer_id)
        .where(Interaction.at >= since, Interaction.customer_id.is_not(None))
        .distinct()
        .subquery()
    )
    rows: Sequence[Any] = session.execute(
        select(seen.c.branch, func.count(), func.count(gone.c.month))
        .outerjoin(gone, gone.c.customer_id == seen.c.customer_id)
        .where(gone.c.month.is_(None) | (gone.c.month >= after[0]))
        .group_by(seen.c.branch)
    ).all()
    return {branch: int(n) for branch, n, _left in rows}, {branch: int(left) for branch, _n, left in rows}


def _by_gift(session: Session, before: Sequence[str], after: Sequence[str]) -> tuple[tuple[int, int], tuple[int, int]]:
    """(left, customers) of those who had agreed to contacts and were given one, and of those who were given none."""
    since, until = calendar.first_day(before[0]), calendar.last_day(before[-1])
    given = exists().where(Gift.customer_id == OfferConsent.customer_id, Gift.given_on.between(since, until))
    gone = exists().where(Departure.customer_id == OfferConsent.customer_id, Departure.month.in_(after))
    earlier = exists().where(Departure.customer_id == OfferConsent.customer_id, Departure.month < after[0])
    table = (
        select(case((given, 1), else_=0).label("given"), case((gone, 1), else_=0).label("gone"))
        .where(and_(OfferConsent.given_on <= until, ~earlier))
        .subquery()
    )
    rows = session.execute(select(table.c.given, func.sum(table.c.gone), func.count()).group_by(table.c.given)).all()
    found = {int(was): (int(left), int(n)) for was, left, n in rows}
    return found.get(1, (0, 0)), found.get(0, (0, 0))


def compared(session: Session, scope: Scope, month: str) -> Compared:
    """Answers of new and of existing customers, of the branches that a reader sees by name.

    Only where the privacy officer approved that the feed says for how long somebody has been a customer.
    """
    settings = organisation.policy(session)
    months = calendar.span(month, settings.survey_window)
    if "tenure" not in outreach_policy(session).approved_fields:
        return Compared(False, {}, (), months)
    counts = _by_tenure(session, scope, months)
    new_bands = frozenset(loop_policy(session).new_tenures)
    least = settings.least_surveys
    measures = {}
    for name in GOOD:
        own = counts.get(name, {})
        branches = [
            (
                loyalty.added([pair for band, pair in bands.items() if band in new_bands]),
                loyalty.added([pair for band, pair in bands.items() if band not in new_bands]),
            )
            for bands in own.values()
        ]
        measures[name] = loyalty.newcomers(branches, least)
    return Compared(True, measures, _bands(_summed(counts.get("csat", {})), new_bands, least), months)


def _summed(branches: Mapping[int, Mapping[str, tuple[int, int]]]) -> dict[str, tuple[int, int]]:
    bands = sorted({band for own in branches.values() for band in own})
    return {band: loyalty.added([own[band] for own in branches.values() if band in own]) for band in bands}


def _bands(counts: Mapping[str, tuple[int, int]], new_bands: frozenset[str], least: int) -> list[Band]:
    """Bands in the order of their names, new ones first. Totals of both sides are shown, so each hides for itself."""
    found = []
    for is_new in (True, False):
        own = {name: pair for name, pair in counts.items() if (name in new_bands) == is_new}
        away = loyalty.hidden({name: n for name, (_good, n) in own.items()}, least)
        found += [
            Band(name, is_new, 0 if name in away else n, None if name in away else loyalty.of(good, n, least))
            for name, (good, n) in sorted(own.items())
        ]
    return found


def _by_tenure(
    session: Session, scope: Scope, months: Sequence[str]
) -> dict[str, dict[int, dict[str, tuple[int, int]]]]:
    """Measure -> branch -> band -> (good answers, answers)."""
    measures = {
        line: name
        for line, name in report_lines(session, organisation.policy(session), months).measures.items()
        if name in GOOD
    }
    if not measures:
        return {}
    measure = case(*((Score.line_id == line, literal(name)) for line, name in measures.items()), else_=literal(""))
    least = case(
        *((Score.line_id == line, literal(GOOD[name])) for line, name in measures.items()), else_=literal(10_000)
    )
    rows: Sequence[Any] = session.execute(
        select(
            Interaction.tenure,
            measure.label("measure"),
            Response.branch_id,
            func.sum(case((Score.value >= least, 1), else_=0)),
            func.count(),
        )
        .select_from(Response)
        .join(Score, (Score.response_id == Response.id) & Score.line_id.in_(measures))
        .join(Invitation, Invitation.response_id == Response.id)
        .join(Interaction, Interaction.id == Invitation.interaction_id)
        .where(
            Response.state == COUNTED,
            Response.month.in_(months),
            Interaction.tenure != "",
            Response.branch_id.in_(select(Branch.id).where(in_scope(scope))),
        )
        .group_by(Interaction.tenure, measure, Response.branch_id)
    ).all()
    owners = receivers(session.scalars(select(Branch)).all(), months[-1])
    found: dict[str, dict[int, dict[str, tuple[int, int]]]] = {}
    for tenure, name, branch_id, good, n in rows:
        own = found.setdefault(name, {}).setdefault(owners.get(branch_id, branch_id), {})
        own[tenure] = loyalty.added([own.get(tenure, (0, 0)), (int(good), int(n))])
    return found
