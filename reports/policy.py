"""The organisation's settings of the method, stored with every signed month. Each default is METHOD's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from reports import months

_SHARES = (
    "service_weight", "survey_weight", "shop_weight", "top_share", "rank_level", "interval_level", "tier_probability",
    "quadrant_probability", "floor_probability", "rank_widest", "change_q", "reliability_target", "agent_probability",
    "shop_na_limit",
)  # fmt: skip
_COUNTS = (
    "survey_window", "shop_window", "profit_window", "agent_window", "trend_months", "least_surveys", "least_shops",
    "least_pulse", "least_comments", "rank_surveys", "rank_shops", "rank_profit_months", "change_months",
    "reference_months", "signal_points", "signal_run", "agent_surveys", "closes_on_working_day", "draws",
    "meeting_on_working_day", "preview_working_days", "review_within_working_days",
)  # fmt: skip


_MONTHS = (
    "survey_window", "shop_window", "profit_window", "agent_window", "trend_months", "change_months",
    "reference_months",
)  # fmt: skip
#: Settings that are one of a few words, and which.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "appeals_at_closing": ("mark", "wait"),
    "profit_against": ("target", "size_and_area"),
}
PEER_ATTRIBUTES = ("size", "area", "type")
STOPS = 7
"""Stops of the meeting's agenda."""
_LONGEST, _MOST_DRAWS = 120, 100_000
#: Type of a default -> what a value may be, and how that is said.
_TYPES: dict[type, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    str: ((str,), "a text"),
    tuple: ((tuple,), "a list, each value of its kind"),
    type(None): ((int, float), "a number, or nothing"),
}


def _fits(value: Any, default: Any) -> bool:
    """Whether a value may stand where a default stands: of its type, and finite."""
    kinds, _said = _TYPES[type(default)]
    if isinstance(value, bool) and bool not in kinds:
        return False
    return isinstance(value, kinds) and (not isinstance(value, float) or math.isfinite(value))


@dataclass(frozen=True, slots=True)
class Policy:
    """Every [policy] constant. Windows count months, bases responses or visits; shares and probabilities are 0–1."""

    # Which lines form the two components; a recovery survey never mixes into the branch's CSAT. Each is a
    # questionnaire, whose newest series counts, or one line of it in one series: ``questionnaire:what:series``.
    survey_questionnaires: tuple[str, ...] = ("post_visit_branch",)
    shop_questionnaires: tuple[str, ...] = ("branch_mystery_visit",)
    # Rolling windows, in months.
    survey_window: int = 3
    shop_window: int = 12
    profit_window: int = 12
    agent_window: int = 12
    trend_months: int = 24
    # Bases: under ``least_*`` a mean is not shown; under ``rank_*`` it does not rank.
    least_surveys: int = 10
    least_shops: int = 3
    least_pulse: int = 8
    least_comments: int = 10
    rank_surveys: int = 30
    rank_shops: int = 3
    rank_profit_months: int = 6
    # Weights.
    survey_weight: float = 0.75
    shop_weight: float = 0.25
    service_weight: float = 0.5
    service_weight_range: tuple[float, float] = (0.3, 0.7)
    # What is said, and how sure we are when we say it.
    interval_level: float = 0.95
    rank_level: float = 0.90
    rank_widest: float = 0.5
    top_share: float = 0.25
    tier_probability: float = 0.8
    quadrant_probability: float = 0.8
    service_floor: float = 90.0
    floor_probability: float = 0.8
    reliability_target: float = 0.7
    # What is taken out of the numbers before branches are compared: the mix of visits [off], the shoppers' severity.
    case_mix: bool = False
    severity_adjusted: bool = True
    #: What a branch's profit is held against: its ``target``, or what its ``size_and_area`` let expect.
    profit_against: str = "target"
    #: Attributes of a branch that together make its peer group: of ``size``, ``area``, ``type``.
    peer_groups: tuple[str, ...] = ("size", "area")
    # The reference period of the indices.
    reference_months: int = 12
    # Change and signals.
    change_months: int = 3
    change_q: float = 0.10
    signal_points: int = 12
    signal_run: int = 8
    # Agents.
    agent_shops: bool = False
    agent_target: float = 80.0
    agent_probability: float = 0.9
    agent_surveys: int = 30
    # Fieldwork and calendar.
    shop_na_limit: float = 0.30
    critical_cap: float | None = None
    closes_on_working_day: int = 8
    #: The working day, of the month that follows, on which management meets about a month; how many working days before
    #: it branch managers are given their preview; and after how many, from closing, a month without review is told.
    meeting_on_working_day: int = 13
    preview_working_days: int = 5
    review_within_working_days: int = 10
    #: Minutes of each stop of the meeting's agenda, in its order.
    stop_minutes: tuple[int, ...] = (5, 5, 10, 10, 10, 10, 10)
    #: A month with visits that may still be appealed against waits with its sign-off, or is signed and marks them.
    appeals_at_closing: str = "mark"
    # Simulation.
    draws: int = 4000
    seed: int = 20260101

    def __post_init__(self) -> None:
        self._check_types()
        self._check_lines()
        self._check_shops()
        for name in _SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share between 0 and 1")
        for name in _COUNTS:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is at least 1")
        for name in _MONTHS:
            if getattr(self, name) > _LONGEST:
                raise ValueError(f"{name} is at most {_LONGEST} months")
        if self.draws > _MOST_DRAWS:
            raise ValueError(f"draws is at most {_MOST_DRAWS}")
        low, high = self.service_weight_range
        if not 0 <= low <= high <= 1:
            raise ValueError("service_weight_range is two shares, the lower first")
        if self.survey_weight + self.shop_weight <= 0:
            raise ValueError("surveys and shops cannot both weigh nothing")
        if not 0 <= self.agent_target <= 100:
            raise ValueError("agent_target is a score between 0 and 100")

    def _check_lines(self) -> None:
        for name in (*self.survey_questionnaires, *self.shop_questionnaires):
            if name.count(":") not in (0, 2) or not all(name.split(":")):
                raise ValueError(f"{name} is neither a questionnaire nor questionnaire:line:series")

    def _check_shops(self) -> None:
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} is {' or '.join(choices)}")
        if not set(self.peer_groups) <= set(PEER_ATTRIBUTES):
            raise ValueError(f"peer_groups are of {', '.join(PEER_ATTRIBUTES)}")
        if len(self.stop_minutes) != STOPS or min(self.stop_minutes) < 1:
            raise ValueError(f"stop_minutes are {STOPS} whole numbers of at least 1")
        if self.critical_cap is not None and not 0 <= self.critical_cap <= 100:
            raise ValueError("critical_cap is a score between 0 and 100")

    def _check_types(self) -> None:
        """What comes from a file or a form is of the type of its default; a whole number does for a fraction."""
        for field in fields(self):
            value, default = getattr(self, field.name), field.default
            if value is None and default is None:
                continue
            if not _fits(value, default) or (
                isinstance(default, tuple) and not all(_fits(one, default[0]) for one in value)
            ):
                raise ValueError(f"{field.name} is {_TYPES[type(default)][1]}")

    @property
    def survey_codes(self) -> tuple[str, ...]:
        """The questionnaires of the surveys, each once."""
        return tuple(dict.fromkeys(name.partition(":")[0] for name in self.survey_questionnaires))

    @property
    def shop_codes(self) -> tuple[str, ...]:
        """The questionnaires of the shops, each once."""
        return tuple(dict.fromkeys(name.partition(":")[0] for name in self.shop_questionnaires))

    def pinned(self, code: str, what: str) -> str | None:
        """The series that a line is held to; None where its newest counts."""
        named = (*self.survey_questionnaires, *self.shop_questionnaires)
        return next((name.split(":")[2] for name in named if name.startswith(f"{code}:{what}:")), None)

    def as_dict(self) -> dict[str, Any]:
        """The settings as JSON values, in the order of this class."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def of_signed(cls, values: Mapping[str, Any]) -> Policy:
        """The policy a month was signed with; a setting that was not known then is as the numbers were then."""
        return cls.from_dict({"severity_adjusted": False, **values})

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Policy:
        """The policy that ``as_dict`` wrote; absent settings take their default, unknown ones raise ValueError."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(unknown)}")
        settings: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
        }
        return cls(**settings)

    def needed(self, month: str) -> list[str]:
        """The months whose facts and profit a report of ``month`` reads, oldest first.

        The month itself and as many before it as the longest window, the reference period and the trend need.
        """
        before = max(self.survey_window, self.shop_window, self.profit_window, self.agent_window) - 1
        reach = max(before, self.reference_months, self.trend_months - 1, self.change_months)
        return months.span(month, reach + 1)
