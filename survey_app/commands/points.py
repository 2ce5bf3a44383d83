"""Places of open collection: made one by one or for many branches at once, relabelled, retired; a tablet's secret."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from forms.questionnaire.build import pages
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.paging import FOLLOW_UP
from survey_app import clock
from survey_app.commands.invitations import archived
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.kinds import kind_of
from survey_app.models import NO_AGENT, Branch, Campaign, CollectionPoint, Placement, Questionnaire
from survey_app.models.campaign import ENDED
from survey_app.models.outreach import DESK, KIOSK, POINT_KINDS
from survey_app.outreach import codes
from survey_app.queries import questionnaires
from survey_app.queries.kiosk import is_asked
from survey_app.queries.tickets import OPEN
from translations import gettext as _

#: Random bytes in the secret of a tablet's address.
TOKEN_BYTES: Final = 16
LONGEST_LABEL: Final = 80
#: A tablet that reports more often than this writes nothing new.
REPORT_EVERY: Final = timedelta(seconds=45)
#: Most answers that a tablet is believed to hold.
MOST_HELD: Final = 100_000


def create(
    session: Session, *, branch: Branch, campaign: Campaign, kind: str, agent_id: int = NO_AGENT, label: str = ""
) -> CollectionPoint:
    """A new point with a code of its own, and for a tablet a secret address. UserError with the field it is about."""
    _check_campaign(session, campaign, kind)
    if not branch.open_on(clock.today()):
        raise UserError(_("The branch %(code)s is closed.", code=branch.code), [("branch", "")])
    _check_agent(session, branch, kind, agent_id)
    point = CollectionPoint(
        code=codes.mint(lambda code: _is_taken(session, code)),
        branch_id=branch.id,
        campaign_id=campaign.id,
        kind=kind,
        agent_id=agent_id,
        label=_tidy(label),
        token=secrets.token_urlsafe(TOKEN_BYTES) if kind == KIOSK else None,
        created_at=clock.now(),
        held=0,
    )
    session.add(point)
    session.flush()
    return point


@dataclass(frozen=True)
class Made:
    """What became of a request for many points."""

    points: list[CollectionPoint]
    #: Branches that had such a point already, and those that are closed.
    had: list[Branch]
    closed: list[Branch]


def create_many(
    session: Session, branches: Sequence[Branch], *, campaign: Campaign, kind: str, label: str = ""
) -> Made:
    """A point for every branch that has none of this kind, campaign and label in use: asked twice, made once.

    At most some hundred branches in one transaction; a caller with more asks in batches.
    """
    if kind == DESK:
        raise UserError(_("A desk stand belongs to one desk; it is made one by one."), [("kind", "")])
    _check_campaign(session, campaign, kind)
    session.execute(select(Campaign.id).where(Campaign.id == campaign.id).with_for_update())
    words = _tidy(label)
    there = set(
        session.scalars(
            select(CollectionPoint.branch_id).where(
                CollectionPoint.branch_id.in_([one.id for one in branches]),
                CollectionPoint.campaign_id == campaign.id,
                CollectionPoint.kind == kind,
                CollectionPoint.label == words,
                CollectionPoint.retired_at.is_(None),
            )
        )
    )
    made = Made([], [], [])
    for branch in branches:
        if branch.id in there:
            made.had.append(branch)
        elif not branch.open_on(clock.today()):
            made.closed.append(branch)
        else:
            made.points.append(create(session, branch=branch, campaign=campaign, kind=kind, label=words))
    return made


def relabel(session: Session, number: int, label: str) -> CollectionPoint:
    """Change the words by which staff know a point."""
    point = _held(session, number)
    point.label = _tidy(label)
    session.flush()
    return point


def retire(session: Session, number: int) -> CollectionPoint:
    """Take a point out of use: its code says so from now on. What came from it stays. Conflict the second time."""
    point = _held(session, number)
    if point.retired_at is not None:
        raise Conflict(_("This point is not in use any more."))
    point.retired_at = clock.now()
    session.flush()
    return point


def renew(session: Session, number: int) -> CollectionPoint:
    """A new secret for a tablet; the address with the old one is dead at once."""
    point = _held(session, number)
    if point.kind != KIOSK:
        raise UserError(_("Only a tablet has a secret address."))
    if point.retired_at is not None:
        raise Conflict(_("This point is not in use any more."))
    point.token = secrets.token_urlsafe(TOKEN_BYTES)
    session.flush()
    return point


def report(session: Session, number: int, held: int) -> None:
    """A tablet says that it is there and how many answers it holds that were not taken yet."""
    point = _held(session, number)
    kept = min(max(0, held), MOST_HELD)
    if is_news(point, kept, clock.now()):
        point.seen_at, point.held = clock.now(), kept
        session.flush()


def is_news(point: CollectionPoint, held: int, now: datetime) -> bool:
    """Whether a tablet's report says anything that is not known."""
    return point.seen_at is None or point.held != held or now - point.seen_at >= REPORT_EVERY


def _held(session: Session, number: int) -> CollectionPoint:
    point = session.get(CollectionPoint, number, with_for_update=True)
    if point is None:
        raise NotFound(_("There is no such collection point."))
    return point


def _tidy(label: str) -> str:
    words = " ".join(label.split())
    if len(words) > LONGEST_LABEL:
        raise UserError(_("At most %(most)s characters.", most=LONGEST_LABEL), [("label", "")])
    return words


def _check_campaign(session: Session, campaign: Campaign, kind: str) -> None:
    if kind not in POINT_KINDS:
        raise UserError(
            _("There is no kind of point %(kind)s. Kinds: %(kinds)s.", kind=kind, kinds=", ".join(POINT_KINDS)),
            [("kind", "")],
        )
    questionnaire = session.get_one(Questionnaire, campaign.questionnaire_id)
    if questionnaire.archived_at is not None:
        raise UserError(archived(questionnaire), [("campaign", "")])
    over = campaign.state == ENDED or (campaign.closes is not None and campaign.closes < clock.today())
    if over or not campaign.open_link or not kind_of(questionnaire.kind).open_link:
        raise UserError(
            _("The campaign %(code)s is not open to everybody who scans a code.", code=campaign.code),
            [("campaign", "")],
        )
    version = questionnaires.newest_published(session, questionnaire.id)
    if version is None:
        raise UserError(_("This survey is not open yet."), [("campaign", "")])
    if kind == KIOSK:
        _check_tablet(questionnaires.definition(version))


def _check_tablet(definition: Definition) -> None:
    needed = [
        one.code
        for page in pages(definition, {"link": OPEN, "no_branch": False})
        for one in page.questions
        if page.code != FOLLOW_UP and not is_asked(one) and (one.required or one.required_if)
    ]
    if needed:
        raise UserError(
            _(
                "A shared tablet asks for no files and no contact details, and the questionnaire cannot do without: "
                "%(questions)s.",
                questions=", ".join(needed),
            ),
            [("kind", "")],
        )


def _check_agent(session: Session, branch: Branch, kind: str, agent_id: int) -> None:
    if agent_id == NO_AGENT:
        return
    if kind != DESK:
        raise UserError(_("Only a desk stand belongs to one representative."), [("agent", "")])
    today = clock.today()
    placed = session.scalar(
        select(Placement.agent_id).where(
            Placement.agent_id == agent_id,
            Placement.branch_id == branch.id,
            Placement.since <= today,
            or_(Placement.until.is_(None), Placement.until >= today),
        )
    )
    if placed is None:
        raise UserError(_("This representative does not work at the branch today."), [("agent", "")])


def _is_taken(session: Session, code: str) -> bool:
    """Whether a code names something already: a point, or a branch, alone or behind its bank's code."""
    if session.scalar(select(CollectionPoint.id).where(CollectionPoint.code == code)) is not None:
        return True
    return (
        session.scalar(select(Branch.id).where(or_(Branch.code == code, Branch.bank + Branch.code == code))) is not None
    )
