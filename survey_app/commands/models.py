"""Models over single responses, each kept for its month with the digest of what it was made from.

They are made in a job or by the hour, never for a page: read outside of any transaction, written in a short one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from reports.disagreement import LEAST, disagreement
from reports.facts import Fact
from reports.rounding import number
from reports.shopping import Effects, severity
from survey_app import clock
from survey_app.audit import Actor
from survey_app.db import reading
from survey_app.field.rotation.connected import connected
from survey_app.models import Job, ModelResult
from survey_app.queries import organisation, reviews, samples
from survey_app.queries.models import DISAGREEMENT, SEVERITY, settings
from survey_app.queries.samples import ITEM, QUESTION
from survey_app.transaction import transaction

#: The kind of job that makes a month's models.
MAKE: Final = "models.make"
ACTOR: Final = Actor.system("models")
#: Raised when the same inputs would give another result.
VERSION: Final = 2
#: An effect is told where nothing is not within so many standard errors.
CERTAIN: Final = 1.96
#: Items and questions that are named for a branch.
NAMED: Final = 3

Inputs = dict[str, Any]


def queue(session: Session, month: str) -> None:
    """Have a month's models made soon; a job that waits already is enough."""
    waiting = session.scalars(select(Job).where(Job.kind == MAKE, Job.state == "ready")).all()
    if month not in {job.payload["month"] for job in waiting}:
        session.add(Job(kind=MAKE, payload={"month": month}, created_at=clock.now()))


def work(payload: Mapping[str, Any]) -> None:
    """Make the models of the job's month."""
    make(str(payload["month"]))


def refresh() -> None:
    """Make the models of this and of the last full month, where what they are made of has changed."""
    for month in dict.fromkeys((clock.last_full_month(), clock.current_month())):
        make(month)


def make(month: str) -> list[str]:
    """Make a month's models anew where their inputs changed; gives the kinds that were."""
    made = []
    for kind, (gather, fit) in MODELS.items():
        with reading() as session:
            inputs = gather(session, month)
            digest = _digest(inputs)
            known = session.get(ModelResult, (month, kind))
        if known is not None and known.inputs_digest == digest:
            continue
        result = fit(inputs)
        with transaction(ACTOR, "models.make", month=month, kind=kind) as session:
            row = session.get(ModelResult, (month, kind), with_for_update=True)
            if row is None:
                session.add(ModelResult(month=month, kind=kind, inputs_digest=digest, result=result, at=clock.now()))
            else:
                row.inputs_digest, row.result, row.at = digest, result, clock.now()
        made.append(kind)
    return made


def _digest(inputs: Inputs) -> str:
    return sha256(json.dumps([VERSION, inputs], sort_keys=True).encode()).hexdigest()


# ---- severity --------------------------------------------------------------------------------------------------------


def _severity_inputs(session: Session, month: str) -> Inputs:
    policy = organisation.policy(session)
    found = samples.visits(session, month, policy)
    return {
        "scores": found.scores,
        "branches": found.branches,
        "shoppers": found.shoppers,
        "window": policy.shop_window,
        "settings": settings(SEVERITY, policy),
    }


def _severity(given: Inputs) -> dict[str, Any]:
    scores, branches, shoppers = given["scores"], given["branches"], given["shoppers"]
    net = connected(zip(shoppers, branches, strict=True), (), ())
    result: dict[str, Any] = {
        "visits": len(scores),
        "window": given["window"],
        "settings": given["settings"],
        "groups": [len(group) for group in net.groups],
        "shoppers_short": net.shoppers_short,
        "branches_short": net.branches_short,
        "fitted": False,
        "shoppers": [],
        "branches": [],
    }
    try:
        found = severity(scores, branches, shoppers)
    except ValueError:
        return result
    rated = np.asarray(scores)
    result |= {
        "fitted": True,
        "mean": number(found.mean),
        "sds": {part: number(sd) for part, sd in found.sds.items()},
        "shoppers": _effects(rated, np.asarray(shoppers), found.shoppers, found.shopper, net.branches_of),
        "branches": _effects(rated, np.asarray(branches), found.branches, found.branch, net.shoppers_of),
    }
    return result


def _effects(
    scores: Any, of: Any, labels: Sequence[int], found: Effects, others: Mapping[int, int]
) -> list[dict[str, Any]]:
    """Every unit beside its raw mean, strictest first."""
    rows = []
    for label, effect, error in zip(labels, found.effects, found.standard_errors, strict=True):
        own = scores[of == label]
        told = bool(error > 0 and abs(effect) > CERTAIN * error)
        rows.append(
            {
                "id": int(label),
                "n": int(own.size),
                "others": others[label],
                "raw": number(float(own.mean())),
                "effect": number(float(effect)),
                "low": number(float(effect - CERTAIN * error)),
                "high": number(float(effect + CERTAIN * error)),
                "error": number(float(error)),
                "told": told,
            }
        )
    return sorted(rows, key=lambda row: (row["effect"], row["id"]))


# ---- disagreement ----------------------------------------------------------------------------------------------------


def _disagreement_inputs(session: Session, month: str) -> Inputs:
    """Branches with both numbers shown in the month's report, and their items and questions."""
    policy = organisation.policy(session)
    data = reviews.computed(session, month)[0].data
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


def _disagreement(given: Inputs) -> dict[str, Any]:
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


Model = tuple[Callable[[Session, str], Inputs], Callable[[Inputs], dict[str, Any]]]
#: What each kind is made of, and how.
MODELS: Final[Mapping[str, Model]] = {
    SEVERITY: (_severity_inputs, _severity),
    DISAGREEMENT: (_disagreement_inputs, _disagreement),
}
#: What each kind of job does.
WORK: Final[Mapping[str, Callable[[Mapping[str, Any]], None]]] = {MAKE: work}
