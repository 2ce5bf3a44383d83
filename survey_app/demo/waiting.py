"""Which of the newest reports still wait for a reviewer, and what there is to see in each. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from forms.questionnaire.definition import COMMENT
from reports import months as calendar
from survey_app.demo import files
from survey_app.demo.bank import Bank
from survey_app.demo.shops import NO, YES, Visit

RETURNED, LATE, FAST, COPIED, REUSED, FAR, CLEAN = "returned", "late", "fast", "copied", "reused", "far", "clean"
#: What is to see in the reports that wait, the newest first; larger banks have the same again.
ROLES: Final = (CLEAN, LATE, FAR, RETURNED, FAST, REUSED, COPIED, CLEAN)
#: Branches for each report that waits, and for how many days at most one did.
_BRANCHES_PER_REPORT: Final = 5
_DAYS: Final = 35
#: The call-back that was promised and is still awaited.
LATER: Final = "F5"


def roles(bank: Bank, visits: Sequence[Visit]) -> dict[int, str]:
    """Place of a visit in the plan -> what there is to see in its report, of those that wait or were sent back."""
    # Never of a month that was signed.
    first = max(bank.today - timedelta(days=_DAYS), calendar.first_day(bank.months[-1]))
    newest = sorted(
        (i for i, one in enumerate(visits) if one.filled.visited_on >= first and "N3" not in one.filled.answers),
        key=lambda i: (visits[i].filled.visited_on, i),
        reverse=True,
    )[: max(len(ROLES), len(bank.branches) // _BRANCHES_PER_REPORT)]
    found: dict[int, str] = {}
    left = list(newest)
    # One call-back is awaited and one report was sent back; the other roles come again in a larger bank.
    for place in range(len(newest)):
        role = ROLES[place % len(ROLES)]
        if place >= len(ROLES) and role in {RETURNED, LATE}:
            role = CLEAN
        chosen = left[0]
        if role == LATE:
            chosen = next((i for i in left if visits[i].filled.answers.get(LATER) in {YES, NO}), chosen)
        found[chosen] = role
        left.remove(chosen)
    return found


def shown(visits: Sequence[Visit], waiting: Mapping[int, str]) -> list[Visit]:
    """The visits with what is to see in those that wait."""
    found = list(visits)
    for i, role in waiting.items():
        answers = {**visits[i].filled.answers, **_words(visits[i])}
        if role == LATE:
            answers = {name: value for name, value in answers.items() if name not in {LATER, LATER + COMMENT}}
        source = model(visits, i)
        if role == COPIED and source is not None:
            answers["N1"] = visits[source].filled.answers["N1"]
        found[i] = replace(visits[i], filled=replace(visits[i].filled, answers=answers))
    return found


def model(visits: Sequence[Visit], i: int) -> int | None:
    """The last visit of the same shopper before one: words and pictures are taken over from there."""
    own = [at for at, one in enumerate(visits) if one.shopper == visits[i].shopper and at != i]
    earlier = [at for at in own if visits[at].filled.visited_on < visits[i].filled.visited_on]
    return max(earlier, key=lambda at: (visits[at].filled.visited_on, at), default=None)


def _words(visit: Visit) -> dict[str, str]:
    """A comment on every item that failed: none of these reports is silent about one."""
    texts: Mapping[str, Mapping[str, Sequence[str]]] = files.document("shops")["comments"]
    answers = visit.filled.answers
    return {
        code + COMMENT: by_answer[NO][0]
        for code, by_answer in texts.items()
        if answers.get(code) == NO and NO in by_answer and not answers.get(code + COMMENT)
    }
