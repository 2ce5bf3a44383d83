"""Customers' words brought to a meeting: references, so that a deletion reaches them there too."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from forms.meeting import LONGEST_NOTE
from survey_app import clock
from survey_app.commands import voices as voice_tags
from survey_app.commands.upserts import added
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import MonthlyReview, Story, User
from survey_app.queries import reviews, voices
from survey_app.queries import stories_chosen as queries
from survey_app.queries.stories_chosen import SURVEY
from translations import gettext as _

#: Stories of one meeting: it hears one, and has a few to choose from.
MOST: Final = 5


def bring(
    session: Session,
    user: User,
    month: str,
    response_id: str,
    question: str,
    note: str = "",
    *,
    source: str = SURVEY,
    agreed: bool = False,
) -> Story:
    """Bring a customer's words to the meeting about a month. Brought twice, they are there once, with the newer note.

    ``source`` is a code of :data:`survey_app.loop.voices.SOURCES`; ``agreed``: whoever brings the words asked the
    customer, where nothing else says that a meeting may hear them.

    NotFound for words that this reader may not see, Conflict for a signed month or a meeting that has enough, UserError
    where the customer's consent is missing.
    """
    month = reviews.parse_month(month)
    _must_be_open(session, month)
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise UserError(_("Write at most %(max)s characters.", max=LONGEST_NOTE), [("note", "")])
    if source == SURVEY:
        if not queries.may_be_brought(session, user, month, response_id, question):
            raise NotFound(_("There are no such words of a customer."))
    else:
        _check_consent(session, user, month, source, response_id, question, agreed=agreed)
        # A story's key names its source where the piece has no question.
        question = question or source
    known = session.get(Story, (month, response_id, question), with_for_update=True)
    if known is not None:
        known.note = note or known.note
        session.flush()
        return known
    count, last = session.execute(select(func.count(), func.max(Story.place)).where(Story.month == month)).one()
    if count >= MOST:
        raise Conflict(_("The meeting has %(most)s stories already. Take one out first.", most=MOST))
    made = Story(
        month=month,
        response_id=response_id,
        question=question,
        source=source,
        place=(last or 0) + 1,
        note=note,
        chosen_at=clock.now(),
        chosen_by_id=user.id,
    )
    return made if added(session, made) else session.get_one(Story, (month, response_id, question))


def _check_consent(
    session: Session, user: User, month: str, source: str, ref: str, question: str, *, agreed: bool
) -> None:
    """Refuse words that the reader does not see or that are younger than the month, and words without consent."""
    found = voices.piece(session, user, source, ref, question)
    if found is None or found.month > month:
        raise NotFound(_("There are no such words of a customer."))
    if found.hearable is False or (found.hearable is None and not agreed):
        raise UserError(_("A meeting hears these words only with the customer's consent."), [("agreed", "")])


def take_out(session: Session, month: str, response_id: str, question: str) -> None:
    """Take a story out of a meeting again; one that is not there is out. Conflict for a signed month."""
    _must_be_open(session, month)
    found = session.get(Story, (month, response_id, question), with_for_update=True)
    if found is not None:
        session.delete(found)
        session.flush()


def put_first(session: Session, month: str, response_id: str, question: str) -> None:
    """Let the meeting hear a story first. NotFound where it was not brought, Conflict for a signed month."""
    _must_be_open(session, month)
    rows = session.scalars(
        select(Story).where(Story.month == month).order_by(Story.place, Story.response_id).with_for_update()
    ).all()
    first = next((row for row in rows if (row.response_id, row.question) == (response_id, question)), None)
    if first is None:
        raise NotFound(_("There are no such words of a customer."))
    for place, row in enumerate([first, *(row for row in rows if row is not first)], 1):
        row.place = place
    session.flush()


def _must_be_open(session: Session, month: str) -> None:
    if session.scalar(select(MonthlyReview.month).where(MonthlyReview.month == month)) is not None:
        raise Conflict(_("The month is signed: its stories stay as they were heard."))


def forget(session: Session, response_ids: Collection[str]) -> None:
    """Words were deleted: notes that may quote them go as well. That there was a story stays, and says so."""
    session.execute(update(Story).where(Story.response_id.in_(response_ids)).values(note=""))
    voice_tags.forget(session, response_ids)
