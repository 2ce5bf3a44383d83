"""What an anonymous questionnaire tells of: one division of its responses into groups, which all pages and files share.

Every number that leaves is a sum over whole groups of this division, and every group is of enough people. Sums and
differences of such numbers, whatever their level, month or question, are again about whole groups: nobody in a smaller
one can be worked out. That is why no reader of anonymous responses may count them by anything else.

A survey about departments is divided by department and not by branch: with both, a department that few branches were
asked about would give one of them away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.questionnaire.exchange.answers.groups import Cell, Group, groups
from reports import months as calendar
from survey_app import clock
from survey_app.models import Campaign, DepartmentSurvey, Response, SealedResponse
from survey_app.models.response import COUNTED
from survey_app.queries import organisation, sealed
from survey_app.queries.exports import Source

#: What the division is made by, in the order of :class:`Cell` and the campaign.
KEY: Final = (Response.month, Response.region_id, Response.branch_id, Response.campaign_id)
Key = tuple[str, int, int, int]


@dataclass(frozen=True)
class Told:
    """The division of one questionnaire's responses."""

    #: Fewest people of a group, and of one whose own words are shown.
    least: int
    least_texts: int
    #: The last month that is told of.
    until: str
    #: Whether it is made by department: ``branch`` of a cell and a group is then a department's number.
    by_department: bool
    departments: Mapping[int, int]
    cells: Mapping[Cell, int]
    groups: Mapping[Cell, Group]

    def cell(self, key: Key) -> Cell:
        """The cell of a response, by :data:`KEY`."""
        month, region, branch, campaign = key
        return Cell(month, 0, self.departments.get(campaign, 0)) if self.by_department else Cell(month, region, branch)

    def group(self, key: Key) -> Group | None:
        """The group that a response stands in; None where it is left out everywhere."""
        return self.groups.get(self.cell(key))

    def place(self, key: Key) -> tuple[int | None, int | None] | None:
        """(region, branch) that are told of a response, None for what is not; None where it is left out."""
        group = self.group(key)
        if group is None:
            return None
        return (None, None) if self.by_department else (group.region, group.branch)


def division(session: Session, found: Source) -> Told:
    """How the responses of an anonymous questionnaire are told. The same for every reader."""
    held = dict(
        session.execute(
            select(DepartmentSurvey.campaign_id, DepartmentSurvey.department_id)
            .join(Campaign, Campaign.id == DepartmentSurvey.campaign_id)
            .where(Campaign.questionnaire_id == found.questionnaire.id)
        ).all()
    )
    least = _least(session, found)
    told = Told(least, max(least, found.least_texts), last_month(session), bool(held), held, {}, {})
    counts: dict[Cell, int] = {}
    rows = select(*KEY, func.count()).where(*published(session, found)).group_by(*KEY).order_by(*KEY)
    for month, region, branch, campaign, count in session.execute(rows):
        cell = told.cell((month, region, branch, campaign))
        counts[cell] = counts.get(cell, 0) + count
    return Told(
        told.least, told.least_texts, told.until, told.by_department, held, counts, _known(groups(counts, least), held)
    )


def _known(made: Mapping[Cell, Group], held: Mapping[int, int]) -> dict[Cell, Group]:
    """Groups with a region only where it is one: a department has none."""
    if not held:
        return dict(made)
    return {cell: group._replace(region=None) for cell, group in made.items()}


def _least(session: Session, found: Source) -> int:
    """The promise of the questionnaire and its kind; the organisation's setting may ask for more, never for less."""
    return max(found.least, organisation.policy(session).least_pulse)


def last_month(session: Session) -> str:
    """The last month that is told of: it closed before today, so the night has passed in which its last answers came.

    Answers that come later belong to a month that is still open (``commands.responses``).
    """
    closing = organisation.policy(session).closes_on_working_day
    month = clock.last_full_month()
    while clock.closes_on(month, closing) >= clock.today():
        month = calendar.shift(month, -1)
    return month


def published(session: Session, found: Source) -> list[Any]:
    """Which responses are told of at all."""
    until = last_month(session)
    conditions: list[Any] = [
        Response.version_id.in_(found.numbers),
        Response.state == COUNTED,
        Response.month <= until,
    ]
    late = _waiting(session, until)
    return [*conditions, Response.month.not_in(late)] if late else conditions


def _waiting(session: Session, until: str) -> list[str]:
    """Months that closed and have boxes all the same, because nobody was up at night: told once those are published.

    Else whoever looked before and after would see the difference.
    """
    if session.scalar(select(SealedResponse.id).limit(1)) is None:
        return []
    return sorted({one.content["month"] for one in sealed.waiting(session) if one.readable} & _until(until))


def _until(month: str) -> set[str]:
    return {calendar.shift(month, -back) for back in range(36)}
