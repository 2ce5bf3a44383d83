"""A month's packs as rows: asked for or due by the schedule, made in the background, kept for a while.

waiting → running → ready, or failed. The files themselves are made by :mod:`survey_app.outgoing.packs`, outside of any
transaction, each named in the row as soon as it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import letters
from survey_app.commands.contents import destroy_after, secure
from survey_app.commands.upserts import insert_or_none
from survey_app.errors import UserError
from survey_app.meeting.packs import FORMATS
from survey_app.models import Job, Pack, PackPlan, User
from survey_app.permissions import scope_of
from survey_app.queries import packs as queries
from survey_app.queries import reviews
from survey_app.queries.packs import FAILED, READY, RUNNING, WAITING
from survey_app.queries.tickets import new_response_id
from translations import LANGUAGES
from translations import gettext as _

#: Kinds of jobs: a pack that somebody waits for, and one of the schedule, which comes after everybody's work.
MAKE, SCHEDULED = "pack.make", "pack.scheduled"
#: The letter that tells of a scheduled pack.
LETTER: Final = "pack_ready"
#: Packs that one transaction puts in line.
BATCH: Final = 200
#: A pack that nobody finished in this time is called failed.
_LOST: Final = timedelta(hours=2)
#: Files of ended packs that one transaction lets go.
_FEW: Final = 50


def ask(session: Session, user: User, month: str, formats: Sequence[str], language: str) -> Pack:
    """Have a reader's files of a month made soon; the ones asked for a moment ago are enough.

    UserError for no format, or one or a language that there is not; NotFound for what is no month.
    """
    month = reviews.parse_month(month)
    wanted = _formats(formats)
    if language not in LANGUAGES:
        raise UserError(_("Languages: %(languages)s.", languages=", ".join(LANGUAGES)), [("language", "")])
    # Whoever presses twice is one: the user's row is held until the first has put the pack in line.
    session.execute(select(User.id).where(User.id == user.id).with_for_update())
    waiting = session.scalars(
        select(Pack).where(Pack.user_id == user.id, Pack.month == month, Pack.state.in_([WAITING, RUNNING]))
    )
    reach = queries.reach(scope_of(user))
    for one in waiting:
        if one.formats == wanted and one.language == language and one.reach == reach:
            return one
    made = Pack(**_row(new_response_id(), user, month, wanted, language))
    session.add(made)
    session.add(Job(kind=MAKE, payload={"pack": made.id}, created_at=clock.now()))
    session.flush()
    return made


def _formats(formats: Sequence[str]) -> list[str]:
    """Formats in their own order, each once."""
    if not formats:
        raise UserError(_("Choose at least one kind of file."), [("formats", "")])
    if set(formats) - set(FORMATS):
        raise UserError(_("Kinds of files: %(kinds)s.", kinds=", ".join(FORMATS)), [("formats", "")])
    return [one for one in FORMATS if one in formats]


def _row(pack_id: str, user: User, month: str, formats: Sequence[str], language: str) -> dict[str, Any]:
    return {
        "id": pack_id,
        "month": month,
        "user_id": user.id,
        "language": language,
        "formats": list(formats),
        "reach": queries.reach(scope_of(user)),
        "state": WAITING,
        "done": 0,
        "files": {},
        "digest": "",
        "error": "",
        "created_at": clock.now(),
    }


# ---- making ----------------------------------------------------------------------------------------------------------


def begin(session: Session, pack_id: str) -> Pack | None:
    """Take a pack up; None where it is made already, was given up, or its reader may no longer have one."""
    pack = session.get(Pack, pack_id, with_for_update=True, populate_existing=True)
    if pack is None or pack.state not in (WAITING, RUNNING):
        return None
    if not queries.may_open(pack, pack.user):
        pack.state, pack.error = FAILED, "not_permitted"
        return None
    pack.state = RUNNING
    return pack


def file_made(session: Session, pack_id: str, kind: str, name: str, content: bytes, key: str, digest: str) -> None:
    """Name a file in its pack, its content held and made sure of."""
    pack = session.get(Pack, pack_id, with_for_update=True, populate_existing=True)
    if pack is None or pack.state != RUNNING:
        return
    secure(session, key, content)
    pack.files = {**pack.files, kind: [name, key, len(content)]}
    pack.done, pack.digest = len(pack.files), digest


def finish(session: Session, pack_id: str) -> None:
    """All files stand; who has them by the schedule is told."""
    pack = session.get(Pack, pack_id, with_for_update=True, populate_existing=True)
    if pack is None or pack.state != RUNNING:
        return
    pack.state, pack.ready_at = READY, clock.now()
    if pack.id == queries.scheduled_id(pack.month, pack.user_id):
        plan = session.get(PackPlan, pack.user.role)
        values = {"month": pack.month, "pack": pack.id, "attached": bool(plan and plan.attached)}
        letters.queue(session, pack.user_id, LETTER, f"pack:{pack.month}:{pack.user_id}", values)


def fail(session: Session, pack_id: str, reason: str) -> None:
    """A pack cannot be made; ``reason`` is a code, nobody's words."""
    pack = session.get(Pack, pack_id, with_for_update=True, populate_existing=True)
    if pack is not None and pack.state in (WAITING, RUNNING):
        pack.state, pack.error = FAILED, reason


# ---- the schedule, and the end ---------------------------------------------------------------------------------------


def plan(
    session: Session, role: str, *, working_day: int, formats: Sequence[str], attached: bool, active: bool
) -> PackPlan:
    """Say when a role is sent the month's pack. UserError for a role that gets none, a day or format there is not."""
    if role not in queries.ROLES:
        raise UserError(_("This role is given no files of the review."), [("role", "")])
    if not 1 <= working_day <= 20:
        raise UserError(_("Write a number between %(min)s and %(max)s.", min=1, max=20), [("working_day", "")])
    wanted = _formats(formats)
    row = session.get(PackPlan, role, with_for_update=True)
    if row is None:
        row = PackPlan(role=role, working_day=working_day, formats=wanted, attached=attached, active=active)
        session.add(row)
    row.working_day, row.formats, row.attached, row.active = working_day, wanted, attached, active
    session.flush()
    return row


def put_in_line(session: Session, month: str) -> int:
    """Put the scheduled packs that are due in line, at most :data:`BATCH`; how many there were. Again: none twice."""
    count = 0
    for one in queries.due(session, month, BATCH):
        row = _row(one.pack_id, one.user, month, one.plan.formats, one.user.language)
        if insert_or_none(session, Pack, row, ("id",)) is not None:
            session.add(Job(kind=SCHEDULED, payload={"pack": one.pack_id}, created_at=clock.now()))
            count += 1
    session.flush()
    return count


def call_lost(session: Session) -> int:
    """Call failed what no worker finished; how many there were."""
    lost = update(Pack).where(Pack.state.in_([WAITING, RUNNING]), Pack.created_at < clock.now() - _LOST)
    # What waits behind many others is not lost: its job is still there.
    found = session.execute(lost.where(Pack.state == RUNNING).values(state=FAILED, error="lost"))
    return int(found.rowcount)  # type: ignore[attr-defined]


def forget(session: Session) -> int:
    """Let go of packs that were kept long enough, with their files; how many there were."""
    old = session.scalars(
        select(Pack).where(Pack.created_at < clock.now() - queries.KEPT).order_by(Pack.id).limit(_FEW)
    ).all()
    keys = [key for pack in old for _name, key, _size in pack.files.values()]
    session.execute(delete(Pack).where(Pack.id.in_([pack.id for pack in old])))
    destroy_after(session, keys)
    return len(old)
