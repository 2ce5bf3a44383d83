"""Single responses for models: what a table of sums cannot tell. Read in a job, never for a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reports import months as calendar
from reports.facts import Fact
from reports.policy import Policy
from survey_app.models import Assignment, Branch, BranchFact, Line, Questionnaire, Response, Score
from survey_app.models.response import COUNTED
from survey_app.queries.facts import receivers
from survey_app.queries.lines import report_lines

#: Hundredths in a point.
UNIT: Final = 100
ITEM, QUESTION = "item.", "question."


@dataclass(frozen=True)
class Visits:
    """Counted mystery visits in a fixed order: a score of 0–100, the branch (after mergers) and the shopper of each."""

    scores: list[float]
    branches: list[int]
    shoppers: list[int]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """(shopper, branch) of each visit."""
        return list(zip(self.shoppers, self.branches, strict=True))


def visits(session: Session, month: str, policy: Policy) -> Visits:
    """Visits of the window that ends with a month, in the series that the months belong to now.

    Visits without a shopper of ours (reports that came by file) are left out.
    """
    window = calendar.span(month, policy.shop_window)
    lines = report_lines(session, policy, window)
    totals = [line for line, measure in lines.measures.items() if measure == "shop_total"]
    owners = receivers(session.scalars(select(Branch)).all(), month)
    rows = session.execute(
        select(Score.value, Response.branch_id, Assignment.shopper_id, Response.month, Score.line_id)
        .join(Response, Response.id == Score.response_id)
        .join(Assignment, Assignment.response_id == Response.id)
        .where(
            Score.line_id.in_(totals),
            Response.state == COUNTED,
            Response.month >= window[0],
            Response.month <= window[-1],
            Assignment.shopper_id.is_not(None),
        )
        .order_by(Response.id)
    )
    kept = [
        (value / UNIT, owners.get(branch, branch), shopper)
        for value, branch, shopper, at, line in rows
        if shopper is not None and at in lines.stands[line] and not lines.ended("shop_total", at)
    ]
    return Visits([one[0] for one in kept], [one[1] for one in kept], [one[2] for one in kept])


def answers(
    session: Session, month: str, codes: Sequence[str], prefix: str, width: int
) -> dict[tuple[str, str], dict[int, Fact]]:
    """(questionnaire, code) of each item or scale question -> branch -> fact, over a window of months."""
    window = calendar.span(month, width)
    owners = receivers(session.scalars(select(Branch)).all(), month)
    rows = session.execute(
        select(
            Questionnaire.code,
            Line.what,
            BranchFact.branch_id,
            func.sum(BranchFact.n),
            func.sum(BranchFact.total),
            func.sum(BranchFact.squares),
        )
        .join(Line, Line.id == BranchFact.line_id)
        .join(Questionnaire, Questionnaire.id == Line.questionnaire_id)
        .where(
            Questionnaire.code.in_(list(codes)),
            Line.what.startswith(prefix, autoescape=True),
            BranchFact.month >= window[0],
            BranchFact.month <= window[-1],
        )
        .group_by(Questionnaire.code, Line.what, BranchFact.branch_id)
        .order_by(Questionnaire.code, Line.what, BranchFact.branch_id)
    )
    found: dict[tuple[str, str], dict[int, Fact]] = {}
    for questionnaire, what, branch, n, total, squares in rows:
        series = found.setdefault((questionnaire, what.removeprefix(prefix)), {})
        owner = owners.get(branch, branch)
        series[owner] = series.get(owner, Fact()) + Fact(int(n), int(total), int(squares))
    return found
