"""What goes with satisfaction: the topics of the survey by their part in it, beside how well each stands."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from sqlalchemy.orm import Session

from reports.drivers import importance
from reports.rounding import number, percent
from survey_app.commands.fitting.gathering import Inputs, Result, policy_of, surveys_of
from survey_app.queries.models import DRIVERS, settings
from survey_app.queries.samples import UNIT
from survey_app.queries.samples_surveys import MISSING, OUTCOMES, Surveys

OUTCOME: Final = "csat"
#: Responses that are needed at the least, and for each topic.
LEAST, LEAST_A_TOPIC = 100, 15
#: A topic takes part where so many of those who told their satisfaction answered it: who skips is not anybody.
ANSWERED: Final = 0.5
#: One topic alone is compared with nothing.
LEAST_TOPICS: Final = 2
MOST: Final = 12
DRAWS: Final = 400


def gather(session: Session, month: str) -> Inputs:
    """The window's survey responses."""
    policy = policy_of(session, month)
    return {"surveys": surveys_of(session, month), "settings": settings(DRIVERS, policy), "seed": policy.seed}


def fit(given: Inputs) -> Result:
    """The topics' parts in satisfaction, largest first; not fitted where there are too few responses to tell."""
    found: Surveys = given["surveys"]
    level = given["settings"]["interval_level"]
    result: Result = {
        "settings": given["settings"],
        "outcome": OUTCOME,
        "questionnaire": None,
        "n": 0,
        "needed": LEAST,
        "fitted": False,
        "why": "no_topics",
        "r2": None,
        "topics": [],
        "left_out": [],
    }
    chosen = _outcome(found)
    if chosen is None:
        return result
    outcome = found.answers[:, chosen]
    told = outcome != MISSING
    result["questionnaire"] = found.topics[chosen].questionnaire
    columns, left_out = _columns(found, chosen, told)
    complete = told & (found.answers[:, columns] != MISSING).all(axis=1)
    needed = max(LEAST, LEAST_A_TOPIC * len(columns))
    result |= {"n": int(complete.sum()), "needed": needed, "left_out": left_out}
    if len(columns) < LEAST_TOPICS:
        return result
    result["why"] = "few_responses"
    if complete.sum() < needed:
        return result
    result["why"] = "all_alike"
    # A topic in which everybody answered alike goes with nothing.
    columns = [at for at in columns if np.ptp(found.answers[complete, at]) > 0]
    if len(columns) < LEAST_TOPICS:
        return result
    try:
        shares = importance(
            outcome[complete], found.answers[np.ix_(complete, columns)], found.branch[complete].tolist(),
            DRAWS, given["seed"], level,
        )  # fmt: skip
    except ValueError:
        return result
    rows: list[dict[str, Any]] = []
    for place, at in enumerate(columns):
        own = found.answers[told, at]
        own = own[own != MISSING]
        rows.append(
            {
                "questionnaire": found.topics[at].questionnaire,
                "code": found.topics[at].code,
                "share": percent(shares.shares[place]),
                "low": percent(shares.low[place]),
                "high": percent(shares.high[place]),
                "p_top": percent(shares.top[place]),
                "performance": number(float(own.mean()) / UNIT),
                "n": int(own.size),
            }
        )
    rows.sort(key=lambda row: (-row["share"], row["code"]))
    return result | {"fitted": True, "why": None, "r2": percent(shares.r2), "topics": rows}


def _outcome(found: Surveys) -> int | None:
    """The column of the satisfaction question that most responses answered; of equals the first."""
    candidates = [at for at, topic in enumerate(found.topics) if topic.measure == OUTCOME]
    counts = {at: int((found.answers[:, at] != MISSING).sum()) for at in candidates}
    best = max(candidates, key=lambda at: (counts[at], -at), default=None)
    return best if best is not None and counts[best] else None


def _columns(found: Surveys, chosen: int, told: Any) -> tuple[list[int], list[str]]:
    """The topics that take part, and the codes of those that too few answered."""
    candidates = [
        at
        for at, topic in enumerate(found.topics)
        if topic.questionnaire == found.topics[chosen].questionnaire and topic.measure not in OUTCOMES
    ]
    counts = {at: int((found.answers[told, at] != MISSING).sum()) for at in candidates}
    often = [at for at in candidates if counts[at] >= ANSWERED * told.sum()]
    kept = sorted(sorted(often, key=lambda at: (-counts[at], at))[:MOST])
    return kept, [found.topics[at].code for at in candidates if at not in kept and counts[at]]
