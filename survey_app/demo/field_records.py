"""What the shoppers' phones brought beside the newest reports: taps, times, distance, photographs that are drawn."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from hashlib import sha256
from random import Random
from typing import Any, Final
from uuid import UUID

from PIL import Image, ImageDraw
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from survey_app import clock, contents
from survey_app.commands.contents import secure
from survey_app.demo import waiting as waiting_now
from survey_app.demo.bank import Bank
from survey_app.demo.shops import ITEMS, NO, YES, Visit
from survey_app.demo.storing import ACTOR, Stored, batches
from survey_app.field.copies import SECOND
from survey_app.models import Assignment, Evidence, FieldCopy, FieldDevice, FieldRecord
from survey_app.readers import pictures
from survey_app.transaction import transaction

#: Reports of so many last days have a record; so many of the newest have a photograph.
_DAYS: Final = 75
_PHOTOGRAPHS: Final = 12
#: One of so many was far from the branch, one gave no position, one was written in a hurry.
_FAR, _REFUSED, _HURRIED = 11, 7, 13
_DOOR: Final = "A2"
_MARKS: Final = ("entered_at", "greeted_at", "served_at", "left_at", "began_at", "finished_at")
_COLOURS: Final = ("#8fb3a8", "#c7a98b", "#9fb0c9", "#b9c48f", "#c99aa0")


def store(bank: Bank, visits: Sequence[Visit], stored: Stored) -> None:
    """Records and photographs of the newest reports, in the order of the plan."""
    random = Random(f"{bank.seed} records")
    first = bank.today - timedelta(days=_DAYS)
    newest = [one for one in visits if one.filled.visited_on >= first]
    waiting = waiting_now.roles(bank, visits)
    sorts = {visits[i].filled.response_id: role for i, role in waiting.items()}
    models = {i: waiting_now.model(visits, i) for i, role in waiting.items() if role == waiting_now.REUSED}
    reused = {visits[i].filled.response_id: visits[at].filled.response_id for i, at in models.items() if at is not None}
    with transaction(ACTOR, "demo.phones") as session:
        session.add_all(
            FieldDevice(
                id=_id(random), user_id=shopper.id, label="Chrome · Android", seen_at=clock.now(), reports=0, files=0
            )
            for shopper in stored.shoppers[:-1]
        )
    photographed = {one.filled.response_id for one in newest[-_PHOTOGRAPHS:]} | {*sorts, *reused.values()}
    drawn: dict[str, bytes] = {}
    for batch in batches(newest):
        with transaction(ACTOR, "demo.records", visits=len(batch)) as session:
            _records(session, batch, photographed, sorts, reused, drawn, random)
    far = next((number for number, role in sorts.items() if role == waiting_now.FAR), None)
    if far is not None:
        with transaction(ACTOR, "demo.copy") as session:
            _second_phone(session, far, next(one for one in visits if one.filled.response_id == far), random)


def _id(random: Random) -> str:
    return UUID(int=random.getrandbits(128)).hex


def _second_phone(session: Session, response_id: str, visit: Visit, random: Random) -> None:
    """The same report once more, from another phone and with one other answer: a reviewer looks at both."""
    whose = session.scalars(select(Assignment).where(Assignment.response_id == response_id)).one()
    record = session.scalars(select(FieldRecord).where(FieldRecord.response_id == response_id)).one()
    answers = {**visit.filled.answers, "F1": NO if visit.filled.answers.get("F1") == YES else YES}
    session.add(
        FieldCopy(
            response_id=response_id,
            device=_id(random),
            digest=sha256(f"demo copy {response_id}".encode()).hexdigest(),
            content={
                "answers": {code: [str(value)] for code, value in answers.items()},
                "stored": answers,
                "language": visit.filled.language,
                "marks": {name: getattr(record, name).isoformat() for name in _MARKS},
                "timings": record.timings,
                "position": record.position,
                "later": [],
                "expenses": [],
                "manifest": [],
                "user": whose.shopper_id,
                "round": 1,
            },
            reason=SECOND,
            received_at=min(record.received_at + timedelta(minutes=25), clock.now()),
        )
    )


def _records(
    session: Session,
    visits: Sequence[Visit],
    photographed: set[str],
    sorts: Mapping[str, str],
    reused: Mapping[str, str],
    drawn: dict[str, bytes],
    random: Random,
) -> None:
    ids = [one.filled.response_id for one in visits]
    known = {one.response_id: one for one in session.scalars(select(Assignment).where(Assignment.response_id.in_(ids)))}
    rows: list[dict[str, Any]] = []
    for place, one in enumerate(visits):
        filled, visit = one.filled, known[one.filled.response_id]
        entered, left = (_moment(filled.visited_on, str(filled.answers[name])) for name in ("time_in", "time_out"))
        greeted = entered + timedelta(seconds=random.randint(20, 90))
        sort = sorts.get(filled.response_id)
        hurry = sort == waiting_now.FAST or (sort is None and place % _HURRIED == _HURRIED - 1)
        began = left + timedelta(minutes=random.randint(6, 50))
        timings = {code: round(random.uniform(0.6, 1.2) if hurry else random.uniform(4, 18), 1) for code in ITEMS}
        manifest = []
        if filled.response_id in photographed:
            # Visits come in the order of their months: the picture that is used again is there already.
            known_as = reused.get(filled.response_id, filled.response_id)
            picture = drawn.setdefault(known_as, _drawn(random))
            manifest = [_photograph(session, filled.response_id, picture, random)]
        visit.entered_at, visit.left_at = entered, left
        rows.append(
            {
                "response_id": filled.response_id,
                "assignment_id": visit.id,
                "round": 1,
                "device": _id(random),
                "digest": sha256(f"demo {filled.response_id}".encode()).hexdigest(),
                "entered_at": entered,
                "greeted_at": greeted,
                "served_at": entered + timedelta(minutes=int(filled.answers["B3"])) + timedelta(seconds=30),
                "left_at": left,
                "began_at": began,
                "finished_at": began + timedelta(seconds=sum(timings.values()) + 120),
                "received_at": max(filled.submitted_at, began),
                "clock_offset_s": random.choice((0, 0, 0, 1, -2, 3)),
                "position": _position(place, random) if sort is None else _told(sort, random),
                "timings": timings,
                "manifest": manifest,
            }
        )
    session.flush()
    session.execute(insert(FieldRecord), rows)


def _moment(day: Any, text: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(text), tzinfo=clock.TIME_ZONE)


def _position(place: int, random: Random) -> dict[str, Any]:
    """How near the branch the phone was, never where."""
    accuracy = random.randint(8, 45)
    if place % _REFUSED == _REFUSED - 1:
        return {"state": "refused"}
    if place % _FAR == _FAR - 1:
        return {"state": "far", "within_m": random.randrange(900, 2600, 50), "accuracy_m": accuracy}
    return {"state": "near", "within_m": random.randrange(20, 180, 10), "accuracy_m": accuracy}


def _told(sort: str, random: Random) -> dict[str, Any]:
    """The position of a report that waits: one was far, all others near."""
    if sort == waiting_now.FAR:
        return {"state": "far", "within_m": 1850, "accuracy_m": 24}
    return {"state": "near", "within_m": random.randrange(20, 180, 10), "accuracy_m": random.randint(8, 45)}


def _photograph(session: Session, response_id: str, content: bytes, random: Random) -> dict[str, Any]:
    looked_at = pictures.kept(content)
    digest = sha256(looked_at.content).hexdigest()
    key = contents.store().put(looked_at.content)
    session.add(
        Evidence(
            id=_id(random),
            response_id=response_id,
            question=_DOOR,
            filename="door.jpg",
            media_type="image/jpeg",
            size=len(looked_at.content),
            sha256=digest,
            sent_sha256=digest,
            content=key,
            likeness=looked_at.likeness,
        )
    )
    secure(session, key, looked_at.content)
    return {"sha256": digest, "question": _DOOR, "size": len(looked_at.content)}


def _drawn(random: Random) -> bytes:
    """A front with a door, windows and a step, plainly drawn: nobody takes it for a photograph of a branch."""
    wide, high = 480, 320
    picture = Image.new("RGB", (wide, high), "#dfe8ef")
    pen = ImageDraw.Draw(picture)
    ground = high - random.randint(36, 60)
    pen.rectangle((0, ground, wide, high), fill="#a8a29a")
    left, right = random.randint(20, 90), wide - random.randint(20, 90)
    pen.rectangle((left, random.randint(30, 80), right, ground), fill=random.choice(_COLOURS), outline="#4a4a4a")
    door = random.randint(left + 40, right - 110)
    pen.rectangle((door, ground - random.randint(100, 130), door + 70, ground), fill="#5b6770", outline="#2e2e2e")
    for window in range(left + 15, right - 50, 75):
        if not door - 60 < window < door + 75:
            pen.rectangle((window, ground - 110, window + 45, ground - 60), fill="#f3f7fa", outline="#2e2e2e")
    pen.text((left + 10, ground + 12), "SYNTHETIC", fill="#2e2e2e", font_size=18)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=70)
    return out.getvalue()
