"""Why a report that a phone sent stands beside the visit's own and not in its place.

What :class:`survey_app.models.field.FieldCopy` keeps in ``content`` is what was sent, field by field as a form sends
it: ``{answers: {name: [values]}, language, version, marks, timings, position, later, expenses, manifest: [{sha256,
question, size, within_m}], user, round}``, the marks by our clock as ``entered_at`` and so on, and ``stored: {code:
value}``, the same answers as they would be stored, as far as they could be read. Of what was written ``elsewhere``
there is nothing but ``stored``, ``differs`` (the codes that the report says otherwise) and ``user``. Its files are rows
of :class:`survey_app.models.response.Evidence` under the visit's response id, found by ``sent_sha256``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from translations import lazy_gettext as _l

SECOND, ELSEWHERE, GIVEN_AWAY, CANCELLED, MISSED, VERSION = (
    "second", "elsewhere", "given_away", "cancelled", "missed", "version",
)  # fmt: skip
#: Reasons under which there may be no other report: a reviewer may then take the copy as the visit's own.
TOO_LATE: Final = (GIVEN_AWAY, CANCELLED, MISSED)
#: Code -> what happened, for the reviewer.
REASONS: Final[Mapping[str, Any]] = {
    SECOND: _l("A report of this visit was here already; this one came from another phone or later."),
    ELSEWHERE: _l("Answers that were written elsewhere, on another phone or in the browser, when the report came."),
    GIVEN_AWAY: _l("The visit had been taken back or given to somebody else before this report came."),
    CANCELLED: _l("The visit had been cancelled before this report came."),
    MISSED: _l("The visit had been counted as missed before this report came."),
    VERSION: _l("It was written under a version of the questionnaire that is not known here."),
}
#: Code -> what the shopper's phone says about it.
TOLD: Final[Mapping[str, Any]] = {
    SECOND: _l(
        "A report of this visit was here already. This one is kept beside it, and a reviewer will look at both."
    ),
    GIVEN_AWAY: _l(
        "The visit is no longer assigned to you. The report is kept all the same, and coordination will look at it."
    ),
    CANCELLED: _l(
        "The visit was cancelled meanwhile. The report is kept all the same, and coordination will look at it."
    ),
    MISSED: _l(
        "The visit was counted as missed meanwhile. The report is kept all the same, and coordination will look at it."
    ),
    VERSION: _l("The questionnaire is not known here any more. The report is kept, and a reviewer will look at it."),
}
