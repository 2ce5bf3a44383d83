"""Notes on the months of a trend; one that re-bases begins new control limits there, and is a logged decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports.trends import SERIES
from survey_app import clock
from survey_app.errors import NotFound, UserError
from survey_app.models import Branch, Organisation, TrendNote, User
from survey_app.queries import reviews
from translations import gettext as _

LONGEST: Final = 300


@dataclass(frozen=True)
class Note:
    """What a note says: of which month, of which measure (empty: all), and whether limits begin anew there."""

    month: str
    measure: str
    words: str
    rebases: bool = False

    def problems(self) -> list[tuple[str, str]]:
        """(field, what is wrong with it); empty when it can be kept."""
        found: list[tuple[str, str]] = []
        if self.measure and self.measure not in SERIES:
            found.append(("measure", _("Choose one of the list.")))
        if not self.words.strip():
            found.append(("words", _("Write what happened.")))
        elif len(self.words.strip()) > LONGEST:
            found.append(("words", _("Write at most %(max)s characters.", max=LONGEST)))
        return found


def add(session: Session, user: User, branch_id: int | None, note: Note) -> TrendNote:
    """Keep a note on a branch's trend, or on everybody's (``branch_id`` None). The same note twice is one.

    NotFound for a month that is none or has not begun; UserError for words that cannot be kept.
    """
    month = reviews.parse_month(note.month)
    problems = note.problems()
    if problems:
        raise UserError(problems[0][1], problems)
    # Held, so that the same form sent twice at once is looked for by one after the other.
    held = select(Organisation.id) if branch_id is None else select(Branch.id).where(Branch.id == branch_id)
    session.execute(held.with_for_update())
    words = note.words.strip()
    standing = session.scalar(
        select(TrendNote)
        .where(TrendNote.branch_id == branch_id if branch_id is not None else TrendNote.branch_id.is_(None))
        .where(TrendNote.month == month, TrendNote.measure == note.measure)
        .where(TrendNote.words == words, TrendNote.rebases == note.rebases)
        .limit(1)
    )
    if standing is not None:
        return standing
    made = TrendNote(
        branch_id=branch_id,
        month=month,
        measure=note.measure,
        words=words,
        rebases=note.rebases,
        at=clock.now(),
        by_id=user.id,
    )
    session.add(made)
    session.flush()
    return made


def remove(session: Session, branch_id: int, note_id: int) -> bool:
    """Take a note back, of a branch or of everybody's; False where it is gone already.

    NotFound for a note on another branch's trend.
    """
    found = session.get(TrendNote, note_id, with_for_update=True)
    if found is None:
        return False
    if found.branch_id not in (None, branch_id):
        raise NotFound(_("There is no such note."))
    session.delete(found)
    session.flush()
    return True
