"""What another system tells of a customer's visit: its fields, those that are never taken, and how each value is read.

Pure: which branch and agent is meant is for the database to say (:mod:`survey_app.commands.interactions`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from survey_app import clock
from survey_app.outreach import addresses, never, phones
from survey_app.outreach.faults import Fault
from survey_app.outreach.policy import OPTIONAL_FIELDS
from translations import LANGUAGES, known
from translations.spelling import broken, fold, tidy, typeset

#: Fields of an interaction, those that hold a code of the sender's, and those that it must have.
FIELDS: Final = (
    *("key", "customer", "name", "phone", "email", "language", "branch", "agent", "channel", "reason", "at"),
    *OPTIONAL_FIELDS,
)
CODES: Final = ("channel", "reason")
REQUIRED: Final = ("key", "customer", "branch", "at")
#: The longest text of a field, in characters.
MOST: Final[Mapping[str, int]] = {
    "key": 100,
    "customer": addresses.MOST_REF,
    "name": 200,
    "phone": 60,
    "email": 300,
    "language": 40,
    "branch": 40,
    "agent": 60,
    "channel": never.MOST_CODE,
    "reason": never.MOST_CODE,
    "at": 60,
    "tenure": 40,
    "age_band": 40,
}
#: How far another system's clock may be ahead of ours, and how long ago a visit may be that is still told.
AHEAD: Final = timedelta(minutes=5)
OLDEST: Final = timedelta(days=400)
#: The hour that stands for a day without a time.
NOON: Final = time(12)
EXAMPLE: Final = "15/11/2026 10:30"

_WALL: Final = re.compile(
    r"(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[./-](\d{1,2})[./-](\d{4}))"
    r"(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?)?\s*(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}", re.ASCII)
_BY_NAME: Final = {
    **{fold(name): one for one, name in LANGUAGES.items()},
    "ערבית": "ar",
    "רוסית": "ru",
    "אנגלית": "en",
    "hebrew": "he",
    "arabic": "ar",
    "russian": "ru",
    "english": "en",
    "iw": "he",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One interaction in its stored spelling; branch and agent are still the sender's words."""

    key: str
    customer: str
    branch: str
    at: datetime
    name: str = ""
    phone: str = ""
    email: str = ""
    language: str = ""
    agent: str = ""
    channel: str = ""
    reason: str = ""
    tenure: str = ""
    age_band: str = ""

    @property
    def day(self) -> date:
        """The day of the visit, on the organisation's calendar."""
        return clock.local(self.at).date()


class Wrong(Exception):
    """An interaction cannot be taken, for these faults."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults)
        self.faults = faults


def forbidden(name: str) -> bool:
    """Whether a field or column by this name is never taken."""
    if fold(name).replace(" ", "_") in FIELDS:
        return False
    return never.column(name)


def read(given: Mapping[str, Any], *, approved: Collection[str]) -> tuple[Told, list[Fault]]:
    """An interaction from its fields, and what of it was left out. Raises Wrong with everything that is wrong.

    ``approved`` are the optional fields that may be kept.
    """
    faults = [_unwanted(str(name)[:60]) for name in given if name not in FIELDS]
    texts: dict[str, str] = {}
    for name in FIELDS:
        value = given.get(name)
        if value is None:
            continue
        if isinstance(value, datetime) and name == "at":
            value = value.isoformat()
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)  # codes and numbers that a system keeps as numbers
        if not isinstance(value, str) or broken(value):
            faults.append(Fault(name, "not_text"))
            continue
        texts[name] = tidy(value)
        if len(texts[name]) > MOST[name]:
            faults.append(Fault(name, "too_long", {"most": MOST[name]}))
    wrong = {fault.field for fault in faults}
    faults.extend(fault for fault in _unfit(texts, approved) if fault.field not in wrong)
    faults.extend(Fault(name, "missing") for name in REQUIRED if not texts.get(name) and name not in wrong)
    at: datetime | None = None
    if texts.get("at") and "at" not in wrong:
        found = moment(texts["at"])
        faults.extend([found] if isinstance(found, Fault) else [])
        at = found if isinstance(found, datetime) else None
    if faults or at is None:
        raise Wrong(faults)
    remarks: list[Fault] = []
    values: dict[str, Any] = {name: texts.get(name, "") for name in FIELDS}
    for name, (parse, remark) in _PARSED.items():
        parsed = parse(values[name]) if values[name] else ""
        remarks.extend([] if parsed is not None else [Fault(name, remark)])
        values[name] = parsed or ""
    for name in OPTIONAL_FIELDS:
        if values[name] and name not in approved:
            remarks.append(Fault(name, "not_approved", {"name": name}))
            values[name] = ""
    values |= {"name": typeset(values["name"]), "branch": reference(values["branch"]), "at": at}
    return Told(**values), remarks


def _unwanted(name: str) -> Fault:
    if broken(name):
        return Fault("", "not_text")
    return Fault(name, "forbidden_field" if never.column(name) else "unknown_field", {"name": name})


def _unfit(texts: Mapping[str, str], approved: Collection[str]) -> list[Fault]:
    """Values that are no codes, no bands, or somebody's identity. What is not approved is not looked at, nor kept."""
    faults = [Fault(name, "not_a_code") for name in CODES if texts.get(name) and not never.is_code(texts[name])]
    faults.extend(
        Fault(name, "not_a_band")
        for name in OPTIONAL_FIELDS
        if name in approved and texts.get(name) and not never.is_band(texts[name])
    )
    if never.identity_number(texts.get("customer", "")):
        faults.append(Fault("customer", "identity_number"))
    return faults


def moment(text: str) -> datetime | Fault:
    """A time with its zone, or on the organisation's wall clock; a day alone stands for its noon."""
    found = _WALL.fullmatch(text)
    if found is None:
        return Fault("at", "not_a_moment", {"example": EXAMPLE})
    year, month, day = (int(part) for part in (found.group(1, 2, 3) if found[1] else found.group(6, 5, 4)))
    try:
        hour = time(int(found[7]), int(found[8]), int(found[9] or 0)) if found[7] else NOON
        wall = datetime.combine(date(year, month, day), hour)
        value = (
            datetime.fromisoformat(wall.isoformat() + found[10]) if found[10] else wall.replace(tzinfo=clock.TIME_ZONE)
        ).astimezone(clock.TIME_ZONE)
    except (ValueError, OverflowError):
        return Fault("at", "no_such_moment")
    now = clock.now()
    if value > now + AHEAD and (found[7] or value.date() > clock.today()):
        return Fault("at", "in_the_future")
    if value < now - OLDEST:
        return Fault("at", "too_old", {"days": OLDEST.days})
    return value


def reference(text: str) -> str:
    """A branch by its code or by bank and code, without the zeros that spreadsheets drop."""
    parts = (tidy(part).replace(" ", "") for part in text.split("-", 1))
    return "-".join((part.lstrip("0") or "0") if part.isdecimal() else part for part in parts)


def language(text: str) -> str | None:
    """A language's code, from a code or a name; one that is not ours is kept as it is, None for what is none."""
    code = fold(text)
    found = _BY_NAME.get(code) or known(code)
    return found or (code if _LANGUAGE.fullmatch(code) else None)


_PARSED: Final[Mapping[str, tuple[Callable[[str], str | None], str]]] = {
    "phone": (phones.normal, "phone_left_out"),
    "email": (addresses.email, "email_left_out"),
    "language": (language, "language_left_out"),
}
