"""What is asked of a scenario before anybody plays it. Some answers rule it out; others need a decision in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from translations import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Risk:
    """One question about a scenario, answered with yes or no. Yes is a risk."""

    text: Any
    #: A scenario of which it is so is never played.
    stops: bool


QUESTIONS: Final[Mapping[str, Risk]] = {
    "application": Risk(_l("Does the shopper really apply for credit or sign anything that binds?"), stops=True),
    "identity": Risk(
        _l("Does the shopper use a false identity, false papers or the details of a real customer?"), True
    ),
    "secrets": Risk(_l("Does the shopper give a password, a code or a whole card number?"), stops=True),
    "recording": Risk(_l("Are people's voices or faces recorded?"), stops=True),
    "money": Risk(_l("Does money move, or is a fee charged?"), stops=False),
    "own_account": Risk(_l("Is the shopper's own account opened or looked into?"), stops=False),
    "traces": Risk(
        _l("Does anything stay behind, such as an appointment or a call-back, that has to be undone?"), False
    ),
    "burden": Risk(_l("Does it take more than 20 minutes of an employee's time, or hold up a queue?"), stops=False),
    "pressure": Risk(_l("Does it provoke an employee, or play anger, illness or need?"), stops=False),
    "safety": Risk(_l("Could it put the shopper or anybody else in danger?"), stops=False),
}
#: What became of the check: a code and its words.
UNCHECKED, SAFE, DECIDED, FORBIDDEN = "unchecked", "safe", "decided", "forbidden"
VERDICTS: Final[Mapping[str, tuple[Any, str]]] = {
    UNCHECKED: (_l("Risks not checked yet"), "warn"),
    SAFE: (_l("No risk found"), "good"),
    DECIDED: (_l("Risks found and decided on"), "good"),
    FORBIDDEN: (_l("May not be played"), "bad"),
}


def verdict(answers: Mapping[str, Any]) -> str:
    """What the answers come to. Every question of today has to be answered, so that a new one asks again."""
    if any(answers.get(code) for code, one in QUESTIONS.items() if one.stops):
        return FORBIDDEN
    if not set(QUESTIONS) <= set(answers):
        return UNCHECKED
    return DECIDED if any(answers[code] for code in QUESTIONS) else SAFE


def playable(answers: Mapping[str, Any]) -> bool:
    """Whether a scenario with these answers may be played."""
    return verdict(answers) in {SAFE, DECIDED}
