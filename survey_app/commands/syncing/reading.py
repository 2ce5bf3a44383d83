"""What a shopper's phone says, read and bounded: nothing of it is trusted, and nothing in it is thrown away unread."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, Final

from survey_app import clock
from survey_app.errors import UserError
from survey_app.field.expenses import LONGEST_NOTE, MOST, MOST_CLAIMS, SORTS
from translations import LANGUAGES
from translations import gettext as _

ID: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
SHA: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
#: A question's code, or the expense that a receipt is of.
PLACE: Final = re.compile(r"expense:[0-9a-f]{32}|[A-Za-z0-9_.\-]{1,120}", re.ASCII)
EXPENSE: Final = "expense:"
MARKS: Final = ("entered", "greeted", "served", "left", "began", "finished")
POSITIONS: Final = frozenset({"near", "far", "missing", "refused", "not_asked"})
#: Files of one report, those of several phones together.
MOST_FILES: Final = 60
_MOST_NAMES, _MOST_VALUES, _LONGEST = 1_500, 100, 20_000
#: A phone whose clock is further off than this has none.
_FURTHEST: Final = timedelta(days=3_650)
_MOST_SECONDS, _MOST_METRES = 86_400, 100_000
#: Distances are rounded up to these metres, here as on the phone, so that nobody's way can be drawn from them.
STEP_M: Final = 50


@dataclass(frozen=True)
class Pages:
    """Answers as they stand on a phone, finished or not."""

    device: str
    version: int
    language: str
    #: Which sending of the visit it is, from 1; None where the phone does not say.
    round: int | None
    #: Name of a field -> what stood in it, as a form sends it.
    fields: Mapping[str, list[str]]
    #: What to add to the phone's clock to get ours.
    offset: timedelta


@dataclass(frozen=True)
class File:
    """A file that belongs to a report: its hash as it was sent, and what it belongs to."""

    sha256: str
    question: str
    size: int = 0
    #: How near the branch it was taken, in metres, where the picture told.
    within_m: int | None = None


@dataclass(frozen=True)
class Report(Pages):
    """A finished visit."""

    marks: Mapping[str, datetime] = field(default_factory=dict)
    timings: Mapping[str, int] = field(default_factory=dict)
    position: Mapping[str, Any] = field(default_factory=dict)
    later: tuple[str, ...] = ()
    expenses: tuple[Mapping[str, Any], ...] = ()
    manifest: tuple[File, ...] = ()
    removed: tuple[File, ...] = ()
    #: SHA-256 of what it says, whichever phone brings it and whenever: the same report sent again has the same.
    digest: str = ""

    @property
    def content(self) -> dict[str, Any]:
        """All of it, to be read again by :func:`report`: what was read only, since anything else may be a place."""
        return {
            "device": self.device,
            "version": self.version,
            "language": self.language,
            "round": self.round,
            "answers": {name: list(values) for name, values in self.fields.items()},
            "marks": {name: at.isoformat() for name, at in self.marks.items()},
            "timings": dict(self.timings),
            "position": dict(self.position),
            "later": list(self.later),
            "expenses": [dict(one) for one in self.expenses],
            "manifest": [asdict(one) for one in self.manifest],
            "removed": [asdict(one) for one in self.removed],
        }

    def at(self, name: str) -> datetime | None:
        """When something was marked, by our clock."""
        marked = self.marks.get(name)
        return marked + self.offset if marked is not None else None


def _not_ours() -> UserError:
    return UserError(_("This is not what the app on the phone sends."))


def pages(body: Any) -> Pages:
    """Answers that a phone sends. UserError for anything that no app of ours sends."""
    try:
        return Pages(**_pages(body))
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise _not_ours() from error


def report(body: Any) -> Report:
    """A finished visit that a phone sends. UserError as above."""
    try:
        claims = tuple(_expense(one) for one in body["expenses"])
        if len({one["id"] for one in claims}) != len(claims) or len(claims) > MOST_CLAIMS:
            raise ValueError("expenses")
        manifest = tuple(_file(one) for one in body["manifest"])
        removed = tuple(_file(one) for one in body.get("removed", []))
        if max(len(manifest), len(removed)) > MOST_FILES:
            raise ValueError("files")
        found = Report(
            **_pages(body),
            marks=_marks(body["marks"]),
            timings={
                str(code)[:120]: min(_MOST_SECONDS, max(0, round(float(one))))
                for code, one in list(body["timings"].items())[:_MOST_NAMES]
            },
            position=_position(body.get("position")),
            later=tuple(str(one)[:120] for one in body.get("later", [])[:_MOST_NAMES]),
            expenses=claims,
            manifest=manifest,
            removed=removed,
        )
        return replace(found, digest=_digest(found))
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise _not_ours() from error


def _pages(body: Any) -> dict[str, Any]:
    fields = {str(name): [str(one) for one in values] for name, values in body["answers"].items()}
    longest = max((len(one) for values in fields.values() for one in values), default=0)
    if len(fields) > _MOST_NAMES or longest > _LONGEST or any(len(one) > _MOST_VALUES for one in fields.values()):
        raise ValueError("answers")
    device, version, language, number = body["device"], body["version"], body["language"], body.get("round")
    if not ID.fullmatch(device) or language not in LANGUAGES or not 0 < int(version) < 1_000_000:
        raise ValueError("head")
    return {
        "device": device,
        "version": int(version),
        "language": language,
        "round": int(number) if number is not None else None,
        "fields": fields,
        "offset": _offset(body.get("now")),
    }


def _offset(text: Any) -> timedelta:
    """How far the phone's clock is behind ours, in whole seconds; none where it says nothing that can be."""
    said = _moment(text) if isinstance(text, str) else None
    found = clock.now() - said if said is not None else timedelta()
    return timedelta(seconds=round(found.total_seconds())) if abs(found) < _FURTHEST else timedelta()


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None or not 2_000 < found.year < 9_000:
        return None
    return found.astimezone(UTC)


def _marks(given: Mapping[str, Any]) -> dict[str, datetime]:
    found = {name: _moment(str(given[name])) for name in MARKS if given.get(name)}
    return {name: one for name, one in found.items() if one is not None}


def _metres(value: Any, step: int = 1) -> int | None:
    """Metres within bounds, rounded up to a whole number of steps."""
    return min(_MOST_METRES, max(0, ceil(float(value) / step) * step)) if value is not None else None


def _position(given: Any) -> dict[str, Any]:
    """Whether it was near; never where it was, whatever else was sent."""
    if not given:
        return {"state": "not_asked"}
    if given["state"] not in POSITIONS:
        raise ValueError("position")
    found = {"within_m": _metres(given.get("within_m"), STEP_M), "accuracy_m": _metres(given.get("accuracy_m"))}
    return {"state": given["state"], **{name: one for name, one in found.items() if one is not None}}


def _expense(given: Any) -> dict[str, Any]:
    amount = given["amount"]
    if not ID.fullmatch(given["id"]) or given["sort"] not in SORTS or isinstance(amount, bool):
        raise ValueError("expense")
    if not isinstance(amount, int) or not 0 < amount <= MOST:
        raise ValueError("amount")
    note = " ".join(str(given.get("note") or "").split())[:LONGEST_NOTE]
    return {"id": given["id"], "sort": given["sort"], "amount": amount, "note": note}


def _file(given: Any) -> File:
    if not SHA.fullmatch(given["sha256"]) or not PLACE.fullmatch(given["question"]):
        raise ValueError("file")
    return File(given["sha256"], given["question"], int(given.get("size") or 0), _metres(given.get("within_m"), STEP_M))


def _digest(read: Report) -> str:
    """Work that went to another phone in a file is sent by both: neither the phone nor its clock makes it another."""
    steady = {name: one for name, one in read.content.items() if name != "device"}
    return hashlib.sha256(json.dumps(steady, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
