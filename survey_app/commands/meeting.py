"""The meeting about a month: its day, its beginning, its minutes, and the months that nobody reviewed.

Whoever writes here holds the meeting's row, or the stop's, first.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.meeting import LONGEST_MINUTES
from reports import months as calendar
from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import letters
from survey_app.commands.upserts import insert_missing
from survey_app.db import reading
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.meeting.agenda import STOPS
from survey_app.models import Meeting, Minutes, MonthlyReview, User
from survey_app.permissions import PERMISSIONS, Permission, Role
from survey_app.queries import meeting as queries
from survey_app.queries import organisation, reviews
from survey_app.transaction import transaction
from translations import format_date
from translations import gettext as _

ACTOR: Final = Actor.system("meeting")
#: Letters are about months whose time ran out lately; a bank that brings years of old data gets none about them.
_LATELY: Final = 31


class Stale(Conflict):
    """Somebody else wrote meanwhile: ``words`` stand there, as of ``revision``."""

    def __init__(self, now: Minutes) -> None:
        super().__init__(_("Somebody else wrote here meanwhile. Join the two texts and save again."))
        self.words, self.revision = now.words, now.revision


def _held(session: Session, month: str) -> Meeting:
    """The meeting's row, made where there is none, held until the transaction ends."""
    insert_missing(session, Meeting, [{"month": month}], ("month",))
    return session.get_one(Meeting, month, with_for_update=True, populate_existing=True)


def set_day(session: Session, month: str, day: date | None) -> Meeting:
    """Set the day of the meeting about a month; None for the one that the policy gives.

    Conflict when the meeting has begun, UserError for a day that is in the month itself or before it.
    """
    month = reviews.parse_month(month)
    if day is not None and day <= calendar.last_day(month):
        raise UserError(_("The meeting is about the whole month: choose a day after its end."), [("meets_on", "")])
    row = _held(session, month)
    if row.begun_at is not None or _is_signed(session, month):
        raise Conflict(_("The review of this month has begun already."))
    row.meets_on = day
    session.flush()
    return row


def begin(session: Session, user: User, month: str) -> Meeting:
    """Begin the review of a month: from now on branches answer no more. Begun twice, the first time stands.

    Conflict when the month has not closed yet, or is signed.
    """
    month = reviews.parse_month(month)
    closes = clock.closes_on(month, organisation.policy(session).closes_on_working_day)
    if clock.today() < closes:
        raise Conflict(_("The month %(month)s closes on %(date)s.", month=month, date=format_date(closes)))
    row = _held(session, month)
    if row.begun_at is None:
        if _is_signed(session, month):
            raise Conflict(_("The month %(month)s was already signed.", month=month))
        row.begun_at, row.begun_by_id = clock.now(), user.id
        session.flush()
    return row


def _is_signed(session: Session, month: str) -> bool:
    return session.scalar(select(MonthlyReview.month).where(MonthlyReview.month == month)) is not None


def must_have_begun(session: Session, month: str) -> None:
    """Conflict while nobody began to review a month."""
    row = session.get(Meeting, month)
    if (row is None or row.begun_at is None) and not _is_signed(session, month):
        raise Conflict(_("Begin the review first; then decisions and minutes can be written."))


def write(session: Session, user: User, month: str, stop: str, words: str, revision: int) -> Minutes:
    """Write what was said at a stop. ``revision`` is that of the words which the writer had before them.

    The same words twice are one writing. NotFound for no stop, Stale where somebody else wrote meanwhile.
    """
    month = reviews.parse_month(month)
    if stop not in STOPS:
        raise NotFound(_("There is no such stop on the agenda."))
    must_have_begun(session, month)
    words = words.strip()
    if len(words) > LONGEST_MINUTES:
        raise UserError(_("Write at most %(max)s characters.", max=LONGEST_MINUTES), [("words", "")])
    fresh = {"month": month, "stop": stop, "words": "", "revision": 0, "at": clock.now(), "by_id": user.id}
    insert_missing(session, Minutes, [fresh], ("month", "stop"))
    row = session.get_one(Minutes, (month, stop), with_for_update=True, populate_existing=True)
    if row.words == words:
        return row
    if row.revision != revision:
        raise Stale(row)
    row.words, row.revision, row.at, row.by_id = words, row.revision + 1, clock.now(), user.id
    session.flush()
    return row


# ---- months that nobody reviewed -------------------------------------------------------------------------------------


def alert() -> None:
    """Tell management of every month that nobody began to review in time, once each: the hourly act."""
    with reading() as session:
        due = [
            one.month
            for one in queries.unreviewed(session)
            if not one.alerted and (clock.today() - one.until).days <= _LATELY
        ]
    for month in due:
        with transaction(ACTOR, "meeting.alert", month=month) as session:
            tell_unreviewed(session, month)


def tell_unreviewed(session: Session, month: str) -> bool:
    """Queue one letter to everybody who runs the meeting; False where they were told, or the review began meanwhile."""
    row = _held(session, month)
    if row.alerted_at is not None or row.begun_at is not None or _is_signed(session, month):
        return False
    roles = sorted(role.value for role in Role if Permission.RUN_MEETING in PERMISSIONS[role])
    told = session.scalars(select(User.id).where(User.active, User.role.in_(roles))).all()
    until = queries.review_until(month, organisation.policy(session))
    keys = {user: f"month_unreviewed:{month}:{user}" for user in told}
    letters.queue_all(session, "month_unreviewed", keys, {"month": month, "until": until.isoformat()})
    row.alerted_at = clock.now()
    session.flush()
    return True
