"""What became of customers' problems, and how satisfied they are with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from reports.recovery import GROUPS, HANDLED, NO_PROBLEM, NOT_HANDLED, Counts, Standing, recovery
from reports.rounding import number
from reports.suppression import EMPTY, FEW, SHOWN, WHY, complement
from survey_app.commands.fitting.gathering import Inputs, Result, policy_of, surveys_of
from survey_app.models import ModelResult
from survey_app.queries import samples_people
from survey_app.queries.models import RECOVERY, settings
from survey_app.queries.samples_surveys import MISSING, Surveys

_FULL = 10_000
#: Which group each headline compares with the group of handled problems.
_AGAINST = {"handling": NOT_HANDLED, "forgiven": NO_PROBLEM}


def gather(session: Session, month: str) -> Inputs:
    """The window's survey responses, and how many problems came again to the same customer."""
    policy = policy_of(session, month)
    wanted = settings(RECOVERY, policy)
    found = samples_people.repeats(session, month, policy)
    repeats = {"known": found.known, "repeats": found.repeated}
    before = session.get(ModelResult, (month, RECOVERY))
    # Once contact is cleared nobody can tell whose problem it was: what was counted before that stays.
    if before is not None and before.result.get("settings") == wanted and before.result["known"] > found.known:
        repeats = {name: before.result[name] for name in repeats}
    return {"surveys": surveys_of(session, month), "settings": wanted, **repeats}


def fit(given: Inputs) -> Result:
    """The four groups with their intervals and the two differences that matter; small groups are not shown."""
    found: Surveys = given["surveys"]
    least, level = given["settings"]["least_surveys"], given["settings"]["interval_level"]
    words = found.problem.words()
    counts = {name: _counts(found, words == name) for name in GROUPS}
    whole = _counts(found, np.ones(len(found), dtype=bool))
    shown = {
        "top_box": _shown({name: one.rated for name, one in counts.items()}, whole.rated, least),
        "nps": _shown({name: one.asked for name, one in counts.items()}, whole.asked, least),
    }
    table = recovery(counts, level)
    standings: dict[str, Mapping[str, Standing | None]] = {"top_box": table.top_box, "nps": table.nps}
    groups = {
        name: {
            "n": int((words == name).sum()),
            "why": WHY[shown["top_box"][name]],
            **{
                measure: _plain(of[name]) if shown[measure][name] == SHOWN else None
                for measure, of in standings.items()
            },
        }
        for name in GROUPS
    }
    apart = {
        headline: {
            measure: _plain(one) if shown[measure][HANDLED] == shown[measure][other] == SHOWN else None
            for measure, one in getattr(table, headline).items()
        }
        for headline, other in _AGAINST.items()
    }
    return {
        "settings": given["settings"],
        "n": int(np.isin(words, GROUPS).sum()),
        "groups": groups,
        **apart,
        "paradox": table.paradox and all(apart["forgiven"].values()),
        "repeats": given["repeats"],
        "known": given["known"],
    }


def _counts(found: Surveys, rows: Any) -> Counts:
    csat, nps = found.scores["csat"][rows], found.scores["nps"][rows]
    csat, nps = csat[csat != MISSING], nps[nps != MISSING]
    return Counts(
        satisfied=int((csat == _FULL).sum()),
        rated=int(csat.size),
        promoters=int((nps > 0).sum()),
        passives=int((nps == 0).sum()),
        detractors=int((nps < 0).sum()),
    )


def _shown(sizes: Mapping[str, int], whole: int, least: int) -> dict[str, int]:
    """What is decided of each group, so that the total beside them gives no small group away."""
    counts = np.array(list(sizes.values()))
    decisions = np.where(counts == 0, EMPTY, np.where(counts < least, FEW, SHOWN)).astype(np.int8)
    others = np.full(len(counts), max(whole - int(counts.sum()), 0))
    complement(counts, decisions, [range(len(counts))], least, others)
    return dict(zip(sizes, decisions.tolist(), strict=True))


def _plain(one: Standing | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"value": number(one.value), "low": number(one.low), "high": number(one.high), "n": one.n}
