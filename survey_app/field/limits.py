"""Where the automatic checks of a report begin to say something. Every limit stands here once, with its reason.

None of them decides anything: a mark asks a reviewer to look. The table of ``docs/reviewing.md`` is checked against
this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from translations import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Limit:
    """What it is about, a number, what it counts, and why it is this one [policy]."""

    name: Any
    value: float
    unit: Any
    why: Any


_SHARE, _MINUTES, _HOURS, _COUNT = _l("share, 0–1"), _l("minutes"), _l("hours"), _l("count")

LIMITS: Final[Mapping[str, Limit]] = {
    # Reading speeds: Trauzettel-Klosinski and Dietz (2012) Invest Ophthalmol Vis Sci 53:5452, as in
    # forms.questionnaire.advice.effort; the share is that of the surveys' own mark, outreach.signs.
    "fast_share": Limit(
        _l("Shortest time for the form"),
        0.3,
        _SHARE,
        _l("Of the time that reading and answering take; below it the questions were hardly read."),
    ),
    "fast_items": Limit(
        _l("Questions with a time, at least"), 10, _COUNT, _l("Fewer timed questions say little about a whole report.")
    ),
    "stay_minutes": Limit(
        _l("Shortest visit"),
        5,
        _MINUTES,
        _l("A greeting, a question and an answer take longer than this, even without waiting."),
    ),
    "straight_items": Limit(
        _l("Equal answers in a row of items"),
        15,
        _COUNT,
        _l("A good branch gets many equal answers; so many without one exception are worth a look."),
    ),
    # Resemblance of sets of shingles: Broder (1997) On the resemblance and containment of documents, SEQUENCES.
    "copied_words": Limit(_l("Words of a text that is compared"), 12, _COUNT, _l("Shorter texts are alike by chance.")),
    "copied_share": Limit(
        _l("Likeness of two texts"),
        0.5,
        _SHARE,
        _l("Of all groups of three words in both texts; two own descriptions rarely share a tenth."),
    ),
    # Difference hash of 64 bits: Krawetz (2013) Kind of Like That: up to 10 bits may be the same picture, changed.
    "likeness_bits": Limit(
        _l("Difference of two photos"),
        4,
        _l("bits of 64"),
        _l("A picture that was only made smaller or brighter differs by less than this."),
    ),
    "travel_kmh": Limit(
        _l("Fastest travel between two visits"),
        90,
        _l("km/h as the crow flies"),
        _l("From door to door nobody travels faster by road, parking included."),
    ),
    "apart_minutes": Limit(
        _l("Times written down and taps"),
        15,
        _MINUTES,
        _l("Times written down from memory differ from the taps by some minutes."),
    ),
    "wait_minutes": Limit(
        _l("Waiting time and taps"),
        5,
        _MINUTES,
        _l("The waiting time decides points; the bands are five minutes wide."),
    ),
    "hours_minutes": Limit(
        _l("Before and after the planned hours"),
        15,
        _MINUTES,
        _l("Somebody may come a little before or after the planned hours."),
    ),
    "recall_hours": Limit(
        _l("Latest beginning of the report"),
        48,
        _HOURS,
        _l("Details of a conversation fade; after two days a report tells the gist."),
    ),
    "impression_gap": Limit(
        _l("Score and impression"),
        0.6,
        _SHARE,
        _l("Between the total and the willingness to recommend, both on a scale from 0 to 1."),
    ),
    "clock_minutes": Limit(
        _l("Phone's clock"),
        10,
        _MINUTES,
        _l("Times are corrected by what the server knew; a clock so wrong is still worth knowing of."),
    ),
    "first_reports": Limit(
        _l("First reports of a shopper"), 3, _COUNT, _l("The first reports of a shopper are read with more care.")
    ),
    "history_days": Limit(
        _l("Visits that are compared with"),
        180,
        _l("days"),
        _l("Older visits are not compared with: nobody copies from that far."),
    ),
}


def limit(name: str) -> float:
    """A limit's number."""
    return LIMITS[name].value
