"""Customers' words that may stand on a certificate: references, read where they stand whenever they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from reports import months as calendar
from reports.policy import Policy
from survey_app.models import NO_AGENT, Answer, Line, Questionnaire, Recognition, Response, Score, Version
from survey_app.models.response import COUNTED
from survey_app.queries import branches, organisation, questionnaires, thanks
from translations import localised

#: Words to choose from.
MOST: Final = 12
#: Hundredths of a satisfied customer's top-box score.
_BEST: Final = 10_000


@dataclass(frozen=True)
class Quote:
    """A customer's own words that may stand on a certificate."""

    response_id: str
    question: str
    month: str
    language: str
    asked: str
    words: str
    praise: bool

    @property
    def key(self) -> str:
        """What a form calls it."""
        return f"{self.response_id}:{self.question}"


def choice(session: Session, row: Recognition) -> list[Quote]:
    """Words of contented customers of the employee or team, words of thanks first; none where too few answered."""
    policy = organisation.policy(session)
    ids = branches.ids_of(session, row.branch, row.month)
    if branches.comments_hidden(session, ids, row.month, policy):
        return []
    return _quotes(session, row, policy, limit=MOST)


def quoted(session: Session, row: Recognition) -> Quote | None:
    """The words that a recognition quotes, read where they stand: gone once they are deleted or another's."""
    if row.quote_response_id is None:
        return None
    found = _quotes(session, row, organisation.policy(session), only=(row.quote_response_id, row.quote_question))
    return found[0] if found else None


def may_be_quoted(session: Session, row: Recognition, response_id: str, question: str) -> bool:
    """Whether words are a customer's of this employee or team, and shown on the page from which they are chosen."""
    policy = organisation.policy(session)
    ids = branches.ids_of(session, row.branch, row.month)
    hidden = branches.comments_hidden(session, ids, row.month, policy)
    return not hidden and bool(_quotes(session, row, policy, only=(response_id, question)))


def _quotes(
    session: Session, row: Recognition, policy: Policy, *, limit: int | None = None, only: tuple[str, str] | None = None
) -> list[Quote]:
    praise = thanks.codes(session)
    window = calendar.span(row.month, policy.agent_window if row.agent_id != NO_AGENT else policy.survey_window)
    whose = Response.branch_id == row.branch_id if row.agent_id == NO_AGENT else Response.agent_id == row.agent_id
    wanted = (
        select(Response, Answer.question, Answer.words)
        .join(Answer, Answer.response_id == Response.id)
        .join(Version, Version.id == Response.version_id)
        .join(Questionnaire, Questionnaire.id == Version.questionnaire_id)
        .where(
            whose, Response.month.in_(window), Response.state == COUNTED, Answer.words.is_not(None), Answer.words != "",
            or_(Questionnaire.code.in_(policy.survey_codes) & _satisfied(), Answer.question.in_(praise)),
            thanks.not_sensitive(),
        )
        .options(joinedload(Response.version))
        .order_by(Answer.question.in_(praise).desc(), Response.month.desc(), Response.id)
    )  # fmt: skip
    if only is not None:
        wanted = wanted.where(Response.id == only[0], Answer.question == only[1])
    # Not every answer in words is a customer's own free text, so a few more are read than are shown.
    found = []
    for response, question, words in session.execute(wanted.limit(limit * 4) if limit else wanted):
        asked = _asked(response.version, question)
        if asked is not None:
            found.append(
                Quote(response.id, question, response.month, response.language, asked, words or "", question in praise)
            )
    return found[:limit] if limit else found


def _asked(version: Version, code: str) -> str | None:
    definition = questionnaires.definition(version)
    asked = (one for one in questionnaires.answerable(definition) if one.code == code and one.type == "text")
    return next((localised(one.text) for one in asked), None)


def _satisfied() -> ColumnElement[bool]:
    """The condition that the visit was rated with one of the two best answers."""
    return exists().where(
        Score.response_id == Response.id, Score.line_id == Line.id, Line.what == "csat", Score.value == _BEST
    )
