"""How far a campaign has come: what was sent, what came of it, the response rates, by branch and by language.

Everything is counted by the database in a few statements, however many invitations there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from reports.sampling import response_rates
from survey_app import clock
from survey_app.kinds import kind_of
from survey_app.models import Branch, Campaign, Invitation, Message, Response
from survey_app.models.campaign import ANONYMOUS, REVOKED, USED
from survey_app.models.outreach import DELIVERED, INVITATION, PHONE, SENDING, SENT
from survey_app.models.outreach import READY as QUEUED
from survey_app.models.response import COUNTED, EXCLUDED
from survey_app.outreach.dispositions import COMPLETED, DISPOSITIONS, MISSED, NOT_SENT, REFUSAL
from survey_app.permissions import Scope
from survey_app.queries import course, organisation
from survey_app.queries.course import Course
from survey_app.queries.tickets import OPEN

#: Codes of what ended before the customer had a say.
UNDELIVERED, NOT_KNOWN, SILENT = "3.30", "3.90", "3.19"
#: An invitation that was never to be sent any more: taken back while it waited.
WITHDRAWN: Final = "withdrawn"
REFUSED: Final = frozenset(code for code, one in DISPOSITIONS.items() if one.group == REFUSAL)


@dataclass
class Funnel:
    """Invitations on their way, each counted in every stage that it reached."""

    invited: int = 0
    #: Waits to be sent or called.
    waiting: int = 0
    #: Left for the customer: a message that the carrier took, a number that was called, a link handed over by hand.
    sent: int = 0
    #: Of these, messages that are known to have arrived.
    delivered: int = 0
    opened: int = 0
    started: int = 0
    finished: int = 0
    refused: int = 0
    undelivered: int = 0
    uncertain: int = 0
    #: Neither left nor ever will: its time was over first.
    missed: int = 0
    #: AAPOR code -> cases now, without those that still wait to be sent.
    cases: Counter[str] = field(default_factory=Counter)

    def add(self, other: Funnel) -> None:
        """Add another group's invitations."""
        for name in _STAGES:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.cases += other.cases

    @property
    def rates(self) -> Mapping[str, float] | None:
        """AAPOR's RR1…RR6 of the cases that were sent or could not be; None before the first."""
        counts = dict.fromkeys(_GROUPS, 0)
        for code, count in self.cases.items():
            counts[DISPOSITIONS[code].group] += count
        if sum(counts.values()) - counts["ineligible"] <= 0:
            return None
        return response_rates(**counts)


_STAGES: Final = (
    "invited", "waiting", "sent", "delivered", "opened", "started", "finished", "refused", "undelivered", "uncertain",
    "missed",
)  # fmt: skip
_GROUPS: Final = ("complete", "partial", "refusal", "non_contact", "other", "unknown", "ineligible")


@dataclass(frozen=True)
class Row:
    """A branch or a language."""

    key: str
    label: str
    funnel: Funnel
    #: Whether enough was sent for shares to be shown.
    shares: bool
    #: Of an anonymous campaign: whether the number of finished ones may be told.
    told: bool = True


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a campaign stands."""

    at: datetime
    anonymous: bool
    least_n: int
    total: Funnel
    branches: tuple[Row, ...]
    languages: tuple[Row, ...]
    #: Answers that came by an open link, a poster or a tablet, beside the invitations.
    open_answers: int
    #: Times, leaving and days; None of an anonymous campaign, of which nothing is noted.
    course: Course | None

    @property
    def begun(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.total.invited or self.open_answers)


def progress(session: Session, campaign: Campaign, scope: Scope) -> Progress:
    """The whole page, for a reader's scope."""
    anonymous = campaign.privacy == ANONYMOUS
    least_n = kind_of(campaign.questionnaire.kind).least_n
    by_branch: dict[int, Funnel] = {}
    by_language: dict[str, Funnel] = {}
    total = Funnel()
    for branch_id, language, funnel in _funnels(session, campaign, scope):
        by_branch.setdefault(branch_id, Funnel()).add(funnel)
        by_language.setdefault(language, Funnel()).add(funnel)
        total.add(funnel)
    codes = organisation.codes(session)
    names: dict[int, str] = {
        row[0]: row[1] for row in session.execute(select(Branch.id, Branch.name).where(Branch.id.in_(by_branch)))
    }
    told = _told(by_branch, least_n) if anonymous else set(by_branch)
    branches = [
        Row(codes[key], names[key], funnel, _enough(funnel, least_n), key in told) for key, funnel in by_branch.items()
    ]
    languages = [Row(key, key, funnel, _enough(funnel, least_n)) for key, funnel in by_language.items()]
    return Progress(
        at=clock.now(),
        anonymous=anonymous,
        least_n=least_n,
        total=total,
        branches=tuple(sorted(branches, key=lambda row: (len(row.key), row.key))),
        # Which language an anonymous survey was answered in is not told before its responses are published.
        languages=() if anonymous else tuple(sorted(languages, key=lambda row: -row.funnel.invited)),
        open_answers=0 if anonymous else _open_answers(session, campaign, scope),
        course=None if anonymous else course.course(session, campaign, scope),
    )


def _enough(funnel: Funnel, least_n: int) -> bool:
    return sum(funnel.cases.values()) >= least_n


def _told(by_branch: Mapping[int, Funnel], least_n: int) -> set[int]:
    """Branches of an anonymous campaign whose finished ones may be told: enough each, and enough among the others."""
    ordered = sorted(by_branch, key=lambda key: (by_branch[key].finished, key))
    hidden = [key for key in ordered if by_branch[key].finished < least_n]
    shown = ordered[len(hidden) :]
    while shown and hidden and sum(by_branch[key].finished for key in hidden) < least_n:
        hidden.append(shown.pop(0))
    return set(shown)


def disposition() -> ColumnElement[str]:
    """A case's present AAPOR code, or :data:`WITHDRAWN`: what is stored, made whole.

    An answered case is complete, whatever came before: of an anonymous survey nothing else is noted. One made by hand
    was handed over. One that did not leave waits while it is good and a message or a call of it is to come.
    """
    queued = (
        exists()
        .where(Message.invitation_id == Invitation.id, Message.state.in_([QUEUED, SENDING]))
        .correlate(Invitation)
    )
    waits = and_(Invitation.expires_at > clock.now(), or_(Invitation.channel == PHONE, queued))
    return case(
        (Invitation.state == USED, literal(COMPLETED)),
        (and_(Invitation.state == REVOKED, Invitation.disposition.in_(["", NOT_SENT])), literal(WITHDRAWN)),
        (Invitation.disposition.not_in(["", NOT_SENT]), Invitation.disposition),
        (Invitation.channel == "", literal(SILENT)),
        (waits, literal(NOT_SENT)),
        else_=literal(MISSED),
    )


def _funnels(session: Session, campaign: Campaign, scope: Scope) -> Iterable[tuple[int, str, Funnel]]:
    """By branch and language."""
    left_us = or_(Message.state.in_([SENT, DELIVERED]), Message.sent_at.is_not(None))
    # Of an invitation with messages on two channels one that arrived is enough.
    state = (
        select(
            Message.invitation_id.label("invitation_id"),
            func.max(case((left_us, 1), else_=0)).label("sent"),
            func.max(case((Message.state == DELIVERED, 1), else_=0)).label("delivered"),
        )
        .where(Message.campaign_id == campaign.id, Message.kind == INVITATION)
        .group_by(Message.invitation_id)
        .subquery()
    )
    sent = or_(
        state.c.sent == 1,
        and_(Invitation.channel == PHONE, or_(Invitation.calls > 0, Invitation.state == USED)),
        Invitation.channel == "",
    )
    code = disposition()
    single = (
        select(
            Invitation.branch_id.label("branch_id"),
            Invitation.language.label("language"),
            code.label("code"),
            case((code == NOT_SENT, 1), else_=0).label("waiting"),
            case((sent, 1), else_=0).label("sent"),
            func.coalesce(state.c.delivered, 0).label("delivered"),
            case((Invitation.opened_at.is_not(None), 1), else_=0).label("opened"),
            case((Invitation.started_at.is_not(None), 1), else_=0).label("started"),
        )
        .join(Branch, Branch.id == Invitation.branch_id)
        .outerjoin(state, state.c.invitation_id == Invitation.id)
        .where(Invitation.campaign_id == campaign.id, organisation.in_scope(scope))
        .subquery()
    )
    columns = single.c
    sums = [func.sum(columns[name]) for name in ("waiting", "sent", "delivered", "opened", "started")]
    rows = session.execute(
        select(columns.branch_id, columns.language, columns.code, columns.waiting, func.count(), *sums).group_by(
            columns.branch_id, columns.language, columns.code, columns.waiting
        )
    )
    for branch_id, language, found, waits, count, waiting, left, delivered, opened, started in rows:
        known = found in DISPOSITIONS
        yield (
            branch_id,
            language,
            Funnel(
                invited=count,
                waiting=int(waiting),
                sent=int(left),
                delivered=int(delivered),
                opened=int(opened),
                started=int(started),
                finished=count * (found == COMPLETED),
                refused=count * (found in REFUSED),
                undelivered=count * (found == UNDELIVERED),
                uncertain=count * (found == NOT_KNOWN),
                missed=count * (found == MISSED),
                cases=Counter({found: count} if known and not waits else {}),
            ),
        )


def _open_answers(session: Session, campaign: Campaign, scope: Scope) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(Response)
            .join(Branch, Branch.id == Response.branch_id)
            .where(
                Response.campaign_id == campaign.id,
                Response.channel == OPEN,
                Response.state.in_([COUNTED, EXCLUDED]),
                organisation.in_scope(scope),
            )
        )
        or 0
    )
