"""Places of open collection: by their code, by a tablet's address, and the list with how much each brought in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.errors import Gone, NotFound
from survey_app.kinds import KINDS
from survey_app.models import Branch, Campaign, Questionnaire, Response
from survey_app.models.campaign import ANONYMOUS, ENDED
from survey_app.models.kiosk import SetAside
from survey_app.models.outreach import KIOSK, CollectionPoint
from survey_app.models.response import COUNTED, EXCLUDED
from survey_app.outreach import codes
from survey_app.permissions import Scope
from survey_app.queries.organisation import in_scope
from translations import gettext as _
from translations.spelling import tidy

#: States of responses that a point is said to have brought in.
BROUGHT_IN: Final = (COUNTED, EXCLUDED)


def by_code(session: Session, code: str) -> CollectionPoint | None:
    """The point with a code, retired ones too (ask :func:`refuse_retired`); None where the text is no code of a point.

    Digits of any script, alone or in the groups that we print. A branch's own code is never one of a point.
    """
    digits = codes.as_written(code)
    if not digits:
        return None
    return session.scalar(_whole().where(CollectionPoint.code == digits))


def refuse_retired(point: CollectionPoint) -> None:
    """Gone where a point takes no more answers."""
    if point.retired_at is not None:
        raise Gone(_("This code is no longer in use. Please look for a newer poster in the branch."))


def by_token(session: Session, token: str) -> CollectionPoint:
    """A tablet's point by the secret of its address, retired ones too. NotFound for any other text."""
    found = session.scalar(_whole().where(CollectionPoint.token == token)) if token else None
    if found is None:
        raise NotFound(_("This tablet's address is not known. Please ask for the address that is in use now."))
    return found


def point(session: Session, number: int, scope: Scope) -> CollectionPoint:
    """One point that the reader may see. NotFound for any other."""
    found = session.scalar(_whole().join(Branch).where(CollectionPoint.id == number, in_scope(scope)))
    if found is None:
        raise NotFound(_("There is no such collection point."))
    return found


def _whole() -> Select[CollectionPoint]:
    return select(CollectionPoint).options(
        joinedload(CollectionPoint.branch).joinedload(Branch.region),
        joinedload(CollectionPoint.campaign).joinedload(Campaign.questionnaire),
    )


@dataclass(frozen=True)
class Filters:
    """What a list of points is narrowed to; an empty field narrows nothing."""

    #: Text in a branch's code, name or city, in the label, or a point's code.
    search: str = ""
    #: Code of a campaign.
    campaign: str = ""
    kind: str = ""
    #: ``live`` or ``retired``.
    state: str = ""

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))


def count(session: Session, scope: Scope, filters: Filters) -> int:
    """How many points :func:`listed` would give without a limit."""
    return session.scalar(_narrowed(select(func.count(CollectionPoint.id)), scope, filters)) or 0


def listed(
    session: Session, scope: Scope, filters: Filters, *, limit: int | None = None, offset: int = 0
) -> list[CollectionPoint]:
    """The points a reader may see, by branch, those in use before retired ones, newest first."""
    statement = (
        _narrowed(_whole(), scope, filters)
        .order_by(
            CollectionPoint.retired_at.is_not(None),
            func.length(Branch.code),
            Branch.code,
            Branch.bank,
            CollectionPoint.id.desc(),
        )
        .offset(offset)
    )
    return list(session.scalars(statement.limit(limit) if limit is not None else statement))


def _narrowed(statement: Select[Any], scope: Scope, filters: Filters) -> Select[Any]:
    statement = statement.join(Branch, Branch.id == CollectionPoint.branch_id).where(in_scope(scope))
    words = tidy(filters.search)
    if words:
        exact = words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        sought = [
            column.ilike(f"%{exact}%", escape="\\") for column in (Branch.name, Branch.city, CollectionPoint.label)
        ]
        statement = statement.where(
            or_(Branch.code == words, CollectionPoint.code == (codes.plain(words) or words), *sought)
        )
    if filters.campaign:
        statement = statement.join(Campaign, Campaign.id == CollectionPoint.campaign_id)
        statement = statement.where(Campaign.code == filters.campaign)
    if filters.kind:
        statement = statement.where(CollectionPoint.kind == filters.kind)
    if filters.state:
        retired = CollectionPoint.retired_at.is_not(None)
        statement = statement.where(retired if filters.state == "retired" else ~retired)
    return statement


def brought_in(session: Session, points: Iterable[CollectionPoint]) -> Mapping[int, int | None]:
    """Point id -> how many responses came from it; None where the campaign is anonymous and nobody may know."""
    rows = list(points)
    found: dict[int, int | None] = {one.id: None if one.campaign.privacy == ANONYMOUS else 0 for one in rows}
    asked = [number for number, sum_ in found.items() if sum_ is not None]
    for start in range(0, len(asked), 500):
        counted = session.execute(
            select(Response.point_id, func.count())
            .where(Response.point_id.in_(asked[start : start + 500]), Response.state.in_(BROUGHT_IN))
            .group_by(Response.point_id)
        )
        found.update({number: sum_ for number, sum_ in counted if number is not None})
    return found


def campaigns(session: Session, day: date | None = None) -> list[Campaign]:
    """Campaigns that a point can be made for: open to all, of a customer survey in use, not over on the day."""
    today = day or clock.today()
    open_ = [kind.code for kind in KINDS.values() if kind.open_link]
    return list(
        session.scalars(
            select(Campaign)
            .join(Questionnaire)
            .where(
                Campaign.open_link,
                Campaign.state != ENDED,
                or_(Campaign.closes.is_(None), Campaign.closes >= today),
                Questionnaire.archived_at.is_(None),
                Questionnaire.kind.in_(open_),
            )
            .order_by(Campaign.id)
            .options(joinedload(Campaign.questionnaire))
        )
    )


def campaigns_with_points(session: Session, scope: Scope) -> list[Campaign]:
    """Campaigns that have a point the reader may see: what the list can be narrowed to."""
    wanted = select(CollectionPoint.campaign_id).join(Branch).where(in_scope(scope))
    statement = select(Campaign).where(Campaign.id.in_(wanted)).options(joinedload(Campaign.questionnaire))
    return list(session.scalars(statement.order_by(Campaign.id)))


def set_aside(session: Session, scope: Scope, *, limit: int | None = None, offset: int = 0) -> list[SetAside]:
    """Answers of tablets that could not be taken, the oldest month first."""
    statement = (
        select(SetAside)
        .join(CollectionPoint)
        .join(Branch)
        .where(in_scope(scope))
        .options(
            joinedload(SetAside.point).joinedload(CollectionPoint.branch),
            joinedload(SetAside.point).joinedload(CollectionPoint.campaign).joinedload(Campaign.questionnaire),
        )
        .order_by(SetAside.month, SetAside.id)
        .offset(offset)
    )
    return list(session.scalars(statement.limit(limit) if limit is not None else statement))


def count_set_aside(session: Session, scope: Scope) -> int:
    """How many answers of tablets wait for staff."""
    statement = select(func.count(SetAside.id)).join(CollectionPoint).join(Branch).where(in_scope(scope))
    return session.scalar(statement) or 0


def silent_kiosks(session: Session, scope: Scope, minutes: int) -> int:
    """How many tablets in use have not reported for so many minutes, or never."""
    before = clock.now() - timedelta(minutes=minutes)
    return (
        session.scalar(
            select(func.count(CollectionPoint.id))
            .join(Branch)
            .where(
                in_scope(scope),
                CollectionPoint.kind == KIOSK,
                CollectionPoint.retired_at.is_(None),
                or_(CollectionPoint.seen_at.is_(None), CollectionPoint.seen_at < before),
            )
        )
        or 0
    )
