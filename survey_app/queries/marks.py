"""Comments that branches marked as not in their hands: what may be marked, a department's inbox, counts by reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from reports.policy import Policy
from survey_app.errors import NotFound
from survey_app.models import (
    Answer,
    Branch,
    CommentMark,
    Department,
    Line,
    Questionnaire,
    Response,
    Score,
    User,
    Version,
)
from survey_app.models.response import COUNTED
from survey_app.queries import departments, masking, questionnaires
from survey_app.queries.facts import taken_over
from translations import gettext as _
from translations import localised


@dataclass(frozen=True)
class Remark:
    """A customer's words as a branch may mark them, with the mark where there is one."""

    response_id: str
    question: str
    asked: str
    words: str
    language: str
    visited_on: date | None
    satisfied: bool | None
    mark: CommentMark | None


@dataclass(frozen=True)
class Marked:
    """A mark as a department reads it. ``words`` is None where the customer's words are gone, or count no more."""

    mark: CommentMark
    branch: Branch
    words: str | None
    language: str


@dataclass(frozen=True)
class Counted:
    """How many comments were marked with a reason, and how many of them were answered."""

    reason: str
    count: int
    answered: int


# ---- what a branch may mark ------------------------------------------------------------------------------------------


def branch_ids(session: Session, branch_id: int, month: str) -> list[int]:
    """A branch with those that it had taken over by a month."""
    return [branch_id, *taken_over(session, branch_id, month)]


def _wordings(session: Session, policy: Policy) -> dict[int, dict[str, str]]:
    """Version id -> code of each question that is answered in words -> its text."""
    versions = session.scalars(
        select(Version)
        .join(Questionnaire)
        .where(Questionnaire.code.in_(policy.survey_codes))
        .options(joinedload(Version.questionnaire))
    )
    return {
        version.id: {
            one.code: localised(one.text)
            for one in questionnaires.answerable(questionnaires.definition(version))
            if one.type == "text"
        }
        for version in versions
    }


def _worded(wordings: dict[int, dict[str, str]]) -> ColumnElement[bool]:
    conditions = [
        and_(Response.version_id == version, Answer.question.in_(codes)) for version, codes in wordings.items() if codes
    ]
    return or_(*conditions) if conditions else false()


def remarks(
    session: Session,
    ids: Collection[int],
    month: str,
    policy: Policy,
    *,
    limit: int,
    offset: int = 0,
    only: tuple[str, str] | None = None,
) -> tuple[list[Remark], int]:
    """What customers of branches wrote in a month, and how many remarks there are in all.

    ``only``: one remark, by its response and question. The order tells nothing of when an answer came.
    """
    wordings = _wordings(session, policy)
    conditions = [
        Response.branch_id.in_(ids),
        Response.month == month,
        Response.state == COUNTED,
        Answer.words.is_not(None),
        Answer.words != "",
        _worded(wordings),
    ]
    if only is not None:
        conditions += [Response.id == only[0], Answer.question == only[1]]
    total = session.scalar(select(func.count()).select_from(Response).join(Answer).where(*conditions)) or 0
    rated = (
        select(Score.value)
        .join(Line, Line.id == Score.line_id)
        .where(Score.response_id == Response.id, Line.what == "csat")
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Response, Answer.question, Answer.words, rated, CommentMark)
        .join(Answer, Answer.response_id == Response.id)
        .outerjoin(
            CommentMark,
            and_(CommentMark.response_id == Response.id, CommentMark.question == Answer.question),
        )
        .where(*conditions)
        .order_by(Response.visited_on.desc(), Response.id, Answer.question)
        .options(joinedload(CommentMark.department))
        .limit(limit)
        .offset(offset)
    )
    found = [
        Remark(
            response_id=response.id,
            question=question,
            asked=wordings[response.version_id][question],
            words=words,
            language=response.language,
            visited_on=response.visited_on,
            satisfied=None if value is None else value > 0,
            mark=mark,
        )
        for response, question, words, value, mark in rows
    ]
    return found, total


def of_branch(session: Session, ids: Collection[int], month: str) -> dict[tuple[str, str], CommentMark]:
    """(response, question) -> the mark that a branch made in a month's review, with its department and answer."""
    rows = session.scalars(
        select(CommentMark)
        .join(Response, Response.id == CommentMark.response_id)
        .where(Response.branch_id.in_(ids), CommentMark.month == month)
        .order_by(CommentMark.at, CommentMark.response_id, CommentMark.question)
        .options(joinedload(CommentMark.department, innerjoin=True))
    )
    return {(row.response_id, row.question): row for row in rows}


# ---- a department's inbox --------------------------------------------------------------------------------------------


def inbox(
    session: Session,
    user: User,
    *,
    answered: bool = False,
    reason: str = "",
    month: str = "",
    limit: int,
    offset: int = 0,
) -> tuple[list[Marked], int]:
    """Marks that wait for an answer (the oldest first) or have one (the newest first), and how many there are."""
    conditions = [
        departments.of_reader(user),
        CommentMark.answered_at.is_not(None) if answered else CommentMark.answered_at.is_(None),
    ]
    if reason:
        conditions.append(CommentMark.reason == reason)
    if month:
        conditions.append(CommentMark.month == month)
    order: tuple[Any, ...] = (
        (CommentMark.answered_at.desc(),) if answered else (CommentMark.at,)
    )  # fmt: skip
    total = session.scalar(select(func.count()).select_from(CommentMark).join(Department).where(*conditions))
    rows = _marked(session, conditions, (*order, CommentMark.response_id, CommentMark.question), limit, offset)
    return rows, total or 0


def marked(session: Session, user: User, response_id: str, question: str) -> Marked:
    """One mark, for a reader who answers it; NotFound for anybody else."""
    conditions = [departments.of_reader(user), CommentMark.response_id == response_id, CommentMark.question == question]
    found = _marked(session, conditions, (CommentMark.at,), 1, 0)
    if not found:
        raise NotFound(_("There is no such comment, or it is another department's."))
    return found[0]


def _marked(
    session: Session, conditions: Sequence[ColumnElement[bool]], order: tuple[Any, ...], limit: int, offset: int
) -> list[Marked]:
    said = aliased(Answer)
    rows = session.execute(
        select(CommentMark, Branch, said.words, Response.language)
        .join(Department, Department.id == CommentMark.department_id)
        .join(Response, Response.id == CommentMark.response_id)
        .join(Branch, Branch.id == Response.branch_id)
        .outerjoin(
            said,
            # Words that count no more are read on no branch's page either.
            and_(
                said.response_id == CommentMark.response_id,
                said.question == CommentMark.question,
                Response.state == COUNTED,
            ),
        )
        .where(*conditions)
        .order_by(*order)
        .options(joinedload(CommentMark.department, innerjoin=True))
        .limit(limit)
        .offset(offset)
    )
    found = rows.all()
    # A department stands outside the branch: it reads what was said, and not of whom.
    names = masking.names_of(session, {branch.id for _mark, branch, _words, _language in found})
    return [
        Marked(mark, branch, words and masking.mask_names(words, names[branch.id]), language)
        for mark, branch, words, language in found
    ]


def counts(session: Session, month: str) -> list[Counted]:
    """How many comments branches marked in a month's review, by reason, the most frequent first."""
    rows = session.execute(
        select(CommentMark.reason, func.count(), func.count(CommentMark.answered_at))
        .where(CommentMark.month == month)
        .group_by(CommentMark.reason)
        .order_by(func.count().desc(), CommentMark.reason)
    )
    return [Counted(reason, count, answered) for reason, count, answered in rows]


def counts_of(session: Session, user: User, months: Collection[str]) -> dict[str, dict[str, Counted]]:
    """Reason -> month -> how many comments were marked, of the departments that a reader answers for."""
    rows = session.execute(
        select(CommentMark.reason, CommentMark.month, func.count(), func.count(CommentMark.answered_at))
        .join(Department)
        .where(CommentMark.month.in_(months), departments.of_reader(user))
        .group_by(CommentMark.reason, CommentMark.month)
    )
    found: dict[str, dict[str, Counted]] = {}
    for reason, month, count, answered in rows:
        found.setdefault(reason, {})[month] = Counted(reason, count, answered)
    return found
