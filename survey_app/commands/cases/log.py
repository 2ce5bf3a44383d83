"""The log of a case, and the hold that every act takes first."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.errors import Conflict, NotFound
from survey_app.loop.events import EVENTS
from survey_app.loop.states import ACTS, OVER, STATES
from survey_app.loop.subjects import names
from survey_app.models import Case, CaseEvent, User
from translations import gettext as _

#: On so many different days a customer is tried before a case is closed without a contact.
TRIES: Final = 3


def hold(session: Session, case_id: int, revision: int | None = None) -> Case:
    """A case, held until the end of the transaction. NotFound for an unknown one; Conflict where it changed since
    ``revision`` was shown.

    Cases are held in the order of their numbers.
    """
    # Its key stays free: a letter or a promise about it need not wait, and is not waited for in a circle.
    row = select(Case).where(Case.id == case_id).with_for_update(key_share=True)
    case = session.scalar(row.execution_options(populate_existing=True))
    if case is None:
        raise NotFound(_("There is no such case."))
    if revision is not None and case.revision != revision:
        raise Conflict(_("Somebody else worked on this case meanwhile. What you wrote is still here: please check it."))
    return case


def hold_whole(session: Session, case_id: int) -> list[Case]:
    """A case and those that became part of it, held: the case first. NotFound for an unknown one."""
    # Looked up before anything is held, so that rows are held in their order.
    held = {number: hold(session, number) for number in sorted(whole(session, case_id))}
    return [held.pop(case_id), *held.values()]


def whole(session: Session, case_id: int) -> set[int]:
    """The numbers of a case and of those that became part of it."""
    found, fresh = {case_id}, {case_id}
    while fresh:
        fresh = set(session.scalars(select(Case.id).where(Case.merged_into_id.in_(fresh)))) - found
        found |= fresh
    return found


def not_named(session: Session, case: Case, by_id: int) -> User:
    """Who acts. NotFound for somebody whom a sensitive case names: to them it is not there, whatever asks."""
    user = session.get(User, by_id)
    if user is None or names(case.subject, case.agent_id, user.agent_id):
        raise NotFound(_("There is no such case."))
    return user


def not_over(case: Case) -> None:
    """Refuse what is done to a case that somebody still may work on: Conflict once it is closed or merged."""
    if case.state in OVER:
        raise Conflict(
            _("The case is in the state “%(state)s”: this cannot be done to it.", state=STATES[case.state][0])
        )


def days_tried(session: Session, case: Case) -> int:
    """On how many different days somebody tried to reach the customer since the case was opened."""
    moments = session.scalars(select(CaseEvent.at).where(CaseEvent.case_id == case.id, CaseEvent.kind == "contacted"))
    return len({clock.local(at).date() for at in moments})


def finished_by(session: Session, case: Case, user_id: int) -> bool:
    """Whether a user did the work that a case was finished with last."""
    last = select(CaseEvent.by_id).where(CaseEvent.case_id == case.id, CaseEvent.kind == "done")
    return session.scalar(last.order_by(CaseEvent.id.desc()).limit(1)) == user_id


def need(case: Case, act: str) -> None:
    """Refuse an act that the case's state does not allow: Conflict, with the state in words."""
    if case.state not in ACTS[act].after:
        raise Conflict(
            _("The case is in the state “%(state)s”: this cannot be done to it.", state=STATES[case.state][0])
        )


def note(
    session: Session,
    case: Case,
    kind: str,
    by_id: int | None = None,
    /,
    *,
    words: str = "",
    channel: str = "",
    reached: bool | None = None,
    **details: Any,
) -> CaseEvent:
    """Log what happened, and count it. ``words`` are personal; ``details`` are numbers and references."""
    if kind not in EVENTS:
        raise ValueError(f"no such event: {kind}")
    case.revision = (case.revision or 0) + 1
    event = CaseEvent(
        case_id=case.id,
        at=clock.now(),
        by_id=by_id,
        kind=kind,
        channel=channel,
        reached=reached,
        words=words.strip(),
        details=details,
    )
    session.add(event)
    return event
