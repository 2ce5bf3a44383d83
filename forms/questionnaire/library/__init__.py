"""The questionnaires and messages that ship with the product, as documents beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from forms.questionnaire import definition
from forms.questionnaire.definition import Questionnaire, Text

_HERE: Final = Path(__file__).parent
_MESSAGES: Final = "messages"


@dataclass(frozen=True)
class Sms:
    """A text message: which questionnaire it invites to, its words, and how long it may grow once filled in."""

    code: str
    questionnaire: str
    text: Text
    max_segments: int
    max_characters: int


@dataclass(frozen=True)
class Messages:
    """Every message of the library. ``optout_keyword`` is honoured in every language."""

    languages: Mapping[str, str]
    optout_keyword: Text
    sms: Mapping[str, Sms]
    staff_notice: Text


def codes() -> list[str]:
    """The codes of the questionnaires, in alphabetical order."""
    return sorted(path.stem for path in _HERE.glob("*.yaml") if path.stem != _MESSAGES)


def source(code: str) -> bytes:
    """A questionnaire's document as it is stored, to be imported like any other file. Raises KeyError when unknown."""
    if code not in codes():
        raise KeyError(code)
    return (_HERE / f"{code}.yaml").read_bytes()


@cache
def load(code: str) -> Questionnaire:
    """A questionnaire of the library. Raises KeyError when there is none of that code."""
    return definition.load(definition.read_yaml(source(code)))


@cache
def messages() -> Messages:
    """The text messages, the opt-out word and the notice to staff."""
    data: dict[str, Any] = definition.read_yaml((_HERE / f"{_MESSAGES}.yaml").read_bytes())
    return Messages(
        languages=data["languages"],
        optout_keyword=data["optout_keyword"],
        sms={code: Sms(code=code, **one) for code, one in data["sms"].items()},
        staff_notice=data["staff_notice"],
    )
