"""Appeals as they are read: what may be appealed against, by whom and until when; who may decide; what came of it.

Each side appeals once against an item, or against a report as a whole; what one side's appeal changed may be appealed
against by the other side, once. So every report comes to an end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from forms.questionnaire.definition import Question
from survey_app import clock
from survey_app.errors import NotFound
from survey_app.field.rules import Rules
from survey_app.models import (
    Appeal,
    AppealItem,
    Assignment,
    BlindReview,
    Branch,
    Correction,
    Evidence,
    Programme,
    QualityReview,
    Response,
    User,
    Version,
)
from survey_app.models.appeal import BRANCH, DECIDED, OPEN, SHOPPER, WITHDRAWN
from survey_app.models.response import COUNTED, REJECTED
from survey_app.permissions import Permission, may, scope_of
from survey_app.queries import desk, worklists
from survey_app.queries.evidence import FILE_TYPES
from survey_app.queries.worklists import Report
from translations import gettext as _

#: The report as a whole, where an item's code stands otherwise.
WHOLE: Final = ""
#: Outcomes of a review after which a report may be appealed against.
_FINAL: Final = frozenset({"approved", "rejected"})


# ---- windows ---------------------------------------------------------------------------------------------------------


def days_of(programme: Programme | None) -> int:
    """Days within which an appeal is filed, by the programme's rules."""
    return (Rules.load(programme.rules) if programme is not None else Rules()).appeal_days


def last_day(moment: datetime, days: int) -> date:
    """The last day on which what was decided at a moment may be appealed against."""
    return clock.local(moment).date() + timedelta(days=days)


@dataclass(frozen=True)
class Window:
    """What one side may appeal against in a report today: code of an item, or WHOLE -> its last day."""

    side: str
    open: Mapping[str, date] = field(default_factory=dict)
    #: What this side has appealed against already.
    used: frozenset[str] = frozenset()

    @property
    def until(self) -> date | None:
        """The last of the days; None where nothing may be appealed against."""
        return max(self.open.values(), default=None)


def decided_at(report: Report) -> datetime | None:
    """When a report was approved or rejected; None where nobody decided it here."""
    if report.assignment is not None and report.assignment.decided_at is not None:
        return report.assignment.decided_at
    return max((one.at for one in report.reviews if one.outcome in _FINAL), default=None)


def judged(report: Report) -> list[Question]:
    """The items that an appeal may be about: those that were judged, in the report's order."""
    definition = report.definition
    return [
        one
        for one in definition.questions
        if one.code in report.answers
        and one.type not in FILE_TYPES
        and (one.points or one.finding_if is not None or one.is_critical)
    ]


def window(session: Session, report: Report, side: str) -> Window:
    """What a side may appeal against: the branch what was approved, the shopper a rejection or a correction."""
    return _window(report, side, _used(session, [report.response.id]).get((report.response.id, side), frozenset()))


def _used(session: Session, response_ids: Collection[str]) -> dict[tuple[str, str], frozenset[str]]:
    """(report, side) -> what the side has appealed against already."""
    rows = session.execute(
        select(Appeal.response_id, Appeal.side, AppealItem.question)
        .join(Appeal, Appeal.id == AppealItem.appeal_id)
        .where(Appeal.response_id.in_(response_ids), Appeal.state != WITHDRAWN)
    )
    found: dict[tuple[str, str], frozenset[str]] = {}
    for response_id, side, question in rows:
        found[response_id, side] = found.get((response_id, side), frozenset()) | {question}
    return found


def _window(report: Report, side: str, used: frozenset[str]) -> Window:
    decided = decided_at(report)
    if decided is None:
        return Window(side)
    days = days_of(report.assignment.programme if report.assignment is not None else None)
    today = clock.today()
    found = {code: last_day(moment, days) for code, moment in _since(report, side, decided).items()}
    return Window(side, {code: day for code, day in found.items() if day >= today and code not in used}, used)


def _since(report: Report, side: str, decided: datetime) -> dict[str, datetime]:
    """What a side may appeal against at all, and the moment from which its days count."""
    state, own = report.response.state, report.assignment.shopper_id if report.assignment is not None else None
    if side == SHOPPER and state == REJECTED:
        return {WHOLE: decided}
    if state != COUNTED:
        return {}
    corrected: dict[str, datetime] = {}
    sent: dict[str, Any] = {}
    for one in report.corrections:
        sent.setdefault(one.question, one.before)
        if one.user_id != own:
            corrected[one.question] = max(one.at, decided)
    codes = [one.code for one in judged(report)]
    if side == SHOPPER:
        # An answer that was taken out altogether is no longer judged, and may be what the appeal is about.
        # One that stands again as it was sent is settled.
        return {
            code: moment
            for code, moment in corrected.items()
            if code in report.definition.by_code and report.answers.get(code) != sent[code]
        }
    return {WHOLE: decided, **{code: corrected.get(code, decided) for code in codes}}


def filing(session: Session, user: User, response_id: str) -> tuple[Report, Window]:
    """A report and what its reader may appeal against in it. NotFound for who is neither its branch nor its shopper."""
    report = worklists.shop_report(session, response_id)
    side = side_of(user, report.response.branch, report.assignment)
    if side is None or (side == BRANCH and report.response.state != COUNTED):
        raise NotFound(_("There is no such report."))
    return report, window(session, report, side)


def side_of(user: User, branch: Branch, visit: Assignment | None) -> str | None:
    """The side that somebody appeals for; None for who has no say in this report."""
    if visit is not None and visit.shopper_id == user.id and may(user, Permission.DO_SHOPS):
        return SHOPPER
    if may(user, Permission.FILE_APPEALS) and worklists.is_named(scope_of(user), branch):
        return BRANCH
    return None


# ---- appeals ---------------------------------------------------------------------------------------------------------

_WHOLE_APPEAL: Final = (
    selectinload(Appeal.items),
    joinedload(Appeal.filed_by),
    joinedload(Appeal.decided_by),
    joinedload(Appeal.response).joinedload(Response.branch).joinedload(Branch.region),
    joinedload(Appeal.response).joinedload(Response.version).joinedload(Version.questionnaire),
)


@dataclass(frozen=True)
class Case:
    """An appeal with the visit it is about, and who may not decide it because they had a hand in the report."""

    appeal: Appeal
    visit: Assignment | None
    involved: frozenset[int]

    @property
    def response(self) -> Response:
        """The report's response."""
        return self.appeal.response


def case(session: Session, user: User, appeal_id: int) -> Case:
    """One appeal. NotFound for who neither filed it, for branch or shopper, nor decides appeals from outside."""
    found = session.scalar(select(Appeal).where(Appeal.id == appeal_id).options(*_WHOLE_APPEAL))
    if found is not None:
        made = _cases(session, [found])[0]
        own_side = side_of(user, found.response.branch, made.visit) == found.side
        if own_side or (may(user, Permission.DECIDE_APPEALS) and not _is_near(session, user, made)):
            return made
    raise NotFound(_("There is no such appeal."))


def _is_near(session: Session, user: User, one: Case) -> bool:
    return desk.is_near(session, user, one.response.branch, one.response.region_id)


def _cases(session: Session, appeals: Sequence[Appeal]) -> list[Case]:
    ids = {one.response_id for one in appeals}
    visits = {
        one.response_id: one
        for one in session.scalars(
            select(Assignment)
            .where(Assignment.response_id.in_(ids))
            .options(joinedload(Assignment.scenario), joinedload(Assignment.programme))
        )
    }
    involved: dict[str, set[int]] = {one: set() for one in ids}
    for response_id, user_id in _hands(session, ids):
        involved[response_id].add(user_id)
    for response_id, visit in visits.items():
        if visit.shopper_id is not None:
            involved[response_id].add(visit.shopper_id)
    return [
        Case(one, visits.get(one.response_id), frozenset(involved[one.response_id] | {one.filed_by_id}))
        for one in appeals
    ]


#: Where it stands who reviewed, corrected or read a report a second time: (response, user).
_HANDS: Final = (
    (QualityReview.response_id, QualityReview.reviewer_id),
    (Correction.response_id, Correction.user_id),
    (BlindReview.response_id, BlindReview.reviewer_id),
)


def _hands(session: Session, response_ids: Collection[str]) -> Iterable[tuple[str, int]]:
    """(response, user) of everybody who reviewed, corrected or read a report a second time."""
    for response_id, user_id in _HANDS:
        rows = session.execute(select(response_id, user_id).where(response_id.in_(response_ids)).distinct()).all()
        yield from ((one, who) for one, who in rows if who is not None)


def hindrance(session: Session, user: User, one: Case) -> str | None:
    """Why somebody may not decide an appeal, in words; None for who may."""
    if one.appeal.state != OPEN:
        return _("This appeal was closed already.")
    if user.id in one.involved:
        return _("An appeal is decided by somebody who had no part in the report.")
    if not may(user, Permission.DECIDE_APPEALS) or _is_near(session, user, one):
        return _("An appeal is decided by somebody from outside the branch and its region.")
    return None


@dataclass(frozen=True)
class Listed:
    """A page of appeals."""

    cases: list[Case]
    total: int


def to_decide(session: Session, user: User, *, state: str = OPEN, limit: int = 50, offset: int = 0) -> Listed:
    """Appeals as far as they are somebody's to decide, the oldest first; those that were decided, newest first.

    Without those of the own branch and region, and the open ones of reports in which somebody had a part.
    """
    conditions = [Appeal.state == state, desk.far_from(session, user)]
    if state == OPEN:
        conditions += [~one for one in _had_a_part(user)]
    order = (Appeal.filed_at, Appeal.id) if state == OPEN else (Appeal.decided_at.desc(), Appeal.id.desc())
    return _listed(session, conditions, order, limit, offset)


def _had_a_part(user: User) -> list[ColumnElement[bool]]:
    """The same as :func:`_hands`, of one person, as conditions on appeals."""
    return [
        Appeal.filed_by_id == user.id,
        *(exists().where(response_id == Appeal.response_id, user_id == user.id) for response_id, user_id in _HANDS),
    ]


def filed(session: Session, user: User, *, limit: int = 50, offset: int = 0) -> Listed:
    """The appeals of somebody's own side: of the branch, or of the shopper's own visits; the newest first."""
    if may(user, Permission.FILE_APPEALS):
        conditions: list[Any] = [Appeal.side == BRANCH, Response.branch_id == user.branch_id]
    else:
        own = select(Assignment.response_id).where(Assignment.shopper_id == user.id)
        conditions = [Appeal.side == SHOPPER, Appeal.response_id.in_(own)]
    return _listed(session, conditions, (Appeal.filed_at.desc(), Appeal.id.desc()), limit, offset)


def _listed(session: Session, conditions: Sequence[Any], order: Sequence[Any], limit: int, offset: int) -> Listed:
    joined = (
        select(Appeal).join(Response, Response.id == Appeal.response_id).join(Branch, Branch.id == Response.branch_id)
    )
    total = session.scalar(select(func.count()).select_from(joined.where(*conditions).subquery())) or 0
    rows = session.scalars(
        joined.where(*conditions).order_by(*order).limit(limit).offset(offset).options(*_WHOLE_APPEAL)
    ).all()
    return Listed(_cases(session, rows), total)


def outcomes(session: Session, response_id: str) -> list[Appeal]:
    """What came of the appeals against a report: for everybody who reads its score. Without what either side wrote."""
    rows = session.scalars(
        select(Appeal)
        .where(Appeal.response_id == response_id, Appeal.state == DECIDED)
        .order_by(Appeal.decided_at, Appeal.id)
        .options(selectinload(Appeal.items))
    )
    return list(rows)


def is_open(session: Session, response_id: str) -> bool:
    """Whether an appeal against a report waits for its decision."""
    return bool(
        session.scalar(select(Appeal.id).where(Appeal.response_id == response_id, Appeal.state == OPEN).limit(1))
    )


# ---- files -----------------------------------------------------------------------------------------------------------


def files_of(session: Session, appeal_id: int) -> dict[str, list[Evidence]]:
    """An appeal's files by the code of the item they belong to."""
    found: dict[str, list[Evidence]] = {}
    rows = session.scalars(select(Evidence).where(Evidence.appeal_id == appeal_id).order_by(Evidence.id))
    for one in rows:
        found.setdefault(one.question, []).append(one)
    return found


def file(session: Session, user: User, appeal_id: int, file_id: str) -> Evidence:
    """A file of an appeal, or of the report that it is about for who decides. NotFound for any other."""
    one = case(session, user, appeal_id)
    found = session.get(Evidence, file_id)
    if found is not None and found.response_id == one.appeal.response_id and found.expense_id is None:
        decides = may(user, Permission.DECIDE_APPEALS)
        if found.appeal_id == appeal_id or (found.appeal_id is None and decides):
            return found
    raise NotFound(_("The file is no longer here."))


# ---- reports that may be appealed against ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Offer:
    """A report that somebody may still appeal against."""

    response: Response
    until: date
    #: Why, for a shopper: ``rejected`` or ``corrected``; empty for a branch.
    why: str = ""


#: Reports that are looked at for one list: more than anybody gets in the longest window.
_MOST: Final = 40


def offers(session: Session, user: User) -> list[Offer]:
    """Reports that somebody may appeal against today, those whose days end first before the others."""
    longest = clock.now() - timedelta(days=days_at_most(session) + 1)
    own = (
        [Assignment.shopper_id == user.id] if may(user, Permission.DO_SHOPS) else [Response.branch_id == user.branch_id]
    )
    states = [COUNTED, REJECTED] if may(user, Permission.DO_SHOPS) else [COUNTED]
    recent = select(Correction.response_id).where(Correction.at >= longest)
    rows = session.scalars(
        select(Response)
        .join(Assignment, Assignment.response_id == Response.id)
        .where(*own, Response.state.in_(states), (Assignment.decided_at >= longest) | Response.id.in_(recent))
        .order_by(Assignment.decided_at.desc())
        .limit(_MOST)
        .options(*worklists.WHOLE_RESPONSE)
    ).all()
    found, used = [], _used(session, [one.id for one in rows])
    for report in worklists.shop_reports(session, rows):
        response = report.response
        side = side_of(user, response.branch, report.assignment)
        if side is None or not report.definition.scored_questions:
            continue
        until = _window(report, side, used.get((response.id, side), frozenset())).until
        if until is not None:
            why = "" if side == BRANCH else "rejected" if response.state == REJECTED else "corrected"
            found.append(Offer(response, until, why))
    return sorted(found, key=lambda one: (one.until, one.response.id))


def days_at_most(session: Session) -> int:
    """The longest window of any programme, in days."""
    return max([Rules().appeal_days, *(days_of(one) for one in session.scalars(select(Programme)))])
