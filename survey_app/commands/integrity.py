"""Excluding many responses at once, and letting them count again: chosen ones, or a whole group of anonymous ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey_app.commands import facts
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import Campaign, Response
from survey_app.models.campaign import ANONYMOUS
from survey_app.models.response import COUNTED, EXCLUDED
from survey_app.queries import integrity
from translations import gettext as _

#: Responses in one transaction.
BATCH: Final = 100


def exclude(session: Session, ids: Sequence[str], reason: str) -> int:
    """Keep responses out of every number, with one reason; gives how many. They stay, marked.

    Those that do not count are passed over. UserError without a reason or without any that counts; Conflict for
    anonymous ones, which are never picked one by one. At most :data:`BATCH` at a time.
    """
    if not reason.strip():
        raise UserError(_("A reason is needed to exclude a response."), [("reason", _("Write the reason."))])
    _refuse_anonymous(session, ids)
    changed = _change(session, [Response.id.in_(ids)], COUNTED, EXCLUDED, reason.strip())
    if not changed:
        raise UserError(_("None of the chosen responses counts."))
    return changed


def reinstate(session: Session, ids: Sequence[str]) -> int:
    """Let excluded responses count again; gives how many."""
    _refuse_anonymous(session, ids)
    changed = _change(session, [Response.id.in_(ids)], EXCLUDED, COUNTED, "")
    if not changed:
        raise UserError(_("None of the chosen responses is excluded."))
    return changed


def group(session: Session, campaign_id: int, branch_id: int, month: str, flag: str) -> integrity.Group:
    """A group of marked anonymous responses. NotFound where there is none that is large enough to be touched."""
    found = next(
        (
            one
            for one in integrity.groups(session, month)
            if (one.campaign_id, one.branch.id, one.month, one.flag) == (campaign_id, branch_id, month, flag)
        ),
        None,
    )
    if found is None:
        raise NotFound(_("There is no such group, or too few responses are in it."))
    return found


def exclude_group(session: Session, chosen: integrity.Group, reason: str) -> int:
    """Exclude up to :data:`BATCH` of a group; gives how many, 0 once it is done."""
    if not reason.strip():
        raise UserError(_("A reason is needed to exclude a response."), [("reason", _("Write the reason."))])
    return _change(session, _of(chosen), COUNTED, EXCLUDED, reason.strip())


def reinstate_group(session: Session, chosen: integrity.Group) -> int:
    """Let up to :data:`BATCH` of a group count again; gives how many, 0 once it is done."""
    return _change(session, _of(chosen), EXCLUDED, COUNTED, "")


def _of(chosen: integrity.Group) -> list[Any]:
    return [
        Response.campaign_id == chosen.campaign_id,
        Response.branch_id == chosen.branch.id,
        Response.month == chosen.month,
        integrity.has_mark(chosen.flag),
    ]


def _refuse_anonymous(session: Session, ids: Sequence[str]) -> None:
    if len(ids) > BATCH:
        raise UserError(_("At most %(most)s responses can be changed at once.", most=BATCH))
    if not ids:
        raise UserError(_("Choose at least one response."), [("chosen", _("Choose at least one response."))])
    hidden = session.scalar(
        select(Response.id)
        .join(Campaign, Campaign.id == Response.campaign_id)
        .where(Response.id.in_(ids), Campaign.privacy == ANONYMOUS)
        .limit(1)
    )
    if hidden is not None:
        raise Conflict(_("Anonymous responses are excluded in groups only."))


def _change(session: Session, conditions: Sequence[Any], before: str, after: str, reason: str) -> int:
    """Give counted or excluded responses the other state; the facts follow in the same transaction."""
    ids = session.scalars(
        select(Response.id)
        .where(*conditions, Response.state == before)
        .order_by(Response.id)
        .limit(BATCH)
        .with_for_update(of=Response)
    ).all()
    if not ids:
        return 0
    if before == COUNTED:
        facts.apply(session, ids, -1)
    session.execute(
        update(Response).where(Response.id.in_(ids)).values(state=after, reason=reason),
        execution_options={"synchronize_session": False},
    )
    if after == COUNTED:
        facts.apply(session, ids, +1)
    return len(ids)
