"""Departments that branches depend on, their heads, and which of them gets comments marked with which reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey_app.errors import Conflict, UserError
from survey_app.meeting.marks import REASONS
from survey_app.models import Department, MarkRoute, User
from survey_app.permissions import Role
from survey_app.queries import departments as queries
from translations import DEFAULT
from translations import gettext as _

LONGEST_NAME: Final = 80
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True)
class About:
    """What a department is called and who reads for it."""

    #: Language -> name; Hebrew is needed.
    name: Mapping[str, str] = field(default_factory=dict)
    head_id: int | None = None
    active: bool = True


def add(session: Session, code: str, about: About) -> Department:
    """A new department. UserError for a code that cannot be one, Conflict for one that is taken."""
    wanted = code.strip().lower()
    if not _CODE.fullmatch(wanted):
        message = _("A code is made of small Latin letters, digits, hyphens and underscores.")
        raise UserError(message, [("code", message)])
    _check(session, about)
    made = Department(code=wanted, name=dict(about.name), head_id=about.head_id, active=about.active)
    session.add(made)
    try:
        session.flush()
    except IntegrityError as error:
        message = _("There is a department %(code)s already.", code=wanted)
        raise Conflict(message, [("code", message)]) from error
    return made


def change(session: Session, code: str, about: About) -> Department:
    """Rename a department, give it another head, take it out of use or back into it.

    UserError where reasons still lead to a department that is to be out of use.
    """
    found = queries.department(session, code)
    session.scalar(select(Department.id).where(Department.id == found.id).with_for_update())
    _check(session, about)
    if not about.active and session.scalar(select(MarkRoute.reason).where(MarkRoute.department_id == found.id)):
        message = _("Comments still go to this department. Choose another one for them first.")
        raise UserError(message, [("active", message)])
    found.name, found.head_id, found.active = dict(about.name), about.head_id, about.active
    session.flush()
    return found


def route(session: Session, leads: Mapping[str, str]) -> None:
    """Set where comments go: reason -> code of a department, empty for nowhere; reasons that are absent stay.

    UserError for a reason that there is not, or a department that is out of use.
    """
    for reason in sorted(leads):
        if reason not in REASONS:
            raise UserError(_("There is no reason %(code)s.", code=reason))
        target = queries.department(session, leads[reason]) if leads[reason] else None
        if target is not None:
            # Held, so that it is not taken out of use at this moment.
            held = select(Department.active).where(Department.id == target.id).with_for_update(read=True)
            if not session.scalar(held):
                message = _("This department is out of use.")
                raise UserError(message, [(reason, message)])
        stands = session.get(MarkRoute, reason, with_for_update=True)
        if target is None:
            if stands is not None:
                session.delete(stands)
        elif stands is None:
            session.add(MarkRoute(reason=reason, department_id=target.id))
        else:
            stands.department_id = target.id
        session.flush()


def _check(session: Session, about: About) -> None:
    if not about.name.get(DEFAULT, "").strip():
        message = _("Fill in this field.")
        raise UserError(_("A department needs a name in Hebrew."), [(f"name_{DEFAULT}", message)])
    if any(len(words) > LONGEST_NAME for words in about.name.values()):
        raise UserError(_("Write at most %(max)s characters.", max=LONGEST_NAME), [(f"name_{DEFAULT}", "")])
    head = session.get(User, about.head_id) if about.head_id is not None else None
    if about.head_id is not None and (head is None or not head.active or head.role != Role.DEPARTMENT_HEAD.value):
        message = _("Choose somebody whose role is department management.")
        raise UserError(message, [("head", message)])
