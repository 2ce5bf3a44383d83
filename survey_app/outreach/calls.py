"""What an interviewer may say became of a call, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from translations import lazy_gettext as _l

#: For how long a call that was handed out is kept for its interviewer.
HOLD: Final = timedelta(minutes=30)
#: A call that was given back comes around again after this.
GIVEN_BACK: Final = timedelta(minutes=5)
#: Whoever has an open case is not called; the call list asks again after this.
CASE_PAUSE: Final = timedelta(days=1)

#: Not reached, to be tried again; promised to be called again; nothing more is done.
RETRY, PROMISE, FINAL = "retry", "promise", "final"
PROMISED, BROKE_OFF, REFUSED, UNAVAILABLE, NOT_ASKED = "2.36", "2.12", "2.11", "2.21", "4.70"
LATER, NO_MORE = "later", "no_more"


@dataclass(frozen=True)
class Outcome:
    """What became of one try: its name on a button, its AAPOR code, and what follows."""

    key: str
    code: str
    name: Any
    then: str


#: In the order of the buttons: nobody was reached; reached and not now; nothing more is to be done.
OUTCOMES: Final[Mapping[str, Outcome]] = {
    one.key: one
    for one in (
        Outcome("no_answer", "3.13", _l("No answer on the telephone"), RETRY),
        Outcome("busy", "3.12", _l("Line busy"), RETRY),
        Outcome("voicemail", "2.221", _l("Voicemail"), RETRY),
        Outcome(LATER, PROMISED, _l("Call back later"), PROMISE),
        Outcome("refused", REFUSED, _l("Does not want to answer"), FINAL),
        Outcome(NO_MORE, "2.111", _l("Wants no more surveys"), FINAL),
        Outcome("wrong_number", "4.30", _l("Wrong number or not in service"), FINAL),
        Outcome("language", "2.331", _l("No shared language"), FINAL),
        Outcome("not_customer", "4.10", _l("Was not a customer there"), FINAL),
        Outcome("ill", "2.31", _l("Is ill or has died"), FINAL),
        Outcome("broke_off", BROKE_OFF, _l("Broke off and will not go on"), FINAL),
    )
}
#: Offered where nobody has answered a question yet, and where somebody stops in the middle.
ON_CALL: Final = tuple(one for one in OUTCOMES.values() if one.key not in {LATER, "broke_off"})
ON_STOP: Final = tuple(one for one in OUTCOMES.values() if one.key in {"broke_off", NO_MORE})
