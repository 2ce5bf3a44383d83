"""Kinds of questionnaires as data: code asks ``kind.reviewed`` or ``kind.least_n``, never which kind it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from translations import lazy_gettext as _l


@dataclass(frozen=True)
class Kind:
    """What sets one sort of questionnaire apart from another, over the same engine."""

    code: str
    #: Shown to staff.
    name: Any
    #: Answers come by invitation or open link from the public (True) or from a user who is logged in.
    public: bool
    #: A quality reviewer must approve a response before it counts.
    reviewed: bool
    #: Every item may carry a comment, and its answers are points of a total.
    itemised: bool
    #: Fewer responses than this and no mean is shown.
    least_n: int
    #: Whether a branch's open link may lead to it: customers only, never staff.
    open_link: bool = False
    #: Whether its responses may become facts at all.
    counted: bool = True
    #: Privacy mode where the questionnaire does not say.
    privacy: str = "confidential"
    #: As what its free words stand in the voice of the customer: a code of :data:`survey_app.loop.voices.SOURCES`.
    voice: str = ""


KINDS: Final[Mapping[str, Kind]] = {
    kind.code: kind
    for kind in (
        Kind(
            "customer_survey",
            _l("Customer survey"),
            public=True,
            reviewed=False,
            itemised=False,
            least_n=10,
            open_link=True,
            voice="survey",
        ),
        Kind(
            "employee_survey",
            _l("Employee survey"),
            public=True,
            reviewed=False,
            itemised=False,
            least_n=8,
            privacy="anonymous",
        ),
        Kind("mystery_shop", _l("Mystery visit"), public=False, reviewed=True, itemised=True, least_n=3, voice="shop"),
        Kind(
            "certification",
            _l("Certification quiz"),
            public=False,
            reviewed=False,
            itemised=True,
            least_n=1,
            counted=False,
        ),
        Kind(
            "call_listening",
            _l("Call listening"),
            public=False,
            reviewed=False,
            itemised=True,
            least_n=3,
            voice="call",
        ),
        Kind(
            "field_visit",
            _l("Field visit"),
            public=False,
            reviewed=False,
            itemised=False,
            least_n=1,
            counted=False,
            voice="visit",
        ),
    )
}


def kind_of(code: str) -> Kind:
    """The kind with a code; the database only ever holds known ones."""
    return KINDS[code]
