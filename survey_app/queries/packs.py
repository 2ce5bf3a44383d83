"""A month's pack as it is read: what goes into its files for one reader, the files made, and when they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from reports import months as calendar
from reports.beside import Beside, Decided, Recognised, Said
from survey_app import clock
from survey_app.errors import Gone, NotFound
from survey_app.models import NO_AGENT, Decision, Pack, PackPlan, Recognition, User
from survey_app.permissions import PERMISSIONS, Permission, Role, Scope, may, scope_of
from survey_app.queries import decisions, meeting, organisation, previews, recognition, reviews
from survey_app.queries.visibility import visible
from translations import format_date, localised
from translations import gettext as _

#: States of a pack.
WAITING, RUNNING, READY, FAILED = "waiting", "running", "ready", "failed"
#: How long files are kept; longer than any month, so that a scheduled pack is never made twice.
KEPT: Final = timedelta(days=40)
#: Roles that packs can be sent to: those that may ask for one.
ROLES: Final = tuple(role.value for role in Role if Permission.GET_PACKS in PERMISSIONS[role])


@dataclass(frozen=True)
class Material:
    """Everything that a reader's files of a month are made of."""

    month: str
    #: The report's data, cut to the reader.
    data: dict[str, Any]
    beside: Beside
    #: SHA-256 of the data.
    digest: str

    @property
    def empty(self) -> bool:
        """Whether the month has no numbers at all."""
        return bool(self.data["overall"]["code"] == "no_data")


def material(session: Session, user: User, month: str) -> Material:
    """What a reader's files of a month are made of, its words in the active language; NotFound for what is no month."""
    review = reviews.review(session, month)
    scope = scope_of(user)
    data = visible(session, review.data, scope)
    bank = organisation.organisation(session)
    codes = organisation.codes(session)
    signed = ""
    if review.signed is not None:
        day = format_date(clock.local(review.signed.signed_at).date())
        signed = _("Signed by %(name)s on %(date)s.", name=review.signed.signed_by.name, date=day)
    people = recognition.of_month(session, scope, review.month)
    beside = Beside(
        organisation=localised(bank.name),
        synthetic=bank.synthetic,
        signed=signed,
        # What was said is management's and the analysts' own; others see what was decided about their branches.
        minutes=_minutes(session, review.month) if scope.everything else (),
        decisions=tuple(map(_decided, decisions.of_month(session, user, review.month))),
        before=tuple(map(_decided, decisions.before(session, user, review.month))),
        statements={
            codes[branch]: said.words
            for branch, said in previews.statements(session, review.month).items()
            if branch in codes
        },
        recognised=tuple(map(_recognised, people.named)),
        unnamed=people.unnamed,
    )
    return Material(review.month, data, beside, digest(data))


def digest(data: Mapping[str, Any]) -> str:
    """SHA-256 of the numbers that files show; the words of questions and the month's state, which are none, aside."""
    return sha256(reviews.report_text({**data, "words": None, "state": None}).encode()).hexdigest()


def _minutes(session: Session, month: str) -> tuple[Said, ...]:
    titles = {stop.code: stop.title for stop in meeting.agenda(session, month).stops}
    return tuple(Said(titles[code], row.words) for code, row in meeting.minutes(session, month).items())


def _recognised(one: Recognition) -> Recognised:
    name = one.agent.name or one.agent.code if one.agent_id != NO_AGENT else ""
    return Recognised(name, one.branch.name, one.grounds.get("n"))


def _decided(one: Decision) -> Decided:
    return Decided(
        month=one.month,
        text=one.text,
        owner=one.owner.name or one.owner.email,
        branch=one.branch.name if one.branch is not None else "",
        due_on=one.due_on,
        state="late" if decisions.is_late(one) else one.state,
        outcome=one.outcome,
        worked=one.worked,
    )


# ---- files -----------------------------------------------------------------------------------------------------------


def reach(scope: Scope) -> str:
    """How far a reader sees, in a word: two of the same reach see the same branches and agents."""
    return ":".join([scope.reach, *(str(part or "") for part in (scope.region_id, scope.branch_id, scope.agent_id))])


def may_open(pack: Pack, user: User) -> bool:
    """Whether a reader still sees all that a pack shows: who was given less since then is not given it any more.

    Most roles see every branch's name somewhere: one that is given no files has no part in older ones either.
    """
    scope = scope_of(user)
    within = scope.everything or pack.reach == reach(scope)
    return pack.user_id == user.id and may(user, Permission.GET_PACKS) and within


def of_reader(session: Session, user: User, month: str, limit: int = 10) -> list[Pack]:
    """A reader's packs of a month, newest first, as far as they may still be opened."""
    rows = session.scalars(
        select(Pack).where(Pack.user_id == user.id, Pack.month == month).order_by(Pack.created_at.desc(), Pack.id)
    )
    return [row for row in rows if may_open(row, user)][:limit]


def own(session: Session, user: User, month: str, pack_id: str) -> Pack:
    """One of a reader's packs; NotFound where it is none, Gone where the reader may no longer see all of it."""
    found = session.get(Pack, pack_id)
    if found is None or found.user_id != user.id or found.month != month:
        raise NotFound(_("The file is no longer here."))
    if not may_open(found, user):
        raise Gone(_("These files show more than you may see today. Please ask for new ones."))
    return found


def naming(session: Session, key: str) -> bool:
    """Whether a pack's file is the content of a key."""
    return session.scalar(select(Pack.id).where(cast(Pack.files, Text).contains(key)).limit(1)) is not None


def contents(session: Session) -> set[str]:
    """The keys of all packs' files."""
    return {key for files in session.scalars(select(Pack.files)) for _name, key, _size in files.values()}


# ---- the schedule ----------------------------------------------------------------------------------------------------


def plans(session: Session) -> dict[str, PackPlan]:
    """Role -> when its pack is sent, in the order of the roles."""
    found = {row.role: row for row in session.scalars(select(PackPlan))}
    return {role: found[role] for role in ROLES if role in found}


def sent_on(plan: PackPlan, month: str) -> date:
    """The day on which a month's pack is sent: the n-th working day of the month that follows."""
    return clock.working_day(calendar.shift(month, 1), plan.working_day)


@dataclass(frozen=True)
class Due:
    """Somebody whose scheduled pack of a month is to be made now."""

    pack_id: str
    user: User
    plan: PackPlan


def due(session: Session, month: str, limit: int) -> list[Due]:
    """Who is to be sent the pack of a month by today, and has none yet."""
    running = {
        role: plan for role, plan in plans(session).items() if plan.active and sent_on(plan, month) <= clock.today()
    }
    users = select(User).where(User.active, User.role.in_(list(running))).order_by(User.id)
    made = set(session.scalars(select(Pack.id).where(Pack.month == month, Pack.id.like("plan-%"))))
    wanted = (Due(scheduled_id(month, user.id), user, running[user.role]) for user in session.scalars(users))
    return [one for one in wanted if one.pack_id not in made][:limit]


def scheduled_id(month: str, user_id: int) -> str:
    """The id of the pack that the schedule makes for a user: the same however often it is asked."""
    return f"plan-{month}-{user_id}"
