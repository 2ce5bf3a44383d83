"""What goes wrong in a way that a person can mend: a message in the reader's language and an HTTP status.

Commands raise these; the web answers with the status and the command line with an exit code, both with the same words.
"""

from __future__ import annotations


class UserError(Exception):
    """Something the person asked for cannot be done as asked. ``message`` is already translated."""

    status = 422

    def __init__(self, message: str, places: list[tuple[str, str]] | None = None) -> None:
        super().__init__(message)
        self.message = message
        #: (place, message) pairs where one request has several faults, such as the problems of a questionnaire.
        self.places = places or []


class NotFound(UserError):
    """The thing named is not here, or is not the reader's to see: both look alike from outside."""

    status = 404


class Gone(UserError):
    """It was here and has ended: an expired or used invitation."""

    status = 410


class Forbidden(UserError):
    """The reader is known and may not do this."""

    status = 403


class Conflict(UserError):
    """It was done already, or somebody else changed it meanwhile."""

    status = 409
