"""Phones with the app: what each last said that it still holds, so that coordination sees what did not come yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands.syncing.reading import ID
from survey_app.commands.upserts import insert_or_none
from survey_app.errors import Conflict, UserError
from survey_app.models import FieldDevice
from translations import gettext as _

#: What did not change is written down again only so often.
_NEWS: Final = timedelta(minutes=10)
_MOST: Final = 100_000
_LONGEST_S: Final = 5 * 366 * 86_400


def said(body: Mapping[str, Any], label: str) -> dict[str, Any]:
    """What a phone says of itself, read and bounded. UserError for anything that no app of ours sends."""
    try:
        waited = body.get("waiting_s")
        since = None
        if waited is not None:
            since = clock.now() - timedelta(seconds=min(_LONGEST_S, max(0, int(waited))))
        if not ID.fullmatch(body["device"]):
            raise ValueError("device")
        return {
            "id": body["device"],
            "label": label,
            "release": str(body.get("release", ""))[:40],
            "reports": min(_MOST, max(0, int(body["reports"]))),
            "files": min(_MOST, max(0, int(body["files"]))),
            "waiting_since": since,
        }
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise UserError(_("This is not what the app on the phone sends.")) from error


def is_news(known: FieldDevice | None, user_id: int, told: Mapping[str, Any]) -> bool:
    """Whether it is worth writing down."""
    if known is None or known.user_id != user_id:
        return True
    same = (known.reports, known.files, known.release) == (told["reports"], told["files"], told["release"])
    return not same or clock.now() - known.seen_at > _NEWS


def note(session: Session, user_id: int, told: Mapping[str, Any]) -> None:
    """Write down what a phone says. Conflict: the id is another account's."""
    row = {**told, "user_id": user_id, "seen_at": clock.now()}
    if insert_or_none(session, FieldDevice, row, ["id"]) is not None:
        return
    known = session.get_one(FieldDevice, told["id"], with_for_update=True, populate_existing=True)
    if known.user_id != user_id:
        raise Conflict(_("This is not what the app on the phone sends."))
    for name, value in row.items():
        setattr(known, name, value)
    session.flush()
