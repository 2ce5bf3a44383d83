"""From which branches customers' answers may be read: enough must have answered that nobody is recognised.

A survey's words of a month are shown where the branch has the policy's least number of answers to that questionnaire,
in the months of the surveys' window that end with it.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reports import months as calendar
from reports.policy import Policy
from survey_app.kinds import KINDS
from survey_app.models import BranchFact, Line, Questionnaire, Response, Version
from survey_app.models.response import COUNTED

#: Kinds whose answers are customers' own and confidential.
SURVEYS = tuple(kind.code for kind in KINDS.values() if kind.voice == "survey")


class Bases:
    """The rule, asked month by month and read once for each."""

    def __init__(self, session: Session, policy: Policy) -> None:
        self._session, self._policy = session, policy
        self._known: dict[str, set[tuple[int, int]]] = {}

    def speak(self, month: str, branch_id: int, questionnaire_id: int) -> bool:
        """Whether a branch's answers of a month to a questionnaire may be read."""
        if month not in self._known:
            self._known[month] = self._read(month)
        return (branch_id, questionnaire_id) in self._known[month]

    def _read(self, month: str) -> set[tuple[int, int]]:
        window = calendar.span(month, self._policy.survey_window)
        answers = (
            select(BranchFact.branch_id, Line.questionnaire_id, func.sum(BranchFact.n).label("n"))
            .join(Line, Line.id == BranchFact.line_id)
            .join(Questionnaire, Questionnaire.id == Line.questionnaire_id)
            .where(BranchFact.month.in_(window), Questionnaire.kind.in_(SURVEYS))
            .group_by(BranchFact.branch_id, Line.questionnaire_id, Line.id)
        ).subquery()
        rows = self._session.execute(
            select(answers.c.branch_id, answers.c.questionnaire_id)
            .where(answers.c.n >= self._policy.least_comments)
            .distinct()
        )
        return {(branch, questionnaire) for branch, questionnaire in rows} | self._without_scores(window)

    def _without_scores(self, window: list[str]) -> set[tuple[int, int]]:
        """Of questionnaires that have no score and so no facts: their answers are counted one by one."""
        scored = select(Line.questionnaire_id)
        wanted = (
            select(Version.id, Version.questionnaire_id)
            .join(Questionnaire, Questionnaire.id == Version.questionnaire_id)
            .where(Questionnaire.kind.in_(SURVEYS), Questionnaire.id.not_in(scored))
        )
        questionnaire = dict(self._session.execute(wanted).all())
        if not questionnaire:
            return set()
        rows = self._session.execute(
            select(Response.branch_id, Version.questionnaire_id)
            .join(Version, Version.id == Response.version_id)
            .where(Response.version_id.in_(questionnaire), Response.month.in_(window), Response.state == COUNTED)
            .group_by(Response.branch_id, Version.questionnaire_id)
            .having(func.count() >= self._policy.least_comments)
        )
        return {(branch, number) for branch, number in rows}
