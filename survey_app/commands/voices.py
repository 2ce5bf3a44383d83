"""Tags on what customers say, and what goes with words that are deleted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands.upserts import added
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.loop.voices import ANSWERED, LONGEST_TAG, MOST_TAGS, tidy_tag
from survey_app.models import Listening, Story, User, VoiceMessage, VoiceTag
from survey_app.queries import voices as queries
from survey_app.queries.voices import ID_LENGTH, Piece
from translations import gettext as _

_SOME: Final = 500


def seen(session: Session, user: User, source: str, ref: str, question: str) -> Piece:
    """A piece that somebody acts on. NotFound where this reader does not see it."""
    found = queries.piece(session, user, source, ref, question)
    if found is None:
        raise NotFound(_("There are no such words of a customer."))
    return found


def tag(session: Session, user: User, source: str, ref: str, question: str, typed: str) -> None:
    """Put a tag on a piece; put twice, it is there once.

    UserError for a tag without letters or too long a one, Conflict where the piece has enough, NotFound for words that
    the reader does not see.
    """
    wanted = tidy_tag(typed)
    if not any(letter.isalnum() for letter in wanted):
        raise UserError(_("Write a word or two as the tag."), [("tag", "")])
    if len(wanted) > LONGEST_TAG:
        raise UserError(_("Write at most %(max)s characters.", max=LONGEST_TAG), [("tag", "")])
    one = seen(session, user, source, ref, question)
    if wanted in one.tags:
        return
    if len(one.tags) >= MOST_TAGS:
        raise Conflict(_("There are %(most)s tags already. Take one off first.", most=MOST_TAGS))
    added(session, VoiceTag(source=source, ref=one.key, tag=wanted, by_id=user.id, at=clock.now()))


def untag(session: Session, user: User, source: str, ref: str, question: str, wanted: str) -> None:
    """Take a tag off a piece; one that is not there is off. NotFound as in :func:`tag`."""
    one = seen(session, user, source, ref, question)
    found = session.get(VoiceTag, (source, one.key, wanted), with_for_update=True)
    if found is not None:
        session.delete(found)
        session.flush()


def forget(session: Session, response_ids: Collection[str]) -> None:
    """Responses were deleted: the tags on their words go, and whose form it was."""
    ids = list(response_ids)
    for at in range(0, len(ids), _SOME):
        some = ids[at : at + _SOME]
        begins = func.substr(VoiceTag.ref, 1, ID_LENGTH).in_(some)
        session.execute(delete(VoiceTag).where(VoiceTag.source.in_(ANSWERED), begins))
        session.execute(delete(Listening).where(Listening.response_id.in_(some)))


def erase_message(session: Session, user: User, number: int) -> None:
    """Delete a message with its tags, at the customer's request. NotFound for one that the reader does not see.

    A meeting that heard it then says that the words were deleted.
    """
    if queries.piece(session, user, "message", str(number), "") is None:
        raise NotFound(_("There are no such words of a customer."))
    forget_messages(session, [number])


def forget_messages(session: Session, ids: Sequence[int]) -> None:
    """Delete messages with their tags and what a meeting noted of them. What is gone already is gone."""
    # Held in one order, before what hangs on them.
    held = select(VoiceMessage.id).where(VoiceMessage.id.in_(ids)).order_by(VoiceMessage.id).with_for_update()
    refs = [str(one) for one in session.scalars(held).all()]
    session.execute(delete(VoiceTag).where(VoiceTag.source == "message", VoiceTag.ref.in_(refs)))
    session.execute(update(Story).where(Story.source == "message", Story.response_id.in_(refs)).values(note=""))
    session.execute(delete(VoiceMessage).where(VoiceMessage.id.in_(ids)))
    session.flush()
