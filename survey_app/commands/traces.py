"""What the tables would tell beside their values: which row was written when, and beside which.

A database keeps the transaction that wrote a row, the place where it lies, and for a while what was deleted. Where
that could tell which anonymous response came of which ticket, the rows are written anew together, in an order drawn by
chance.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, or_, select, text, update
from sqlalchemy.orm import Session

from reports import months
from survey_app import db
from survey_app.commands import comment_index
from survey_app.models import Answer, CommentMark, Evidence, Invitation, Response, Score
from survey_app.models.campaign import USED
from survey_app.queries.sealed import Group
from survey_app.queries.tickets import new_response_id

_order: Final = random.SystemRandom()
#: Tables that hold parts of a response, with the column that says of which; the response itself comes first.
_PARTS: Final[tuple[tuple[Any, Any], ...]] = (
    (Response.__table__, Response.__table__.c.id),
    (Answer.__table__, Answer.__table__.c.response_id),
    (Score.__table__, Score.__table__.c.response_id),
    (Evidence.__table__, Evidence.__table__.c.response_id),
    # A mark goes with its response by a rule of the database, so it has to come back with it.
    (CommentMark.__table__, CommentMark.__table__.c.response_id),
)


def write_anew(session: Session, ids: Sequence[str]) -> None:
    """Write responses with all their parts once more, in an order drawn by chance and at one moment.

    Old and new ones then stand among each other: neither the place of a row nor the transaction that wrote it says in
    which night it came. Nothing of what they say changes.
    """
    session.flush()
    connection = session.connection()
    # Held first: an analyst who excludes one meanwhile is waited for, and what was erased is not brought back.
    connection.execute(
        select(Response.__table__.c.id).where(Response.__table__.c.id.in_(ids)).order_by("id").with_for_update()
    )
    rows = {
        table.name: [dict(row) for row in connection.execute(select(table).where(owner.in_(ids))).mappings()]
        for table, owner in _PARTS
    }
    for table, owner in reversed(_PARTS):
        connection.execute(delete(table).where(owner.in_(ids)))
    for table, _owner in _PARTS:
        _insert(session, table, rows[table.name])
    session.expire_all()


def _insert(session: Session, table: Any, rows: list[dict[str, Any]]) -> None:
    """Rows in random order; what is absent stays absent, since JSON would write None down as a value."""
    _order.shuffle(rows)
    shapes: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        present = {name: value for name, value in row.items() if value is not None}
        shapes[tuple(present)].append(present)
    for same in shapes.values():
        session.connection().execute(insert(table), same)


_TICKETS: Final[Any] = Invitation.__table__
_FRESH: Final = update(_TICKETS).where(_TICKETS.c.id == bindparam("ticket")).values(response_id=bindparam("fresh"))


def forget_when_used(session: Session, groups: Collection[Group]) -> None:
    """Touch the used tickets of some groups together, so that no row tells when a ticket was used.

    Each gets another id that leads nowhere, as it did when it was used. Tickets are held in the order of their ids.
    """
    of_groups = [
        (Invitation.campaign_id == campaign)
        & (Invitation.branch_id == branch)
        # Of earlier months too: an answer that came after its month had closed is published with a later one.
        & (Invitation.visited_on <= months.last_day(month))
        for campaign, month, branch in groups
    ]
    used = session.scalars(
        select(Invitation.id).where(or_(*of_groups), Invitation.state == USED).order_by(Invitation.id).with_for_update()
    ).all()
    changes = [{"ticket": one, "fresh": new_response_id()} for one in used]
    _order.shuffle(changes)
    if changes:
        session.connection().execute(_FRESH, changes)


#: Tables in which PostgreSQL keeps what was deleted until it is vacuumed.
_TRACES: Final = ("draft", "sealed_response", "invitation", "response", "answer", "score", "evidence", "comment_mark")


#: Milliseconds that the log of SQLite is waited for; what is still read by somebody goes the next night.
_PATIENCE: Final = 500


def clear() -> None:
    """Have the database give up what was deleted: pages of the log on SQLite, dead rows on PostgreSQL."""
    comment_index.settle()
    database = db.current()
    with database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not database.is_sqlite:
            for table in _TRACES:
                connection.execute(text(f"VACUUM {table}"))
            return
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA busy_timeout={_PATIENCE}")
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        driver.execute(f"PRAGMA busy_timeout={db.BUSY_TIMEOUT * 1000}")
