"""Automatic marks on a report that waits: pure functions of what was told. They ask a person to look, nothing more.

Each check gives at most one mark, with the numbers that its words need; the limits are in ``limits.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from forms.questionnaire.types import TYPES
from survey_app.field.eligibility import distance_km
from survey_app.field.limits import limit
from survey_app.field.resembling import alike, words_alike
from survey_app.field.told import Told, Visit

_MINUTE, _HOUR = 60.0, 3600.0


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that a check saw: its code in :data:`survey_app.field.flag_words.SORTS`, and numbers for its words."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def dump(self) -> dict[str, Any]:
        """As the database keeps it."""
        return {"code": self.code, "values": dict(self.values)}

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Mark:
        """From what the database keeps."""
        return cls(stored["code"], stored.get("values", {}))


Found = Mark | None


def _minutes(since: Any, until: Any) -> float | None:
    return (until - since).total_seconds() / _MINUTE if since and until else None


def _too_fast(told: Told) -> Found:
    """Answered in less time than reading takes, by the timings of the questions on the phone."""
    timings = told.taps.timings if told.taps else {}
    if len(timings) < limit("fast_items") or not told.needed_s:
        return None
    spent = sum(timings.values())
    if spent >= limit("fast_share") * told.needed_s:
        return None
    return Mark("fast", {"seconds": round(spent), "needed": round(told.needed_s)})


def _short_stay(told: Told) -> Found:
    stay = _minutes(told.visit.entered, told.visit.left)
    if stay is None or not 0 <= stay < limit("stay_minutes"):
        return None
    return Mark("short", {"minutes": round(stay)})


def _straight(told: Told) -> Found:
    """Every judged choice of the scored items is the same one."""
    chosen = [
        told.answers[one.code]
        for one in told.definition.scored_questions
        if one.points and one.options and one.code in told.answers and told.answers[one.code] not in one.outside
    ]
    if len(chosen) < limit("straight_items") or len({str(value) for value in chosen}) > 1:
        return None
    return Mark("straight", {"items": len(chosen)})


def _copied(told: Told) -> Found:
    """Words that stand in another report as well; the report that they resemble most is named."""
    best: tuple[float, str, Visit] | None = None
    for other in told.others:
        for code, text in told.visit.texts.items():
            share = words_alike(text, other.texts.get(code, ""), least=int(limit("copied_words")))
            if share >= limit("copied_share") and (best is None or share > best[0]):
                best = (share, code, other)
    if best is None:
        return None
    share, code, other = best
    return Mark("copied", {"share": round(share, 2), "question": code, **_named(told, other)})


def _reused(told: Told) -> Found:
    """A photo that was sent before: the same bytes, or nearly the same picture."""
    for mine in told.visit.pictures:
        for other in told.others:
            for theirs in other.pictures:
                same = bool(mine.digest) and mine.digest == theirs.digest
                bits = 0 if same else alike(mine.likeness, theirs.likeness)
                if bits is not None and bits <= limit("likeness_bits"):
                    return Mark("reused", {"bits": bits, "same": same, **_named(told, other)})
    return None


def _named(told: Told, other: Visit) -> dict[str, Any]:
    day = other.day.isoformat() if other.day else ""
    own = other.shopper_id is not None and other.shopper_id == told.visit.shopper_id
    return {"response": other.response_id, "branch": other.branch, "day": day, "own": own}


def _travel(told: Told) -> Found:
    """Two visits of one shopper that nobody can have made: at the same time, or too far apart for the time between."""
    mine = told.visit
    if mine.entered is None or mine.left is None:
        return None
    for other in told.others:
        if other.shopper_id != mine.shopper_id or other.entered is None or other.left is None:
            continue
        first, second = sorted((mine, other), key=lambda one: (one.entered, one.response_id))
        gap = (second.entered - first.left).total_seconds()  # type: ignore[operator]
        away = distance_km(mine.place, other.place)
        values = _named(told, other)
        if gap < 0 and other.branch_id != mine.branch_id:
            return Mark("travel", {"km": round(away) if away is not None else None, "minutes": None, **values})
        if away is not None and away / max(gap / _HOUR, 1 / 60) > limit("travel_kmh"):
            return Mark("travel", {"km": round(away), "minutes": round(gap / _MINUTE), **values})
    return None


def _backwards(told: Told) -> Found:
    stay = _minutes(told.visit.entered, told.visit.left)
    stated = _minutes(told.stated_in, told.stated_out)
    return Mark("backwards") if any(one is not None and one < 0 for one in (stay, stated)) else None


def _waited(told: Told) -> tuple[str, float] | None:
    """The first item that asks for minutes of waiting, and its answer."""
    for one in told.definition.scored_questions:
        value = told.answers.get(one.code)
        if one.type == "minutes" and isinstance(value, int | float) and not isinstance(value, bool):
            return one.code, float(value)
    return None


def _waiting(told: Told) -> Found:
    """The waiting time as judged is another than that between the taps, or longer than the whole stay."""
    waited = _waited(told)
    if waited is None:
        return None
    code, minutes = waited
    tapped = _minutes(told.taps.entered, told.taps.served) if told.taps else None
    if tapped is not None and tapped >= 0 and abs(tapped - minutes) > limit("wait_minutes"):
        return Mark("waiting", {"question": code, "said": round(minutes), "tapped": round(tapped)})
    stay = _minutes(told.visit.entered, told.visit.left)
    if stay is not None and 0 <= stay < minutes:
        return Mark("waiting", {"question": code, "said": round(minutes), "stay": round(stay)})
    return None


def _other_times(told: Told) -> Found:
    """The day or the times that the report states are others than the phone's taps."""
    if told.taps is None:
        return None
    pairs = ((told.stated_in, told.taps.entered), (told.stated_out, told.taps.left))
    apart = [abs(_minutes(stated, tapped) or 0.0) for stated, tapped in pairs if stated and tapped]
    worst = max(apart, default=0.0)
    return Mark("times", {"minutes": round(worst)}) if worst > limit("apart_minutes") else None


def _impression(told: Told) -> Found:
    """What the items add up to, and how willing the shopper is to recommend, say the opposite of each other."""
    if told.card.total is None:
        return None
    for one in told.definition.questions:
        value = told.answers.get(one.code)
        if one.points is not None or one.scale is None or one.scale.min is None or not isinstance(value, int):
            continue
        place = one.scale.position(value)
        if place is not None and abs(float(place) - told.card.total / 10_000) >= limit("impression_gap"):
            return Mark("impression", {"question": one.code, "answer": value, "total": told.card.total})
    return None


def _far(told: Told) -> Found:
    position = told.taps.position if told.taps else {}
    if position.get("state") != "far":
        return None
    values = {"within": position.get("within_m"), "accuracy": position.get("accuracy_m"), "near": told.near_m}
    return Mark("far", values)


def _no_position(told: Told) -> Found:
    """The programme asks for the distance, and the phone told none."""
    if not told.position_asked:
        return None
    state = told.taps.position.get("state", "missing") if told.taps else "missing"
    return (
        Mark("no_position", {"refused": state == "refused"}) if state in {"missing", "refused", "not_asked"} else None
    )


def _hours(told: Told) -> Found:
    """Outside the days, the hours, or the days on which the branch serves anybody."""
    day = told.visit.day
    if day and told.window and not told.window[0] <= day <= told.window[1]:
        return Mark("window", {"day": day.isoformat()})
    if day and told.closed:
        return Mark("closed", {"day": day.isoformat()})
    entered, (start, end) = told.visit.entered, told.hours
    if entered is None or not start or not end:
        return None
    at = entered.hour * 60 + entered.minute
    early, late = _clock(start) - limit("hours_minutes"), _clock(end) + limit("hours_minutes")
    return None if early <= at <= late else Mark("hours", {"at": f"{entered:%H:%M}", "start": start, "end": end})


def _clock(hour: str) -> int:
    return int(hour[:2]) * 60 + int(hour[3:5])


def _late(told: Told) -> Found:
    """The report was begun long after the branch was left."""
    began = told.taps.began if told.taps else None
    left = told.visit.left
    hours = (began - left).total_seconds() / _HOUR if began and left else 0.0
    return Mark("recall", {"hours": round(hours)}) if hours > limit("recall_hours") else None


def _clock_off(told: Told) -> Found:
    minutes = abs(told.taps.offset_s) / _MINUTE if told.taps else 0.0
    return Mark("clock", {"minutes": round(minutes)}) if minutes > limit("clock_minutes") else None


def _files(told: Told) -> Found:
    missing = told.taps.missing_files if told.taps else 0
    return Mark("files", {"files": missing}) if missing else None


def _unfit(told: Told) -> Found:
    share = told.card.na_share
    return Mark("too_little", {"share": share, "limit": told.na_limit}) if share > told.na_limit else None


def _unanswered(told: Told) -> Found:
    codes = () if told.card.voided else told.card.unanswered
    return Mark("unanswered", {"questions": list(codes)}) if codes else None


def _silent(told: Told) -> Found:
    """An item that failed without a word, where the questionnaire wants words for lost points."""
    bare = [
        one.code
        for one in told.definition.scored_questions
        if one.evidence == "text"
        and told.card.items.get(one.code) == 0
        and TYPES[one.type].asks
        and not str(told.answers.get(one.comment_code, "")).strip()
    ]
    return Mark("silent", {"questions": bare}) if bare else None


def _untouched(told: Told) -> Found:
    """It was sent back and came again as it was, wholly or in what it was asked about."""
    if told.returned is None:
        return None
    if dict(told.returned) == dict(told.answers):
        return Mark("untouched", {"questions": []})
    comment = {
        code: told.definition.by_code[code].comment_code for code in told.asked if code in told.definition.by_code
    }
    same = [
        code
        for code, words in comment.items()
        if all(told.returned.get(one) == told.answers.get(one) for one in (code, words))
    ]
    return Mark("untouched", {"questions": same}) if same else None


def _copies(told: Told) -> Found:
    return Mark("copies", {"copies": told.copies}) if told.copies else None


def _first(told: Told) -> Found:
    return Mark("first", {"decided": told.decided}) if told.decided < limit("first_reports") else None


CHECKS: Final[tuple[Callable[[Told], Found], ...]] = (
    _copies, _untouched, _files, _travel, _reused, _copied, _backwards, _far, _hours, _waiting, _other_times,
    _impression, _too_fast, _short_stay, _unfit, _unanswered, _silent, _no_position, _late, _straight,
    _clock_off, _first,
)  # fmt: skip


def marks(told: Told) -> list[Mark]:
    """Everything that the checks saw, the weightiest sorts first."""
    return list(_seen(check(told) for check in CHECKS))


def _seen(found: Iterable[Found]) -> Iterator[Mark]:
    return (one for one in found if one is not None)
