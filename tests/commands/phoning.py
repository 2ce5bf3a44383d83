"""A shopper's phone at the command layer: visits that it brings home, and what is there afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from survey_app import contents, db
from survey_app.audit import Actor
from survey_app.commands.syncing import filing, reading, taking
from survey_app.models import (
    Assignment,
    User,
)
from survey_app.transaction import transaction
from tests.commands.acting import Field
from tests.support.factories import setting
from tests.support.phones import Photo

#: Files of the shop that the product ships with belong to its items.
ITEM = "A1"


def made() -> Assignment:
    """A shopper with a visit; another shopper."""
    with setting() as make:
        field = Field.made(make, has_account=False)
        found = field.visit(make)
        make.user(email="other@example.com", role="shopper")
    return found


def arrives(visit: Assignment, photo: Photo, user_id: int | None = None) -> None:
    """A file comes, by default from whom the visit was given to."""
    who = user_id or visit.shopper_id or 0
    filing.keep(filing.Sent(visit.response_id, photo.question, photo.sha256, photo.content, who, "photo.jpg"))


def comes(visit: Assignment, body: dict[str, Any], user_id: int | None = None) -> taking.Outcome:
    """A report comes, by default from whom the visit was given to."""
    sent = reading.report(body)
    with transaction(Actor.respondent(), "shop.submit") as session:
        return taking.take(session, user_id or visit.shopper_id or 0, visit.response_id, sent)


def rows(model: Any, *where: Any) -> list[Any]:
    """Everything of a table."""
    with db.reading() as session:
        return list(session.scalars(select(model).where(*where)))


def lying() -> set[str]:
    """Every content that lies in the store, however old."""
    return set(contents.store().kept(timedelta(days=-10_000)))


def other_shopper() -> int:
    """Somebody else's id."""
    (found,) = rows(User, User.email == "other@example.com")
    return int(found.id)


def change(visit: Assignment, **values: Any) -> None:
    """Coordination changes a visit meanwhile."""
    with transaction(Actor.respondent(), "test.change") as session:
        found = session.get_one(Assignment, visit.id)
        for name, value in values.items():
            setattr(found, name, value)
