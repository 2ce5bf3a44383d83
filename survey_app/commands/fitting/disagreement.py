"""Where surveys and mystery visits say different things of a branch, and by which items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from sqlalchemy.orm import Session

from reports.disagreement import LEAST, disagreement
from reports.facts import Fact
from reports.rounding import number
from survey_app.commands.fitting.gathering import Inputs, Result, policy_of
from survey_app.queries import computing, organisation, samples
from survey_app.queries.models import DISAGREEMENT, settings
from survey_app.queries.samples import ITEM, QUESTION

#: Items and questions that are named for a branch.
NAMED: Final = 3


def gather(session: Session, month: str) -> Inputs:
    """Branches with both numbers shown in the month's report, and their items and questions."""
    policy = policy_of(session, month)
    data = computing.computed(session, month)[0].data
    ids = {code: branch_id for branch_id, code in organisation.codes(session).items()}
    rows = [
        {
            "id": ids[row["code"]],
            "csat": row["surveys"]["csat"],
            "answers": row["surveys"]["n"],
            "score": row["shops"]["score"],
            "visits": row["shops"]["n"],
        }
        for row in data["branches"]
        if row["surveys"]["csat"] is not None and row["shops"]["score"] is not None and row["code"] in ids
    ]
    return {
        "branches": rows,
        "variance": _visit_variance(samples.visits(session, month, policy)),
        "items": _plain(samples.answers(session, month, policy.shop_codes, ITEM, policy.shop_window)),
        "questions": _plain(samples.answers(session, month, policy.survey_codes, QUESTION, policy.survey_window)),
        "least": {"items": policy.least_shops, "questions": policy.least_surveys},
        "settings": settings(DISAGREEMENT, policy),
    }


def _visit_variance(found: samples.Visits) -> float | None:
    """The variance of one visit's score inside a branch, pooled over branches; None where nothing was seen twice."""
    by_branch: dict[int, list[float]] = {}
    for score, branch in zip(found.scores, found.branches, strict=True):
        by_branch.setdefault(branch, []).append(score)
    freedom = sum(len(own) - 1 for own in by_branch.values())
    around = sum(float(np.var(own)) * len(own) for own in by_branch.values())
    return around / freedom if freedom else None


def _plain(found: Mapping[tuple[str, str], Mapping[int, Fact]]) -> list[list[Any]]:
    return [
        [questionnaire, code, branch, fact.n, fact.total]
        for (questionnaire, code), series in found.items()
        for branch, fact in series.items()
    ]


def fit(given: Inputs) -> Result:
    """Branches that customers and visits probably see differently, most probable first."""
    rows, variance = given["branches"], given["variance"]
    chosen = given["settings"]
    result: dict[str, Any] = {
        "compared": len(rows),
        "fitted": False,
        "branches": [],
        "correlation": None,
        "settings": chosen,
    }
    if len(rows) < LEAST or variance is None:
        return result
    sure, draws, seed = (chosen[name] for name in ("quadrant_probability", "draws", "seed"))
    answers = np.array([row["answers"] for row in rows], dtype=float)
    csat = np.array([row["csat"] for row in rows])
    scores = np.array([row["score"] for row in rows])
    share = float((csat * answers).sum() / answers.sum())
    found = disagreement(
        csat, share * (100 - share) / answers, scores, [variance / row["visits"] for row in rows], draws, seed
    )
    result["fitted"] = True
    result["correlation"] = [number(one) for one in found.correlation] if found.correlation else None
    for at, row in enumerate(rows):
        for better, p in (("surveys", found.surveys_above[at]), ("visits", found.visits_above[at])):
            if p >= sure:
                sign = 1 if better == "visits" else -1
                result["branches"].append(
                    {
                        **row,
                        "better": better,
                        "probability": number(100 * float(p)),
                        "items": _apart(given["items"], row["id"], sign, given["least"]["items"]),
                        "questions": _apart(given["questions"], row["id"], -sign, given["least"]["questions"]),
                    }
                )
    result["branches"].sort(key=lambda one: (-one["probability"], one["id"]))
    return result


def _apart(rows: Sequence[Sequence[Any]], branch: int, sign: int, least: int) -> list[dict[str, Any]]:
    """The items in which a branch is farthest from the other branches, above them (1) or below (−1)."""
    sums: dict[tuple[str, str], list[int]] = {}
    for questionnaire, code, of, n, total in rows:
        own = sums.setdefault((questionnaire, code), [0, 0, 0, 0])
        place = 0 if of == branch else 2
        own[place] += n
        own[place + 1] += total
    found: list[dict[str, Any]] = []
    for (questionnaire, code), (n, total, others, other_total) in sums.items():
        if n >= least and others >= least:
            mine, theirs = total / n / samples.UNIT, other_total / others / samples.UNIT
            if sign * (mine - theirs) > 0:
                found.append(
                    {
                        "questionnaire": questionnaire,
                        "code": code,
                        "n": n,
                        "here": number(mine),
                        "elsewhere": number(theirs),
                    }
                )
    found.sort(key=lambda one: (-sign * (one["here"] - one["elsewhere"]), one["questionnaire"], one["code"]))
    return found[:NAMED]
