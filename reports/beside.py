"""What stands beside a month's numbers in its files: what was said and decided, and names that the numbers lack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision as the reader may see it."""

    month: str
    text: str
    owner: str
    #: Empty where it is about no branch.
    branch: str
    due_on: date
    #: ``open``, ``late``, ``done`` or ``dropped``.
    state: str
    outcome: str = ""
    #: Whether it worked: ``yes``, ``partly``, ``no``; empty as long as nobody said.
    worked: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """The minutes of one stop of the agenda."""

    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Recognised:
    """Somebody recognised whom the reader may know: an employee, or a whole team (``name`` is empty)."""

    name: str
    branch: str
    #: Responses that it was proposed on; None where it was proposed by hand.
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """Everything of a month's pack that is no number of the report."""

    #: The organisation's name and whether its data are made up.
    organisation: str = ""
    synthetic: bool = False
    #: Who signed the month and when, in words; empty while it is open.
    signed: str = ""
    minutes: tuple[Said, ...] = ()
    #: What this month's review decided, and what earlier ones did that it goes over.
    decisions: tuple[Decided, ...] = ()
    before: tuple[Decided, ...] = ()
    #: Branch code -> what its manager answered to the numbers.
    statements: Mapping[str, str] = field(default_factory=dict)
    #: Whose recognition was confirmed, and how many more are not named because they did not accept publicity.
    recognised: tuple[Recognised, ...] = ()
    unnamed: int = 0
