"""Files that belong to answers: photographs and documents, of drafts as well as of responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.models import Evidence

#: Question types whose answer is a list of files.
FILE_TYPES: Final = frozenset({"photo", "file"})


def of_response(session: Session, response_id: str) -> Mapping[str, Evidence]:
    """The files of a response, or of its draft, by their ids."""
    return {one.id: one for one in session.scalars(select(Evidence).where(Evidence.response_id == response_id))}
