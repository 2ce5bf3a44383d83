"""What the automatic checks of a report look at: the report, how it was made, and visits near it. Values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.score import Scorecard
from survey_app.field.eligibility import Point


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo that belongs to a report."""

    #: Digest of its bytes; empty where it is not known.
    digest: str
    #: Perceptual hash, 16 hexadecimal digits; empty where there is none.
    likeness: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit in place and time, with what was written and photographed."""

    response_id: str
    branch_id: int
    branch: str
    shopper_id: int | None
    place: Point | None = None
    day: date | None = None
    #: By the taps where there are any, else as the report states it.
    entered: datetime | None = None
    left: datetime | None = None
    #: Question code -> the shopper's own words.
    texts: Mapping[str, str] = field(default_factory=dict)
    pictures: Sequence[Picture] = ()


@dataclass(frozen=True, slots=True)
class Taps:
    """What a phone told of one report; moments by the server's clock."""

    entered: datetime | None = None
    greeted: datetime | None = None
    served: datetime | None = None
    left: datetime | None = None
    began: datetime | None = None
    finished: datetime | None = None
    #: Seconds by which the phone's clock was off.
    offset_s: int = 0
    #: Question code -> seconds in view.
    timings: Mapping[str, float] = field(default_factory=dict)
    #: ``{state, within_m, accuracy_m}``.
    position: Mapping[str, Any] = field(default_factory=dict)
    #: Files that belong to the report and did not come yet.
    missing_files: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """A report with everything that the checks ask about."""

    definition: Definition
    answers: Mapping[str, Any]
    card: Scorecard
    visit: Visit
    #: None: it came without a phone.
    taps: Taps | None = None
    #: Moments as the report itself states them, of the visit's day.
    stated_in: datetime | None = None
    stated_out: datetime | None = None
    #: Days and hours in which it was to be made; hours ``HH:MM``, empty for any.
    window: tuple[date, date] | None = None
    hours: tuple[str, str] = ("", "")
    #: Whether the branch serves nobody on that day.
    closed: bool = False
    #: Seconds that reading and answering the timed questions take.
    needed_s: float = 0.0
    #: Whether the programme asks phones for their distance, and how near is near, in metres.
    position_asked: bool = False
    near_m: int = 300
    #: Share of points (0–1) above which too little was judged.
    na_limit: float = 1.0
    #: Visits of the same shopper, and of others to the same branch.
    others: Sequence[Visit] = ()
    #: How many reports of the shopper were decided before.
    decided: int = 0
    #: Second copies that wait to be settled.
    copies: int = 0
    #: What the report said when it was last sent back, and the questions that it was asked about; None: it never was.
    returned: Mapping[str, Any] | None = None
    asked: Sequence[str] = ()
