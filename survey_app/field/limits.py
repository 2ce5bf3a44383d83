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
    """A number, what it counts, and why it is this one [policy]."""

    value: float
    unit: Any
    why: Any


_SHARE, _MINUTES, _HOURS, _COUNT = _l("share, 0–1"), _l("minutes"), _l("hours"), _l("count")

LIMITS: Final[Mapping[str, Limit]] = {
    # Reading speeds: Trauzettel-Klosinski and Dietz (2012) Invest Ophthalmol Vis Sci 53:5452, as in
    # forms.questionnaire.advice.effort; the share is that of the surveys' own mark, outreach.signs.
    "fast_share": Limit(
        0.3, _SHARE, _l("Of the time that reading and answering take; below it the questions were hardly read.")
    ),
    "fast_items": Limit(10, _COUNT, _l("Fewer timed questions say little about a whole report.")),
    "stay_minutes": Limit(
        5, _MINUTES, _l("A greeting, a question and an answer take longer than this, even without waiting.")
    ),
    "straight_items": Limit(
        15, _COUNT, _l("A good branch gets many equal answers; so many without one exception are worth a look.")
    ),
    # Resemblance of sets of shingles: Broder (1997) On the resemblance and containment of documents, SEQUENCES.
    "copied_words": Limit(12, _COUNT, _l("Shorter texts are alike by chance.")),
    "copied_share": Limit(
        0.5, _SHARE, _l("Of all groups of three words in both texts; two own descriptions rarely share a tenth.")
    ),
    # Difference hash of 64 bits: Krawetz (2013) Kind of Like That: up to 10 bits may be the same picture, changed.
    "likeness_bits": Limit(
        4, _l("bits of 64"), _l("A picture that was only made smaller or brighter differs by less than this.")
    ),
    "travel_kmh": Limit(
        90, _l("km/h as the crow flies"), _l("From door to door nobody travels faster by road, parking included.")
    ),
    "apart_minutes": Limit(15, _MINUTES, _l("Times written down from memory differ from the taps by some minutes.")),
    "wait_minutes": Limit(5, _MINUTES, _l("The waiting time decides points; the bands are five minutes wide.")),
    "hours_minutes": Limit(15, _MINUTES, _l("Somebody may come a little before or after the planned hours.")),
    "recall_hours": Limit(48, _HOURS, _l("Details of a conversation fade; after two days a report tells the gist.")),
    "impression_gap": Limit(
        0.6, _SHARE, _l("Between the total and the willingness to recommend, both on a scale from 0 to 1.")
    ),
    "clock_minutes": Limit(
        10, _MINUTES, _l("Times are corrected by what the server knew; a clock so wrong is still worth knowing of.")
    ),
    "first_reports": Limit(3, _COUNT, _l("The first reports of a shopper are read with more care.")),
    "history_days": Limit(180, _l("days"), _l("Older visits are not compared with: nobody copies from that far.")),
}


def limit(name: str) -> float:
    """A limit's number."""
    return LIMITS[name].value
