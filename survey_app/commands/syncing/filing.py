"""One picture of a visit, as a phone sends it: read, kept under what it holds, named once however often it is sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app import contents
from survey_app.audit import Actor
from survey_app.commands.contents import destroy_unnamed, secure
from survey_app.commands.evidence import MOST_BYTES
from survey_app.commands.syncing.reading import MOST_FILES, PLACE, SHA
from survey_app.db import reading
from survey_app.errors import NotFound, UserError
from survey_app.models import Assignment, Evidence
from survey_app.readers import papers, pictures
from survey_app.transaction import transaction
from translations import gettext as _

#: Bytes of all files that one account brings of a visit, those of several phones included.
MOST_TOGETHER: Final = 60_000_000


class CutOff(UserError):
    """What arrived is not what was sent: it is to be sent again."""


class Refused(UserError):
    """It can never be taken as it is: sending it again is of no use."""


@dataclass(frozen=True)
class Sent:
    """A file that arrived: what it belongs to, its hash as the phone says, its bytes."""

    response_id: str
    question: str
    sha256: str
    content: bytes
    #: Whose phone it came from.
    user_id: int
    name: str = ""


def visit(session: Session, response_id: str, *, held: bool = False) -> Assignment:
    """The visit that a phone names. The id was only ever told to whoever had the visit. NotFound: there is none."""
    query = select(Assignment).where(Assignment.response_id == response_id)
    if held:
        query = query.with_for_update(of=Assignment).execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound(_("There is no such assignment."))
    return found


def is_here(session: Session, sent: Sent) -> bool:
    """Whether the same file of the same account stands at the same question already."""
    there = select(Evidence.id).where(
        Evidence.response_id == sent.response_id,
        Evidence.user_id == sent.user_id,
        Evidence.sent_sha256 == sent.sha256,
        Evidence.question == sent.question,
    )
    return session.scalar(there.limit(1)) is not None


def keep(sent: Sent) -> None:
    """Keep a file; done again, nothing changes. In a transaction of its own, since reading a picture takes its time.

    NotFound: no such visit; CutOff: it did not arrive whole; Refused: it is no picture, too large or one too many.
    """
    if not SHA.fullmatch(sent.sha256) or not PLACE.fullmatch(sent.question):
        raise NotFound(_("There is nothing at this address."))
    with reading() as session:
        visit(session, sent.response_id)
        if is_here(session, sent):
            return
    picture = _read(sent)
    key = contents.store().put(picture.content)
    try:
        with transaction(Actor.respondent(), "field.file") as session:
            _name(session, sent, picture, key)
    except BaseException:
        destroy_unnamed([key])
        raise


def _read(sent: Sent) -> pictures.Picture:
    if len(sent.content) > MOST_BYTES:
        raise Refused(_("The file is larger than %(most)s MB.", most=MOST_BYTES // 1_000_000))
    if hashlib.sha256(sent.content).hexdigest() != sent.sha256:
        raise CutOff(_("The picture did not arrive whole. It is sent again."))
    try:
        return pictures.kept(sent.content)
    except UserError as error:
        raise Refused(error.message) from error


def _name(session: Session, sent: Sent, picture: pictures.Picture, key: str) -> None:
    found = visit(session, sent.response_id, held=True)
    if is_here(session, sent):
        return
    rows = select(func.count(), func.coalesce(func.sum(Evidence.size), 0)).where(
        Evidence.response_id == found.response_id, Evidence.user_id == sent.user_id, Evidence.sent_sha256 != ""
    )
    count, together = session.execute(rows).one()
    if count >= MOST_FILES:
        raise Refused(_("There is no room for more than %(max)s here.", max=MOST_FILES))
    if together + len(picture.content) > MOST_TOGETHER:
        raise Refused(_("All files together may have %(most)s MB.", most=MOST_TOGETHER // 1_000_000))
    secure(session, key, picture.content)
    session.add(
        Evidence(
            id=uuid4().hex,
            response_id=found.response_id,
            question=sent.question,
            filename=papers.named(sent.name, papers.JPEG, count + 1),
            media_type=papers.JPEG.media_type,
            size=len(picture.content),
            sha256=key,
            content=key,
            sent_sha256=sent.sha256,
            likeness=picture.likeness,
            user_id=sent.user_id,
        )
    )
    session.flush()
