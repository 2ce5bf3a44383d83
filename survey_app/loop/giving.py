"""Contacts that give rather than ask: which sorts there are, their states, and what must be said in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from translations import lazy_gettext as _l


@dataclass(frozen=True)
class Kind:
    """One sort; ``advertising``: the law on messages counts it as an advertisement, which its words then say."""

    code: str
    name: Any
    hint: Any
    advertising: bool = False


KINDS: Final[Mapping[str, Kind]] = {
    one.code: one
    for one in (
        Kind("tip", _l("Useful tip"), _l("Something that saves the customer time or money.")),
        Kind("thanks", _l("Thank-you"), _l("A thank-you for years together, or for words that helped us.")),
        Kind("news", _l("Good to know"), _l("What changes in the branch or in the service, before it changes.")),
        Kind("benefit", _l("Benefit for existing customers"), _l("What newcomers are offered, for those who stayed."),
             advertising=True),
    )
}  # fmt: skip

PLANNED, APPROVED, SENT, CANCELLED = "planned", "approved", "sent", "cancelled"
#: State -> (what it is called, the sort of badge).
STATES: Final[Mapping[str, tuple[Any, str]]] = {
    PLANNED: (_l("Waits for approval"), "warn"),
    APPROVED: (_l("Approved"), ""),
    SENT: (_l("Given"), "good"),
    CANCELLED: (_l("Cancelled"), ""),
}

#: What the law wants an advertisement to begin with, and how it says where to refuse more of them.
MARK: Final[Mapping[str, str]] = {"he": "פרסומת", "en": "Advertisement", "ar": "إعلان", "ru": "Реклама"}
REFUSE: Final[Mapping[str, str]] = {
    "he": "להסרה: {telephone}",
    "en": "To stop: {telephone}",
    "ar": "للإزالة: {telephone}",
    "ru": "Отказаться: {telephone}",
}

#: Why a customer gets no contact, in the order in which it is looked at; each customer is counted once.
LEFT_OUT: Final[Mapping[str, Any]] = {
    "no_consent": _l("No consent to offers"),
    "no_contact": _l("No telephone and no e-mail"),
    "departed": _l("Left the organisation"),
    "open_case": _l("Has an open case: first the problem is solved"),
    "capped": _l("Was given a contact lately"),
}


def worded(kind: str, words: Mapping[str, str], language: str, telephone: str) -> str:
    """The words of a contact in a language, Hebrew where it has none; an advertisement says that it is one."""
    spoken = language if words.get(language, "").strip() else "he"
    text = words.get(spoken, "").strip()
    if not KINDS[kind].advertising:
        return text
    return f"{MARK[spoken]}: {text}\n{REFUSE[spoken].format(telephone=telephone)}"
