"""What became of appeals over twelve months: by reviewer, item and branch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.questionnaire.definition import Question
from reports import months as calendar
from reports.overturning import Rate
from survey_app import clock
from survey_app.models import Appeal, AppealItem, Branch, QualityReview, Response, User, Version
from survey_app.models.appeal import DECIDED, OVERTURNED, PARTLY
from survey_app.queries import questionnaires

#: Months that are looked at together.
WINDOW: Final = 12
_FINAL: Final = ("approved", "rejected")


@dataclass(frozen=True)
class OfReviewer:
    """One reviewer: reports decided, and what became of appeals against them."""

    user_id: int
    name: str
    reports: int
    rate: Rate


@dataclass(frozen=True)
class OfItem:
    """One item of a questionnaire; no question: reports as a whole."""

    questionnaire: str
    code: str
    question: Question | None
    rate: Rate


@dataclass(frozen=True)
class OfBranch:
    """One branch."""

    name: str
    rate: Rate


@dataclass(frozen=True)
class Overturns:
    """Everything about appeals that were decided in the window, most accepted first."""

    first: str
    last: str
    all: Rate
    by_side: Mapping[str, Rate]
    reviewers: list[OfReviewer]
    items: list[OfItem]
    branches: list[OfBranch]


def overturns(session: Session, month: str) -> Overturns:
    """What became of appeals that were decided in the twelve months up to one. A bounded number of statements."""
    first = calendar.shift(month, 1 - WINDOW)
    since = clock.start_of(calendar.first_day(first))
    until = clock.end_of(calendar.last_day(month))
    rows = session.execute(
        select(
            Appeal.side,
            Appeal.response_id,
            AppealItem.question,
            AppealItem.outcome,
            Response.branch_id,
            Response.version_id,
        )
        .join(AppealItem, AppealItem.appeal_id == Appeal.id)
        .join(Response, Response.id == Appeal.response_id)
        .where(Appeal.state == DECIDED, Appeal.decided_at >= since, Appeal.decided_at <= until)
    ).all()
    judges = _judges(session, {row.response_id for row in rows})
    versions = {
        one.id: one for one in session.scalars(select(Version).where(Version.id.in_({row.version_id for row in rows})))
    }
    sides: dict[str, Counter[str]] = {}
    reviewers: dict[int, Counter[str]] = {}
    items: dict[tuple[str, str], Counter[str]] = {}
    branches: dict[int, Counter[str]] = {}
    asked: dict[tuple[str, str], Question | None] = {}
    for row in rows:
        definition = questionnaires.definition(versions[row.version_id])
        key = (definition.code, row.question)
        asked[key] = definition.by_code.get(row.question)
        _count(sides, row.side, row.outcome)
        _count(items, key, row.outcome)
        _count(branches, row.branch_id, row.outcome)
        if row.response_id in judges:
            _count(reviewers, judges[row.response_id], row.outcome)
    decided = _decided(session, since, until)
    names = dict(session.execute(select(User.id, User.name).where(User.id.in_({*decided, *reviewers}))).all())
    places = dict(session.execute(select(Branch.id, Branch.name).where(Branch.id.in_(branches))).all())
    everything: Counter[str] = sum(sides.values(), Counter())
    return Overturns(
        first=first,
        last=month,
        all=_rate(everything),
        by_side={side: _rate(counts) for side, counts in sorted(sides.items())},
        reviewers=sorted(
            (
                OfReviewer(one, names.get(one, ""), decided.get(one, 0), _rate(reviewers.get(one, Counter())))
                for one in {*decided, *reviewers}
            ),
            key=lambda one: (-one.rate.accepted, -one.rate.decided, one.name, one.user_id),
        ),
        items=sorted(
            (OfItem(*key, asked[key], _rate(counts)) for key, counts in items.items()),
            key=lambda one: (not (one.rate.rewrite and one.question), -one.rate.accepted, one.questionnaire, one.code),
        ),
        branches=sorted(
            (OfBranch(places.get(one, ""), _rate(counts)) for one, counts in branches.items()),
            key=lambda one: (-one.rate.accepted, -one.rate.decided, one.name),
        ),
    )


def _count(found: dict[Any, Counter[str]], key: Hashable, outcome: str) -> None:
    found.setdefault(key, Counter())[outcome] += 1


def _rate(counts: Counter[str]) -> Rate:
    return Rate(counts.total(), counts[OVERTURNED], counts[PARTLY])


def _judges(session: Session, response_ids: set[str]) -> dict[str, int]:
    """Response -> who approved or rejected it last."""
    rows = session.execute(
        select(QualityReview.response_id, QualityReview.reviewer_id)
        .where(QualityReview.response_id.in_(response_ids), QualityReview.outcome.in_(_FINAL))
        .order_by(QualityReview.id)
    )
    return dict(rows.all())


def _decided(session: Session, since: Any, until: Any) -> dict[int, int]:
    """Reviewer -> how many reports were approved or rejected."""
    rows = session.execute(
        select(QualityReview.reviewer_id, func.count(QualityReview.response_id.distinct()))
        .where(QualityReview.outcome.in_(_FINAL), QualityReview.at >= since, QualityReview.at <= until)
        .group_by(QualityReview.reviewer_id)
    )
    return dict(rows.all())
