"""The bonus statement: each employee's shrunken score against one fixed target, with base and interval.

Nobody is compared with anybody: the rows stand by branch and name, there is no place in a list, and a statement is made
only where the policy's number of customers answered. A rank is no part of it, whatever it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reports import wording
from reports.table import Column, Table
from translations import format_month
from translations import gettext as _
from translations import lazy_gettext as _l

#: What is stated: the shrunken score is at least the target, or it is not; or too few answered to say;
#: or enough did, and the score stays hidden since small groups before it would show.
REACHED, NOT_REACHED, NO_BASE, HIDDEN = "reached", "not_reached", "no_base", "hidden"
#: Statement -> (words, the sort of badge).
STATEMENTS: Final[Mapping[str, tuple[Any, str]]] = {
    REACHED: (_l("Target reached"), "good"),
    NOT_REACHED: (_l("Target not reached"), ""),
    NO_BASE: (_l("No statement: too few responses"), "warn"),
    HIDDEN: (_l("No statement: the score is hidden"), "warn"),
}


@dataclass(frozen=True, slots=True)
class Quiz:
    """The newest knowledge quiz of an employee: its day, its percent, and whether that is enough."""

    day: str
    percent: float
    passed: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """One employee's line. Scores are percent; None where too few answered for them to be shown."""

    code: str
    name: str
    branch: str
    n: int | None
    csat: float | None
    shrunken: float | None
    low: float | None
    high: float | None
    target: float
    said: str
    #: Why no score is shown, in words.
    why: str = ""
    quiz: Quiz | None = None

    @property
    def gap(self) -> float | None:
        """The shrunken score minus the target."""
        return None if self.shrunken is None else round(self.shrunken - self.target, 2)


def statements(data: Mapping[str, Any], quizzes: Mapping[str, Quiz]) -> list[Statement]:
    """A line for each employee of a report's data, by branch and name. ``quizzes``: employee's code -> the newest."""
    policy = data["settings"]["policy"]
    found = [_statement(row, policy, data["settings"], quizzes.get(row["code"])) for row in data["agents"]]
    return sorted(found, key=lambda one: (one.branch, one.name, one.code))


def _statement(
    row: Mapping[str, Any], policy: Mapping[str, Any], settings: Mapping[str, Any], quiz: Quiz | None
) -> Statement:
    surveys, target = row["surveys"], policy["agent_target"]
    shown = surveys["why"] is None and surveys["shrunken"] is not None
    # Whoever has the answers is not told that they are too few.
    enough = (surveys["n"] or 0) >= policy["agent_surveys"]
    reached = REACHED if shown and surveys["shrunken"] >= target else NOT_REACHED
    said = NO_BASE if not enough else reached if shown else HIDDEN
    return Statement(
        code=row["code"],
        name=row.get("name") or row["code"],
        branch=row["branch_name"],
        n=surveys["n"],
        csat=surveys["csat"] if shown else None,
        shrunken=surveys["shrunken"] if shown else None,
        low=surveys["low"] if shown else None,
        high=surveys["high"] if shown else None,
        target=target,
        said=said,
        why="" if shown else wording.why(surveys, settings),
        quiz=quiz,
    )


def table(rows: Sequence[Statement], month: str, with_quiz: bool) -> Table:
    """The statements as a table, for files."""
    columns = [
        Column("branch", _("Branch")),
        Column("name", _("Name")),
        Column("n", _("Responses"), "integer"),
        Column("csat", _("Satisfaction"), "percent", 1),
        Column("shrunken", _("Weighed score"), "percent", 1),
        Column("low", _("Probably from"), "percent", 1),
        Column("high", _("Probably to"), "percent", 1),
        Column("target", _("Fixed target"), "percent", 1),
        Column("gap", _("Gap to target"), "number", 1),
        Column("said", _("Statement")),
    ]
    if with_quiz:
        columns += [Column("quiz", _("Knowledge quiz"), "percent"), Column("quiz_day", _("Day of the quiz"), "date")]
    title = _("Bonus statement, %(month)s", month=format_month(month))
    return Table("bonus", title, tuple(columns), tuple(_row(one, with_quiz) for one in rows))


def _row(one: Statement, with_quiz: bool) -> tuple[Any, ...]:
    said = str(STATEMENTS[one.said][0])
    row = (one.branch, one.name, one.n, one.csat, one.shrunken, one.low, one.high, one.target, one.gap, said)
    if not with_quiz:
        return row
    return (*row, one.quiz.percent, one.quiz.day) if one.quiz is not None else (*row, None, None)
