"""The log of a planned case: what happened to it, as the commands would have written it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from survey_app.demo import files
from survey_app.demo.case_plan import PlannedCase, at_work, last_at_work

#: When a case rose, to which rung and owner, and whose it was before.
Rise = tuple[datetime, str, int, int]


def log_of(
    one: PlannedCase, row: dict[str, Any], case_id: int, random: Random, risen: Sequence[Rise] = ()
) -> Iterator[dict[str, Any]]:
    """Rows of the log, in the order in which things happened."""
    done = one.done_at
    if one.reopened_at is not None:
        done = last_at_work(one.reopened_at - timedelta(days=3))
    for kind, at, more in (
        *_begun(one, row),
        *(
            ("escalated", at, {"details": {"level": rung, "to": to, "before": before}})
            for at, rung, to, before in risen
        ),
        *_contacts(one, row, random),
        *_worked(one, row, done),
        *_afterwards(one, row),
    ):
        yield {"case_id": case_id, "kind": kind, "at": at, "by_id": None, "channel": "", "reached": None, "words": "",
               "details": {}, **more}  # fmt: skip


_Event = tuple[str, datetime, dict[str, Any]]


def _begun(one: PlannedCase, row: dict[str, Any]) -> Iterator[_Event]:
    by = row["owner_id"] if one.source == "manual" else None
    yield "opened", one.opened_at, {"by_id": by, "details": {"source": one.source}}
    if row["repeat_of_id"]:
        yield "repeat", one.opened_at, {"details": {"earlier": row["repeat_of_id"]}}


def _risen(rises: Sequence[Rise]) -> Iterator[_Event]:
    for at, rung, to, before in rises:
        yield "escalated", at, {"details": {"level": rung, "to": to, "before": before}}


def _contacts(one: PlannedCase, row: dict[str, Any], random: Random) -> Iterator[_Event]:
    if one.contacted_at is None:
        return
    texts, by = files.document("cases"), row["owner_id"]
    if not one.at_once and random.random() < 0.4:
        tried = at_work(one.opened_at + (one.contacted_at - one.opened_at) / 2)
        if tried < one.contacted_at:
            yield "contacted", tried, {"by_id": by, "channel": "phone", "reached": False, "words": texts["missed"]}
    channel = random.choice(("phone", "phone", "phone", "branch", "email"))
    said = random.choice(texts["contacts"])
    yield "contacted", one.contacted_at, {"by_id": by, "channel": channel, "reached": True, "words": said}
    if not one.at_once and one.done_at is not None and one.reopened_at is None:
        again = min(at_work(one.contacted_at + (one.done_at - one.contacted_at) * 0.7), one.done_at)
        said = random.choice(texts["contacts"])
        yield "contacted", again, {"by_id": by, "channel": "phone", "reached": True, "words": said}


def _worked(one: PlannedCase, row: dict[str, Any], done: datetime | None) -> Iterator[_Event]:
    by = row["owner_id"]
    if one.agreed_at is not None:
        yield "agreed", one.agreed_at, {"by_id": by}
    if done is None:
        return
    if one.compensation:
        yield "compensated", done, {"by_id": by, "details": {"amount": one.compensation}}
    yield "done", done, {"by_id": by}
    if row["invitation_id"]:
        yield "survey", last_at_work(one.answer.submitted_at - timedelta(hours=20)) if one.answer else done, {}


def _afterwards(one: PlannedCase, row: dict[str, Any]) -> Iterator[_Event]:
    if one.reopened_at is not None:
        yield "reopened", one.reopened_at, {}
        if one.done_at is not None:
            yield "done", one.done_at, {"by_id": row["owner_id"]}
    if row["overdue_since"] is not None:
        yield "overdue", row["overdue_since"], {}
    if row["adopted_at"] is not None:
        yield "adopted", row["adopted_at"], {"by_id": row["owner_id"], "details": {"to": row["owner_id"]}}
    if one.closed_at is not None:
        if one.how in _ENDS:
            yield _ENDS[one.how], one.closed_at, {}
        yield "closed", one.closed_at, {"details": {"how": one.how}}


#: How a case ended -> what its log says just before.
_ENDS: Final = {"confirmed": "confirmed", "withdrawn": "withdrawn"}
