"""Anonymous responses from their sending to their night of publication.

What was sent lies in a box (:mod:`survey_app.seals`) under an id of no other thing. Every night the boxes are opened
and become responses: of a branch and month so many at once that one hides among the others, or what there is once the
month has closed. The whole argument, with its limits, is in ``docs/anonymity.md``.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session, joinedload

from forms.questionnaire.rules import kept
from reports import months
from survey_app import clock, seals
from survey_app.audit import Actor
from survey_app.commands import case_opening, evidence, traces
from survey_app.commands.recording import Finished, record
from survey_app.db import reading
from survey_app.models import Response, SealedResponse, Version
from survey_app.queries import organisation, questionnaires
from survey_app.queries import outreach as outreach_queries
from survey_app.queries import sealed as queries
from survey_app.queries.sealed import Group, Waiting
from survey_app.queries.tickets import new_response_id
from survey_app.transaction import transaction

log = structlog.get_logger()
#: Rows of responses, old and new, that one transaction writes.
MOST: Final = 400
#: What is kept of how the scales were shown. The order of choices is not: its seed stood in the ticket.
_SHOWN: Final = ("first", "direction", "layout")
#: What a box keeps of the facts that rules may ask; never the seed, which is the ticket's own id.
_CONTEXT: Final = ("link", "no_branch", "today", "scenario")
_SAME: Final = ("branch_id", "region_id", "month", "state", "language", "channel", "mode", "notice_id")
_order: Final = random.SystemRandom()


@dataclass(frozen=True)
class Published:
    """What a night did: responses published, left waiting for others, and boxes whose key is not here."""

    published: int = 0
    held: int = 0
    unreadable: int = 0


def seal(session: Session, finished: Finished, draft_id: str) -> None:
    """Close a finished anonymous questionnaire in a box, with the files of its draft.

    Only what counts goes in, without agent, day, moment, place of collection, weight or order of choices.
    """
    definition = questionnaires.definition(finished.version)
    counting = kept(definition, finished.answers, finished.context)
    answers, loose = evidence.lift(session, draft_id, definition.questions, counting)
    policy = organisation.policy(session)
    content = {
        **{name: getattr(finished, name) for name in _SAME},
        "due": _due(finished.month, policy.closes_on_working_day).isoformat(),
        "flags": list(finished.flags),
        "presentation": {name: finished.presentation[name] for name in _SHOWN if name in finished.presentation},
        "context": {name: finished.context[name] for name in _CONTEXT if name in finished.context},
        "answers": dict(answers),
        "files": loose,
    }
    _put(session, [(finished.campaign_id, finished.version.id, content)])


def _due(month: str, working_day: int) -> date:
    """The next day from today on which a month closes, at the earliest the one on which ``month`` does."""
    closing = month
    while clock.closes_on(closing, working_day) < clock.today():
        closing = months.shift(closing, 1)
    return clock.closes_on(closing, working_day)


def _put(session: Session, boxes: Sequence[tuple[int, int, Mapping[str, Any]]]) -> None:
    keys = seals.keys()
    rows = [
        {"id": new_response_id(), "campaign_id": campaign, "version_id": version, "content": keys.seal(content)}
        for campaign, version, content in boxes
    ]
    session.execute(insert(SealedResponse), rows)


def publish() -> Published:
    """Publish what waits and may be; close what must wait longer in new boxes. Doing it again does nothing more.

    Each batch is one transaction in which boxes go and responses come, so a process that is killed loses nothing.
    """
    keys = seals.keys()
    keys.rotate()
    with reading() as session:
        waiting = list(queries.waiting(session))
        least = outreach_queries.policy(session).anonymous_least
    unreadable = sum(not one.readable for one in waiting)
    due, held = _sorted_out([one for one in waiting if one.readable], least)
    published = sum(_publish_batch(batch) for batch in _batches(due))
    kept_back = sum(_close_anew(held[start : start + MOST]) for start in range(0, len(held), MOST))
    with reading() as session:
        keys.forget(queries.keys_needed(session))
    if published or kept_back:
        traces.clear()
    if unreadable:
        log.error("anonymous responses cannot be opened: their key is not here", count=unreadable)
    return Published(published, kept_back, unreadable)


def is_overdue() -> bool:
    """Whether boxes wait although a whole day went by without a night of publication: nobody was up then."""
    made_on = seals.keys().made_on()
    if made_on is None or (clock.today() - made_on).days <= 1:
        return False
    with reading() as session:
        return session.scalar(select(SealedResponse.id).limit(1)) is not None


def _sorted_out(waiting: Sequence[Waiting], least: int) -> tuple[dict[Group, list[Waiting]], list[Waiting]]:
    """What is published, by group, and what waits on. A group goes as a whole."""
    groups: dict[Group, list[Waiting]] = defaultdict(list)
    for one in waiting:
        groups[one.group].append(one)
    today = clock.today()
    due: dict[Group, list[Waiting]] = {}
    held: list[Waiting] = []
    for group, members in groups.items():
        closed = any(date.fromisoformat(one.content["due"]) <= today for one in members)
        if closed or len(members) >= least:
            due[group] = members
        else:
            held.extend(members)
    _order.shuffle(held)
    return due, held


@dataclass(frozen=True)
class Part:
    """Boxes of one group that are opened together, and the responses of the group that are written anew with them."""

    group: Group
    boxes: Sequence[str]
    standing: Sequence[str]


def _batches(due: Mapping[Group, Sequence[Waiting]]) -> Iterator[list[Part]]:
    """Groups together while they fit into a transaction, in random order; a large group in parts drawn by chance."""
    order = list(due)
    _order.shuffle(order)
    batch: list[Part] = []
    size = 0
    with reading() as session:
        parts = [part for group in order for part in _parts(session, group, [one.id for one in due[group]])]
    for part in parts:
        weight = len(part.boxes) + len(part.standing)
        if batch and size + weight > MOST:
            yield batch
            batch, size = [], 0
        batch.append(part)
        size += weight
    if batch:
        yield batch


def _parts(session: Session, group: Group, boxes: list[str]) -> Iterator[Part]:
    standing = list(session.scalars(select(Response.id).where(*_of(group))))
    _order.shuffle(boxes)
    _order.shuffle(standing)
    count = -(-(len(boxes) + len(standing)) // MOST)
    for at in range(count):
        yield Part(group, boxes[at::count], standing[at::count])


def _of(group: Group) -> tuple[Any, ...]:
    campaign, month, branch = group
    return Response.campaign_id == campaign, Response.month == month, Response.branch_id == branch


def _publish_batch(batch: Sequence[Part]) -> int:
    """Some boxes become responses; what their groups had before is written anew among them."""
    wanted = sorted(one for part in batch for one in part.boxes)
    with transaction(Actor.respondent(), "sealed.publish") as session:
        traces.forget_when_used(session, {part.group for part in batch})
        opened = _held(session, wanted)
        finished = [_land(session, one) for one in opened]
        session.execute(delete(SealedResponse).where(SealedResponse.id.in_([one.id for one in opened])))
        record(session, finished)
        case_opening.signal(session, finished)
        fresh = [one.response_id for one in finished]
        traces.write_anew(session, fresh + [one for part in batch for one in part.standing])
    return len(finished)


def _held(session: Session, ids: Sequence[str]) -> list[Waiting]:
    """Boxes that are still there, held until the end of the transaction: of two publications at once one has each."""
    statement = select(SealedResponse.id).where(SealedResponse.id.in_(ids)).order_by(SealedResponse.id)
    there = session.scalars(statement.with_for_update()).all()
    return [one for one in queries.waiting(session, there) if one.readable]


def _land(session: Session, one: Waiting) -> Finished:
    """A box's content as a finished questionnaire under a fresh id, its files under ids of their own."""
    content, response_id = one.content, new_response_id()
    version = session.get_one(Version, one.version_id, options=[joinedload(Version.questionnaire)])
    return Finished(
        response_id=response_id,
        campaign_id=one.campaign_id,
        version=version,
        **{name: content[name] for name in _SAME},
        flags=tuple(content["flags"]),
        presentation=content["presentation"],
        context=content["context"],
        answers=evidence.land(session, response_id, content["answers"], content["files"]),
    )


def _close_anew(held: Sequence[Waiting]) -> int:
    """What waits on is closed again with the newest key, under fresh ids, all at one moment."""
    with transaction(Actor.respondent(), "sealed.close") as session:
        opened = _held(session, [one.id for one in held])
        session.execute(delete(SealedResponse).where(SealedResponse.id.in_([one.id for one in opened])))
        _order.shuffle(opened)
        if opened:
            _put(session, [(one.campaign_id, one.version_id, one.content) for one in opened])
    return len(opened)
