"""What a branch answers to its numbers before the meeting: written, written anew, or taken back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands.upserts import insert_missing
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import BranchStatement, Meeting, User
from survey_app.queries import previews, reviews
from translations import format_date
from translations import gettext as _


@dataclass(frozen=True)
class Standing:
    """An answer as it stands: kept apart from its row, which nobody can read after the transaction was undone."""

    words: str = field(repr=False)
    revision: int
    at: datetime


class Changed(Conflict):
    """Somebody wrote meanwhile. ``stands`` is what stands now; what was typed is still the sender's."""

    def __init__(self, message: str, stands: Standing) -> None:
        super().__init__(message)
        self.stands = stands


def hold(session: Session, month: str) -> None:
    """Keep the meeting from beginning until the end of the transaction. Conflict where branches may not answer now."""
    # Made where there is none, so that a meeting which begins at this moment waits, or is seen.
    insert_missing(session, Meeting, [{"month": month}], ("month",))
    held = select(Meeting).where(Meeting.month == month).with_for_update(read=True)
    session.scalar(held, execution_options={"populate_existing": True})
    window = previews.window(session, month)
    if window.over:
        raise Conflict(_("The meeting has begun: what branches wrote stays as it is."))
    if not window.open:
        raise Conflict(_("The preview opens on %(date)s.", date=format_date(window.opens_on)))


def write(session: Session, user: User, month: str, words: str, revision: int) -> BranchStatement:
    """Write what a user's own branch answers; no words take it back. The same words twice change nothing.

    ``revision`` is that of the words which the page was made of, 0 where there were none. Changed where somebody wrote
    since; Conflict outside the preview's days; UserError where the words are too long; NotFound without a branch.
    """
    month = reviews.parse_month(month)
    if user.branch_id is None:
        raise NotFound(_("This user has no branch."))
    text = "\n".join(line.rstrip() for line in words.strip().splitlines())
    if len(text) > previews.LONGEST:
        message = _("Write at most %(max)s characters.", max=previews.LONGEST)
        raise UserError(message, [("words", message)])
    hold(session, month)
    found = session.scalar(
        select(BranchStatement)
        .where(BranchStatement.month == month, BranchStatement.branch_id == user.branch_id)
        .with_for_update()
    )
    if found is None:
        return _first(session, user, month, text)
    if found.words == text:
        return found
    if found.revision != revision:
        stands = Standing(found.words, found.revision, found.at)
        raise Changed(_("Somebody changed the branch's answer meanwhile. Both are shown below."), stands)
    found.words, found.revision = text, found.revision + 1
    found.at, found.by_id = clock.now(), user.id
    session.flush()
    return found


def _first(session: Session, user: User, month: str, text: str) -> BranchStatement:
    made = BranchStatement(month=month, branch_id=user.branch_id, words=text, revision=1, at=clock.now(), by_id=user.id)
    if not text:
        return made
    session.add(made)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(_("Somebody wrote the branch's answer a moment ago. Open the page again.")) from error
    return made
