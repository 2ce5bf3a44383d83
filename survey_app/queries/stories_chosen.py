"""The stories that a meeting hears: customers' words by reference, and what there is to choose from.

The words are read where they stand. Who had them deleted had them deleted here too, in signed months as well; what
remains is that there was a story. The rule of small bases holds here as on a branch's page.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from reports import months as calendar
from reports.policy import Policy
from survey_app.models import Answer, Branch, BranchFact, Line, Questionnaire, Response, Score, Story, User, Version
from survey_app.models.response import COUNTED
from survey_app.permissions import Permission, may, scope_of
from survey_app.queries import masking, organisation, questionnaires, voices
from survey_app.queries.identifying import hide
from survey_app.queries.organisation import in_scope
from translations import localised

#: Where most stories come from.
SURVEY: Final = "survey"
#: Why a story's words are not shown: nobody has them any more, or too few answered in its branch by now.
DELETED, FEW = "deleted", "few"
#: Which words to choose from: of customers who were not satisfied, who were, or of all.
UNSATISFIED, SATISFIED = "unsatisfied", "satisfied"


@dataclass(frozen=True)
class Words:
    """What one customer wrote, with what was asked; names of the branch's people are hidden outside the branch."""

    response_id: str
    question: str
    #: None for what was said of no branch in particular.
    branch: Branch | None
    branch_code: str
    month: str
    language: str
    #: What was asked, in the active language.
    asked: str
    words: str
    #: The response's top-box CSAT: 100, 0 or None where it was not answered.
    satisfied: float | None
    #: A code of :data:`survey_app.loop.voices.SOURCES`.
    source: str = "survey"


@dataclass(frozen=True)
class Chosen:
    """A story of a meeting; without ``words`` it says in ``why`` what became of them."""

    response_id: str
    question: str
    note: str
    told: Words | None
    why: str = ""


@dataclass(frozen=True)
class Candidates:
    """One page of the words that can be brought to a meeting."""

    rows: list[Words]
    total: int


def _satisfaction() -> Any:
    """A response's top-box CSAT in hundredths."""
    return (
        select(Score.value)
        .join(Line, Line.id == Score.line_id)
        .where(Score.response_id == Response.id, Line.what == "csat")
        .limit(1)
        .scalar_subquery()
    )


def _statement(policy: Policy) -> Any:
    return (
        select(Response, Answer.question, Answer.words, _satisfaction(), Version)
        .join(Answer, Answer.response_id == Response.id)
        .join(Version, Version.id == Response.version_id)
        .join(Questionnaire, Questionnaire.id == Version.questionnaire_id)
        .where(Response.state == COUNTED, Questionnaire.code.in_(policy.survey_codes), Answer.words.is_not(None))
        .options(joinedload(Response.branch))
    )


def _free_texts(session: Session, policy: Policy) -> set[str]:
    """Codes of questions that ask for words: a contact's answer is none of them."""
    versions = session.scalars(
        select(Version)
        .join(Questionnaire, Questionnaire.id == Version.questionnaire_id)
        .where(Questionnaire.code.in_(policy.survey_codes))
    )
    return {
        one.code
        for version in versions
        for one in questionnaires.answerable(questionnaires.definition(version))
        if one.type == "text"
    }


def _told(session: Session, rows: Any) -> list[Words]:
    codes = organisation.codes(session)
    found = []
    for response, question, words, value, version in rows:
        answerable = questionnaires.answerable(questionnaires.definition(version))
        asked = next((one for one in answerable if one.code == question and one.type == "text"), None)
        if asked is None or not words:
            continue
        found.append(
            Words(
                response_id=response.id,
                question=question,
                branch=response.branch,
                branch_code=codes.get(response.branch_id, response.branch.code),
                month=response.month,
                language=response.language,
                asked=localised(asked.text),
                words=words,
                satisfied=value / 100 if value is not None else None,
            )
        )
    return found


def _speaking(session: Session, policy: Policy, month: str, branch_ids: Collection[int] | None = None) -> set[int]:
    """Branches with enough answers in the surveys' window for comments to be shown."""
    statement = (
        select(BranchFact.branch_id)
        .join(Line, Line.id == BranchFact.line_id)
        .join(Questionnaire, Questionnaire.id == Line.questionnaire_id)
        .where(BranchFact.month.in_(calendar.span(month, policy.survey_window)), Line.what == "csat")
        .where(Questionnaire.code.in_(policy.survey_codes))
        .group_by(BranchFact.branch_id)
        .having(func.sum(BranchFact.n) >= policy.least_comments)
    )
    if branch_ids is not None:
        statement = statement.where(BranchFact.branch_id.in_(branch_ids))
    return set(session.scalars(statement))


def _open_to(session: Session, user: User, policy: Policy, month: str) -> set[int]:
    """Branches whose customers' words a reader may see this month."""
    if not may(user, Permission.SEE_COMMENTS):
        return set()
    named = set(session.scalars(select(Branch.id).where(in_scope(scope_of(user)))))
    return named & _speaking(session, policy, month)


def keys(session: Session, month: str) -> set[tuple[str, str]]:
    """(response, question) of a meeting's stories."""
    rows = session.execute(select(Story.response_id, Story.question).where(Story.month == month))
    return {(response_id, question) for response_id, question in rows}


def chosen(session: Session, user: User, month: str) -> list[Chosen]:
    """A meeting's stories in the order in which it hears them, as far as a reader may see them.

    Whose words were deleted is known to nobody: such a story is listed to who sees the whole organisation.
    """
    rows = session.scalars(select(Story).where(Story.month == month).order_by(Story.place, Story.response_id)).all()
    if not rows or not may(user, Permission.SEE_COMMENTS):
        return []
    policy, scope = organisation.policy(session), scope_of(user)
    ids = [row.response_id for row in rows if row.source == SURVEY]
    wanted = _statement(policy).where(Response.id.in_(ids))
    told = {(one.response_id, one.question): one for one in _told(session, session.execute(wanted))}
    open_now = _speaking(session, policy, month, {one.branch.id for one in told.values() if one.branch})
    elsewhere = _elsewhere(session, user, [row for row in rows if (row.response_id, row.question) not in told])
    found = []
    for row in rows:
        key = row.response_id, row.question
        one = told.get(key, elsewhere.get(key))
        if one is None:
            if scope.everything:
                found.append(Chosen(row.response_id, row.question, "", None, DELETED))
        elif one.branch is not None and not scope.names_branch(one.branch.id, one.branch.region_id):
            continue
        elif one.branch is not None and key in told and one.branch.id not in open_now:
            found.append(Chosen(row.response_id, row.question, "", None, FEW))
        else:
            found.append(Chosen(row.response_id, row.question, row.note, one))
    said = _masked(session, user, [one.told for one in found if one.told])
    return [replace(one, told=said.get((one.response_id, one.question))) for one in found]


def _elsewhere(session: Session, user: User, rows: Sequence[Story]) -> dict[tuple[str, str], Words]:
    """The words of stories that are no answers of the surveys that are ranked, as far as the reader sees them."""
    keys = {(row.source, row.response_id, "" if row.question == row.source else row.question): row for row in rows}
    return {
        (keys[key].response_id, keys[key].question): Words(
            response_id=keys[key].response_id,
            question=keys[key].question,
            branch=one.branch,
            branch_code=one.branch_code,
            month=one.month,
            language=one.language,
            asked=one.asked,
            words=one.words,
            satisfied=one.satisfied,
            source=one.source,
        )
        for key, one in voices.pieces(session, user, keys).items()
    }


def _masked(session: Session, user: User, rows: Iterable[Words]) -> dict[tuple[str, str], Words]:
    """(response, question) -> its words without names of the branch's people, numbers and addresses, as the reader
    reads them.
    """
    rows = list(rows)
    names = masking.masks(session, user, {one.branch for one in rows if one.branch is not None})
    return {
        (one.response_id, one.question): replace(
            one, words=hide(masking.mask_names(one.words, names.get(one.branch.id if one.branch else 0, ())))
        )
        for one in rows
    }


def may_be_brought(session: Session, user: User, month: str, response_id: str, question: str) -> bool:
    """Whether a reader sees these words on a page of this month, so that they may be brought to its meeting."""
    policy = organisation.policy(session)
    wanted = _statement(policy).where(
        Response.id == response_id,
        Answer.question == question,
        Response.month.in_(calendar.span(month, policy.survey_window)),
    )
    found = _told(session, session.execute(wanted))
    if found:
        return found[0].branch is not None and found[0].branch.id in _open_to(session, user, policy, month)
    # Of the other surveys the stream of voices knows which words this reader sees.
    heard = voices.piece(session, user, SURVEY, response_id, question)
    return heard is not None and heard.month <= month


#: What cuts the list of words to choose from.
_CUTS: Final = {UNSATISFIED: (0,), SATISFIED: (10_000,)}


def candidates(
    session: Session,
    user: User,
    month: str,
    *,
    cut: str = UNSATISFIED,
    search: str = "",
    limit: int = 25,
    offset: int = 0,
) -> Candidates:
    """Words of the month to choose from, in an order that tells nothing of who wrote when."""
    policy = organisation.policy(session)
    wanted = _statement(policy).where(
        Response.month == month,
        Response.branch_id.in_(_open_to(session, user, policy, month)),
        Answer.question.in_(_free_texts(session, policy)),
        Answer.words != "",
    )
    if cut in _CUTS:
        wanted = wanted.where(_satisfaction().in_(_CUTS[cut]))
    if search.strip():
        sought = search.strip()
        wanted = wanted.where(
            or_(
                Answer.words.icontains(sought, autoescape=True),
                Response.branch.has(Branch.name.icontains(sought, autoescape=True)),
            )
        )
    total = session.scalar(select(func.count()).select_from(wanted.with_only_columns(Response.id).subquery())) or 0
    rows = session.execute(wanted.order_by(Response.id, Answer.question).limit(limit).offset(offset))
    return Candidates(list(_masked(session, user, _told(session, rows)).values()), total)
