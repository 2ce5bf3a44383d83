"""What a shopper may lay out money for, and the bounds of one claim. Amounts are in agorot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from translations import lazy_gettext as _l

#: What is said of such a claim, on the phone and by the server.
UNEXPLAINED: Final = _l("What is above the cap of the visit needs a word why, in the note.")
#: The largest amount of one claim: beyond it a key was pressed too often.
MOST: Final = 500_000
#: Claims of one visit, receipts of one claim, and characters of a note or reason.
MOST_CLAIMS: Final = 20
MOST_RECEIPTS: Final = 3
LONGEST_NOTE: Final = 500
#: The code that stands in a receipt's row where an answer's file names its question.
RECEIPT: Final = "receipt"


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort of expense: its words, and whether it is granted without a receipt only for a reason."""

    name: Any
    receipt: bool = True


#: Code -> sort. The code is stored with :class:`survey_app.models.pay.Expense`.
SORTS: Final[Mapping[str, Sort]] = {
    "transit": Sort(_l("Public transport"), receipt=False),
    "taxi": Sort(_l("Taxi")),
    "parking": Sort(_l("Parking")),
    "fuel": Sort(_l("Own car"), receipt=False),
    "bank_fee": Sort(_l("A fee that the bank charged")),
    "purchase": Sort(_l("A purchase that the scenario asked for")),
    "other": Sort(_l("Something else")),
}


def unexplained(cap: int, claims: Iterable[tuple[int, str]], spent: int = 0) -> bool:
    """Whether one of a visit's claims (amount, note) goes above the cap without a word why.

    In their order, after what was ``spent`` before them.
    """
    for amount, note in claims:
        spent += amount
        if spent > cap and not note.strip():
            return True
    return False
