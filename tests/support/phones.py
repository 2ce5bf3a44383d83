"""What a shopper's phone sends: whole reports as fields, pictures as a canvas makes them. No wire: see its callers."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from PIL import Image, ImageDraw

from survey_app import clock
from survey_app.queries.tickets import new_response_id
from tests.commands.acting import ITEMS

DEVICE = "d" * 32


def drawn(seed: int, size: tuple[int, int] = (320, 240)) -> bytes:
    """A bare JPEG, another one for every seed."""
    draw = random.Random(seed)
    sheet = Image.new("RGB", size, tuple(draw.randrange(256) for _ in range(3)))
    pen = ImageDraw.Draw(sheet)
    for _ in range(12):
        corner = draw.randrange(size[0]), draw.randrange(size[1])
        box = [*corner, corner[0] + draw.randrange(5, 120), corner[1] + draw.randrange(5, 90)]
        pen.rectangle(box, fill=tuple(draw.randrange(256) for _ in range(3)))
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=85)
    return out.getvalue()


@dataclass(frozen=True)
class Photo:
    """A picture on a phone."""

    question: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Its name on the wire."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def entry(self) -> dict[str, Any]:
        """Its line of a report's manifest."""
        return {"sha256": self.sha256, "question": self.question, "size": len(self.content), "within_m": None}


def fields(day: str = "2026-11-15", **more: str) -> dict[str, list[str]]:
    """A whole report of the shop that the product ships with, as a form sends it; everything in order."""
    given = {"visit_date": day, "time_in": "09:10", "time_out": "09:52", "customers_waiting": "4"}
    given |= {**dict.fromkeys(ITEMS, "yes"), "B3": "4", "B4": "na", "N1": "נכנסתי, קיבלתי שירות ויצאתי.", "N2": "8"}
    return {name: [value] for name, value in (given | more).items() if value}


def report(
    photos: Sequence[Photo] = (),
    *,
    answers: Mapping[str, Sequence[str]] | None = None,
    behind: timedelta = timedelta(),
    day: date = date(2026, 11, 15),
    **more: Any,
) -> dict[str, Any]:
    """A finished visit of 42 minutes; ``behind``: how far the phone's clock is behind ours."""
    now = clock.now() - behind
    began = datetime(day.year, day.month, day.day, 7, 10, tzinfo=now.tzinfo) - behind
    marks = {"entered": 0, "greeted": 2, "served": 9, "left": 42, "began": 50, "finished": 70}
    return {
        "device": DEVICE,
        "version": 1,
        "language": "he",
        "round": None,
        "answers": {name: list(values) for name, values in (answers or fields(day.isoformat())).items()},
        "now": now.isoformat(),
        "marks": {name: (began + timedelta(minutes=after)).isoformat() for name, after in marks.items()},
        "timings": dict.fromkeys(ITEMS, 7),
        "position": {"state": "near", "within_m": 80, "accuracy_m": 20, "latitude": 32.1, "longitude": 34.8},
        "later": [],
        "expenses": [],
        "manifest": [one.entry for one in photos],
        "removed": [],
        **more,
    }


def expense(amount: int = 1_250, sort: str = "parking") -> dict[str, Any]:
    """Money laid out."""
    return {"id": new_response_id(), "sort": sort, "amount": amount, "note": "חניון"}
