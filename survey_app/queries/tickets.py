"""Tickets: the right to fill in one questionnaire once, by invitation, by a branch's open link or by assignment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, defer, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from forms.questionnaire.definition import Questionnaire as Definition
from reports import months
from survey_app import clock
from survey_app.errors import Conflict, Gone, NotFound
from survey_app.kinds import Kind, kind_of
from survey_app.models import (
    Assignment,
    Branch,
    Campaign,
    CollectionPoint,
    Draft,
    Invitation,
    Questionnaire,
    Response,
    Version,
)
from survey_app.models.campaign import ANONYMOUS, READY, REVOKED, USED
from survey_app.models.fieldwork import WRITABLE
from survey_app.models.people import NO_AGENT
from survey_app.models.questionnaire import PUBLISHED
from survey_app.outreach.dispositions import OPTED_OUT
from survey_app.queries import organisation, points, questionnaires
from translations import DEFAULT
from translations import gettext as _

PERSONAL, OPEN, ASSIGNMENT = "personal", "open", "assignment"
#: How it is filled in: by the respondent, by an interviewer on the telephone, on a branch's tablet.
WEB, PHONE, KIOSK = "web", "phone", "kiosk"
_MINTED = re.compile(r"[0-9a-f]{32}")

#: What rules may ask of a response without a ticket, one that came by file: its answers are the authority on what did
#: not apply, so these are the facts under which every item applies. Its day is for :func:`in_hindsight` to say.
IMPORTED: Final[Mapping[str, Any]] = {
    "link": PERSONAL,
    "no_branch": False,
    "scenario": {"has_appointment": False, "has_account": True},
}


@dataclass(frozen=True)
class Ticket:
    """One right to answer: everything that a page and a submission need to know about it."""

    response_id: str
    campaign: Campaign
    version: Version
    branch: Branch
    language: str
    link: str
    agent_id: int = NO_AGENT
    #: The day of the visit; None until a shopper states it.
    visited_on: date | None = None
    invitation: Invitation | None = None
    assignment: Assignment | None = None
    #: The place of open collection that the address belongs to.
    point: CollectionPoint | None = None
    mode: str = WEB
    #: What was saved when a respondent's own address was read; see :func:`survey_app.commands.responses.draft`.
    draft: Draft | None = None

    @property
    def definition(self) -> Definition:
        """The questionnaire's definition."""
        return questionnaires.definition(self.version)

    @property
    def kind(self) -> Kind:
        """The kind of questionnaire."""
        return kind_of(self.definition.kind)

    @property
    def anonymous(self) -> bool:
        """Whether nothing may lead from the response back to this ticket."""
        return self.campaign.privacy == ANONYMOUS

    @property
    def context(self) -> dict[str, Any]:
        """What a questionnaire's rules may ask besides the answers, and what decides the order of its choices."""
        context: dict[str, Any] = {
            "link": self.link,
            "no_branch": False,
            "today": clock.today().isoformat(),
            "seed": self.response_id,
        }
        if self.assignment is not None:
            context["scenario"] = self.assignment.scenario.facts
        return context


def in_hindsight(response: Response, scenario: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What rules may ask of a response that stands: the facts as they were when it was sent.

    ``scenario`` holds the facts of a shopper's visit. Of an anonymous response only the month is known.
    """
    sent = clock.local(response.submitted_at).date() if response.submitted_at else response.visited_on
    context = {**IMPORTED, "today": (sent or months.last_day(response.month)).isoformat()}
    if scenario is not None:
        return {**context, "link": ASSIGNMENT, "scenario": scenario}
    return {**context, "link": OPEN if response.channel == OPEN else PERSONAL}


def new_response_id() -> str:
    """A random id, minted before the first answer."""
    return uuid4().hex


def _published(session: Session, campaign: Campaign) -> Version:
    version = questionnaires.newest_published(session, campaign.questionnaire_id, defer(Version.definition))
    return _answerable(version, campaign)


def _answerable(version: Version | None, campaign: Campaign) -> Version:
    """The version with its document at hand; NotFound where none was published."""
    if version is None:
        raise NotFound(_("This survey is not open yet."))
    if version.questionnaire_id == campaign.questionnaire_id:
        set_committed_value(version, "questionnaire", campaign.questionnaire)
    questionnaires.definition(version)
    return version


def _started_version(session: Session, response_id: str) -> Version | None:
    """The version a draft was begun under: it is finished under the same one."""
    return session.scalar(
        select(Version)
        .join(Draft, Draft.version_id == Version.id)
        .where(Draft.response_id == response_id)
        .options(joinedload(Version.questionnaire))
    )


def _in_time(campaign: Campaign) -> None:
    # A questionnaire that was put away takes no new answers; a shopper's visit, asked for before, is still reported.
    if campaign.questionnaire.archived_at is not None or not campaign.runs_on(clock.today()):
        raise Gone(_("This survey has ended. Thank you for wanting to answer."))


def by_token(session: Session, token: str) -> Ticket:
    """The ticket of a personal link. NotFound: unknown; Conflict: answered already; Gone: expired or ended.

    One statement finds the invitation, its draft, and the version that is answered: the draft's, else the newest one.
    """
    newest = aliased(Version)
    published = (
        select(newest.id)
        .where(newest.questionnaire_id == Campaign.questionnaire_id, newest.state == PUBLISHED)
        .order_by(newest.number.desc())
        .limit(1)
        .correlate(Campaign)
        .scalar_subquery()
    )
    found = session.execute(
        select(Invitation, Draft, Version)
        .join(Invitation.campaign)
        .outerjoin(Draft, Draft.response_id == Invitation.response_id)
        .outerjoin(Version, Version.id == func.coalesce(Draft.version_id, published))
        .where(Invitation.token == token)
        .options(
            contains_eager(Invitation.campaign).joinedload(Campaign.questionnaire),
            joinedload(Invitation.branch).joinedload(Branch.region),
            defer(Version.definition),
        )
    ).one_or_none()
    if found is None:
        raise NotFound(_("This survey link is not known. Please check that the whole address was copied."))
    invitation, draft, version = found
    if invitation.state == USED:
        raise Conflict(_("This survey was already answered. Thank you!"))
    if invitation.state == REVOKED and invitation.disposition == OPTED_OUT:
        raise Gone(_("As asked for, no more surveys are sent and this one is closed."))
    if invitation.state != READY or invitation.expires_at <= clock.now():
        raise Gone(_("This survey link has expired. Thank you for wanting to answer."))
    _in_time(invitation.campaign)
    return Ticket(
        response_id=invitation.response_id,
        campaign=invitation.campaign,
        version=_answerable(version, invitation.campaign),
        branch=invitation.branch,
        language=invitation.language,
        link=PERSONAL,
        agent_id=invitation.agent_id,
        visited_on=invitation.visited_on,
        invitation=invitation,
        draft=draft,
    )


def language_of(session: Session, token: str) -> str | None:
    """The language of a personal link, whatever became of it; None for an unknown one."""
    return session.scalar(select(Invitation.language).where(Invitation.token == token))


def language_answered(session: Session, response_id: str) -> str | None:
    """The language of an open link's answers, sent or begun; None where there are none."""
    for table, key in ((Draft, Draft.response_id), (Response, Response.id)):
        found: str | None = session.scalar(select(table.language).where(key == response_id))
        if found is not None:
            return found
    return None


def response_of(session: Session, token: str) -> str | None:
    """The response that an invitation became; None where nothing may lead to it, or there is none."""
    return session.scalar(
        select(Response.id)
        .join(Invitation, Invitation.response_id == Response.id)
        .where(Invitation.token == token, Invitation.state == USED)
    )


def open_campaign(session: Session) -> Campaign | None:
    """The campaign behind the branches' open links: the survey that is ranked, else the first that is open to all.

    A survey that was put away hands its links to no other: whoever scans the poster of a visit is asked of the visit.
    """
    today = clock.today()
    running = [
        campaign
        for campaign in session.scalars(
            select(Campaign).where(Campaign.open_link).order_by(Campaign.id).options(joinedload(Campaign.questionnaire))
        )
        if campaign.runs_on(today)
    ]
    ranked = organisation.policy(session).survey_codes
    offered = [campaign for campaign in running if campaign.questionnaire.code in ranked] or running
    return next((campaign for campaign in offered if campaign.questionnaire.archived_at is None), None)


def open_branch(session: Session, branch_code: str) -> Ticket:
    """A fresh ticket of an open link; nothing is stored until its first page is sent.

    The code is that of a place of collection, or of a branch.
    """
    point = points.by_code(session, branch_code)
    if point is not None:
        return at_point(session, point)
    branch = organisation.branch_by_code(session, branch_code)
    campaign = open_campaign(session)
    today = clock.today()
    if campaign is None:
        ended = or_(Campaign.closes < today, Questionnaire.archived_at.is_not(None))
        if session.scalar(select(Campaign.id).join(Questionnaire).where(Campaign.open_link, ended).limit(1)):
            raise Gone(_("This survey has ended. Thank you for wanting to answer."))
        raise NotFound(_("This survey is not open yet."))
    if not branch.open_on(today):
        raise Gone(_("This branch is closed; its survey has ended."))
    return Ticket(
        response_id=new_response_id(),
        campaign=campaign,
        version=_published(session, campaign),
        branch=branch,
        language="",
        link=OPEN,
        visited_on=today,
    )


def at_point(session: Session, point: CollectionPoint, mode: str = WEB) -> Ticket:
    """A fresh ticket of a place of collection. Gone: retired, its survey ended or its branch closed."""
    points.refuse_retired(point)
    today = clock.today()
    _in_time(point.campaign)
    if not point.branch.open_on(today):
        raise Gone(_("This branch is closed; its survey has ended."))
    return Ticket(
        response_id=new_response_id(),
        campaign=point.campaign,
        version=_published(session, point.campaign),
        branch=point.branch,
        language="",
        link=OPEN,
        agent_id=point.agent_id,
        visited_on=today,
        point=point,
        mode=mode,
    )


def opened(session: Session, branch_code: str, response_id: str) -> Ticket:
    """The ticket of an open link's first page under the id that the page was shown with, so that it is begun once.

    An id that nobody could have been shown is ignored. Conflict: sent already.
    """
    if not _MINTED.fullmatch(response_id) or _is_bound(session, response_id):
        return open_branch(session, branch_code)
    if session.get(Response, response_id) is not None or session.get(Draft, response_id) is not None:
        return by_response(session, response_id)
    return replace(open_branch(session, branch_code), response_id=response_id)


def by_response(session: Session, response_id: str) -> Ticket:
    """The ticket of an open link's own address. Conflict: sent already; NotFound: unknown or destroyed."""
    draft = session.scalar(
        select(Draft)
        .where(Draft.response_id == response_id)
        .options(
            joinedload(Draft.campaign).joinedload(Campaign.questionnaire),
            joinedload(Draft.version).options(defer(Version.definition), joinedload(Version.questionnaire)),
            joinedload(Draft.branch).joinedload(Branch.region),
        )
    )
    if draft is None or not (draft.campaign.open_link or draft.point_id) or _is_bound(session, response_id):
        if session.get(Response, response_id) is not None and not _is_bound(session, response_id):
            raise Conflict(_("This survey was already answered. Thank you!"))
        raise NotFound(_("This survey link is not known. Please check that the whole address was copied."))
    _in_time(draft.campaign)
    # A code that was retired meanwhile takes no new answers; those that were begun are finished.
    point = session.get(CollectionPoint, draft.point_id) if draft.point_id is not None else None
    return Ticket(
        response_id=response_id,
        campaign=draft.campaign,
        version=_answerable(draft.version, draft.campaign),
        branch=draft.branch,
        language=draft.language,
        link=OPEN,
        agent_id=point.agent_id if point is not None else NO_AGENT,
        visited_on=clock.local(draft.started_at).date(),
        point=point,
        draft=draft,
    )


def _is_bound(session: Session, response_id: str) -> bool:
    """Whether a response id belongs to an invitation or an assignment, whose own address is the authority."""
    bound = (select(one.id).where(one.response_id == response_id).exists() for one in (Invitation, Assignment))
    return bool(session.scalar(select(or_(*bound))))


def by_assignment(session: Session, assignment_id: int, shopper_id: int) -> Ticket:
    """The ticket of a shopper's own assignment. NotFound: not theirs; Conflict: no longer theirs to write."""
    assignment = session.scalar(
        select(Assignment)
        .where(Assignment.id == assignment_id, Assignment.shopper_id == shopper_id)
        .options(
            joinedload(Assignment.campaign).joinedload(Campaign.questionnaire),
            joinedload(Assignment.branch).joinedload(Branch.region),
            joinedload(Assignment.scenario),
            joinedload(Assignment.shopper),
        )
    )
    if assignment is None:
        raise NotFound(_("There is no such assignment."))
    if assignment.state not in WRITABLE:
        raise Conflict(_("This report was already sent."))
    return of_visit(session, assignment)


def of_visit(session: Session, assignment: Assignment) -> Ticket:
    """The ticket of a visit, whatever became of it: to read what was written, not to write."""
    version = _started_version(session, assignment.response_id) or _published(session, assignment.campaign)
    return Ticket(
        response_id=assignment.response_id,
        campaign=assignment.campaign,
        version=version,
        branch=assignment.branch,
        language=assignment.shopper.language if assignment.shopper is not None else DEFAULT,
        link=ASSIGNMENT,
        agent_id=assignment.agent_id,
        assignment=assignment,
    )


def fresh(ticket: Ticket) -> Ticket:
    """The ticket under an id that leads back to nobody: what an anonymous response is stored as."""
    return replace(ticket, response_id=new_response_id(), agent_id=NO_AGENT, visited_on=None, point=None, draft=None)
