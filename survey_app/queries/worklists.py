"""Work lists: a shopper's assignments, the coordinator's visits, the reviewers' queue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.score import Scorecard, score
from reports import months as calendar
from survey_app import clock
from survey_app.errors import NotFound
from survey_app.kinds import kind_of
from survey_app.models import (
    Answer,
    Appeal,
    Assignment,
    Branch,
    Campaign,
    Correction,
    Draft,
    Programme,
    QualityReview,
    Response,
    Scenario,
    User,
    Version,
    VisitEvent,
)
from survey_app.models.appeal import BRANCH, DECIDED
from survey_app.models.fieldwork import ASSIGNED, CLAIMED, OPEN, PLANNED, RETURNED
from survey_app.models.response import COUNTED, PENDING, REJECTED, VOIDED
from survey_app.permissions import Role, Scope
from survey_app.queries import questionnaires
from survey_app.queries.tickets import in_hindsight
from translations import gettext as _


def shops(session: Session, shopper_id: int, *, done: bool = False, limit: int = 50) -> list[Assignment]:
    """A shopper's visits: those to do, soonest due first; or those done, newest first."""
    open_states = [ASSIGNED, RETURNED]
    statement = (
        select(Assignment)
        .where(Assignment.shopper_id == shopper_id)
        .options(joinedload(Assignment.branch).joinedload(Branch.region), joinedload(Assignment.scenario))
        .limit(limit)
    )
    if done:
        # A plan that is only being made is nobody's business but coordination's.
        hidden = [*open_states, PLANNED]
        statement = statement.where(Assignment.state.not_in(hidden)).order_by(Assignment.window_until.desc())
    else:
        statement = statement.where(Assignment.state.in_(open_states)).order_by(Assignment.window_until, Assignment.id)
    return list(session.scalars(statement))


def shop(session: Session, assignment_id: int, shopper_id: int) -> Assignment:
    """One visit of a shopper, whatever became of it; NotFound when it is not theirs."""
    found = session.scalar(
        select(Assignment)
        .where(Assignment.id == assignment_id, Assignment.shopper_id == shopper_id, Assignment.state != PLANNED)
        .options(joinedload(Assignment.branch).joinedload(Branch.region), joinedload(Assignment.scenario))
    )
    if found is None:
        raise NotFound(_("There is no such assignment."))
    return found


def drafted(session: Session, response_ids: list[str]) -> set[str]:
    """Which of these responses have been begun."""
    return set(session.scalars(select(Draft.response_id).where(Draft.response_id.in_(response_ids))))


def reminded_today(session: Session, assignment_id: int) -> bool:
    """Whether the shopper of a visit was reminded on this day already."""
    found = session.scalar(
        select(VisitEvent.id)
        .where(
            VisitEvent.assignment_id == assignment_id,
            VisitEvent.kind == "reminded",
            VisitEvent.at >= clock.start_of(clock.today()),
        )
        .limit(1)
    )
    return found is not None


@dataclass(frozen=True)
class Visits:
    """A page of the coordinator's list."""

    rows: list[Assignment]
    total: int
    states: dict[str, int]


def fieldwork(
    session: Session,
    *,
    month: str = "",
    state: str = "",
    branch: str = "",
    programme: str = "",
    shopper: int | None = None,
    only: str = "",
    limit: int = 50,
    offset: int = 0,
) -> Visits:
    """Visits by filters; the newest window first.

    The month of the window's end, a state, a branch's and a programme's code, a shopper's id; ``only``: a code of
    :data:`ONLY`, those that are late or that nobody has.
    """
    conditions: list[Any] = []
    if month:
        conditions.append(Assignment.window_until.between(calendar.first_day(month), calendar.last_day(month)))
    if branch:
        conditions.append(Assignment.branch_id.in_(select(Branch.id).where(Branch.code == branch)))
    if programme:
        conditions.append(Assignment.programme_id.in_(select(Programme.id).where(Programme.code == programme)))
    if shopper is not None:
        conditions.append(Assignment.shopper_id == shopper)
    if only in ONLY:
        conditions.append(ONLY[only](clock.today()))
    states = dict(
        session.execute(select(Assignment.state, func.count()).where(*conditions).group_by(Assignment.state)).all()
    )
    if state:
        conditions.append(Assignment.state == state)
    rows = session.scalars(
        select(Assignment)
        .where(*conditions)
        .order_by(Assignment.window_until.desc(), Assignment.id.desc())
        .options(joinedload(Assignment.branch), joinedload(Assignment.scenario), joinedload(Assignment.shopper))
        .limit(limit)
        .offset(offset)
    )
    total = states.get(state, 0) if state else sum(states.values())
    return Visits(list(rows), total, states)


def late(today: date) -> ColumnElement[bool]:
    """Visits that should have been made, and reports that should have come again."""
    return or_(
        and_(Assignment.state == ASSIGNED, Assignment.window_until < today),
        and_(Assignment.state == RETURNED, Assignment.answer_by < today),
    )


def nobodys(today: date) -> ColumnElement[bool]:
    """Visits that can still be made and that nobody has."""
    return and_(Assignment.state.in_((OPEN, CLAIMED)), Assignment.window_until >= today)


#: What of the visits is shown on its own: code -> the condition on a day.
ONLY: Final[Mapping[str, Callable[[date], ColumnElement[bool]]]] = {"late": late, "nobody": nobodys}


def fieldwork_months(session: Session) -> list[str]:
    """Months in which some visit's window ends, the newest first."""
    ends = session.scalars(select(Assignment.window_until).distinct())
    return sorted({calendar.of(end) for end in ends}, reverse=True)


def shoppers(session: Session) -> list[User]:
    """Active mystery shoppers, by name."""
    return list(session.scalars(select(User).where(User.role == Role.SHOPPER, User.active).order_by(User.name)))


def names(session: Session, user_ids: Iterable[int]) -> dict[int, str]:
    """Users' names, or e-mail addresses where no name is kept, by id."""
    rows = session.execute(select(User.id, User.name, User.email).where(User.id.in_(set(user_ids))))
    return {user_id: name or email for user_id, name, email in rows}


def scenarios(session: Session) -> list[Scenario]:
    """Every scenario, by code."""
    return list(session.scalars(select(Scenario).order_by(Scenario.code)))


def shop_campaigns(session: Session, kinds: list[str]) -> list[Campaign]:
    """Campaigns of questionnaires of these kinds that are in use."""
    return [
        campaign
        for campaign in session.scalars(
            select(Campaign).order_by(Campaign.code).options(joinedload(Campaign.questionnaire))
        )
        if campaign.questionnaire.kind in kinds and campaign.questionnaire.archived_at is None
    ]


def quality(
    session: Session, *, limit: int = 100, offset: int = 0
) -> tuple[list[tuple[Response, Assignment | None]], int]:
    """Reports that wait for a review, the oldest first, and how many there are."""
    waiting = Response.state == PENDING
    total = session.scalar(select(func.count()).select_from(Response).where(waiting)) or 0
    rows = session.execute(
        select(Response, Assignment)
        .outerjoin(Assignment, Assignment.response_id == Response.id)
        .where(waiting)
        .order_by(Response.submitted_at, Response.id)
        .options(
            joinedload(Response.branch).joinedload(Branch.region),
            joinedload(Response.version).joinedload(Version.questionnaire),
            joinedload(Assignment.scenario),
            joinedload(Assignment.shopper),
        )
        .limit(limit)
        .offset(offset)
    )
    return [(response, assignment) for response, assignment in rows], total


@dataclass(frozen=True)
class Report:
    """A mystery visit as the reviewer and, once approved, the branch reads it."""

    response: Response
    assignment: Assignment | None
    definition: Definition
    answers: dict[str, Any]
    card: Scorecard
    reviews: list[QualityReview]
    corrections: list[Correction]


#: What a report's pages show of its response.
WHOLE_RESPONSE: Final = (
    joinedload(Response.branch).joinedload(Branch.region),
    joinedload(Response.agent),
    joinedload(Response.version).joinedload(Version.questionnaire),
)


def is_named(scope: Scope, branch: Branch) -> bool:
    """Whether the reader may name a branch, or one that took it over."""
    chain: list[Branch] = []
    at: Branch | None = branch
    while at is not None and at not in chain:
        if scope.names_branch(at.id, at.region_id):
            return True
        chain.append(at)
        at = at.merged_into
    return False


def shop_report(session: Session, response_id: str, scope: Scope | None = None) -> Report:
    """A report with its scores.

    With a scope: only one of a branch that the reader may see by name, that counts or counted until the branch
    appealed against it.

    What the public answers is never a report, scored or not: those who read reports may not read a customer's response.
    """
    response = session.scalar(select(Response).where(Response.id == response_id).options(*WHOLE_RESPONSE))
    if response is None or kind_of(response.kind).public:
        raise NotFound(_("There is no such report."))
    if not questionnaires.definition(response.version).scored_questions:
        raise NotFound(_("There is no such report."))
    if scope is not None and not (is_named(scope, response.branch) and _was_seen(session, response)):
        raise NotFound(_("There is no such report."))
    return shop_reports(session, [response])[0]


def _was_seen(session: Session, response: Response) -> bool:
    """Whether a branch may read a report: it counts, or counted until the branch appealed. So all hear the outcome."""
    if response.state == COUNTED:
        return True
    struck = select(Appeal.id).where(Appeal.response_id == response.id, Appeal.side == BRANCH, Appeal.state == DECIDED)
    return response.state in (REJECTED, VOIDED) and session.scalar(struck.limit(1)) is not None


def shop_reports(session: Session, responses: Sequence[Response]) -> list[Report]:
    """Reports with their scores, in the same order: five statements for any number, on which no scope is looked at.

    The responses were loaded with :data:`WHOLE_RESPONSE`.
    """
    ids = [one.id for one in responses]
    visits = {
        one.response_id: one
        for one in session.scalars(
            select(Assignment)
            .where(Assignment.response_id.in_(ids))
            .options(joinedload(Assignment.scenario), joinedload(Assignment.shopper), joinedload(Assignment.programme))
        )
    }
    answers: dict[str, dict[str, Any]] = {one: {} for one in ids}
    held = select(Answer.response_id, Answer.question, Answer.value, Answer.words)
    for response_id, question, value, words in session.execute(held.where(Answer.response_id.in_(ids))):
        answers[response_id][question] = words if words is not None else value
    reviews = _by_response(
        session.scalars(
            select(QualityReview)
            .where(QualityReview.response_id.in_(ids))
            .order_by(QualityReview.id)
            .options(joinedload(QualityReview.reviewer))
        )
    )
    corrections = _by_response(
        session.scalars(select(Correction).where(Correction.response_id.in_(ids)).order_by(Correction.id))
    )
    found = []
    for one in responses:
        visit, definition = visits.get(one.id), questionnaires.definition(one.version)
        context = in_hindsight(one, visit.scenario.facts if visit else None)
        card = score(definition, answers[one.id], context)
        found.append(
            Report(one, visit, definition, answers[one.id], card, reviews.get(one.id, []), corrections.get(one.id, []))
        )
    return found


def _by_response(rows: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for one in rows:
        found.setdefault(one.response_id, []).append(one)
    return found
