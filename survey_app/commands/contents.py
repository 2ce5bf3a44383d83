"""Rows that name contents, and the end of contents that no row names any more: one after the other, never at once.

The bytes of a picture lie under their hash and may be named by several rows. Whoever adds such a row holds the
content's name and makes sure that the bytes are there; whoever destroys bytes holds the same name and makes sure that
no row names them. So a file neither goes while a row comes, nor stays when the last one went.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app import contents
from survey_app.audit import Actor
from survey_app.commands.discarding import once_committed
from survey_app.db import reading
from survey_app.models import Evidence
from survey_app.queries import packs
from survey_app.transaction import transaction

log = structlog.get_logger()
ACTOR: Final = Actor.respondent()
#: Contents that one transaction destroys: unlinking is quick, an object store takes some milliseconds for each.
_BATCH: Final = 20


def _hold(session: Session, key: str) -> None:
    """Hold a content's name until the end of the transaction. On SQLite the transaction itself holds everything."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(int(key[:15], 16))))


def secure(session: Session, key: str, content: bytes) -> None:
    """Hold a content that a row of this transaction names, and make sure that its bytes are there."""
    _hold(session, key)
    if not contents.store().has(key):
        contents.store().put(content)


def destroy_after(session: Session, keys: Iterable[str]) -> None:
    """Destroy contents after the commit, those that no row names then; after a rollback they stay."""
    wanted = sorted({one for one in keys if one})

    def destroy() -> None:
        try:
            destroy_unnamed(wanted)
        except Exception:
            # What was asked for is done; the hourly sweep finds what is left over.
            log.exception("contents could not be destroyed")

    if wanted:
        once_committed(session, destroy)


def destroy_unnamed(keys: Iterable[str]) -> int:
    """Destroy those of some contents that no row names; gives how many. In transactions of its own."""
    wanted, gone = sorted(set(keys)), 0
    for start in range(0, len(wanted), _BATCH):
        with transaction(ACTOR, "evidence.destroy") as session:
            for key in wanted[start : start + _BATCH]:
                _hold(session, key)
                evidence = session.scalar(select(Evidence.id).where(Evidence.content == key).limit(1))
                if evidence is None and not packs.naming(session, key):
                    contents.store().delete(key)
                    gone += 1
    return gone


def sweep_unnamed(age: timedelta) -> int:
    """Destroy contents that no row names and that were written at least so long ago; gives how many.

    They are listed outside of any transaction: an object store takes its time for that.
    """
    lying = list(contents.store().kept(age))
    with reading() as session:
        named = set(session.scalars(select(Evidence.content).where(Evidence.content != "").distinct()))
        named |= packs.contents(session)
    return destroy_unnamed(one for one in lying if one not in named)
