"""The voice of the customer: where what customers say comes from, and under which terms a meeting may hear it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from translations import lazy_gettext as _l

#: On what ground a meeting may hear words, names removed: the notice that customers answered under; nobody's but the
#: organisation's own (a shopper's report, what a manager saw); a tick in the form that was filled in; a customer who
#: said so, as the file tells; a customer who was asked, as whoever brings the words confirms.
NOTICE, OWN, TICKED, STORED, CONFIRMED = "notice", "own", "ticked", "stored", "confirmed"


@dataclass(frozen=True)
class Source:
    """One source of the stream. ``rank`` orders pieces of one day."""

    code: str
    name: Any
    consent: str
    rank: int


SOURCES: Final[Mapping[str, Source]] = {
    one.code: one
    for one in (
        Source("survey", _l("Survey"), NOTICE, 0),
        Source("shop", _l("Mystery visit"), OWN, 1),
        Source("case", _l("Customer's case"), CONFIRMED, 2),
        Source("call", _l("Call listened to"), TICKED, 3),
        Source("message", _l("Message"), STORED, 4),
        Source("visit", _l("Field visit or test call"), OWN, 5),
    )
}
#: Sources whose pieces are answers of questionnaires.
ANSWERED: Final = ("survey", "shop", "call", "visit")

#: How a message came.
CHANNELS: Final[Mapping[str, Any]] = {
    "email": _l("E-mail"),
    "letter": _l("Letter"),
    "chat": _l("Chat"),
    "social": _l("Social network"),
    "phone": _l("Telephone"),
    "other": _l("Other"),
}


@dataclass(frozen=True)
class Way:
    """One way of listening: which kind of questionnaire it fills in, and whether its score counts."""

    code: str
    name: Any
    kind: str
    text: Any


WAYS: Final[Mapping[str, Way]] = {
    one.code: one
    for one in (
        Way(
            "call",
            _l("Listening to a call"),
            "call_listening",
            _l("A call of the contact centre, heard by whoever coaches. It is scored, and enters no ranking."),
        ),
        Way(
            "visit",
            _l("Field visit"),
            "field_visit",
            _l("An hour in a branch: what works, what customers say, what makes it hard. There is no score."),
        ),
        Way(
            "test_call",
            _l("Test call"),
            "field_visit",
            _l("A call to the own organisation, as a customer makes it. There is no score."),
        ),
    )
}

#: Characters of a tag; tags of one piece; words of one message.
LONGEST_TAG: Final = 40
MOST_TAGS: Final = 10
LONGEST_WORDS: Final = 10_000
#: A question of this measure, or of this code, says that a meeting may hear the call.
TO_MEETING: Final = frozenset({"to_meeting", "N3"})
#: Measures of questions that something is done about: a fault opens a case, a promise becomes a clock.
OPENS_CASE, PROMISE, PROMISE_DUE = "opens_case", "promise", "promise_due"


def tidy_tag(typed: str) -> str:
    """A tag as it is kept: one spelling of spaces, no hash before it, small letters; empty where nothing is left."""
    return " ".join(typed.replace("#", " ").split()).lower()
