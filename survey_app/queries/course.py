"""A campaign's answers in time: how long they take, where people leave, and the days. Never of anonymous ones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import numpy as np
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from forms.questionnaire.paging import Page, pages
from survey_app import clock
from survey_app.models import Branch, Campaign, Draft, Invitation, Message
from survey_app.models.campaign import READY
from survey_app.models.outreach import INVITATION
from survey_app.permissions import Scope
from survey_app.queries import campaign_plans, organisation
from survey_app.queries.tickets import IMPORTED
from translations import localised

#: A draft that was not touched for so long was left; a younger one may still be filled in.
LEFT_AFTER: Final = timedelta(hours=1)
#: What is filled in while the page is shown.
_PLACE: Final = re.compile(r"\{[^{}]*\}")
#: Days that the course of a campaign shows.
DAYS: Final = 28


@dataclass(frozen=True)
class Spread:
    """Minutes: the median and the quartiles, of so many."""

    n: int
    first: float
    median: float
    third: float


@dataclass(frozen=True)
class Left:
    """How many left after a page was kept. The first of them kept none; number 0: a page that is no more."""

    code: str
    label: str
    number: int
    count: int


@dataclass(frozen=True)
class Day:
    """What left and what came in on a day of the organisation's calendar."""

    day: date
    sent: int
    finished: int


@dataclass(frozen=True)
class Course:
    """Times, pages and days of a campaign."""

    #: From sending to finishing, and from the first view to finishing; None: nobody has finished.
    to_answer: Spread | None
    to_fill_in: Spread | None
    left: tuple[Left, ...]
    #: Begun, and touched within the last hour.
    filling_in: int
    days: tuple[Day, ...]


def course(session: Session, campaign: Campaign, scope: Scope) -> Course:
    """Read it."""
    to_answer, to_fill_in = _times(session, campaign, scope)
    left, filling_in = _left(session, campaign, scope)
    return Course(to_answer, to_fill_in, left, filling_in, _days(session, campaign, scope))


_MINUTES: Final[Mapping[str, Callable[[Any, Any], ColumnElement[Any]]]] = {
    "sqlite": lambda later, earlier: (func.julianday(later) - func.julianday(earlier)) * 1440.0,
    "postgresql": lambda later, earlier: func.extract("epoch", later - earlier) / 60.0,
}
#: An hour of UTC as text; zones of whole hours make a local day of it without a mistake.
_HOUR: Final[Mapping[str, Callable[[Any], ColumnElement[str]]]] = {
    "sqlite": lambda moment: func.strftime("%Y-%m-%dT%H", moment),
    "postgresql": lambda moment: func.to_char(func.timezone("UTC", moment), 'YYYY-MM-DD"T"HH24'),
}


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


def _times(session: Session, campaign: Campaign, scope: Scope) -> tuple[Spread | None, Spread | None]:
    minutes = _MINUTES[_dialect(session)]
    first = (
        select(Message.invitation_id, func.min(Message.sent_at).label("sent_at"))
        .where(Message.campaign_id == campaign.id, Message.kind == INVITATION, Message.sent_at.is_not(None))
        .group_by(Message.invitation_id)
        .subquery()
    )
    rows = session.execute(
        select(minutes(Invitation.finished_at, first.c.sent_at), minutes(Invitation.finished_at, Invitation.opened_at))
        .join(Branch, Branch.id == Invitation.branch_id)
        .outerjoin(first, first.c.invitation_id == Invitation.id)
        .where(Invitation.campaign_id == campaign.id, Invitation.finished_at.is_not(None), organisation.in_scope(scope))
    ).all()
    return _spread([row[0] for row in rows]), _spread([row[1] for row in rows])


def _spread(values: list[Any]) -> Spread | None:
    found = [max(float(value), 0.0) for value in values if value is not None]
    if not found:
        return None
    first, median, third = (float(value) for value in np.quantile(found, (0.25, 0.5, 0.75)))
    return Spread(len(found), first, median, third)


def _left(session: Session, campaign: Campaign, scope: Scope) -> tuple[tuple[Left, ...], int]:
    before = clock.now() - LEFT_AFTER
    rows = session.execute(
        select(
            Draft.page, func.count().filter(Draft.updated_at <= before), func.count().filter(Draft.updated_at > before)
        )
        .join(Branch, Branch.id == Draft.branch_id)
        .where(Draft.campaign_id == campaign.id, organisation.in_scope(scope))
        .group_by(Draft.page)
    ).all()
    counts = {page: left for page, left, _now in rows}
    looked = session.scalar(
        select(func.count())
        .select_from(Invitation)
        .join(Branch, Branch.id == Invitation.branch_id)
        .where(
            Invitation.campaign_id == campaign.id,
            Invitation.state == READY,
            and_(Invitation.opened_at <= before, Invitation.started_at.is_(None)),
            organisation.in_scope(scope),
        )
    )
    definition = campaign_plans.definition_of(session, campaign)
    offered = pages(definition, IMPORTED) if definition is not None else []
    found = [Left("", "", 0, looked or 0)]
    found += [Left(page.code, _label(page), page.number, counts.pop(page.code, 0)) for page in offered]
    # Pages of an older version, and drafts of a time when the page was not kept.
    found += [Left(code, "", 0, count) for code, count in sorted(counts.items()) if count]
    return tuple(found), sum(row[2] for row in rows)


def _label(page: Page) -> str:
    """A page in words: its title, else its first question."""
    return page.heading() or _PLACE.sub("…", localised(page.questions[0].text))


def _days(session: Session, campaign: Campaign, scope: Scope) -> tuple[Day, ...]:
    today = clock.today()
    since = clock.start_of(today - timedelta(days=DAYS - 1))
    hour = _HOUR[_dialect(session)]
    counts: dict[str, Counter[date]] = {}
    own = (Invitation.campaign_id == campaign.id, organisation.in_scope(scope))
    joined = {
        "sent": (Message.sent_at, (Message.kind == INVITATION, Message.sent_at >= since)),
        "finished": (Invitation.finished_at, (Invitation.finished_at >= since,)),
    }
    for name, (moment, conditions) in joined.items():
        statement = select(hour(moment).label("hour"), func.count()).select_from(Invitation)
        if name == "sent":
            statement = statement.join(Message, Message.invitation_id == Invitation.id)
        statement = statement.join(Branch, Branch.id == Invitation.branch_id).where(*own, *conditions)
        counts[name] = Counter()
        for at, count in session.execute(statement.group_by("hour")):
            counts[name][clock.local(datetime.strptime(at, "%Y-%m-%dT%H").replace(tzinfo=UTC)).date()] += count
    busy = [day for found in counts.values() for day in found]
    if not busy:
        return ()
    first = min(busy)
    days = (first + timedelta(days=step) for step in range((today - first).days + 1))
    return tuple(Day(day, counts["sent"][day], counts["finished"][day]) for day in days)
