"""The monthly review as it is read: computed while the month is open, frozen once it is signed, cut to the reader."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from reports import months as calendar
from reports.policy import Policy
from reports.rounding import strict_json
from survey_app import clock
from survey_app.errors import NotFound
from survey_app.models import Agent, MonthlyReview, PendingRestatement, Profit, Response, Restatement
from survey_app.models.response import COUNTED
from survey_app.models.review import OPEN, SIGNED
from survey_app.queries import organisation, provisional, question_words
from survey_app.queries.computing import Prepared, computed, kept, prepared
from survey_app.queries.provisional import Appealable
from translations import gettext as _

#: Earlier months are a slip of the hand.
FIRST: Final = "1990-01"


@dataclass(frozen=True)
class Review:
    """One month's review: its numbers and what became of them."""

    month: str
    #: The report's data; of a signed month as it was signed.
    data: dict[str, Any]
    signed: MonthlyReview | None
    restatements: list[Restatement]
    pending: PendingRestatement | None
    #: The day on which the month closes and may be signed.
    closes_on: date
    #: The month's visits that may still be appealed against today.
    appealable: Appealable
    #: Whether the sign-off waits until there are none [policy].
    waits: bool

    @property
    def state(self) -> str:
        """``open`` or ``signed``."""
        return SIGNED if self.signed else OPEN

    @property
    def can_be_signed(self) -> bool:
        """Whether the month has closed and nobody signed it yet."""
        return self.signed is None and clock.today() >= self.closes_on and not self.waits


def restated(session: Session, month: str) -> Prepared:
    """A signed month's report from today's facts under the settings it was signed with, so that only corrections show.

    NotFound when nobody signed the month.
    """
    signed = session.get(MonthlyReview, month)
    if signed is None:
        raise NotFound(_("The month %(month)s was not signed.", month=month))
    policy = Policy.of_signed(json.loads(signed.numbers)["settings"]["policy"])
    return prepared(session, month, SIGNED, policy)


def parse_month(text: str) -> str:
    """A month out of an address or a command; NotFound for what is none, and for one that has not begun."""
    try:
        month = calendar.parse(text)
    except ValueError as error:
        raise NotFound(
            _("%(text)s is not a month. Write it as year and month, for example 2026-10.", text=text)
        ) from error
    if month < FIRST:
        raise NotFound(_("The month %(month)s is too long ago.", month=month))
    if month > clock.current_month():
        raise NotFound(_("The month %(month)s has not begun yet.", month=month))
    return month


def review(session: Session, month: str) -> Review:
    """A month's review with the whole organisation's numbers; cut it with :func:`visible` before showing it."""
    month = parse_month(month)
    signed = session.get(MonthlyReview, month, options=[joinedload(MonthlyReview.signed_by)])
    data = kept(session, ("data", month), lambda: _named(session, _numbers(session, month, signed)))
    appealable = provisional.appealable(session, month)
    policy = organisation.policy(session)
    restatements = session.scalars(select(Restatement).where(Restatement.month == month).order_by(Restatement.id)).all()
    return Review(
        month=month,
        data=data,
        signed=signed,
        restatements=list(restatements),
        pending=session.get(PendingRestatement, month),
        closes_on=clock.closes_on(month, policy.closes_on_working_day),
        appealable=appealable,
        waits=signed is None and policy.appeals_at_closing == provisional.WAIT and appealable.count > 0,
    )


def _numbers(session: Session, month: str, signed: MonthlyReview | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(signed.numbers) if signed else computed(session, month)[0].data
    return found


def _named(session: Session, data: dict[str, Any]) -> dict[str, Any]:
    """The data with the agents' names and the questions' words, which no signed report holds."""
    names = dict(session.execute(select(Agent.code, Agent.name)).all())
    agents = [{**agent, "name": names.get(agent["code"], "")} for agent in data.get("agents", [])]
    return {**data, "agents": agents, "words": question_words.of_report(session, data)}


def report_text(data: Mapping[str, Any]) -> str:
    """The canonical JSON of a report's data: the same bytes for the same numbers."""
    return strict_json(dict(data))


@dataclass(frozen=True)
class MonthState:
    """A month in the list of reviews."""

    month: str
    #: How many count, of every questionnaire.
    responses: int
    signed: MonthlyReview | None


def months(session: Session) -> list[MonthState]:
    """Every month with counted responses or profit, newest first."""
    # Every page that begins with the months asks for this: of a million responses a second's work.
    counts = kept(session, "responses of months", lambda: _counts(session))
    signed = {
        row.month: row for row in session.scalars(select(MonthlyReview).options(joinedload(MonthlyReview.signed_by)))
    }
    current = clock.current_month()
    return [
        MonthState(month, counts.get(month, 0), signed.get(month))
        for month in sorted(set(counts) | set(signed), reverse=True)
        if month <= current
    ]


def _counts(session: Session) -> dict[str, int]:
    """Month -> its counted responses; months with profit alone have none."""
    counted = select(Response.month, func.count()).where(Response.state == COUNTED).group_by(Response.month)
    alone = dict.fromkeys(session.scalars(select(Profit.month).distinct()), 0)
    return {**alone, **dict(session.execute(counted).all())}
