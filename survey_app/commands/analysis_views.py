"""Tables of the analyst's page that somebody comes back to: each person's own, by name."""

from __future__ import annotations

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.errors import NotFound, UserError
from survey_app.models import SavedView, User
from survey_app.queries import analysis_questions
from translations import gettext as _

LONGEST: Final = 80
#: Views that one person can keep.
MOST: Final = 50


def save(session: Session, user: User, name: str, question: str, by: str) -> SavedView:
    """Keep a table under a name; one that has the name already becomes this one.

    UserError without a name, with too long a one, for a table that there is none of, and beyond :data:`MOST`.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST:
        raise UserError(_("Write a name of at most %(max)s characters.", max=LONGEST))
    asked = analysis_questions.find(session, question)
    if asked is None or by not in analysis_questions.possible(session, asked):
        raise UserError(_("There is no table of this name."))
    # Held, so that the same form sent twice at once is looked for by one after the other.
    session.execute(select(User.id).where(User.id == user.id).with_for_update())
    view = session.scalar(select(SavedView).where(SavedView.user_id == user.id, SavedView.name == name))
    if view is None:
        kept = session.scalar(select(func.count()).select_from(SavedView).where(SavedView.user_id == user.id)) or 0
        if kept >= MOST:
            raise UserError(_("At most %(max)s views can be saved. Delete one first.", max=MOST))
        view = SavedView(user_id=user.id, name=name)
        session.add(view)
    view.question, view.by = question, by
    session.flush()
    return view


def delete(session: Session, user: User, number: int) -> None:
    """Forget one's own view; one that is gone already is none. NotFound for somebody else's."""
    view = session.get(SavedView, number)
    if view is None:
        return
    if view.user_id != user.id:
        raise NotFound(_("There is no table of this name."))
    session.delete(view)
