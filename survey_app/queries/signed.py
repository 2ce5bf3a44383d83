"""A signed month as evidence: what was signed, and whether its stored inputs still give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version

from sqlalchemy.orm import Session, joinedload

from survey_app.errors import Conflict, NotFound
from survey_app.models import MonthlyReview, SignedInputs
from survey_app.models.review import SIGNED
from survey_app.queries import computing
from translations import gettext as _


def code_version() -> str:
    """The version of the installed code."""
    try:
        return version("survey-app")
    except PackageNotFoundError:
        return "unpackaged"


def digest(text: str) -> str:
    """SHA-256 of a report's JSON."""
    return sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Signed:
    """A signed month and what is stored beside its numbers."""

    review: MonthlyReview
    #: None for a month that was signed before inputs were stored.
    inputs: SignedInputs | None
    #: The version of the code that would compute it today.
    code_version: str


@dataclass(frozen=True)
class Rerun:
    """What a report computed anew from the stored inputs is, beside what was signed."""

    month: str
    #: File (``report.json``, ``ranking.csv``) -> (digest as signed, digest now).
    files: dict[str, tuple[str, str]]
    #: Whether the stored numbers and inputs are what was signed, by their digests.
    numbers_whole: bool
    inputs_whole: bool
    signed_version: str
    code_version: str

    @property
    def same(self) -> bool:
        """Whether everything is the same, byte for byte."""
        return self.numbers_whole and self.inputs_whole and all(was == now for was, now in self.files.values())


def signed(session: Session, month: str) -> Signed:
    """A signed month. NotFound where nobody signed it."""
    found = session.get(MonthlyReview, month, options=[joinedload(MonthlyReview.signed_by)])
    if found is None:
        raise NotFound(_("The month %(month)s was not signed.", month=month))
    return Signed(found, session.get(SignedInputs, month), code_version())


def rerun(session: Session, month: str) -> Rerun:
    """Compute a signed month again from its stored inputs.

    NotFound where nobody signed it, Conflict where its inputs were not stored or cannot be read.
    """
    found = signed(session, month)
    if found.inputs is None:
        raise Conflict(_("The month %(month)s was signed before inputs were stored.", month=month))
    try:
        report = computing.again(found.inputs.inputs, SIGNED)
        inputs_digest = sha256(computing.unpacked(found.inputs.inputs)).hexdigest()
    except ValueError as error:
        raise Conflict(_("The stored inputs of %(month)s cannot be read: they are damaged.", month=month)) from error
    now = computing.table_digests(report.data)
    was: Mapping[str, str] = found.inputs.tables
    return Rerun(
        month=month,
        files={
            "report.json": (found.review.digest, digest(report.json)),
            **{f"{name}.csv": (was.get(name, ""), now.get(name, "")) for name in dict.fromkeys((*was, *now))},
        },
        numbers_whole=digest(found.review.numbers) == found.review.digest,
        inputs_whole=inputs_digest == found.review.inputs_digest,
        signed_version=found.review.code_version,
        code_version=found.code_version,
    )
