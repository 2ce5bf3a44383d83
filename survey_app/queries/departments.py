"""Departments that branches depend on: who reads for them, and which of them gets comments of which reason."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session, joinedload

from survey_app.errors import NotFound
from survey_app.models import CommentMark, Department, DepartmentSurvey, MarkRoute, User
from survey_app.permissions import Role, role_of
from translations import gettext as _


def of_reader(user: User) -> ColumnElement[bool]:
    """The marks that a reader answers: a head those of the own departments, management all."""
    return true() if role_of(user) is not Role.DEPARTMENT_HEAD else Department.head_id == user.id


def routes(session: Session) -> dict[str, Department]:
    """Reason -> the department that gets it. A reason without a department in use is absent and not offered."""
    rows = session.scalars(
        select(MarkRoute)
        .join(Department)
        .where(Department.active)
        .order_by(MarkRoute.reason)
        .options(joinedload(MarkRoute.department, innerjoin=True))
    )
    return {row.reason: row.department for row in rows}


def every(session: Session) -> list[Department]:
    """Every department with its head, those in use first."""
    statement = select(Department).order_by(Department.active.desc(), Department.code)
    return list(session.scalars(statement.options(joinedload(Department.head))))


def department(session: Session, code: str) -> Department:
    """A department by code; NotFound where there is none."""
    statement = select(Department).where(Department.code == code.strip()).options(joinedload(Department.head))
    found = session.scalar(statement)
    if found is None:
        raise NotFound(_("There is no department %(code)s.", code=code))
    return found


def asked_about(session: Session, campaign_id: int) -> Department | None:
    """The department that a campaign among employees asks about; None for any other campaign."""
    return session.scalar(
        select(Department)
        .join(DepartmentSurvey, DepartmentSurvey.department_id == Department.id)
        .where(DepartmentSurvey.campaign_id == campaign_id)
    )


def heads(session: Session) -> list[User]:
    """Who may be the head of a department, by name."""
    statement = select(User).where(User.role == Role.DEPARTMENT_HEAD.value, User.active)
    return list(session.scalars(statement.order_by(User.name, User.email)))


def waiting_by_department(session: Session) -> dict[int, int]:
    """Department id -> how many marks wait for its answer."""
    waiting = select(CommentMark.department_id, func.count()).where(CommentMark.answered_at.is_(None))
    return dict(session.execute(waiting.group_by(CommentMark.department_id)).all())


def of(session: Session, user: User) -> list[Department]:
    """The departments that a reader answers for."""
    return list(session.scalars(select(Department).where(of_reader(user), Department.active).order_by(Department.code)))
