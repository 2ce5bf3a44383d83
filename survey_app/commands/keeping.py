"""What a rule of keeping is: which rows it is about, what becomes of them, and before which moment each sort goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.outreach.policy import Outreach

#: What serves a shopper's own work only, certificates' answers and phones, is kept for a year after it was of use.
_USED: Final = timedelta(days=365)


@dataclass(frozen=True)
class Ends:
    """Before which moment, or which local day, each sort of thing is let go."""

    contact: datetime
    unasked: datetime
    words: datetime
    receipts: datetime
    used: datetime
    #: Last days of visits whose files go.
    evidence: date
    today: date

    @classmethod
    def of(cls, policy: Outreach) -> Ends:
        """By the organisation's rules. Contact outlives the time in which nobody is to be asked twice."""
        now = clock.now()
        return cls(
            contact=now - timedelta(days=max(policy.contact_days, policy.cap_days)),
            unasked=now - timedelta(days=policy.unasked_days),
            words=now - timedelta(days=policy.words_days),
            receipts=now - timedelta(days=policy.receipts_days),
            used=now - _USED,
            evidence=clock.local(now - timedelta(days=policy.evidence_days)).date(),
            today=clock.today(),
        )


@dataclass(frozen=True)
class Rule:
    """One sort of rows whose time comes: how they are found, and what is done to those with some keys."""

    name: str
    find: Callable[[Session, Ends], Select[Any]]
    clear: Callable[[Session, Sequence[Any]], None]
