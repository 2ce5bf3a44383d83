"""What a reviewer reads beside a report: how its shopper has done so far, and every version that it had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from survey_app.models import Assignment, Branch, Correction, Line, ReportCheck, ReportVersion, Response, Score
from survey_app.models.fieldwork import APPROVED, MISSED, REJECTED, RETURNED, SUBMITTED, VOIDED

#: Visits that are listed one by one.
LATEST = 8
_REPORTED = (SUBMITTED, RETURNED, APPROVED, REJECTED, VOIDED)


@dataclass(frozen=True)
class Past:
    """One earlier visit of a shopper."""

    visit: Assignment
    response: Response | None
    #: Total in hundredths; None where it has none.
    total: int | None
    #: Weight of its marks; None where it was not checked.
    risk: int | None


@dataclass(frozen=True)
class History:
    """A shopper's reports: how many are in which state, how often answers were corrected, and the latest ones."""

    states: dict[str, int]
    corrected: int
    #: Mean total of the reports that count, in hundredths; None without any.
    mean: float | None
    latest: list[Past]

    @property
    def decided(self) -> int:
        """How many reports were decided."""
        return sum(self.states.get(one, 0) for one in (APPROVED, REJECTED))


def history(session: Session, shopper_id: int, without: str, unseen: Select[Any]) -> History:
    """A shopper's reports but the one that is read, and those ``unseen``: ids that the reader must read blind first.

    Four statements, however many there are.
    """
    own = (
        Assignment.shopper_id == shopper_id,
        Assignment.response_id != without,
        Assignment.response_id.not_in(unseen),
    )
    states = dict(
        session.execute(
            select(Assignment.state, func.count())
            .where(*own, Assignment.state.in_((*_REPORTED, MISSED)))
            .group_by(Assignment.state)
        ).all()
    )
    ids = select(Assignment.response_id).where(*own)
    corrected = session.scalar(
        select(func.count(func.distinct(Correction.response_id))).where(Correction.response_id.in_(ids))
    )
    total_line = select(Line.id).where(Line.what == "total")
    mean = session.scalar(
        select(func.avg(Score.value))
        .join(Assignment, Assignment.response_id == Score.response_id)
        .where(*own, Assignment.state == APPROVED, Score.line_id.in_(total_line))
    )
    rows = session.execute(
        select(Assignment, Response, Score.value, ReportCheck.risk)
        .join(Response, Response.id == Assignment.response_id)
        .outerjoin(Score, (Score.response_id == Response.id) & Score.line_id.in_(total_line))
        .outerjoin(ReportCheck, ReportCheck.response_id == Response.id)
        .where(*own, Assignment.state.in_(_REPORTED))
        .order_by(Response.visited_on.desc(), Response.id)
        .options(joinedload(Assignment.branch).joinedload(Branch.region), joinedload(Assignment.scenario))
        .limit(LATEST)
    )
    return History(
        states=states,
        corrected=corrected or 0,
        mean=float(mean) if mean is not None else None,
        latest=[Past(visit, response, total, risk) for visit, response, total, risk in rows],
    )


def versions(session: Session, response_id: str) -> list[ReportVersion]:
    """Every version of a report that was kept, the first one first."""
    return list(
        session.scalars(
            select(ReportVersion).where(ReportVersion.response_id == response_id).order_by(ReportVersion.number)
        )
    )
