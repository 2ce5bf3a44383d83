"""Files that belong to answers: photographs and documents, of drafts as well as of responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from survey_app import contents, files
from survey_app.errors import NotFound
from survey_app.models import Answer, Assignment, Evidence, FieldCopy, FieldRecord, Response
from survey_app.models.campaign import ANONYMOUS
from translations import gettext as _

#: Question types whose answer is a list of files.
FILE_TYPES: Final = frozenset({"photo", "file"})


#: Files of a report itself: no receipt, nothing of an appeal, and of a visit that changed hands only what the shopper
#: who has it brought. What the one before brought belongs to the copy that it came with.
OF_THE_REPORT: Final = and_(
    Evidence.expense_id.is_(None),
    Evidence.appeal_id.is_(None),
    or_(
        Evidence.user_id.is_(None),
        exists().where(Assignment.response_id == Evidence.response_id, Assignment.shopper_id == Evidence.user_id),
    ),
)


def of_response(session: Session, response_id: str) -> Mapping[str, Evidence]:
    """The files of a response's answers, or of its draft's, by their ids. Receipts and files of appeals are not."""
    own = select(Evidence).where(Evidence.response_id == response_id, OF_THE_REPORT)
    return {one.id: one for one in session.scalars(own)}


def content(found: Evidence) -> bytes:
    """A file's bytes. NotFound: they are gone; Damaged: they are not what was kept."""
    if found.content:
        return contents.store().read(found.content)
    with files.store().open(found.id) as kept:
        return kept.read()


def answered(session: Session, file_id: str) -> Evidence:
    """A file that belongs to a finished response: an answer names it, or a phone brought it for an item of its report.

    NotFound for any other, one of a draft included. Nor is the file of an anonymous response shown, whose answers
    nobody reads by themselves.
    """
    found = session.get(Evidence, file_id)
    response = session.get(Response, found.response_id) if found is not None else None
    if found is not None and response is not None and response.campaign.privacy != ANONYMOUS:
        named = session.scalar(
            select(Answer.value).where(Answer.response_id == found.response_id, Answer.question == found.question)
        )
        if isinstance(named, list) and file_id in named:
            return found
        if found.sent_sha256 and found.appeal_id is None and found.expense_id is None:
            brought = select(FieldRecord.manifest).where(FieldRecord.response_id == found.response_id)
            pairs = {(one["sha256"], one["question"]) for each in session.scalars(brought) for one in each}
            if (found.sent_sha256, found.question) in pairs:
                return found
    raise NotFound(_("The file is no longer here."))


def beside(session: Session, file_id: str) -> Evidence:
    """A file that no report names: of a copy, or that a phone brought for a report that is still to come.

    For reviewers and coordination, who settle such things. NotFound for any other file, a receipt included.
    """
    found = session.get(Evidence, file_id)
    if found is not None and found.expense_id is None and found.appeal_id is None and ":" not in found.question:
        if found.sent_sha256:
            return found
        contents_of = session.scalars(select(FieldCopy.content).where(FieldCopy.response_id == found.response_id))
        for told in contents_of:
            if file_id in (told.get("stored") or {}).get(found.question, ()):
                return found
    raise NotFound(_("The file is no longer here."))
