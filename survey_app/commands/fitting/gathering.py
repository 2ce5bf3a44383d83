"""What several models read alike: the month's policy, and the survey responses of its window, each read once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports.policy import Policy
from survey_app.models import MonthlyReview
from survey_app.queries import organisation, samples_surveys
from survey_app.queries.samples_surveys import Surveys

Inputs = dict[str, Any]
Result = dict[str, Any]
Gather = Callable[[Session, str], Inputs]
Fit = Callable[[Inputs], Result]


def policy_of(session: Session, month: str) -> Policy:
    """The policy that a month was signed with, else the organisation's: a signed month keeps its own rules."""
    known: dict[str, Policy] = session.info.setdefault("policies of months", {})
    if month not in known:
        numbers = session.scalar(select(MonthlyReview.numbers).where(MonthlyReview.month == month))
        known[month] = (
            organisation.policy(session)
            if numbers is None
            else Policy.of_signed(json.loads(numbers)["settings"]["policy"])
        )
    return known[month]


def surveys_of(session: Session, month: str) -> Surveys:
    """The survey responses of a month's window."""
    known: dict[str, Surveys] = session.info.setdefault("surveys of months", {})
    if month not in known:
        known[month] = samples_surveys.surveys(session, month, policy_of(session, month))
    return known[month]
